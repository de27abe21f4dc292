"""Whatever is tried in whatever order, the books balance and agree with a plain reckoning beside them."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule, run_state_machine_as_test

from quintet.ledger import actions, check
from quintet.ledger.errors import Refused
from quintet.ledger.models import Fund
from tests.ledger.books import ON, appropriate, balance, balances, committed, finance, special_funds

CEILING = 1_000
AMOUNTS = st.integers(1, 700)


class Books(RuleBasedStateMachine):
    commitments = Bundle("commitments")

    def __init__(self) -> None:
        super().__init__()
        self.rollback = transaction.atomic()
        self.rollback.__enter__()
        self.funds = special_funds(CEILING, each_fen=0)
        self.by, self.day, self.count = finance(), ON, 0
        self.money = {fund.pk: dict.fromkeys(("treasury", "available", "committed", "paid", "returned"), 0) for fund in self.funds}
        self.room = CEILING
        self.awarded: dict[str, Any] = {}
        self.held: dict[int, list[int]] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.rollback.__exit__(None, None, None)

    def key(self) -> str:
        self.count += 1
        return f"key {self.count}"

    def moved(self, fund: Fund, source: str, target: str, amount: int) -> None:
        self.money[fund.pk][source] -= amount
        self.money[fund.pk][target] += amount

    @rule(which=st.integers(0, 1), amount=AMOUNTS)
    def appropriate(self, which: int, amount: int) -> None:
        fund = self.funds[which]
        appropriate(fund, 2020, amount, reference=self.key(), by=self.by, on=self.day)
        self.moved(fund, "treasury", "available", amount)

    @rule(which=st.integers(0, 1), amount=AMOUNTS)
    def reduce(self, which: int, amount: int) -> None:
        fund = self.funds[which]
        if self.tried(
            lambda: appropriate(fund, 2020, amount, kind="reduction", reference=self.key(), by=self.by, on=self.day),
            self.money[fund.pk]["available"] >= amount,
        ):
            self.moved(fund, "available", "treasury", amount)

    @rule(which=st.integers(0, 1), amount=AMOUNTS, fact=st.sampled_from("abcd"), target=commitments)
    def commit(self, which: int, amount: int, fact: str) -> Any:
        fund, before = self.funds[which], self.awarded.get(fact)
        free = before is None or self.held[before.pk][:2] == [0, 0]
        found: list[Any] = []
        fits = free and self.money[fund.pk]["available"] >= amount and self.room >= amount
        if not self.tried(lambda: found.append(committed(fund, amount, fact, on=self.day)), fits):
            return multiple()
        self.moved(fund, "available", "committed", amount)
        self.room -= amount
        self.awarded[fact], self.held[found[0].pk] = found[0], [amount, 0]
        return found[0]

    @rule(commitment=commitments, amount=AMOUNTS)
    def release(self, commitment: Any, amount: int) -> None:
        held = self.held[commitment.pk]
        if self.tried(lambda: actions.release(commitment, amount, key=self.key(), memo="", by=self.by, on=self.day), held[0] >= amount):
            held[0] -= amount
            self.room += amount
            self.moved(commitment.fund, "committed", "available", amount)

    @rule(commitment=commitments, amount=AMOUNTS)
    def pay(self, commitment: Any, amount: int) -> None:
        held = self.held[commitment.pk]
        if self.tried(lambda: actions.pay(commitment, amount, key=self.key(), reference="", by=self.by, on=self.day), held[0] >= amount):
            self.held[commitment.pk] = [held[0] - amount, held[1] + amount]
            self.moved(commitment.fund, "committed", "paid", amount)

    @rule(commitment=commitments, amount=AMOUNTS)
    def reject(self, commitment: Any, amount: int) -> None:
        held = self.held[commitment.pk]
        if self.tried(
            lambda: actions.reject(commitment, amount, key=self.key(), reference="", memo="", by=self.by, on=self.day), held[1] >= amount
        ):
            self.held[commitment.pk] = [held[0] + amount, held[1] - amount]
            self.moved(commitment.fund, "paid", "committed", amount)

    @rule(commitment=commitments, amount=AMOUNTS)
    def take_back(self, commitment: Any, amount: int) -> None:
        held = self.held[commitment.pk]
        if self.tried(
            lambda: actions.take_back(commitment, amount, key=(key := self.key()), reference=key, memo="", by=self.by, on=self.day),
            held[1] >= amount,
        ):
            held[1] -= amount
            self.moved(commitment.fund, "paid", "returned", amount)

    @rule()
    def a_day_passes(self) -> None:
        self.day += timedelta(days=1)

    def tried(self, work: Any, allowed: bool) -> bool:
        try:
            work()
        except Refused:
            assert not allowed
            return False
        assert allowed
        return True

    @invariant()
    def the_books_agree(self) -> None:
        assert check.problems() == []
        for fund in self.funds:
            assert balances(fund) == self.money[fund.pk]
            assert sum(self.money[fund.pk].values()) == 0
        assert balance(self.funds[0].budget, "room") == self.room >= 0


@pytest.mark.django_db(transaction=True)
def test_the_books_balance_in_every_state():
    run_state_machine_as_test(
        Books, settings=settings(max_examples=30, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))
    )
