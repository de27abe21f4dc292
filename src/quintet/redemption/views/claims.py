"""Claims for officials: the list, one claim with what can be done now, and its evidence chain."""

from typing import Any, cast

from django import forms as forms_django
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from quintet.core import clock
from quintet.core.errors import DomainError
from quintet.core.models import User
from quintet.core.permissions import holds, roles
from quintet.core.roles import OFFICIALS, Role
from quintet.directory.divisions import DIVISIONS
from quintet.ledger.models import Fund
from quintet.policies import engine
from quintet.policies.results import view_of
from quintet.redemption import actions, cases, queries
from quintet.redemption.actions.claims import rule_of
from quintet.redemption.actions.reviews import duplicates_of, sheet_of
from quintet.redemption.application_forms import JudgeForm, RecuseForm, VoteForm
from quintet.redemption.export import claims_workbook
from quintet.redemption.forms import ConfirmForm, DeliverForm, FormCheckForm, FundForm, OpinionForm, ProposeForm
from quintet.redemption.models import Claim
from quintet.redemption.selfcheck import given_text
from quintet.redemption.states import State
from quintet.redemption.views import drafting
from quintet.redemption.views.desk import _clauses
from quintet.redemption.views.reviews import judged_specs

PER_PAGE = 50


def _seen(request: HttpRequest) -> tuple[dict[str, str], Any]:
    filters = {name: request.GET.get(name, "").strip()[:100] for name in cases.FILTERS}
    found = cases.filtered(Claim.objects.exclude(state=State.DRAFT), filters, clock.today())
    return filters, found.order_by(*cases.SORTS.get(request.GET.get("sort", ""), ("-pk",)))


@roles(*OFFICIALS)
def claims(request: HttpRequest) -> HttpResponse:
    """All claims, filtered; filters stay in the address."""
    filters, found = _seen(request)
    page = Paginator(found.select_related("organisation", "person"), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "filters": filters, "page": page, "rows": cases.rows(list(page), clock.today()), "states": State.choices, "clauses": _clauses(), "divisions": DIVISIONS.items(),
        "units": cases.unit_names().items(), "years": engine.years(engine.main_policy(), clock.today()), "sort": request.GET.get("sort", "new"),
    }  # fmt: skip
    return render(request, "redemption/claims.html", context)


@roles(*OFFICIALS)
def claims_export(request: HttpRequest) -> FileResponse:
    """Exactly the claims seen, as Excel."""
    _filters, found = _seen(request)
    file = claims_workbook(found, titles=cases.rule_titles(), units=cases.unit_names())
    return FileResponse(file, as_attachment=True, filename=_("申报-%(day)s.xlsx") % {"day": f"{clock.today():%Y%m%d}"})


def _one(pk: int) -> Claim:
    return get_object_or_404(Claim.objects.exclude(state=State.DRAFT).select_related("organisation", "person", "account", "commitment__fund", "evaluation__version", "created_by", "submitted_by"), pk=pk)  # fmt: skip


@roles(*OFFICIALS)
def claim(request: HttpRequest, pk: int) -> HttpResponse:
    shown = _one(pk)
    return render(request, "redemption/claim.html", _about(request, shown))


