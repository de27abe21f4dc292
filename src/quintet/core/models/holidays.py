from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quintet.core.models.accounts import RoleGrant, User


class HolidayPlan(models.Model):
    """The holidays and shifted working days of one year as the State Council announced them: entered by one, confirmed by another.

    `days` is a list of [ISO date, works, name], in order of days; days that are not named follow the week. A plan in force is never changed, only replaced.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("待复核")
        IN_FORCE = "in_force", _("生效")
        REPLACED = "replaced", _("已被替代")
        DROPPED = "dropped", _("已撤回")

    year = models.PositiveSmallIntegerField(_("年份"))
    source = models.CharField(_("依据"), max_length=200)
    days = models.JSONField(pgettext_lazy("holidays", "安排"))
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.PROPOSED)
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("录入人"))
    entered_under = models.ForeignKey(RoleGrant, models.PROTECT, null=True, related_name="+", verbose_name=_("所据角色"))
    entered_at = models.DateTimeField(_("录入时间"), auto_now_add=True)
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("复核人"))
    confirmed_under = models.ForeignKey(RoleGrant, models.PROTECT, null=True, related_name="+", verbose_name=_("复核所据角色"))
    confirmed_at = models.DateTimeField(_("复核时间"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("放假安排")
        ordering = ["-year", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["year"], condition=Q(state="in_force"), name="one_holiday_plan_in_force"),
            models.UniqueConstraint(fields=["year"], condition=Q(state="proposed"), name="one_holiday_plan_proposed"),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("entered_by")), name="holiday_plan_confirmed_by_another"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["in_force", "replaced"]) | Q(confirmed_by__isnull=False), name="holiday_plan_confirmed"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None, confirmed_under=None, confirmed_at=None)
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False, state__in=["in_force", "replaced"]),
                name="holiday_plan_confirmed_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.get_state_display()}"
