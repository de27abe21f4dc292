from quintet.core.models.accounts import RoleGrant, RoleGrantQuerySet, User
from quintet.core.models.attachments import Attachment, StoredFile
from quintet.core.models.attempts import Attempt
from quintet.core.models.audit import AuditDigest, AuditEntry
from quintet.core.models.clock import DemoDay
from quintet.core.models.holidays import HolidayPlan
from quintet.core.models.identities import OutsideIdentity, Unlinking
from quintet.core.models.installation import KeyProbe, TrialMark
from quintet.core.models.jobs import Job
from quintet.core.models.limits import FormCount
from quintet.core.models.notices import Notification, NotificationChoice
from quintet.core.models.personal import PersonalRequest
from quintet.core.models.proposals import AccountProposal
from quintet.core.models.seals import Seal, SealedColumns, Touch
from quintet.core.models.second_factors import RecoveryCode, SecondFactor, SecondFactorDemand, SecondFactorReset
from quintet.core.models.sessions import SignedInSession
from quintet.core.models.upkeep import UpkeepStep, Worker, WriteProbe

__all__ = [
    "AccountProposal",
    "Attachment",
    "Attempt",
    "AuditDigest",
    "AuditEntry",
    "DemoDay",
    "FormCount",
    "HolidayPlan",
    "Job",
    "KeyProbe",
    "Notification",
    "NotificationChoice",
    "OutsideIdentity",
    "PersonalRequest",
    "RecoveryCode",
    "RoleGrant",
    "RoleGrantQuerySet",
    "Seal",
    "SealedColumns",
    "SecondFactor",
    "SecondFactorDemand",
    "SecondFactorReset",
    "SignedInSession",
    "StoredFile",
    "Touch",
    "TrialMark",
    "Unlinking",
    "UpkeepStep",
    "User",
    "Worker",
    "WriteProbe",
]
