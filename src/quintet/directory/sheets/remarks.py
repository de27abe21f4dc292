"""What is remarked upon in a table that can be imported all the same, in words for those who confirm it."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from quintet.directory.sheets.sheet import Sheet
from quintet.directory.sheets.workbook import Table
from quintet.look.words import listed
from quintet.reading import names

MANUAL = "填写说明"  # the sheet of a template that explains its columns
NAMESAKES = 5  # that a remark names


def of_the_file(table: Table) -> list[str]:
    """What the person may not see on opening the file: told before anything is confirmed."""
    remarks = []
    if table.hidden_row_count:
        shown = listed(str(row) for row in table.hidden_rows[:20]) + ("…" if table.hidden_row_count > 20 else "")
        remarks.append(
            _("有 %(n)d 行是隐藏的（第 %(rows)s 行），也会一起读入。不要的请先取消隐藏、删除后重新上传。")
            % {"n": table.hidden_row_count, "rows": shown}
        )
    if table.struck_row_count:
        shown = listed(str(row) for row in table.struck_rows[:20]) + ("…" if table.struck_row_count > 20 else "")
        remarks.append(
            _("有 %(n)d 行整行划了删除线（第 %(rows)s 行），也会一起读入。不要的请删除这些行后重新上传。")
            % {"n": table.struck_row_count, "rows": shown}
        )
    if table.hidden_columns:
        remarks.append(_("有隐藏的列（%(columns)s），也会一起读入。请取消隐藏核对。") % {"columns": listed(table.hidden_columns)})
    if table.hidden_sheets:
        remarks.append(
            _("工作表“%(sheets)s”是隐藏的，没有读取；读的是“%(title)s”。")
            % {"sheets": "”“".join(table.hidden_sheets), "title": table.title}
        )
    if others := [name for name in table.other_sheets if name not in {MANUAL, _(MANUAL)}]:
        remarks.append(
            _("只读了第一张工作表“%(title)s”；“%(sheets)s”没有读取，里面的数据要另外上传。")
            % {"sheets": "”“".join(others), "title": table.title}
        )
    return remarks


def of_namesakes(sheet: Sheet, values: dict[tuple, tuple], records: Iterable[Any], most: int) -> list[str]:
    """Where a new or renamed record has the name of another, in the table or in the register: often one thing under two keys."""
    written = {names.canonical(getattr(record, sheet.called)) for record in records} - {""}
    rows: dict[str, list[tuple[int, tuple]]] = defaultdict(list)
    for key, (number, row) in values.items():
        if (name := names.canonical(row[sheet.called])) in written:
            rows[name].append((number, key))
    stored: dict[str, list[str]] = defaultdict(list)
    wanted, lookup, there = sorted(written), sheet.column(sheet.key[0]).target, {str(key[0]) for key in values}
    for start in range(0, len(wanted), 5000):
        alike = sheet.model._default_manager.filter(canonical_name__in=wanted[start : start + 5000]).order_by("pk")
        for name, key in alike.values_list("canonical_name", lookup):
            if str(key) not in there:
                stored[name].append(str(key))
    remarks: list[str] = []
    for name, found in sorted(rows.items(), key=lambda item: item[1]):
        others = [_("第 %(row)d 行") % {"row": number} for number, _key in found[1:]]
        others += [_("名录中的 %(key)s") % {"key": key} for key in stored[name]]
        if others and len(remarks) < most:
            message = _("第 %(row)d 行与%(others)s名称相同、代码不同。是同一家的，请改用同一个代码；确是两家的，可以照登。")
            remarks.append(message % {"row": found[0][0], "others": listed(others[:NAMESAKES])})
    return remarks


def of_figures(column: str, rows: list[int]) -> list[str]:
    """Where numbers that may begin with zeros are stored as figures."""
    if not rows:
        return []
    shown = listed(str(row) for row in rows[:20]) + ("…" if len(rows) > 20 else "")
    message = _(
        "%(column)s 列有 %(n)d 格编号存成了数字（第 %(rows)s 行），前面的零可能已经丢失。请对照原件核对，有零的请把单元格设为文本再填写。"
    )
    return [message % {"column": column, "n": len(rows), "rows": shown}]
