import uuid
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quintet.core.models.accounts import User


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
