"""From the cells of a workbook to what would change: every problem by row and column, nothing written."""

import difflib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import IO, Any

from django.utils.translation import gettext as _

from quintet.core.masking import mask_identity
from quintet.core.unreadable import words
from quintet.directory.queries.history import versions_of
from quintet.directory.recusals import Away
from quintet.directory.sheets import remarks
from quintet.directory.sheets.columns import CellError, Column, Day, Reference, cell_shown, without_errors
from quintet.directory.sheets.differences import Differences, contradictions
from quintet.directory.sheets.sheet import RowError, Sheet
from quintet.directory.sheets.workbook import MOST_ROWS, Table, column_letters, read_table
from quintet.look.words import listed
from quintet.reading import names, workbooks
from quintet.reading.amounts import exactly
from quintet.reading.errors import Unreadable
from quintet.reading.letters import narrow, unified

OWN_UNIT = "元"
UNIT = re.compile(r"[(:]?(?:单位:?)?(?:人民币)?(?:千|万|十万|百万|亿)(?:元)?(?:人民币)?\)?$")
MOST_PROBLEMS = 5000
BELOW_A_TABLE = (
    "合计",
    "总计",
    "小计",
    "共计",
    "本页",
    "累计",
    "以下空白",
    "以下无",
    "(以下",
    "注:",
    "备注:",
    "说明:",
    "填表",
    "制表",
    "填报",
    "审核",
    "负责人",
    "单位盖章",
    "(盖章",
    "联系电话",
)
UNITS = frozenset("元 万元 亿元 人 件 项 个 家 年 年月日 % 平方米 选填 必填 文本 数字 日期".split())  # a row of them below the headers
COUNTED = re.compile(r"共\d+[家户笔项条个人件行]")
HEADERS_LOOKED_FOR = 30  # rows from the top
BLANKS = " \t\r\n\v\f\xa0\u3000\u200b\u2060\ufeff"
MOST_REMARKS = 30
MOST_SHOWN = 60  # letters of a cell in the preview
MOST_REMEMBERED = 10_000  # different cells of a column
LIKE_A_PERSONS_NUMBER = re.compile(r"\d{17}[\dXx]|\d{15}|1[3-9]\d{9}", re.ASCII)  # a resident's, of now or of old, or a mobile telephone
NOBODY = Away()
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
    title: str = ""  # of the sheet that was read
    headings: list[str] = field(default_factory=list)  # of the columns that the workbook has, in its order
    remarks: list[str] = field(default_factory=list)  # hidden rows, columns and sheets, in words
    preview: list[list[str]] = field(default_factory=list)
    differences: list[list[Any]] = field(default_factory=list)  # see `Differences.as_json`
    versions: dict[int, list[int]] = field(default_factory=dict)  # of the changed records by primary key: row and version as it was read


def check_file(file: IO[bytes], sheet: Sheet, progress: Progress | None = None, *, own: Away = NOBODY) -> Checked:
    """Read and check the whole table against the sheet and the database. Raises UnreadableWorkbook."""
    return check_table(read_table(file), sheet, progress, own=own)


def check_table(table: Table, sheet: Sheet, progress: Progress | None = None, *, own: Away = NOBODY) -> Checked:
    """Every problem of the table by row and column, or what it would change. `own` is what those who stand behind the import keep away from."""
    checked, columns, values = _values(table, sheet, progress)
    if values and not checked.problems:
        cells = dict(table.body())
        for row, place, message in contradictions(values, columns, cells, MOST_REMARKS):
            where = {"column": column_letters(place + 1), "row": row, "message": message}
            checked.remarks.append(_("%(column)s%(row)d 格：%(message)s") % where)
        _compare(values, columns, sheet, checked, own, cells)
    if checked.problems:
        checked.created, checked.changed, checked.differences = [], [], []
    return checked


