from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from quintet.core.fields import EncryptedTextField
from quintet.core.models.accounts import RoleGrant, User
from quintet.core.roles import Role


class SecondFactor(models.Model):
    """Something its owner has: an app that makes codes, or a security key. Removed by its owner, or by two operators."""

    class Kind(models.TextChoices):
        TOTP = "totp", _("验证器应用")
        KEY = "key", _("安全密钥")

    user = models.ForeignKey(User, models.CASCADE, related_name="second_factors", verbose_name=_("用户"))
    kind = models.CharField(_("种类"), max_length=4, choices=Kind.choices)
    name = models.CharField(_("名称"), max_length=40)
    secret = EncryptedTextField(help_text=_("TOTP 的共享密钥，或安全密钥的公钥"))
    # The last time step of a code, or the last count of a key: neither is taken twice.
    last_count = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(_("添加时间"))
    last_used_at = models.DateTimeField(_("最近使用"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("第二因素")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


class RecoveryCode(models.Model):
    """For the day on which the device is lost. Works once; only its keyed hash is kept."""

    user = models.ForeignKey(User, models.CASCADE, related_name="recovery_codes")
    hash = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("恢复码")
        constraints = [models.UniqueConstraint(fields=["user", "hash"], name="one_recovery_code")]

    def __str__(self) -> str:
        return f"{self.user_id} {'used' if self.used_at else 'open'}"


class SecondFactorDemand(models.Model):
    """Whoever holds this role needs a second factor before anything else. An operator says so; that it ends, one proposes and another confirms."""

    role = models.CharField(_("角色"), max_length=20, choices=Role.choices, unique=True)
    lifting_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("提出取消的人"))
    lifting_under = models.ForeignKey(RoleGrant, models.PROTECT, null=True, related_name="+", verbose_name=_("提出人所据角色"))

    class Meta:
        verbose_name = verbose_name_plural = _("第二因素要求")
        constraints = [
            models.CheckConstraint(
                condition=Q(lifting_by=None, lifting_under=None) | Q(lifting_by__isnull=False, lifting_under__isnull=False),
                name="demand_lifted_under_a_right",
            )
        ]

    def __str__(self) -> str:
        return self.role


class SecondFactorReset(models.Model):
    """Somebody lost device and recovery codes: one operator asks, another confirms, and the owner sets up anew."""

    user = models.ForeignKey(User, models.PROTECT, related_name="second_factor_resets", verbose_name=_("用户"))
    reason = models.CharField(_("理由"), max_length=100)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("申请人"))
    asked_under = models.ForeignKey(RoleGrant, models.PROTECT, null=True, related_name="+", verbose_name=_("所据角色"))
    asked_at = models.DateTimeField(_("申请时间"))
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("复核人"))
    answered_under = models.ForeignKey(RoleGrant, models.PROTECT, null=True, related_name="+", verbose_name=_("复核所据角色"))
    answered_at = models.DateTimeField(_("复核时间"), null=True)
    confirmed = models.BooleanField(_("已重置"), default=False)

    class Meta:
        verbose_name = verbose_name_plural = _("第二因素重置")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(answered_at=None), name="one_open_reset"),
            models.CheckConstraint(condition=~Q(asked_by=F("user")), name="reset_asked_by_another"),
            models.CheckConstraint(
                condition=Q(confirmed=False) | (Q(answered_by__isnull=False) & ~Q(answered_by=F("asked_by")) & ~Q(answered_by=F("user"))),
                name="reset_confirmed_by_a_second",
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None, answered_by=None, answered_under=None, confirmed=False)
                | Q(answered_at__isnull=False, answered_by__isnull=False),
                name="reset_answered_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.asked_at:%Y-%m-%d}"
