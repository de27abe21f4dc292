"""Files that people hand in: told by content, never by name; refused with a reason; stored by their hash; served as downloads only."""

import hashlib
import os
import socket
import tempfile
import unicodedata
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse
from django.utils.translation import gettext as _

from quintet.core.errors import DomainError
from quintet.core.models import Attachment, StoredFile, User

CHUNK = 1 << 16
MOST_UNPACKED = 200 * 1024 * 1024
MOST_MEMBERS = 5_000
NAME_BYTES = 255
SIGNATURES = {b"%PDF-": "pdf", b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}
OFFICE = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx"}
TYPES = {
    "pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip
PDF_POLICY = "default-src 'none'; object-src 'self'; frame-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"
ACCEPT = ",".join(f".{kind}" for kind in TYPES) + ",.jpeg"


class BadFile(DomainError):
    """A file that is not taken, with the reason and what to do. The form keeps everything else."""

    status = 422


def allowed() -> str:
    """What is said beside every field for a file, before anybody chooses one."""
    return _("PDF、JPG、PNG、Word（.docx）或 Excel（.xlsx），每个不超过 %(size)d MB") % {"size": settings.MAX_UPLOAD_BYTES // 2**20}


def keep(upload: UploadedFile, *, by: User | None) -> Attachment:
    """Check, scan and store a file. The same content is kept once. Raises BadFile, and then nothing is kept."""
    name = clean_name(upload.name or "")
    size = upload.size or 0
    if size > settings.MAX_UPLOAD_BYTES:
        mega = 2**20
        raise BadFile(
            _("文件有 %(size)d MB，超过 %(most)d MB 的上限。") % {"size": -(-size // mega), "most": settings.MAX_UPLOAD_BYTES // mega}, where=name,
            remedy=_("请压缩图片、拆成几个文件，或只保留需要的几页。"),
        )  # fmt: skip
    if not size:
        raise BadFile(_("文件是空的。"), where=name, remedy=_("请重新选择文件。"))
    upload.seek(0)
    kind = kind_of(upload.file, name)  # type: ignore[arg-type]
    digest = hashlib.sha256()
    for chunk in _chunks(upload):
        digest.update(chunk)
    sha256 = digest.hexdigest()
    stored = StoredFile.objects.filter(sha256=sha256).first()
    if stored is None or not place_of(stored).is_file():
        scan = scanned(upload, name)
        _write(upload, settings.MEDIA_ROOT / StoredFile(sha256=sha256).path)
        stored, _new = StoredFile.objects.get_or_create(sha256=sha256, defaults={"kind": kind, "size": size, "scan": scan})
    return Attachment.objects.create(file=stored, name=name, by=by)


def clean_name(name: str) -> str:
    """The name without folders, control characters and marks that turn text round; at most 255 bytes, its ending kept."""
    text = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1])
    text = "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cf", "Cs")).strip(" .") or _("未命名")
    stem, dot, ending = text.rpartition(".")
    ending = f"{dot}{ending}" if stem and len(ending) <= 8 else ""
    stem = text.removesuffix(ending)
    return stem.encode()[: NAME_BYTES - len(ending.encode())].decode(errors="ignore") + ending


def kind_of(file: BinaryIO, name: str) -> str:
    """pdf, png, jpg, docx or xlsx, from the content. Raises BadFile for everything else, macros and archives that swell among it."""
    start = file.read(16)
    file.seek(0)
    for signature, kind in SIGNATURES.items():
        if start.startswith(signature):
            return kind
    if start.startswith(b"PK\x03\x04"):
        return _office(file, name)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise BadFile(_("这是旧版 Office 文件，或者加了密码。"), where=name, remedy=_("请去掉密码，另存为 .docx、.xlsx 或 PDF 再上传。"))
    raise BadFile(_("不能接收这种文件：按内容判断，它不是 PDF、图片、Word 或 Excel。"), where=name, remedy=_("请另存或扫描为 PDF 再上传。"))


