from quintet.redemption.models.claims import Claim, ClaimStep, Decision, PayeeAccount
from quintet.redemption.models.entitlements import Entitlement, EntitlementRun, EntitlementTotal, SelfCheck
from quintet.redemption.models.notices import Notice, NoticeLine, Objection
from quintet.redemption.models.payments import PaymentBatch, PaymentLine, PaymentResult, ResultFile

__all__ = [
    "Claim", "ClaimStep", "Decision", "Entitlement", "EntitlementRun", "EntitlementTotal", "Notice", "NoticeLine", "Objection", "PayeeAccount",
    "PaymentBatch", "PaymentLine", "PaymentResult", "ResultFile", "SelfCheck",
]  # fmt: skip
