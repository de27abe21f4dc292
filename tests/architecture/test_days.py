"""Every day that anybody types goes through one field with bounds: no page, filter or interface counts from the ends of the calendar."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.urls import get_resolver
from django_filters import DateFilter, FilterSet

import quintet
from quintet.core.form_fields import DayField, DayFilter
from quintet.directory.forms.records import form_for
from quintet.directory.sheets import SHEETS
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
    yield from (form for form in subclasses(forms.BaseForm) if form.__module__.startswith("quintet."))
    yield from (form_for(sheet) for sheet in SHEETS.values())


def day_fields() -> dict[str, tuple[type, str]]:
    """"Form.field" → the form and the name of a field that holds a day."""
    found = {}
    for form in forms_of_the_site():
        for name, field in {**getattr(form, "base_fields", {}), **getattr(form, "declared_fields", {})}.items():
            if isinstance(field, forms.DateField):
                found[f"{form.__qualname__}.{name}"] = (form, name)
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
