from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quintet.directory.forms.records import RecordForm
from quintet.market.models import TransferProject
from quintet.reading.names import canonical


class ProjectField(forms.Field):
    """A project by its number, or by its full name where only one bears it."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", gettext_lazy("项目编号，或项目全称"))
        super().__init__(widget=forms.TextInput, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int):
            value = TransferProject.objects.filter(pk=value).first() or ""
        return value.number if isinstance(value, TransferProject) else value

    def to_python(self, value: Any) -> TransferProject | None:
        text = str(value or "").replace("\0", "").strip()
        if not text:
            return None
        found = list(TransferProject.objects.filter(number=text)) or list(
            TransferProject.objects.filter(canonical_name=canonical(text))[:2]
        )
        if len(found) == 1:
            return found[0]
        if found:
            raise forms.ValidationError(_("有几个项目叫“%(text)s”，请填项目编号。"), params={"text": text})
        raise forms.ValidationError(_("名录中没有“%(text)s”，请核对编号或先登记该项目。"), params={"text": text})


class MemberForm(RecordForm):
    project = ProjectField(label=TransferProject._meta.verbose_name)
