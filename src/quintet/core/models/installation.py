from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class TrialMark(models.Model):
    """This database was made for a demo or for tests, where passwords are public: production refuses to open it. At most one row, for ever."""

    class Kind(models.TextChoices):
        DEMO = "demo", _("演示")
        TEST = "test", _("测试")

    kind = models.CharField(_("用途"), max_length=8, choices=Kind.choices)
    made_at = models.DateTimeField(_("时间"), auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = _("试用标记")
        constraints = [models.CheckConstraint(condition=Q(id=1), name="core_one_trial_mark")]

    def __str__(self) -> str:
        return self.get_kind_display()


class KeyProbe(models.Model):
    """A known text as the keys of this installation write it: a wrong key is noticed before it is used. At most one row, for ever."""

    encrypted = models.TextField()
    hashed = models.CharField(max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = _("密钥校验")
        constraints = [models.CheckConstraint(condition=Q(id=1), name="core_one_key_probe")]

    def __str__(self) -> str:
        return str(self.pk)
