"""What the number formats of a workbook make of a number: a day, a percentage, words beside it, another figure or none.

After ECMA-376, 18.8.30: up to three sections for numbers, each for what its condition or its place says.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from operator import eq, ge, gt, le, lt, ne
from typing import Any

DAY, PERCENT = "d", "%"
NO_ROOM = "########"  # what a cell shows that has nothing to show
_DAYS = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])  # built in; 27 to 58 in Chinese editions
_PERCENTAGES = frozenset([9, 10])
_LITERAL = r'"[^"]*"?|\[[^\]]*\]|[\\!].|_.|\*.'  # quoted, in brackets, escaped, widths, fillers
_NOT_SHOWN = re.compile(_LITERAL, re.DOTALL)
_SECTION = re.compile(rf"(?:{_LITERAL}|[^;])*", re.DOTALL)
_WHOLE_NUMBER = "General"
_NAMED = re.compile(r"general|g/通用格式", re.IGNORECASE)
_PIECES = re.compile(rf"{_LITERAL}|{_WHOLE_NUMBER}|.", re.DOTALL)
_POWER_OR_FRACTION = re.compile(r"(?<=[0#?.])[eE][-+][0#?]+| ?[0#?]+ ?/ ?[0#?\d]+")
_SCALED = re.compile(r"[0#?](,{1,9})(?![0#?,])")  # commas behind the last digit: thousands, millions
_CONDITION = re.compile(r"\[(<=|>=|<>|<|>|=)(-?\d+(?:\.\d+)?)\]", re.ASCII)
_SIGNS = {"<": lt, "<=": le, ">": gt, ">=": ge, "=": eq, "<>": ne}
_PASSED_TIME = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
_CURRENCY = re.compile(r"\[\$([^\]-]*)(?:-([^\]]*))?\]")
_JAPAN = ("411", "ja-jp")  # whose currency has the sign of ours
_NOTHING_BESIDE = frozenset(" \xa0¥￥元圆")  # beside a number they change nothing


@dataclass(frozen=True)
class Words:
    """What stands before and after a number, how often it is divided by a thousand, how many of its last digits stand behind a point
    that is only written; whether it is there at all, and whether a zero is."""

    before: str = ""
    after: str = ""
    scaled: int = 0
    behind: int = 0
    number: bool = True
    zero: bool = True

    @property
    def changes_nothing(self) -> bool:
        return self.number and self.zero and not (self.scaled or self.behind or set(self.before + self.after) - _NOTHING_BESIDE)

    def beside(self, number: int | float) -> str:
        return f"{self.before}{self._figure(number)}{self.after}"[:40]

    def _figure(self, number: int | float) -> str:
        if not self.number or (number == 0 and not self.zero):
            return ""
        if self.behind:
            whole = f"{abs(number) / 1000**self.scaled:.0f}".rjust(self.behind + 1, "0")
            return f"{'-' if number < 0 else ''}{whole[: -self.behind]}.{whole[-self.behind :]}"
        return f"{number / 1000**self.scaled:.15g}"


@dataclass(frozen=True)
class Section:
    """`kind` is DAY, PERCENT, zeros that a number is filled up with, words, or "" for a number as it is."""

    sign: str  # one of < > <= >= = <>; "" for every number
    limit: float
    kind: str | Words

    def holds(self, number: int | float) -> bool:
        return not self.sign or _SIGNS[self.sign](number, self.limit)


Format = tuple[Section, ...]


def format_of(number: str, codes: Mapping[str, str]) -> Format:
    """The sections of a number format by its id; empty where every number looks as it is."""
    code = codes.get(number)
    if code is None:
        known = int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 0
        kind = DAY if known in _DAYS else PERCENT if known in _PERCENTAGES else ""
        return (Section("", 0, kind),) if kind else ()
    texts = _sections(_NAMED.sub(_WHOLE_NUMBER, code))
    made = tuple(_section(text, place, len(texts)) for place, text in enumerate(texts))
    return made if made[-1].sign or any(section.kind for section in made) else ()


def styled(number: int | float, format: Format) -> Any:
    """The cell: the number itself, ["d", number] for a day, ["s", number, text] where it looks otherwise."""
    kind = next((section.kind for section in format if section.holds(number)), Words(NO_ROOM, number=False))
    if kind == DAY:
        return [DAY, number]
    if kind == PERCENT:
        return ["s", number, f"{float(f'{number * 100:.15g}'):.15g}%"]
    if isinstance(kind, Words):
        return ["s", number, kind.beside(number)]
    padded = f"{number:0{len(kind)}.0f}" if kind else str(number)
    return ["s", number, padded] if padded != str(number) else number


def _sections(code: str) -> list[str]:
    """The sections for numbers: a fourth, and a last one with the sign of a text, are for texts."""
    texts, start = [], 0
    while start <= len(code) and (found := _SECTION.match(code, start)):
        texts.append(found[0])
        start = found.end() + 1
    if len(texts) > 1 and "@" in _NOT_SHOWN.sub("", texts[-1]):
        texts.pop()
    return texts[:3]


def _section(text: str, place: int, count: int) -> Section:
    kind = _kind(text, alone=count == 1)
    if condition := _CONDITION.search(text):
        return Section(condition[1], float(condition[2]), kind)
    if place == 1 and isinstance(kind, Words):  # negative numbers, without their sign unless it is written
        kind = Words(kind.before.strip("-( "), kind.after.strip(") "), kind.scaled, kind.behind, kind.number, kind.zero)
        kind = "" if kind.changes_nothing else kind
    sign = "" if place == count - 1 else ("<" if place else ">" if count == 3 else ">=")
    return Section(sign, 0, kind)


def _kind(text: str, *, alone: bool) -> str | Words:
    shown = _NOT_SHOWN.sub("", text)
    if (re.search(r"[ymdhs]", shown, re.IGNORECASE) or _PASSED_TIME.search(text)) and _WHOLE_NUMBER not in shown:
        return DAY
    if "%" in shown:
        return PERCENT
    if not shown and (alone or "[" in text) and not _beside(text).before:
        return ""
    words = _beside(_POWER_OR_FRACTION.sub("", text))
    if not words.changes_nothing:
        return words
    return shown if re.fullmatch(r"0{2,}", shown) else ""


def _beside(text: str) -> Words:
    before, after, behind = "", "", 0
    there = zero = False
    for piece in _PIECES.findall(text):
        if piece in ("@", _WHOLE_NUMBER):
            there = zero = True
        elif piece in ("0", "#", "?"):
            behind, after = (behind + 1 if behind or after == "." else 0), "" if after == "." else after
            there, zero = True, zero or piece == "0"
        elif word := _word(piece):
            before, after = (before, after + word) if there else (before + word, after)
    scaled = len(found[1]) if (found := _SCALED.search(_NOT_SHOWN.sub("", text))) else 0
    return Words(before, after, scaled, min(behind, 9), there, zero)


def _word(piece: str) -> str:
    """What a piece of a format adds to the digits."""
    if currency := _CURRENCY.fullmatch(piece):
        return currency[1] + ("（日元）" if (currency[2] or "").lower() in _JAPAN else "")
    if piece[0] == '"':
        return piece.strip('"')
    return "" if piece[0] in "[_*,." else piece[-1]
