"""Rows read without a parser are read as the parser reads them."""

import io
import re
import zipfile

import pytest

from quintet.reading import xlsx
from quintet.reading.errors import Unreadable
from quintet.reading.limits import Limits
from tests.reading.generated import made

pytestmark = pytest.mark.engine_only
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006"
DECLARED = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
USUAL = '<row r="1" spans="1:2"><c r="A1" t="s"><v>0</v></c><c r="B1" s="1"><v>44270</v></c></row>'


def workbook(rows: str, *, begin: str = "<sheetData>", format: str = "", declared: str = DECLARED, behind: str = "") -> bytes:
    """A workbook whose sheet holds `rows`, letter for letter."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("[Content_Types].xml", f'<Types xmlns="{TYPES}/content-types"/>')
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{TYPES}/relationships"><Relationship Id="r1" Type="{LINKS}/officeDocument" Target="xl/workbook.xml"/>'
            "</Relationships>",
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}" xmlns:r="{LINKS}"><sheets><sheet name="表" sheetId="1" r:id="r1"/></sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{TYPES}/relationships"><Relationship Id="r1" Type="{LINKS}/worksheet" Target="worksheets/a.xml"/>'
            f'<Relationship Id="r2" Type="{LINKS}/sharedStrings" Target="t.xml"/><Relationship Id="r3" Type="{LINKS}/styles" Target="s.xml"/>'
            "</Relationships>",
        )
        archive.writestr("xl/t.xml", f'<sst xmlns="{MAIN}"><si><t>一</t></si><si><t/></si></sst>')
        archive.writestr("xl/s.xml", f'<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>')
        sheet = f'{declared}<worksheet xmlns="{MAIN}" xmlns:x14ac="urn:x">{format}{begin}{rows}</sheetData>{behind}</worksheet>'
        archive.writestr("xl/worksheets/a.xml", sheet)
    return target.getvalue()


def answer(content: bytes, *, quick: bool) -> tuple:
    """The rows and remarks, or the refusal; what was placed before a refusal counts, too."""
    placed: list = []
    try:
        book = xlsx.Book(xlsx.open_archive(io.BytesIO(content)))
        remarks = vars(xlsx.rows(book, Limits(rows=1000), lambda row, cells: placed.append((row, list(cells))), quick=quick))
    except Unreadable as error:
        return (error.code,)
    return placed, remarks


def cell(text: str) -> str:
    return f'<row r="2">{text}</row>'


ROWS = {
    "usual": '<row r="2"><c r="A2"><v>-1.5</v></c><c r="C2" t="e"><v>#N/A</v></c></row>',
    "empty": '<row r="2"/><row r="3"></row><row r="9"><c r="A9" s="0"/><c r="B9"><v>1</v></c></row>',
    "blanks between": '\n  <row r="2"><c r="A2"><v>1</v></c></row>\n',
    "blank no XML knows": '\u00a0<row r="2"><c r="A2"><v>1</v></c></row>',
    "hidden": '<row r="2" hidden="1"><c r="A2"><v>1</v></c></row>',
    "not hidden": '<row r="2" ht="12.8" hidden="false" customHeight="false"><c r="A2"><v>1</v></c></row>',
    "no height": '<row r="2" ht="0" customHeight="1"><c r="A2"><v>1</v></c></row>',
    "prefix": '<row r="2" x14ac:dyDescent="0.2"><c r="A2"><v>1</v></c></row>',
    "twice the same": '<row r="2" s="1" s="1"><c r="A2"><v>1</v></c></row>',
    "inline": cell('<c r="A2" t="inlineStr"><is><t>二</t></is></c>'),
    "inline with a style": cell('<c r="A2" s="1" t="inlineStr"><is><t xml:space="preserve"> 二 </t></is></c>'),
    "inline with entities": cell('<c r="A2" t="inlineStr"><is><t>&lt;a&gt; &amp;amp; &quot;b&apos; c > d</t></is></c>'),
    "inline with a reference": cell('<c r="A2" t="inlineStr"><is><t>&#20108;</t></is></c>'),
    "inline with no such entity": cell('<c r="A2" t="inlineStr"><is><t>&b;</t></is></c>'),
    "inline with an ampersand": cell('<c r="A2" t="inlineStr"><is><t>a & b</t></is></c>'),
    "inline over lines": cell('<c r="A2" t="inlineStr"><is><t>a\r\nb\rc\nd\te</t></is></c>'),
    "inline with an escape": cell('<c r="A2" t="inlineStr"><is><t>a_x000D_b_x005F_x000D_</t></is></c>'),
    "inline with a control": cell('<c r="A2" t="inlineStr"><is><t>a\x01b</t></is></c>'),
    "inline with a letter of no XML": cell('<c r="A2" t="inlineStr"><is><t>a\uffffb</t></is></c>'),
    "inline with the end of a section": cell('<c r="A2" t="inlineStr"><is><t>a]]>b</t></is></c>'),
    "inline in runs": cell('<c r="A2" t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r></is></c>'),
    "inline and empty": cell('<c r="A2" t="inlineStr"><is><t></t></is></c><c r="B2"><v>1</v></c>'),
    "formula": cell('<c r="A2"><f>1+1</f><v>2</v></c>'),
    "truth": cell('<c r="A2" t="b"><v>1</v></c>'),
    "no such text": cell('<c r="A2" t="s"><v>7</v></c>'),
    "empty text": cell('<c r="A2" t="s"><v>1</v></c><c r="B2"><v></v></c>'),
    "no number": cell('<c r="A2"><v>A1</v></c>'),
    "number in letters": cell('<c r="A2"><v>1e5</v></c><c r="B2"><v>+5</v></c>'),
    "a long number": cell('<c r="A2"><v>12345678901234567890</v></c>'),
    "other row": cell('<c r="A3"><v>1</v></c>'),
    "backwards": cell('<c r="B2"><v>1</v></c><c r="A2"><v>1</v></c>'),
    "same row": '<row r="1"><c r="A1"><v>1</v></c></row>',
    "no place": "<row><c><v>1</v></c></row>" + '<row r="3"><c r="A3"><v>1</v></c></row>',
    "comment": '<!-- <row r="2"><c r="A2"><v>1</v></c></row> --><row r="3"><c r="A3"><v>1</v></c></row>',
    "comment in a row": '<row r="2"><!-- </row> --><c r="A2"><v>1</v></c></row><row r="3"><c r="A3"><v>1</v></c></row>',
    "comment after a row": '<row r="2"/><!-- </row><row r="3"><c r="A3"><v>1</v></c></row> --><row r="4"/>',
    "mixed": cell('<c r="A2" t="str"><v>甲</v></c>') + '<row r="3"><c r="A3"><v>3</v></c></row>' + '<row r="4"><c><v>4</v></c></row>',
    "row without an end": '<row r="2"><c r="A2"><v>1</v></c>',
    "100 columns": cell('<c r="CV2"><v>1</v></c>'),
    "101 columns": cell('<c r="CW2"><v>1</v></c>'),
    "row at the limit": '<row r="1001"><c r="A1001"><v>1</v></c></row>',
    "row beyond the limit": '<row r="1002"><c r="A1002"><v>1</v></c></row>',
    "entity": cell('<c r="A2"><v>&#49;</v></c>'),
}


@pytest.mark.parametrize("name", ROWS)
def test_both_ways_read_the_same(name: str):
    content = workbook(USUAL + ROWS[name])
    assert answer(content, quick=True) == answer(content, quick=False)


@pytest.mark.parametrize(
    "changed",
    [
        {"begin": "<!-- <sheetData> --><sheetData>"},
        {"begin": '<sheetData xml:space="preserve">'},
        {"begin": '<a:b xmlns:a="urn:a"/><sheetData>'},
        {"declared": ""},
        {"declared": '<?xml version="1.0" encoding="cp037"?>'},
        {"declared": '<?xml version="1.0" encoding="iso-8859-1"?>'},
        {"format": '<sheetFormatPr zeroHeight="1"/>'},
        {"behind": '<mergeCells count="1"><mergeCell ref="A1:B1"/></mergeCells>'},
        {"behind": '<x><row r="5"></row></x>'},
    ],
)
def test_both_ways_read_the_same_around_the_rows(changed: dict[str, str]):
    content = workbook(USUAL + ROWS["usual"], **changed)
    assert answer(content, quick=True) == answer(content, quick=False)


@pytest.mark.parametrize("hundreds", range(3))
def test_both_ways_read_generated_workbooks_the_same(hundreds: int):
    for seed in range(100 * hundreds, 100 * hundreds + 100):
        content = made(seed).content
        if content.startswith(b"PK\x03\x04"):
            assert answer(content, quick=True) == answer(content, quick=False), seed


def test_rows_across_the_pieces_of_a_large_sheet():
    rows = "".join(f'<row r="{n}" spans="1:3"><c r="A{n}" t="s"><v>0</v></c><c r="C{n}"><v>{n}.5</v></c></row>' for n in range(1, 1001))
    content = workbook(re.sub("(?=<row)", " " * 100, rows))
    placed, _remarks = answer(content, quick=True)
    assert placed == [(n, ["一", None, n + 0.5]) for n in range(1, 1001)]
    assert answer(content, quick=False)[0] == placed


@pytest.mark.parametrize(
    ("row", "hidden"),
    [('<row r="2">', [1, 2]), ('<row r="2" ht="15">', [1]), ('<row r="2" hidden="0">', [1]), ('<row r="2" hidden="1">', [1, 2])],
)
def test_rows_of_no_height_are_hidden(row: str, hidden: list[int]):
    content = workbook(f'{USUAL}{row}<c r="A2"><v>1</v></c></row>', format='<sheetFormatPr defaultRowHeight="15" zeroHeight="1"/>')
    assert answer(content, quick=True)[1]["hidden_rows"] == hidden
