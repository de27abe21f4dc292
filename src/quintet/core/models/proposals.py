from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quintet.core.models.accounts import RoleGrant, User
from quintet.core.roles import Role


class AccountProposal(models.Model):
    """What one operator wants of somebody's account and a second one decides; nothing is in force before."""

    class Kind(models.TextChoices):
        ROLE = "role", _("授予角色")
        EMAIL = "email", _("修改邮箱")
        PERSON = "person", _("关联人员名录")
        LINK = "link", _("签发设置密码的链接")
        IDENTITY = "identity", _("关联统一身份")
        RETURN = "return", _("恢复账号")

    kind = models.CharField(_("事项"), max_length=8, choices=Kind.choices)
    user = models.ForeignKey(User, models.PROTECT, related_name="proposals", verbose_name=_("账号"))
    role = models.CharField(_("角色"), max_length=20, choices=Role.choices, blank=True)
    unit = models.CharField(_("部门"), max_length=40, blank=True)
    first_day = models.DateField(_("开始日期"), null=True)
    last_day = models.DateField(_("有效至"), null=True)
    email = models.EmailField(_("邮箱"), blank=True)
    target = models.PositiveBigIntegerField(
        pgettext_lazy("audit", "对象"), null=True
    )  # key of the person of the register, or of the outside identity
    target_name = models.CharField(_("对象名称"), max_length=120, blank=True)
    reason = models.CharField(_("理由"), max_length=100, blank=True)
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("提出人"))
    proposed_under = models.ForeignKey(RoleGrant, models.PROTECT, related_name="+", verbose_name=_("提出人所据角色"))
    proposed_at = models.DateTimeField(_("提出时间"))
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("复核人"))
    decided_under = models.ForeignKey(RoleGrant, models.PROTECT, null=True, related_name="+", verbose_name=_("复核人所据角色"))
    decided_at = models.DateTimeField(_("复核时间"), null=True)
    confirmed = models.BooleanField(_("已同意"), default=False)
    sealed_code = models.TextField(_("链接的验证码"), blank=True)  # encrypted; for the proposer, until shown once

    class Meta:
        verbose_name = verbose_name_plural = _("账号事项")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind", "role", "unit"], condition=Q(decided_at=None), name="one_open_account_proposal"
            ),
            models.CheckConstraint(condition=~Q(proposed_by=F("user")), name="account_proposed_by_another"),
            models.CheckConstraint(
                condition=Q(confirmed=False) | (Q(decided_by__isnull=False) & ~Q(decided_by=F("proposed_by")) & ~Q(decided_by=F("user"))),
                name="account_confirmed_by_a_second",
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None, decided_under=None, confirmed=False)
                | Q(decided_at__isnull=False, decided_by__isnull=False, decided_under__isnull=False),
                name="account_decided_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.user}"
