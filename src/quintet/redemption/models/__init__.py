from quintet.redemption.models.claims import Claim, ClaimStep, Decision, PayeeAccount
from quintet.redemption.models.entitlements import Entitlement, EntitlementRun, EntitlementTotal, SelfCheck

__all__ = ["Claim", "ClaimStep", "Decision", "Entitlement", "EntitlementRun", "EntitlementTotal", "PayeeAccount", "SelfCheck"]
