"""Working days of the People's Republic of China, moved days included, as the State Council announced them year by year."""

from datetime import date, timedelta
from functools import lru_cache
from itertools import accumulate

import chinese_calendar
from django.utils.translation import gettext as _

from quintet.core.errors import DomainError
from quintet.look.words import cn_date


class CalendarUnknown(DomainError):
    """The holidays of that year are not announced or not yet in the calendar; nobody guesses them."""


def is_working_day(day: date) -> bool:
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        raise CalendarUnknown(
            _("%(year)d 年的放假安排尚未收录，无法计算工作日。") % {"year": day.year},
            where=cn_date(day),
            remedy=_("国务院办公厅公布放假安排后，请系统管理员升级 chinese-calendar。"),
        ) from None


def add_working_days(start: date, days: int) -> date:
    """The day on which a term of `days` working days that begins on the day after `start` ends."""
    if days < 0:
        raise ValueError("a term cannot be negative")
    day = start
    while days:
        day += timedelta(days=1)
        days -= is_working_day(day)
    return day


def working_days_between(start: date, end: date) -> int:
    """Working days after `start` up to and including `end`; negative when `end` lies before `start`. Quick over years, too."""
    if end < start:
        return -working_days_between(end, start)
    if start.year == end.year:
        running = _running(end.year)
        return running[_place(end)] - running[_place(start)]
    whole = sum(_running(year)[-1] for year in range(start.year + 1, end.year))
    first = _running(start.year)
    return first[-1] - first[_place(start)] + whole + _running(end.year)[_place(end)]


def _place(day: date) -> int:
    return day.timetuple().tm_yday


@lru_cache(maxsize=64)
def _running(year: int) -> tuple[int, ...]:
    """How many working days of a year have passed at the end of each of its days; the first is the day before it begins."""
    first = date(year, 1, 1)
    days = (date(year + 1, 1, 1) - first).days
    return tuple(accumulate((is_working_day(first + timedelta(days=n)) for n in range(days)), initial=0))
