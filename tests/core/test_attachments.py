"""Files handed in: what is taken, what is refused and why, where it is kept, how it is served."""

import base64
import io
import socketserver
import struct
import threading
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typst
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from pypdf import PdfWriter
from pypdf._encryption import EncryptAlgorithm, Encryption
from pypdf.generic import DictionaryObject, NameObject, StreamObject, TextStringObject

from quintet.core import attachments, audit
from quintet.core.attachments import BadFile, keep
from quintet.core.models import Attachment, StoredFile
from quintet.demo.papers import one_page
from quintet.reading.limits import MOST_MEMBERS, MOST_UNPACKED
from tests.handed_in import chunk, jpg, png

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n1 0 obj\n"
PAGES = b"\nendobj\n91 0 obj<</Type/Pages/Kids[92 0 R]/Count 1>>endobj\n92 0 obj<</Type/Page/Parent 91 0 R>>endobj\n"
END = PAGES + b"93 0 obj<</Type/Catalog/Pages 91 0 R>>endobj\ntrailer<</Root 93 0 R>>\nstartxref\n0\n%%EOF\n"
PAGE = PDF + END
PNG, JPG = png(), jpg()


MAIN = {
    "word/document.xml": (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
        b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body/></w:document>',
    ),
    "xl/workbook.xml": (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
        b'<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>',
    ),
}


def types_of(*members: str, more: str = "") -> str:
    """The list of content types that a program would write for these parts."""
    overrides = "".join(f'<Override PartName="/{member}" ContentType="{MAIN[member][0]}"/>' for member in members if member in MAIN)
    return (
        '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f'<Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/>{more}{overrides}</Types>'
    )


def office(*members: str, types: str | bytes = "", content: bytes = b"<x/>", parts: dict[str, Any] | None = None) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", types or types_of(*members))
        for member in members:
            archive.writestr(member, MAIN[member][1] if member in MAIN else content)
        for name, part in (parts or {}).items():
            archive.writestr(name, part)
    return file.getvalue()


def with_macros(program: str) -> bytes:
    """A .docm or .xlsm as Word and Excel write it: another type for the document, and the project of macros beside it."""
    main, type_ = {
        "word": ("word/document.xml", "application/vnd.ms-word.document.macroEnabled.main+xml"),
        "excel": ("xl/workbook.xml", "application/vnd.ms-excel.sheet.macroEnabled.main+xml"),
    }[program]
    more = (
        '<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/>'
        f'<Override PartName="/{main}" ContentType="{type_}"/><Override PartName="/{main.partition("/")[0]}/vbaData.xml" '
        'ContentType="application/vnd.ms-word.vbaData+xml"/>'
    )
    folder = main.partition("/")[0]
    parts = {main: MAIN[main][1], f"{folder}/vbaProject.bin": b"\xd0\xcf\x11\xe0 macros", f"{folder}/vbaData.xml": b"<x/>"}
    return office(types=types_of(more=more), parts=parts)


@pytest.mark.parametrize(
    ("program", "name"), [("word", "申请表.docm"), ("word", "申请表.docx"), ("excel", "附表.xlsm"), ("excel", "附表.xlsx")]
)
def test_a_document_with_macros_is_refused_whatever_it_is_called(program: str, name: str):
    with pytest.raises(BadFile, match="文件含有宏，不能接收") as caught:
        keep(upload(with_macros(program), name), by=None)
    assert (caught.value.where, bool(caught.value.remedy)) == (name, True)


def upload(content: bytes, name: str = "材料.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.mark.parametrize(
    ("content", "kind"),
    [(PAGE, "pdf"), (PNG, "png"), (JPG, "jpg"), (office("word/document.xml"), "docx"), (office("xl/workbook.xml"), "xlsx")],
)
def test_the_type_is_told_by_content_whatever_the_name_says(content: bytes, kind: str, make_user: Any):
    kept = keep(upload(content, "anything.exe"), by=make_user("applicant"))
    assert (kept.file.kind, kept.name) == (kind, f"anything.{kind}")
    assert attachments.place_of(kept.file).read_bytes() == content
    assert attachments.place_of(kept.file).stat().st_mode & 0o777 == 0o440


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"MZ\x90\x00 a program named .pdf", "不能接收这种文件"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "不能接收这种文件"),
        (b"<html><script>alert(1)</script></html>", "不能接收这种文件"),
        (b"", "空的"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "旧版 Office"),
        (office("xl/workbook.xml", "xl/vbaProject.bin"), "宏"),
        (
            office(
                "word/document.xml",
                types=types_of(
                    "word/document.xml",
                    more='<Default Extension="x" ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/>',
                ),
            ),
            "宏",
        ),
        (office("xl/workbook.xml", "xl/macrosheets/sheet1.xml"), "宏"),
        *((with_macros(program), "文件含有宏，不能接收") for program in ("word", "excel")),
        (office("readme.txt"), "压缩包"),
        (b"PK\x03\x04 broken", "已损坏"),
        (office("xl/workbook.xml")[:-30], "已损坏"),
    ],
)
def test_what_is_refused_says_why_and_keeps_nothing(content: bytes, reason: str, tmp_path: Path):
    with pytest.raises(BadFile, match=reason) as caught:
        keep(upload(content), by=None)
    assert caught.value.remedy
    assert not Attachment.objects.exists()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_an_archive_that_swells_is_refused_without_unpacking():
    bomb = office("xl/workbook.xml", "xl/worksheets/sheet1.xml", content=bytes(MOST_UNPACKED))
    assert len(bomb) < 1_000_000
    with pytest.raises(BadFile, match="展开后过大"):
        keep(upload(bomb, "bomb.xlsx"), by=None)


