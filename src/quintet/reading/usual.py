"""Rows as spreadsheet programs usually write them, read without a parser: it halves the time of a large sheet.

What is not letter for letter in the usual form goes to expat, row by row, so both ways read the same; `tests/reading/test_usual.py`
compares them, row by row and over generated workbooks.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from quintet.reading.limits import MOST_COLUMNS

_UTF_8 = re.compile(rb"""(?:\xef\xbb\xbf)?(?:<\?xml version=["']1\.0["'] encoding=["'][Uu][Tt][Ff]-8["']|<worksheet )""")
_BEGIN, _END_OF_ROW, _END = b"<sheetData>", "</row>", "</sheetData>"
_ROW = re.compile(
    r'[ \t\r\n]*<row r="([1-9][0-9]{0,6})"(?: spans="[0-9: ]*")?'
    r'((?: (?:s|customFormat|hidden|ht|customHeight|outlineLevel|collapsed|thickTop|thickBot|ph|x14ac:dyDescent)="[A-Za-z0-9.]*")*)(/?)>'
)
_CELL = re.compile(
    r'<c r="([A-Z]{1,3})([1-9][0-9]{0,6})"(?: s="([0-9]{1,5})")?'
    r'(?: t="s"><v>([0-9]{1,8})</v></c>|(?: t="([nbe])")?(?:/>|><v>([-+.0-9A-Z#/!?e]{1,40})</v></c>)'
    r'| t="inlineStr"><is><t(?: xml:space="preserve")?>([^<]{1,2000})</t></is></c>)|(.)',
    re.DOTALL,
)
_ODD = re.compile("[\\0-\\x08\\x0b-\\x1f\ufffe\uffff]|]]>|&(?!(?:amp|lt|gt|quot|apos);)")  # in a text: for the parser to judge
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&"}
_NOT_SHOWN = re.compile(r'ht="0|hidden="(?!0"|false")')
MOST_HEAD = MOST_OF_A_ROW = 1 << 20


class Sheet(Protocol):
    """What the generator below asks of the reader of a sheet."""

    texts: list[str]
    plain_text: Callable[[str], str]
    cell: Callable[[str, str, str], Any]
    columns: dict[str, int]

    def last_row(self) -> int | None:
        """The number of the row that has just ended; None where a row may not begin."""

    def place(self, row: int, cells: list[Any]) -> None: ...


def left_to_the_parser(pieces: Iterator[bytes], sheet: Sheet) -> Iterator[bytes]:
    """The bytes of a sheet without its usual rows, which are placed. Whoever takes the bytes parses each before asking for the next."""
    head = b""
    for piece in pieces:
        head += piece
        if _BEGIN in head or len(head) > MOST_HEAD:
            break
    before, begin, after = head.partition(_BEGIN)
    yield before
    outside = sheet.last_row() is None
    yield begin
    if outside and sheet.last_row() is not None and _UTF_8.match(before):
        yield from _between(after.decode("latin-1"), pieces, sheet, b"xmlns:x14ac=" in before)
    else:
        yield after
    yield from pieces


def _between(text: str, pieces: Iterator[bytes], sheet: Sheet, with_x14ac: bool) -> Iterator[bytes]:
    """The rows that are not usual, one by one, and what stands behind the last; the letters of `text` are bytes."""
    place = 0
    attributes = {""}
    while True:
        row = _ROW.match(text, place)
        if row and row[2] not in attributes and _are_usual(row[2], with_x14ac):
            attributes.add(row[2])
        usual = row is not None and row[2] in attributes
        end = row.end() if row and row[3] else text.find(_END_OF_ROW, place) + len(_END_OF_ROW)
        if end < len(_END_OF_ROW):
            piece = next(pieces, b"") if len(text) - place < MOST_OF_A_ROW and _END not in text[place:] else b""
            if not piece:
                break
            text, place = text[place:] + piece.decode("latin-1"), 0
        elif usual and row and _placed(row, text[row.end() : end - len(_END_OF_ROW)] if not row[3] else "", sheet):
            place = end
        else:
            piece = text[place:end].encode("latin-1")
            if b"<!" in piece or b"<?" in piece or b"</sheetData" in piece:
                break
            place = end
            yield piece
            if sheet.last_row() is None:
                break
    yield text[place:].encode("latin-1")


def _are_usual(attributes: str, with_x14ac: bool) -> bool:
    """Each once, its namespace known, and none that hides the row."""
    names = [attribute.partition("=")[0] for attribute in attributes.split()]
    return len(set(names)) == len(names) and (with_x14ac or "x14ac:" not in attributes) and not _NOT_SHOWN.search(attributes)


def _placed(row: re.Match[str], body: str, sheet: Sheet) -> bool:
    """False, and nothing is placed, where a cell is not usual or not where it says."""
    number = row[1]
    last = sheet.last_row()
    if last is None or int(number) <= last:
        return False
    cells: list[Any] = []
    texts, columns, read = sheet.texts, sheet.columns, sheet.cell
    width = 0
    for letters, digits, style, text, kind, value, inline, other in _CELL.findall(body):
        column = columns.get(letters, 0)
        if other or digits != number or column <= width or column > MOST_COLUMNS:
            return False
        width = column
        if text:
            if (which := int(text)) >= len(texts):
                return False
            cell = texts[which] or None
        elif inline:
            if (written := _written(inline)) is None:
                return False
            cell = sheet.plain_text(written) or None
        else:
            cell = read(kind or "n", value, style or "0") if value else None
        if cell is not None:
            if len(cells) < column - 1:
                cells.extend([None] * (column - 1 - len(cells)))
            cells.append(cell)
    sheet.place(int(number), cells)
    return True


def _written(inline: str) -> str | None:
    """The text that stands in a cell itself, from its bytes; None for what the parser has to look at."""
    try:
        text = inline if inline.isascii() else inline.encode("latin-1").decode()
    except UnicodeDecodeError:
        return None
    if _ODD.search(text):
        return None
    if "&" in text:
        for entity, letter in _ENTITIES.items():
            text = text.replace(entity, letter)
    return text
