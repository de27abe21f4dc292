from django.db import models
from django.utils.translation import gettext_lazy as _


class FormCount(models.Model):
    """How often somebody used a public form since a moment. Who it was is a keyed hash; a count whose time is over is removed."""

    key = models.CharField(max_length=64)
    ends_at = models.BigIntegerField(help_text=_("自 1970 年起的秒数"), db_index=True)
    count = models.PositiveIntegerField()

    class Meta:
        verbose_name = verbose_name_plural = _("公开表单的使用次数")
        constraints = [models.UniqueConstraint(fields=["key", "ends_at"], name="core_one_count_a_window")]

    def __str__(self) -> str:
        return f"{self.ends_at} {self.count}"