def _office(file: BinaryIO, name: str) -> str:
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            names = {member.filename.lower() for member in members}
            types = b""
            if len(members) <= MOST_MEMBERS:
                with archive.open("[Content_Types].xml") as listed:
                    types = listed.read(2**20).lower()
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, KeyError, ValueError, OSError, EOFError):
        raise BadFile(_("文件已损坏，打不开。"), where=name, remedy=_("请重新保存后再上传。")) from None
    finally:
        file.seek(0)
    if len(members) > MOST_MEMBERS or sum(member.file_size for member in members) > MOST_UNPACKED:
        raise BadFile(_("文件展开后过大，不能接收。"), where=name, remedy=_("请检查文件来源，或另存为 PDF 再上传。"))
    if any("vbaproject" in member or "/macrosheets/" in member for member in names) or b"macroenabled" in types:
        raise BadFile(_("文件含有宏，不能接收。"), where=name, remedy=_("请另存为不含宏的 .docx、.xlsx 或 PDF 再上传。"))
    for member, kind in OFFICE.items():
        if member in names:
            return kind
    raise BadFile(_("压缩包不能接收。"), where=name, remedy=_("请把里面的文件逐个上传。"))


def _chunks(upload: UploadedFile) -> Iterator[bytes]:
    upload.seek(0)
    while chunk := upload.read(CHUNK):
        yield chunk


def _write(upload: UploadedFile, target: Path) -> None:
    """Whole or not at all: under another name first, then moved to its place."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=target.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            for chunk in _chunks(upload):
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(part, 0o440)
        os.replace(part, target)
    finally:
        Path(part).unlink(missing_ok=True)


def scanned(upload: UploadedFile, name: str) -> str:
    """Ask ClamAV where one is set (QUINTET_CLAMAV, host:port or the path of a socket). Without it nothing is claimed. Raises BadFile."""
    if not settings.CLAMAV:
        return str(StoredFile.Scan.NONE)
    try:
        answer = _clamd(settings.CLAMAV, _chunks(upload))
    except OSError as error:
        raise BadFile(_("查毒服务暂时不可用，文件没有保存。"), where=name, remedy=_("请稍后再试；一直不行请告诉系统管理员。")) from error
    if answer == "stream: OK":
        return str(StoredFile.Scan.CLEAN)
    if answer.endswith("FOUND"):
        raise BadFile(
            _("文件带有病毒，没有保存。"),
            where=f"{name}：{answer.removeprefix('stream: ').removesuffix(' FOUND')}",
            remedy=_("请查杀后重新生成文件。"),
        )
    raise BadFile(_("查毒没有完成，文件没有保存。"), where=f"{name}：{answer[:100]}", remedy=_("请告诉系统管理员。"))


def _clamd(address: str, chunks: Iterator[bytes]) -> str:
    """clamd's INSTREAM: each piece with its length before it, a length of zero at the end."""
    if address.startswith("/"):
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(30)
        connection.connect(address)
    else:
        host, _colon, port = address.rpartition(":")
        connection = socket.create_connection((host, int(port)), timeout=30)
    with connection:
        connection.sendall(b"zINSTREAM\0")
        for chunk in chunks:
            connection.sendall(len(chunk).to_bytes(4, "big") + chunk)
        connection.sendall(bytes(4))
        answer = b""
        while not answer.endswith(b"\0") and (part := connection.recv(4096)):
            answer += part
    return answer.rstrip(b"\0").decode(errors="replace").strip()


def place_of(stored: StoredFile) -> Path:
    return Path(settings.MEDIA_ROOT) / stored.path


def response(attachment: Attachment, *, view: bool = False) -> FileResponse:
    """The file as a download, or with `view` shown by the browser where it is a PDF or a picture: nothing in it runs on this site.

    The caller has checked who asks. A PDF is drawn by the browser's own viewer, which a sandboxed page would not start.
    """
    place = place_of(attachment.file)
    if not place.is_file():
        raise DomainError(_("文件不在存储中。"), where=attachment.name, remedy=_("请告诉系统管理员，文件可能要从备份恢复。"))
    shown = view and attachment.viewable
    answer = FileResponse(place.open("rb"), as_attachment=not shown, filename=attachment.name, content_type=TYPES[attachment.file.kind])
    pdf = shown and attachment.file.kind == "pdf"
    answer["Content-Security-Policy"] = PDF_POLICY if pdf else "sandbox; default-src 'none'"
    answer["Cache-Control"] = "private, no-store"
    return answer


def damaged() -> Iterator[str]:
    """Files that are gone or whose content is no longer what was handed in."""
    for stored in StoredFile.objects.order_by("pk").iterator(chunk_size=1000):
        place = place_of(stored)
        if not place.is_file():
            yield f"文件 {stored.sha256} 不见了。"
            continue
        with place.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != stored.sha256:
                yield f"文件 {stored.sha256} 的内容被改动过。"
