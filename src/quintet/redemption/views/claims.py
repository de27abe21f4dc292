"""Claims for officials: the list, one claim with what can be done now, and its evidence chain."""

from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from quintet.core import asked, clock
from quintet.core.errors import DomainError
from quintet.core.masking import mask_phone
from quintet.core.models import User
from quintet.core.permissions import holds, roles
from quintet.core.reauthentication import signed_in_again
from quintet.core.roles import OFFICIALS, Role
from quintet.directory.divisions import OF_THE_CITY
from quintet.policies import engine
from quintet.policies.queries import unit_names
from quintet.policies.results import view_of
from quintet.redemption import cases, queries
from quintet.redemption.actions.claims import changed_since, rule_of, unanswered, unjudged, why_ended
from quintet.redemption.actions.reviews import duplicates_of, sheet_of
from quintet.redemption.application_forms import RecuseForm
from quintet.redemption.checks import cross_checks
from quintet.redemption.decision_paper import paper_of
from quintet.redemption.demands import demands_of
from quintet.redemption.export import claims_workbook
from quintet.redemption.models import Claim
from quintet.redemption.permissions import Standing
from quintet.redemption.selfcheck import given_text
from quintet.redemption.states import ASKED_ANEW, CLOSED, State
from quintet.redemption.views import drafting
from quintet.redemption.views.desk import _clauses
from quintet.redemption.views.doing import APART, DOINGS
from quintet.redemption.views.reviews import judged_specs

PER_PAGE = 50
FINAL = ["confirm", "confirm_account", "commit", "release_confirm", "clawback_confirm", "clawback_receive", "clawback_drop_confirm"]


def _seen(request: HttpRequest) -> tuple[dict[str, str], Any]:
    filters = {name: asked.text(request, name) for name in cases.FILTERS}
    found = cases.filtered(Claim.objects.exclude(state=State.DRAFT), filters, clock.today())
    ordered = found.order_by(*cases.SORTS.get(asked.text(request, "sort"), ("-pk",)))
    return filters, cases.found_once(ordered) if filters["q"] else ordered


@roles(*OFFICIALS)
def claims(request: HttpRequest) -> HttpResponse:
    """All claims, filtered; filters stay in the address."""
    filters, found = _seen(request)
    page = cases.page_of(found, asked.text(request, "page"), PER_PAGE)
    context = {
        "filters": filters, "page": page, "rows": cases.rows(list(page), clock.today()), "states": [*State.choices, (cases.OWED, _("待退回资金"))], "clauses": _clauses(), "divisions": OF_THE_CITY.items(),
        "units": unit_names().items(), "years": engine.paying_years(engine.main_policy(), clock.today()), "sort": asked.text(request, "sort") or "new",
    }  # fmt: skip
    return render(request, "redemption/claims.html", context)


@roles(*OFFICIALS)
def claims_export(request: HttpRequest) -> FileResponse:
    """Exactly the claims seen, as Excel."""
    _filters, found = _seen(request)
    file = claims_workbook(found, titles=cases.rule_titles(), units=unit_names())
    return FileResponse(file, as_attachment=True, filename=_("申报-%(day)s.xlsx") % {"day": f"{clock.today():%Y%m%d}"})


def one(pk: int) -> Claim:
    return get_object_or_404(Claim.objects.exclude(state=State.DRAFT).select_related("organisation", "person", "account", "commitment__fund", "evaluation__version", "created_by", "submitted_by"), pk=pk)  # fmt: skip


@roles(*OFFICIALS)
def claim(request: HttpRequest, pk: int) -> HttpResponse:
    shown = one(pk)
    return render(request, "redemption/claim.html", _about(request, shown))


