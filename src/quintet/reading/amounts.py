"""Amounts and other figures: read strictly, kept as whole steps of their smallest unit."""

import math
import re
from decimal import Decimal

from quintet.reading.errors import Unreadable, short
from quintet.reading.letters import narrow

GREATEST = 10**15  # steps: ten trillion yuan in fen, more than any city's figures, and exact in a cell of a workbook
DIGITS = 15  # what Excel and WPS keep of a number
_PLAIN = re.compile(r"-?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?", re.ASCII)
WAN = 10_000
_UNITS = {"元": 1, "圆": 1, "万": WAN, "万元": WAN, "亿": WAN * WAN, "亿元": WAN * WAN}
_WITH_UNIT = re.compile(r"([^元圆万亿]*?)\s*([元圆万亿]{0,2})")


def steps(value: str | int | float, *, places: int = 0, least: int = 0, greatest: int = GREATEST, times: int = 1) -> int:
    """A figure with at most `places` decimals as whole steps; `times` is 10,000 where a form asks for 万.

    A number of a workbook counts with 15 digits, as the program that stored it shows it. Raises Unreadable.
    """
    exact = exactly(value)
    if exact.adjusted() > 20 or abs(whole := exact.scaleb(places) * times) > greatest:
        raise Unreadable("amount_too_great", text=short(value))
    if whole != whole.to_integral_value():
        raise Unreadable("amount_places", text=short(value), places=places + (len(str(times)) - 1))
    if whole < least:
        raise Unreadable("amount_too_small", text=short(value), least=f"{Decimal(least).scaleb(-places) / times:f}")
    return int(whole)


def exactly(value: str | int | float) -> Decimal:
    """The figure as written. 1,234,567.89 and full-width digits are read; ², 1e5, 1_000, 1,0,0 and 1,23 are not. Raises Unreadable."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise Unreadable("amount_not_a_number", text=short(value))
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise Unreadable("amount_not_a_number", text=short(value))
        return Decimal(f"{value:.{DIGITS}g}")
    text = narrow(value)
    if not _PLAIN.fullmatch(text) or len(text) > 60:
        raise Unreadable("amount_not_a_number", text=short(text))
    return Decimal(text.replace(",", ""))


def fen(value: str | int | float, *, least: int = 0, greatest: int = GREATEST, times: int = 1) -> int:
    """Yuan with at most two decimals as fen (with `times=WAN` 万元 with six). Raises Unreadable."""
    return steps(value, places=2, least=least, greatest=greatest, times=times)


def money(text: str, *, least: int = -GREATEST, greatest: int = GREATEST) -> int:
    """Yuan as people answer a question: 1,234.5, 1000万元 or 3 亿, as fen. Raises Unreadable."""
    parts = _WITH_UNIT.fullmatch(narrow(text))
    if parts is None or (parts[2] and parts[2] not in _UNITS):
        raise Unreadable("amount_not_a_number", text=short(narrow(text)))
    return fen(parts[1], least=least, greatest=greatest, times=_UNITS[parts[2]] if parts[2] else 1)
