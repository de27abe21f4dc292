"""Columns of a sheet: how a cell is read, checked and written. One description serves template, import, export and manual."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from quintet.core import clock
from quintet.core.unreadable import words
from quintet.look.words import cn_date, listed
from quintet.policies.engine import fact_specs
from quintet.reading import amounts, names, workbooks
from quintet.reading.amounts import GREATEST
from quintet.reading.errors import Unreadable, short
from quintet.reading.identifiers import certificate_number, contract_number, document_number, project_number, voucher_number
from quintet.reading.letters import narrow, one_line, visible
from quintet.reading.workbooks import Cell

Words = str | Promise
TEXT = gettext_lazy("文字")
OPTION = gettext_lazy("选项")
YES_NO = gettext_lazy("是/否")
DATE = gettext_lazy("日期")
WHOLE = gettext_lazy("整数")
YUAN = gettext_lazy("金额（元）")
NOT_FOUND = gettext_lazy("名录中没有“%(text)s”，请先登记或导入。")
DITTO = frozenset(("同上", "同前", "同左", "〃", "″", '"', "''", "“", "”"))  # a record stands alone, whatever stands above it
REQUIRED = gettext_lazy("必填，不能为空。")
UNKNOWN = frozenset(("", "未知", "不知道", "不清楚", "不详"))
YES = frozenset(("是", "有", "1", "Y", "YES", "TRUE", "√", "✓"))
NO = frozenset(("否", "无", "0", "N", "NO", "FALSE", "×"))
FREE_NUMBERS = (contract_number, certificate_number, project_number, voucher_number, document_number)  # each as its office makes it
EARLIEST, LATEST = date(1900, 1, 1), date(2100, 12, 31)


def in_chinese(words: Words) -> str:
    with override("zh-hans"):
        return str(words)


class CellError(Exception):
    """What is wrong with a cell and what to do, as one text."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """`id` is stable and names the column in exports; `header` stands in the workbook; `field` is the model's, `id` if not given."""

    id: str
    header: Words
    field: str = ""
    required: bool = False
    help: Words = ""
    width: int = 16
    imported: bool = True
    beside: str = ""  # id of the reference whose record's name a column shows that is not read
    when_empty: Words = REQUIRED
    formerly: tuple[str, ...] = ()  # headers of earlier templates, read as this one
    personal: str = ""  # attribute with the masked form, the only one that leaves the system
    number_format = ""
    kind: Words = TEXT

    @property
    def may_begin_with_zero(self) -> bool:
        """Whether a figure in a cell may be a number that has lost a zero before it, and nothing else tells."""
        return False

    @property
    def title(self) -> str:
        """The header as it stands in workbooks: Chinese, whatever language the reader of the page has chosen."""
        return in_chinese(self.header)

    @property
    def target(self) -> str:
        return self.field or self.id

    def read(self, cell: Any) -> Any:
        """The value for the model, None or "" for an empty cell; raises CellError."""
        raise NotImplementedError

    def key(self, value: Any) -> Any:
        """What makes two values one where the column is part of a key."""
        return value

    def write(self, record: Any) -> Any:
        """The value for an exported cell."""
        value = getattr(record, self.personal or self.target)
        return "" if value is None else value

    def choices(self) -> Sequence[str]:
        return ()

    def contradiction(self, values: dict[str, Any], cell: Any) -> str:
        """What is wrong with a cell of a column that is not read, beside the values of its row; "" for nothing."""
        return ""


def cell_shown(cell: Cell) -> str:
    """A cell as the spreadsheet program shows it."""
    if cell is None:
        return ""
    if isinstance(cell, workbooks.Fault):
        return cell.text
    if isinstance(cell, workbooks.Shown):
        return cell.shown
    if isinstance(cell, float):
        cell = f"{amounts.exactly(cell):f}"
    return short(cell) if isinstance(cell, bool) else str(cell)


def without_errors(cell: Cell) -> Cell:
    """The cell; raises CellError for an error value of the spreadsheet program."""
    try:
        return workbooks.without_errors(cell)
    except Unreadable as error:
        raise CellError(words(error)) from None


