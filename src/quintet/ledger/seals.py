"""Whose rows here are bound into the audit chain: everything from which the postings follow."""

from quintet.core.seals import Sealed

sealed = [
    Sealed("ledger_budget"),
    Sealed("ledger_fund"),
    Sealed("ledger_appropriation"),
    Sealed("ledger_commitment"),
    Sealed("ledger_entry"),
]
