"""Calls for applications: a public list and calendar, a guide made from the pack, and for officers the form that publishes one."""

from datetime import date
from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from quintet.core import asked, clock
from quintet.core.errors import DomainError
from quintet.core.models import User
from quintet.core.permissions import public, roles, signed_in
from quintet.policies import engine, queries
from quintet.policies.queries import said, unit_names
from quintet.redemption import actions, acts, applications, cases
from quintet.redemption.application_forms import CallForm
from quintet.redemption.models import Call, CallAlert, Claim, SelfCheck
from quintet.redemption.openings import opening, over
from quintet.redemption.payees import is_personal
from quintet.redemption.states import CLOSED
from quintet.redemption.views.drafting import key_of

PER_PAGE = 20


@public
def calls(request: HttpRequest) -> HttpResponse:
    """What is open, what comes, what is over; by month of its last day."""
    today = clock.today()
    show = asked.text(request, "show") or "open"
    show = show if show in ("open", "coming", "closed") else "open"
    text, clause = asked.text(request, "q", 60), asked.text(request, "clause", 20)
    found = applications.calls_seen(today, show=show, text=text, clause=clause)
    page = Paginator(found, PER_PAGE).get_page(asked.text(request, "page"))
    titles, units = cases.rule_titles(), unit_names()
    rows = [
        {"call": call, "title": titles.get(call.rule, call.rule), "unit": units.get(call.unit, call.unit), "left": (call.closes_on - today).days, "month": call.closes_on.replace(day=1), "late": _late(call, today)}
        for call in page
    ]  # fmt: skip
    tabs = [
        {"label": label, "url": f"?show={name}", "active": name == show, "count": applications.calls_seen(today, show=name).count()}
        for name, label in (("open", _("正在申报")), ("coming", _("即将开始")), ("closed", _("已截止")))
    ]
    fast = [
        {"rule": rule, "pack": chosen.pack.document.pack, "opening": opening(chosen, rule, today, None, year=today.year)}
        for chosen in engine.policies()
        for rule in chosen.pack.rules
        if rule.way == "fast" and chosen.pack.procedure_of(rule) and not over(chosen, rule, today)
    ]
    context = {
        "tabs": tabs, "page": page, "rows": rows, "q": text, "clause": clause, "clauses": sorted({rule.clause for rule in engine.main_policy().pack.rules if rule.way == "ordinary" and rule.is_award}, key=lambda item: (len(item), item)),
        "show": show, "fast": fast, "pack": engine.main_policy().pack.document.pack, "alerts": list(CallAlert.objects.filter(user=request.user).order_by("clause")) if request.user.is_authenticated else None, "may_publish": bool(_to_publish(request.user)),
    }  # fmt: skip
    return render(request, "redemption/calls.html", context)


def _late(call: Call, today: date) -> str:
    """Why what is handed in under a call may not be decided in time; empty where it is, and once the call is over."""
    chosen = engine.policy(call.pack)
    rule = next((one for one in chosen.pack.rules if one.id == call.rule), None)
    return opening(chosen, rule, today, call, year=call.year).late if rule else ""


def _to_publish(user: Any) -> list[Any]:
    """Awards for which the user may publish a call."""
    pack, mine = engine.main_policy().pack, acts.PUBLISH_CALL.units(user)
    ordinary = [rule for rule in pack.rules if mine and rule.way == "ordinary" and rule.is_award and pack.procedure_of(rule)]
    return [rule for rule in ordinary if acts.PUBLISH_CALL.may(user, unit=next(iter(pack.clauses[rule.clause].lead), ""))]


def _rule(pack: str, rule: str) -> tuple[engine.Policy, Any]:
    try:
        chosen = engine.policy(pack)
    except DomainError:
        raise Http404 from None
    found = next((one for one in chosen.pack.rules if one.id == rule), None)
    if found is None:
        raise Http404
    return chosen, found


