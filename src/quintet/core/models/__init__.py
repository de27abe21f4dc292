from quintet.core.models.accounts import RoleGrant, RoleGrantQuerySet, User
from quintet.core.models.audit import AuditDigest, AuditEntry
from quintet.core.models.jobs import Job

__all__ = ["AuditDigest", "AuditEntry", "Job", "RoleGrant", "RoleGrantQuerySet", "User"]