def text_of(cell: Cell, *, exact: bool = False, lengths: tuple[int, ...] | None = None) -> str:
    """What is written in a cell, without invisible characters; raises CellError for days, errors and numbers that lost digits."""
    try:
        text = workbooks.text_of(cell, exact=exact, lengths=lengths)
    except Unreadable as error:
        raise CellError(words(error)) from None
    return text.strip() if text.isascii() and text.isprintable() else unicodedata.normalize("NFC", visible(text)).strip()


@dataclass(frozen=True, kw_only=True)
class Text(Column):
    """`canonical` gives the one form of a number that serves as a key (see `reading.identifiers`); `lines` keeps line breaks."""

    longest: int = 200
    checks: tuple[Callable[[str], None], ...] = ()
    canonical: Callable[[str], str] | None = None
    lengths: tuple[int, ...] | None = None  # digits that a number stored as a figure must have, where it may begin with zeros
    lines: bool = False
    doubts: Callable[[str], Unreadable | None] | None = None  # what is worth a look and still taken
    name: bool = False  # of an organisation, a person or a thing: read by `names.written`, compared by its canonical form

    def key(self, value: Any) -> Any:
        return names.canonical(value) if self.name else value

    @property
    def may_begin_with_zero(self) -> bool:
        return self.canonical in FREE_NUMBERS and self.lengths is None

    def read(self, cell: Any) -> str:
        text = text_of(cell, exact=self.canonical is not None, lengths=self.lengths)
        if not self.lines:
            text = one_line(text)
        if text in DITTO:
            raise CellError(_("“%(text)s”不能代替内容，每个单元格各填各的值。") % {"text": text})
        if (read := names.written if self.name else self.canonical) and text:
            try:
                text = read(text)
            except Unreadable as error:
                raise CellError(words(error)) from None
        if len(text) > self.longest:
            raise CellError(_("有 %(n)d 个字，最多 %(most)d 个，请缩短。") % {"n": len(text), "most": self.longest})
        for check in self.checks if text else ():
            try:
                check(text)
            except ValidationError as error:
                raise CellError(" ".join(error.messages)) from None
        return text


@dataclass(frozen=True, kw_only=True)
class Choice(Column):
    options: Sequence[tuple[Any, Words]] = ()
    kind: Words = OPTION

    def read(self, cell: Any) -> Any:
        text = one_line(text_of(cell))
        if not text:
            return ""
        known = self._known
        if text in known:
            return known[text]
        if (plain := names.canonical(text)) in self._canonical:
            return self._canonical[plain]
        raise CellError(
            _("“%(text)s”不是可选的值，请从下拉列表中选：%(options)s。") % {"text": text[:30], "options": listed(self.choices())}
        )

    def write(self, record: Any) -> str:
        value = getattr(record, self.target)
        return next((in_chinese(label) for key, label in self.options if key == value), "" if value is None else str(value))

    def choices(self) -> Sequence[str]:
        return [in_chinese(label) for _key, label in self.options]

    @cached_property
    def _known(self) -> dict[str, Any]:
        return {str(key): key for key, _label in self.options} | {in_chinese(label): key for key, label in self.options}

    @cached_property
    def _canonical(self) -> dict[str, Any]:
        return {names.canonical(text): key for text, key in self._known.items()}


@dataclass(frozen=True, kw_only=True)
class YesNo(Column):
    kind: Words = YES_NO

    def read(self, cell: Any) -> bool | None:
        if isinstance(cell, bool):
            return cell
        text = narrow(text_of(cell)).upper()
        if text in UNKNOWN:
            return None
        if text in YES:
            return True
        if text in NO:
            return False
        raise CellError(_("“%(text)s”不是“是”或“否”。请填“是”或“否”；不知道时留空，不要填“否”。") % {"text": text[:30]})

    def write(self, record: Any) -> str:
        value = getattr(record, self.target)
        return "" if value is None else ("是" if value else "否")

    def choices(self) -> Sequence[str]:
        return ("是", "否")


