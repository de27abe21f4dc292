from contextlib import suppress
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quintet.core import attachments
from quintet.core.fields import keyed_hash
from quintet.core.form_fields import DayField, NameField, WholeField
from quintet.core.unreadable import words
from quintet.directory.forms.fields import OrganisationField, PersonField, YuanField
from quintet.directory.models import Membership, Organisation, Person, PersonalDataLook, YearlyFact
from quintet.directory.queries.history import version_of
from quintet.directory.sheets import PARTS, check_year, figure_problem, figure_steps
from quintet.directory.sheets.columns import CellError, Day, Number, Reference, Text
from quintet.directory.sheets.sheet import Sheet
from quintet.reading.errors import Unreadable
from quintet.reading.identifiers import identity_doubt, identity_number

YES_NO_UNKNOWN = [("", gettext_lazy("未知")), ("true", gettext_lazy("是")), ("false", gettext_lazy("否"))]
EVIDENCE = ("pdf", "png", "jpg")


def _form_field(field: models.Field, **kwargs: Any) -> forms.Field | None:
    common = {"label": field.verbose_name, "required": not field.blank, "help_text": field.help_text}
    if isinstance(field, models.ForeignKey) and field.related_model is Organisation:
        return OrganisationField(label=field.verbose_name, required=not field.blank)
    if isinstance(field, models.ForeignKey) and field.related_model is Person:
        return PersonField(label=field.verbose_name, required=not field.blank)
    if field.name.endswith("_fen"):
        return YuanField(label=field.verbose_name, required=not field.blank)
    if isinstance(field, models.BooleanField) and field.null:
        return forms.TypedChoiceField(
            choices=YES_NO_UNKNOWN,
            coerce=lambda text: {"true": True, "false": False}.get(text.lower()),
            empty_value=None,
            **common | {"required": False},
        )
    if isinstance(field, models.IntegerField) and not field.choices:
        return WholeField(**common, **bounds_of(field))
    if isinstance(field, models.DateField):
        return DayField(widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **common)
    if field.name in ("identity_number", "phone"):
        kwargs |= {"widget": forms.TextInput(attrs={"autocomplete": "off"})}
    return field.formfield(**kwargs)


def bounds_of(field: models.IntegerField) -> dict[str, int]:
    """The least and the greatest value, as the field's validators say."""
    return {
        name: validator.limit_value
        for validator in field.validators
        for kind, name in ((MinValueValidator, "min_value"), (MaxValueValidator, "max_value"))
        if isinstance(validator, kind)
    }


class RecordForm(forms.ModelForm):
    """Create and edit a record of a register; days, texts and numbers are read as in the sheet."""

    sheet: Sheet
    formfield_callback = staticmethod(_form_field)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["version"] = forms.IntegerField(widget=forms.HiddenInput, required=False)
            self.initial["version"] = version_of(self.instance)
        for name, field in self.fields.items():
            if isinstance(field, forms.TypedChoiceField) and field.choices and self.initial.get(name) in (True, False):
                self.initial[name] = str(self.initial[name]).lower()

    def rebased(self, current: Any, then: Any, changed: list[str]) -> "RecordForm":
        """This form over the record as it is now: what the person typed stays, what only others changed is as they left it."""
        typed, now = self.data.copy(), type(self)(instance=current)
        typed[self.add_prefix("version")] = now["version"].value()
        own = set(type(self)(self.data, instance=then).changed_data) if then is not None else set()
        for name in changed:
            for field in self.fields_of(name):
                if field in self.fields and field not in own:
                    value = now[field].value()
                    typed[self.add_prefix(field)] = "" if value is None else value
        return type(self)(typed, self.files or None, instance=current)

    def fields_of(self, name: str) -> list[str]:
        """The fields of the form that stand for a field of the model."""
        return [name]

    def doubts(self) -> list[str]:
        """What is worth a look and still saved, in words."""
        columns = [
            column for column in self.sheet.columns if isinstance(column, Text) and column.doubts and column.target in self.changed_data
        ]
        found = [column.doubts(self.cleaned_data.get(column.target) or "") for column in columns if column.doubts]
        return [words(doubt) for doubt in found if doubt]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.instance.pk and cleaned.get("version") is None and "version" not in self.errors:
            self.add_error(None, _("这一页不完整，没有保存：看不出它是哪一版。请从名录重新打开这条记录，再修改一次。"))
        for column in self.sheet.columns:
            text = isinstance(column, Text) and not isinstance(column, Reference)
            if (isinstance(column, Day) or text) and cleaned.get(column.target):
                try:
                    read = column.read(cleaned[column.target])
                except CellError as error:
                    self.add_error(column.target, str(error))
                else:
                    cleaned[column.target] = read
            if isinstance(column, Number) and column.subject and cleaned.get(column.target):
                try:
                    column.within(cleaned[column.target])
                except CellError as error:
                    self.add_error(column.target, str(error))
        return cleaned


def form_for(sheet: Sheet, *names: str, base: type[RecordForm] = RecordForm) -> type[RecordForm]:
    """The form of a sheet's model with these fields."""
    meta = type("Meta", (), {"model": sheet.model, "fields": list(names), "formfield_callback": staticmethod(_form_field)})
    return type(f"{sheet.model.__name__}Form", (base,), {"Meta": meta, "sheet": sheet})


