"""Expert reviews: what an expert is asked, and the register of experts with the ties from which they must keep away."""

from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from quintet.core import asked, clock
from quintet.core.errors import DomainError
from quintet.core.fields import containing
from quintet.core.models import User
from quintet.core.permissions import holds, roles
from quintet.core.reauthentication import signed_in_again
from quintet.core.roles import Role
from quintet.directory.actions.numbers import count_numbers
from quintet.directory.forms.fields import numbers_in
from quintet.policies.engine import policy
from quintet.policies.results import view_of
from quintet.redemption import actions, acts, applications, cases
from quintet.redemption.actions.claims import rule_of
from quintet.redemption.actions.reviews import sheet_of
from quintet.redemption.application_forms import DeclareForm, ExpertForm, ScoreForm, TieForm
from quintet.redemption.forms import ConfirmForm
from quintet.redemption.models import Claim, Expert, ExpertChange, Seat
from quintet.redemption.permissions import may_confirm_expert

PER_PAGE = 50


@roles(Role.EXPERT, Role.AUDITOR)
def reviews(request: HttpRequest) -> HttpResponse:
    """My reviews: to declare, to score, done. For an auditor all of them, each with its case."""
    user = cast(User, request.user)
    audits = holds(user, Role.AUDITOR)
    seats = Seat.objects.select_related("panel__claim__organisation", "panel__claim__person", "expert__person")
    seats = seats if audits else seats.filter(expert__person__user=user)
    page = Paginator(seats.order_by("panel__closed_on", "-pk"), PER_PAGE).get_page(asked.text(request, "page"))
    titles = cases.rule_titles()
    tones = {"invited": "warn", "sitting": "info", "recused": "muted", "scored": "ok"}
    rows = [{"seat": seat, "title": titles.get(seat.panel.claim.rule, ""), "tone": tones[seat.state], "clock": cases.clock(seat.panel.claim, clock.today()) if seat.panel.closed_on is None and seat.state in ("invited", "sitting") else None} for seat in page]  # fmt: skip
    return render(request, "redemption/reviews.html", {"page": page, "rows": rows, "audits": audits})


@roles(Role.EXPERT)
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """One review: first whether there is an interest, then facts, papers and the sheet. Other experts and the outcome are not shown."""
    seat = get_object_or_404(
        Seat.objects.select_related(
            "panel__claim__organisation",
            "panel__claim__person",
            "panel__claim__call",
            "panel__claim__evaluation__version",
            "expert__person",
        ),
        pk=pk,
    )
    user, claim = cast(User, request.user), seat.panel.claim
    if seat.expert.person.user_id != user.pk:
        raise Http404
    rule = rule_of(claim)
    form: Any = None
    if seat.panel.closed_on is None and seat.state == Seat.State.INVITED:
        form = DeclareForm(request.POST or None)
    elif seat.panel.closed_on is None and seat.state == Seat.State.SITTING:
        form = ScoreForm(request.POST or None, criteria=sheet_of(claim), most=claim.amount_fen if rule.kind == "cap" else None)
    if form is not None and form.is_valid():
        given = form.cleaned_data
        try:
            if isinstance(form, ScoreForm):
                actions.score(
                    seat, scores=form.scores(), opinion=given["opinion"], suggested_fen=given.get("suggested"), by=user, on=clock.today()
                )
                messages.success(request, _("评分已提交，不能再修改。谢谢。"))
            else:
                after = actions.declare(seat, free=given["free"], reason=given["reason"], by=user, on=clock.today())
                if after.state == Seat.State.RECUSED:
                    messages.info(request, _("已登记回避：%(why)s。由下一位专家递补。") % {"why": after.reason})
            return redirect("redemption:review", pk)
        except DomainError as error:
            form.add_error(None, " ".join(filter(None, (error.message, error.remedy))))
    sees = seat.state in (Seat.State.SITTING, Seat.State.SCORED) and seat.panel.closed_on is None
    context = {
        "seat": seat, "claim": claim, "rule": rule, "form": form, "sees": sees, "files": claim.files.filter(removed_by=None).select_related("attachment") if sees else [],
        "outcome": outcome_of_page(claim) if sees else None, "evaluation": claim.evaluation, "clock": cases.clock(claim, clock.today()) if form else None,
        "scores": [(criterion, seat.scores.get(criterion.id)) for criterion in sheet_of(claim)] if seat.state == Seat.State.SCORED else [],
    }  # fmt: skip
    return render(request, "redemption/review.html", context, status=422 if form is not None and form.errors else 200)


def outcome_of_page(claim: Claim) -> dict[str, Any] | None:
    """What the stored evaluation says about this claim, as the outcome card wants it."""
    if claim.evaluation is None:
        return None
    row = next((row for row in view_of(claim.evaluation.result) if row["subject"] == claim.subject and row["id"] == claim.subject_id), None)
    return next((o for outcomes in row["by_state"].values() for o in outcomes if o["rule"] == claim.rule), None) if row else None


