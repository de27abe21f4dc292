"""An .xlsx workbook as a stream of rows: one expat parser over the visible sheet, nothing placed before its size is known.

Runs in the process of `reader`, under its limits. Written after ECMA-376; both of its namespaces are read.
"""

import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import IO, Any
from xml.parsers import expat

from quintet.reading import usual
from quintet.reading.errors import Unreadable
from quintet.reading.formats import Format, format_of, styled
from quintet.reading.limits import MOST_COLUMNS, MOST_LETTERS_IN_A_CELL, MOST_MEMBERS, MOST_REMARKS, MOST_UNPACKED, Limits

MAIN = ("http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main")
LINKS = ("http://schemas.openxmlformats.org/officeDocument/2006/relationships", "http://purl.oclc.org/ooxml/officeDocument/relationships")
_NUMBER = re.compile(r"-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,15}", re.ASCII)
_PLACE = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})", re.ASCII)
_AREA = re.compile(r"[A-Z]{1,3}[1-9]\d{0,6}(:[A-Z]{1,3}[1-9]\d{0,6})?", re.ASCII)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_ELEMENTS = ("sheetFormatPr", "sheetData", "row", "c", "v", "t", "rPh", "f", "mergeCell", "col")
_XML_BYTES = 1_000_000  # for the small parts: workbook, relations, types
_PIECE = 1 << 16
MOST_ALIKE = 16 * 2**20  # bytes that may be as like each other as 60,000 styles are, whatever they were packed to


@dataclass
class Remarks:
    """What a reader of the sheet should know beside its cells; lists end at MOST_REMARKS, counts go on."""

    formulas: list[tuple[int, int]] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_row_count: int = 0
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    struck_rows: list[int] = field(default_factory=list)  # whose cells are all struck through
    struck_row_count: int = 0


def open_archive(file: IO[bytes]) -> zipfile.ZipFile:
    """The members of an archive of sane size that only a workbook has. Raises Unreadable."""
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        raise Unreadable("file_damaged") from None
    members = archive.infolist()
    for member in members:
        if "\\" in member.filename:  # as some programs of Windows write folders
            member.filename = member.filename.replace("\\", "/")
            archive.NameToInfo[member.filename] = member
    names = [member.filename for member in members]
    if any(member.flag_bits & 1 for member in members):
        raise Unreadable("file_password")
    unpacked = sum(member.file_size for member in members)
    ratio = max((member.file_size / max(member.compress_size, 1) for member in members if member.file_size > MOST_ALIKE), default=0)
    if unpacked > MOST_UNPACKED or len(members) > MOST_MEMBERS or ratio > 200:
        raise Unreadable("file_bomb")
    if len({name.lower() for name in names}) != len(names) or any(
        member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for member in members
    ):
        raise Unreadable("file_damaged")
    return archive


def elements(archive: zipfile.ZipFile, name: str, *, most: int = MOST_UNPACKED) -> Iterator[bytes]:
    """The bytes of a member, at most `most` of them: what is unpacked is counted, not what the archive says of itself."""
    count = 0
    try:
        with archive.open(name) as stream:
            while piece := stream.read(_PIECE):
                count += len(piece)
                if count > most:
                    raise Unreadable("file_bomb")
                yield piece
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, KeyError, EOFError, OSError, ValueError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable("file_damaged") from None


