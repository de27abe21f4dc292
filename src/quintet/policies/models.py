import secrets

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


def _token() -> str:
    return secrets.token_urlsafe(24)


class PackVersion(models.Model):
    """The content of a pack and all it uses, as it was when something was first evaluated with it."""

    hash = models.CharField(_("内容哈希"), max_length=64, unique=True)
    pack = models.CharField(_("政策包"), max_length=80, db_index=True)
    title = models.CharField(_("名称"), max_length=200)
    number = models.CharField(_("文号"), max_length=60, blank=True)
    files = models.JSONField(_("文件"), help_text=_("文件名 → 内容"))
    first_used_at = models.DateTimeField(_("首次使用"), auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = _("政策包版本")
        ordering = ["-first_used_at"]

    def __str__(self) -> str:
        return f"{self.number or self.pack} {self.hash[:8]}"


class Evaluation(models.Model):
    """What the engine said once: inputs, pack version and the whole explanation. Never changed; shown again exactly.

    The token is the only key: 192 random bits, so that an address cannot be guessed.
    """

    token = models.CharField(max_length=40, unique=True, default=_token, editable=False)
    version = models.ForeignKey(PackVersion, models.PROTECT, related_name="evaluations", verbose_name=_("政策包版本"))
    on = models.DateField(_("评估日"))
    title = models.CharField(_("对象"), max_length=160, blank=True)
    parameters = models.JSONField(_("改动的参数"), default=dict)
    inputs = models.JSONField(_("事实"))
    result = models.JSONField(_("结果"))
    fingerprint = models.CharField(max_length=64, db_index=True, editable=False, default="")
    created_at = models.DateTimeField(_("评估时间"), auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("评估人"))

    class Meta:
        verbose_name = verbose_name_plural = _("评估")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.title} {self.on}"

    def get_absolute_url(self) -> str:
        return reverse("policies:evaluation", args=[self.token])
