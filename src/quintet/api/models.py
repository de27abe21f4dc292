import hmac
from datetime import date
from hashlib import sha256

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quintet.core.models import Job
from quintet.look.words import listed


class Scope(models.TextChoices):
    EVALUATE = "evaluate", _("较大的评估与解释")
    BULK = "bulk", _("批量评估")
    DIRECTORY = "directory", _("单位名录的登记信息")


def hash_of(secret: str) -> str:
    """A secret has 256 random bits, so that a plain hash cannot be searched."""
    return sha256(secret.encode()).hexdigest()


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def valid(self, on: date) -> "ApiTokenQuerySet":
        return self.filter(Q(expires_on=None) | Q(expires_on__gte=on), revoked_on=None)


class ApiToken(models.Model):
    """A person's key for programs. Only its hash is kept; the prefix tells people which one it is."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="api_tokens", verbose_name=_("用户"))
    name = models.CharField(_("名称"), max_length=60)
    prefix = models.CharField(_("前缀"), max_length=12, unique=True)
    hash = models.CharField(max_length=64)
    scopes = models.JSONField(pgettext_lazy("token", "用途"), default=list)
    created_at = models.DateTimeField(_("创建时间"), auto_now_add=True)
    last_used_on = models.DateField(_("最近使用"), null=True)
    expires_on = models.DateField(_("有效期至"), null=True, blank=True)
    revoked_on = models.DateField(_("撤销日期"), null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("访问令牌")
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.name} {self.prefix}…"

    def belongs_to(self, secret: str) -> bool:
        return hmac.compare_digest(self.hash, hash_of(secret))

    def is_valid(self, on: date) -> bool:
        return self.revoked_on is None and (self.expires_on is None or self.expires_on >= on)

    def get_scopes_display(self) -> str:
        return listed(str(Scope(scope).label) for scope in self.scopes if scope in Scope.values)


class BulkEvaluation(models.Model):
    """Many rows of facts handed in at once, and the answer as a file. The facts are deleted when the job ends."""

    job = models.OneToOneField(Job, models.PROTECT, null=True, related_name="bulk_evaluation", verbose_name=_("后台任务"))
    pack = models.CharField(_("政策包"), max_length=80)
    on = models.DateField(_("评估日"))
    parameters = models.JSONField(_("改动的参数"), default=dict)
    rows = models.PositiveIntegerField(_("行数"))
    facts = models.FileField(_("事实"), upload_to="api/facts/", blank=True)
    result = models.FileField(_("结果"), upload_to="api/results/", blank=True)
    error = models.JSONField(_("错误"), null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("发起人"))
    created_at = models.DateTimeField(_("发起时间"), auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = _("批量评估")
        ordering = ["-created_at"]
        constraints = [models.CheckConstraint(condition=Q(rows__gt=0), name="bulk_evaluation_has_rows")]

    def __str__(self) -> str:
        return f"{self.pack} {self.on} {self.rows}"
