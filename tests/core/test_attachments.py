"""Files handed in: what is taken, what is refused and why, where it is kept, how it is served."""

import io
import socketserver
import struct
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction

from quintet.core import attachments, audit
from quintet.core.attachments import BadFile, keep
from quintet.core.models import Attachment, StoredFile

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n1 0 obj\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
JPG = b"\xff\xd8\xff\xe0" + bytes(20)


def office(*members: str, types: str = "<Types/>", content: bytes = b"x") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", types)
        for member in members:
            archive.writestr(member, content)
    return file.getvalue()


def upload(content: bytes, name: str = "材料.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.mark.parametrize(
    ("content", "kind"),
    [(PDF, "pdf"), (PNG, "png"), (JPG, "jpg"), (office("word/document.xml"), "docx"), (office("xl/workbook.xml"), "xlsx")],
)
def test_the_type_is_told_by_content_whatever_the_name_says(content: bytes, kind: str, make_user: Any):
    kept = keep(upload(content, "anything.exe"), by=make_user("applicant"))
    assert kept.file.kind == kind
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
        (office("word/document.xml", types='<Types ct="application/vnd.ms-word.document.macroEnabled.main+xml"/>'), "宏"),
        (office("xl/workbook.xml", "xl/macrosheets/sheet1.xml"), "宏"),
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
    bomb = office("xl/workbook.xml", "xl/worksheets/sheet1.xml", content=bytes(attachments.MOST_UNPACKED))
    assert len(bomb) < 1_000_000
    with pytest.raises(BadFile, match="展开后过大"):
        keep(upload(bomb, "bomb.xlsx"), by=None)


def test_an_archive_of_very_many_members_is_refused():
    with pytest.raises(BadFile, match="展开后过大"):
        keep(upload(office(*(f"xl/{n}" for n in range(attachments.MOST_MEMBERS + 1)), content=b"")), by=None)


def test_a_file_above_the_limit_is_told_by_its_size(settings: Any):
    settings.MAX_UPLOAD_BYTES = 2**20
    with pytest.raises(BadFile, match="有 2 MB，超过 1 MB"):
        keep(upload(PDF + bytes(2**20)), by=None)
    assert "不超过 1 MB" in attachments.allowed()


def test_the_same_content_is_stored_once_under_each_of_its_names():
    first, second = keep(upload(PDF, "甲.pdf"), by=None), keep(upload(PDF, "乙.pdf"), by=None)
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
    answer = attachments.response(keep(upload(PDF, "申请表 1.pdf"), by=make_user("applicant")))
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert "sandbox" in answer["Content-Security-Policy"]
    assert b"".join(answer.streaming_content) == PDF


def test_neither_file_nor_attachment_is_changed_or_deleted():
    kept = keep(upload(PDF), by=None)
    with pytest.raises(TypeError):
        kept.save()
    for table in ("core_attachment", "core_storedfile"):
        for change in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}"):
            with pytest.raises(IntegrityError, match="append_only"), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(change)


def test_a_file_changed_or_lost_on_disk_is_found():
    kept = keep(upload(PDF), by=None)
    place = attachments.place_of(kept.file)
    assert audit.verify() == []
    place.chmod(0o600)
    place.write_bytes(PDF + b"more")
    assert ["被改动过" in finding.problem for finding in audit.verify()] == [True]
    place.unlink()
    assert ["不见了" in finding.problem for finding in audit.verify()] == [True]
    assert keep(upload(PDF), by=None).file == kept.file
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
        assert keep(upload(PDF), by=None).file.scan == "none"

    @pytest.mark.usefixtures("clamd")
    def test_a_clean_file_is_marked(self):
        assert keep(upload(PDF + bytes(200_000)), by=None).file.scan == "clean"

    @pytest.mark.usefixtures("clamd")
    @pytest.mark.parametrize(("mark", "reason"), [(b"EICAR", "带有病毒"), (b"LONG", "没有完成")])
    def test_a_virus_and_an_unfinished_scan_are_refused(self, mark: bytes, reason: str):
        with pytest.raises(BadFile, match=reason):
            keep(upload(PDF + mark), by=None)
        assert not StoredFile.objects.exists()

    def test_a_scanner_that_does_not_answer_keeps_files_out(self, settings: Any):
        settings.CLAMAV = "127.0.0.1:1"
        with pytest.raises(BadFile, match="暂时不可用"):
            keep(upload(PDF), by=None)