def test_an_archive_of_very_many_members_is_refused():
    with pytest.raises(BadFile, match="展开后过大"):
        keep(upload(office(*(f"xl/{n}" for n in range(MOST_MEMBERS + 1)), content=b"")), by=None)


def test_a_file_above_the_limit_is_told_by_its_size(settings: Any):
    settings.MAX_UPLOAD_BYTES = 2**20
    with pytest.raises(BadFile, match="有 2 MB，超过 1 MB"):
        keep(upload(PDF + bytes(2**20)), by=None)
    assert "不超过 1 MB" in attachments.allowed()


def test_the_same_content_is_stored_once_under_each_of_its_names():
    first, second = keep(upload(PAGE, "甲.pdf"), by=None), keep(upload(PAGE, "乙.pdf"), by=None)
    assert first.file == second.file
    assert (first.name, second.name) == ("甲.pdf", "乙.pdf")
    assert StoredFile.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\temp\\申请表.pdf", "申请表.pdf"),
        ("a\u202efdp.exe", "afdp.exe"),
        ("line\nbreak.pdf", "linebreak.pdf"),
        ("...", "未命名"),
        ("", "未命名"),
        ("申" * 85, "申" * 85),
        ("申" * 100 + ".pdf", "申" * 83 + ".pdf"),
    ],
)
def test_a_name_is_made_harmless_and_stays_below_255_bytes(given: str, kept: str):
    assert attachments.clean_name(given) == kept
    assert len(attachments.clean_name(given).encode()) <= 255


def test_it_is_served_as_a_download_in_which_nothing_runs(make_user: Any):
    answer = attachments.response(keep(upload(PAGE, "申请表 1.pdf"), by=make_user("applicant")))
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert "sandbox" in answer["Content-Security-Policy"]
    assert b"".join(answer.streaming_content) == PAGE


def test_neither_file_nor_attachment_is_changed_or_deleted():
    kept = keep(upload(PAGE), by=None)
    with pytest.raises(TypeError):
        kept.save()
    for table in ("core_attachment", "core_storedfile"):
        for change in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}"):
            with pytest.raises(IntegrityError, match="append_only"), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(change)


def test_a_file_changed_or_lost_on_disk_is_found():
    kept = keep(upload(PAGE), by=None)
    place = attachments.place_of(kept.file)
    assert audit.verify() == []
    place.chmod(0o600)
    place.write_bytes(PAGE + b"more")
    assert ["被改动过" in finding.problem for finding in audit.verify()] == [True]
    place.unlink()
    assert ["不见了" in finding.problem for finding in audit.verify()] == [True]
    assert keep(upload(PAGE), by=None).file == kept.file
    assert audit.verify() == []


class Clamd(socketserver.StreamRequestHandler):
    """As much of clamd as the protocol needs: a length and a piece by turns, then the verdict."""

    def handle(self) -> None:
        assert self.rfile.read(10) == b"zINSTREAM\0"
        content = b""
        while size := struct.unpack(">I", self.rfile.read(4))[0]:
            content += self.rfile.read(size)
        verdict = (
            b"stream: Eicar-Signature FOUND"
            if b"EICAR" in content
            else b"INSTREAM size limit exceeded. ERROR"
            if b"LONG" in content
            else b"stream: OK"
        )
        self.wfile.write(verdict + b"\0")


@pytest.fixture
def clamd(settings: Any) -> Iterator[None]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Clamd) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.CLAMAV = f"127.0.0.1:{server.server_address[1]}"
        yield
        server.shutdown()


class TestScan:
    def test_without_a_scanner_nothing_is_claimed(self):
        assert keep(upload(PAGE), by=None).file.scan == "none"

    @pytest.mark.usefixtures("clamd")
    def test_a_clean_file_is_marked(self):
        assert keep(upload(PDF + bytes(200_000) + END), by=None).file.scan == "clean"

    @pytest.mark.usefixtures("clamd")
    @pytest.mark.parametrize(("mark", "reason"), [(b"EICAR", "带有病毒"), (b"LONG", "没有完成")])
    def test_a_virus_and_an_unfinished_scan_are_refused(self, mark: bytes, reason: str):
        with pytest.raises(BadFile, match=reason):
            keep(upload(PDF + mark + END), by=None)
        assert not StoredFile.objects.exists()

    def test_a_scanner_that_does_not_answer_keeps_files_out(self, settings: Any):
        settings.CLAMAV = "127.0.0.1:1"
        with pytest.raises(BadFile, match="暂时不可用"):
            keep(upload(PAGE), by=None)


MACRO = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
ASKING = '<Relationships><Relationship Id="r1" Type="{}" Target="{}" {}/></Relationships>'
SPACE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WORD = "word/document.xml"
BOOK = "xl/workbook.xml"
SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row><c><f>{}</f></c></row></sheetData></worksheet>'
FIELD = (
    '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:p><w:fldChar/>{}<w:fldChar/></w:p></w:document>'
)


