from quintet.redemption.actions.evaluation import (
    evaluate_city,
    evaluate_organisation,
    evaluation_day,
    explain_entitlement,
    run_job,
    start_run,
)
from quintet.redemption.actions.funds import open_policy_year

__all__ = ["evaluate_city", "evaluate_organisation", "evaluation_day", "explain_entitlement", "open_policy_year", "run_job", "start_run"]