@dataclass(frozen=True, kw_only=True)
class Day(Column):
    future: bool = False
    kind: Words = DATE
    number_format = "yyyy-mm-dd"

    def read(self, cell: Any) -> date | None:
        day = _day(cell)
        if day is None:
            return None
        if day < EARLIEST or day > LATEST:
            raise CellError(_("日期 %(day)s 不在 1900 年至 2100 年之间，请核对年份。") % {"day": cn_date(day)})
        if not self.future and day > clock.today():
            raise CellError(_("日期 %(day)s 晚于今天，请核对。") % {"day": cn_date(day)})
        return day


def _day(cell: Cell) -> date | None:
    if cell is None or (isinstance(cell, str) and not narrow(cell)):
        return None
    try:
        return workbooks.day_in(cell)
    except Unreadable as error:
        raise CellError(words(error)) from None


@dataclass(frozen=True, kw_only=True)
class Number(Column):
    """`places` decimal places are kept as whole steps: 2 for money in yuan makes fen. With `subject` the column keeps a fact of the
    policies by its own id, and no more than all of them take."""

    places: int = 0
    least: int = 0
    greatest: int = GREATEST
    subject: str = ""
    kind: Words = WHOLE

    @property
    def most(self) -> int:
        return (
            min((self.greatest, *(spec.high // spec.scale for spec in fact_specs(self.subject, self.id))))
            if self.subject
            else self.greatest
        )

    def read(self, cell: Any) -> int | None:
        return number_of(cell, places=self.places, least=self.least, greatest=self.most)

    def within(self, steps: int) -> None:
        """Raises CellError for more steps than the column keeps."""
        if steps > (most := self.most):
            raise CellError(
                _("不能大于 %(most)s，现在是 %(text)s。")
                % {"most": f"{Decimal(most).scaleb(-self.places):f}", "text": f"{Decimal(steps).scaleb(-self.places):f}"}
            )

    def write(self, record: Any) -> Any:
        return number_cell(getattr(record, self.target), self.places)


@dataclass(frozen=True, kw_only=True)
class Money(Number):
    places: int = 2
    kind: Words = YUAN
    number_format = "#,##0.00"


def number_cell(value: int | None, places: int) -> Any:
    """Steps as a number for a cell; 15 digits fit a spreadsheet's number exactly, more are written as text."""
    if value is None:
        return ""
    exact = Decimal(value).scaleb(-places)
    return (float(exact) if places else value) if abs(value) < 10**15 else f"{exact:f}"


def number_of(cell: Cell, *, places: int = 0, least: int = 0, greatest: int = GREATEST) -> int | None:
    """The figure in a cell as whole steps, None for an empty one; raises CellError."""
    try:
        number = workbooks.number_in(cell)
        if isinstance(number, str) and not narrow(number):
            return None
        return amounts.steps(number, places=places, least=least, greatest=greatest)
    except Unreadable as error:
        raise CellError(words(error)) from None


@dataclass(frozen=True, kw_only=True)
class Reference(Text):
    """Another record, named by a unique text; `found` maps the texts of the file to primary keys, in one query for 5,000 of them."""

    model: Any = None
    by: str = "code"
    shown: str = ""  # path to the text for an export, by default <field>.<by>
    missing: Words = NOT_FOUND
    prepare: Callable[[str], str] | None = None

    @property
    def attribute(self) -> str:
        return f"{self.target}_id"

    def write(self, record: Any) -> str:
        related = getattr(record, self.target)
        return "" if related is None else getattr(related, self.personal or self.shown or self.by)

    def found(self, texts: Sequence[str]) -> dict[str, int]:
        wanted = {self.prepare(text) if self.prepare else text: text for text in texts if text}
        keys, pks = list(wanted), {}
        for start in range(0, len(keys), 5000):
            rows = self.model.objects.filter(**{f"{self.by}__in": keys[start : start + 5000]}).order_by()
            pks.update({wanted[key]: pk for key, pk in rows.values_list(self.by, "pk")})
        return pks