FOO = '<Default Extension="foo" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'


def macro_types(text: str = "") -> str:
    return types_of(BOOK, more=text or f'<Default Extension="x" ContentType="{MACRO}"/>')


@pytest.mark.parametrize(
    "content",
    [
        office(BOOK, types=macro_types().encode("utf-16")),
        office(BOOK, types=macro_types().replace("<Types", f"<!--{'x' * 2_000}--><Types")),
        office(BOOK, types=macro_types().replace("macroEnabled", "macro&#69;nabled")),
        office(BOOK, types=macro_types().replace("macroEnabled", "MACRO&#x45;NABLED")),
        office(BOOK, parts={"xl/vbaProject.bin": b"x"}),
        office(BOOK, parts={"xl/other.bin": b"x"}),
        office(BOOK, parts={"xl/embeddings/oleObject1.bin": b"x"}),
        office(BOOK, parts={"xl/_rels/workbook.xml.rels": ASKING.format(f"{SPACE}/oleObject", "media/a.png", "")}),
        office(
            BOOK, parts={"xl/_rels/workbook.xml.rels": ASKING.format(f"{SPACE}/externalLinkPath", "file:///x", 'TargetMode="External"')}
        ),
        office(BOOK, parts={"xl/_rels/workbook.xml.rels": ASKING.format("x/xlMacrosheet", "sheets/s.xml", "")}),
        office(BOOK, parts={"xl/externalLinks/externalLink1.xml": b"<x/>"}),
        office(BOOK, parts={"xl/worksheets/sheet1.xml": SHEET.format("cmd|'/c calc'!A0")}),
        office(BOOK, parts={"xl/worksheets/sheet1.xml": SHEET.format('EXEC("calc.exe")')}),
        office(BOOK, parts={"xl/worksheets/sheet1.xml": SHEET.format('=cmd&#124;"/c calc"!A0')}),
        office(WORD, parts={"word/header1.xml": FIELD.format("<w:instrText>DDEAUTO c:/calc</w:instrText>")}),
        office(WORD, parts={"word/header1.xml": FIELD.format("<w:instrText> QUOTE 68 68 69 65 85 84 79 </w:instrText>")}),
        office(WORD, parts={"word/header1.xml": FIELD.format('<w:instrText>LINK Excel.Sheet.8 "c:/a.xls"</w:instrText>')}),
        office(WORD, parts={"word/header1.xml": FIELD.format('<w:instrText>INCLUDETEXT "//a/b.docx"</w:instrText>')}),
        *(
            office(WORD, parts={"word/header1.xml": FIELD.format(f"<w:instrText>{text}</w:instrText>")})
            for text in (
                r'INCLUDEPICTURE "\\\\host\\share\\x.png"',
                ' INCLUDEPICTURE "http://example.org/x.png" \\d',
                'INCLUDE "//a/b.docx"',
                "RD //a/b.docx",
            )
        ),
        office(WORD, parts={"word/header1.xml": FIELD.format(r'<w:pict><imagedata src="\\host\share\x.png"/></w:pict>')}),
        *(
            office(BOOK, parts={"xl/worksheets/sheet1.xml": SHEET.format(formula)})
            for formula in (
                '_xlfn.WEBSERVICE("http://example.org/"&amp;A1)',
                'SUM(1,_xlfn.IMAGE("http://example.org/x.png"))',
                'com.microsoft.webservice ("http://example.org/")',
                '_xlfn._xlws.PY(0,"x")',
            )
        ),
        office(
            BOOK,
            types=types_of(BOOK, more=FOO.replace("worksheet", "table")),
            parts={
                "xl/a.foo": "<table><calculatedColumnFormula>_xlfn.WEBSERVICE(A1)</calculatedColumnFormula></table>",
            },
        ),
        office(WORD, parts={"word/header1.xml": FIELD.format("<w:instrText> DD</w:instrText><w:instrText>E c:/calc</w:instrText>")}),
        office(
            WORD, parts={"word/_rels/document.xml.rels": ASKING.format(f"{SPACE}/attachedTemplate", "http://x", 'TargetMode="External"')}
        ),
        office(WORD, parts={"word/_rels/document.xml.rels": ASKING.format(f"{SPACE}/image", "http://x/a.png", 'TargetMode="External"')}),
        office(WORD, parts={"word/_rels/document.xml.rels": ASKING.format(f"{SPACE}/aFChunk", "a.html", "")}),
        office(WORD, types=types_of(WORD, more='<Default Extension="html" ContentType="text/html"/>'), parts={"word/a.html": b"<b/>"}),
        office(WORD, parts={"word/_rels/document.xml.rels": ASKING.format(f"{SPACE}/achunk", "a.html", "")}),
        office(WORD, parts={"w/header1.xml": FIELD.format("<w:instrText>DDEAUTO c:/calc</w:instrText>")}),
        office(WORD, parts={"Word/Header1.xml": FIELD.format("<w:instrText>DDEAUTO c:/calc</w:instrText>")}),
        office(
            WORD,
            types=types_of(WORD, more=FOO.replace("spreadsheetml.worksheet", "wordprocessingml.header")),
            parts={"word/a.foo": FIELD.format("<w:instrText>DDEAUTO c:/calc</w:instrText>")},
        ),
        office(BOOK, parts={"xl/ws/sheet1.xml": SHEET.format("cmd|'/c calc'!A0")}),
        office(BOOK, parts={"xl/Worksheets/Sheet1.xml": SHEET.format("cmd|'/c calc'!A0")}),
        office(BOOK, types=types_of(BOOK, more=FOO), parts={"xl/a.foo": SHEET.format("cmd|'/c calc'!A0")}),
        office(WORD, types="<!DOCTYPE Types>" + types_of(WORD).partition("?>")[2]),
    ],
)
def test_what_runs_or_reaches_outside_is_refused_however_it_is_written(content: bytes):
    with pytest.raises(BadFile):
        keep(upload(content, "材料.xlsm"), by=None)
    assert not Attachment.objects.exists()


