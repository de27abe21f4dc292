"""Ties that a register once had by mistake: proposed by one of those who keep it, confirmed by another."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quintet.core import asked, clock
from quintet.core.errors import DomainError
from quintet.core.models import User
from quintet.core.permissions import roles
from quintet.core.reauthentication import signed_in_again
from quintet.directory import acts
from quintet.directory.actions.ties import REGISTERS, confirm_wrong_tie, confirmable, propose_wrong_tie, waiting
from quintet.directory.forms.fields import OrganisationField, PersonField
from quintet.directory.models import WrongTie
from quintet.directory.permissions import kept_registers
from quintet.directory.sheets.sheet import sheets

PER_PAGE = 20


class WrongTieForm(forms.Form):
    register = forms.ChoiceField(label=gettext_lazy("名录"))
    person = PersonField(label=gettext_lazy("人员"))
    organisation = OrganisationField(label=gettext_lazy("单位"), required=False)
    relative = PersonField(label=gettext_lazy("近亲属"), required=False)
    reason = forms.CharField(label=gettext_lazy("登记怎样有误"), max_length=300)

    def __init__(self, *args: Any, registers: frozenset[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept = [name for name in REGISTERS if name in registers]
        cast(Any, self.fields["register"]).choices = [("", "—"), *((name, sheets()[name].title) for name in kept)]


@roles(*acts.PROPOSE_WRONG_TIE.roles)
@signed_in_again()
def wrong_ties(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    form = WrongTieForm(registers=kept_registers(user))
    if request.method == "POST":
        if "tie" in request.POST:
            return _confirm(request, user)
        form = WrongTieForm(request.POST, registers=kept_registers(user))
        if form.is_valid() and _proposed(form, user):
            messages.success(request, _("已提出，等待另一位经办人复核。"))
            return redirect("directory:wrong-ties")
    done = WrongTie.objects.exclude(confirmed=None).select_related("person", "organisation", "relative", "proposed_by", "confirmed_by")
    page = Paginator(done.order_by("-pk"), PER_PAGE).get_page(asked.text(request, "page"))
    mine = {tie.pk for tie in confirmable(user)}
    context = {
        "form": form,
        "waiting": [{"tie": tie, "title": sheets()[tie.register].title, "may_confirm": tie.pk in mine} for tie in waiting()[:PER_PAGE]],
        "done": [{"tie": tie, "title": sheets()[tie.register].title} for tie in page],
        "page": page,
    }
    return render(request, "directory/wrong_ties.html", context, status=422 if form.errors else 200)


def _proposed(form: WrongTieForm, user: User) -> bool:
    given = form.cleaned_data
    try:
        propose_wrong_tie(
            given["register"],
            given["person"],
            given["relative"] or given["organisation"],
            reason=given["reason"],
            by=user,
            on=clock.today(),
        )
    except DomainError as error:
        form.add_error(None, " ".join(filter(None, (error.message, error.where, error.remedy))))
        return False
    return True


def _confirm(request: HttpRequest, user: User) -> HttpResponse:
    tie = get_object_or_404(WrongTie, pk=asked.whole(request.POST["tie"]) or 0)
    try:
        confirm_wrong_tie(tie, confirmed={"yes": True, "no": False}.get(request.POST.get("confirmed", "")), by=user)
    except DomainError as error:
        messages.error(request, " ".join(filter(None, (error.message, error.where, error.remedy))))
    else:
        messages.success(request, _("已办理。"))
    return redirect("directory:wrong-ties")
