"""Reading an uploaded workbook: what it is comes from its bytes, never from its name, and nothing is unpacked before it is measured."""

import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from typing import IO, Any
from xml.etree import ElementTree

from django.conf import settings
from django.utils.translation import gettext as _
from python_calamine import CalamineWorkbook

from quintet.core.errors import DomainError

MOST_BYTES = settings.MAX_UPLOAD_BYTES
MOST_UNPACKED = 400 * 1024 * 1024
MOST_RATIO = 200
MOST_ROWS, MOST_COLUMNS = 200_000, 100
CHUNK = 4 * 1024 * 1024
_FORMULA = re.compile(rb'<(?:\w+:)?c\s[^<>]*?\br="([A-Z]{1,3})(\d{1,7})"[^<>]*>\s*<(?:\w+:)?f[\s/>]')
_ANY_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^<>]*?ref="([A-Z0-9:]+)"')
_PLACE = re.compile(rb'\br="([A-Z]{1,3})?(\d{1,7})"')


class UnreadableWorkbook(DomainError):
    """The file is refused as a whole."""


def check_workbook(file: IO[bytes], size: int) -> None:
    """Raise UnreadableWorkbook unless `file` is a plain .xlsx of sane size; reads no content but the first bytes and the directory."""
    remedy = _("请用“下载模板”得到的 .xlsx 文件填写后再上传。")
    if size == 0:
        raise UnreadableWorkbook(_("文件是空的。"), remedy=remedy)
    if size > MOST_BYTES:
        raise UnreadableWorkbook(
            _("文件有 %(size).1f MB，超过 20 MB 的上限。") % {"size": size / 1024 / 1024}, remedy=_("请拆成几个文件，分几次导入。")
        )
    file.seek(0)
    start = file.read(8)
    if start.startswith(b"MZ"):
        raise UnreadableWorkbook(_("这是一个程序文件，不是 Excel 工作簿，已拒绝。"), remedy=remedy)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise UnreadableWorkbook(_("这是旧版 .xls 文件，或者设了打开密码。"), remedy=_("请去掉密码，另存为“Excel 工作簿(.xlsx)”后再上传。"))
    if not start.startswith(b"PK\x03\x04"):
        raise UnreadableWorkbook(_("文件内容不是 Excel 工作簿（只看内容，不看扩展名）。"), remedy=remedy)
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            _check_members(archive, remedy)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        raise UnreadableWorkbook(_("文件已损坏，无法打开。"), remedy=remedy) from None


def _check_members(archive: zipfile.ZipFile, remedy: str) -> None:
    members = archive.infolist()
    names = {member.filename.lower() for member in members}
    unpacked = sum(member.file_size for member in members)
    ratio = max((member.file_size / max(member.compress_size, 1) for member in members if member.file_size > 1024 * 1024), default=0)
    if unpacked > MOST_UNPACKED or ratio > MOST_RATIO or len(members) > 2000:
        raise UnreadableWorkbook(_("文件解压后异常地大，疑似压缩炸弹，已拒绝。"), remedy=remedy)
    if any(member.flag_bits & 1 for member in members):
        raise UnreadableWorkbook(_("文件设了密码。"), remedy=_("请去掉密码后再上传。"))
    if "xl/workbook.xml" not in names:
        raise UnreadableWorkbook(_("文件内容不是 .xlsx 工作簿。"), remedy=remedy)
    if any("vbaproject" in name or "/macrosheets/" in name for name in names):
        raise UnreadableWorkbook(_("工作簿含有宏，已拒绝。"), remedy=_("请另存为不含宏的“Excel 工作簿(.xlsx)”后再上传。"))


