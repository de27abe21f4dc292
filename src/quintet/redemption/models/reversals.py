from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quintet.core.models import RoleGrant
from quintet.redemption.models.after import Clawback
from quintet.redemption.models.claims import Claim
from quintet.redemption.models.notices import Objection


class Reversal(models.Model):
    """What two people decided and is to be undone: an award by an objection, money set aside, a demand. One proposes it, another confirms it (docs/decisions/0017)."""

    class Kind(models.TextChoices):
        UPHOLD = "uphold", _("异议成立，不予兑现")
        RELEASE = "release", _("不再拨付，释放资金")
        DROP = "drop", _("撤销追回")

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="reversals", verbose_name=_("申报"))
    kind = models.CharField(_("事项"), max_length=7, choices=Kind.choices)
    objection = models.ForeignKey(Objection, models.PROTECT, null=True, related_name="reversals", verbose_name=_("异议"))
    clawback = models.ForeignKey(Clawback, models.PROTECT, null=True, related_name="reversals", verbose_name=_("追回"))
    reasons = models.TextField(_("理由"))
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("提出人"))
    proposed_under = models.ForeignKey(RoleGrant, models.PROTECT, related_name="+", verbose_name=_("提出人所据角色"))
    proposed_on = models.DateField(_("提出日期"))
    proposed_at = models.DateTimeField(_("提出时间"), default=timezone.now, editable=False)
    confirmed = models.BooleanField(_("已确认"), null=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("复核人"))
    confirmed_under = models.ForeignKey(RoleGrant, models.PROTECT, null=True, related_name="+", verbose_name=_("复核人所据角色"))
    confirmed_on = models.DateField(_("复核日期"), null=True)
    remark = models.TextField(_("复核意见"), blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("改变决定")
        ordering = ["claim", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(proposed_by=F("confirmed_by")), name="redemption_reversal_four_eyes"),
            models.CheckConstraint(
                condition=Q(confirmed=None, confirmed_by=None, confirmed_under=None, confirmed_on=None)
                | Q(confirmed__isnull=False, confirmed_by__isnull=False, confirmed_under__isnull=False, confirmed_on__isnull=False),
                name="redemption_reversal_confirmed_as_a_whole",
            ),
            models.CheckConstraint(
                condition=Q(kind="uphold", objection__isnull=False, clawback=None)
                | Q(kind="release", objection=None, clawback=None)
                | Q(kind="drop", objection=None, clawback__isnull=False),
                name="redemption_reversal_of_one_thing",
            ),
            models.UniqueConstraint(fields=["claim"], condition=Q(confirmed=None), name="redemption_one_open_reversal"),
        ]

    def __str__(self) -> str:
        return f"{self.claim_id} {self.get_kind_display()}"
