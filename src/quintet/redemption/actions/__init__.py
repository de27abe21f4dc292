from quintet.redemption.actions.claims import (
    check_form,
    confirm_decision,
    confirm_offer,
    lapse_overdue,
    make_offers,
    propose,
    register_account,
    resubmit,
    withdraw,
)
from quintet.redemption.actions.evaluation import (
    evaluate_city,
    evaluate_organisation,
    evaluation_day,
    explain_entitlement,
    run_job,
    start_run,
)
from quintet.redemption.actions.funds import open_policy_year

__all__ = [
    "check_form",
    "confirm_decision",
    "confirm_offer",
    "evaluate_city",
    "evaluate_organisation",
    "evaluation_day",
    "explain_entitlement",
    "lapse_overdue",
    "make_offers",
    "open_policy_year",
    "propose",
    "register_account",
    "resubmit",
    "run_job",
    "start_run",
    "withdraw",
]
