"""Whether a photograph or a scan is whole: PNG (ISO/IEC 15948) and JPEG (ITU-T T.81) are followed from their first byte to their end.

`python -m quintet.reading.pictures` with the file as standard input. Of a PNG every critical chunk is compared with its sum and all rows
are unpacked; of a JPEG every segment is followed through all scans to the mark of its end. Nothing is drawn. What cameras write behind
the end is let be; an archive, a page or a program there makes another file of it and is refused.
"""

import io
import re
import sys
import zipfile
import zlib
from typing import IO

from quintet.reading.errors import Unreadable
from quintet.reading.processes import failure, limit, lines_of, told

MOST_PIXELS = 250_000_000  # a page of A0 at 300 dpi has 140 million, a photograph of a telephone up to 200
PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_DEPTHS = (1, 2, 4, 8, 16)
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))  # of Adam7
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE = frozenset([0x01, *range(0xD0, 0xD8)])  # marks without a length
_SCAN, _END = 0xDA, 0xD9
_PIECE = 1 << 20
_ANOTHER_FILE = re.compile(
    rb"PK\x03\x04|PK\x05\x06|Rar!\x1a\x07|7z\xbc\xaf\x27\x1c|%PDF-|<!doctype|<html|<script|<svg|<iframe|<\?php|<\?xml|\x7fELF|\AMZ",
    re.IGNORECASE,
)


def check(file: IO[bytes], *, most_bytes: int) -> None:
    """Raises Unreadable for a picture that is not whole or has too many pixels. Read in a process of its own."""
    for _said in lines_of("pictures", file, most_bytes=most_bytes):
        pass


def check_content(content: bytes) -> None:
    """Raises Unreadable (`picture_damaged`, `picture_pixels`, `picture_and_more`)."""
    end = _end_of_png(content) if content.startswith(PNG) else _end_of_jpeg(content)
    if _ANOTHER_FILE.search(content[end:]) or zipfile.is_zipfile(io.BytesIO(content)):
        raise Unreadable("picture_and_more")


def _check_size(width: int, height: int) -> None:
    if not width or not height:
        raise Unreadable("picture_damaged")
    if width * height > MOST_PIXELS:
        raise Unreadable("picture_pixels", most=MOST_PIXELS // 1_000_000)


def _end_of_png(content: bytes) -> int:
    place, awaited, unpacked = len(PNG), -1, 0
    rows = zlib.decompressobj()
    while True:
        length, kind = int.from_bytes(content[place : place + 4], "big"), content[place + 4 : place + 8]
        data, end = content[place + 8 : place + 8 + length], place + 12 + length
        if len(kind) < 4 or end > len(content):
            raise Unreadable("picture_damaged")
        if kind[:1].isupper() and zlib.crc32(kind + data) != int.from_bytes(content[end - 4 : end], "big"):
            raise Unreadable("picture_damaged")
        if awaited < 0:
            awaited = _bytes_of_rows(kind, data)
        elif kind == b"IDAT":
            unpacked += _unpacked(rows, data, awaited - unpacked)
        elif kind == b"IEND":
            break
        place = end
    if unpacked < awaited:
        raise Unreadable("picture_damaged")
    return end


def _bytes_of_rows(kind: bytes, head: bytes) -> int:
    """What all rows have, unpacked, by the head of a PNG."""
    if kind != b"IHDR" or len(head) != 13:
        raise Unreadable("picture_damaged")
    width, height = int.from_bytes(head[:4], "big"), int.from_bytes(head[4:8], "big")
    depth, colour, woven = head[8], head[9], head[12]
    _check_size(width, height)
    if depth not in _DEPTHS or colour not in _CHANNELS or woven > 1:
        raise Unreadable("picture_damaged")
    bits = depth * _CHANNELS[colour]
    sizes = [(-(-(width - x) // dx), -(-(height - y) // dy)) for x, y, dx, dy in _PASSES] if woven else [(width, height)]
    return sum(rows * (1 + -(-columns * bits // 8)) for columns, rows in sizes if columns > 0 and rows > 0)


def _unpacked(rows: "zlib._Decompress", data: bytes, most: int) -> int:
    """How many bytes come out, counted and thrown away; what is more than awaited is left packed."""
    count = 0
    try:
        while data and count < most:
            count += len(rows.decompress(data, min(_PIECE, most - count)))
            data = rows.unconsumed_tail
    except zlib.error:
        raise Unreadable("picture_damaged") from None
    return count


def _end_of_jpeg(content: bytes) -> int:
    place, framed, scans = len(JPEG), False, 0
    while True:
        place, mark = _next_mark(content, place)
        if mark == _END:
            break
        if mark in _ALONE:
            continue
        length = int.from_bytes(content[place : place + 2], "big")
        if length < 2 or place + length > len(content):
            raise Unreadable("picture_damaged")
        if mark in _FRAMES:
            _check_size(int.from_bytes(content[place + 5 : place + 7], "big"), int.from_bytes(content[place + 3 : place + 5], "big"))
            framed = True
        place += length
        if mark == _SCAN:
            begin, place = place, _end_of_scan(content, place)
            scans += place > begin
    if not framed or not scans:
        raise Unreadable("picture_damaged")
    return place


def _next_mark(content: bytes, place: int) -> tuple[int, int]:
    if content[place : place + 1] != b"\xff":
        raise Unreadable("picture_damaged")
    while content[place : place + 1] == b"\xff":
        place += 1
    if place >= len(content) or not content[place]:
        raise Unreadable("picture_damaged")
    return place + 1, content[place]


def _end_of_scan(content: bytes, place: int) -> int:
    """Where the mark behind the coded data stands."""
    while (place := content.find(b"\xff", place)) >= 0:
        following = content[place + 1 : place + 2]
        if following == b"\xff":
            place += 1
        elif following == b"\0" or b"\xd0" <= following <= b"\xd7":
            place += 2
        else:
            return place
    raise Unreadable("picture_damaged")


if __name__ == "__main__":
    limit()
    try:
        check_content(sys.stdin.buffer.read())
        result: dict[str, object] = {"whole": True}
    except (Unreadable, MemoryError, RecursionError) as error:
        result = failure(error)
    told(result, sys.stdout)
