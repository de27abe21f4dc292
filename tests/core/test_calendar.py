from calendar import isleap
from datetime import date, timedelta

import numpy
import pytest

from quintet.core import audit, calendar
from quintet.core.calendar import CalendarUnknown, add_working_days, is_working_day, postponed, working_days_between

pytestmark = pytest.mark.django_db


def test_a_sunday_that_was_moved_is_a_working_day():
    assert is_working_day(date(2020, 4, 26)) is True


def test_the_national_day_is_not():
    assert is_working_day(date(2020, 10, 1)) is False


def test_a_term_begins_on_the_next_day_and_skips_holidays():
    assert add_working_days(date(2020, 9, 30), 1) == date(2020, 10, 9)


def test_a_term_of_no_days_ends_at_once():
    assert add_working_days(date(2020, 10, 1), 0) == date(2020, 10, 1)


def test_counting_days_is_the_reverse_of_adding_them():
    start = date(2020, 1, 17)
    assert [working_days_between(start, add_working_days(start, n)) for n in range(1, 40)] == list(range(1, 40))


def test_days_count_backwards_when_the_end_lies_before_the_start():
    assert working_days_between(date(2020, 3, 4), date(2020, 3, 2)) == -2


def test_a_year_that_nobody_announced_is_said_and_not_guessed():
    with pytest.raises(CalendarUnknown, match="2050 年的放假安排尚未收录"):
        is_working_day(date(2050, 1, 4))


def test_a_negative_term_is_refused():
    with pytest.raises(ValueError, match="negative"):
        add_working_days(date(2020, 1, 1), -1)


class TestTheEndsOfTheCalendar:
    """What was told as 9999-12-31 before days had bounds still stands in some row."""

    ENDS = (date.max - timedelta(days=1), date.max)  # a Thursday and a Friday
    AFTER = date(2096, 12, 31)
    BEFORE: calendar.Plans = {2096: (), 2097: ()}
    NOW: calendar.Plans = {2096: (), 2097: ((date(2097, 1, 1), False), (date(2097, 6, 3), False))}

    @pytest.mark.parametrize(("day", "more"), [(ENDS[0], 0), (ENDS[1], 1)])
    def test_a_term_until_then_is_counted(self, day: date, more: int):
        known = working_days_between(date(2020, 12, 31), date(2050, 12, 31))
        weekdays = int(numpy.busday_count("2051-01-01", "9999-12-31"))  # without its last day
        assert working_days_between(date(2020, 12, 31), day) == known + weekdays + more

    @pytest.mark.parametrize("year", [2020, 2021, 2050, 2052, 2100, 9999])
    def test_a_whole_year_is_the_sum_of_its_days(self, year: int):
        days = [date(year, 1, 1) + timedelta(days=n) for n in range(365 + isleap(year))]
        assert days[-1] == date(year, 12, 31)
        assert calendar._whole_year(year, {}) == sum(calendar._by_week(day, {}) for day in days)

    @pytest.mark.parametrize("day", ENDS)
    def test_it_is_moved_as_far_as_the_calendar_goes(self, day: date):
        assert postponed(day, after=self.AFTER, before=self.BEFORE, now=self.NOW) == date.max
        assert postponed(day, after=self.AFTER, before=self.NOW, now=self.BEFORE) == day

    @pytest.mark.parametrize("days", [0, 1, 2, 3, 153, 154, 155, 300])
    def test_others_move_by_the_days_that_were_lost(self, days: int):
        """Counted one by one."""
        day = self.AFTER + timedelta(days=days)
        left, there = calendar._between(self.AFTER, day, self.BEFORE), self.AFTER
        while left > 0:
            there += timedelta(days=1)
            left -= calendar._by_week(there, self.NOW)
        assert postponed(day, after=self.AFTER, before=self.BEFORE, now=self.NOW) == max(there, day)

    def test_no_term_begins_there(self):
        for provisional in (False, True):
            with pytest.raises(CalendarUnknown):
                add_working_days(date.max, 1, provisional=provisional)
        assert add_working_days(date.max, 0) == date.max

    def test_a_day_has_its_first_and_last_moment(self):
        assert audit.last_moment(date(2021, 1, 4)) == audit.first_moment(date(2021, 1, 5))
        assert audit.last_moment(date.max).date() == date.max
        assert audit.first_moment(date.max) < audit.last_moment(date.max)
