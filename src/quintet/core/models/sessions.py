from django.db import models
from django.utils.translation import gettext_lazy as _

from quintet.core.models.accounts import User


class SignedInSession(models.Model):
    """Somebody signed in on a device; the row goes with the session. For its owner's list, and to end them all."""

    user = models.ForeignKey(User, models.CASCADE, related_name="signed_in_sessions", verbose_name=_("用户"))
    key = models.CharField(max_length=40, unique=True)  # of the row in django_session: the hash of what the cookie holds
    device = models.CharField(_("设备"), max_length=60)
    address = models.GenericIPAddressField(_("地址"), null=True)
    # Opened through the identity provider: its name, and its own name of the session where it has one.
    issuer = models.CharField(max_length=255, blank=True)
    sid = models.CharField(max_length=255, blank=True)
    started_at = models.DateTimeField(_("登录时间"))
    last_seen_at = models.DateTimeField(_("最近使用"))

    class Meta:
        verbose_name = verbose_name_plural = _("登录会话")
        ordering = ["-last_seen_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.user} {self.device}"
