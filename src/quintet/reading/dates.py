"""Days as people, banks and workbooks write them."""

import re
from datetime import date, datetime, timedelta

from quintet.reading.errors import Unreadable, short
from quintet.reading.letters import narrow

_PUNCTUATED = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})", re.ASCII)
_CHINESE = re.compile(r"(\d{4}) ?年 ?(\d{1,2}) ?月 ?(\d{1,2}) ?[日号]", re.ASCII)
_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_DIGITS_AND_TIME = re.compile(r"(\d{4})(\d{2})(\d{2})(?:[01]\d|2[0-3])[0-5]\d[0-5]\d", re.ASCII)
_TIME = re.compile(
    r"(?:T| +|(?<=[日号])) *(?:[上下中]午|凌晨|晚上)? *(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?: ?[AP]M)?(?:Z| ?[+-]\d\d:?\d\d)?$",
    re.ASCII | re.IGNORECASE,
)
_DASHES = re.compile("[‐‑‒–—−]")
_OTHER_ORDER = re.compile(r"\d{1,2}[-/.年]\d{1,2}[-/.月]\d{1,4}日?", re.ASCII)
EARLIEST, LATEST = date(1900, 1, 1), date(2150, 12, 31)  # what is counted with afterwards stays far from the ends of the calendar
YEARS = (1900, 2101)  # a bare number between these is a year or, as 2021.6, a month; as a serial it would be a day of 1905
DAYS_APART = 1462  # days between the first days of workbooks that count from 1900 and from 1904
_LAST_SERIAL = 73_415  # 2100-12-31


def day(value: str | int | float | date, *, from_1904: bool = False) -> date:
    """2021/12/6, 2021-12-6, 2021.12.06, 2021年12月6日, 20211206, each with a time behind it (as clocks, banks and ISO 8601 write it), and serials of a workbook. Raises Unreadable.

    A day before EARLIEST or after LATEST is refused in every form.

    The year stands first and has four digits: 6/12/2021 and 21-12-6 can be read in several ways and are refused. A serial counts
    days as Excel does, from 1904 in workbooks that say so; Excel's 29 February 1900 is no day.
    """
    found = _read(value, from_1904=from_1904)
    if not EARLIEST <= found <= LATEST:
        raise Unreadable("day_out_of_reach", text=found.isoformat(), first=EARLIEST.isoformat(), last=LATEST.isoformat())
    return found


def _read(value: str | int | float | date, *, from_1904: bool) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, bool):
        raise Unreadable("day_not_a_day", text=short(value))
    if isinstance(value, (int, float)):
        return _of_number(value, from_1904=from_1904)
    text = _TIME.sub("", _DASHES.sub("-", narrow(value))).strip()
    written = _PUNCTUATED.fullmatch(text)
    parts = (written[1], written[3], written[4]) if written else None
    if other := _CHINESE.fullmatch(text) or _DIGITS.fullmatch(text) or _DIGITS_AND_TIME.fullmatch(text):
        parts = (other[1], other[2], other[3])
    if parts is None:
        raise Unreadable("day_ambiguous" if _OTHER_ORDER.fullmatch(text) else "day_not_a_day", text=short(text))
    return _made(parts, text)


def _made(parts: tuple[str, str, str], text: object) -> date:
    try:
        return date(int(parts[0]), int(parts[1]), int(parts[2]))
    except ValueError:
        raise Unreadable("day_impossible", text=short(text)) from None


def _of_number(value: int | float, *, from_1904: bool) -> date:
    if not 0 < value < 100_000_000 or YEARS[0] <= value < YEARS[1]:
        raise Unreadable("day_not_a_day", text=short(value))
    whole = int(value)
    if value == whole and (written := _DIGITS.fullmatch(str(whole))):
        return _made((written[1], written[2], written[3]), whole)
    return of_serial(value, from_1904=from_1904)


def of_serial(value: int | float, *, from_1904: bool = False) -> date:
    """The day that a workbook stores as a number. Raises Unreadable for 0, for Excel's 29 February 1900 and beyond 2100."""
    serial = int(value) + (DAYS_APART if from_1904 else 0)
    if value < 0 or not 1 <= serial <= _LAST_SERIAL or serial == 60:
        raise Unreadable("day_not_a_day", text=short(value))
    return date(1899, 12, 30) + timedelta(days=serial + (serial < 60))
