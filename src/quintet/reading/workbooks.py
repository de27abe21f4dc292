"""Tables that people hand in, .xlsx or CSV, read in a process of their own (`reader`) under limits on memory and time."""

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date
from operator import itemgetter
from typing import IO, Any

from quintet.reading import dates
from quintet.reading.amounts import exactly
from quintet.reading.errors import Unreadable, short
from quintet.reading.formats import NO_ROOM
from quintet.reading.limits import MOST_BYTES, MOST_COLUMNS, MOST_ROWS
from quintet.reading.processes import lines_of
from quintet.reading.reader import refuse_by_signature, refuse_old_office
from quintet.reading.xlsx import column_letters


@dataclass(frozen=True)
class Fault:
    """An error value of the spreadsheet program: #N/A, #REF!, …"""

    text: str


@dataclass(frozen=True)
class Shown:
    """A number whose cell shows something else: leading zeros, a percentage, words of its format."""

    number: int | float
    shown: str


_ERROR_VALUE = re.compile(
    r"#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|SPILL!|CALC!|FIELD!|BLOCKED!|CONNECT!|UNKNOWN!|BUSY!|GETTING_DATA|PYTHON!)|#{2,}|Err:\d{3}",
    re.IGNORECASE,
)
_ZEROS_ONLY = re.compile(r"0\d+", re.ASCII)
# Beside a number these leave it what it is; every other word or sign may make it another one, or one of another currency.
_BESIDE = re.compile(
    r"[\s+]*(?:¥|RMB|CNY|人民币)?[\s:]*(?:[元圆]整?|人次?|名|位|个|家|户|件|项|笔|次|台|套|年度?|个?月|天|日|平方米|M2)?\s*", re.IGNORECASE
)
_NO_FIGURE = re.compile(r"[\s¥元—–-]*", re.ASCII)  # how a format shows nought
MOST_SERIAL = 100_000  # greater numbers in a column of days are written as 20211206
Cell = str | int | float | bool | date | Fault | Shown | None


@dataclass(frozen=True)
class Place:
    """Something that keeps the table from being read, by row and column."""

    row: int
    column: str
    error: Unreadable


@dataclass
class Table:
    """The visible sheet: rows with a value in them, each with its number, from column A; what is hidden; what cannot stand."""

    title: str = ""
    from_1904: bool = False
    rows: list[tuple[int, list[Any]]] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_row_count: int = 0
    struck_rows: list[int] = field(default_factory=list)
    struck_row_count: int = 0
    hidden_columns: list[str] = field(default_factory=list)
    hidden_sheets: list[str] = field(default_factory=list)
    other_sheets: list[str] = field(default_factory=list)
    widths: list[tuple[int, int]] = field(default_factory=list)  # of a text file: how many values a record has, from which record on

    def more_values_than(self, head: int, row: int) -> Unreadable | None:
        """Why a record of a text file cannot be told apart that has more values than the headers in record `head`: empty ones count."""
        if not self.widths or (most := self._width(head)) >= (there := self._width(row)):
            return None
        return Unreadable("record_too_wide", there=there, most=most)

    def _width(self, row: int) -> int:
        return self.widths[max(bisect_right(self.widths, row, key=itemgetter(0)) - 1, 0)][1]

    def head(self) -> list[Cell]:
        """The first row of the sheet; empty where it has no value."""
        return self.rows[0][1] if self.rows and self.rows[0][0] == 1 else []

    def body(self) -> list[tuple[int, list[Cell]]]:
        """The rows below the first of the sheet."""
        return self.rows[1:] if self.rows and self.rows[0][0] == 1 else self.rows


def read(file: IO[bytes], *, most_rows: int = MOST_ROWS, sheet: str = "") -> Table:
    """The table in `file`, told by its content; of a workbook the visible sheet named so, or else the first. Raises Unreadable for a file that is refused as a whole; formulas, merged
    cells and error values are in `places`."""
    table = Table()
    end: dict[str, Any] = {}
    for said in lines_of("reader", file, str(most_rows), sheet):
        if isinstance(said, dict):
            end = said
        else:
            table.rows += [(row, cells) for row, cells in said]
    return _finished(table, end)


