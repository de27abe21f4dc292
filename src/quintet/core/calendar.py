"""Working days of the People's Republic of China, moved days included, as the State Council announced them year by year.

A year's plan is what operators entered and confirmed (`core.holidays`); for a year without one, what the package chinese-calendar knows. Of a year that
neither knows, nothing is guessed for a day that has come; a term that only reaches into it may be reckoned by the week alone, as provisional
(docs/decisions/0012).
"""

from calendar import isleap
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, timedelta
from functools import lru_cache
from itertools import accumulate

import chinese_calendar
from django.utils.translation import gettext as _

from quintet.core.errors import DomainError
from quintet.core.models import HolidayPlan
from quintet.look.words import cn_date

Days = tuple[tuple[date, bool], ...]  # (day, works) of every day that does not follow the week
Plans = dict[int, Days]
_held: ContextVar[list[Plans] | None] = ContextVar("held_plans", default=None)


class CalendarUnknown(DomainError):
    """The holidays of that year are not announced or not yet in the calendar; nobody guesses them."""


@contextmanager
def held() -> Iterator[None]:
    """Read the entered plans once for all that is reckoned inside: a request, a job. What other processes change is seen by the next."""
    token = _held.set([])
    try:
        yield
    finally:
        _held.reset(token)


def is_working_day(day: date) -> bool:
    works = _works(day, _plans())
    if works is None:
        raise _unknown(day)
    return works


def is_known(year: int) -> bool:
    return _known(year, _plans())


def is_provisional(day: date) -> bool:
    """Whether a last day on this day would be reckoned by the week alone, for now."""
    return not is_known(day.year)


def term_day(day: date) -> str:
    """The last day of a term for people: marked where it goes by the week for now."""
    return cn_date(day) + (_("（暂定）") if is_provisional(day) else "")


def add_working_days(start: date, days: int, *, provisional: bool = False) -> date:
    """The day on which a term of `days` working days that begins on the day after `start` ends.

    Raises CalendarUnknown where the plan of a year is missing. A `provisional` term may reach into such years from one whose plan is
    known: there it goes by the week, and is moved on when the plan is confirmed (core.holidays).
    """
    if days < 0:
        raise ValueError("a term cannot be negative")
    plans, day = _plans(), start
    by_week = provisional and _known(start.year, plans)
    while days:
        if day == date.max:
            raise _unknown(day)
        day += timedelta(days=1)
        works = _works(day, plans)
        if works is None:
            if not by_week or day.year == start.year:
                raise _unknown(day)
            works = day.weekday() < 5
        days -= works
    return day


def working_days_between(start: date, end: date) -> int:
    """Working days after `start` up to and including `end`; negative when `end` lies before `start`. Quick over years, too.

    A year whose plan is missing goes by the week when the term comes from a year that is known.
    """
    plans, first = _plans(), min(start, end)
    if not _known(first.year, plans):
        raise _unknown(first)
    return _between(start, end, plans)


def postponed(day: date, *, after: date, before: Plans, now: Plans) -> date:
    """Where a last day lies once the plans changed from `before` to `now`: as many working days after `after`, never earlier than was told.

    At the end of the calendar it stays there.
    """
    if day <= after:
        return day
    left = _between(after, day, before) - _between(after, day, now)
    while left > 0 and day < date.max:
        day += timedelta(days=1)
        left -= _by_week(day, now)
    return day


def entered_plans() -> Plans:
    """The plans in force that operators entered."""
    rows = HolidayPlan.objects.filter(state=HolidayPlan.State.IN_FORCE).values_list("year", "days")
    return {year: tuple((date.fromisoformat(day), bool(works)) for day, works, _name in days) for year, days in rows}


def shipped_days(year: int) -> Days:
    """What the package knows of a year, in the form of a plan; empty where it knows nothing."""
    try:
        return tuple((day, works) for day in _days(year) if (works := bool(chinese_calendar.is_workday(day))) != (day.weekday() < 5))
    except NotImplementedError:
        return ()


def _plans() -> Plans:
    holder = _held.get()
    if holder is None:
        return entered_plans()
    if not holder:
        holder.append(entered_plans())
    return holder[0]


def _known(year: int, plans: Plans) -> bool:
    return year in plans or _shipped(year)


@lru_cache(maxsize=16_384)
def _shipped(year: int) -> bool:
    try:
        chinese_calendar.is_workday(date(year, 1, 1))
    except NotImplementedError:
        return False
    return True


def _works(day: date, plans: Plans) -> bool | None:
    """None where the plan of the year is missing."""
    if day.year in plans:
        return _entered(plans[day.year]).get(day, day.weekday() < 5)
    return bool(chinese_calendar.is_workday(day)) if _shipped(day.year) else None


def _by_week(day: date, plans: Plans) -> bool:
    works = _works(day, plans)
    return day.weekday() < 5 if works is None else works


@lru_cache(maxsize=64)
def _entered(days: Days) -> dict[date, bool]:
    return dict(days)


def _between(start: date, end: date, plans: Plans) -> int:
    """Years whose plan is missing go by the week."""
    if end < start:
        return -_between(end, start, plans)
    if start.year == end.year:
        running = _running(end.year, plans.get(end.year))
        return running[_place(end)] - running[_place(start)]
    whole = sum(_whole_year(year, plans) for year in range(start.year + 1, end.year))
    first = _running(start.year, plans.get(start.year))
    return first[-1] - first[_place(start)] + whole + _running(end.year, plans.get(end.year))[_place(end)]


def _place(day: date) -> int:
    return day.timetuple().tm_yday


@lru_cache(maxsize=64)
def _running(year: int, entered: Days | None) -> tuple[int, ...]:
    """How many working days of a year have passed at the end of each of its days; the first is the day before it begins."""
    plans = {} if entered is None else {year: entered}
    return tuple(accumulate((_by_week(day, plans) for day in _days(year)), initial=0))


def _whole_year(year: int, plans: Plans) -> int:
    """The working days of a year."""
    if _known(year, plans):
        return _running(year, plans.get(year))[-1]
    # Fifty-two weeks, and the one or two days by which a year is longer; a term without end is reckoned over thousands of years.
    first = date(year, 1, 1).weekday()
    return 260 + sum((first + n) % 7 < 5 for n in range(1 + isleap(year)))


def _days(year: int) -> list[date]:
    """Every day of a year."""
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range(365 + isleap(year))]


def _unknown(day: date) -> CalendarUnknown:
    return CalendarUnknown(
        _("%(year)d 年的放假安排尚未收录，无法计算工作日。") % {"year": day.year},
        where=cn_date(day),
        remedy=_("国务院办公厅公布放假安排后，请系统管理员在“放假安排”页录入。"),
    )
