"""The process that reads one workbook or text file: `python -m quintet.reading.reader <rows> [<sheet>]` with the file as standard input.

Lines of JSON come out: lists of [row, cells], and last an object with what is known of the sheet, or with the code of what is wrong.
"""

import gc
import json
import sys
from typing import IO, Any

from quintet.reading import separated, xlsx
from quintet.reading.errors import Unreadable
from quintet.reading.limits import Limits
from quintet.reading.processes import failure, limit, told

ROWS_A_LINE = 500


def main(file: IO[bytes], out: IO[str], most_rows: int, sheet: str = "") -> None:
    """Read `file`, of a workbook the visible sheet of that name or else the first, and write what it holds; every refusal is written, too."""
    try:
        end = _read(file, out, Limits(rows=most_rows), sheet)
    except (Unreadable, MemoryError, RecursionError) as error:
        end = failure(error)
    told(end, out)


def _read(file: IO[bytes], out: IO[str], limits: Limits, sheet: str) -> dict[str, Any]:
    waiting: list[Any] = []

    def emit(row: int, cells: list[Any]) -> None:
        waiting.append((row, cells))
        if len(waiting) == ROWS_A_LINE:
            flush()

    def flush() -> None:
        out.write(json.dumps(waiting) + "\n")
        waiting.clear()

    refuse_old_office(file)
    start = file.read(8)
    file.seek(0)
    refuse_by_signature(start)
    if start.startswith(b"PK\x03\x04"):
        book = xlsx.Book(xlsx.open_archive(file), sheet)
        remarks = xlsx.rows(book, limits, emit)
        flush()
        return {
            "title": book.title,
            "from_1904": book.from_1904,
            "hidden_sheets": book.hidden_sheets[:20],
            "other_sheets": book.other_sheets[:20],
            "widths": [],
            **vars(remarks),
        }
    said = separated.rows(file.read(), limits, emit)
    flush()
    return {"title": "", "from_1904": False, "hidden_sheets": [], "other_sheets": [], **vars(xlsx.Remarks()), **vars(said)}


ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # the name of the stream in which Excel and WPS put a workbook with a password
OLD_OFFICE = b"\xd0\xcf\x11\xe0"


def refuse_old_office(file: IO[bytes]) -> None:
    """Raises Unreadable for a file of the old form: a workbook with a password, or one of Excel before 2007, whatever it is called."""
    file.seek(0)
    if file.read(4) == OLD_OFFICE:
        rest = file.read()
        raise Unreadable("file_password" if ENCRYPTED in rest else "file_old_excel")
    file.seek(0)


def refuse_by_signature(start: bytes) -> None:
    """Raises Unreadable for what is neither a workbook nor a text by its first bytes."""
    if not start:
        raise Unreadable("file_empty")
    if start.startswith((b"MZ", b"\x7fELF")):
        raise Unreadable("file_program")
    if start.startswith(b"PK") and not start.startswith(b"PK\x03\x04"):
        raise Unreadable("file_damaged")
    if start.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"GIF8")) or start[4:8] == b"ftyp":
        raise Unreadable("file_not_a_workbook")


if __name__ == "__main__":
    limit()
    gc.disable()  # a million cells and no cycles
    main(sys.stdin.buffer, sys.stdout, int(sys.argv[1]), *sys.argv[2:3])
