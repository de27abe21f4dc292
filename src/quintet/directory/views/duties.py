"""Which department keeps which register: for all officials to read, for two operators to change."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from quintet.core import asked, clock
from quintet.core.errors import DomainError
from quintet.core.models import User
from quintet.core.permissions import roles
from quintet.core.reauthentication import signed_in_again
from quintet.directory import acts
from quintet.directory.actions.duties import confirm_duty, end_duty, may_confirm_duty, propose_duty
from quintet.directory.models import RegisterDuty
from quintet.directory.permissions import READERS
from quintet.directory.sheets.sheet import sheets
from quintet.policies.queries import unit_names

PER_PAGE = 20


class DutyForm(forms.Form):
    register = forms.ChoiceField(label=gettext_lazy("名录"))
    unit = forms.ChoiceField(label=gettext_lazy("经办部门"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        registers, units = cast(Any, self.fields["register"]), cast(Any, self.fields["unit"])
        registers.choices = [("", "—"), *((sheet.id, sheet.title) for sheet in sheets().values())]
        units.choices = [("", "—"), *unit_names().items()]


@roles(*READERS)
def duties(request: HttpRequest) -> HttpResponse:
    """Each register with its departments, what waits for a second operator, and what has ended."""
    form = DutyForm() if acts.PROPOSE_DUTY.may(request.user) else None
    related = RegisterDuty.objects.select_related("proposed_by", "proposed_under", "confirmed_by")
    held = [_shown(duty, request.user) for duty in related.filter(revoked_on=None)]
    ended = Paginator(related.exclude(revoked_on=None).order_by("-revoked_on", "-pk"), PER_PAGE).get_page(asked.text(request, "page"))
    context = {
        "registers": [
            {"title": sheet.title, "url": sheet.list_url, "duties": [row for row in held if row["duty"].register == sheet.id]}
            for sheet in sheets().values()
        ],
        "page": ended,
        "ended": [_shown(duty, request.user) for duty in ended],
        "may_end": acts.END_DUTY.may(request.user),
        "form": form,
    }
    return render(request, "directory/duties.html", context)


def _shown(duty: RegisterDuty, user: Any) -> dict[str, Any]:
    title = sheets()[duty.register].title if duty.register in sheets() else duty.register
    return {"duty": duty, "register": title, "unit": unit_names().get(duty.unit, duty.unit), "may_confirm": may_confirm_duty(duty, user)}


@roles(*acts.PROPOSE_DUTY.roles)
@signed_in_again()
@require_POST
def propose(request: HttpRequest) -> HttpResponse:
    form = DutyForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请选择名录和经办部门。"))
    else:
        try:
            propose_duty(**form.cleaned_data, by=cast(User, request.user), on=clock.today())
        except DomainError as error:
            messages.error(request, " ".join(filter(None, (error.message, error.remedy))))
        else:
            messages.success(request, _("已提出，等待另一位系统管理员复核。"))
    return redirect("directory:duties")


@roles(*acts.CONFIRM_DUTY.roles)
@signed_in_again()
@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    confirm_duty(get_object_or_404(RegisterDuty, pk=pk), by=cast(User, request.user), on=clock.today())
    messages.success(request, _("已复核，分工从今天起有效。"))
    return redirect("directory:duties")


@roles(*acts.END_DUTY.roles)
@signed_in_again()
@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    duty, reason = get_object_or_404(RegisterDuty, pk=pk), request.POST.get("reason", "").replace("\0", "")
    try:
        end_duty(duty, reason=reason, by=cast(User, request.user), on=clock.today())
    except DomainError as error:
        messages.error(request, " ".join(filter(None, (error.message, error.remedy))))
    else:
        messages.success(request, _("已终止，记录保留。"))
    return redirect("directory:duties")
