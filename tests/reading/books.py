"""Workbooks written part by part, so that tests can say exactly what stands in them; and the generator of many."""

import io
import random
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
BOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
# Styles of cells: 0 general, 1 a day, 2 eight digits with zeros, 3 per cent, 4 a Chinese day, 5 colour and thousands, 6 text.
FORMATS = (
    "General", "yyyy\\-mm\\-dd", "00000000", "0.00%", '[$-804]yyyy"年"m"月"d"日"', "[Red]#,##0.00", "@",
    '0"万元"', '#,##0.00"万"', '0\\.0,"万元"', '"HT-2021-"0', '#,##0.00"元"', "#,##0,", '"¥"#,##0.00_ ', "(0)", '0"人"',
    'General"万元"', '[=0]"—";General"万元"', '[>=10000]0!.0,"万元";0', "[$USD] #,##0", '"约"0', "h:mm", '_ "¥"* #,##0.00_ ;_ "¥"* \\-#,##0.00_ ;_ "¥"* "-"??_ ;_ @_ ',
)  # fmt: skip


def letters(number: int) -> str:
    text = ""
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text


@dataclass(frozen=True)
class Raw:
    """A cell as its XML: attributes after the address, and content."""

    content: str
    attributes: str = ""


def text(value: str) -> Raw:
    return Raw(f'<is><t xml:space="preserve">{escape(value)}</t></is>', 't="inlineStr"')


def number(value: object, style: int = 0) -> Raw:
    return Raw(f"<v>{value}</v>", f's="{style}"' if style else "")


def fault(value: str = "#N/A") -> Raw:
    return Raw(f"<v>{value}</v>", 't="e"')


def formula(of: str, value: object = "") -> Raw:
    return Raw(f"<f>{escape(of)}</f>" + (f"<v>{value}</v>" if value != "" else ""))


Cells = Sequence[Raw | str | int | float | None]


@dataclass
class Book:
    """What is written; everything has the form that Excel gives it unless it is said otherwise."""

    rows: Sequence[Cells]
    addresses: bool = True
    hidden_rows: Sequence[int] = ()
    before: Sequence[tuple[str, str]] = ()  # (name, state) of sheets that stand before the one with the rows
    behind: Sequence[tuple[str, Sequence["Cells"]]] = ()  # (name, rows) of sheets that stand behind it
    title: str = "表"
    from_1904: bool = False
    space: str = MAIN
    prefix: str = ""
    encoding: str = "utf-8"
    head: str = ""  # before the root of the sheet
    columns: str = ""
    tail: str = ""  # behind sheetData
    parts: dict[str, str | bytes] = field(default_factory=dict)
    types: str = ""
    row_numbers: Sequence[int] | None = None

    def content(self) -> bytes:
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, part in self._parts().items():
                archive.writestr(name, part)
        return target.getvalue()

    def _parts(self) -> dict[str, str | bytes]:
        sheets = [*self.before, (self.title, "visible"), *((name, "visible") for name, _rows in self.behind)]
        named = "".join(f'<sheet name="{name}" sheetId="{n}" state="{state}" r:id="s{n}"/>' for n, (name, state) in enumerate(sheets, 1))
        links = "".join(
            f'<Relationship Id="s{n}" Type="{LINKS}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in range(1, len(sheets) + 1)
        )
        formats = "".join(
            f'<numFmt numFmtId="{200 + n}" formatCode="{escape(code, {chr(34): "&quot;"})}"/>' for n, code in enumerate(FORMATS)
        )
        styles = "".join(f'<xf numFmtId="{200 + n}"/>' for n in range(len(FORMATS)))
        parts: dict[str, str | bytes] = {
            "[Content_Types].xml": f'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            f'<Default Extension="xml" ContentType="{SHEET_TYPE}"/><Override PartName="/xl/workbook.xml" ContentType="{BOOK_TYPE}"/>{self.types}</Types>',
            "_rels/.rels": f'<Relationships><Relationship Id="r" Type="{LINKS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{self.space}" xmlns:r="{LINKS}"><workbookPr date1904="{int(self.from_1904)}"/><sheets>{named}</sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships>{links}<Relationship Id="st" Type="{LINKS}/styles" Target="styles.xml"/>'
            f'<Relationship Id="ss" Type="{LINKS}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
            "xl/styles.xml": f'<styleSheet xmlns="{self.space}"><numFmts>{formats}</numFmts><cellXfs>{styles}</cellXfs></styleSheet>',
        }
        own = len(self.before) + 1
        for n in range(1, own):
            parts[f"xl/worksheets/sheet{n}.xml"] = f'<worksheet xmlns="{self.space}"><sheetData/></worksheet>'
        parts[f"xl/worksheets/sheet{own}.xml"] = self._sheet().encode(self.encoding)
        for n, (_name, rows) in enumerate(self.behind, own + 1):
            parts[f"xl/worksheets/sheet{n}.xml"] = Book(rows, space=self.space)._sheet()
        return parts | self.parts

    def _sheet(self) -> str:
        p = f"{self.prefix}:" if self.prefix else ""
        space = f'xmlns:{self.prefix}="{self.space}"' if self.prefix else f'xmlns="{self.space}"'
        numbers = self.row_numbers or range(1, len(self.rows) + 1)
        rows = "".join(self._row(row, cells, p) for row, cells in zip(numbers, self.rows, strict=True))
        mark = "" if self.encoding == "utf-8" else f'<?xml version="1.0" encoding="{self.encoding}"?>'
        return f"{mark}{self.head}<{p}worksheet {space}>{self.columns}<{p}sheetData>{rows}</{p}sheetData>{self.tail}</{p}worksheet>"

    def _row(self, row: int, cells: Cells, p: str) -> str:
        place = f' r="{row}"' if self.addresses else ""
        hidden = ' hidden="1"' if row in self.hidden_rows else ""
        return f"<{p}row{place}{hidden}>" + "".join(self._cell(row, n, cell, p) for n, cell in enumerate(cells, 1)) + f"</{p}row>"

    def _cell(self, row: int, column: int, cell: Raw | str | int | float | None, p: str) -> str:
        if cell is None and self.addresses:
            return ""
        raw = cell if isinstance(cell, Raw) else Raw("") if cell is None else text(cell) if isinstance(cell, str) else number(cell)
        content = raw.content.replace("</", f"</{p}").replace("<", f"<{p}").replace(f"<{p}/", "</") if p else raw.content
        place = f' r="{letters(column)}{row}"' if self.addresses else ""
        return f"<{p}c{place} {raw.attributes}>{content}</{p}c>"


def spoiled(content: bytes, chance: random.Random) -> bytes:
    """A workbook with one part changed somewhere, as faulty programs and hands leave it."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as other:
        names = archive.namelist()
        victim = chance.choice(names)
        for name in names:
            part = archive.read(name)
            if name == victim:
                part = _spoiled_part(part, chance)
            other.writestr(name, part)
    return target.getvalue()


def _spoiled_part(part: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(part) + 1)
    return chance.choice(
        [
            lambda: part[:place],
            lambda: part[:place] + bytes(chance.randrange(256) for _n in range(4)) + part[place:],
            lambda: b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + part,
            lambda: part.replace(b'r="', b'r="X', 1),
            lambda: part.replace(b"<row", b'<row r="99999999"', 1),
            lambda: part.replace(b"<v>", b"<v>9e999", 1),
            lambda: part.replace(b"inlineStr", b"s", 1),
            lambda: part.decode("utf-8").encode("utf-16"),
            lambda: b"",
        ]
    )()
