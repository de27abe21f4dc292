"""Working days of the People's Republic of China, moved days included, as the State Council announced them year by year."""

from datetime import date, timedelta

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
    """Working days after `start` up to and including `end`; negative when `end` lies before `start`."""
    if end < start:
        return -working_days_between(end, start)
    return sum(is_working_day(start + timedelta(days=n)) for n in range(1, (end - start).days + 1))