def parse(
    pieces: Iterator[bytes],
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Expat over a member, in any encoding it declares; names are `namespace}local`. Declarations of entities are refused."""
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = _refuse_declarations
    try:
        for piece in pieces:
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, UnicodeError):
        raise Unreadable("file_damaged") from None


def _refuse_declarations(*_declaration: Any) -> None:
    raise Unreadable("file_declarations")


def nodes(archive: zipfile.ZipFile, name: str) -> list[tuple[str, dict[str, str]]]:
    """The elements of a small part, in order: local name and attributes (with their namespaces)."""
    if name not in archive.NameToInfo:
        raise Unreadable("file_damaged")
    listed: list[tuple[str, dict[str, str]]] = []
    parse(elements(archive, name, most=_XML_BYTES), lambda tag, attributes: listed.append((tag.rpartition("}")[2], attributes)))
    return listed


def relations(archive: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """Of a part (\"\" for the package): id → (last word of the type, path of the target). External targets are left out."""
    folder, name = posixpath.split(part)
    listed = posixpath.join(folder, "_rels", f"{name}.rels")
    if listed not in archive.NameToInfo:
        return {}
    found = {}
    for tag, attributes in nodes(archive, listed):
        if tag == "Relationship" and attributes.get("TargetMode", "Internal") == "Internal":
            target = attributes.get("Target", "")
            path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
            found[attributes.get("Id", "")] = (attributes.get("Type", "").rpartition("/")[2], path)
    return found


def content_types(archive: zipfile.ZipFile) -> list[str]:
    """Every content type that the package names, as the parser reads it: encodings, comments and character references make no difference."""
    return [attributes.get("ContentType", "").lower() for _tag, attributes in nodes(archive, "[Content_Types].xml")]


def refuse_macros(archive: zipfile.ZipFile) -> None:
    """Raises Unreadable for macros of any kind, by the types the package names and by the names of its parts."""
    names = [name.lower() for name in archive.namelist()]
    if any("vbaproject" in name or "macrosheets/" in name or "/dialogsheets/" in name for name in names):
        raise Unreadable("file_macros")
    if any(
        "macroenabled" in kind or "vba" in kind or "intlmacrosheet" in kind or "ms-excel.macrosheet" in kind
        for kind in content_types(archive)
    ):
        raise Unreadable("file_macros")


class Book:
    """What stands around the cells: which sheet is read, its texts and formats."""

    def __init__(self, archive: zipfile.ZipFile, sheet: str = "") -> None:
        self.archive, self.wanted = archive, sheet
        part = next((path for kind, path in relations(archive, "").values() if kind == "officeDocument"), "xl/workbook.xml")
        if part not in archive.NameToInfo or any(name.lower().endswith(".bin") and "workbook" in name.lower() for name in (part,)):
            raise Unreadable("file_not_a_workbook")
        refuse_macros(archive)
        self.from_1904 = False
        self.hidden_sheets: list[str] = []
        self.other_sheets: list[str] = []  # that a person sees and that are not read
        links = relations(archive, part)
        self.title, self.sheet = self._visible_sheet(part, links)
        self.struck: frozenset[str] = frozenset()  # styles that strike through
        self.formats = {str(style): format for style, format in enumerate(self._formats(links)) if format}
        self.texts = self._texts(links)

    def _visible_sheet(self, part: str, links: dict[str, tuple[str, str]]) -> tuple[str, str]:
        """Title and path of the sheet of cells that is wanted or, where a person sees none of that name, of the first."""
        seen: list[tuple[str, str]] = []
        listed = nodes(self.archive, part)
        if not listed or listed[0][0] != "workbook":  # a document of another program
            raise Unreadable("file_not_a_workbook")
        for tag, attributes in listed:
            if tag == "workbookPr":
                self.from_1904 = attributes.get("date1904") in ("1", "true")
            if tag != "sheet":
                continue
            link = next((attributes[f"{space}}}id"] for space in LINKS if f"{space}}}id" in attributes), "")
            kind, path = links.get(link, ("", ""))
            if attributes.get("state", "visible") != "visible":
                self.hidden_sheets.append(attributes.get("name", "")[:31])
            elif kind == "worksheet":
                seen.append((attributes.get("name", "")[:31], path))
        there = [sheet for sheet in seen if sheet[1] in self.archive.NameToInfo]
        if not there:
            raise Unreadable("file_no_sheet")
        chosen = next((sheet for sheet in there if sheet[0].strip() == self.wanted), there[0])
        self.other_sheets = [name for name, path in seen if (name, path) != chosen]
        return chosen

    def _part(self, links: dict[str, tuple[str, str]], kind: str) -> str | None:
        return next((path for word, path in links.values() if word == kind and path in self.archive.NameToInfo), None)

    def _formats(self, links: dict[str, tuple[str, str]]) -> list[Format]:
        """The number format of every style of a cell."""
        part = self._part(links, "styles")
        codes: dict[str, str] = {}
        styles: list[Format] = []
        known: dict[str, Format] = {}
        fonts: list[str] = []
        struck: list[str] = []
        inside = ""

        def start(tag: str, attributes: dict[str, str]) -> None:
            nonlocal inside
            name = tag.rpartition("}")[2]
            if name == "numFmt":
                codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
            elif name in ("cellXfs", "fonts"):
                inside = name
            elif name == "xf" and inside == "cellXfs":
                if fonts and attributes.get("fontId", "0") in struck:
                    struck_styles.append(str(len(styles)))
                number = attributes.get("numFmtId", "0")
                if number not in known:
                    known[number] = format_of(number, codes)
                styles.append(known[number])
            elif name == "font" and inside == "fonts":
                fonts.append(name)
            elif name == "strike" and inside == "fonts" and attributes.get("val", "1") not in ("0", "false"):
                struck.append(str(len(fonts) - 1))

        def end(tag: str) -> None:
            nonlocal inside
            if tag.rpartition("}")[2] == inside:
                inside = ""

        struck_styles: list[str] = []
        if part:
            parse(elements(self.archive, part, most=50_000_000), start, end)
        self.struck = frozenset(struck_styles)
        return styles

    def _texts(self, links: dict[str, tuple[str, str]]) -> list[str]:
        part = self._part(links, "sharedStrings")
        texts: list[str] = []
        if part:
            parse(elements(self.archive, part), *_shared(texts))
        return texts


def _named(*names: str) -> dict[str, str]:
    return {f"{space}}}{name}": name for space in MAIN for name in names}


def _shared(texts: list[str]) -> tuple[Any, Any, Any]:
    """Handlers that add the text of every <si>; phonetic runs are not part of it."""
    known = _named("si", "t", "rPh")
    pieces: list[str] = []
    whole: list[str] = []
    phonetic = 0

    def start(tag: str, _attributes: dict[str, str]) -> None:
        nonlocal phonetic
        name = known.get(tag)
        if name == "t":
            pieces.clear()
        elif name == "si":
            whole.clear()
        elif name == "rPh":
            phonetic += 1

    def end(tag: str) -> None:
        nonlocal phonetic
        name = known.get(tag)
        if name == "t" and not phonetic:
            whole.extend(pieces)
        elif name == "si":
            texts.append(plain_text("".join(whole)))
        elif name == "rPh":
            phonetic -= 1

    return start, end, pieces.append


def plain_text(text: str) -> str:
    """Without the escapes of the format (_x000D_), and without what they may name that is no letter: controls, half a pair of UTF-16.
    Raises Unreadable for more letters than a cell can hold."""
    if len(text) > MOST_LETTERS_IN_A_CELL:
        raise Unreadable("file_damaged")
    if "_x" not in text:
        return text
    text = _ESCAPED.sub(lambda code: chr(int(code[1], 16)), text)
    return _CONTROL.sub("", text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore"))


def rows(book: Book, limits: Limits, emit: Callable[[int, list[Any]], None], *, quick: bool = True) -> Remarks:
    """Every row with a value in it: its number, its cells from column A. Raises Unreadable as soon as a limit is passed.

    Not `quick` means every row through the parser, which reads the same, and does so where a style strikes through.
    """
    sheet = _SheetReader(book, limits, emit)
    pieces = elements(book.archive, book.sheet)
    parse(usual.left_to_the_parser(pieces, sheet) if quick and not book.struck else pieces, sheet.start, sheet.end, sheet.pieces.append)
    return sheet.remarks


class _SheetReader:
    """Handlers of a sheet's elements. A million cells pass through, so the ways of a cell come first and call little."""

    def __init__(self, book: Book, limits: Limits, emit: Callable[[int, list[Any]], None]) -> None:
        self.remarks = Remarks()
        self.pieces: list[str] = []
        self.texts, self.columns = book.texts, COLUMNS
        self.plain_text: Callable[[str], str] = plain_text
        self.start, self.end, self.last_row, self.place = self._handlers(book, limits, emit)
        self.cell: Callable[[str, str, str], Any] = partial(_plain_cell, formats=book.formats)

    def _handlers(self, book: Book, limits: Limits, emit: Callable[[int, list[Any]], None]) -> tuple[Any, Any, Any, Any]:
        known, remarks, pieces = _named(*_ELEMENTS).get, self.remarks, self.pieces
        texts, formats, struck = book.texts, book.formats, book.struck
        whole: list[str] = []
        cells: list[Any] = []
        row = column = phonetic = digits = plain = 0
        row_text, kind, style = "", "n", "0"
        inside = hidden = in_row = no_height = False
        value: str | None = None

        def start(tag: str, attributes: dict[str, str]) -> None:
            nonlocal column, kind, style, value
            name = known(tag)
            if name == "v":
                pieces.clear()
            elif name == "c" and inside:
                place = attributes.get("r")
                if place is None:
                    column += 1
                elif place[-digits:] == row_text and column < (number := COLUMNS.get(place[:-digits], 0)):
                    column = number
                else:
                    column = _column(place, row, column)
                kind, style, value = attributes.get("t", "n"), attributes.get("s", "0"), None
                if whole:
                    whole.clear()
            elif name is not None:
                start_other(name, attributes)

        def start_other(name: str, attributes: dict[str, str]) -> None:
            nonlocal row, column, row_text, digits, inside, in_row, hidden, no_height, cells, phonetic, plain
            if name == "row" and inside:
                in_row = True
                row, column = _row(attributes.get("r"), row), 0
                row_text = str(row)
                digits = len(row_text)
                cells, plain = [], 0
                hidden = _is_hidden(attributes, no_height)
            elif name == "t":
                pieces.clear()
            elif name == "f" and inside:
                _keep(remarks.formulas, (row, column))
            elif name == "rPh":
                phonetic += 1
            elif name == "sheetData":
                inside = True
            elif name == "mergeCell":
                _keep(remarks.merged, _area(attributes.get("ref", "")))
            elif name == "sheetFormatPr":
                no_height = attributes.get("zeroHeight") in ("1", "true")
            elif name == "col" and (attributes.get("hidden") in ("1", "true") or attributes.get("width") in ("0", "0.0")):
                _keep(remarks.hidden_columns, (_whole(attributes.get("min")), _whole(attributes.get("max"))))

        def end(tag: str) -> None:
            nonlocal value, inside, in_row, phonetic, plain
            name = known(tag)
            if name == "v":
                value = pieces[0] if len(pieces) == 1 else "".join(pieces)
            elif name == "c" and inside:
                cell = _cell(kind, value, whole, style, texts, formats)
                if cell is not None:
                    if column > MOST_COLUMNS:
                        raise Unreadable("file_columns", most=MOST_COLUMNS)
                    if (gap := column - len(cells) - 1) > 0:
                        cells.extend([None] * gap)
                    cells.append(cell)
                    plain += style not in struck
            elif name == "row" and inside:
                in_row = False
                if cells:
                    limits.place(row, cells)
                    if hidden:
                        remarks.hidden_row_count += 1
                        _keep(remarks.hidden_rows, row)
                    if not plain:
                        remarks.struck_row_count += 1
                        _keep(remarks.struck_rows, row)
                    emit(row, cells)
            elif name == "t":
                if not phonetic:
                    whole.extend(pieces)
            elif name == "rPh":
                phonetic -= 1
            elif name == "sheetData":
                inside = False

        def last_row() -> int | None:
            return row if inside and not in_row and not no_height else None

        def place(number: int, placed: list[Any]) -> None:
            nonlocal row
            row = number
            if placed:
                limits.place(number, placed)
                emit(number, placed)

        return start, end, last_row, place


def _is_hidden(row: dict[str, str], no_height: bool) -> bool:
    """Hidden, of no height, or without a height of its own where the sheet gives rows none (zeroHeight)."""
    if row.get("hidden") in ("1", "true") or row.get("ht") in ("0", "0.0"):
        return True
    return no_height and "ht" not in row and "hidden" not in row


def _keep(remarks: list[Any], remark: Any) -> None:
    if len(remarks) < MOST_REMARKS:
        remarks.append(remark)


def _area(text: str) -> str:
    if not _AREA.fullmatch(text):
        raise Unreadable("file_damaged")
    return text


def _row(text: str | None, last: int) -> int:
    number = last + 1 if text is None else _whole(text)
    if number <= last:
        raise Unreadable("file_damaged")
    return number


def _column(place: str, row: int, last: int) -> int:
    parts = _PLACE.fullmatch(place)
    if parts is None or int(parts[2]) != row or (number := column_number(parts[1])) <= last:
        raise Unreadable("file_damaged")
    return number


def _whole(text: str | None) -> int:
    if text is None or not (text.isascii() and text.isdigit() and len(text) < 9):
        raise Unreadable("file_damaged")
    return int(text)


def _cell(kind: str, value: str | None, inline: list[str], style: str, texts: list[str], formats: dict[str, Format]) -> Any:
    """text, number or truth; ["e", "#N/A"] an error, ["d", serial] a day, ["s", number, shown] a number that looks otherwise."""
    if value is None or value == "":
        return plain_text("".join(inline)) or None if kind == "inlineStr" else None
    if kind == "s":
        place = _whole(value.strip())
        if place >= len(texts):
            raise Unreadable("file_damaged")
        return texts[place] or None
    if kind == "n":
        number = int(value) if len(value) < 16 and value.isascii() and value.isdigit() else _number(value.strip())
        return styled(number, formats[style]) if style in formats else number
    if kind == "b":
        return value.strip() in ("1", "true")
    if kind == "e":
        return ["e", value[:20]]
    if kind in ("str", "d"):
        return plain_text(value) or None
    raise Unreadable("file_damaged")


def _plain_cell(kind: str, value: str, style: str, formats: dict[str, Format]) -> Any:
    """A cell whose text does not stand elsewhere."""
    return _cell(kind, value, [], style, [], formats)


def _number(text: str) -> int | float:
    if _WHOLE.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text) and abs(number := float(text)) < 1e300:
        return number
    raise Unreadable("file_damaged")


def column_number(letters: str) -> int:
    """A → 1, Z → 26, AA → 27"""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """1 → A, 27 → AA"""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


COLUMNS = {column_letters(number): number for number in range(1, 703)}
