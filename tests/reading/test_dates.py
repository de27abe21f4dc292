import contextlib
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quintet.reading.dates import day, of_serial
from quintet.reading.errors import Unreadable

pytestmark = pytest.mark.engine_only


def code_of(value, **more) -> str:
    with pytest.raises(Unreadable) as refusal:
        day(value, **more)
    return refusal.value.code


@pytest.mark.parametrize(
    "written",
    ["2021/12/6", "2021-12-6", "2021.12.06", "2021年12月6日", "2021 年 12 月 6 日", "2021年12月06号", "20211206", "２０２１／１２／０６",
     "２０２１－１２－６", "2021-12-06 00:00", "2021-12-06 00:00:00", "2021-12-06T00:00:00", "2021/12/6 9:05", " 2021-12-06\n", "\u200b2021-12-06",
     20211206, 20211206.0, 44536, 44536.0, 44536.75, date(2021, 12, 6), datetime(2021, 12, 6, 9, 5)],
)  # fmt: skip
def test_days_as_people_write_them(written):
    assert day(written) == date(2021, 12, 6)


@pytest.mark.parametrize("written", ["12/6/2021", "6.12.2021", "21-12-06", "6-12-21", "21年12月6日"])
def test_what_can_be_read_in_several_ways_is_refused(written: str):
    assert code_of(written) == "day_ambiguous"


@pytest.mark.parametrize("reached", [date(1900, 1, 1), date(1900, 1, 2), date(2150, 12, 30), date(2150, 12, 31)])
def test_the_first_and_the_last_days(reached: date):
    assert day(reached.isoformat()) == day(reached) == day(datetime(reached.year, reached.month, reached.day, 9)) == reached


@pytest.mark.parametrize("beyond", [date.min, date(1899, 12, 31), date(2151, 1, 1), date.max])
def test_days_beyond_them_are_refused(beyond: date):
    for written in (
        beyond.isoformat(),
        beyond,
        datetime(beyond.year, beyond.month, beyond.day),
        f"{beyond.year:04}年{beyond.month}月{beyond.day}日",
    ):
        assert code_of(written) == "day_out_of_reach"


@pytest.mark.parametrize("written", ["2021-02-29", "2021/13/1", "20211301", "2021年4月31日", 20210230, "0000-01-01", "2021-00-10"])
def test_days_that_never_were_are_refused(written):
    assert code_of(written) == "day_impossible"


@pytest.mark.parametrize(
    "written",
    ["", "2021", "2021-12", "2021年12月", "明天", "2021-12/06", "2021-12-06 25:00", "44536", "2021-12-06x", "²021-12-06", 0, 0.5, -1, 60, 10**9, True,
     float("nan"), float("inf")],
)  # fmt: skip
def test_what_is_no_day(written):
    assert code_of(written) == "day_not_a_day"


def test_serials_around_the_day_that_excel_invented():
    assert of_serial(1) == date(1900, 1, 1)
    assert of_serial(59) == date(1900, 2, 28)
    assert of_serial(61) == date(1900, 3, 1)
    assert of_serial(73_415) == date(2100, 12, 31)
    assert code_of(73_416) == "day_not_a_day"


def test_workbooks_that_count_from_1904():
    assert day(44536 - 1462, from_1904=True) == date(2021, 12, 6)
    assert of_serial(0, from_1904=True) == date(1904, 1, 1)


@given(
    st.dates(date(1900, 3, 1), date(2100, 12, 31)),
    st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d", "%Y-%m-%d %H:%M"]),
)
def test_every_form_of_a_day_is_that_day(value: date, form: str):
    assert day(datetime(value.year, value.month, value.day).strftime(form)) == value
    for first, more in ((date(1899, 12, 30), {}), (date(1904, 1, 1), {"from_1904": True})):
        serial = (value - first).days
        if serial > 0 and not 1900 <= serial < 2101:
            assert day(serial, **more) == value


@pytest.mark.parametrize(
    ("number", "is_day"), [(1899, True), (1900, False), (2021, False), (2021.6, False), (2100.12, False), (2101, True)]
)
def test_a_number_that_is_a_year_or_a_month_is_no_day_of_1905(number: float, is_day: bool):
    if is_day:
        assert day(number).year in (1905, 1909)
    else:
        assert code_of(number) == "day_not_a_day"


@given(st.one_of(st.text(max_size=20), st.floats(), st.integers()))
def test_nothing_but_unreadable_is_raised(value):
    with contextlib.suppress(Unreadable):
        assert isinstance(day(value), date)


@pytest.mark.parametrize(
    "written",
    [
        "20211206101112", "2021-12-06T10:11:12+08:00", "2021-12-06T10:11:12Z", "2021-12-06 10:11:12.1234567", "2021年12月6日10:11",
        "2021年12月6日 上午10:11", "2021-12-06 10:11 AM", "2021—12—06", "2021–12–6",
    ],
)  # fmt: skip
def test_a_time_behind_a_day_as_banks_and_programs_write_it(written: str):
    assert day(written) == date(2021, 12, 6)


@pytest.mark.parametrize("written", ["20211206251112", "2021-12-0610:11", "2021-12-06T25:00", "202112061011121", "2021-12-06+08:00"])
def test_what_only_looks_like_a_time_is_refused(written: str):
    with pytest.raises(Unreadable):
        day(written)
