import uuid
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from quintet.core.models.accounts import User


class StoredFile(models.Model):
    """A file by its content: stored once, however often it is handed in, below its own SHA-256. Never changed."""

    class Scan(models.TextChoices):
        NONE = "none", _("未查毒")
        CLEAN = "clean", _("已查毒")

    sha256 = models.CharField(_("校验值"), max_length=64, unique=True)
    kind = models.CharField(_("类型"), max_length=5)
    size = models.BigIntegerField(_("大小（字节）"))
    scan = models.CharField(_("查毒"), max_length=5, choices=Scan.choices)
    kept_at = models.DateTimeField(_("保存时间"), auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = _("文件")

    def __str__(self) -> str:
        return f"{self.sha256[:12]}.{self.kind}"

    @property
    def path(self) -> str:
        """Below MEDIA_ROOT."""
        return f"kept/{self.sha256[:2]}/{self.sha256}"


VIEWABLE = ("pdf", "png", "jpg")


class Attachment(models.Model):
    """A file under the name its owner gave it. What it belongs to points at it; that context serves it after its own permission check."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="attachments")
    name = models.CharField(_("文件名"), max_length=255)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("上传人"))
    at = models.DateTimeField(_("上传时间"), auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = _("附件")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("an attachment is never changed; hand the new file in beside it")
        super().save(*args, **kwargs)

    @property
    def viewable(self) -> bool:
        """Whether a browser shows it by itself: a PDF or a picture, told by its content."""
        return self.file.kind in VIEWABLE
