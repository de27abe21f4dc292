"""Files that people hand in: told by content, never by name; refused with a reason; stored by their hash; served as downloads only."""

import codecs
import hashlib
import os
import socket
import tempfile
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse
from django.utils.translation import gettext as _

from quintet.core.errors import DomainError
from quintet.core.models import Attachment, StoredFile, User
from quintet.core.unreadable import words
from quintet.reading import packages, pdfs, pictures
from quintet.reading.errors import Unreadable
from quintet.reading.reader import ENCRYPTED, OLD_OFFICE

CHUNK = 1 << 16
NAME_BYTES = 255
SIGNATURES = {b"%PDF-": "pdf", b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}
HEIC = frozenset([b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif"])  # brands of ISO/IEC 23008-12
OTHER_PICTURES = {b"GIF8": "GIF", b"BM": "BMP", b"II*\0": "TIFF", b"MM\0*": "TIFF"}
TYPES = {
    "pdf": "application/pdf", "ofd": "application/ofd", "png": "image/png", "jpg": "image/jpeg",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip
SERVED = TYPES | {"csv": "text/csv"}  # a table of text is kept where what it says was read before
PDF_POLICY = "default-src 'none'; object-src 'self'; frame-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"
# Endings of programs and documents, which a file that is something else does not keep.
ENDINGS = frozenset(
    ".pdf .ofd .png .jpg .jpeg .gif .doc .docx .docm .dot .dotm .xls .xlsx .xlsm .xlsb .xlt .xltm .et .wps .csv .txt .htm .html .exe .zip".split()
)
ACCEPT = ",".join(f".{kind}" for kind in TYPES) + ",.jpeg"


class BadFile(DomainError):
    """A file that is not taken, with the reason and what to do. The form keeps everything else."""

    status = 422


def allowed() -> str:
    """What is said beside every field for a file, before anybody chooses one."""
    return _("PDF、OFD、JPG、PNG、Word（.docx）或 Excel（.xlsx），每个不超过 %(size)d MB") % {"size": settings.MAX_UPLOAD_BYTES // 2**20}


def keep(upload: UploadedFile, *, by: User | None, read_as_table: bool = False) -> Attachment:
    """Check, scan and store a file. The same content is kept once. Raises BadFile, and then nothing is kept.

    `read_as_table`: the caller has read it as a table, so that it may be a CSV text as well.
    """
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
    content: BinaryIO = upload.file  # type: ignore[assignment]
    kind = "csv" if read_as_table and _is_text(content) else kind_of(content, name)
    digest = hashlib.sha256()
    for chunk in _chunks(upload):
        digest.update(chunk)
    sha256 = digest.hexdigest()
    stored = StoredFile.objects.filter(sha256=sha256).first()
    if stored is None or not place_of(stored).is_file():
        scan = scanned(upload, name)
        _write(upload, settings.MEDIA_ROOT / StoredFile(sha256=sha256).path)
        stored, _new = StoredFile.objects.get_or_create(sha256=sha256, defaults={"kind": kind, "size": size, "scan": scan})
    return Attachment.objects.create(file=stored, name=with_ending(name, kind), by=by)


def _is_text(file: BinaryIO) -> bool:
    """Whether a file that was read as a table is a text, not a workbook."""
    start = file.read(1024)
    file.seek(0)
    return b"\0" not in start and not start.startswith((b"PK\x03\x04", OLD_OFFICE, *SIGNATURES))


def with_ending(name: str, kind: str) -> str:
    """The name with the ending of what the file is: nobody gets a .xlsm that is none."""
    stem, ending = os.path.splitext(name)
    if ending.lower() in (f".{kind}", ".jpeg" if kind == "jpg" else f".{kind}"):
        return name
    stem = stem if ending.lower() in ENDINGS else name
    return stem.encode()[: NAME_BYTES - len(kind) - 1].decode(errors="ignore") + f".{kind}"


def clean_name(name: str) -> str:
    """The name without folders, control characters and marks that turn text round; at most 255 bytes, its ending kept."""
    text = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1])
    text = "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cf", "Cs")).strip(" .") or _("未命名")
    stem, dot, ending = text.rpartition(".")
    ending = f"{dot}{ending}" if stem and len(ending) <= 8 else ""
    stem = text.removesuffix(ending)
    return stem.encode()[: NAME_BYTES - len(ending.encode())].decode(errors="ignore") + ending


