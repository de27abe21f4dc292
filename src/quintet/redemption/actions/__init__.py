from quintet.redemption.actions.claims import (
    check_form,
    confirm_decision,
    confirm_offer,
    lapse_overdue,
    make_offers,
    offers_job,
    propose,
    register_account,
    resubmit,
    review,
    withdraw,
)
from quintet.redemption.actions.commitments import commit_claim, deliver
from quintet.redemption.actions.daily import go_on
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
from quintet.redemption.actions.payments import change_account, drop_batch, make_batch, record_results, sign_batch

__all__ = [
    "answer_objection",
    "change_account",
    "check_form",
    "clear_notices",
    "commit_claim",
    "confirm_decision",
    "confirm_offer",
    "deliver",
    "drop_batch",
    "evaluate_city",
    "evaluate_organisation",
    "evaluation_day",
    "explain_entitlement",
    "go_on",
    "lapse_overdue",
    "make_batch",
    "make_offers",
    "object_to",
    "offers_job",
    "open_policy_year",
    "propose",
    "publish_notice",
    "record_results",
    "register_account",
    "resubmit",
    "review",
    "run_job",
    "sign_batch",
    "start_run",
    "withdraw",
]
