from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class DemoDay(models.Model):
    """The day on which a demo city lives; at most one row, none in a real city."""

    day = models.DateField(_("演示日期"))

    class Meta:
        verbose_name = verbose_name_plural = _("演示日期")
        constraints = [models.CheckConstraint(condition=Q(id=1), name="core_one_demo_day")]

    def __str__(self) -> str:
        return str(self.day)
