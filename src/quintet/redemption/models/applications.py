from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from quintet.core.models import Attachment, RoleGrant
from quintet.redemption.models.claims import Claim

NOTHING = models.Value(None, models.JSONField())  # JSON's null, which the database tells from a value that is missing


class ClaimFact(models.Model):
    """A fact that no register knows and that this claim brings: what the applicant states, or what the department finds, with reasons.

    A value of `None` says that there is none, or that it has not happened (`NOTHING` when it is written).
    """

    class Kind(models.TextChoices):
        DECLARED = "declared", _("申报人填报")
        JUDGED = "judged", _("主管部门认定")

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="facts", db_index=False)
    fact = models.CharField(_("事实"), max_length=80)
    kind = models.CharField(_("来源"), max_length=8, choices=Kind.choices)
    value = models.JSONField(_("值"))
    reason = models.TextField(_("理由"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("填写人"))
    under = models.ForeignKey(RoleGrant, models.PROTECT, null=True, related_name="+", verbose_name=_("认定人所据角色"))
    at = models.DateTimeField(_("填写时间"), auto_now=True)

    class Meta:
        verbose_name = verbose_name_plural = _("申报的事实")
        ordering = ["claim", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["claim", "fact"], name="redemption_one_value_a_fact"),
            models.CheckConstraint(condition=Q(kind="declared") | ~Q(reason=""), name="redemption_judged_with_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.claim_id} {self.fact}"


class Judgement(models.Model):
    """A finding of the department as it was made; the value in force is the `ClaimFact`. It stays when another finds otherwise:
    whoever ever judged a fact of a claim has no hand in its money (docs/decisions/0017)."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="judgements")
    fact = models.CharField(_("事实"), max_length=80)
    value = models.JSONField(_("值"))
    reason = models.TextField(_("理由"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("认定人"))
    under = models.ForeignKey(RoleGrant, models.PROTECT, null=True, related_name="+", verbose_name=_("认定人所据角色"))
    at = models.DateTimeField(_("认定时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("对事实的认定")
        ordering = ["claim", "pk"]

    def __str__(self) -> str:
        return f"{self.claim_id} {self.fact}"


class ClaimFile(models.Model):
    """A paper of a claim. One that was handed in before is used again by naming it, not by a second upload."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="files")
    paper = models.CharField(_("材料"), max_length=160)
    attachment = models.ForeignKey(Attachment, models.PROTECT, related_name="claim_files", verbose_name=_("文件"))
    reused_from = models.ForeignKey("self", models.PROTECT, null=True, related_name="+", verbose_name=_("沿用自"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("提交人"))
    at = models.DateTimeField(_("提交时间"), auto_now_add=True)
    removed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("移除人"))

    class Meta:
        verbose_name = verbose_name_plural = _("申报材料")
        ordering = ["claim", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["claim", "paper", "attachment"], condition=Q(removed_by=None), name="redemption_file_once_a_paper"
            )
        ]

    def __str__(self) -> str:
        return f"{self.paper} {self.attachment}"
