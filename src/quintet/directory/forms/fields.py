"""Form fields that speak as officials do: yuan, codes and names instead of fen and primary keys."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quintet.core.fields import keyed_hash
from quintet.directory.models import Organisation, Person
from quintet.directory.queries.names import organisations_named_exactly
from quintet.directory.sheets.columns import CellError, number_of
from quintet.reading.names import canonical


class YuanField(forms.CharField):
    """Yuan with up to two decimals on the page, fen in the model."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal"}))
        kwargs.setdefault("help_text", gettext_lazy("单位：元，可到分"))
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        return f"{Decimal(value).scaleb(-2):f}" if isinstance(value, int) else value

    def to_python(self, value: Any) -> int | None:
        try:
            return number_of(super().to_python(value), places=2)
        except CellError as error:
            raise forms.ValidationError(str(error)) from None

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return initial != self.to_python(data)
        except forms.ValidationError:
            return True


class OrganisationField(forms.Field):
    """An organisation by its code, or by its full name where only one bears it."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", gettext_lazy("统一社会信用代码，或单位全称"))
        super().__init__(widget=forms.TextInput, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int):
            value = Organisation.objects.filter(pk=value).first() or ""
        return value.code if isinstance(value, Organisation) else value

    def to_python(self, value: Any) -> Organisation | None:
        text = str(value or "").replace("\0", "").strip()
        if not text:
            return None
        found = list(organisations_named_exactly(text)[:2])
        if len(found) == 1:
            return found[0]
        if found:
            raise forms.ValidationError(_("有几个单位叫“%(text)s”，请填统一社会信用代码。"), params={"text": text})
        raise forms.ValidationError(_("名录中没有“%(text)s”，请核对代码或先登记该单位。"), params={"text": text})


class PersonField(forms.Field):
    """A person by identity number, or by name where only one bears it; the number itself is never shown again."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", gettext_lazy("证件号码；名录中无同名的人时也可填姓名"))
        super().__init__(widget=forms.TextInput, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int):
            value = Person.objects.filter(pk=value).first() or ""
        return value.name if isinstance(value, Person) else value

    def to_python(self, value: Any) -> Person | None:
        text = str(value or "").replace("\0", "").strip()
        if not text:
            return None
        found = list(Person.objects.filter(identity_hash=keyed_hash(text))) or list(
            Person.objects.filter(canonical_name=canonical(text))[:2]
        )
        if len(found) == 1:
            return found[0]
        if found:
            raise forms.ValidationError(_("名录中有几个人叫“%(text)s”，请填证件号码。"), params={"text": text})
        raise forms.ValidationError(_("人员名录中没有此人，请先登记。"))


def numbers_in(form: forms.BaseForm) -> list[str]:
    """What was typed where a person is asked for; see `actions.numbers`."""
    return [form.data.get(form.add_prefix(name), "") for name, field in form.fields.items() if isinstance(field, PersonField)]
