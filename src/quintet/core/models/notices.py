from django.db import models
from django.utils.translation import gettext_lazy as _

from quintet.core.models.accounts import User


class Notification(models.Model):
    """Something a user should know, with the page it is about. Mail takes it along in a digest a day, or at once."""

    user = models.ForeignKey(User, models.CASCADE, related_name="notifications", db_index=False)
    kind = models.CharField(_("类别"), max_length=40)
    text = models.CharField(_("内容"), max_length=300)
    url = models.CharField(_("页面"), max_length=300, blank=True)
    urgent = models.BooleanField(_("紧急"), default=False)
    created_at = models.DateTimeField(_("时间"), auto_now_add=True)
    read_at = models.DateTimeField(_("已读"), null=True)
    mailed_at = models.DateTimeField(_("已发邮件"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("消息")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["user", "-id"], name="notification_user"),
            models.Index(fields=["user"], condition=models.Q(read_at=None), name="notification_unread"),
            models.Index(fields=["user", "id"], condition=models.Q(mailed_at=None), name="notification_unmailed"),
        ]

    def __str__(self) -> str:
        return self.text


class NotificationChoice(models.Model):
    """How somebody wants to be told by mail. Without a row: once a day, what is urgent at once."""

    class Mail(models.TextChoices):
        DIGEST = "digest", _("每天一封汇总，紧急的立即发")
        AT_ONCE = "at_once", _("每条立即发")
        NONE = "none", _("不发邮件，只在网站上看")

    user = models.OneToOneField(User, models.CASCADE, related_name="notification_choice")
    mail = models.CharField(_("邮件"), max_length=8, choices=Mail.choices, default=Mail.DIGEST)

    class Meta:
        verbose_name = verbose_name_plural = _("消息方式")

    def __str__(self) -> str:
        return f"{self.user} {self.mail}"