def read_file(file: IO[bytes], sheet: Sheet, *, most_rows: int = MOST_ROWS) -> tuple[Checked, list[dict[str, Any]]]:
    """The rows of a table by column id, read as strictly as an import but compared with nothing in the database."""
    checked, _columns_read, values = _values(read_table(file, most_rows=most_rows), sheet, None)
    return checked, [row for _number, row in values.values()]


def _values(table: Table, sheet: Sheet, progress: Progress | None) -> tuple[Checked, list[Column], dict[tuple, tuple]]:
    checked = Checked(title=table.title, remarks=remarks.of_the_file(table))
    if row := _headers_below(table, sheet):
        message = _("第 1 行应是表头，现在表头像是在第 %(row)d 行。请删除它上面的标题和空行，再上传。") % {"row": row}
        checked.problems.append(Problem(1, "A", "", message))
        checked.headings = [cell_shown(cell)[:MOST_SHOWN] for cell in table.head()]
        return checked, [], {}
    if not table.rows:
        checked.problems.append(Problem(1, "A", "", _empty(table)))
        return checked, [], {}
    columns = _columns(table.head(), sheet, checked)
    checked.headings = (
        [cell_shown(cell)[:MOST_SHOWN] for cell in table.head()] if checked.problems else [column.title for column in columns]
    )
    checked.fields = [column.target for column in columns if column.imported]
    if shown := [column.title for column in columns if not column.imported]:
        checked.remarks.append(_("%(columns)s 由系统带出，只供查看，没有读入。") % {"columns": listed(shown)})
    places = {(place.row, place.column): words(place.error) for place in table.places}
    values = _read(table, columns, sheet, checked, places, progress) if not checked.problems else {}
    headings = dict(zip(map(column_letters, range(1, len(columns) + 1)), checked.headings, strict=False))
    told = [Problem(row, letters, headings.get(letters, ""), message) for (row, letters), message in places.items()]
    checked.problems = sorted([*checked.problems, *told], key=lambda problem: (problem.row, len(problem.column), problem.column))
    width = len(checked.headings)
    personal: list[bool | None] = [bool(column.personal) for column in columns]
    personal = personal if len(personal) == width else [None] * width
    checked.preview = [
        [_previewed(cell, masked) for cell, masked in zip([*row, *[None] * width], personal, strict=False)]
        for _number, row in table.body()[:20]
    ]
    if not checked.rows and not checked.problems:
        checked.problems.append(Problem(2, "A", columns[0].title, _("表中没有数据，请从第 2 行起填写。")))
    return checked, columns, values


def _previewed(cell: Any, personal: bool | None) -> str:
    """A cell as the file has it, numbers of people masked. `personal` is None where the headers are not known: what looks like one is masked then."""
    text = cell_shown(cell)
    if personal is None:
        personal = bool(LIKE_A_PERSONS_NUMBER.fullmatch(narrow(text).strip()))
    return mask_identity(text) if personal else text[:MOST_SHOWN]


def _headers_below(table: Table, sheet: Sheet) -> int | None:
    """The row of the headers where it is not the first: people put a title above."""
    known = {plain(text) for column in sheet.imported for text in (column.title, column.id, *column.formerly)}
    found = {number: sum(plain(cell) in known for cell in cells) for number, cells in table.rows if number <= HEADERS_LOOKED_FOR}
    best = max(found, key=found.__getitem__, default=1)
    return best if best > 1 and found[best] >= 2 and found[best] > 2 * found.get(1, 0) else None


def _empty(table: Table) -> str:
    if table.other_sheets:
        titles = {"title": table.title, "sheets": "”“".join(table.other_sheets)}
        return _("第一张工作表“%(title)s”是空的，另外还有“%(sheets)s”。请把要导入的表移到最前面，再上传。") % titles
    return _("表里没有内容。请用“下载模板”得到的 .xlsx 文件填写后再上传。")


