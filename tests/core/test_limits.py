"""Public forms are counted by address in the database, below, at and above their limit."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from quintet.core import limits
from quintet.core.models import FormCount
from quintet.redemption.models import SelfCheck

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock stands still, lest a window should end in the middle."""
    at(monkeypatch, 1_600_000_015)


def at(monkeypatch: pytest.MonkeyPatch, second: int) -> None:
    monkeypatch.setattr("quintet.core.limits.time.time", lambda: float(second))


def test_the_last_of_a_window_is_allowed_and_the_next_is_not(monkeypatch: pytest.MonkeyPatch):
    assert [limits.allow("form", times=2, per=60) for _use in range(3)] == [True, True, False]
    assert limits.allow("another form", times=2, per=60)
    at(monkeypatch, 1_600_000_020)  # the next minute begins
    assert limits.allow("form", times=2, per=60)


def test_what_is_over_is_removed_and_nobody_s_address_is_kept(monkeypatch: pytest.MonkeyPatch):
    for number in range(30):
        limits.used(f"192.0.2.{number}", per=60)
    assert "192.0.2." not in str(list(FormCount.objects.values()))
    at(monkeypatch, 1_600_000_200)
    limits.used("192.0.2.1", per=60)
    assert FormCount.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_uses_at_once_are_each_counted():
    """Every thread has a connection of its own, as every process has."""

    def use(_n: int) -> int:
        try:
            return limits.used("192.0.2.1", per=60)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(use, range(40))) == list(range(1, 41))


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1%eth0", "2001:db8:1:2::/64"),
        ("unknown", "unknown"),
    ],
)
def test_all_addresses_of_one_customer_are_one(address: str, counted: str):
    assert limits.network(address) == counted


def start(client: Client, **headers: Any) -> int:
    return client.post("/check/start/", {"subject": "enterprise", "year": "2020"}, **headers).status_code


def test_self_checks_are_begun_sixty_times_from_an_address_whatever_the_client_says_of_itself(client: Client):
    assert {start(client, HTTP_X_FORWARDED_FOR=f"203.0.113.{number}") for number in range(60)} == {302}
    assert start(client, HTTP_X_FORWARDED_FOR="203.0.113.99") == 429
    assert start(client, REMOTE_ADDR="192.0.2.9") == 302
    assert SelfCheck.objects.count() == 61


def test_a_refusal_says_when_to_try_again(client: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(limits.FORMS, "check", (limits.Limit(0, 600),))
    answer = client.post("/check/start/", {"subject": "enterprise", "year": "2020"})
    assert answer.status_code == 429
    assert "请在10 分钟后再试" in answer.content.decode()


def test_receipts_are_checked_sixty_times_from_an_address(client: Client):
    assert {client.post("/audit/receipt/", {"receipt": "{}"}).status_code for _number in range(60)} == {200}
    assert client.post("/audit/receipt/", {"receipt": "{}"}).status_code == 429


def test_a_check_without_an_answer_is_kept_a_day_and_one_with_answers_ninety(client: Client):
    for _number in range(2):
        start(client)
    answered = SelfCheck.objects.latest("pk")
    answered.asked = [["self", "employees"]]
    answered.save()

    def left(after: timedelta) -> int:
        SelfCheck.objects.update(updated_at=timezone.now() - after)
        call_command("purge_self_checks", stdout=StringIO())
        return SelfCheck.objects.count()

    assert left(timedelta(hours=23)) == 2
    assert left(timedelta(hours=25)) == 1
    assert SelfCheck.objects.get() == answered
    assert left(timedelta(days=89)) == 1
    assert left(timedelta(days=91)) == 0
