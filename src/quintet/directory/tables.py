"""The columns of a sheet as a table on a page, and one value as people read it."""

from collections.abc import Sequence
from typing import Any

import django_tables2 as tables
from django.db.models import QuerySet
from django.utils.html import format_html
from django.utils.translation import gettext as _

from quintet.directory.models import YearlyFact
from quintet.directory.queries.history import figure_text
from quintet.directory.sheets import FigureUnit, FigureValue, OrganisationName
from quintet.directory.sheets.columns import Choice, Column, Day, Money, Number, Reference, YesNo
from quintet.directory.sheets.sheet import Sheet
from quintet.look import words


def shown(column: Column, record: Any) -> str:
    """The value as text, "" when nobody recorded it."""
    if isinstance(column, FigureValue):
        return figure_text(record.name, record.value) if isinstance(record, YearlyFact) else ""
    if isinstance(column, FigureUnit):
        return column.write(record)
    if isinstance(column, Choice):
        return str(next((label for key, label in column.options if key == getattr(record, column.target)), ""))
    if isinstance(column, OrganisationName):
        return column.write(record)
    if column.personal or isinstance(column, Reference):
        return str(column.write(record))
    value = getattr(record, column.target, None)
    if value is None and column.id == "revoked_on":
        return _("未撤销")  # known: it has not ended
    if value is None or value == "":
        return "" if column.target in _fields(record) else str(column.write(record) or "")
    if isinstance(column, Day):
        return words.cn_date(value)
    if isinstance(column, Money):
        return words.yuan(value)
    if isinstance(column, YesNo):
        return _("是") if value else _("否")
    if column.id == "division":
        return record.get_division_display()
    if column.id == "industry":
        return record.get_industry_display()
    return str(value)


def _fields(record: Any) -> set[str]:
    return {field.name for field in record._meta.concrete_fields}


class SheetColumn(tables.Column):
    def __init__(self, column: Column, *, links: bool, sortable: bool) -> None:
        numeric = isinstance(column, Number | FigureValue)
        kind = "n" if numeric else "nowrap" if isinstance(column, Day) else ""
        attrs = {"td": {"class": kind}, "th": {"class": kind}} if kind else {}
        super().__init__(
            verbose_name=column.header, accessor="pk", order_by=column.target, orderable=sortable, empty_values=(), attrs=attrs
        )
        self.column, self.links = column, links

    def render(self, record: Any) -> str:
        text = shown(self.column, record)
        if not text:
            return format_html('<span class="unknown">{}</span>', words.unknown())
        if self.links:
            return format_html('<a href="{}">{}</a>', record.get_absolute_url(), text)
        if isinstance(self.column, OrganisationName):
            return format_html('<a href="{}">{}</a>', record.organisation.get_absolute_url(), text)
        return text


def table_for(sheet: Sheet, columns: Sequence[Column], rows: QuerySet, *, title: str, sortable: Sequence[str]) -> tables.Table:
    """A table with these columns; the title column leads to the record's page."""
    members: dict[str, Any] = {
        column.id: SheetColumn(column, links=column.id == title, sortable=column.id in sortable) for column in columns
    }
    members["Meta"] = type(
        "Meta", (), {"attrs": {"aria-label": str(sheet.title)}, "empty_text": _("没有符合条件的记录"), "sequence": [c.id for c in columns]}
    )
    return type("SheetTable", (tables.Table,), members)(rows)