class MembershipForm(RecordForm):
    """Says beside the choice what each part allows."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["part"].help_text = PARTS


class PersonForm(RecordForm):
    """An identity number already recorded is not shown: empty keeps it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kept = {name: getattr(self.instance, name) for name in ("identity_number", "phone")} if self.instance.pk else {}
        for name, value in self.kept.items():
            self.initial[name] = ""
            if value:
                self.fields[name].help_text = _("已登记 %(masked)s；留空则不变。") % {
                    "masked": self.instance.masked_identity if name == "identity_number" else self.instance.masked_phone
                }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for name, value in self.kept.items():
            cleaned[name] = cleaned.get(name) or value
        number = cleaned.get("identity_number")
        if number and Person.objects.filter(identity_hash=keyed_hash(number)).exclude(pk=self.instance.pk).exists():
            self.add_error("identity_number", _("这个证件号码已登记在另一人名下。"))
        return cleaned


class RecognitionForm(RecordForm):
    def clean_evidence(self) -> Any:
        file = self.cleaned_data.get("evidence")
        if not file or not hasattr(file, "content_type"):
            return file
        if file.size > settings.MAX_UPLOAD_BYTES:
            raise ValidationError(_("文件超过 20 MB。"))
        try:
            kind = attachments.kind_of(file.file, file.name)
        except attachments.BadFile as error:
            raise ValidationError(" ".join(part for part in (error.message, error.remedy) if part)) from None
        if kind not in EVIDENCE:
            raise ValidationError(_("证明文件只收 PDF、PNG 和 JPEG（只看内容，不看扩展名）。"))
        file.name = f"evidence.{kind}"
        return file


def _check_year(form: forms.BaseForm, cleaned: dict[str, Any]) -> None:
    try:
        check_year(cleaned.get("year") or 0)
    except CellError as error:
        form.add_error("year", str(error))


class YearlyFactForm(RecordForm):
    amount = forms.CharField(
        label=gettext_lazy("数值"),
        max_length=40,
        help_text=gettext_lazy("金额填元，可到分；人数、件数填整数；得分可有两位小数；是否类填“是”或“否”"),
    )

    def fields_of(self, name: str) -> list[str]:
        return ["amount"] if name == "value" else [name]

    field_order = ["organisation", "year", "name", "amount", "standing", "source", "recorded_on"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            shown = self.sheet.column("value").write(self.instance)
            self.initial["amount"] = f"{shown:.2f}" if isinstance(shown, float) else shown

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        _check_year(self, cleaned)
        if cleaned.get("name") and cleaned.get("amount"):
            try:
                self.instance.value = figure_steps(cleaned["name"], cleaned["amount"])
            except CellError as error:
                self.add_error("amount", figure_problem(cleaned["name"], error))
        return cleaned


class LookForm(forms.Form):
    purpose = forms.ChoiceField(label=gettext_lazy("用途"), choices=[("", "—"), *PersonalDataLook.Purpose.choices])
    reference = forms.CharField(
        label=gettext_lazy("对应事项"),
        max_length=60,
        min_length=4,
        help_text=gettext_lazy("办理申报的填完整的申报编号；其他用途填来文、材料或请求的编号。"),
    )
    reason = forms.CharField(
        label=gettext_lazy("查看理由"),
        max_length=200,
        min_length=4,
        help_text=gettext_lazy("会连同您的姓名和时间一起记录，本人和审计可以查到。"),
    )


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("Excel 文件"),
        help_text=gettext_lazy("收 .xlsx 或 .csv，不超过 20 MB、20 万行；不含宏、公式和合并单元格。"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
        max_length=200,
    )


class ContactForm(forms.Form):
    name = NameField(label=gettext_lazy("姓名"), max_length=60)
    identity_number = forms.CharField(label=gettext_lazy("证件号码"), max_length=24, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    phone = forms.CharField(label=gettext_lazy("电话"), max_length=20, required=False)

    def doubts(self) -> list[str]:
        """What is worth a look and still taken, in words."""
        with suppress(Unreadable):
            if doubt := identity_doubt(identity_number(self.cleaned_data.get("identity_number", ""))):
                return [words(doubt)]
        return []

    part = forms.ChoiceField(
        label=gettext_lazy("身份"),
        choices=[(Membership.Part.CONTACT, Membership.Part.CONTACT.label), (Membership.Part.AGENT, Membership.Part.AGENT.label)],
        help_text=PARTS,
    )


class DeclaredFigureForm(forms.Form):
    year = WholeField(label=gettext_lazy("年度"), min_value=1990, max_value=2100)
    name = forms.ChoiceField(label=gettext_lazy("指标"), choices=YearlyFact.Name.choices)
    amount = forms.CharField(
        label=gettext_lazy("数值"), max_length=40, help_text=gettext_lazy("金额填元；人数、件数填整数；是否类填“是”或“否”")
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        _check_year(self, cleaned)
        if cleaned.get("name") and cleaned.get("amount"):
            try:
                cleaned["value"] = figure_steps(cleaned["name"], cleaned["amount"])
            except CellError as error:
                self.add_error("amount", figure_problem(cleaned["name"], error))
        return cleaned


__all__ = [
    "ContactForm",
    "DeclaredFigureForm",
    "LookForm",
    "MembershipForm",
    "PersonForm",
    "RecognitionForm",
    "RecordForm",
    "UploadForm",
    "YearlyFactForm",
    "form_for",
]
