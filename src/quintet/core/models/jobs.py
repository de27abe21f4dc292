import uuid
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quintet.core.models.accounts import User


class LeaseLost(Exception):
    """The job was released or taken over while this process was silent: what it does now must not count."""


class Job(models.Model):
    """Long work with its progress; started by core.jobs.start.

    `worker` names the run of the process that carries it out, which holds it as long as it gives signs of life (core.workers). Whoever lost it writes nothing more.
    """

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
    worker = models.CharField(_("执行进程"), max_length=40, blank=True, editable=False)

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

    @property
    def ahead(self) -> int:
        """How many jobs are carried out before this one that still waits."""
        if self.state != self.State.WAITING:
            return 0
        return Job.objects.filter(
            models.Q(state=self.State.RUNNING) | models.Q(state=self.State.WAITING, created_at__lt=self.created_at)
        ).count()

    def advance(self, done: int, total: int, message: str = "") -> None:
        """Say how far the work is. Raises LeaseLost where the job was released meanwhile, so that its transaction is undone."""
        self._written(done=done, total=total, message=message[:300])

    def begin(self, *, worker: str) -> bool:
        """Take it; False where another process has it or the job has ended."""
        mine = {"state": self.State.RUNNING, "worker": worker, "updated_at": timezone.now()}
        taken = bool(Job.objects.filter(pk=self.pk, state=self.State.WAITING).update(**mine))
        self.refresh_from_db()
        return taken

    def succeed(self, result: Any) -> None:
        self._written(state=self.State.DONE, result=result, finished_at=timezone.now())

    def fail(self, error: str) -> None:
        self._written(state=self.State.FAILED, error=error, finished_at=timezone.now())

    def _written(self, **values: Any) -> None:
        values["updated_at"] = timezone.now()
        if not Job.objects.filter(pk=self.pk, state=self.State.RUNNING, worker=self.worker).update(**values):
            raise LeaseLost(str(self.pk))
        for name, value in values.items():
            setattr(self, name, value)
