from datetime import timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quintet.api.actions import LONGEST
from quintet.api.models import Scope
from quintet.core.form_fields import DayField


def _in_three_months() -> object:
    return timezone.localdate() + timedelta(days=90)


class TokenForm(forms.Form):
    name = forms.CharField(label=_("名称"), max_length=60, help_text=_("写明哪个程序使用，例如“园区系统”。"))
    scopes = forms.MultipleChoiceField(
        label=pgettext_lazy("token", "用途"),
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=[Scope.EVALUATE],
        help_text=_("后两项另需工作人员角色。"),
    )
    expires_on = DayField(
        label=_("有效期至"),
        initial=_in_three_months,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("最长一年。"),
    )

    def clean_expires_on(self) -> object:
        day, today = self.cleaned_data["expires_on"], timezone.localdate()
        if not today <= day <= today + LONGEST:
            raise forms.ValidationError(_("请填今天起一年以内的日期。"))
        return day
