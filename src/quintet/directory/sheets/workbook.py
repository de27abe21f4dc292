"""Tables as they come in, in words for the person who sent them; `reading.workbooks` reads them."""

from typing import IO

from quintet.core.errors import DomainError
from quintet.core.unreadable import words
from quintet.reading import workbooks
from quintet.reading.errors import Unreadable
from quintet.reading.limits import MOST_ROWS
from quintet.reading.workbooks import Table
from quintet.reading.xlsx import column_letters


class UnreadableWorkbook(DomainError):
    """The file is refused as a whole; the message says why and what to do."""

    status = 422


def check_workbook(file: IO[bytes], size: int) -> None:
    """Refuse at once what is too large or no table by its first bytes. Raises UnreadableWorkbook."""
    try:
        workbooks.check_upload(file, size)
    except Unreadable as error:
        raise UnreadableWorkbook(words(error)) from None


def read_table(file: IO[bytes], *, most_rows: int = MOST_ROWS, sheet: str = "") -> Table:
    """The visible sheet of that name, or else the first, of a workbook, or a CSV file. Raises UnreadableWorkbook."""
    try:
        return workbooks.read(file, most_rows=most_rows, sheet=sheet)
    except Unreadable as error:
        raise UnreadableWorkbook(words(error)) from None


__all__ = ["MOST_ROWS", "Table", "UnreadableWorkbook", "check_workbook", "column_letters", "read_table"]