def kind_of(file: BinaryIO, name: str) -> str:
    """pdf, png, jpg, docx, xlsx or ofd, from the content. Raises BadFile for everything else, whatever runs by itself among it."""
    start = file.read(1024)
    file.seek(0)
    text = start.removeprefix(codecs.BOM_UTF8).lstrip()  # a mark or blanks before its first line make no other file of a PDF
    for signature, kind in SIGNATURES.items():
        if start.startswith(signature) or (kind == "pdf" and text.startswith(signature)):
            return _whole(file, name, kind)
    if start.startswith(b"PK\x03\x04"):
        return _package(file, name)
    if start.startswith(OLD_OFFICE):
        if ENCRYPTED in file.read():
            raise BadFile(_("文件设了打开密码。"), where=name, remedy=_("请在 Office 或 WPS 里去掉密码，保存后再上传。"))
        raise BadFile(_("这是旧版 Office 文件（.doc、.xls）。"), where=name, remedy=_("请另存为 .docx、.xlsx 或 PDF 再上传。"))
    if picture := _other_picture(start):
        raise BadFile(
            _("这是 %(kind)s 格式的图片，多数电脑无法打开，不能接收。") % {"kind": picture}, where=name,
            remedy=_("请另存为 JPG 再上传。苹果手机可在“设置—相机—格式”里选“兼容性最佳”后重新拍照。") if picture == "HEIC" else _("请另存为 JPG 或 PNG 再上传。"),
        )  # fmt: skip
    raise BadFile(
        _("不能接收这种文件：按内容判断，它不是 PDF、OFD、图片、Word 或 Excel。"), where=name, remedy=_("请另存或扫描为 PDF 再上传。")
    )


def _whole(file: BinaryIO, name: str, kind: str) -> str:
    """The kind of a PDF or a picture that can be opened from its beginning to its end. Raises BadFile."""
    try:
        (pdfs if kind == "pdf" else pictures).check(file, most_bytes=settings.MAX_UPLOAD_BYTES)
    except Unreadable as error:
        remedy = _("请另存或扫描为 PDF 再上传。") if kind == "pdf" else _("请另存为 JPG 或 PNG 再上传。")
        raise BadFile(_refusals().get(error.code) or words(error), where=name, remedy=remedy) from None
    finally:
        file.seek(0)
    return kind


def _other_picture(start: bytes) -> str:
    """What a picture of another form is called; "" for what is none."""
    if start[4:8] == b"ftyp" and start[8:12] in HEIC:
        return "HEIC"
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "WebP"
    return next((called for signature, called in OTHER_PICTURES.items() if start.startswith(signature)), "")


def _package(file: BinaryIO, name: str) -> str:
    try:
        return packages.kind(file, most_bytes=settings.MAX_UPLOAD_BYTES)
    except Unreadable as error:
        raise BadFile(_refusals().get(error.code) or words(error), where=name, remedy=_("请重新保存，或另存为 PDF 再上传。")) from None
    finally:
        file.seek(0)


def _refusals() -> dict[str, str]:
    """Where an attachment is not a table to be filled in, the words are others."""
    return {
        "file_damaged": _("文件已损坏，无法打开。"),
        "file_bomb": _("文件展开后过大，不能接收。"),
        "file_memory": _("文件展开后过大，不能接收。"),
        "file_macros": _("文件含有宏，不能接收。"),
    }


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
    answer = FileResponse(place.open("rb"), as_attachment=not shown, filename=attachment.name, content_type=SERVED[attachment.file.kind])
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
