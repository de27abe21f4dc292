"""Names of organisations and people: one form for searching and comparing. What was written is kept and shown."""

import re

from quintet.reading.letters import unified

_BLANK_BESIDE_HAN = re.compile(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])|(?<=[()·\-]) | (?=[()·\-])")


def canonical(text: str) -> str:
    """The same for （） and (), · and •, Ａ１ and a1, with line breaks, repeated blanks and invisible characters or without; idempotent.

    Blanks count between Latin words alone. An empty text stays empty.
    """
    name = unified(text)
    joined = _BLANK_BESIDE_HAN.sub("", name)
    return name if joined == name else unified(joined)  # twice: without blanks, dashes may meet


def same(one: str, other: str) -> bool:
    """Whether two texts are one name."""
    return canonical(one) == canonical(other)
