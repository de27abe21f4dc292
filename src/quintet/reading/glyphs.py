"""Which characters a font can draw: the `cmap` table of OpenType, in the format that covers all of Unicode (12)."""

import struct
from bisect import bisect_left, bisect_right
from pathlib import Path

Ranges = list[tuple[int, int]]


def drawn_by(path: Path) -> Ranges:
    """First and last code point of every range that the font has; of a collection, that of its first font."""
    content = path.read_bytes()
    start = struct.unpack(">I", content[12:16])[0] if content.startswith(b"ttcf") else 0
    count = struct.unpack(">H", content[start + 4 : start + 6])[0]
    for n in range(count):
        tag, _sum, offset, length = struct.unpack(">4sIII", content[start + 12 + 16 * n : start + 28 + 16 * n])
        if tag == b"cmap":
            return _ranges(content[offset : offset + length])
    return []


def _ranges(table: bytes) -> Ranges:
    ranges: Ranges = []
    for n in range(struct.unpack(">H", table[2:4])[0]):
        offset = struct.unpack(">I", table[8 + 8 * n : 12 + 8 * n])[0]
        if struct.unpack(">H", table[offset : offset + 2])[0] != 12:
            continue
        groups = struct.unpack(">I", table[offset + 12 : offset + 16])[0]
        rows = struct.iter_unpack(">III", table[offset + 16 : offset + 16 + 12 * groups])
        ranges += [(first, last) for first, last, _glyph in rows]
    return sorted(set(ranges))


def missing(text: str, ranges: Ranges) -> list[str]:
    """The characters of the text that the fonts cannot draw, each once, in their order. `ranges` of several fonts stand in any order."""
    shown = sorted({ord(letter) for letter in text if letter.isprintable() and not letter.isspace()})
    drawn: set[int] = set()
    for first, last in ranges:
        drawn.update(shown[bisect_left(shown, first) : bisect_right(shown, last)])
    return [letter for letter in dict.fromkeys(text) if letter.isprintable() and not letter.isspace() and ord(letter) not in drawn]
