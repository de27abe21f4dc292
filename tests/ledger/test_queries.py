"""What pages read from the books, today and on any day before."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from quintet.ledger import actions, queries
from quintet.ledger.models import Fund
from tests.ledger.books import MILLION, committed, finance, special_funds

pytestmark = pytest.mark.django_db
PACK = "panjin-2019-29"
JUNE, JULY, AUGUST = date(2020, 6, 15), date(2020, 7, 15), date(2020, 8, 15)


@pytest.fixture
def fund() -> Fund:
    """Committed in June, paid in July, partly returned in August."""
    fund, _other = special_funds()
    first = committed(fund, 10 * MILLION, "a", on=JUNE)
    committed(fund, 4 * MILLION, "b", on=JULY, clause="T19", division="211103")
    actions.pay(first, 9 * MILLION, key="p", reference="凭证", by=finance(), on=JULY)
    actions.reject(first, 2 * MILLION, key="p back", reference="退票1", memo="", by=finance(), on=JULY)
    actions.release(first, 3 * MILLION, key="r", memo="", by=finance(), on=AUGUST)
    actions.take_back(first, 1 * MILLION, key="t", reference="退1", memo="", by=finance(), on=AUGUST)
    return fund


def state(on: date) -> Any:
    (found,) = queries.states(PACK, 2020, on)
    return found


@pytest.mark.parametrize(
    ("on", "used", "figures"),
    [
        (date(2020, 5, 31), 0, (0, 0, 0, 0, 0)),
        (date(2020, 6, 14), 0, (15, 15, 0, 0, 0)),
        (JUNE, 10, (15, 5, 10, 0, 0)),
        (date(2020, 7, 14), 10, (15, 5, 10, 0, 0)),
        (JULY, 14, (15, 1, 7, 7, 0)),
        (AUGUST, 11, (15, 4, 4, 6, 1)),
        (date(2021, 1, 1), 11, (15, 4, 4, 6, 1)),
    ],
)
def test_the_books_can_be_read_as_of_any_day(fund: Fund, on: date, used: int, figures: tuple[int, ...]):
    found = state(on).funds[0]
    assert state(on).used == used * MILLION
    assert (found.appropriated, found.available, found.open, found.paid, found.returned) == tuple(n * MILLION for n in figures)
    assert found.appropriated == found.available + found.committed


def test_a_ceiling_and_a_fund_warn_at_seventy_and_ninety_percent():
    assert [queries.alert_of(used, 1000) for used in (0, 699, 700, 899, 900, 1000)] == [0, 0, 70, 70, 90, 90]
    assert queries.alert_of(0, 0) == 0


def test_the_state_of_the_year_says_how_near_the_ceiling_is(fund: Fund):
    found = state(JULY)
    assert (found.ceiling, found.room, found.alert) == (20 * MILLION, 6 * MILLION, 70)
    assert found.funds[0].alert == 90
    assert found.funds[1].alert == 0


@pytest.mark.parametrize(
    ("by", "on", "cells"),
    [
        ("clause", JUNE, {"T6": (10, 0, 0)}),
        ("clause", JULY, {"T6": (10, 7, 0), "T19": (4, 0, 0)}),
        ("clause", AUGUST, {"T6": (7, 7, 1), "T19": (4, 0, 0)}),
        ("division", date(2020, 8, 14), {"211102": (10, 7, 0), "211103": (4, 0, 0)}),
        ("month", AUGUST, {"2020-06": (10, 0, 0), "2020-07": (4, 7, 0), "2020-08": (-3, 0, 1)}),
    ],
)
def test_sums_by_clause_district_and_month_on_any_day(fund: Fund, by: str, on: date, cells: dict[str, tuple[int, ...]]):
    found = queries.sums(fund, 2020, by, on)
    assert {cell: tuple(value // MILLION for value in line.values()) for cell, line in found.items()} == cells


def test_as_many_queries_for_many_entries_as_for_few(fund: Fund):
    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            state(AUGUST)
            queries.sums(fund, 2020, "clause", AUGUST)
            list(queries.entries(fund, 2020, on=AUGUST)[:50])
        return len(caught)

    few = asked()
    for n in range(40):
        committed(fund, 100, f"more {n}", on=AUGUST)
    assert asked() == few == 5


def test_entries_are_filtered(fund: Fund):
    assert queries.entries(fund, 2020, on=JUNE).count() == 2
    assert queries.entries(fund, 2020, on=AUGUST, kind="payment").get().amount_fen == 9 * MILLION
    assert queries.entries(fund, 2020, on=AUGUST, clause="T19").get().commitment.division == "211103"
    assert queries.entries(fund, 2020, on=AUGUST, q="示例公司").count() == 6
    assert [line["step"].open_fen // MILLION for line in queries.history_of(fund.commitments.get(fact="a"))] == [10, 1, 3, 0, 0]


def test_the_database_keeps_the_plan_short(fund: Fund):
    """The balance of a past day is one step down an index, not a walk over the postings."""
    with CaptureQueriesContext(connection) as caught:
        state(JUNE)
    sql = next(query["sql"] for query in caught if "ledger_posting" in query["sql"])
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + sql)
            plan = " ".join(str(row[-1]) for row in cursor.fetchall())
        assert "ledger_posting_day" in plan
        assert "SCAN U0" not in plan
