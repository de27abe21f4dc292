"""From the cells of a workbook to what would change: every problem by row and column, nothing written."""

import difflib
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO, Any

from django.utils.translation import gettext as _

from quintet.directory.sheets.columns import CellError, Column, Reference
from quintet.directory.sheets.sheet import RowError, Sheet
from quintet.directory.sheets.workbook import column_letters, read_rows, structure_problems

MOST_PROBLEMS = 5000
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Problem:
    row: int
    column: str  # letters, as in the spreadsheet
    header: str
    message: str

    def as_json(self) -> list[Any]:
        return [self.row, self.column, self.header, self.message]


@dataclass
class Checked:
    """`rows` counts the filled rows; `created` are new records, `changed` are records with new values and `unchanged` a number."""

    rows: int = 0
    created: list[Any] = field(default_factory=list)
    changed: list[Any] = field(default_factory=list)
    unchanged: int = 0
    fields: list[str] = field(default_factory=list)  # model fields that the workbook carries
    problems: list[Problem] = field(default_factory=list)
    preview: list[list[str]] = field(default_factory=list)


def check_file(file: IO[bytes], sheet: Sheet, progress: Progress | None = None) -> Checked:
    """Read and check the whole workbook against the sheet and the database."""
    checked = Checked()
    headers = {column_letters(n): column for n, column in enumerate(sheet.imported, 1)}
    for row, letters, message in structure_problems(file):
        checked.problems.append(Problem(row, letters, headers[letters].title if letters in headers else "", message))
    if checked.problems:
        return checked
    cells = read_rows(file)
    columns = _columns(cells[0] if cells else [], sheet, checked)
    if checked.problems:
        return checked
    values = _read(cells, columns, sheet, checked, progress)
    if values and not checked.problems:
        _compare(values, columns, sheet, checked)
    checked.preview = [[_shown(cell) for cell in row[: len(columns)]] for row in cells[1:21]]
    checked.fields = [column.target for column in columns]
    if not checked.rows and not checked.problems:
        checked.problems.append(Problem(2, "A", columns[0].title, _("表中没有数据，请从第 2 行起填写。")))
    return checked


def _columns(first: list[Any], sheet: Sheet, checked: Checked) -> list[Column]:
    """The columns in the order of the workbook; headers must stand in the order of the template, optional ones may be left out."""
    known = {plain(column.title): column for column in sheet.imported}
    texts = [plain(cell) for cell in first]
    while texts and not texts[-1]:
        texts.pop()

    def report(n: int, message: str) -> None:
        checked.problems.append(Problem(1, column_letters(n), texts[n - 1] if n <= len(texts) else "", message))

    for n, text in enumerate(texts, 1):
        if text not in known:
            near = difflib.get_close_matches(text, known, n=1, cutoff=0.5) if text else []
            hint = _("是不是“%(near)s”？") % {"near": near[0]} if near else _("请删除这一列，或改为模板中的表头。")
            report(n, _("不认识的表头“%(text)s”。%(hint)s") % {"text": text[:40], "hint": hint})
        elif text in texts[: n - 1]:
            report(n, _("表头“%(text)s”出现了两次，请删除一列。") % {"text": text})
    for header, column in known.items():
        if (column.required or column.id in sheet.key) and header not in texts:
            report(len(texts) + 1, _("缺少必填的列“%(header)s”，请按模板补上。") % {"header": header})
    expected = [header for header in known if header in texts]
    if not checked.problems and texts != expected:
        for n, (text, right) in enumerate(zip(texts, expected, strict=True), 1):
            if text != right:
                report(
                    n, _("列的顺序与模板不同：这里应为“%(right)s”，现在是“%(text)s”。请按模板的顺序排列。") % {"right": right, "text": text}
                )
    return [known[text] for text in texts if text in known]


def _read(cells: list[list[Any]], columns: list[Column], sheet: Sheet, checked: Checked, progress: Progress | None) -> dict[tuple, tuple]:
    """key → (row number, values by column id), references resolved."""
    filled = [(number, row) for number, row in enumerate(cells[1:], 2) if any(cell not in ("", None) for cell in row)]
    checked.rows = len(filled)
    references = {column.id: _references(column, n, filled) for n, column in enumerate(columns) if isinstance(column, Reference)}
    seen: dict[tuple, tuple] = {}
    for done, (number, row) in enumerate(filled):
        if progress and done % 5000 == 0:
            progress(done, len(filled))
        if len(checked.problems) >= MOST_PROBLEMS:
            checked.problems.append(Problem(number, "", "", _("错误太多，以下各行没有再检查。请先改正前面的错误。")))
            return {}
        before = len(checked.problems)
        values = _read_row(number, row, columns, sheet, references, checked)
        if len(checked.problems) > before:
            continue
        key = tuple(values[id] for id in sheet.key)
        if key in seen:
            _report(checked, number, columns, sheet.key[0], _("与第 %(row)d 行重复，同一条记录只能出现一次。") % {"row": seen[key][0]})
        else:
            seen[key] = (number, values)
    return seen


