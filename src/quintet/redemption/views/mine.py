"""My claims: what is offered to my organisation or to me, where it stands, what is expected of whom until when."""

from datetime import date
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from quintet.core import asked, clock
from quintet.core.errors import DomainError
from quintet.core.models import User
from quintet.core.permissions import signed_in
from quintet.core.reauthentication import signed_in_again
from quintet.redemption import actions, cases
from quintet.redemption.accounts import returned_accounts
from quintet.redemption.actions.claims import rule_of
from quintet.redemption.decision_paper import paper_of
from quintet.redemption.demands import demands_of, to_do, where_to
from quintet.redemption.forms import AccountForm
from quintet.redemption.models import Claim, Clawback
from quintet.redemption.payees import claims_acted_on, claims_of, may_speak_for
from quintet.redemption.permissions import AFTER_HAND_IN
from quintet.redemption.remedies import remedies, remedies_of_delay
from quintet.redemption.states import CLOSED, State
from quintet.redemption.views.drafting import attach_account, hand_in, other_accounts, paper_sections, sections

PER_PAGE = 20


@signed_in
def claims(request: HttpRequest) -> HttpResponse:
    user, today = cast(User, request.user), clock.today()
    found, acted_on = claims_of(user), claims_acted_on(user)
    mine = acted_on.filter(to_do(acted_on))
    show = asked.text(request, "show")
    wanted = {"todo": mine, "closed": found.filter(state__in=[*CLOSED, State.PAID, State.DELIVERED])}.get(show)
    listed = found if wanted is None else wanted
    page = cases.page_of(listed.select_related("call").order_by("-pk"), asked.text(request, "page"), PER_PAGE)
    todo = mine.distinct().count()
    rows = [
        {
            **row,
            "expected": cases.expected(row["claim"]),
            "sum": cases.shown_sum(row["claim"]),
            "clock": _clock(row["claim"], row["owed"], today),
        }
        for row in cases.rows(list(page), today)
    ]
    tabs = [
        {"label": _("全部"), "url": "?", "active": wanted is None},
        {"label": _("待我办理"), "count": todo, "url": "?show=todo", "active": show == "todo"},
        {"label": _("已办结"), "url": "?show=closed", "active": show == "closed"},
    ]
    return render(request, "redemption/my_claims.html", {"page": page, "rows": rows, "tabs": tabs, "todo": todo})


def _clock(claim: Claim, demand: Clawback | None, today: date) -> dict[str, Any] | None:
    """After the payment the payee has a term for money called back alone; the appraisal is the department's."""
    if claim.state in (State.PAID, State.DELIVERED):
        return cases.left_until(demand.due_on, today) if demand else None
    return cases.clock(claim, today)


def _overdue_at_the_office(claim: Claim) -> bool:
    return claim.state in (State.HANDLED, State.PROPOSED) and claim.due_on is not None and claim.due_on < clock.today()


def _own(request: HttpRequest, pk: int) -> Claim:
    """The claim, for whoever stands for its payee; for everybody else there is no such page."""
    return get_object_or_404(
        claims_of(cast(User, request.user)).select_related("organisation", "person", "account", "evaluation").distinct(), pk=pk
    )


@signed_in
def claim(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _own(request, pk))


