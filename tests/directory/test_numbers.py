"""Whole numbers that are asked for: by whom, how often, and what stays of it."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from quintet.core.models import AuditEntry, Notification, User
from quintet.directory.actions import numbers
from quintet.directory.models import Kinship, Person
from tests.directory.city import officer, person

pytestmark = pytest.mark.django_db
PHONE, IDENTITY = "13800001234", "11010519491231002X"


@pytest.fixture(autouse=True)
def _one_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quintet.core.limits.time.time", lambda: 1_600_000_000.0)


def asked(user: User, text: str, name: str = "directory:people") -> Any:
    client = Client()
    client.force_login(user)
    return client.get(reverse(name), {"q": text})


def found(user: User, text: str) -> bool:
    return reverse("directory:person", args=[person_there().pk]) in asked(user, text).content.decode()


def person_there() -> Any:
    return Person.objects.filter(name="李明").first() or person()


@pytest.mark.parametrize("number", [PHONE, IDENTITY, "138 0000 1234"])
def test_a_keeper_finds_by_a_whole_number_and_each_hit_is_recorded(number: str):
    assert found(officer(), number)
    line = AuditEntry.objects.get(action="directory.find")
    assert (line.by, line.record, line.details["grant"]) == (officer(), f"directory.person:{person_there().pk}", officer().grants.get().pk)
    assert number not in f"{line.title}{line.details}"


@pytest.mark.parametrize("text", ["13800001235", "李明"])
def test_what_names_nobody_or_is_no_number_leaves_no_line(text: str):
    assert found(officer(), text) is (text == "李明")
    assert not AuditEntry.objects.filter(action="directory.find").exists()


@pytest.mark.parametrize(("role", "unit"), [("officer", "hrss"), ("auditor", ""), ("leader", "")])
def test_others_find_by_name_alone(make_user: Any, role: str, unit: str):
    officer()
    user = make_user(role, unit=unit) if unit else make_user(role)
    assert [found(user, text) for text in ("李明", PHONE, IDENTITY)] == [True, False, False]
    assert "完整的证件号码" not in asked(user, "").content.decode()
    assert not AuditEntry.objects.filter(action="directory.find").exists()


def test_kinships_are_found_by_a_whole_number_for_their_keepers_alone(make_user: Any):
    one, other = person(), person("王芳", number="110105199003070048")
    Kinship.objects.create(person=one, relative=other, declared_on=date(2020, 1, 1))
    tied = [str(other) in asked(user, IDENTITY, "directory:kinships").content.decode() for user in (officer(), make_user("auditor"))]
    assert tied == [True, False]


@pytest.mark.parametrize(("limit", "times"), [(n, limit.times) for n, limit in enumerate(numbers.LIMITS)])
def test_below_at_and_above_the_limit(monkeypatch: pytest.MonkeyPatch, make_user: Any, limit: int, times: int):
    monkeypatch.setattr(numbers, "LIMITS", (numbers.LIMITS[limit],))
    operator = make_user("operator")
    numbers.count_numbers([PHONE] * (times - 1), by=officer())
    assert asked(officer(), "13800009999").status_code == 200
    assert not Notification.objects.filter(user=operator).exists()
    assert [asked(officer(), PHONE).status_code for _time in range(2)] == [429, 429]
    assert asked(officer(), "李明").status_code == 200
    (told,) = Notification.objects.filter(user=operator)
    assert (told.text, told.urgent) == ("张经办 按完整的证件号码或电话查人的次数异常多，已暂停。请核实缘由。", True)


@pytest.mark.parametrize("name", ["directory:kinship-add", "redemption:expert-add"])
def test_numbers_typed_into_forms_count_as_well(monkeypatch: pytest.MonkeyPatch, name: str):
    monkeypatch.setattr(numbers, "LIMITS", (numbers.Limit(1, numbers.HOUR),))
    client = Client()
    client.force_login(officer())
    assert [client.post(reverse(name), {"person": IDENTITY}).status_code for _time in range(2)] == [422, 429]


def test_the_operator_who_links_an_account_asks_within_the_same_limit(monkeypatch: pytest.MonkeyPatch, make_user: Any):
    monkeypatch.setattr(numbers, "LIMITS", (numbers.Limit(1, numbers.HOUR),))
    client, other = Client(), make_user("applicant")
    client.force_login(make_user("operator"))
    address = reverse("web:account-person", args=[other.pk])
    assert [client.post(address, {"person": "李四" if nothing else IDENTITY}).status_code == 429 for nothing in (0, 1, 0)] == [
        False,
        False,
        True,
    ]
