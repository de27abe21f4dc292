"""Form fields that read as the workbooks do."""

import hashlib
import json
from datetime import date
from typing import Any

import django_filters
from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from quintet.core.texts import shortened
from quintet.core.unreadable import words
from quintet.reading import amounts, dates, names
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


class NameField(forms.CharField):
    """The name of a person or an organisation, as registers read it."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        try:
            return names.written(text) if text else text
        except Unreadable as error:
            raise forms.ValidationError(words(error), code="invalid") from None


class Seen(forms.Form):
    """Mixed into a form over something that is there already: whoever opened an older page is told what others have saved since.

    `holds()` gives the values as they are now; the page carries their digest. Registers tell more (`directory.forms.records`).
    """

    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["seen"] = self.seen_now()

    def holds(self) -> dict[str, Any]:
        return {name: value for name, value in self.initial.items() if name in self.fields and name != "seen"}

    def seen_now(self) -> str:
        """Of a form over nothing: empty."""
        held = {name: str(value or "") for name, value in sorted(self.holds().items())}
        return hashlib.sha256(json.dumps(held).encode()).hexdigest() if held else ""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        given, now = cleaned.pop("seen", ""), self.seen_now()
        if now and not given:
            self.add_error(None, _("这一页不完整，没有保存：看不出它是哪一版。请重新打开这一页，再修改一次。"))
        elif given != now:
            differing = [
                _("%(label)s现为“%(value)s”") % {"label": self.fields[name].label, "value": shortened(value, 60)}
                for name, value in self.holds().items()
                if str(value or "") != str(cleaned.get(name) or "")
            ]
            told = _("您打开这一页之后，他人修改过，您的修改没有保存。")
            self.add_error(None, " ".join([told, "；".join(differing), _("请核对后再保存。")]).replace("  ", " "))
            self.data = {**self.data.dict(), self.add_prefix("seen"): now} if isinstance(self.data, QueryDict) else self.data
        return cleaned


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