def _columns(first: list[Any], sheet: Sheet, checked: Checked) -> list[Column]:
    """The columns in the order of the workbook; headers must stand in the order of the template, optional ones may be left out.

    The headers of a CSV export, which are the ids of the columns, are known as well. Columns that only an export has stand wherever
    they stand and are not read.
    """
    shown = [column for column in sheet.columns if not column.imported]
    known = {plain(column.title): column for column in (*shown, *sheet.imported)}
    titles = {plain(name): plain(column.title) for column in (*shown, *sheet.imported) for name in (column.id, *column.formerly)}
    texts = [titles.get(text, text) for text in map(plain, first)]
    while texts and not texts[-1]:
        texts.pop()

    def report(n: int, message: str) -> None:
        checked.problems.append(Problem(1, column_letters(n), texts[n - 1] if n <= len(texts) else "", message))

    for n, text in enumerate(texts, 1):
        if text not in known:
            other = _in_yuan(text, known)
            if other:
                report(
                    n,
                    _("表头“%(text)s”的单位与模板不同：这一列要填元。请把整列数字换算成元，再把表头改为“%(header)s”。")
                    % {"text": text[:40], "header": other},
                )
                continue
            near = difflib.get_close_matches(text, known, n=1, cutoff=0.5) if text else []
            hint = _("是不是“%(near)s”？") % {"near": near[0]} if near else _("请删除这一列，或改为模板中的表头。")
            if not text:
                report(n, _("这一列没有表头。请删除这一列，或按模板补上表头。"))
                continue
            report(n, _("不认识的表头“%(text)s”。%(hint)s") % {"text": text[:40], "hint": hint})
        elif text in texts[: n - 1]:
            report(n, _("表头“%(text)s”出现了两次，请删除一列。") % {"text": text})
    for header, column in known.items():
        if column.imported and (column.required or column.id in sheet.key) and header not in texts:
            report(len(texts) + 1, _("缺少必填的列“%(header)s”，请按模板补上。") % {"header": header})
    expected = [plain(column.title) for column in sheet.imported if plain(column.title) in texts]
    if not checked.problems:
        places = [(n, text) for n, text in enumerate(texts, 1) if known[text].imported]
        for (n, text), right in zip(places, expected, strict=True):
            if text != right:
                report(
                    n, _("列的顺序与模板不同：这里应为“%(right)s”，现在是“%(text)s”。请按模板的顺序排列。") % {"right": right, "text": text}
                )
    return [known[text] for text in texts if text in known]


def _read(
    table: Table,
    columns: list[Column],
    sheet: Sheet,
    checked: Checked,
    places: dict[tuple[int, str], str],
    progress: Progress | None,
) -> dict[tuple, tuple]:
    """key → (row number, values by column id), references resolved. What `places` tells of a cell is not told twice; a row whose key
    cannot be read for it is left out."""
    filled = [(number, row) for number, row in table.body() if not _is_blank(row[0]) or any(not _is_blank(cell) for cell in row)]
    checked.rows = len(filled)
    if table.from_1904:
        days = [n for n, column in enumerate(columns) if isinstance(column, Day) and column.imported]
        for _number, row in filled:
            for n in days:
                if n < len(row):
                    row[n] = workbooks.counted_from_1900(row[n])
    for n, column in enumerate(columns):
        if column.imported and column.may_begin_with_zero:
            stored = [number for number, row in filled if n < len(row) and row[n].__class__ in (int, float)]
            checked.remarks += remarks.of_figures(column_letters(n + 1), stored)
    readers = [_remembering(column) for column in columns]
    references = {
        column.id: _references(column, readers[n], n, filled)
        for n, column in enumerate(columns)
        if isinstance(column, Reference) and column.imported
    }
    must = [column.required or column.id in sheet.key for column in columns]
    doubts = [getattr(column, "doubts", None) for column in columns]
    plan = list(zip(columns, readers, must, doubts, strict=True))
    heads = {plain(column.title) for column in columns}
    keys = [(id, sheet.column(id).key) for id in sheet.key]
    seen: dict[tuple, tuple] = {}
    for done, (number, row) in enumerate(filled):
        if progress and done % 5000 == 0:
            progress(done, len(filled))
        if len(checked.problems) >= MOST_PROBLEMS:
            checked.problems.append(Problem(number, "", "", _("错误太多，以下各行没有再检查。请先改正前面的错误。")))
            return {}
        before = len(checked.problems)
        if too_wide := table.more_values_than(1, number):
            checked.problems.append(Problem(number, "A", columns[0].title, words(too_wide)))
            continue
        values = _read_row(number, row, plan, columns, sheet, references, checked, places)
        if len(checked.problems) > before or any(id not in values for id in sheet.key) or _stands_below(row):
            if message := _no_record(number, row, heads):
                checked.problems[before:] = [Problem(number, "A", columns[0].title, message)]
            continue
        key = tuple([read_key(values[id]) for id, read_key in keys])
        if key in seen:
            _report(checked, number, columns, sheet.key[0], _("与第 %(row)d 行重复，同一条记录只能出现一次。") % {"row": seen[key][0]})
        else:
            seen[key] = (number, values)
    return seen


