"""Pages of settings over what is there already: the second person is told what the first has saved. Registers: `tests/directory/test_overtaken.py`."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from quintet.core import clock
from quintet.core.models import User
from quintet.redemption.models import Call
from tests.architecture.access import ACCESS, REGISTERS
from tests.redemption.applications import call_for

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


def an_account() -> User:
    return User.objects.create_user(username="somebody", display_name="张三")


# page → (what it is over, role, field, what the first saves, what the second typed)
PAGES: dict[str, tuple[Callable[[], Any], str, str, str, str]] = {
    "redemption:call-edit": (call_for, "officer", "contact", "0427-1111111", "0427-2222222"),
    "web:account-edit": (an_account, "operator", "display_name", "李四", "王五"),
}
IN_REGISTERS = {f"{space}:{noun}-edit" for space, noun, _plural in REGISTERS}


def test_every_page_that_changes_what_is_there_is_in_the_table():
    assert {name for name in ACCESS if name.endswith("-edit")} == set(PAGES) | IN_REGISTERS


def filled(page: str) -> dict[str, str]:
    """What a browser would send of the page's fields."""
    found = {}
    for tag in re.findall(r"<(?:input|textarea)[^>]*>[^<]*", page):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and name[1] not in ("csrfmiddlewaretoken", "q"):
            found[name[1]] = value[1] if value else tag.partition(">")[2].strip()
    return found


@pytest.fixture(params=PAGES)
def page(request: pytest.FixtureRequest, settings: Any, make_user: Callable[..., User]) -> tuple[Client, str, Any, str, str, str]:
    settings.DEMO = True
    clock.move_to(date(2020, 11, 2))
    make, role, field, first, second = PAGES[request.param]
    record = make()
    client = Client()
    client.force_login(make_user(role, unit=record.unit if isinstance(record, Call) else ""), backend=BACKEND)
    return client, reverse(request.param, args=[record.pk]), record, field, first, second


def test_the_second_is_told_and_may_save_after_that(page: tuple[Client, str, Any, str, str, str]):
    client, address, record, field, first, second = page
    one, two = (filled(client.get(address).content.decode()) for _ in range(2))
    assert client.post(address, one | {field: first}).status_code == 302
    answer = client.post(address, two | {field: second})
    told = answer.content.decode()
    record.refresh_from_db()
    assert (answer.status_code, getattr(record, field)) == (422, first)
    assert "他人修改过" in told
    assert f"现为“{first}”" in told
    again = filled(told)
    assert again[field] == second
    assert client.post(address, again).status_code == 302
    record.refresh_from_db()
    assert getattr(record, field) == second


def test_a_page_that_does_not_say_what_it_shows_is_refused(page: tuple[Client, str, Any, str, str, str]):
    client, address, record, field, first, _second = page
    sent = filled(client.get(address).content.decode()) | {field: first}
    for seen in ("", "0" * 64, "x" * 65):
        answer = client.post(address, sent | {"seen": seen})
        assert answer.status_code == 422
    before = getattr(record, field)
    record.refresh_from_db()
    assert getattr(record, field) == before
