"""Every day that anybody types goes through one field with bounds: no page, filter or interface counts from the ends of the calendar."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone
from django_filters import DateFilter, FilterSet

import quintet
from quintet.core import account_proposals, actions
from quintet.core.errors import DomainError
from quintet.core.form_fields import DayField, DayFilter
from quintet.core.models import AccountProposal
from quintet.engine import values
from quintet.reading.dates import EARLIEST, LATEST
from tests.architecture.access import ACCESS
from tests.architecture.samples import POSTS
from tests.architecture.test_access import patterns
from tests.architecture.test_odd_addresses import VIEWS, address_of, subclasses, visitor

SOURCE = Path(quintet.__file__).parent
EDGES = ["0001-01-01", "9999-12-31"]


def forms_of_the_site() -> Iterator[type[forms.BaseForm]]:
    list(patterns(get_resolver()))  # every view is imported, and so its forms
    ours = lambda form: any(base.__module__.startswith("quintet.") for base in form.__mro__)  # forms of registers are made by a factory
    yield from (form for form in subclasses(forms.BaseForm) if ours(form))


def day_fields() -> dict[str, tuple[type, str]]:
    """ "Form.field" → the form and the name of a field that holds a day."""
    found = {}
    for form in forms_of_the_site():
        for name, field in {**getattr(form, "base_fields", {}), **getattr(form, "declared_fields", {})}.items():
            if isinstance(field, forms.DateField):
                model = getattr(getattr(form, "_meta", None), "model", None)  # forms of registers share their name
                found[f"{form.__qualname__}{f' of {model.__name__}' if model else ''}.{name}"] = (form, name)
    return found


def day_filters() -> dict[str, Any]:
    return {
        f"{filterset.__qualname__}.{name}": found
        for filterset in subclasses(FilterSet)
        if filterset.__module__.startswith("quintet.")
        for name, found in filterset.base_filters.items()  # type: ignore[attr-defined]
        if isinstance(found, DateFilter)
    }


FIELDS, FILTERS = day_fields(), day_filters()
NAMES = sorted({name.rpartition(".")[2] for name in [*FIELDS, *FILTERS]})


def test_the_table_is_not_empty():
    assert {"GrantForm.last_day", "DelegationForm.first_day", "AuditFilter.start", "TokenForm.expires_on"} <= set(FIELDS)
    assert {"OrganisationForm of Organisation.registered_on"} <= set(FIELDS)
    assert len(FIELDS) > 20
    assert len(FILTERS) > 3


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_a_field_holds_days_between_the_bounds(name: str):
    form, field_name = FIELDS[name]
    field = {**form.base_fields, **form.declared_fields}[field_name]  # type: ignore[attr-defined]
    assert isinstance(field, DayField)
    held_between_the_bounds(field)


@pytest.mark.parametrize("name", sorted(FILTERS))
def test_a_filter_holds_days_between_the_bounds(name: str):
    assert isinstance(FILTERS[name], DayFilter)
    held_between_the_bounds(FILTERS[name].field)


def held_between_the_bounds(field: forms.Field) -> None:
    for day in (EARLIEST, EARLIEST + timedelta(days=1), LATEST - timedelta(days=1), LATEST):
        assert field.clean(day.isoformat()) == day
    for day in (date.min, EARLIEST - timedelta(days=1), LATEST + timedelta(days=1), date.max):
        for written in (day.isoformat(), f"{day.year:04}年{day.month}月{day.day}日", day):
            with pytest.raises(forms.ValidationError, match=r"不在 1900-01-01 至 2150-12-31 之间"):
                field.clean(written)


def test_no_other_field_for_days_is_used_and_the_engine_has_the_same_bounds():
    other = re.compile(r"\bforms\.Date(?:Time)?Field\(|\bDate(?:Time)?(?:FromToRange)?Filter\(|\bSelectDateWidget\(")
    users = [
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if other.search(path.read_text(encoding="utf-8")) and path.name != "form_fields.py"
    ]
    assert users == []
    assert (values.EARLIEST, values.LATEST) == (EARLIEST, LATEST)


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.django_db
@pytest.mark.parametrize(("last", "status", "proposed"), [("2150-12-31", 302, 1), ("2151-01-01", 422, 0), ("9999-12-31", 422, 0)])
def test_a_role_is_not_granted_to_the_end_of_the_calendar(make_user: Any, last: str, status: int, proposed: int):
    operator, user = make_user("operator"), make_user()
    make_user("operator")
    given = {"role": "auditor", "granted_on": timezone.localdate().isoformat(), "last_day": last}
    answer = signed_in(operator).post(f"/accounts/{user.pk}/grant/", given)
    assert answer.status_code == status
    assert ("不在 1900-01-01 至 2150-12-31 之间" in answer.content.decode()) is (status == 422)
    assert AccountProposal.objects.count() == proposed
    for day in (date(2151, 1, 1), date.max):
        with pytest.raises(ValidationError, match="日期最晚到"):
            account_proposals.propose_role(
                user, "auditor", granted_on=timezone.localdate(), last_day=day, by=operator, on=timezone.localdate()
            )


@pytest.mark.django_db
def test_nor_lent_to_it(make_user: Any):
    user, other = make_user("officer", unit="stb"), make_user("officer", unit="hrss", name="other")
    given = {"grant": user.grants.get().pk, "to": "other", "first_day": timezone.localdate().isoformat(), "last_day": "9999-12-31"}
    answer = signed_in(user).post("/me/", given)
    assert answer.status_code < 500
    assert "不在 1900-01-01 至 2150-12-31 之间" in answer.content.decode()
    assert not other.grants.filter(delegated_by=user).exists()
    for day in (LATEST, date.max):
        with pytest.raises(DomainError, match="最多"):
            actions.delegate(user.grants.get(), other, first_day=timezone.localdate(), last_day=day, by=user, on=timezone.localdate())
        with pytest.raises(DomainError, match="最多提前"):
            actions.delegate(user.grants.get(), other, first_day=day, last_day=day, by=user, on=timezone.localdate())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "told"),
    [("start=0001-01-01", True), ("end=9999-12-31", True), ("start=1899-12-31", True), ("start=1900-01-01&end=2150-12-31", False)],
)
def test_the_audit_page_tells_a_day_beyond_the_bounds(make_user: Any, query: str, told: bool):
    answer = signed_in(make_user("auditor")).get(f"/audit/?{query}")
    assert answer.status_code == 200
    assert ("不在 1900-01-01 至 2150-12-31 之间" in answer.content.decode()) is told


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(ACCESS))
def test_a_page_answers_the_ends_of_the_calendar(name: str, make_user: Any):
    """Each name of a day in turn would be hidden by nothing: the other fields are as they should be, or absent."""
    client, user = visitor(name, make_user)
    address = address_of(name, user)
    method = client.post if name in POSTS else client.get
    broken = [value for value in EDGES if method(address, POSTS.get(name, {}) | dict.fromkeys(NAMES, value)).status_code >= 500]
    assert broken == []
    assert name in VIEWS
