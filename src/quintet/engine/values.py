"""Values of the policy: types and units, money in fen, exact rates, dates as days, rounding.

Inside the engine a number is an exact rational: `Fraction` in the reference interpreter, a pair of integers in generated code.
Money is counted in fen, dates in days since 1970-01-01, text from closed lists. `None` is *unknown*, never zero.
"""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from quintet.reading.dates import EARLIEST as EARLIEST
from quintet.reading.dates import LATEST as LATEST

EPOCH = date(1970, 1, 1).toordinal()
INT64 = 2**63 - 1

# unit → (dimension, how many of the base unit). Percent is a number without dimension that is shown per hundred.
UNITS: dict[str, tuple[str, Fraction]] = {
    "yuan": ("yuan", Fraction(100)),  # base: fen
    "percent": ("", Fraction(1, 100)),
    "ratio": ("", Fraction(1)),
    "people": ("people", Fraction(1)),
    "items": ("items", Fraction(1)),
    "points": ("points", Fraction(1)),
    "days": ("days", Fraction(1)),
    "months": ("months", Fraction(1)),
    "years": ("years", Fraction(1)),
}
UNIT_WORDS = {
    "yuan": ("元", "yuan"),
    "percent": ("%", "%"),
    "ratio": ("", ""),
    "people": ("人", "people"),
    "items": ("项", "items"),
    "points": ("分", "points"),
    "days": ("天", "days"),
    "months": ("个月", "months"),
    "years": ("年", "years"),
}
_SPELLED = {"%": "percent", "元": "yuan", "人": "people", "项": "items", "件": "items", "分": "points", "天": "days", "日": "days"}
_SPELLED |= {"年": "years", "个月": "months", "月": "months", "fen": "fen", "万元": "万元", "亿元": "亿元"}
_QUANTITY = re.compile(r"(-?[\d,_.]+)\s*([^\d\s.,_-]*)", re.ASCII)


class Type(NamedTuple):
    """The type of an expression: kind is number, bool, date or text; a number has a unit, a text its closed list."""

    kind: str
    unit: str = ""
    dimension: tuple[tuple[str, int], ...] = ()
    choices: tuple[str, ...] = ()

    def says(self) -> str:
        if self.kind != "number":
            return {"bool": "a yes-or-no", "date": "a date", "text": "a text"}[self.kind]
        if not self.dimension:
            return "a percentage" if self.unit == "percent" else "a plain number"
        if self.unit in UNITS and len(self.dimension) == 1:
            return f"in {self.unit}"
        return "in " + " × ".join(f"{name}^{power}" if power != 1 else name for name, power in self.dimension)


BOOL, DATE = Type("bool"), Type("date")
PLAIN = Type("number", "ratio")


def number(unit: str) -> Type:
    """The type of a number in a named unit."""
    dimension = UNITS[unit][0]
    return Type("number", unit, ((dimension, 1),) if dimension else ())


def combined(left: Type, right: Type, sign: int) -> Type:
    """The type of a product (sign 1) or quotient (sign -1) of two numbers."""
    powers = dict(left.dimension)
    for name, power in right.dimension:
        powers[name] = powers.get(name, 0) + sign * power
    dimension = tuple(sorted((name, power) for name, power in powers.items() if power))
    if not dimension:
        return Type("number", "ratio" if left.dimension == right.dimension == () else "percent")
    unit = next((unit for unit, (base, _) in UNITS.items() if dimension == ((base, 1),)), "")
    return Type("number", unit, dimension)


def parse_quantity(text: object, unit: str) -> Fraction:
    """`'1,000,000 yuan'`, `'4.35 %'`, `'100 万元'` or a bare number as an exact count of the base unit (fen for money).

    Raises ValueError with what is wrong.
    """
    if isinstance(text, bool) or not isinstance(text, (int, str)):
        raise ValueError(f"{text!r} is not an exact number; write it like 12 or '4.35 %'")
    from quintet.reading.amounts import exactly  # not for those who read no text: it would be loaded with every program
    from quintet.reading.errors import Unreadable
    from quintet.reading.letters import narrow

    match = _QUANTITY.fullmatch(narrow(str(text)))
    try:
        # Digits alone may be as many as a pack has: whoever uses the figure says that it is too great.
        digits = None if match is None else Fraction(match[1]) if match[1].isdecimal() else Fraction(exactly(match[1]))
    except Unreadable:
        digits = None
    if match is None or digits is None:
        raise ValueError(f"{text!r} is not a number with a unit, like '100,000 yuan' or '4.35 %'")
    spelled = match[2]
    written = _SPELLED.get(spelled, spelled)
    value = digits
    if written in ("万元", "亿元", "fen"):
        if unit != "yuan":
            raise ValueError(f"{text!r} is money, but {unit} is wanted")
        return value * {"万元": 1_000_000, "亿元": 10_000_000_000, "fen": 1}[written]
    if not written:
        if unit in ("yuan", "percent"):
            raise ValueError(f"{text!r} lacks its unit; write '{text} {'%' if unit == 'percent' else unit}'")
        return value * UNITS[unit][1]
    if written not in UNITS or UNITS[written][0] != UNITS[unit][0]:
        raise ValueError(f"{text!r} is in {spelled}, but {unit} is wanted")
    return value * UNITS[written][1]


def half_up(value: Fraction) -> int:
    """Round to the nearest integer, a half upwards."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def days_of(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - EPOCH


def date_of(days: int) -> date:
    """The date that many days after 1970-01-01."""
    return date.fromordinal(days + EPOCH)


def add_years(day: date, years: int) -> date:
    """The same day so many years on; 29 February becomes the 28th in a common year."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def yuan_text(fen: int) -> str:
    """Fen as yuan with two decimals and thousands separators: 10000000 → '100,000.00'."""
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{fen // 100:,}.{fen % 100:02d}"


def number_text(value: Fraction | int, unit: str, lang: str = "zh") -> str:
    """A number as an accountant reads it, with its unit. Rates keep two decimals unless they are shorter."""
    word = UNIT_WORDS.get(unit, ("", ""))[lang == "en"]
    if unit == "yuan":
        shown = yuan_text(half_up(Fraction(value)))
        return f"{shown} {word}"
    shown_value = Fraction(value) / UNITS[unit][1] if unit in UNITS else Fraction(value)
    if shown_value.denominator == 1:
        shown = f"{shown_value.numerator:,}"
    else:
        cents = half_up(shown_value * 100)
        shown = f"{'-' if cents < 0 else ''}{abs(cents) // 100:,}.{abs(cents) % 100:02d}".rstrip("0").rstrip(".")
    return f"{shown} {word}".strip() if unit != "percent" else f"{shown}%"


def date_text(day: date, lang: str = "zh") -> str:
    """2020年3月1日 or 1 March 2020."""
    if lang == "zh":
        return f"{day.year}年{day.month}月{day.day}日"
    months = "January February March April May June July August September October November December".split()
    return f"{day.day} {months[day.month - 1]} {day.year}"