def _read_row(
    number: int,
    row: list[Any],
    plan: list[tuple[Column, Callable[[Any], Any], bool, Callable[[str], Unreadable | None] | None]],
    columns: list[Column],
    sheet: Sheet,
    references: dict[str, dict[str, int]],
    checked: Checked,
    places: dict[tuple[int, str], str],
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    width = len(row)
    for n, (column, read, must, doubts) in enumerate(plan):
        if not column.imported:
            continue
        try:
            value = read(row[n] if n < width else None)
            if must and (value is None or value == ""):
                raise CellError(str(column.when_empty))
            if column.id in references:
                value = _resolved(column, value, references[column.id])  # type: ignore[arg-type]
            values[column.id] = value
            if doubts and value and (doubt := doubts(value)) and len(checked.remarks) < MOST_REMARKS:
                place = {"column": column_letters(n + 1), "row": number, "message": words(doubt)}
                checked.remarks.append(_("%(column)s%(row)d 格：%(message)s") % place)
        except CellError as error:
            if (number, column_letters(n + 1)) not in places:
                checked.problems.append(Problem(number, column_letters(n + 1), column.title, str(error)))
    if len(values) == sum(column.imported for column in columns):
        for n, column in enumerate(columns[:width]):
            if column.imported or _is_blank(row[n]) or (number, column_letters(n + 1)) in places:
                continue
            if message := _contradiction(column, values, row[n]):
                checked.problems.append(Problem(number, column_letters(n + 1), column.title, message))
    for n, cell in enumerate(row[len(columns) :], len(columns) + 1):
        if not _is_blank(cell):
            checked.problems.append(Problem(number, column_letters(n), "", _("这一列没有表头。请删除这一格，或在第 1 行补上表头。")))
            break
    for earlier, later in sheet.in_order:
        if values.get(earlier) and values.get(later) and values[later] < values[earlier]:
            titles = {"later": sheet.column(later).title, "earlier": sheet.column(earlier).title}
            _report(checked, number, columns, later, _("%(later)s不能早于%(earlier)s。") % titles)
    if sheet.finish and len(values) == sum(column.imported for column in columns):
        _told(sheet.finish, values, checked, number, columns)
    return values


def _contradiction(column: Column, values: dict[str, Any], cell: Any) -> str:
    try:
        without_errors(cell)
    except CellError as error:
        return str(error)
    return column.contradiction(values, cell)


def _is_blank(cell: Any) -> bool:
    return cell is None or (cell.__class__ is str and not cell.strip(BLANKS))


def _no_record(number: int, row: list[Any], heads: set[str]) -> str:
    """What a row is that people write between and below records: the headers once more, a sum, a note, who filled the table in; asked
    of rows alone that cannot be read, or begin with the word for a sum. "" for what should be a record."""
    texts = [plain(cell) for cell in row if isinstance(cell, str) and not _is_blank(cell)]
    if sum(text in heads for text in texts) >= 2:
        return _("第 %(row)d 行又是一行表头，不是一条记录。请删除这一行。") % {"row": number}
    filled = [(place, cell) for place, cell in enumerate(row, 1) if not _is_blank(cell)]
    figures = _is_blank(row[0]) and all(_is_figure(cell) for _place, cell in filled)
    figures = figures or all(plain(cell).strip("()") == str(place) for place, cell in filled)  # the columns counted: 1, 2, 3
    figures = figures or all(plain(cell).strip("()").removeprefix("单位:") in UNITS for _place, cell in filled)
    first = texts[0].rstrip(":") if texts else ""
    if figures or any(map(names.is_sum, texts)) or first.startswith(BELOW_A_TABLE) or COUNTED.match(first):
        return _("第 %(row)d 行像是合计、附注或签名，不是一条记录。请删除这一行。") % {"row": number}
    return ""


def _in_yuan(text: str, known: Iterable[str]) -> str:
    """The header of a column of yuan that this one means in another unit; empty where it means none."""
    if not UNIT.search(text):
        return ""
    name, own = UNIT.sub("", text), {title.removesuffix(f"({OWN_UNIT})"): title for title in known if title.endswith(f"({OWN_UNIT})")}
    near = difflib.get_close_matches(name, own, n=1, cutoff=0.5)
    return own[near[0]] if near else ""


def _stands_below(row: list[Any]) -> bool:
    """Whether a row that could be read begins with the word for a sum, or is nothing but a note or a signature."""
    first = row[0]
    if first.__class__ is not str:
        return False
    if len(first) < 20 and names.is_sum(first):
        return True
    text = plain(first)
    return all(map(_is_blank, row[1:])) and (text.startswith(BELOW_A_TABLE) or COUNTED.match(text) is not None)


def _is_figure(cell: Any) -> bool:
    if isinstance(cell, str):
        try:
            exactly(cell)
        except Unreadable:
            return False
        return True
    return isinstance(cell, (int, float, workbooks.Shown)) and not isinstance(cell, bool)


def _report(checked: Checked, row: int, columns: list[Column], id: str, message: str) -> None:
    n = next((n for n, column in enumerate(columns) if column.id == id), 0)
    checked.problems.append(Problem(row, column_letters(n + 1), columns[n].title, message))


def _remembering(column: Column) -> Callable[[Any], Any]:
    """The column's `read` that does not read the same text or day twice: most columns of a long table hold few different ones."""
    read, known = column.read, dict[Any, Any]()

    def remembered(cell: Any) -> Any:
        if cell.__class__ is not str and cell.__class__ is not date:
            return read(cell)
        if cell in known:
            return known[cell]
        value = read(cell)
        if len(known) < MOST_REMEMBERED:
            known[cell] = value
        return value

    return remembered


def _references(column: Reference, read: Callable[[Any], Any], n: int, filled: list[tuple[int, list[Any]]]) -> dict[str, int]:
    texts = set()
    for _number, row in filled:
        try:
            texts.add(read(row[n] if n < len(row) else None))
        except CellError:
            continue  # reported when the row is read
    return column.found(sorted(texts))


def _resolved(column: Reference, text: str, pks: dict[str, int]) -> int | None:
    if not text:
        return None
    if text not in pks:
        raise CellError(str(column.missing) % {"text": text[:30]})
    return pks[text]


def _compare(
    values: dict[tuple, tuple], columns: list[Column], sheet: Sheet, checked: Checked, own: Away, cells: dict[int, list[Any]]
) -> None:
    attributes = [
        (column.id, column.attribute if isinstance(column, Reference) else column.target) for column in columns if column.imported
    ]
    existing, versions = _existing(values, sheet)
    to_write: list[tuple[int, Any]] = []
    differences = Differences(sheet, columns, cells)
    for key, (number, row) in values.items():
        record = existing.get(key)
        before = own.of(record) if own and record else None
        if record is None:
            record = sheet.model(**{attribute: row[id] for id, attribute in attributes})
            checked.created.append(record)
            differences.new(number, record)
            if sheet.new:
                _told(sheet.new, record, checked, number, columns)
        elif any(getattr(record, attribute) != row[id] for id, attribute in attributes):
            differences.change(number, record, row)
            checked.changed.append(record)
            checked.versions[record.pk] = [number, versions.get(record.pk, 0)]
            if sheet.only_new:
                _report(checked, number, columns, sheet.key[0], str(sheet.only_new))
        else:
            checked.unchanged += 1
            continue
        if tie := (own.of(record) if own else None) or before:
            name, why = tie
            about_oneself = _("这一行与您自己（或把角色委托给您的人）有关，请由另一位工作人员登记。")
            tied = _("您（或把角色委托给您的人）与这一行有利害关系（%(why)s），请由另一位工作人员登记。") % {"why": why}
            _report(checked, number, columns, name, tied if why else about_oneself)
        if sheet.whole:
            sheet.whole(record)
        if sheet.alone:
            to_write.append((number, record))
    checked.differences = differences.as_json()
    if sheet.called:
        written = [*checked.created, *checked.changed]
        checked.remarks += remarks.of_namesakes(sheet, values, written, MOST_REMARKS - len(checked.remarks))
    if sheet.alone:
        _check_alone(sheet, columns, checked, to_write)


def _told(check: Callable[[Any], None], about: Any, checked: Checked, number: int, columns: list[Column]) -> None:
    try:
        check(about)
    except RowError as error:
        _report(checked, number, columns, error.column, str(error))


def _check_alone(sheet: Sheet, columns: list[Column], checked: Checked, to_write: list[tuple[int, Any]]) -> None:
    """Of the records that do not end, one for what `alone` names: in the register and in the table together."""
    until, attributes = sheet.ends, [f"{name}_id" if isinstance(sheet.column(name), Reference) else name for name in sheet.alone]
    open_records = [(number, record) for number, record in to_write if getattr(record, until) is None]
    changed = {record.pk for record in checked.changed}
    firsts = list({getattr(record, attributes[0]) for _number, record in open_records})
    taken: dict[tuple, int] = {}  # the row, 0 for what is in the register and stays open
    for start in range(0, len(firsts), 5000):
        stored = sheet.model._default_manager.filter(**{until: None, f"{attributes[0]}__in": firsts[start : start + 5000]}).order_by()
        for pk, *key in stored.values_list("pk", *attributes):
            if pk not in changed:
                taken[tuple(key)] = 0
    for number, record in open_records:
        key = tuple(getattr(record, attribute) for attribute in attributes)
        if (other := taken.setdefault(key, number)) == number:
            continue
        if other:
            message = _("与第 %(row)d 行重复：两行都没有截止日期，只能有一行。") % {"row": other}
        else:
            message = _("名录里已有一条没有截止的同样记录，先终止它，才能登记新的。")
        _report(checked, number, columns, sheet.alone[0], message)


def _existing(values: dict[tuple, tuple], sheet: Sheet) -> tuple[dict[tuple, Any], dict[int, int]]:
    """The records that these keys name, 5,000 at a time by the first column of the key, and their versions.

    A version is read before its record: whatever is written between the two makes the record newer than its version, never older.
    """
    keys = [sheet.column(id) for id in sheet.key]
    attributes = [column.attribute if isinstance(column, Reference) else column.target for column in keys]
    lookup, prepare = sheet.lookup
    firsts = list({prepare(key[0]) for key in values})
    found: dict[tuple, Any] = {}
    versions: dict[int, int] = {}
    for start in range(0, len(firsts), 5000):
        named = sheet.model._default_manager.filter(**{f"{lookup}__in": firsts[start : start + 5000]}).order_by()
        versions.update(versions_of(sheet.model, named.values_list("pk", flat=True)))
        for record in named:
            key = tuple(column.key(getattr(record, attribute)) for column, attribute in zip(keys, attributes, strict=True))
            if key in values:
                found[key] = record
    return found, versions


def plain(header: Any) -> str:
    """A header without what spreadsheets and keyboards change: blanks, widths, brackets, case, invisible characters."""
    return unified(cell_shown(header)).replace(" ", "")