def _guide(request: HttpRequest, chosen: engine.Policy, rule: Any, call: Call | None) -> HttpResponse:
    today, pack = clock.today(), chosen.pack.document.pack
    about = next(item for item in queries.clause_page(chosen, rule.clause, today)["rules"] if item["rule"] == rule.id)
    about["steps"] = queries.procedure_steps(chosen, rule.id, window=(call.opens_on, call.closes_on) if call else None)
    procedure = chosen.pack.procedure_of(rule)
    names = unit_names()
    clause = chosen.pack.clauses[rule.clause]
    year = call.year if call else engine.paying_years(chosen, today, rule.id)[0]
    now = opening(chosen, rule, today, call, year=year)
    context = {
        "call": call, "rule": about, "way": rule.way, "document": chosen.pack.document, "clause": clause, "open": now.open and rule.way != "automatic", "opening": now, "over": over(chosen, rule, today),
        "left": (call.closes_on - today).days if call else None, "unit": names.get(next(iter(clause.lead), ""), ""), "procedure": procedure, "today": today,
        "others": Call.objects.filter(pack=pack, rule=rule.id).exclude(pk=call.pk if call else None).order_by("-year")[:5],
        "may_edit": bool(call) and acts.CHANGE_CALL.may(request.user, unit=call.unit if call else ""),
        "year": year, "personal": is_personal(rule),
    }  # fmt: skip
    return render(request, "redemption/call.html", context)


@public
def call(request: HttpRequest, pk: int) -> HttpResponse:
    """The guide to one call: for whom, how much, conditions, papers, steps with their limits, whom to ask."""
    shown = get_object_or_404(Call, pk=pk)
    chosen, rule = _rule(shown.pack, shown.rule)
    return _guide(request, chosen, rule, shown)


@public
def guide(request: HttpRequest, pack: str, rule: str) -> HttpResponse:
    """The same for an award without a call; with one that is open it leads there."""
    chosen, found = _rule(pack, rule)
    today = clock.today()
    opened = Call.objects.filter(pack=pack, rule=rule, opens_on__lte=today, closes_on__gte=today).order_by("closes_on").first()
    return _guide(request, chosen, found, opened)


@signed_in
def apply(request: HttpRequest, pack: str, rule: str) -> HttpResponse:
    """For whom and for what; then the draft."""
    chosen, found = _rule(pack, rule)
    user, today = cast(User, request.user), clock.today()
    listed = engine.paying_years(chosen, today, found.id)
    asked_for = request.POST.get("year") or asked.text(request, "year")
    year = next((year for year in listed if str(year) == asked_for), listed[0])
    error = None
    check = SelfCheck.objects.filter(token=request.POST.get("check") or asked.text(request, "check")).first()
    if request.method == "POST":
        wanted = request.POST.get("subject", "")
        try:
            like = Claim.objects.filter(pk=key_of(request.POST.get("like", ""))).first()
            if like is not None and not may_copy(user, like):
                like = None
            claim = actions.start_application(pack=pack, rule=rule, subject_id=key_of(wanted), year=year, by=user, on=today, check=check, like=like)  # fmt: skip
            return redirect("redemption:my-claim", claim.pk)
        except DomainError as problem:
            error = problem
    day = actions.claim_day(chosen, year, today)
    rows = applications.candidates(chosen, found, day, user, today) if found.way != "automatic" else []
    elsewhere = _other_years(chosen, found, rows, [one for one in listed if one != year], user, today)
    there = {claim.subject_id: claim for claim in Claim.objects.filter(pack=pack, rule=rule, year=year, subject=found.subject, subject_id__in=[row["row"]["id"] for row in rows]).exclude(state__in=CLOSED)}  # fmt: skip
    call = Call.objects.filter(pack=pack, rule=rule, year=year).first()
    context = {
        "rule": found, "document": chosen.pack.document, "rows": [{**row, "claim": there.get(row["row"]["id"]), "elsewhere": elsewhere.get(row["row"]["id"])} for row in rows], "year": year, "years": listed, "error": error, "call": call,
        "open": opening(chosen, found, today, call, year=year).open, "subject": said(chosen.pack.subjects[found.subject].label), "check": check, "way": found.way, "day": day, "personal": is_personal(found),
    }  # fmt: skip
    return render(request, "redemption/apply.html", context, status=409 if error else 200)


