from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quintet.core.models.accounts import User


class AuditEntry(models.Model):
    """One line of the audit chain: who did what to which record, bound to the line before it.

    `content` is the SHA-256 of the line's own fields, `hash` that of the line before with it (core.audit says exactly how).
    The database refuses to change, delete or reorder lines; whoever overrides it is found by `quintet audit verify`.
    """

    number = models.BigIntegerField(_("序号"), unique=True)
    at = models.DateTimeField(_("时间"), db_index=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("办理人"))
    by_name = models.CharField(_("办理人姓名"), max_length=60)
    action = models.CharField(_("动作"), max_length=60)
    record = models.CharField(pgettext_lazy("audit", "对象"), max_length=80, help_text=_("类型:编号"))
    title = models.CharField(_("事项"), max_length=200)
    details = models.JSONField(_("内容"), default=dict)
    content = models.CharField(max_length=64)
    previous = models.CharField(max_length=64)
    hash = models.CharField(_("校验值"), max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = _("审计记录")
        ordering = ["-number"]
        indexes = [
            models.Index(fields=["record", "number"], name="audit_record"),
            models.Index(fields=["by", "-number"], name="audit_by"),
            models.Index(fields=["action", "-number"], name="audit_action"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("a line of the audit chain is never changed")
        super().save(*args, **kwargs)


class AuditDigest(models.Model):
    """All lines up to the end of a day in one published value: the Merkle root of the day's lines, bound to the digest before."""

    day = models.DateField(_("日期"), unique=True)
    first = models.BigIntegerField(_("首条序号"), help_text=_("当天没有记录时比末条大一"))
    last = models.BigIntegerField(_("末条序号"))
    root = models.CharField(_("当日根值"), max_length=64)
    previous = models.CharField(max_length=64)
    hash = models.CharField(_("公布值"), max_length=64)
    made_at = models.DateTimeField(_("生成时间"), auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = _("审计摘要")
        ordering = ["-day"]

    def __str__(self) -> str:
        return f"{self.day} {self.hash}"