def test_documents_of_everyday_programs_are_taken():
    import docx
    import openpyxl
    import xlsxwriter

    text, page, table = docx.Document(), io.BytesIO(), io.BytesIO()
    text.add_heading("示例材料")
    text.add_paragraph("研发项目 DDE 说明").add_run("正文")
    text.save(page)
    book = xlsxwriter.Workbook(table)
    sheet = book.add_worksheet("甲")
    sheet.write_url(0, 0, "https://example.com/")
    sheet.write_formula(1, 0, "=SUM(A1:A9)")
    sheet.write_comment(2, 0, "批注")
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": "=甲!$A$1:$A$3"})
    sheet.insert_chart(3, 0, chart)
    book.close()
    other = io.BytesIO()
    openpyxl.Workbook().save(other)
    for content, kind in ((page, "docx"), (table, "xlsx"), (other, "xlsx")):
        assert keep(upload(content.getvalue(), f"材料.{kind}"), by=None).file.kind == kind


def test_a_name_ends_as_its_content_does():
    book = office(BOOK)
    assert keep(upload(book, "表.xlsm"), by=None).name == "表.xlsx"
    assert keep(upload(book, "表.XLSX"), by=None).name == "表.XLSX"
    assert keep(upload(JPG, "照片.jpeg"), by=None).name == "照片.jpeg"
    assert keep(upload(PAGE, "2021.12.06"), by=None).name == "2021.12.06.pdf"


def ofd(root: str = "Doc_0/Document.xml", *, there: bool = True, space: str = "http://www.ofdspec.org/2016") -> bytes:
    body = f'<ofd:OFD xmlns:ofd="{space}" Version="1.0"><ofd:DocBody><ofd:DocRoot>{root}</ofd:DocRoot></ofd:DocBody></ofd:OFD>'
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("OFD.xml", body)
        if there:
            archive.writestr("Doc_0/Document.xml", "<x/>")
    return file.getvalue()


def test_an_electronic_invoice_in_ofd_is_taken():
    kept = keep(upload(ofd(), "发票.ofd"), by=None)
    assert (kept.file.kind, kept.name) == ("ofd", "发票.ofd")
    assert attachments.response(kept)["Content-Type"] == "application/ofd"
    assert ".ofd" in attachments.ACCEPT


@pytest.mark.parametrize("content", [ofd(there=False), ofd(space="urn:other"), ofd(root="Doc_1/Document.xml")])
def test_what_only_looks_like_ofd_is_damaged(content: bytes):
    with pytest.raises(BadFile, match="已损坏"):
        keep(upload(content, "发票.ofd"), by=None)


@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n", b"\n"])
def test_a_mark_before_a_pdf_makes_no_other_file_of_it(before: bytes):
    assert keep(upload(before + PAGE), by=None).file.kind == "pdf"


def objects(inside: bytes, packed: bytes | None = None, filters: bytes = b"/FlateDecode", more: bytes = b"", length: bytes = b"") -> bytes:
    """A PDF whose objects are packed into one stream, as newer programs write them."""
    packed = zlib.compress(inside) if packed is None else packed
    head = b"2 0 obj\n<</Type/ObjStm/N 1/First 4/Length %s/Filter%s%s>>\nstream\n" % (length or b"%d" % len(packed), filters, more)
    return PDF + head + packed + b"\nendstream\nendobj\n"


SCRIPT = b"1 0 <</S/JavaScript/JS(x)>>"
DEFLATED = zlib.compress(SCRIPT)
HARMLESS = b"1 0 <</Title(a)>>"
CUT = zlib.compress(b"1 0 \nendstream endobj\n" + b" " * 40_000 + SCRIPT[4:], 0)  # not compressed: any word can stand in it


