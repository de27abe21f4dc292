from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from quintet.core.models import Job


class ImportBatch(models.Model):
    """One uploaded workbook on its way: checked → confirmed and written as a whole, or refused."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("检查中")
        REFUSED = "refused", _("有错误")
        READY = "ready", _("待确认")
        WRITING = "writing", _("写入中")
        DONE = "done", _("已导入")
        FAILED = "failed", _("未导入")
        DROPPED = "dropped", _("已放弃")

    sheet = models.CharField(_("表"), max_length=40)
    file = models.FileField(_("文件"), upload_to="imports/%Y/%m/")
    file_name = models.CharField(_("文件名"), max_length=200)
    sha256 = models.CharField(max_length=64)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.UPLOADED)
    rows = models.PositiveIntegerField(_("行数"), default=0)
    created = models.PositiveIntegerField(_("新增"), default=0)
    changed = models.PositiveIntegerField(_("修改"), default=0)
    unchanged = models.PositiveIntegerField(_("不变"), default=0)
    page = models.CharField(_("工作表"), max_length=31, blank=True)
    headings = models.JSONField(default=list, help_text=_("文件里有的列，按文件的顺序"))
    remarks = models.JSONField(default=list, help_text=_("确认前要看到的话：隐藏的行、列和工作表"))
    preview = models.JSONField(default=list)
    differences = models.JSONField(default=list, help_text=_("检查时看到的改动：[行, new 或 changed, 记录, [[表头, 原值, 新值], …]]"))
    versions = models.JSONField(default=dict, help_text=_("检查时看到的、会被修改的记录：主键 → [行, 版本]"))
    cases = models.JSONField(default=list, help_text=_("导入后核对结果会不同的在办或已拨付的申报"))
    reason = models.CharField(_("修改的理由"), max_length=100, blank=True)
    problems = models.JSONField(default=list)
    problem_count = models.PositiveIntegerField(default=0)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("上传人"))
    uploaded_at = models.DateTimeField(_("上传时间"), auto_now_add=True)
    finished_at = models.DateTimeField(_("完成时间"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("导入批次")
        ordering = ["-uploaded_at"]
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=Q(state="writing"), name="one_import_writes_at_a_time"),
        ]

    def __str__(self) -> str:
        return f"{self.file_name} {self.get_state_display()}"

    def get_absolute_url(self) -> str:
        return reverse("directory:import-batch", args=[self.pk])
