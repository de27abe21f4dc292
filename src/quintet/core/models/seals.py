from django.db import models
from django.utils.translation import gettext_lazy as _


class Touch(models.Model):
    """A sealed row was changed: written by triggers, taken away when the change is sealed. What stays was changed past the actions."""

    sealed_table = models.CharField(max_length=60)
    row_key = models.CharField(max_length=40)
    before = models.TextField()
    transaction_id = models.BigIntegerField()

    class Meta:
        db_table = "core_touch"
        verbose_name = verbose_name_plural = _("未封存的改动")

    def __str__(self) -> str:
        return f"{self.sealed_table}:{self.row_key}"


class SealedColumns(models.Model):
    """With which columns the rows of a table are sealed: an upgrade that adds or takes one away seals them anew."""

    sealed_table = models.CharField(max_length=60, unique=True)
    columns = models.JSONField()

    class Meta:
        verbose_name = verbose_name_plural = _("封存的字段")

    def __str__(self) -> str:
        return self.sealed_table


class Seal(models.Model):
    """A row as a line of the audit chain left it: SHA-256 of its content; empty once the row is gone. The line binds all its seals by their root."""

    sealed_table = models.CharField(max_length=60)
    row_key = models.CharField(max_length=40)
    digest = models.CharField(max_length=64, blank=True)
    found_as_sealed = models.BooleanField()
    line = models.BigIntegerField(db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = _("封存")
        indexes = [models.Index(fields=["sealed_table", "row_key", "id"], name="seal_of_row")]

    def __str__(self) -> str:
        return f"{self.sealed_table}:{self.row_key} {self.line}"
