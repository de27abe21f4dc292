"""Workbooks and CSV files that leave the system: templates, exports, lists of problems."""

import csv
import io
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from quintet.directory.sheets.columns import Column, Day, Money
from quintet.directory.sheets.sheet import Sheet
from quintet.directory.sheets.workbook import MOST_ROWS

OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def template(sheet: Sheet) -> bytes:
    """The empty workbook to fill in: headers with hints and drop-down lists, and a second sheet that explains the columns."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    data, manual = book.add_worksheet(str(sheet.title)[:31]), book.add_worksheet(_("填写说明"))
    must = book.add_format({"bold": True, "bg_color": "#0b4ea2", "font_color": "#ffffff", "border": 1})
    may = book.add_format({"bold": True, "bg_color": "#dce8f6", "border": 1})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    data.freeze_panes(1, 0)
    for n, column in enumerate(sheet.imported):
        needed = column.required or column.id in sheet.key
        data.set_column(n, n, column.width, book.add_format({"num_format": column.number_format or "@"}))
        data.write_string(0, n, column.title, must if needed else may)
        if column.help:
            data.write_comment(0, n, str(column.help))
        choices = list(column.choices())
        if choices and len(",".join(choices)) <= 255:
            data.data_validation(1, n, MOST_ROWS, n, {"validate": "list", "source": choices})
    manual.set_column(0, 3, 22)
    manual.set_column(4, 4, 80)
    for n, title in enumerate((_("列"), _("表头"), _("必填"), _("填什么"), _("说明"))):
        manual.write_string(0, n, title, must)
    for row, column in enumerate(sheet.imported, 1):
        text = ";".join(part for part in (str(column.help), "、".join(column.choices())) if part)
        cells = (
            column.id,
            column.title,
            _("必填") if column.required or column.id in sheet.key else _("选填"),
            str(column.kind),
            text,
        )
        for n, cell in enumerate(cells):
            manual.write_string(row, n, cell, wrap)
    book.close()
    return target.getvalue()


def workbook(sheet: Sheet, columns: Sequence[Column], records: Iterable[Any]) -> Any:
    """An open temporary file with the workbook; texts are written as texts, so that none can become a formula."""
    folder = tempfile.gettempdir()
    descriptor, path = tempfile.mkstemp(suffix=".xlsx", dir=folder)
    os.close(descriptor)
    book = xlsxwriter.Workbook(path, OPTIONS | {"tmpdir": folder})
    page = book.add_worksheet(str(sheet.title)[:31])
    page.freeze_panes(1, 0)
    bold = book.add_format({"bold": True, "bg_color": "#dce8f6", "border": 1})
    day, money = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "#,##0.00"})
    formats = [day if isinstance(column, Day) else money if isinstance(column, Money) else None for column in columns]
    for n, column in enumerate(columns):
        page.set_column(n, n, column.width)
        page.write_string(0, n, column.title, bold)
    for row, record in enumerate(records, 1):
        for n, column in enumerate(columns):
            value = column.write(record)
            if value is None or value == "":
                continue
            if isinstance(value, date):
                page.write_datetime(row, n, value, day)
            elif isinstance(value, (int, float)) and not isinstance(value, bool):
                page.write_number(row, n, value, formats[n])
            else:
                page.write_string(row, n, str(value))
    book.close()
    opened = open(path, "rb")  # noqa: SIM115  the response closes it
    os.unlink(path)
    return opened


def csv_lines(columns: Sequence[Column], records: Iterable[Any]) -> Iterator[str]:
    """Line by line, with column ids as headers, and a byte order mark so that spreadsheets read it as UTF-8."""
    line = io.StringIO()
    writer = csv.writer(line)

    def taken() -> str:
        text = line.getvalue()
        line.seek(0)
        line.truncate()
        return text

    writer.writerow([column.id for column in columns])
    yield "\ufeff" + taken()
    for record in records:
        writer.writerow([neutral(column.write(record)) for column in columns])
        yield taken()


def neutral(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula gets an apostrophe before it."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r", "\n")):
        return "'" + value
    return value


def problems_workbook(problems: Sequence[Sequence[Any]]) -> bytes:
    """Rows of (row, column letters, header, message)."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    page, bold = book.add_worksheet(_("错误清单")), book.add_format({"bold": True, "bg_color": "#dce8f6"})
    for n, (title, width) in enumerate(((_("行"), 8), (_("列"), 8), (_("表头"), 24), (_("错误和改正办法"), 90))):
        page.set_column(n, n, width)
        page.write_string(0, n, title, bold)
    for row, problem in enumerate(problems, 1):
        page.write_number(row, 0, problem[0])
        for n in (1, 2, 3):
            page.write_string(row, n, str(problem[n]))
    book.close()
    return target.getvalue()
