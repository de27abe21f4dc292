from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quintet.directory.forms.fields import YuanField


class AppropriationForm(forms.Form):
    """Money that the treasury sets aside or takes back, with its document."""

    change = forms.ChoiceField(
        label=gettext_lazy("事项"),
        choices=[("appropriate", gettext_lazy("安排（增加）")), ("reduce", gettext_lazy("调减"))],
        initial="appropriate",
    )
    amount = YuanField(label=gettext_lazy("金额"))
    reference = forms.CharField(
        label=gettext_lazy("下达文件文号"), max_length=100, help_text=gettext_lazy("同一文号对同一资金、同一年度只记一次")
    )
    memo = forms.CharField(label=gettext_lazy("说明"), max_length=200, required=False)

    def clean_amount(self) -> int:
        amount: int = self.cleaned_data["amount"]
        if amount <= 0:
            raise forms.ValidationError(_("金额必须大于零。"))
        return amount


class FundFilter(forms.Form):
    """What the page of a fund shows; kept in its address."""

    year = forms.TypedChoiceField(label=gettext_lazy("年度"), coerce=int, required=False)
    on = forms.DateField(label=gettext_lazy("截至日期"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, data: Any, *, years: list[int], today: date) -> None:
        super().__init__(data)
        self.fields["year"].choices = [(year, year) for year in years]  # type: ignore[attr-defined]
        self.years, self.today = years, today

    def chosen(self) -> tuple[int, date]:
        """The year and the day asked for; this year's or the latest, and today, where nothing sensible was."""
        found = self.cleaned_data if self.is_valid() else {}
        year = found.get("year") or next((year for year in self.years if year <= self.today.year), self.years[-1])
        return int(year), found.get("on") or self.today
