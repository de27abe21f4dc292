"""How audit lines are bound to each other: plain hashing, so that anybody can check a receipt with thirty lines of their own.

- content  = SHA-256 of the line's fields as JSON (`by` is the name of who did it, `person` the key of their account or null): keys sorted, no spaces, UTF-8, times in UTC with microseconds.
- hash     = SHA-256 of the text `previous + content`, both in hexadecimal; the first line's `previous` is 64 zeros.
- root     = Merkle root of a day's contents: leaf = SHA-256(00 ‖ content), inner = SHA-256(01 ‖ left ‖ right), as bytes; an odd
  last one moves up unchanged; a day without lines has 64 zeros.
- digest   = SHA-256 of the text `previous digest + day + first + last + root + hash of the last line`, joined with line feeds.
"""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

NOTHING = "0" * 64
Step = tuple[str, str]  # on which side the neighbour stands ("left" or "right"), and its value


def content_of(
    *, number: int, at: datetime, by: str, person: int | None, action: str, record: str, title: str, details: dict[str, Any]
) -> str:
    fields = {
        "number": number, "at": at.astimezone(UTC).isoformat(timespec="microseconds"), "by": by, "person": person, "action": action, "record": record,
        "title": title, "details": details,
    }  # fmt: skip
    return sha256(json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()).hexdigest()


def bound(previous: str, content: str) -> str:
    return sha256((previous + content).encode()).hexdigest()


def _leaf(content: str) -> bytes:
    return sha256(b"\0" + bytes.fromhex(content)).digest()


def _levels(contents: Sequence[str]) -> list[list[bytes]]:
    levels = [[_leaf(content) for content in contents]]
    while len(levels[-1]) > 1:
        below = levels[-1]
        pairs = [sha256(b"\1" + below[n] + below[n + 1]).digest() for n in range(0, len(below) - 1, 2)]
        levels.append(pairs + below[len(pairs) * 2 :])
    return levels


def root_of(contents: Sequence[str]) -> str:
    return _levels(contents)[-1][0].hex() if contents else NOTHING


def path_of(contents: Sequence[str], place: int) -> list[Step]:
    """The neighbours that lead from the content at `place` up to the root."""
    path: list[Step] = []
    for level in _levels(contents)[:-1]:
        neighbour = place ^ 1
        if neighbour < len(level):
            path.append(("left" if neighbour < place else "right", level[neighbour].hex()))
        place //= 2
    return path


def root_from(content: str, path: Sequence[Step]) -> str:
    """The root that a content and its neighbours lead to."""
    value = _leaf(content)
    for side, neighbour in path:
        other = bytes.fromhex(neighbour)
        value = sha256(b"\1" + (other + value if side == "left" else value + other)).digest()
    return value.hex()


def digest_of(previous: str, day: date, first: int, last: int, root: str, tip: str) -> str:
    return sha256("\n".join([previous, day.isoformat(), str(first), str(last), root, tip]).encode()).hexdigest()
