"""Pictures as cameras and scanners write them, made part by part."""

import zlib


def chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def png(width: int = 3, height: int = 2, *, rows: bytes | None = None, depth: int = 8, colour: int = 2, woven: int = 0) -> bytes:
    """Colours of eight bits where nothing else is said."""
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([depth, colour, 0, 0, woven])
    packed = zlib.compress(bytes(height * (1 + 3 * width)) if rows is None else rows)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def jpg(width: int = 16, height: int = 16, *, data: bytes = b"\x12\xff\x00\x34\xff\xd0\x56", end: bytes = b"\xff\xd9") -> bytes:
    size = height.to_bytes(2, "big") + width.to_bytes(2, "big")
    frame = b"\xff\xc0\x00\x0b\x08" + size + b"\x01\x01\x11\x00"
    return b"\xff\xd8\xff\xe0\x00\x04\x4a\x46" + frame + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + data + end
