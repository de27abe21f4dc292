"""How money, dates and rates are written, in Chinese and in English; never through a float."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

KEPT_DAY = re.compile(
    r"(?<![\d-])(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(?![\d-])|(?<!\d)(\d{4})年([1-9]|1[0-2])月([1-9]|[12]\d|3[01])日"
)
MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]


def english() -> bool:
    return (get_language() or "").startswith("en")


def yuan(fen: int) -> str:
    """10000000 → 100,000.00 元"""
    number = _grouped(fen, 100, 2)
    return f"CNY {number}" if english() else f"{number} 元"


def wan(fen: int) -> str:
    """10000000 → 10 万元; every fen stays visible, zeros at the end do not."""
    if english():
        number = _grouped(fen, 100, 2)
        return "CNY " + number.removesuffix(".00")
    number = _grouped(fen, 1_000_000, 6).rstrip("0").rstrip(".")
    return f"{number} 万元"


def about_wan(fen: int) -> str:
    """For totals and charts: 1,247,198,716 → 1,247.2 万元, rounded half up to a hundredth; the exact sum stands in the table beside."""
    if english():
        return f"CNY {(fen + 50) // 100:,}"
    number = _grouped((fen + 5_000) // 10_000, 100, 2).rstrip("0").rstrip(".")
    return f"{number} 万元"


def cn_date(day: date) -> str:
    """2020年3月1日; in English 1 March 2020. A time is taken in the city's time zone."""
    if isinstance(day, datetime):
        day = timezone.localtime(day).date() if timezone.is_aware(day) else day.date()
    if english():
        return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
    return f"{day.year}年{day.month}月{day.day}日"


def cn_time(at: datetime, *, seconds: bool = False) -> str:
    """2020年3月1日 09:30; in English 1 March 2020, 09:30. In the city's time zone."""
    local = timezone.localtime(at) if timezone.is_aware(at) else at
    clock = f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}"
    return f"{cn_date(local)}, {clock}" if english() else f"{cn_date(local)} {clock}"


def cn_month(day: date) -> str:
    """2020年3月; in English March 2020."""
    return f"{MONTHS[day.month - 1]} {day.year}" if english() else f"{day.year}年{day.month}月"


def days_said(text: str) -> str:
    """A text that was kept, with its dates (2020-03-01 or 2020年3月1日) as the page writes them."""

    def written(found: re.Match[str]) -> str:
        try:
            return cn_date(date(*(int(part) for part in found.groups() if part)))
        except ValueError:  # 30 February
            return found[0]

    return KEPT_DAY.sub(written, text)


def percent(rate: Fraction | Decimal | int | float, places: int = 2) -> str:
    """Fraction(1, 3) → 33.33%; rounded half up at `places`, zeros at the end dropped."""
    exact = Fraction(rate) * 100
    rounded = (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    text = f"{rounded:,f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) + "%"


def count(number: int) -> str:
    return f"{number:,}"


def listed(items: Iterable[object]) -> str:
    """甲、乙、丙; in English with commas."""
    return (", " if english() else "、").join(str(item) for item in items)


def unknown() -> str:
    return _("未知")


def _grouped(fen: int, unit: int, places: int) -> str:
    whole, rest = divmod(abs(fen), unit)
    return f"{'−' if fen < 0 else ''}{whole:,}.{rest:0{places}d}"
