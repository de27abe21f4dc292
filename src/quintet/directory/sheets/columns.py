"""Columns of a sheet: how a cell is read, checked and written. One description serves template, import, export and manual."""

import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from quintet.core import clock

Words = str | Promise
TEXT = gettext_lazy("文字")
OPTION = gettext_lazy("选项")
YES_NO = gettext_lazy("是/否")
DATE = gettext_lazy("日期")
WHOLE = gettext_lazy("整数")
YUAN = gettext_lazy("金额（元）")
NOT_FOUND = gettext_lazy("名录中没有“%(text)s”，请先登记或导入。")
EARLIEST, LATEST = date(1900, 1, 1), date(2100, 12, 31)
GREATEST = 10**15  # fen: ten trillion yuan, more than any city's figures
_DATE = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{2})(\d{2}))")


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
    personal: str = ""  # attribute with the masked form, the only one that leaves the system
    number_format = ""
    kind: Words = TEXT

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

    def write(self, record: Any) -> Any:
        """The value for an exported cell."""
        value = getattr(record, self.personal or self.target)
        return "" if value is None else value

    def choices(self) -> Sequence[str]:
        return ()


def text_of(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        cell = int(cell)
    return unicodedata.normalize("NFC", str(cell)).strip()


@dataclass(frozen=True, kw_only=True)
class Text(Column):
    longest: int = 200
    checks: tuple[Callable[[str], None], ...] = ()
    upper: bool = False

    def read(self, cell: Any) -> str:
        if isinstance(cell, (datetime, date)):
            raise CellError(_("这里应为文字，现在是日期；请把单元格格式设为“文本”后重新填写。"))
        text = text_of(cell)
        if self.upper:
            text = unicodedata.normalize("NFKC", text).upper().replace(" ", "")
        if len(text) > self.longest:
            raise CellError(_("有 %(n)d 个字，最多 %(most)d 个，请缩短。") % {"n": len(text), "most": self.longest})
        if any(ord(letter) < 32 and letter not in "\n\t" for letter in text):
            raise CellError(_("含有看不见的控制字符，请删除后重新填写。"))
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
        text = text_of(cell)
        if not text:
            return ""
        known = self._known
        if text in known:
            return known[text]
        raise CellError(
            _("“%(text)s”不是可选的值，请从下拉列表中选：%(options)s。") % {"text": text[:30], "options": "、".join(self.choices())}
        )

    def write(self, record: Any) -> str:
        value = getattr(record, self.target)
        return next((in_chinese(label) for key, label in self.options if key == value), "" if value is None else str(value))

    def choices(self) -> Sequence[str]:
        return [in_chinese(label) for _key, label in self.options]

    @cached_property
    def _known(self) -> dict[str, Any]:
        return {str(key): key for key, _label in self.options} | {in_chinese(label): key for key, label in self.options}


@dataclass(frozen=True, kw_only=True)
class YesNo(Column):
    kind: Words = YES_NO

    def read(self, cell: Any) -> bool | None:
        if isinstance(cell, bool):
            return cell
        text = text_of(cell)
        if text in ("", "未知"):
            return None
        if text in ("是", "有", "1", "Y", "y"):
            return True
        if text in ("否", "无", "0", "N", "n"):
            return False
        raise CellError(_("请填“是”或“否”；不知道时留空，不要填“否”。"))

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
            raise CellError(_("日期 %(day)s 不在 1900 年至 2100 年之间，请核对年份。") % {"day": day.isoformat()})
        if not self.future and day > clock.today():
            raise CellError(_("日期 %(day)s 晚于今天，请核对。") % {"day": day.isoformat()})
        return day


def _day(cell: Any) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = text_of(cell)
    if not text:
        return None
    found = _DATE.fullmatch(text)
    if found:
        year, *rest = (int(part) for part in found.groups() if part)
        try:
            return date(year, *rest)
        except ValueError:
            pass
    raise CellError(_("“%(text)s”不是日期，请写成 2020-03-01 这样的形式。") % {"text": text[:30]})


@dataclass(frozen=True, kw_only=True)
class Number(Column):
    """`places` decimal places are kept as whole steps: 2 for money in yuan makes fen."""

    places: int = 0
    least: int = 0
    greatest: int = GREATEST
    kind: Words = WHOLE

    def read(self, cell: Any) -> int | None:
        return number_of(cell, places=self.places, least=self.least, greatest=self.greatest)

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


def number_of(cell: Any, *, places: int = 0, least: int = 0, greatest: int = GREATEST) -> int | None:
    if isinstance(cell, (bool, date, datetime)):
        raise CellError(_("这里应为数字，请重新填写。"))
    if isinstance(cell, float) and not math.isfinite(cell):
        raise CellError(_("这里应为数字，请重新填写。"))
    text = repr(cell) if isinstance(cell, (int, float)) else unicodedata.normalize("NFKC", str(cell)).replace(",", "").strip()
    if not text:
        return None
    try:
        exact = Decimal(text)
    except InvalidOperation:
        raise CellError(_("“%(text)s”不是数字，请只填数字，不带单位。") % {"text": text[:30]}) from None
    if not exact.is_finite():
        raise CellError(_("这里应为数字，请重新填写。"))
    if exact.adjusted() > 18 or abs(steps := exact.scaleb(places)) > greatest:
        raise CellError(_("数字 %(text)s 太大，请核对单位。") % {"text": text[:30]})
    if steps != steps.to_integral_value():
        raise CellError(_("%(text)s 的小数位太多，最多 %(places)d 位。") % {"text": text[:30], "places": places})
    if steps < least:
        raise CellError(_("不能小于 %(least)s，现在是 %(text)s。") % {"least": Decimal(least).scaleb(-places), "text": text[:30]})
    return int(steps)


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
