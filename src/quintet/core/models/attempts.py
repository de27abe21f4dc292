from django.db import models
from django.utils.translation import gettext_lazy as _


class Attempt(models.Model):
    """One try at a password, a code or a link that was not right (yet). Names are hashed: people type passwords into the wrong field."""

    kind = models.CharField(_("类别"), max_length=20)
    account = models.CharField(_("账号"), max_length=64, help_text=_("用户名的带密钥散列"))
    address = models.GenericIPAddressField(_("地址"), null=True)
    at = models.DateTimeField(_("时间"), db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = _("登录尝试")
        indexes = [
            models.Index(fields=["account", "at"], name="attempt_account"),
            models.Index(fields=["address", "at"], name="attempt_address"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M}"
