from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from quintet.core.history import HistoricalRecords
from quintet.core.models import RoleGrant


class RegisterDutyQuerySet(models.QuerySet["RegisterDuty"]):
    def in_force(self, on: date) -> "RegisterDutyQuerySet":
        return self.filter(Q(revoked_on=None) | Q(revoked_on__gt=on), granted_on__lte=on)

    def waiting(self) -> "RegisterDutyQuerySet":
        return self.filter(granted_on=None, revoked_on=None)


class RegisterDuty(models.Model):
    """A department keeps a register from `granted_on` until the day before `revoked_on`; only proposed while the former is null.

    Proposed by one operator and confirmed by another: with the duty come the right to edit the register, to import into it, and, for the
    register of people, to read identity numbers in clear.
    """

    register = models.CharField(_("名录"), max_length=40)  # the id of its sheet
    unit = models.CharField(_("经办部门"), max_length=40)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("提出人"))
    proposed_under = models.ForeignKey(RoleGrant, models.PROTECT, null=True, related_name="+", verbose_name=_("提出人所据角色"))
    proposed_on = models.DateField(_("提出日期"))
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("复核人"))
    confirmed_under = models.ForeignKey(RoleGrant, models.PROTECT, null=True, related_name="+", verbose_name=_("复核人所据角色"))
    granted_on = models.DateField(_("生效日期"), null=True)
    revoked_on = models.DateField(_("终止日期"), null=True)

    history = HistoricalRecords(verbose_name=_("名录分工变更"))
    objects = RegisterDutyQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("名录分工")
        ordering = ["register", "unit", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["register", "unit"],
                condition=Q(revoked_on=None),
                name="one_open_duty",
                violation_error_message=_("这个部门已经办这本名录，或已有一件等待复核。"),
            ),
            models.CheckConstraint(condition=~Q(proposed_by=F("confirmed_by")), name="duty_by_two"),
            models.CheckConstraint(condition=Q(granted_on=None) | Q(confirmed_by__isnull=False), name="duty_confirmed_before_it_begins"),
            models.CheckConstraint(
                condition=Q(revoked_on=None) | Q(granted_on=None) | Q(revoked_on__gte=F("granted_on")), name="duty_ends_after_it_began"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.register} · {self.unit}"