def check_upload(file: IO[bytes], size: int) -> None:
    """Refuse what is too large or no table by its first bytes, before it is kept. Raises Unreadable."""
    if size > MOST_BYTES:
        raise Unreadable("file_too_large", most=MOST_BYTES // 2**20)
    refuse_old_office(file)
    refuse_by_signature(file.read(8))
    file.seek(0)


def _finished(table: Table, end: dict[str, Any]) -> Table:
    table.title, table.from_1904 = end["title"], end["from_1904"]
    table.other_sheets = end["other_sheets"]
    table.widths = [(row, width) for row, width in end["widths"]]
    table.hidden_sheets, table.hidden_rows, table.hidden_row_count = end["hidden_sheets"], end["hidden_rows"], end["hidden_row_count"]
    table.struck_rows, table.struck_row_count = end["struck_rows"], end["struck_row_count"]
    for _row, cells in table.rows:
        for place, cell in enumerate(cells):
            if isinstance(cell, list):
                cells[place] = _made(cell, table.from_1904)
    width = max((len(cells) for _row, cells in table.rows[:1]), default=0)
    table.hidden_columns = [
        column_letters(n) for low, high in end["hidden_columns"] for n in range(low, min(high, width, MOST_COLUMNS) + 1)
    ]
    for area in dict.fromkeys(end["merged"]):
        table.places.append(_merged(area))
    table.places += [Place(row, column_letters(column), Unreadable("cell_formula")) for row, column in end["formulas"]]
    return table


def _made(cell: list[Any], from_1904: bool) -> Cell:
    if cell[0] == "e":
        return Fault(cell[1])
    if cell[0] == "s":
        return Shown(cell[1], cell[2])
    number: int | float = cell[1]
    try:
        return dates.of_serial(number, from_1904=from_1904)
    except Unreadable:  # a time, or 20211206 in a cell that is formatted as a day
        minutes = int(number * 1440) if 0 <= number < 1 else None
        return Shown(number, NO_ROOM if minutes is None else f"{minutes // 60}:{minutes % 60:02d}")


def _merged(area: str) -> Place:
    first = area.partition(":")[0]
    letters = first.rstrip("0123456789")
    return Place(int(first[len(letters) :] or 1), letters, Unreadable("cell_merged", area=area))


def without_errors(cell: Cell) -> str | int | float | date | Shown | None:
    """The cell, unless it is an error value: a workbook says that it is one, a text file only shows it; #### is a column too narrow for its figure."""
    if isinstance(cell, Fault):
        raise Unreadable("text_is_an_error", text=cell.text)
    if (
        isinstance(cell, str)
        and ("#" in cell or "＃" in cell or "Err" in cell)
        and _ERROR_VALUE.fullmatch(unicodedata.normalize("NFKC", cell).strip())
    ):
        raise Unreadable("text_is_an_error", text=short(cell))
    return cell


def text_of(cell: Cell, *, exact: bool = False, lengths: tuple[int, ...] | None = None) -> str:
    """What a person wrote in a cell for a text. Raises Unreadable for days, errors and numbers that may have lost digits.

    `exact` is for numbers that serve as keys: a cell that stores a number is taken up to 15 digits alone. Where a number may begin with
    zeros, `lengths` says how many digits a stored one must have to have lost none.
    """
    cell = without_errors(cell)
    if cell is None or isinstance(cell, str):
        return cell or ""
    if isinstance(cell, date):
        raise Unreadable("text_is_a_day")
    if isinstance(cell, Shown):
        raise Unreadable("number_shown_otherwise", text=short(cell.number), shown=cell.shown)
    if isinstance(cell, bool):
        if exact:
            raise Unreadable("number_not_text", text=short(cell))
        return "TRUE" if cell else "FALSE"
    number = exactly(cell)
    if abs(number) >= 10**15 or (exact and number != number.to_integral_value()):
        raise Unreadable("number_lost_digits", text=f"{number:f}"[:40])
    if lengths is not None and len(f"{number:f}") not in lengths:
        raise Unreadable("number_not_text", text=f"{number:f}"[:40])
    return f"{number:f}"


def number_in(cell: Cell) -> str | int | float:
    """What `amounts` reads in a cell. Raises Unreadable for days, errors, truths and percentages."""
    cell = without_errors(cell)
    if isinstance(cell, Shown):
        if cell.shown.endswith("%"):
            raise Unreadable("amount_is_a_percentage", text=short(cell.number), shown=cell.shown)
        if not _ZEROS_ONLY.fullmatch(cell.shown) and not _shows_the_number(cell):
            raise Unreadable("amount_shown_otherwise", text=short(cell.number), shown=cell.shown)
        return cell.number
    if isinstance(cell, (bool, date)):
        raise Unreadable("amount_not_a_number", text=short(cell))
    return "" if cell is None else cell


def _shows_the_number(cell: Shown) -> bool:
    shown, figure = unicodedata.normalize("NFKC", cell.shown), f"{cell.number:.15g}"
    if cell.number == 0 and _NO_FIGURE.fullmatch(shown):
        return True
    return figure in shown and _BESIDE.fullmatch(shown.replace(figure, "", 1)) is not None


def counted_from_1900(cell: Cell) -> Cell:
    """A serial that a workbook counting from 1904 stores without the format of a day, as other workbooks store it."""
    if (
        isinstance(cell, (int, float))
        and not isinstance(cell, bool)
        and 0 <= cell < MOST_SERIAL
        and not dates.YEARS[0] <= cell < dates.YEARS[1]
    ):
        return cell + dates.DAYS_APART
    return cell


def day_in(cell: Cell) -> date:
    """The day in a cell. Raises Unreadable."""
    cell = without_errors(cell)
    if isinstance(cell, Shown):
        cell = cell.number
    return dates.day("" if cell is None else cell)