def _about(request: HttpRequest, shown: Claim, **forms: Any) -> dict[str, Any]:
    rule, may = rule_of(shown), cases.may(cast(User, request.user), shown)
    judged = judged_specs(shown) if "judge" in may else []
    if not judged:
        may -= {"judge"}
    panel = shown.panels.order_by("-pk").first()
    seats = list(panel.seats.select_related("expert__person", "expert__employer").order_by("number")) if panel else []
    capped = rule.kind == "cap"
    given: dict[str, Any] = {
        "check_form": FormCheckForm(), "review": OpinionForm(), "propose": ProposeForm(most=shown.amount_fen, capped=capped), "confirm": ConfirmForm(),
        "commit": FundForm(funds=Fund.objects.filter(budget__pack=shown.pack, budget__code=shown.budget)), "deliver": DeliverForm(), "judge": JudgeForm(specs=judged), "vote": VoteForm(units=_units(request, shown)), "draw": None, "close": None,
    }  # fmt: skip
    row = next((row for row in view_of(shown.evaluation.result) if row["subject"] == shown.subject and row["id"] == shown.subject_id), None) if shown.evaluation else None  # fmt: skip
    outcome = next((o for outcomes in row["by_state"].values() for o in outcomes if o["rule"] == shown.rule), None) if row else None
    names = cases.unit_names()
    return {
        "claim": shown, "evaluation": shown.evaluation, "rule": rule, "may": may, "forms": [(name, form) for name, form in {**given, **forms}.items() if name in may], "parcel": cases.parcel(shown),
        "expected": cases.expected(shown), "clock": cases.clock(shown, clock.today()), "tone": cases.TONES.get(State(shown.state), "info"), "outcome": outcome, "unit": names.get(shown.unit, shown.unit),
        "steps": [(step, names.get(step.unit, step.unit)) for step in shown.steps.select_related("by").order_by("-number")],
        "decisions": shown.decisions.select_related("proposed_by", "confirmed_by").order_by("-pk"), "capped": capped,
        "notices": shown.notice_lines.select_related("notice").prefetch_related("objections").order_by("-pk"),
        "files": shown.files.filter(removed_by=None).select_related("attachment__file", "reused_from__claim") if drafting.may_see_papers(cast(User, request.user), shown) else None,
        "stated": _stated(shown), "panel": panel, "seats": seats, "scored": sum(seat.state == "scored" for seat in seats), "recused": sum(seat.state == "recused" for seat in seats), "criteria": sheet_of(shown) if panel else (),
        "votes": [(vote, names.get(vote.unit, vote.unit)) for vote in shown.votes.select_related("by").order_by("pk")], "recusals": shown.recusals.select_related("user"),
        "duplicates": cases.rows(duplicates_of(shown), clock.today()), "recuse_form": RecuseForm() if may and "recused" not in may else None, "dishonest": getattr(shown.organisation, "abnormal_or_dishonest", False),
        "payments": shown.payment_lines.select_related("batch").prefetch_related("results").order_by("-pk"),
    }  # fmt: skip


def _units(request: HttpRequest, shown: Claim) -> list[tuple[str, str]]:
    names = cases.unit_names()
    return [(unit, names.get(unit, unit)) for unit in cases.votes_of(cast(User, request.user), shown)]


def _stated(shown: Claim) -> list[dict[str, Any]]:
    """Facts that the claim itself brings, in words."""
    specs = engine.policy(shown.pack).pack.subjects[shown.subject].facts
    return [
        {"fact": fact, "label": specs[fact.fact].label, "text": given_text(specs[fact.fact], fact.value)}
        for fact in shown.facts.select_related("by")
        if fact.fact in specs
    ]


