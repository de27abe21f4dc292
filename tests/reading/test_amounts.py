import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quintet.reading.amounts import GREATEST, WAN, fen, money, steps
from quintet.reading.errors import Unreadable

pytestmark = pytest.mark.engine_only


def code_of(value, **more) -> str:
    with pytest.raises(Unreadable) as refusal:
        fen(value, **more)
    return refusal.value.code


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("0", 0), ("1", 100), ("0.01", 1), ("1.5", 150), ("1,234,567.89", 123456789), ("１２３，４５６．７８", 12345678), (" 12 ", 1200),
        ("\ufeff12\u200b", 1200), ("007", 700), (1, 100), (0.29, 29), (370370.33999999997, 37037034), (0.1 + 0.2, 30), (1e12, 10**14),
        (9999999999999.99, 999999999999999),
    ],
)  # fmt: skip
def test_amounts_as_people_write_them(written, expected: int):
    assert fen(written) == expected


@pytest.mark.parametrize(
    "written",
    ["", "²", "1²", "①", "1e5", "1E5", "1_000_000", "1,0,0", "1,23", "1234,567", ",100", "1,", "1 000", "0x10", "NaN", "Infinity", "½", "一百",
     "100元", "¥100", "+5", ".5", "5.", "1.2.3", "--1", "٣", math.inf, math.nan, True, None, "1,234.5,6"],
)  # fmt: skip
def test_what_is_no_amount(written):
    assert code_of(written) == "amount_not_a_number"


def test_decimals_below_at_and_above():
    assert fen("0.1") == 10
    assert fen("0.12") == 12
    assert fen("0.120") == 12
    assert code_of("0.123") == "amount_places"
    assert code_of(0.123) == "amount_places"
    assert fen("1.234567", times=WAN) == 1234567
    assert code_of("1.2345678", times=WAN) == "amount_places"


def test_the_greatest_amount_below_at_and_above():
    assert fen(f"{GREATEST // 100 - 1}") == GREATEST - 100
    assert fen(f"{GREATEST // 100}") == GREATEST
    assert code_of(f"{GREATEST // 100}.01") == "amount_too_great"
    assert code_of("9" * 50) == "amount_too_great"
    assert code_of(1e300) == "amount_too_great"


def test_the_least_amount_below_at_and_above():
    assert fen("0.02", least=1) == 2
    assert fen("0.01", least=1) == 1
    assert code_of("0", least=1) == "amount_too_small"
    assert code_of("-0.01") == "amount_too_small"
    assert fen("-1", least=-100) == -100


@given(st.integers(0, 10**15 - 1))
def test_every_amount_that_a_workbook_can_hold_comes_back_to_the_fen(amount: int):
    assert fen(amount / 100) == amount
    assert fen(f"{amount // 100:,}.{amount % 100:02d}") == amount
    assert fen(f"{amount // 100}.{amount % 100:02d}") == amount


@given(st.one_of(st.text(max_size=20), st.floats(), st.integers()))
def test_nothing_but_unreadable_is_raised(value):
    with contextlib.suppress(Unreadable):
        assert isinstance(steps(value), int)


@pytest.mark.parametrize(
    ("written", "expected"),
    [("1000万元", 10**9), ("1,000 万元", 10**9), ("１.5亿", 15 * 10**9), ("100元", 10_000), ("0.01", 1), ("3 万", 3_000_000), ("-1", -100)],
)
def test_money_with_its_unit_as_people_answer_a_question(written: str, expected: int):
    assert money(written) == expected


@pytest.mark.parametrize("written", ["万元", "1e5元", "1,0,0元", "1万万万", "1元元", "²万", "1 千元", "1_000元", "约3万", "1.005", ""])
def test_what_is_no_money(written: str):
    with pytest.raises(Unreadable):
        money(written)
