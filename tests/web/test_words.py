from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template
from django.utils import timezone
from django.utils.translation import override

from quintet.look import words


@pytest.mark.parametrize(
    ("fen", "chinese", "english"),
    [
        (10_000_000, "100,000.00 元", "CNY 100,000.00"),
        (1, "0.01 元", "CNY 0.01"),
        (0, "0.00 元", "CNY 0.00"),
        (-123_456_789, "−1,234,567.89 元", "CNY −1,234,567.89"),
        (9_007_199_254_740_993, "90,071,992,547,409.93 元", "CNY 90,071,992,547,409.93"),
    ],
)
def test_yuan_to_the_fen(fen: int, chinese: str, english: str):
    assert words.yuan(fen) == chinese
    with override("en"):
        assert words.yuan(fen) == english


@pytest.mark.parametrize(
    ("fen", "chinese", "english"),
    [
        (10_000_000, "10 万元", "CNY 100,000"),
        (10_000_001, "10.000001 万元", "CNY 100,000.01"),
        (150_000_000_000, "150,000 万元", "CNY 1,500,000,000"),
        (500_000, "0.5 万元", "CNY 5,000"),
        (0, "0 万元", "CNY 0"),
    ],
)
def test_ten_thousands_lose_no_fen(fen: int, chinese: str, english: str):
    assert words.wan(fen) == chinese
    with override("en"):
        assert words.wan(fen) == english


def test_dates_in_both_languages():
    assert words.cn_date(date(2020, 3, 1)) == "2020年3月1日"
    with override("en"):
        assert words.cn_date(date(2020, 3, 1)) == "1 March 2020"


def test_a_moment_is_dated_where_the_city_is():
    with timezone.override(ZoneInfo("Asia/Shanghai")):
        assert words.cn_date(datetime(2020, 2, 29, 17, tzinfo=UTC)) == "2020年3月1日"


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (Fraction(1, 3), "33.33%"),
        (Fraction(1, 8), "12.5%"),
        (Decimal("0.030"), "3%"),
        (1, "100%"),
        (Fraction(5, 100000), "0.01%"),
        (0, "0%"),
    ],
)
def test_rates_are_rounded_half_up(rate: Fraction, text: str):
    assert words.percent(rate) == text


@pytest.mark.parametrize("name", ["yuan", "wan", "cn_date", "percent", "number", "known"])
def test_unknown_is_never_zero(name: str):
    drawn = Template("{% load look %}{{ value|" + name + " }}").render(Context({"value": None}))
    assert drawn == '<span class="unknown">未知</span>'
