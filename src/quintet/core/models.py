import uuid
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from quintet.core.roles import Role

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
        if not WRITTEN_AT_SIGN_IN.issuperset(kwargs.get("update_fields") or {"everything"}):
            super().save(*args, **kwargs)
            return
        self.skip_history_when_saving = True
        try:
            super().save(*args, **kwargs)
        finally:
            del self.skip_history_when_saving

    @cached_property
    def grants_today(self) -> list["RoleGrant"]:
        return list(RoleGrant.objects.in_force(timezone.localdate()).filter(user=self)) if self.is_active else []

    @property
    def role_codes(self) -> frozenset[str]:
        return frozenset(grant.role for grant in self.grants_today)

    @property
    def units(self) -> frozenset[str]:
        """Codes of the departments this person works for today."""
        return frozenset(grant.unit for grant in self.grants_today if grant.unit)


class RoleGrantQuerySet(models.QuerySet["RoleGrant"]):
    def in_force(self, on: date) -> "RoleGrantQuerySet":
        return self.filter(Q(revoked_on=None) | Q(revoked_on__gt=on), granted_on__lte=on)

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

    history = HistoricalRecords(verbose_name=_("角色变更"))
    objects = RoleGrantQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("角色授予")
        ordering = ["user", "role", "unit"]
        constraints = [
            models.UniqueConstraint(fields=["user", "role", "unit"], condition=Q(revoked_on=None), name="one_open_grant"),
            models.CheckConstraint(condition=Q(revoked_on=None) | Q(revoked_on__gte=F("granted_on")), name="revoked_after_granted"),
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


class Job(models.Model):
    """Long work with its progress; started by core.jobs.start."""

    class State(models.TextChoices):
        WAITING = "waiting", _("等待中")
        RUNNING = "running", _("进行中")
        DONE = "done", _("已完成")
        FAILED = "failed", _("未完成")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("事项"), max_length=80)
    function = models.CharField(max_length=200)
    arguments = models.JSONField(default=dict)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.WAITING)
    done = models.PositiveIntegerField(_("已完成"), default=0)
    total = models.PositiveIntegerField(_("总数"), default=0)
    message = models.CharField(_("进展"), max_length=300, blank=True)
    result = models.JSONField(_("结果"), null=True)
    error = models.TextField(_("错误"), blank=True)
    created_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("发起人"))
    created_at = models.DateTimeField(_("发起时间"), auto_now_add=True)
    updated_at = models.DateTimeField(_("最近进展"), auto_now=True)
    finished_at = models.DateTimeField(_("结束时间"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("后台任务")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.kind

    @property
    def finished(self) -> bool:
        return self.state in (self.State.DONE, self.State.FAILED)

    @property
    def result_url(self) -> str:
        """Where the result is shown: a function returns {"url": …} for that."""
        return str(self.result.get("url", "")) if isinstance(self.result, dict) else ""

    def advance(self, done: int, total: int, message: str = "") -> None:
        self.done, self.total, self.message = done, total, message
        self.save(update_fields=["done", "total", "message", "updated_at"])

    def begin(self) -> None:
        self.state = self.State.RUNNING
        self.save(update_fields=["state", "updated_at"])

    def succeed(self, result: Any) -> None:
        self.state, self.result, self.finished_at = self.State.DONE, result, timezone.now()
        self.save(update_fields=["state", "result", "finished_at", "updated_at"])

    def fail(self, error: str) -> None:
        self.state, self.error, self.finished_at = self.State.FAILED, error, timezone.now()
        self.save(update_fields=["state", "error", "finished_at", "updated_at"])
