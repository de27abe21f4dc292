"""An applicant's own organisation, and the one page with personal data in clear."""

from datetime import date
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from quintet.core import asked, clock, limits
from quintet.core.errors import DomainError
from quintet.core.models import User
from quintet.core.permissions import roles, signed_in
from quintet.core.reauthentication import signed_in_again
from quintet.directory.actions.members import (
    accept_membership,
    confirm_membership,
    consequences,
    end_membership,
    left_proposals,
    may_confirm,
    may_end,
    propose_again,
)
from quintet.directory.actions.records import declare_figure, look_at_personal_data, propose_contact
from quintet.directory.forms.records import ContactForm, DeclaredFigureForm, LookForm
from quintet.directory.models import Membership, Organisation, Person, Recognition
from quintet.directory.permissions import KEEPERS, PEOPLE, READERS, is_reader, require_keeper
from quintet.directory.queries.members import may_act_for, may_see, organisations_of, without_proposer
from quintet.directory.queries.overview import organisation_overview, sources_table

CONTACTS_A_DAY = 20  # of one organisation


@signed_in
def my_organisation(request: HttpRequest) -> HttpResponse:
    today = clock.today()
    mine = organisations_of(request.user, today)
    about_me = _proposed_for(cast(User, request.user), today)
    if not mine:
        return render(request, "directory/my_organisation.html", {"mine": [], "about_me": about_me})
    chosen = _chosen(mine, asked.text(request, "organisation"))
    contact, figure = ContactForm(prefix="contact"), DeclaredFigureForm(prefix="figure", initial={"year": today.year - 1})
    if request.method == "POST" and "propose" in request.POST:
        contact = ContactForm(request.POST, prefix="contact")
        _require_few(chosen)
        if contact.is_valid() and _tried(contact, propose_contact, chosen, **contact.cleaned_data, by=request.user, on=today):
            messages.success(request, _("已提出，等待主管部门确认。"))
            for doubt in contact.doubts():
                messages.warning(request, doubt)
            return redirect(_own_url(chosen))
    if request.method == "POST" and "declare" in request.POST:
        figure = DeclaredFigureForm(request.POST, prefix="figure")
        if figure.is_valid():
            given = {key: figure.cleaned_data[key] for key in ("year", "name", "value")}
            if _tried(figure, declare_figure, chosen, **given, by=request.user, on=today):
                messages.success(request, _("已登记为“企业自报”，主管部门登记的数据优先。"))
                return redirect(_own_url(chosen))
    context = {
        "mine": [{"label": row.name, "url": _own_url(row), "active": row == chosen} for row in mine],
        "organisation": chosen,
        "facts": sources_table(chosen, today),
        "contact": contact,
        "about_me": about_me,
        "own": list(Membership.objects.in_force(today).filter(person__user=request.user, organisation=chosen, revoked_on=None)),
        "waiting": _waiting(chosen, cast(User, request.user), today),
        "left": left_proposals(cast(User, request.user), today, Membership.objects.filter(organisation=chosen)),
        "figure": figure,
        "acts": may_act_for(request.user, chosen, today),
    }
    failed = bool(contact.errors or figure.errors)
    return render(request, "directory/my_organisation.html", context | organisation_overview(chosen, today), status=422 if failed else 200)


def _require_few(organisation: Organisation) -> None:
    """Raises TooOften: nobody tries names and numbers of the register by proposing them."""
    if not limits.allow(f"contact|{organisation.pk}", times=CONTACTS_A_DAY, per=limits.DAY):
        raise limits.TooOften(
            _("今天提出的人员太多，这一次没有受理。"), where=str(organisation), remedy=_("请明天再提，或请主管部门登记。")
        )


def _waiting(organisation: Organisation, user: User, today: date) -> list[Membership]:
    """Proposals that this user, as the legal representative, may confirm."""
    proposed = Membership.objects.filter(organisation=organisation, granted_on=None, revoked_on=None)
    related = proposed.select_related("person", "organisation", "proposed_under").order_by("pk")[:20]
    return [membership for membership in related if may_confirm(membership, user, today)]


def _proposed_for(user: User, today: date) -> list[tuple[Membership, bool]]:
    """Proposals that this user may act for somebody, and whether who made it has left: not theirs to confirm, and theirs to refuse."""
    waiting = Membership.objects.filter(person__user=user, granted_on=None, revoked_on=None)
    found = list(waiting.select_related("person", "organisation", "proposed_by", "proposed_under").order_by("pk")[:20])
    left = without_proposer(found, today)
    return [(membership, membership.pk in left) for membership in found]