@roles(Role.OFFICER, Role.AUDITOR)
def experts(request: HttpRequest) -> HttpResponse:
    """The register of experts."""
    text = asked.text(request, "q", 60)
    found = Expert.objects.select_related("person", "employer")
    if text:
        found = found.filter(containing(Expert, text, "person__name", "field", "employer__name"))
    if asked.text(request, "show") != "all":
        found = found.filter(Q(active_until=None) | Q(active_until__gt=clock.today()))
    waiting = ExpertChange.objects.filter(confirmed=None).select_related("person", "employer", "proposed_by")
    page = Paginator(found.order_by("person__name", "pk"), PER_PAGE).get_page(asked.text(request, "page"))
    return render(
        request,
        "redemption/experts.html",
        {"page": page, "q": text, "show": asked.text(request, "show"), "today": clock.today(), "waiting": waiting},
    )


@roles(*acts.PROPOSE_EXPERT.roles)
def expert_add(request: HttpRequest) -> HttpResponse:
    """Somebody is proposed for the register of experts; another officer confirms it."""
    form = ExpertForm(request.POST or None)
    count_numbers(numbers_in(form), by=cast(User, request.user))
    if form.is_valid():
        try:
            made = actions.propose_expert(**form.cleaned_data, by=cast(User, request.user), on=clock.today())
        except DomainError as error:
            form.add_error(None, " ".join(filter(None, (error.message, error.remedy))))
        else:
            messages.success(request, _("已提出，由另一位经办人复核后入库。"))
            return redirect("redemption:expert-change", made.pk)
    return render(request, "redemption/expert_form.html", {"form": form}, status=422 if form.errors else 200)


@roles(Role.OFFICER, Role.AUDITOR)
@signed_in_again()
def expert_change(request: HttpRequest, pk: int) -> HttpResponse:
    """One change of the register of experts; an officer other than who proposed it confirms it or sends it back."""
    shown = get_object_or_404(
        ExpertChange.objects.select_related("person", "employer", "proposed_by", "proposed_under", "confirmed_by"), pk=pk
    )
    user = cast(User, request.user)
    waits = shown.confirmed is None and acts.CONFIRM_EXPERT.may(user)
    may = may_confirm_expert(shown, user)
    form = ConfirmForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            actions.confirm_expert(shown, confirmed=given["confirmed"], remark=given["remark"], by=user, on=clock.today())
        except DomainError as error:
            form.add_error(None, " ".join(filter(None, (error.message, error.remedy))))
        else:
            messages.success(request, _("已办理。"))
            return redirect("redemption:expert-change", pk)
    context = {"change": shown, "waits": waits, "form": form if may or form.errors else None}
    return render(request, "redemption/expert_change.html", context, status=422 if form.errors else 200)


@roles(Role.OFFICER, Role.AUDITOR)
def expert(request: HttpRequest, pk: int) -> HttpResponse:
    """One expert: employer, field, ties, and the reviews they sat on."""
    shown = get_object_or_404(Expert.objects.select_related("person", "employer"), pk=pk)
    user = cast(User, request.user)
    kept = actions.ties_to_keep(user)
    form = TieForm(request.POST or None, kept=kept) if kept else None
    count_numbers(numbers_in(form) if form else (), by=user)
    may_propose = acts.PROPOSE_EXPERT.may(user)
    waiting = ExpertChange.objects.filter(person=shown.person, confirmed=None).first()
    if request.method == "POST" and request.POST.get("action") == "leave" and may_propose:
        try:
            made = actions.propose_leaving(shown, by=user, on=clock.today())
        except DomainError as error:
            messages.error(request, " ".join(filter(None, (error.message, error.remedy))))
            return redirect("redemption:expert", pk)
        messages.success(request, _("已提出，由另一位经办人复核后出库。"))
        return redirect("redemption:expert-change", made.pk)
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            actions.add_tie(shown.person, **form.cleaned_data, by=user, on=clock.today())
        except DomainError as error:
            form.add_error(None, " ".join(filter(None, (error.message, error.remedy))))
        else:
            messages.success(request, _("已登记，抽取时会自动排除。"))
            return redirect("redemption:expert", pk)
    person = shown.person
    ties = [
        *((_("近亲属"), one.relative.name) for one in person.relatives.select_related("relative")), *((_("近亲属"), one.person.name) for one in person.relatives_of.select_related("person")),
        *((_("持股"), one.organisation.name) for one in person.shareholdings.select_related("organisation")), *((pgettext("transfer", "项目"), f"{one.project.number} {one.project.name}") for one in person.project_memberships.select_related("project")),
    ]  # fmt: skip
    seats = shown.seats.select_related("panel__claim").order_by("-pk")[:PER_PAGE]
    return render(request, "redemption/expert.html", {"expert": shown, "form": form, "may_leave": may_propose and waiting is None, "waiting": waiting, "ties": ties, "seats": seats, "today": clock.today()}, status=422 if form is not None and form.errors else 200)  # fmt: skip


def judged_specs(claim: Claim) -> list[Any]:
    """Facts of a claim that the department finds; empty for what was offered."""
    return applications.judgements(claim, policy(claim.pack)) if claim.way != "automatic" else []
