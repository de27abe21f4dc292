from datetime import date, timedelta
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from quintet.core.history import HistoricalRecords
from quintet.core.owners import owned_together
from quintet.core.roles import LENT, Role

# What Django writes by itself when somebody signs in; nobody has changed the account.
WRITTEN_AT_SIGN_IN = {"last_login", "password"}


class User(AbstractUser):
    display_name = models.CharField(_("姓名"), max_length=60, blank=True)

    history = HistoricalRecords(excluded_fields=["password", "last_login"], verbose_name=_("账号变更"))

    class Meta:
        verbose_name = verbose_name_plural = _("用户")

    def __str__(self) -> str:
        return self.display_name or self.username

    def save(self, *args: Any, **kwargs: Any) -> None:
        fields = set(kwargs.get("update_fields") or {"everything"})
        if not WRITTEN_AT_SIGN_IN.issuperset(fields):
            super().save(*args, **kwargs)
            return
        from quintet.core.audit import recorded  # the chain's models point at this one

        self.skip_history_when_saving = True
        try:
            if "password" not in fields:
                super().save(*args, **kwargs)
                return
            with recorded() as log:
                super().save(*args, **kwargs)
                log.record("core.renew_password_hash", self, str(_("登录时按现行强度重新保存密码")), by=self)
        finally:
            del self.skip_history_when_saving

    @cached_property
    def grants_today(self) -> list["RoleGrant"]:
        if not self.is_active:
            return []
        today = timezone.localdate()
        dated = list(RoleGrant.objects.dated(today).filter(user=self))
        lent = [grant.pk for grant in dated if grant.delegated_by_id is not None]
        in_force = set(RoleGrant.objects.in_force(today).filter(pk__in=lent).values_list("pk", flat=True)) if lent else set()
        return [grant for grant in dated if grant.delegated_by_id is None or grant.pk in in_force]

    @cached_property
    def accounts_together(self) -> dict[int, frozenset[int]]:
        """This account, and those of who lent it a role → all accounts of the same person."""
        return owned_together({self.pk, *(grant.delegated_by_id for grant in self.grants_today if grant.delegated_by_id)})

    def is_also(self, account: int | None) -> bool:
        """Whether an account is this one or another of the same person."""
        return account in self.accounts_together[self.pk]

    @property
    def role_codes(self) -> frozenset[str]:
        return frozenset(grant.role for grant in self.grants_today)

    @property
    def units(self) -> frozenset[str]:
        """Codes of the departments this person works for today."""
        return frozenset(grant.unit for grant in self.grants_today if grant.unit)


class RoleGrantQuerySet(models.QuerySet["RoleGrant"]):
    def in_force(self, on: date) -> "RoleGrantQuerySet":
        """What was lent is in force only while its lender holds the same role by a grant of their own, with an account in use,
        and its borrower works (`working`) by a role of their own."""
        own = self.model._default_manager.own().dated(on).filter(user__is_active=True)
        same = own.filter(user=OuterRef("delegated_by"), role=OuterRef("role"), unit=OuterRef("unit"))
        works = self.model._default_manager.working(on).filter(user=OuterRef("user"))
        return self.dated(on).filter(Q(delegated_by=None) | Exists(same) & Exists(works))

    def working(self, on: date) -> "RoleGrantQuerySet":
        """By these somebody may borrow a role that day: a role of their own that can be lent, with an account in use."""
        return self.own().dated(on).filter(user__is_active=True, role__in=LENT)

    def dated(self, on: date) -> "RoleGrantQuerySet":
        """Those whose days hold this one, whether or not a lender still has what was lent."""
        return self.filter(Q(revoked_on=None) | Q(revoked_on__gt=on), granted_on__lte=on)

    def own(self) -> "RoleGrantQuerySet":
        """Not lent."""
        return self.filter(delegated_by=None)

    def open(self, on: date) -> "RoleGrantQuerySet":
        """In force or coming, by their days."""
        return self.filter(Q(revoked_on=None) | Q(revoked_on__gt=on) & Q(revoked_on__gt=F("granted_on")))

    def during(self, start: date, end: date | None) -> "RoleGrantQuerySet":
        """Those in force on some day from `start` until the day before `end`; None is for ever."""
        begun = self.filter(Q(revoked_on=None) | Q(revoked_on__gt=start) & Q(revoked_on__gt=F("granted_on")))
        return begun if end is None else begun.filter(granted_on__lt=end)


class RoleGrant(models.Model):
    """A user holds a role, for a unit where the role belongs to one, from `granted_on` until the day before `revoked_on`."""

    user = models.ForeignKey(User, models.PROTECT, related_name="grants", verbose_name=_("用户"))
    role = models.CharField(_("角色"), max_length=20, choices=Role.choices)
    unit = models.CharField(_("部门"), max_length=40, blank=True, help_text=_("政策包中的部门代码"))
    granted_on = models.DateField(_("授予日期"), default=timezone.localdate)
    revoked_on = models.DateField(_("撤销日期"), null=True, blank=True)
    delegated_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="delegations", verbose_name=_("委托人"), editable=False
    )

    history = HistoricalRecords(verbose_name=_("角色变更"))
    objects = RoleGrantQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("角色授予")
        ordering = ["user", "role", "unit"]
        constraints = [
            models.UniqueConstraint(fields=["user", "role", "unit"], condition=Q(revoked_on=None), name="one_open_grant"),
            models.CheckConstraint(condition=Q(revoked_on=None) | Q(revoked_on__gte=F("granted_on")), name="revoked_after_granted"),
            models.CheckConstraint(condition=Q(delegated_by=None) | Q(revoked_on__isnull=False), name="delegated_until_a_day"),
            models.CheckConstraint(condition=~Q(delegated_by=F("user")), name="delegated_by_another"),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.get_role_display()} {self.unit}".strip()

    @property
    def last_day(self) -> date | None:
        """The last day on which it is in force; None without an end. Lies before `granted_on` when it was taken back at once."""
        return self.revoked_on and self.revoked_on - timedelta(days=1)

    def state(self, on: date) -> str:
        """coming, in_force or ended, on a day."""
        if self.revoked_on is not None and (self.revoked_on <= on or self.revoked_on == self.granted_on):
            return "ended"
        return "coming" if self.granted_on > on else "in_force"