def _page(request: HttpRequest, shown: Claim, form: AccountForm | None = None, error: DomainError | None = None) -> HttpResponse:
    accounts = other_accounts(shown)
    rule = rule_of(shown)
    returned = returned_accounts([shown]).get(shown.pk) if shown.state == State.COMMITTED else None
    asked = shown.account_changes.filter(confirmed=None).select_related("account").first() if shown.state in AFTER_HAND_IN else None
    needs_account = bool(shown.budget) and shown.state in (State.OFFERED, *AFTER_HAND_IN)
    context: dict[str, Any] = {
        "claim": shown, "rule": rule, "parcel": cases.parcel(shown), "expected": cases.expected(shown), "sum": cases.shown_sum(shown), "clock": _clock(shown, demands_of([shown]).get(shown.pk), clock.today()), "error": error,
        "tone": cases.TONES.get(State(shown.state), "info"), "accounts": accounts, "form": form or AccountForm(accounts=accounts, holder=shown.payee.name), "needs_account": needs_account, "returned": returned,
        "asked_account": asked, "account_open": bool(returned or form) or shown.state in (State.OFFERED, State.CORRECTION, State.COMMITTED),
        "clawbacks": [(one, cases.left_until(one.due_on, clock.today())) for one in shown.clawbacks.filter(state="demanded")], "refund": where_to(shown), "refunded": shown.clawbacks.filter(received_fen__gt=0),
        "appraisals": shown.appraisals.order_by("-pk"), "may_copy": shown.state in CLOSED and shown.way != "automatic" and cases.opens_again(shown).open, "after_withdrawal": cases.after_withdrawal(shown), "may_withdraw": shown.state in (State.OFFERED, State.HANDLED, State.CORRECTION, State.DRAFT), "missing": shown.steps.filter(outcome="returned").order_by("-number").first() if shown.state == State.CORRECTION else None,
        "decision": shown.decisions.filter(confirmed=True).order_by("-pk").first(), "notices": shown.notice_lines.select_related("notice").order_by("-pk"),
        "payments": shown.payment_lines.select_related("batch").prefetch_related("results").order_by("-pk"), "refusal": shown.steps.filter(outcome="refused").order_by("-number").first(),
        **_to_fill_in(request, shown),
        "remedies": remedies(), "delay": remedies_of_delay() if _overdue_at_the_office(shown) else "", "paper": paper_of(shown), "speaks": may_speak_for(cast(User, request.user), shown.payee, clock.today()),
    }  # fmt: skip
    status = 409 if error else 422 if form is not None and form.errors else 200
    return render(request, "redemption/my_claim.html", context, status=status)


def _to_fill_in(request: HttpRequest, shown: Claim) -> dict[str, Any]:
    if shown.state not in (State.DRAFT, State.CORRECTION):
        return {}
    return paper_sections(shown) if shown.way == "automatic" else sections(request, shown)


@signed_in
@signed_in_again(actions=["confirm", "account"])
@require_POST
def claim_do(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """confirm, account, submit, resubmit or withdraw; what was typed stays when it cannot be done."""
    shown, user, on = _own(request, pk), cast(User, request.user), clock.today()
    form = None
    try:
        if action in ("confirm", "account"):
            form = AccountForm(request.POST, accounts=other_accounts(shown), holder=shown.payee.name)
            if not form.is_valid():
                return _page(request, shown, form)
            given = form.cleaned_data
            if shown.state == State.DRAFT:
                messages.success(request, attach_account(shown, given, user))
                return redirect(f"{reverse('redemption:my-claim', args=[pk])}#account")
            if action == "confirm":
                after = actions.with_account(actions.confirm_offer, shown, **given, by=user, on=on)
                word = (
                    _("已确认。事实与邀请时不同，部门会先核对：%(what)s") % {"what": after.changed}
                    if after.changed
                    else _("已确认，不用再交材料。")
                )
            else:
                actions.with_account(actions.change_account, shown, **given, by=user, on=on)
                word = _("已提出，主管部门与您核实收款账户后生效。") if shown.state in AFTER_HAND_IN else _("已更换收款账户。")
        elif action == "submit":
            word = hand_in(request, shown, user)
        elif action == "resubmit":
            actions.resubmit(shown, note=request.POST.get("note", ""), by=user, on=on)
            word = _("已重新提交。")
        elif action == "withdraw":
            actions.withdraw(shown, by=user, on=on)
            word = _("已撤回。")
        else:
            return redirect("redemption:my-claim", pk)
    except DomainError as error:
        shown.refresh_from_db()
        return _page(request, shown, form, error)
    messages.success(request, word)
    return redirect("redemption:my-claim", pk)
