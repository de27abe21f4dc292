"""Many who commit at the same moment, through the actions and past them."""

import threading
from collections import Counter
from collections.abc import Callable

import pytest
from django.db import DatabaseError, connection, transaction

from quintet.core import triggers
from quintet.ledger import check
from quintet.ledger.errors import CeilingExceeded, Refused
from quintet.ledger.models import Commitment, Entry, Fund
from tests import guards
from tests.ledger.books import MILLION, ON, YUAN, award, balance, committed, finance, special_funds

pytestmark = pytest.mark.django_db(transaction=True)
APPROVERS, PLACES = 50, 30


def together(work: Callable[[int], str], number: int = APPROVERS) -> Counter[str]:
    """Each in a thread and connection of its own, all let go at once."""
    gate, said = threading.Barrier(number), []

    def one(n: int) -> None:
        try:
            connection.ensure_connection()
            gate.wait()
            said.append(work(n))
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(n,)) for n in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(said)


def places() -> Fund:
    return special_funds(PLACES * 100_000 * YUAN, each_fen=20 * MILLION)[0]


def test_of_fifty_approvers_thirty_find_room_below_the_ceiling():
    fund = places()
    finance()

    def approve(n: int) -> str:
        try:
            committed(fund, fact=f"enterprise:{n}")
        except CeilingExceeded:
            return "refused"
        return "committed"

    assert together(approve) == {"committed": PLACES, "refused": APPROVERS - PLACES}
    assert Commitment.objects.count() == PLACES
    assert balance(fund.budget, "room") == 0
    assert check.problems() == []
    assert guards.problems() == []


def test_the_database_alone_keeps_the_ceiling_without_the_lock_of_the_chain():
    fund, by = places(), finance()

    def approve(n: int) -> str:
        try:
            with transaction.atomic():
                asked = award(f"enterprise:{n}")
                commitment = Commitment.objects.create(
                    fund=fund,
                    year=2020,
                    pack=asked.pack,
                    rule=asked.rule,
                    clause=asked.clause,
                    fact=asked.fact,
                    payee=asked.payee,
                    amount_fen=100_000 * YUAN,
                )
                Entry.objects.create(
                    kind="commitment", budget=fund.budget, fund=fund, year=2020, commitment=commitment, amount_fen=100_000 * YUAN, booked_on=ON,
                    key=f"n{n}", by=by,
                )  # fmt: skip
        except DatabaseError as error:
            return triggers.refused_by(error) or str(error)
        return "committed"

    assert together(approve) == {"committed": PLACES, "ledger_ceiling_not_exceeded": APPROVERS - PLACES}
    assert check.problems() == []


def test_the_same_award_asked_for_by_all_is_committed_once():
    fund = places()
    finance()

    def approve(_n: int) -> str:
        try:
            committed(fund)
        except Refused as error:
            return type(error).__name__
        return "committed"

    assert together(approve, 12) == {"committed": 1, "AlreadyAwarded": 11}
    assert check.problems() == []
