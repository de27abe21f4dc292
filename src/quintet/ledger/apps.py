from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "quintet.ledger"
    verbose_name = "资金账"
    append_only = (
        "ledger_budget",
        "ledger_fund",
        "ledger_account",
        "ledger_commitment",
        "ledger_entry",
        "ledger_posting",
        "ledger_commitmentstep",
    )
    never_deleted = ("ledger_appropriation",)
