from django.apps import AppConfig


class RedemptionConfig(AppConfig):
    name = "quintet.redemption"
    verbose_name = "兑现"
    append_only = (
        "redemption_judgement",
        "redemption_notice",
        "redemption_noticeline",
        "redemption_payeeaccount",
        "redemption_paymentline",
        "redemption_paymentresult",
        "redemption_recusal",
        "redemption_appraisal",
    )
    never_deleted = (
        "redemption_accountchange",
        "redemption_claim",
        "redemption_claimstep",
        "redemption_claimfile",
        "redemption_decision",
        "redemption_expert",
        "redemption_expertchange",
        "redemption_objection",
        "redemption_clawback",
        "redemption_reversal",
        "redemption_paymentbatch",
        "redemption_panel",
        "redemption_seat",
        "redemption_seatchange",
        "redemption_jointvote",
    )
