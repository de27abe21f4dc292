from datetime import date

import pytest

from quintet.core.calendar import CalendarUnknown, add_working_days, is_working_day, working_days_between


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