@pytest.mark.parametrize(
    "content",
    [
        PDF + b"<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>",
        PDF + b"<</AA<</O<</S/#4aava#53cript>>>>>>",
        PDF + b"<</S /Launch /F (calc.exe)>>",
        PDF + b"<</A<</S\0/JavaScript\0/#4aS(x)>>>>",
        PDF + b"<</A<</S%comment\n/%%\r%/x\n JavaScript >>>>".replace(b"/%%\r%/x\n JavaScript", b"%/x\r/JavaScript"),
        PDF + b"<</AcroForm<</XFA[(a)5 0 R]>>>>",
        PDF + b"<</Type/Annot/Subtype/RichMedia/RichMediaContent 4 0 R>>",
        PDF + b"<</S/ImportData/F(a.fdf)>>",
        objects(SCRIPT),
        objects(b"1 0 <</S/L#61unch>>"),
        objects(b"1 5 <</T(<</S/JavaScript>>)>>"),  # an object that begins within a text
        objects(b"1 0 %" + b"x" * 50 + b"\n<</S/Launch>>"),
        objects(b"", SCRIPT.hex().encode() + b">", b"/ASCIIHexDecode"),
        objects(b"", SCRIPT.hex(" ").encode() + b" >", b"[/AHx]"),
        objects(b"", base64.a85encode(SCRIPT) + b"~>", b"/ASCII85Decode"),
        objects(b"", base64.a85encode(DEFLATED) + b"~>", b"[/A85/Fl]"),
        objects(b"", DEFLATED.hex().encode() + b">", b"[/ASCIIHexDecode /FlateDecode]"),
        objects(b"", base64.a85encode(DEFLATED.hex().encode()) + b"~>", b"[/ASCII85Decode/ASCIIHexDecode/FlateDecode]"),
        objects(b"", SCRIPT, b" null"),
        objects(SCRIPT, length=b"7 0 R"),
        objects(SCRIPT, length=b"3"),
        objects(SCRIPT, length=b"99999999"),
        objects(SCRIPT)[: -len(b"\nendstream\nendobj\n")],  # a stream that is not closed
        objects(b"", CUT, length=b"7 0 R"),  # the word that ends a stream stands in its content
        PDF + b" " * 3_000_000 + objects(SCRIPT)[len(PDF) :],
        objects(SCRIPT).replace(b"/Type/ObjStm", b"/Type%%\n/Obj#53tm" + b" " * 3_000),
        objects(SCRIPT).replace(b"/Type/ObjStm", b""),  # some programs go by the other keys
        PDF + b"(stream\n) <</Length 9>>\n%stream\n3 0 obj<</S/JavaScript>>endobj\nendstream\n",  # no stream for who knows comments
        PDF + b"<</Length 99>>stream\n3 0 obj<</S/JavaScript>>endobj\n",
        PDF + b"<</T(obj)/A(endobj stream)/AA<</O<</S/JavaScript>>>>>>",
        PDF + b"<</T(a\\)<</S/JavaScript>>)>>3 0 obj<</S/Launch",
        PDF + b"<</OpenAction 3 0 R>>endobj 3 0 obj<</S/SubmitForm/F(http://example.org)>>endobj",
        PDF + b"<</Type/Annot/A<</S/SubmitForm/F(http://example.org)>>>>",
        PDF + b"<</Type/Annot/A<</S/GoToR/F(\\\\\\\\host\\\\share\\\\x.pdf)>>>>",
        PDF + b"<</Type/Annot/A<</S/GoTo#45/F(b.pdf)>>>>",
        PDF + b"<</Type/Page/Contents 3 0 R>>endobj 3 0 obj<</Length 0/F<</FS/URL/F(http://example.org)>>>>stream\nendstream",
        PDF + b"<</Type/Annot/FS<</Type/Filespec/FS/URL/F(http://example.org)>>>>",
        PDF + b"<</Type/Filespec/FS 3 0 R/F(http://example.org)>>endobj 3 0 obj/URL endobj",
        objects(HARMLESS, more=b"/F(other.bin)"),
        PDF + b"<</Length 0/F(//host/share/x)>>stream\nendstream",
        PDF + b"<</Length 0/Type/XObject/Subtype/Form/Ref 3 0 R>>stream\nendstream",
        objects(b"1 0 <</Subtype/Form/Ref<</F(b.pdf)/Page 0>>>>"),
        PDF + b"<</OpenAction 3 0 R/OpenAction[1 0 R/Fit]>>endobj 3%x\n0 obj<</S/URI/URI(http://example.org)>>endobj",
        PDF + b"<</AA 3 0 R>>endobj 3 0 obj<</O 4 0 R>>endobj 4 0 obj<</S/GoToR/F(b.pdf)>>",
        PDF + b"<</OpenAction<</S/GoTo/D[1 0 R/Fit]/Next 3 0 R>>>>endobj 3 0 obj<</S/GoToE/F(b.pdf)>>",
        objects(b"9 0 <</S/URI/URI(http://example.org)>>") + b"8 0 obj<</OpenAction 9 0 R>>",
        b"%PDF-1.7\ntrailer<</Root<</OpenAction<</S/JavaScript>>>>>>",
    ],
)
def test_a_pdf_that_does_something_by_itself_is_refused(content: bytes):
    with pytest.raises(BadFile, match="会自己运行的脚本"):
        keep(upload(content), by=None)


@pytest.mark.parametrize(
    "content",
    [
        objects(b"", b"\x80\x0b\x60\x50", b"/LZWDecode"),
        objects(b"", b"\x80", b"/RunLengthDecode"),
        objects(SCRIPT, filters=b"[/FlateDecode/Crypt]"),
        objects(SCRIPT, filters=b" 5 0 R"),
        objects(SCRIPT, filters=b"[5 0 R]"),
        objects(HARMLESS, more=b"/DecodeParms<</Predictor 12/Columns 4>>"),
        objects(HARMLESS, more=b"/DecodeParms 6 0 R"),
        objects(HARMLESS, more=b"/Filter/ASCIIHexDecode"),
        objects(SCRIPT).replace(b"/Type/ObjStm", b"/Type/ObjStm/Type/Metadata"),
        objects(HARMLESS).replace(b"/First 4", b"/First 6 0 R"),
        objects(b"", b"no zlib at all"),
        objects(b"1 0 " + b"[" * 300 + b"/AA"),
        PDF + b"<</T(" * 1000 + b"obj(" * 5_000 + b"/AA",  # objects within objects
        PDF + b"<</AA" + b" " * (9 * 2**20) + b"<</O 1>>>>",
    ],
)
def test_a_pdf_of_which_a_part_cannot_be_looked_into_is_refused(content: bytes, settings: Any):
    settings.MAX_UPLOAD_BYTES = 20 * 2**20
    with pytest.raises(BadFile, match="有一部分无法打开"):
        keep(upload(content), by=None)


