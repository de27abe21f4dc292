"""Text files with separated values, as Excel, WPS and banks write them: UTF-8 with or without its mark, UTF-16, GB18030."""

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from quintet.reading.errors import Unreadable
from quintet.reading.limits import MOST_LETTERS_IN_A_CELL, MOST_REMARKS, Limits

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_MARKUP = re.compile(r"\s*(?:<(?:[!?]|[A-Za-z]+[\s>])|MIME-Version:)")
_NO_TABLE = re.compile(r"\{\\rtf|ID;P")  # RTF, and SYLK, which calls itself a text
_QUOTED = re.compile(r'="([^"]*)"')  # how some systems keep a spreadsheet program from taking a number for a figure
_NEUTRAL = re.compile(r"'[=+\-@\t\r\n]")  # as `write.neutral` keeps a text from being a formula


def decoded(content: bytes) -> str:
    """The text, by its mark or by trial. Raises Unreadable for what is no text."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return _text(content, (encoding,))
    return _text(content, ("utf-8", "gb18030"))


def _text(content: bytes, encodings: tuple[str, ...]) -> str:
    for encoding in encodings:
        try:
            text = content.decode(encoding).removesuffix("\x1a")  # how programs of old end a file
        except UnicodeDecodeError:
            continue
        if _CONTROL.search(text):
            raise Unreadable("file_not_a_workbook")
        return text
    raise Unreadable("file_encoding")


@dataclass
class Said:
    """Beside the cells: where formulas stand, and how many values a record has, empty ones with it, from which record on."""

    formulas: list[tuple[int, int]] = field(default_factory=list)
    widths: list[tuple[int, int]] = field(default_factory=list)


def rows(content: bytes, limits: Limits, emit: Callable[[int, list[Any]], None]) -> Said:
    """Every record with a value in it, with its number; all cells are texts. Raises Unreadable."""
    text = decoded(content)
    if _MARKUP.match(text):
        raise Unreadable("file_web_page")
    if _NO_TABLE.match(text):
        raise Unreadable("file_not_a_workbook")
    said, width = Said(), 0
    separator, text = _separator(text)
    csv.field_size_limit(MOST_LETTERS_IN_A_CELL)
    number = 0
    try:
        for number, record in enumerate(
            csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True, skipinitialspace=True), 1
        ):
            cells = [cell if cell and cell[0] not in "'=" else _plain(cell) for cell in record]
            said.formulas += [
                (number, column) for column, cell in enumerate(cells, 1) if cell and cell[0] == "=" and record[column - 1] == cell
            ]
            while cells and cells[-1] is None:
                cells.pop()
            if cells:
                if len(record) != width:
                    width = len(record)
                    said.widths.append((number, width))
                limits.place(number, cells)
                emit(number, cells)
    except csv.Error:
        raise Unreadable("file_record", row=number + 1) from None
    del said.formulas[MOST_REMARKS:]
    return said


def _plain(cell: str) -> str | None:
    """A cell without what keeps spreadsheet programs from taking it for a formula or a figure; None for an empty one."""
    if quoted := _QUOTED.fullmatch(cell):
        return quoted[1] or None
    return cell[1:] if _NEUTRAL.match(cell) else cell or None


def _separator(text: str) -> tuple[str, str]:
    """What stands between the values: as the first line says (sep=;), or what it has most of."""
    first, _end, rest = text.partition("\n")
    if said := re.fullmatch(r"\"?sep=([,;|\t])\"?\r?", first, re.IGNORECASE):
        return said[1], rest
    separator = max(",;\t|", key=first.count)
    if not first.count(separator) and re.search(r"[，；、]", first):
        raise Unreadable("file_separator")
    return separator, text
