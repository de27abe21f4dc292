from quintet.redemption.models.after import Appraisal, CallAlert, Clawback
from quintet.redemption.models.applications import NOTHING, ClaimFact, ClaimFile, Judgement
from quintet.redemption.models.calls import Call
from quintet.redemption.models.claims import AccountChange, Claim, ClaimStep, Decision, PayeeAccount
from quintet.redemption.models.entitlements import Entitlement, EntitlementRun, EntitlementTotal, SelfCheck
from quintet.redemption.models.notices import Notice, NoticeLine, Objection
from quintet.redemption.models.payments import PaymentBatch, PaymentLine, PaymentResult, ResultFile
from quintet.redemption.models.reversals import Reversal
from quintet.redemption.models.reviews import Expert, ExpertChange, JointVote, Panel, Recusal, Seat, SeatChange

__all__ = [
    "NOTHING",
    "AccountChange",
    "Appraisal",
    "Call",
    "CallAlert",
    "Claim",
    "ClaimFact",
    "ClaimFile",
    "ClaimStep",
    "Clawback",
    "Decision",
    "Entitlement",
    "EntitlementRun",
    "EntitlementTotal",
    "Expert",
    "ExpertChange",
    "JointVote",
    "Judgement",
    "Notice",
    "NoticeLine",
    "Objection",
    "Panel",
    "PayeeAccount",
    "PaymentBatch",
    "PaymentLine",
    "PaymentResult",
    "Recusal",
    "ResultFile",
    "Reversal",
    "Seat",
    "SeatChange",
    "SelfCheck",
]  # fmt: skip
