from django.db import models
from django.utils.translation import gettext_lazy as _


class Worker(models.Model):
    """A process that carries out jobs; it says every few seconds that it lives. `run` is new with every start, `slot` is its place on its machine."""

    run = models.CharField(max_length=40, primary_key=True)
    slot = models.CharField(_("名称"), max_length=80, unique=True)
    pid = models.PositiveIntegerField(_("进程"))
    version = models.CharField(_("版本"), max_length=40, blank=True)
    started_at = models.DateTimeField(_("启动"))
    beaten_at = models.DateTimeField(_("最近信号"))

    class Meta:
        verbose_name = verbose_name_plural = _("任务进程")
        ordering = ["slot"]

    def __str__(self) -> str:
        return self.slot


class UpkeepStep(models.Model):
    """One piece of the night's work, or a trial of the mail server: when it was done and how it ended."""

    class Step(models.TextChoices):
        BACKUP = "backup", _("备份")
        GO_ON = "go_on", _("公示期满与逾期处理")
        MAIL = "mail", _("汇总邮件")
        DIGEST = "digest", _("审计摘要")
        VERIFY = "verify", _("核对审计链")
        BOOKS = "books", _("核对资金账")
        CLEAR = "clear", _("清理到期记录")
        MAIL_TEST = "mail_test", _("邮件试发")

    step = models.CharField(_("事项"), max_length=12, choices=Step.choices)
    started_at = models.DateTimeField(_("开始"))
    ended_at = models.DateTimeField(_("结束"), null=True)
    ok = models.BooleanField(_("成功"), null=True)
    note = models.CharField(_("说明"), max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("夜间任务")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["step", "-id"], name="upkeep_latest")]

    def __str__(self) -> str:
        return f"{self.get_step_display()} {self.started_at:%Y-%m-%d %H:%M}"


class WriteProbe(models.Model):
    """Written to learn whether the database takes anything. One row."""

    at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = _("写入试验")
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="core_one_write_probe")]

    def __str__(self) -> str:
        return str(self.at)