@pytest.mark.parametrize(
    "content",
    [
        PDF + b"<</OpenAction[1 0 R/Fit]>>",
        PDF + b"<</OpenAction<</S/GoTo/D[1 0 R/Fit]/Next<</S/Named/N/NextPage>>>>>>",
        PDF + b"<</OpenAction 3 0 R>>endobj 3 0 obj<</Type/Page/Annots[<</A<</S/URI/URI(http://example.org)>>>>]>>endobj",
        PDF + b"<</Type/Annot/A<</S/URI/URI(http://example.org)>>>>",
        PDF + b"<</Names<</EmbeddedFiles 4 0 R>>/AcroForm<</Fields[]>>>>",
        PDF + b"<</Title(/JavaScript \\( /Launch)/Author<2F4A53>/Launcher 1/BaseFont/#4A#53X>>",
        objects(HARMLESS, length=b"7 0 R"),
        objects(b"", HARMLESS.hex().encode() + b">", b"/ASCIIHexDecode"),
        objects(b"", base64.a85encode(zlib.compress(HARMLESS)) + b"~>", b"[/ASCII85Decode/FlateDecode]"),
        objects(HARMLESS, more=b"/DecodeParms<</Predictor 1>>"),
        objects(HARMLESS, more=b"/DecodeParms null"),
        PDF + b"<</Type/Annot/Subtype/Link/F 4/A<</S/GoTo/D[1 0 R/Fit]>>>>",
        PDF + b"<</Type/Filespec/F(a.xml)/EF<</F 3 0 R>>>>endobj 3 0 obj<</Type/EmbeddedFile/Length 0>>stream\nendstream",
        PDF + b"<</Type/StructElem/S/Link/Ref[3 0 R]/F 4>>",
        PDF + b"<</Type/Outlines/First 4 0 R/Last 5 0 R/Count 2>>",
        PDF + b"%" * 100_000 + b"/AA",
    ],
)
def test_a_pdf_that_shows_and_links_is_taken(content: bytes):
    assert keep(upload(content + END), by=None).file.kind == "pdf"


def test_pdfs_of_usual_programs_are_taken():
    made = PdfWriter()
    for _n in range(30):
        made.add_blank_page(200, 200)
    made.add_outline_item("第一页", page_number=0)
    made.add_metadata({"/Title": "承诺书"})
    made.add_attachment("发票.xml", b"<a/>")
    target = io.BytesIO()
    made.write(target)
    assert keep(upload(target.getvalue()), by=None).file.kind == "pdf"
    assert (
        keep(upload(typst.compile(b'#outline()\n= One\n#link("https://example.org")[a]\n#pagebreak()\n= Two')), by=None).file.kind == "pdf"
    )
    made.root_object[NameObject("/OpenAction")] = DictionaryObject(
        {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("a")}
    )
    target = io.BytesIO()
    made.write(target)
    with pytest.raises(BadFile, match="会自己运行的脚本"):
        keep(upload(target.getvalue()), by=None)


@pytest.mark.parametrize(
    "content",
    [
        PDF + b"trailer <</Size 8/Encrypt 7 0 R/Root 1 0 R>>",
        PDF + b"trailer <</Enc#72ypt <</Filter/Standard/V 4>>>>",
        PDF + b"9 0 obj <</Type/XRef/Encrypt 8 0 R/Length 3>> stream\nabc\nendstream endobj",
    ],
)
def test_a_pdf_with_a_protection_that_nobody_knows_is_refused(content: bytes):
    with pytest.raises(BadFile, match="PDF 设了证书加密或不常见的保护"):
        keep(upload(content + END), by=None)


def protected(method: str, *, password: str = "", script: bool = False) -> bytes:
    """As banks and tax offices write them: opened without a password, printed or copied with one."""
    made = PdfWriter()
    made.add_blank_page(200, 200)
    if script:
        made.root_object[NameObject("/OpenAction")] = DictionaryObject(
            {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("a")}
        )
    made.encrypt(password, "示例所有者", algorithm=method)
    target = io.BytesIO()
    made.write(target)
    return target.getvalue()


METHODS = ["RC4-40", "RC4-128", "AES-128", "AES-256-R5", "AES-256"]


@pytest.mark.parametrize("method", METHODS)
def test_a_pdf_that_opens_without_a_password_is_taken_and_still_looked_into(method: str):
    assert keep(upload(protected(method)), by=None).file.kind == "pdf"
    with pytest.raises(BadFile, match="会自己运行的脚本"):
        keep(upload(protected(method, script=True)), by=None)