def structure_problems(file: IO[bytes]) -> Iterator[tuple[int, str, str]]:
    """(row, column letters, message) for each merged range and formula of the first sheet, at most 200 of each; read as a stream."""
    file.seek(0)
    with zipfile.ZipFile(file) as archive:
        sheet = _first_sheet(archive)
        merged: list[bytes] = []
        formulas: list[tuple[bytes, bytes]] = []
        somewhere = False
        for chunk in _chunks(archive, sheet):
            _check_extent(chunk)
            merged += _MERGED.findall(chunk)[:200]
            formulas += _FORMULA.findall(chunk)[:200]
            somewhere = somewhere or bool(_ANY_FORMULA.search(chunk))
    for area in dict.fromkeys(merged[:200]):
        column, row = re.fullmatch(r"([A-Z]+)(\d+)(?::.*)?", area.decode()).groups()  # type: ignore[union-attr]
        yield int(row), column, _("%(area)s 是合并单元格，请取消合并，每个单元格各填各的值。") % {"area": area.decode()}
    for column, row in dict.fromkeys(formulas[:200]):
        yield int(row), column.decode(), _("这里是公式。请复制后“选择性粘贴为数值”，让单元格里只有结果。")
    if somewhere and not formulas:
        yield 1, "A", _("表中含有公式。请全选、复制后“选择性粘贴为数值”。")


def read_rows(file: IO[bytes]) -> list[list[Any]]:
    """The cells of the first sheet, row 1 first; an empty cell is ""."""
    file.seek(0)
    try:
        workbook = CalamineWorkbook.from_filelike(file)
        return workbook.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except Exception as error:  # the reader has no common base for what a broken file can cause
        raise UnreadableWorkbook(_("工作簿无法读取，可能已损坏。"), remedy=_("请用 Excel 或 WPS 打开后另存为 .xlsx 再上传。")) from error


def _chunks(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """The member in pieces that end at a tag's end, so that no cell is cut; a member that lies about its size is refused."""
    try:
        with archive.open(name) as stream:
            rest = b""
            while piece := stream.read(CHUNK):
                if b"<!DOCTYPE" in piece or b"<!ENTITY" in piece:
                    raise UnreadableWorkbook(_("工作簿内部含有不允许的声明，已拒绝。"))
                piece = rest + piece
                cut = piece.rfind(b"</") if len(piece) > 4096 else len(piece)
                rest = piece[cut:] if cut > 0 else b""
                yield piece[:cut] if cut > 0 else piece
            yield rest
    except (zipfile.BadZipFile, EOFError, OSError):
        raise UnreadableWorkbook(_("文件已损坏，无法打开。"), remedy=_("请重新保存后再上传。")) from None


def _check_extent(chunk: bytes) -> None:
    """A single cell far out would make the reader fill the space between: refuse before it reads."""
    places = Counter(_PLACE.findall(chunk))
    if not places:
        return
    if max(int(row) for _letters, row in places) > MOST_ROWS + 1:
        raise UnreadableWorkbook(
            _("工作表超过 %(most)s 行。") % {"most": f"{MOST_ROWS:,}"}, remedy=_("请拆成几个文件，并删除表格下方的空行后再上传。")
        )
    if max(column_number(letters.decode()) for letters, _row in places) > MOST_COLUMNS:
        raise UnreadableWorkbook(_("工作表的列太多。"), remedy=_("请删除模板以外的列后再上传。"))


def _first_sheet(archive: zipfile.ZipFile) -> str:
    """The path of the sheet that stands first in the workbook."""
    book, relations = (_small_xml(archive, name) for name in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"))
    first = next((node for node in book.iter() if node.tag.rpartition("}")[2] == "sheet"), None)
    ids = {value for name, value in first.attrib.items() if name.endswith("}id")} if first is not None else set()
    target = next((node.get("Target", "") for node in relations if node.get("Id") in ids), "")
    path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    if path not in archive.namelist():
        raise UnreadableWorkbook(_("工作簿里没有工作表。"), remedy=_("请用“下载模板”得到的文件填写。"))
    return path


def _small_xml(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    try:
        content = archive.read(name) if archive.getinfo(name).file_size < 1_000_000 else b""
        if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
            raise KeyError(name)
        return ElementTree.fromstring(content)  # no entities can be declared here
    except (KeyError, ElementTree.ParseError, zipfile.BadZipFile):
        raise UnreadableWorkbook(_("工作簿无法读取，可能已损坏。"), remedy=_("请用 Excel 或 WPS 打开后另存为 .xlsx 再上传。")) from None


def column_number(letters: str) -> int:
    """A → 1, Z → 26, AA → 27"""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