def _about(request: HttpRequest, shown: Claim, **forms: Any) -> dict[str, Any]:
    standing = Standing(cast(User, request.user), [shown])
    rule, may = rule_of(shown), standing.acts(shown) | ({"recused"} if standing.keeps_away(shown) else set())
    if "judge" in may and not judged_specs(shown):
        may -= {"judge"}
    duplicates = duplicates_of(shown)
    panel = shown.panels.order_by("-pk").first()
    seats = list(panel.seats.select_related("expert__person", "expert__employer").order_by("number")) if panel else []
    user = cast(User, request.user)
    shown_forms = [
        (name, doing, forms[name] if name in forms else doing.form(None, shown, user)) for name, doing in DOINGS.items() if (name in may or name in forms) and name not in APART
    ]  # fmt: skip
    row = next((row for row in view_of(shown.evaluation.result) if row["subject"] == shown.subject and row["id"] == shown.subject_id), None) if shown.evaluation else None  # fmt: skip
    outcome = next((o for outcomes in row["by_state"].values() for o in outcomes if o["rule"] == shown.rule), None) if row else None
    names = unit_names()
    account_changes = list(shown.account_changes.select_related("before", "account", "asked_by", "confirmed_by").order_by("-pk"))
    since = changed_since(shown) if shown.state in ASKED_ANEW else ""
    files = None
    if drafting.may_see_papers(user, shown):
        files = list(shown.files.filter(removed_by=None).select_related("attachment__file", "reused_from__claim"))
    return {
        "paper": paper_of(shown), "lost": cases.what_to_do(shown) if since and shown.state in cases.MONEY_MOVES else "", "since": since, "claim": shown, "phone": shown.phone if holds(user, Role.OFFICER, Role.FINANCE_OFFICER) else mask_phone(shown.phone), "today": clock.today(), "evaluation": shown.evaluation, "rule": rule, "may": may, "forms": [one for one in shown_forms if not one[1].aside or one[0] in forms], "aside": [one for one in shown_forms if one[1].aside and one[0] not in forms], "parcel": cases.parcel(shown),
        "expected": cases.expected(shown), "clock": cases.clock(shown, clock.today(), demands_of([shown]).get(shown.pk)), "tone": cases.TONES.get(State(shown.state), "info"), "outcome": outcome, "unit": names.get(shown.unit, shown.unit),
        "steps": cases.history(shown),
        "decisions": cases.decisions(shown), "proposal": cases.proposals_of([shown]).get(shown.pk), "capped": rule.kind == "cap", "appraisals": shown.appraisals.select_related("by"), "clawbacks": shown.clawbacks.select_related("proposed_by", "confirmed_by"),
        "reversals": shown.reversals.select_related("proposed_by", "confirmed_by").order_by("-pk"),
        "notices": shown.notice_lines.select_related("notice").prefetch_related("objections").order_by("-pk"),
        "files": files, "checks": cross_checks(shown, duplicates=duplicates, files=files, today=clock.today(), ended=why_ended(shown, clock.today()), since=since), "sitting": sum(seat.state != "recused" for seat in seats),
        "account_changes": account_changes, "new_account": next((change for change in account_changes if change.confirmed is None), None),
        "stated": _stated(shown), "panel": panel, "seats": seats, "scored": sum(seat.state == "scored" for seat in seats), "recused": sum(seat.state == "recused" for seat in seats), "criteria": sheet_of(shown) if panel else (),
        "votes": [(vote, names.get(vote.unit, vote.unit)) for vote in shown.votes.select_related("by").order_by("pk")], "recusals": shown.recusals.select_related("user"),
        "duplicates": cases.rows(duplicates, clock.today()), "recuse_form": RecuseForm() if standing.may_recuse(shown) else None,
        "unanswered": unanswered(shown) if shown.state in (State.HANDLED, State.PROPOSED) else [],
        "unjudged": unjudged(shown) if shown.state == State.HANDLED else [],
        "past": State(shown.state).label if shown.state in CLOSED else "",
        "payments": shown.payment_lines.select_related("batch").prefetch_related("results").order_by("-pk"),
    }  # fmt: skip


def _stated(shown: Claim) -> list[dict[str, Any]]:
    """Facts that the claim itself brings, in words."""
    specs = engine.policy(shown.pack).pack.subjects[shown.subject].facts
    return [
        {
            "fact": fact,
            "label": specs[fact.fact].label,
            "text": _("没有，或尚未发生") if fact.value is None else given_text(specs[fact.fact], fact.value),
        }
        for fact in shown.facts.select_related("by")
        if fact.fact in specs
    ]


@roles(Role.OFFICER, Role.FINANCE_OFFICER)
@signed_in_again(actions=FINAL)
@require_POST
def claim_do(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """One step of one claim; what was typed stays when it cannot be done."""
    shown, user, on = one(pk), cast(User, request.user), clock.today()
    doing = DOINGS.get(action)
    if doing is None:
        return redirect("redemption:claim", pk)
    form = doing.form(request.POST, shown, user)
    if form.is_valid():
        if action == "recuse" and "sure" not in request.POST:
            return render(request, "redemption/recuse_confirm.html", {"claim": shown, "reason": form.cleaned_data["reason"]})
        try:
            after = doing.work(shown, form.cleaned_data, user, on)
        except DomainError as error:
            form.add_error(None, " ".join(filter(None, (error.message, error.where if error.where != str(shown) else "", error.remedy))))
        else:
            if action == "commit" and after.state != State.COMMITTED:
                messages.warning(request, _("事实有变，已退回部门：%(what)s") % {"what": after.changed})
            else:
                messages.success(request, _("已办理。"))
            return redirect("redemption:claim", after.pk if action == "offer_again" else pk)
    shown.refresh_from_db()
    status = 409 if form.non_field_errors() else 422
    return render(request, "redemption/claim.html", _about(request, shown, **{action: form}), status=status)


@roles(*OFFICIALS)
def chain(request: HttpRequest, pk: int) -> HttpResponse:
    """From the yuan back to the clause, every link with its lines of the audit chain."""
    shown = one(pk)
    rule = rule_of(shown)
    clause = engine.policy(shown.pack).pack.clauses[shown.clause]
    context = {
        "claim": shown, "rule": rule, "links": cases.chain(shown), "awarded": cases.awarded_in_words(shown), "clause": clause, "document": engine.policy(shown.pack).pack.document,
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
    page = Paginator(paid, PER_PAGE).get_page(asked.text(request, "page"))
    return render(request, "redemption/trace.html", {"document": chosen.pack.document, "clause": found, "number": clause, "rules": rules, "lines": lines, "page": page, "rows": cases.rows(list(page), clock.today())})  # fmt: skip
