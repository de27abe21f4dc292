"""Whose rows here are bound into the audit chain: everything on the way from a claim to its money.

What an applicant still types is theirs alone; a claim counts from the moment it is handed in.
"""

from quintet.core.seals import Sealed

sealed = [
    Sealed("redemption_call"),
    Sealed("redemption_payeeaccount"),
    Sealed("redemption_claim", once="{row}.state NOT IN ('draft', 'correction')"),
    Sealed("redemption_claimstep", once="({row}.kind <> 'application' OR {row}.ended_on IS NOT NULL)"),
    Sealed("redemption_claimfact", once="{row}.kind = 'judged'"),
    Sealed("redemption_judgement"),
    Sealed("redemption_accountchange"),
    Sealed("redemption_decision"),
    Sealed("redemption_recusal"),
    Sealed("redemption_panel"),
    Sealed("redemption_seat"),
    Sealed("redemption_seatchange"),
    Sealed("redemption_jointvote"),
    Sealed("redemption_expert"),
    Sealed("redemption_expertchange"),
    Sealed("redemption_notice"),
    Sealed("redemption_noticeline"),
    Sealed("redemption_objection"),
    Sealed("redemption_reversal"),
    Sealed("redemption_paymentbatch"),
    Sealed("redemption_paymentline"),
    Sealed("redemption_paymentresult"),
    Sealed("redemption_resultfile"),
    Sealed("redemption_appraisal"),
    Sealed("redemption_clawback"),
]
