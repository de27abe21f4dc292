"""The holidays of a year: entered or imported by one, looked at and confirmed by another."""

from datetime import date
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST

from quintet.core import acts, asked, calendar, clock, holidays
from quintet.core.errors import DomainError
from quintet.core.form_fields import WholeField
from quintet.core.models import HolidayPlan, User
from quintet.core.permissions import roles
from quintet.core.reauthentication import signed_in_again
from quintet.core.roles import Role

READERS = (Role.OPERATOR, Role.LEADER, Role.AUDITOR)
PER_PAGE = 20
LARGEST_FILE = 64 * 1024
EXAMPLE = "2027-01-01 至 2027-01-03 休 元旦\n2027-01-10 班 元旦"


class PlanForm(forms.Form):
    year = WholeField(label=gettext_lazy("年份"), min_value=holidays.EARLIEST, max_value=holidays.LATEST)
    source = forms.CharField(
        label=gettext_lazy("依据"), max_length=200, help_text=gettext_lazy("国务院办公厅通知的文号，例如 国办发明电〔2025〕7号")
    )
    days = forms.CharField(
        label=pgettext_lazy("holidays", "安排"), required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
        help_text=gettext_lazy("每行一个假期：日期 至 日期 休 节日；调休上班：日期 班 节日。须是全年的，含假期中的周末。"),
    )  # fmt: skip
    file = forms.FileField(
        label=gettext_lazy("或者导入文件"), required=False, help_text=gettext_lazy("文本文件（UTF-8 或 GB18030），内容写法相同")
    )

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        if file := answers.get("file"):
            if answers.get("days", "").strip():
                self.add_error("file", _("文本框和文件只能用一种：请清空文本框，或者不选文件。"))
                return answers
            answers["days"] = self._text(file)
        if not answers.get("days", "").strip() and not self.errors:
            self.add_error("days", _("请填写安排，或者选择文件。"))
        return answers

    def _text(self, file: Any) -> str:
        if file.size > LARGEST_FILE:
            raise forms.ValidationError(_("文件过大：一年的安排不超过 64 KB。"))
        content = file.read()
        for encoding in ("utf-8-sig", "gb18030"):
            try:
                return str(content.decode(encoding))
            except UnicodeDecodeError:
                continue
        raise forms.ValidationError(_("文件不是文本：请另存为 UTF-8 文本后再导入。"))


@roles(*READERS)
def plans(request: HttpRequest) -> HttpResponse:
    today = clock.today()
    years = [
        {"year": year, "known": calendar.is_known(year), "entered": HolidayPlan.objects.filter(year=year, state="in_force").first()}
        for year in (today.year, today.year + 1)
    ]
    rows = HolidayPlan.objects.select_related("entered_by", "confirmed_by")
    page = Paginator(rows, PER_PAGE).get_page(asked.text(request, "page"))
    context = {"years": years, "missing": holidays.missing_years(today), "page": page, "may_enter": acts.PROPOSE_HOLIDAYS.may(request.user)}
    return render(request, "web/holidays.html", context)


@roles(*acts.PROPOSE_HOLIDAYS.roles)
def add(request: HttpRequest) -> HttpResponse:
    next_year = clock.today().year + 1
    form = PlanForm(request.POST or None, request.FILES or None, initial={"year": next_year})
    if request.method == "POST" and form.is_valid():
        answers = form.cleaned_data
        try:
            entered = holidays.propose_plan(answers["year"], answers["days"], source=answers["source"], by=cast(User, request.user))
        except DomainError as error:
            form.add_error("days", " ".join(str(part) for part in (error.where, error.message, error.remedy) if part))
        else:
            messages.success(request, _("已录入，等待复核。请再核对一遍，并请另一位系统管理员或领导复核。"))
            return redirect("web:holidays-plan", entered.pk)
    context = {"form": form, "example": EXAMPLE}
    return render(request, "web/holidays_add.html", context, status=422 if form.errors else 200)


@roles(*READERS)
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """Every day as it would count, beside what holds now."""
    shown = get_object_or_404(HolidayPlan.objects.select_related("entered_by", "entered_under", "confirmed_by"), pk=pk)
    days = [{"day": date.fromisoformat(day), "works": works, "name": name} for day, works, name in shown.days]
    waits = shown.state == HolidayPlan.State.PROPOSED
    context = {
        "plan": shown,
        "days": days,
        "off": sum(not row["works"] for row in days),
        "working": sum(bool(row["works"]) for row in days),
        "may_confirm": holidays.may_confirm(shown, request.user),
        "may_drop": waits and acts.DROP_HOLIDAYS.may(request.user),
        "waits_for_another": waits and request.user.pk == shown.entered_by_id,
    }
    return render(request, "web/holidays_plan.html", context)


@roles(*acts.CONFIRM_HOLIDAYS.roles)
@signed_in_again()
@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    moved = holidays.confirm_plan(get_object_or_404(HolidayPlan, pk=pk), by=cast(User, request.user), on=clock.today())
    messages.success(request, _("已生效；%(n)d 个未到期的期限随之顺延。") % {"n": sum(moved.values())})
    return redirect("web:holidays-plan", pk)


@roles(*acts.DROP_HOLIDAYS.roles)
@require_POST
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    holidays.drop_plan(get_object_or_404(HolidayPlan, pk=pk), by=cast(User, request.user))
    messages.success(request, _("已撤回。"))
    return redirect("web:holidays-plan", pk)