def _read_row(
    number: int, row: list[Any], columns: list[Column], sheet: Sheet, references: dict[str, dict[str, int]], checked: Checked
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for n, column in enumerate(columns):
        cell = row[n] if n < len(row) else ""
        try:
            value = column.read(cell)
            if value in ("", None) and (column.required or column.id in sheet.key):
                raise CellError(_("必填，不能为空。"))
            if isinstance(column, Reference):
                value = _resolved(column, value, references[column.id])
            values[column.id] = value
        except CellError as error:
            checked.problems.append(Problem(number, column_letters(n + 1), column.title, str(error)))
    for earlier, later in sheet.in_order:
        if values.get(earlier) and values.get(later) and values[later] < values[earlier]:
            names = {"later": sheet.column(later).title, "earlier": sheet.column(earlier).title}
            _report(checked, number, columns, later, _("%(later)s不能早于%(earlier)s。") % names)
    if sheet.finish and len(values) == len(columns):
        try:
            sheet.finish(values)
        except RowError as error:
            _report(checked, number, columns, error.column, str(error))
    return values


def _report(checked: Checked, row: int, columns: list[Column], id: str, message: str) -> None:
    n = next((n for n, column in enumerate(columns) if column.id == id), 0)
    checked.problems.append(Problem(row, column_letters(n + 1), columns[n].title, message))


def _references(column: Reference, n: int, filled: list[tuple[int, list[Any]]]) -> dict[str, int]:
    texts = set()
    for _number, row in filled:
        try:
            texts.add(column.read(row[n] if n < len(row) else ""))
        except CellError:
            continue  # reported when the row is read
    return column.found(sorted(texts))


def _resolved(column: Reference, text: str, pks: dict[str, int]) -> int | None:
    if not text:
        return None
    if text not in pks:
        raise CellError(str(column.missing) % {"text": text[:30]})
    return pks[text]


def _compare(values: dict[tuple, tuple], columns: list[Column], sheet: Sheet, checked: Checked) -> None:
    attributes = [(column.id, column.attribute if isinstance(column, Reference) else column.target) for column in columns]
    existing = _existing(values, sheet)
    for key, (_number, row) in values.items():
        record = existing.get(key)
        if record is None:
            record = sheet.model(**{attribute: row[id] for id, attribute in attributes})
            checked.created.append(record)
        elif any(getattr(record, attribute) != row[id] for id, attribute in attributes):
            for id, attribute in attributes:
                setattr(record, attribute, row[id])
            checked.changed.append(record)
        else:
            checked.unchanged += 1
            continue
        if sheet.whole:
            sheet.whole(record)


def _existing(values: dict[tuple, tuple], sheet: Sheet) -> dict[tuple, Any]:
    """The records that these keys name, 5,000 at a time by the first column of the key."""
    keys = [sheet.column(id) for id in sheet.key]
    attributes = [column.attribute if isinstance(column, Reference) else column.target for column in keys]
    lookup, prepare = sheet.lookup
    firsts = list({prepare(key[0]) for key in values})
    found: dict[tuple, Any] = {}
    for start in range(0, len(firsts), 5000):
        for record in sheet.model._default_manager.filter(**{f"{lookup}__in": firsts[start : start + 5000]}).order_by():
            key = tuple(getattr(record, attribute) for attribute in attributes)
            if key in values:
                found[key] = record
    return found


def plain(header: Any) -> str:
    """A header without what spreadsheets and keyboards change: spaces and full-width forms."""
    return unicodedata.normalize("NFKC", str(header)).replace(" ", "").strip()


def _shown(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return str(cell)[:60]


def read_file(file: IO[bytes], sheet: Sheet) -> tuple[Checked, list[dict[str, Any]]]:
    """The rows of a workbook by column id, read as strictly as an import but compared with nothing in the database."""
    checked = Checked()
    for row, letters, message in structure_problems(file):
        checked.problems.append(Problem(row, letters, "", message))
    if checked.problems:
        return checked, []
    cells = read_rows(file)
    columns = _columns(cells[0] if cells else [], sheet, checked)
    rows = [values for _number, values in _read(cells, columns, sheet, checked, None).values()] if not checked.problems else []
    if not rows and not checked.problems:
        checked.problems.append(Problem(2, "A", columns[0].title, _("表中没有数据，请从第 2 行起填写。")))
    return checked, rows
