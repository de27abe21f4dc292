"""Whether a PDF does something by itself: scripts (/JavaScript, /JS) and programs it starts (/Launch).

`python -m quintet.reading.pdfs` with the file as standard input. Objects are looked at as they stand and inside object streams, with
names written in hexadecimal as well. What is encrypted cannot be looked into, nor opened by whoever has no password, and is refused.
"""

import re
import sys
import zlib
from collections.abc import Iterator
from typing import IO

from quintet.reading.errors import Unreadable
from quintet.reading.processes import failure, limit, lines_of, told

MOST_OBJECTS = 64 * 2**20  # bytes of one object stream, unpacked
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
_OBJECTS = re.compile(rb"/Type\s*/ObjStm|/ObjStm")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_ENCRYPTED = re.compile(rb"/Encrypt\s*(?:\d+\s+\d+\s+R|<<)")
_ACTIVE = re.compile(rb"/(?:JavaScript|JS|Launch)(?![A-Za-z0-9_.\-])")


def check(file: IO[bytes], *, most_bytes: int) -> None:
    """Raises Unreadable for a PDF with scripts or programs in it. Read in a process of its own."""
    for _said in lines_of("pdfs", file, most_bytes=most_bytes):
        pass


def check_content(content: bytes) -> None:
    """Raises Unreadable (`pdf_encrypted`, `pdf_active`)."""
    for objects in _objects(content):
        names = _ESCAPE.sub(lambda code: bytes([int(code[1], 16)]), objects)
        if _ENCRYPTED.search(names):
            raise Unreadable("pdf_encrypted")
        if _ACTIVE.search(names):
            raise Unreadable("pdf_active")


def _objects(content: bytes) -> Iterator[bytes]:
    """What stands between the streams, and what object streams hold."""
    end = 0
    for stream in _STREAM.finditer(content):
        before = content[end : stream.start()]
        yield before
        if _OBJECTS.search(_ESCAPE.sub(lambda code: bytes([int(code[1], 16)]), before[-2000:])):
            yield _inflated(stream[1])
        end = stream.end()
    yield content[end:]


def _inflated(packed: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(packed, MOST_OBJECTS)
    except zlib.error:
        return packed


if __name__ == "__main__":
    limit()
    try:
        check_content(sys.stdin.buffer.read())
        result: dict[str, object] = {"active": False}
    except (Unreadable, MemoryError, RecursionError) as error:
        result = failure(error)
    told(result, sys.stdout)