@pytest.mark.parametrize("method", METHODS)
def test_a_pdf_that_asks_for_a_password_is_refused(method: str):
    with pytest.raises(BadFile, match=r"PDF 设了打开密码，他人无法打开。.*不用密码就能打开的可以上传"):
        keep(upload(protected(method, password="123456")), by=None)


def packed_and_protected(inside: bytes, method: EncryptAlgorithm) -> bytes:
    """The objects of a protected file in a stream, as newer programs write them."""
    protection = Encryption.make(method, permissions=-44, first_id_entry=bytes(16))
    entry = protection.write_entry("", "示例所有者")
    stream = StreamObject()
    stream.set_data(zlib.compress(inside))
    data = protection.encrypt_object(stream, 2, 0)._data
    trailer = io.BytesIO()
    entry.write_to_stream(trailer)
    head = b"2 0 obj\n<</Type/ObjStm/N 1/First 4/Length %d/Filter/FlateDecode>>\nstream\n" % len(data)
    end = END.replace(
        b"trailer<<", b"trailer<</ID[<%s><%s>]/Encrypt " % (bytes(16).hex().encode(), bytes(16).hex().encode()) + trailer.getvalue()
    )
    return PDF + head + data + b"\nendstream\nendobj\n" + end


@pytest.mark.parametrize("method", [EncryptAlgorithm.RC4_128, EncryptAlgorithm.AES_128, EncryptAlgorithm.AES_256])
def test_packed_objects_of_a_protected_pdf_are_looked_into(method: EncryptAlgorithm):
    assert keep(upload(packed_and_protected(HARMLESS, method)), by=None).file.kind == "pdf"
    with pytest.raises(BadFile, match="会自己运行的脚本"):
        keep(upload(packed_and_protected(SCRIPT, method)), by=None)


