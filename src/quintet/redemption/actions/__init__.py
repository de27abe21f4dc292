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
from quintet.redemption.actions.commitments import commit_claim
from quintet.redemption.actions.evaluation import (
    evaluate_city,
    evaluate_organisation,
    evaluation_day,
    explain_entitlement,
    run_job,
    start_run,
)
from quintet.redemption.actions.funds import open_policy_year
from quintet.redemption.actions.notices import answer_objection, clear_notices, object_to, publish_notice

__all__ = [
    "answer_objection",
    "check_form",
    "clear_notices",
    "commit_claim",
    "confirm_decision",
    "confirm_offer",
    "evaluate_city",
    "evaluate_organisation",
    "evaluation_day",
    "explain_entitlement",
    "lapse_overdue",
    "make_offers",
    "object_to",
    "open_policy_year",
    "propose",
    "publish_notice",
    "register_account",
    "resubmit",
    "run_job",
    "start_run",
    "withdraw",
]
