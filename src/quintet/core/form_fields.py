"""Form fields that read as the workbooks do."""

from datetime import date
from typing import Any

import django_filters
from django import forms

from quintet.core.unreadable import words
from quintet.reading import amounts, dates
from quintet.reading.errors import Unreadable
from quintet.reading.letters import narrow


class DayField(forms.DateField):
    """A day in every way that people write one; a browser's own date field sends 2021-12-06."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> date | None:
        if value in self.empty_values or (isinstance(value, str) and not narrow(value)):
            return None
        try:
            return dates.day(value)
        except Unreadable as error:
            raise forms.ValidationError(words(error), code="invalid") from None


class WholeField(forms.IntegerField):
    """A whole number as `reading.amounts` reads it: in any width, with thousands in their places; 1_000 and ② are none."""

    def to_python(self, value: Any) -> int | None:
        if value in self.empty_values or (isinstance(value, str) and not narrow(value)):
            return None
        try:
            return amounts.steps(value, least=-amounts.GREATEST)
        except Unreadable as error:
            raise forms.ValidationError(words(error), code="invalid") from None


class WholeFilter(django_filters.NumberFilter):  # type: ignore[misc]
    """A whole number in a filter over a list."""

    field_class = WholeField


class DayFilter(django_filters.DateFilter):  # type: ignore[misc]  # the library has no types
    """A day in a filter over a list."""

    field_class = DayField