def _own_url(organisation: Organisation) -> str:
    return f"{reverse('directory:my-organisation')}?organisation={organisation.pk}"


def _chosen(mine: list[Organisation], wanted: str | None) -> Organisation:
    """Another organisation's number is answered as if it did not exist."""
    if not wanted:
        return mine[0]
    found = next((row for row in mine if str(row.pk) == wanted), None)
    if found is None:
        raise Http404
    return found


def _tried(form: Any, action: Any, *args: Any, **kwargs: Any) -> bool:
    try:
        action(*args, **kwargs)
    except ValidationError as error:
        for field, found in (error.message_dict if hasattr(error, "error_dict") else {"__all__": error.messages}).items():
            form.add_error(field if field in form.fields else None, found)
        return False
    return True


@signed_in
@signed_in_again()
@require_POST
def membership_do(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Accept, confirm, end or propose anew somebody's authority to act: a second official, the legal representative, or (to end it) the person.

    An authority in force ends after one more question, which says what follows. Who may do neither, and is no reader of the register, is answered as if there were no such authority.
    """
    membership, user, today = (
        get_object_or_404(Membership.objects.select_related("person", "organisation"), pk=pk),
        request.user,
        clock.today(),
    )
    back = is_reader(user)
    if not back and not _concerned(membership, cast(User, user), today):
        raise Http404
    try:
        if action == "confirm":
            confirm_membership(membership, by=cast(User, user), on=today)
            messages.success(request, _("已确认，授权从今天起有效。"))
        elif action == "accept":
            accept_membership(membership, by=cast(User, user), on=today)
            messages.success(request, _("已同意，确认后生效。"))
        elif action == "again":
            membership = propose_again(membership, by=cast(User, user), on=today)
            messages.success(request, _("已重新提出，等待另一位确认。"))
        elif action == "end":
            reason = request.POST.get("reason", "").replace("\0", "").strip()
            if reason and "sure" not in request.POST and membership.granted_on and may_end(membership, cast(User, user), today):
                return _asked_once_more(request, membership, reason, today)
            end_membership(membership, reason=reason, by=cast(User, user), on=today)
            messages.success(request, _("已终止。"))
        else:
            raise Http404
    except DomainError as error:
        messages.error(request, " ".join(filter(None, (error.message, error.remedy))))
    if back:
        return redirect("directory:membership", membership.pk)
    stays = may_see(user, membership.organisation, today)  # who has just ended their own authority has no page of the organisation
    return redirect(_own_url(membership.organisation) if stays else reverse("directory:my-organisation"))


def _asked_once_more(request: HttpRequest, membership: Membership, reason: str, today: date) -> HttpResponse:
    user = cast(User, request.user)
    context = {
        "member": membership,
        "reason": reason,
        "consequences": consequences(membership, user, today),
        "back": reverse("directory:membership", args=[membership.pk]) if is_reader(user) else reverse("directory:my-organisation"),
    }
    return render(request, "directory/membership_end.html", context)


def _concerned(membership: Membership, user: User, today: date) -> bool:
    """Whoever stands for the organisation, and whom the authority is about, though it has not begun or has ended: both know that it is there."""
    return (
        may_see(user, membership.organisation, today)
        or membership.person.user_id == user.pk
        or may_confirm(membership, user, today)
        or may_end(membership, user, today)
    )


@roles(*READERS)
def evidence(request: HttpRequest, pk: int) -> FileResponse:
    """The evidence file of a recognition; always as a download, so that nothing in it runs on this site."""
    recognition = get_object_or_404(Recognition.objects.exclude(evidence=""), pk=pk)
    return FileResponse(recognition.evidence.open("rb"), as_attachment=True)


@roles(*KEEPERS)
def person_clear(request: HttpRequest, pk: int) -> HttpResponse:
    require_keeper(request.user, PEOPLE)
    person = get_object_or_404(Person, pk=pk)
    form = LookForm(request.POST or None)
    context: dict[str, Any] = {"person": person, "form": form}
    if request.method == "POST" and form.is_valid():
        try:
            identity, phone = look_at_personal_data(person, **form.cleaned_data, by=cast(User, request.user))
        except ValidationError as error:
            form.add_error(None, error)
        else:
            context |= {"clear": True, "identity": identity, "phone": phone}
    answer = render(request, "directory/person_clear.html", context, status=422 if form.errors else 200)
    answer["Cache-Control"] = "no-store"
    return answer