@roles(Role.OFFICER, Role.FINANCE_OFFICER)
@require_POST
def claim_do(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """One step of one claim; what was typed stays when it cannot be done."""
    shown, user, on = _one(pk), cast(User, request.user), clock.today()
    capped = rule_of(shown).kind == "cap"
    funds = Fund.objects.filter(budget__pack=shown.pack, budget__code=shown.budget)
    forms: dict[str, Any] = {
        "check_form": lambda data: FormCheckForm(data), "review": lambda data: OpinionForm(data), "propose": lambda data: ProposeForm(data, most=shown.amount_fen, capped=capped),
        "judge": lambda data: JudgeForm(data, specs=judged_specs(shown)), "vote": lambda data: VoteForm(data, units=_units(request, shown)), "recuse": lambda data: RecuseForm(data),
        **{name: lambda data: forms_django.Form(data) for name in ("draw", "close", "recheck")}, "confirm": lambda data: ConfirmForm(data), "commit": lambda data: FundForm(data, funds=funds), "deliver": lambda data: DeliverForm(data),
    }  # fmt: skip
    if action not in forms:
        return redirect("redemption:claim", pk)
    form = forms[action](request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            if action == "check_form":
                actions.check_form(shown, missing=given["missing"].splitlines(), opinion=given["opinion"], by=user, on=on)
            elif action == "review":
                actions.review(shown, opinion=given["opinion"], by=user, on=on)
            elif action == "judge":
                actions.judge(shown, fact=given["fact"], value=given["value"], reason=given["reason"], by=user, on=on)
            elif action == "recheck":
                actions.recheck(shown, by=user, on=on)
            elif action == "draw":
                actions.draw_panel(shown, by=user, on=on)
            elif action == "close":
                actions.close_panel(get_object_or_404(shown.panels, closed_on=None), by=user, on=on)
            elif action == "vote":
                actions.vote(shown, unit=given["unit"], agree=given["agree"], opinion=given["opinion"], by=user, on=on)
            elif action == "recuse":
                actions.recuse(shown, reason=given["reason"], by=user)
            elif action == "propose":
                actions.propose(shown, granted=given["granted"], amount_fen=given.get("amount"), reasons=given["reasons"], by=user, on=on)
            elif action == "confirm":
                actions.confirm_decision(shown, confirmed=given["confirmed"], remark=given["remark"], by=user, on=on)
            elif action == "commit":
                after = actions.commit_claim(shown, fund=given["fund"], by=user, on=on)
                if after.state != State.COMMITTED:
                    messages.warning(request, _("事实有变，已退回部门：%(what)s") % {"what": after.changed})
                    return redirect("redemption:claim", pk)
            else:
                actions.deliver(shown, what=given["what"], by=user, on=on)
        except DomainError as error:
            form.add_error(None, " ".join(filter(None, (error.message, error.where if error.where != str(shown) else "", error.remedy))))
        else:
            messages.success(request, _("已办理。"))
            return redirect("redemption:claim", pk)
    shown.refresh_from_db()
    return render(
        request, "redemption/claim.html", _about(request, shown, **{action: form}), status=409 if form.non_field_errors() else 422
    )


@roles(*OFFICIALS)
def chain(request: HttpRequest, pk: int) -> HttpResponse:
    """From the yuan back to the clause, every link with its lines of the audit chain."""
    shown = _one(pk)
    rule = rule_of(shown)
    clause = engine.policy(shown.pack).pack.clauses[shown.clause]
    context = {
        "claim": shown, "rule": rule, "links": cases.chain(shown), "clause": clause, "document": engine.policy(shown.pack).pack.document,
        "may_audit": holds(request.user, Role.AUDITOR, Role.OPERATOR), "may_see_batches": holds(request.user, Role.FINANCE_OFFICER, Role.AUDITOR, Role.LEADER),
    }  # fmt: skip
    return render(request, "redemption/chain.html", context)


@roles(*OFFICIALS)
def trace(request: HttpRequest, pack: str, clause: str) -> HttpResponse:
    """From a clause forward to every yuan under it: by rule and year what was claimed, granted, committed, paid."""
    chosen = next((one for one in engine.policies() if one.pack.document.pack == pack), engine.main_policy())
    found = chosen.pack.clauses.get(clause)
    if found is None:
        return redirect("redemption:claims")
    rules = [rule for rule in chosen.pack.rules if rule.clause == clause]
    lines = queries.claim_sums(pack, clause)
    paid = Claim.objects.filter(pack=pack, clause=clause, commitment__isnull=False).select_related("commitment__fund", "organisation", "person").order_by("-pk")  # fmt: skip
    page = Paginator(paid, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "redemption/trace.html", {"document": chosen.pack.document, "clause": found, "number": clause, "rules": rules, "lines": lines, "page": page, "rows": cases.rows(list(page), clock.today())})  # fmt: skip