def _other_years(
    chosen: engine.Policy, rule: Any, rows: list[dict[str, Any]], years: list[int], user: User, today: date
) -> dict[int, list[int]]:
    """Row → the other years to which it belongs, of rows that this year refuses."""
    refused = {row["row"]["id"] for row in rows if row["state"] == "not_entitled"}
    found: dict[int, list[int]] = {}
    for year in years if refused else ():
        for row in applications.candidates(chosen, rule, actions.claim_day(chosen, year, today), user, today):
            if row["row"]["id"] in refused and row["state"] != "not_entitled":
                found.setdefault(row["row"]["id"], []).append(year)
    return found


def may_copy(user: User, claim: Claim) -> bool:
    from quintet.redemption.payees import claims_of

    return claims_of(user).filter(pk=claim.pk).exists()


@signed_in
@require_POST
def alert(request: HttpRequest) -> HttpResponse:
    """Hear of new calls, or not any more: of one clause, or of all."""
    clause = request.POST.get("clause", "")[:20]
    if clause and clause not in engine.main_policy().pack.clauses:
        clause = ""
    if request.POST.get("stop"):
        CallAlert.objects.filter(user=cast(User, request.user), clause=clause).delete()
        messages.success(request, _("已取消申报提醒。"))
    else:
        CallAlert.objects.get_or_create(user=cast(User, request.user), clause=clause)
        messages.success(request, _("已订阅，有新的申报通知时会告诉您。"))
    return redirect("redemption:calls")


@roles(*acts.PUBLISH_CALL.roles)
def call_add(request: HttpRequest) -> HttpResponse:
    """Publish a call for an award that my department leads."""
    user, today = cast(User, request.user), clock.today()
    chosen = engine.main_policy()
    rules = _to_publish(user)
    form = CallForm(request.POST or None, rules=rules, years=engine.paying_years(chosen, today), today=today)
    if form.is_valid():
        try:
            made = actions.publish_call(pack=chosen.pack.document.pack, **form.cleaned_data, by=user, on=today)
        except DomainError as error:
            form.add_error(None, " ".join(filter(None, (error.message, error.where, error.remedy))))
        else:
            messages.success(request, _("已发布，办事指南由政策包自动生成。"))
            if late := _late(made, today):
                messages.warning(request, late)
            return redirect("redemption:call", made.pk)
    return render(request, "redemption/call_form.html", {"form": form, "rules": rules, "call": None}, status=422 if form.errors else 200)


@roles(*acts.CHANGE_CALL.roles)
@transaction.atomic
def call_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """More time, another contact, another remark."""
    user, today = cast(User, request.user), clock.today()
    calls = Call.objects.select_for_update() if request.method == "POST" else Call.objects.all()  # others wait until this one is saved
    shown = get_object_or_404(calls, pk=pk)
    form = CallForm(request.POST or None, rules=[], years=[], today=today, call=shown)
    if form.is_valid():
        try:
            actions.change_call(shown, **form.cleaned_data, by=user, on=today)
        except DomainError as error:
            form.add_error(None, " ".join(filter(None, (error.message, error.where, error.remedy))))
        else:
            messages.success(request, _("已修改。"))
            if late := _late(Call.objects.get(pk=pk), today):
                messages.warning(request, late)
            return redirect("redemption:call", pk)
    return render(request, "redemption/call_form.html", {"form": form, "rules": [], "call": shown, "title": cases.rule_titles().get(shown.rule, "")}, status=422 if form.errors else 200)  # fmt: skip
