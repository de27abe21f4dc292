"""Guessing is paused: below, at and above each limit."""

from datetime import timedelta

import pytest
from django.utils import timezone

from quintet.core import attempts
from quintet.core.models import Attempt

pytestmark = pytest.mark.django_db


def tried(number: int, *, account: str = "wang", address: str = "192.0.2.1") -> None:
    for n in range(number):
        attempts.begin("password", account=account.format(n=n), address=address.format(n=n))


@pytest.mark.parametrize(
    ("account", "address", "most"), [("wang", "192.0.2.1", 5), ("name{n}", "192.0.2.1", 30), ("wang", "192.0.2.{n}", 60)]
)
def test_so_many_tries_are_looked_at_and_the_next_is_paused(account: str, address: str, most: int):
    tried(most, account=account, address=address)
    with pytest.raises(attempts.Paused):
        tried(1, account=account.format(n=200), address=address.format(n=200))
    tried(1, account="li", address="198.51.100.1")


def test_addresses_of_one_customer_are_one():
    tried(5, address="2001:db8:0:1::{n}")
    with pytest.raises(attempts.Paused):
        tried(1, address="2001:db8:0:1:ffff::1")
    tried(1, address="2001:db8:0:2::1")


def test_names_are_one_whatever_their_case_and_blanks():
    tried(5, account="Wang")
    with pytest.raises(attempts.Paused):
        tried(1, account=" wang ")


def test_a_right_one_forgets_the_wrong_ones_of_this_pair_and_no_other():
    tried(20, account="name{n}")
    tried(4)
    attempts.succeeded(attempts.begin("password", account="wang", address="192.0.2.1"))
    assert Attempt.objects.count() == 20


def test_asking_on_while_paused_does_not_make_the_pause_longer():
    tried(5)
    for _ in range(3):
        with pytest.raises(attempts.Paused):
            tried(1)
    assert Attempt.objects.count() == 5


@pytest.mark.parametrize(("age", "paused"), [(timedelta(minutes=14), True), (timedelta(minutes=15, seconds=5), False)])
def test_a_pause_lasts_fifteen_minutes(age: timedelta, paused: bool):
    tried(5)
    Attempt.objects.update(at=timezone.now() - age)
    if paused:
        with pytest.raises(attempts.Paused):
            tried(1)
    else:
        tried(1)


def test_kinds_count_together():
    for kind in ("password", "again", "totp", "recovery", "link"):
        attempts.begin(kind, account="wang", address="192.0.2.1")
    with pytest.raises(attempts.Paused):
        attempts.begin("password", account="wang", address="192.0.2.1")


def test_no_name_is_kept_in_clear():
    tried(1, account="secret typed here")
    assert "secret" not in str(Attempt.objects.values().get())


def test_old_tries_are_forgotten():
    tried(2)
    Attempt.objects.filter(pk=Attempt.objects.first().pk).update(at=timezone.now() - timedelta(days=1, seconds=1))
    assert attempts.forget_old() == 1
    assert Attempt.objects.count() == 1
