from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quintet.core.models import RoleGrant, User
from quintet.policies.queries import task_number
from quintet.redemption.models.claims import Claim


class Appraisal(models.Model):
    """What was promised and what was reached, judged by the department after the money was paid (绩效评价)."""

    class Result(models.TextChoices):
        MET = "met", _("达到")
        PARTLY = "partly", _("部分达到")
        UNMET = "unmet", _("未达到")

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="appraisals", verbose_name=_("申报"))
    promised = models.TextField(_("承诺的绩效"))
    reached = models.TextField(_("实际的绩效"))
    result = models.CharField(_("结果"), max_length=6, choices=Result.choices)
    opinion = models.TextField(_("评价意见"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("评价人"))
    on = models.DateField(_("评价日期"))

    class Meta:
        verbose_name = verbose_name_plural = _("绩效评价")
        ordering = ["claim", "pk"]

    def __str__(self) -> str:
        return f"{self.claim_id} {self.result}"


class Clawback(models.Model):
    """Money that a payee has to return: proposed by one officer, confirmed by another, booked by finance as it comes in."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("待复核")
        DEMANDED = "demanded", _("待退回")
        DROPPED = "dropped", _("已撤销")
        DONE = "done", _("已退回")

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="clawbacks", verbose_name=_("申报"))
    amount_fen = models.BigIntegerField(_("应退金额（分）"))
    received_fen = models.BigIntegerField(_("已退金额（分）"), default=0)
    reasons = models.TextField(_("理由"))
    state = models.CharField(_("状态"), max_length=8, choices=State.choices, default=State.PROPOSED)
    due_on = models.DateField(_("退回期限"))
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("提出人"))
    proposed_under = models.ForeignKey(RoleGrant, models.PROTECT, related_name="+", verbose_name=_("提出人所据角色"))
    proposed_on = models.DateField(_("提出日期"))
    proposed_at = models.DateTimeField(_("提出时间"), default=timezone.now, editable=False)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("复核人"))
    confirmed_under = models.ForeignKey(RoleGrant, models.PROTECT, null=True, related_name="+", verbose_name=_("复核人所据角色"))

    class Meta:
        verbose_name = verbose_name_plural = _("追回")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0, received_fen__gte=0, received_fen__lte=F("amount_fen")), name="redemption_clawback_within"
            ),
            models.CheckConstraint(condition=~Q(proposed_by=F("confirmed_by")), name="redemption_clawback_four_eyes"),
            models.CheckConstraint(
                condition=Q(state="proposed") | Q(confirmed_by__isnull=False, confirmed_under__isnull=False),
                name="redemption_clawback_confirmed",
            ),
            models.UniqueConstraint(fields=["claim"], condition=Q(state__in=["proposed", "demanded"]), name="redemption_one_open_clawback"),
        ]

    def __str__(self) -> str:
        return f"{self.claim_id} {self.amount_fen}"

    @property
    def left_fen(self) -> int:
        return self.amount_fen - self.received_fen


class CallAlert(models.Model):
    """Somebody wants to hear of new calls: of one clause, or of all (an empty clause)."""

    user = models.ForeignKey(User, models.CASCADE, related_name="call_alerts", db_index=False)
    clause = models.CharField(_("条款"), max_length=20, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("申报提醒")
        constraints = [models.UniqueConstraint(fields=["user", "clause"], name="redemption_alert_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {task_number(self.clause)}"
