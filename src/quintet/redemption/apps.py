from django.apps import AppConfig


class RedemptionConfig(AppConfig):
    name = "quintet.redemption"
    verbose_name = "兑现"
    append_only = (
        "redemption_notice",
        "redemption_noticeline",
        "redemption_payeeaccount",
        "redemption_paymentline",
        "redemption_paymentresult",
        "redemption_recusal",
    )
