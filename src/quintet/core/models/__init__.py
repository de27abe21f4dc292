from quintet.core.models.accounts import RoleGrant, RoleGrantQuerySet, User
from quintet.core.models.attachments import Attachment, StoredFile
from quintet.core.models.attempts import Attempt
from quintet.core.models.audit import AuditDigest, AuditEntry
from quintet.core.models.clock import DemoDay
from quintet.core.models.jobs import Job
from quintet.core.models.limits import FormCount
from quintet.core.models.notices import Notification, NotificationChoice

__all__ = [
    "Attachment",
    "Attempt",
    "AuditDigest",
    "AuditEntry",
    "DemoDay",
    "FormCount",
    "Job",
    "Notification",
    "NotificationChoice",
    "RoleGrant",
    "RoleGrantQuerySet",
    "StoredFile",
    "User",
]