WHOLE = one_page("示例", comment=b"%" + bytes(range(1, 9)) * 40 + b"\n")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (WHOLE[: len(WHOLE) // 2], "缺少结尾部分"),
        (WHOLE[:-8], "缺少结尾部分"),
        (WHOLE.replace(b"startxref", b"st4rtxref"), "缺少结尾部分"),
        (WHOLE[: len(WHOLE) // 2] + bytes(len(WHOLE) // 2), "缺少结尾部分"),
        (b"%PDF-1.4\n1 0 obj<</Linearized 1/L 99999/N 1>>endobj\n" + WHOLE[9:], "缺少结尾部分"),
        (WHOLE.replace(b"/Kids[3 0 R]", b"/Kids[7 0 R]"), "没有可以打开的页面"),
        (WHOLE.replace(b"/Root 1 0 R", b"/Root 8 0 R"), "没有可以打开的页面"),
        (WHOLE.replace(b"/Kids[3 0 R]", b"/Kids[2 0 R]"), "没有可以打开的页面"),
        (b"%PDF-1.4\nstartxref\n0\n%%EOF\n", "没有可以打开的页面"),
    ],
)
def test_half_a_pdf_is_not_handed_in(content: bytes, told: str):
    with pytest.raises(BadFile, match=told):
        keep(upload(content), by=None)
    assert not Attachment.objects.exists()


@pytest.mark.parametrize(
    "content",
    [
        WHOLE + bytes(3_000),
        WHOLE + b"\r\n" * 400,
        b"%PDF-1.4\n1 0 obj<</Linearized 1/L 99/N 1>>endobj\n" + WHOLE[9:],
        WHOLE + WHOLE[WHOLE.index(b"4 0 obj") :],  # changed once more
    ],
)
def test_a_whole_pdf_is_taken_with_what_programs_write_behind_it(content: bytes):
    assert keep(upload(content), by=None).file.kind == "pdf"


@pytest.mark.parametrize(
    "content",
    [
        png(),
        png(300, 200),
        png(9, 9, depth=1, colour=0, rows=bytes(9 * 3)),
        png(5, 5, depth=16, colour=6, rows=bytes(5 * 41)),
        png(2, 2, woven=1, rows=bytes((1 + 3) + (1 + 3) + (1 + 6))),
        png(20_000, 12_500, depth=1, colour=0, rows=bytes(12_500 * 2_501)),  # 250 million points
        png() + b"what a camera adds",
        png()[:33] + chunk(b"tEXt", b"a")[:-1] + b"\0" + png()[33:],  # only a remark is broken
        jpg(),
        jpg(data=b"\x01" * 5_000),
        jpg() + bytes(200),
        jpg(end=b"\xff\xff\xd9"),
        jpg(end=b"\xff\xc4\x00\x03\x01" + jpg()[jpg().index(b"\xff\xda") :]),  # two scans
    ],
)
def test_a_whole_picture_is_taken(content: bytes):
    assert keep(upload(content, "照片"), by=None).file.kind in ("png", "jpg")


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.html", "x")
    return file.getvalue()


@pytest.mark.parametrize("picture", [png(), jpg()])
@pytest.mark.parametrize(
    "behind",
    [
        zipped(),
        bytes(90) + zipped(),
        b"<!DOCTYPE html><script>x</script>",
        b"\n<HTML>",
        b"<svg onload=x>",
        b"MZ\x90",
        PAGE,
        b"Rar!\x1a\x07\0",
    ],
)
def test_a_picture_with_another_file_behind_its_end_is_refused(picture: bytes, behind: bytes):
    with pytest.raises(BadFile, match="图片后面附有别的文件或网页"):
        keep(upload(picture + behind, "照片.jpg"), by=None)
    assert not Attachment.objects.exists()


BROKEN = png(300, 200, rows=(bytes(range(256)) * 704)[: 200 * 901])


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (png()[:-1], "图片不完整"),
        (png()[:40], "图片不完整"),
        (BROKEN[: len(BROKEN) // 2], "图片不完整"),
        (BROKEN[:200] + b"\0" + BROKEN[201:], "图片不完整"),
        (png(rows=bytes(2 * 10 - 1)), "图片不完整"),
        (png(0), "图片不完整"),
        (png(colour=5), "图片不完整"),
        (b"\x89PNG\r\n\x1a\n" + bytes(20), "图片不完整"),
        (png(20_000, 12_501, depth=1, colour=0, rows=b""), "图片太大，超过 250 百万像素"),
        (jpg(end=b""), "图片不完整"),
        (jpg(end=b"\xff"), "图片不完整"),
        (jpg(end=bytes(900)), "图片不完整"),
        (jpg(data=b""), "图片不完整"),
        (jpg(0), "图片不完整"),
        (jpg()[:12] + b"\xff\xd9", "图片不完整"),
        (jpg()[:12], "图片不完整"),
        (b"\xff\xd8\xff\xe0" + bytes(20), "图片不完整"),
        (jpg(60_000, 60_000), "图片太大，超过 250 百万像素"),
    ],
)
def test_a_picture_that_is_not_whole_is_not_handed_in(content: bytes, told: str):
    with pytest.raises(BadFile, match=told):
        keep(upload(content, "照片.jpg"), by=None)
    assert not Attachment.objects.exists()


@pytest.mark.parametrize(
    ("content", "told", "remedy"),
    [
        (b"\0\0\0\x18ftypheic" + bytes(90), "这是 HEIC 格式的图片", "兼容性最佳"),
        (b"\0\0\0\x18ftypmif1" + bytes(90), "这是 HEIC 格式的图片", "兼容性最佳"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "这是 WebP 格式的图片", "请另存为 JPG 或 PNG"),
        (b"GIF89a" + bytes(20), "这是 GIF 格式的图片", "请另存为 JPG 或 PNG"),
        (b"BM" + bytes(60), "这是 BMP 格式的图片", "请另存为 JPG 或 PNG"),
        (b"II*\0" + bytes(60), "这是 TIFF 格式的图片", "请另存为 JPG 或 PNG"),
        (b"\0\0\0\x18ftypisom" + bytes(90), "不能接收这种文件", "扫描为 PDF"),
    ],
)
def test_a_picture_of_another_form_is_called_by_its_name(content: bytes, told: str, remedy: str):
    with pytest.raises(BadFile, match=told) as refusal:
        keep(upload(content, "照片.jpg"), by=None)
    assert remedy in refusal.value.remedy


@pytest.mark.parametrize(("inside", "told"), [("EncryptedPackage", "文件设了打开密码"), ("WordDocument", "旧版 Office 文件")])
def test_a_password_and_an_old_form_are_told_apart(inside: str, told: str):
    with pytest.raises(BadFile, match=told):
        keep(upload(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2_000) + inside.encode("utf-16-le") + bytes(9), "材料.docx"), by=None)


def test_a_pdf_that_only_speaks_of_scripts_is_taken():
    text = zlib.compress(b"BT (/JavaScript /Launch) Tj ET")
    page = PDF + b"<</Length 9>>\nstream\n" + text + b"\nendstream\n<</Launcher 1/JSX 2/Title(JavaScript)>>"
    for content in (page, objects(b"1 0 <</Title(JS)>>")):
        assert keep(upload(content + END), by=None).file.kind == "pdf"


def open_document() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr("content.xml", "<x/>")
    return file.getvalue()


PRESENTATION = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
PPTX = {"ppt/presentation.xml": "<x/>", "_rels/.rels": ASKING.format(f"{SPACE}/officeDocument", "ppt/presentation.xml", "")}


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (open_document(), "说明.odt", "这是 OpenDocument 文件"),
        (
            office(types=types_of(more=f'<Override PartName="/ppt/presentation.xml" ContentType="{PRESENTATION}"/>'), parts=PPTX),
            "路演.pptx",
            "这是演示文稿",
        ),
    ],
)
def test_a_document_of_another_kind_is_no_archive_of_files(content: bytes, name: str, said: str):
    with pytest.raises(BadFile, match=said) as caught:
        keep(upload(content, name), by=None)
    assert "PDF" in caught.value.message + caught.value.remedy


def test_pictures_that_wps_keeps_in_cells_are_pictures(make_user: Any):
    types = (
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/xl/cellimages.xml" ContentType="application/vnd.wps-officedocument.cellimage+xml"/>'
    )
    parts = {
        "xl/cellimages.xml": "<x/>",
        "xl/_rels/cellimages.xml.rels": ASKING.format(f"{SPACE}/image", "media/image1.png", ""),
        "xl/media/image1.png": PNG,
    }
    content = office("xl/workbook.xml", types=types_of("xl/workbook.xml", more=types), parts=parts)
    assert keep(upload(content, "结果.xlsx"), by=make_user("applicant")).file.kind == "xlsx"
