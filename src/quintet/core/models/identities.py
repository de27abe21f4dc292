from django.db import models
from django.utils.translation import gettext_lazy as _

from quintet.core.models.accounts import User


class OutsideIdentity(models.Model):
    """Somebody at the city's identity provider. Without a user it waits for an operator to say whose it is; it gives no rights."""

    issuer = models.CharField(_("身份认证系统"), max_length=255)
    subject = models.CharField(_("主体标识"), max_length=255)
    shown_name = models.CharField(_("对方所称姓名"), max_length=150, blank=True)
    user = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="outside_identities", verbose_name=_("账号"))
    first_seen_at = models.DateTimeField(_("首次出现"))
    linked_at = models.DateTimeField(_("关联时间"), null=True)
    linked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("关联人"))

    class Meta:
        verbose_name = verbose_name_plural = _("统一身份")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="one_outside_identity"),
            models.UniqueConstraint(fields=["issuer", "user"], condition=models.Q(user__isnull=False), name="one_identity_an_account"),
        ]

    def __str__(self) -> str:
        return self.shown_name or self.subject


class Unlinking(models.Model):
    """Operators have unlinked an identity from an account: neither of the two is ever linked by a claim again, only by two operators.

    Never changed: linking the identity to another account says nothing about the first.
    """

    identity = models.ForeignKey(OutsideIdentity, models.PROTECT, related_name="unlinkings", verbose_name=_("统一身份"))
    user = models.ForeignKey(User, models.PROTECT, related_name="unlinkings", verbose_name=_("解除关联的账号"))
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("办理人"))
    at = models.DateTimeField(_("解除时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("解除关联")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.identity} {self.user}"
