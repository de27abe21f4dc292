"""An officer's desk: what waits for my department, with its clock; several at once after a look at what would happen."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from quintet.core import asked, clock
from quintet.core.errors import DomainError
from quintet.core.models import User
from quintet.core.permissions import roles
from quintet.core.permissions import standing as standing_grants
from quintet.core.reauthentication import signed_in_again
from quintet.core.roles import Role
from quintet.directory.divisions import OF_THE_CITY
from quintet.ledger import queries as ledger_queries
from quintet.ledger.models import Fund
from quintet.look.words import yuan
from quintet.policies.engine import policy
from quintet.redemption import actions, cases, queues
from quintet.redemption.actions.claims import grounds_lost, why_ended
from quintet.redemption.checks import Item, checklist
from quintet.redemption.demands import BY_WHEN
from quintet.redemption.funding import first_year, funds_for
from quintet.redemption.models import Claim
from quintet.redemption.permissions import standings
from quintet.redemption.states import State

PER_PAGE, MOST = 50, 500
# tab → what can be done with several at once: (name, label, what is asked for)
BULK = {
    "form_check": ("pass_form", gettext_lazy("通过形式审查"), ""),
    "decision": ("propose", gettext_lazy("提出予以兑现的决定"), ""),
    "proposed": ("confirm", gettext_lazy("复核通过"), ""),
    "granted": ("publish", gettext_lazy("发布公示"), "title"),
    "cleared": ("commit", gettext_lazy("落实资金"), "fund"),
    "committed": ("order", gettext_lazy("编制拨付批次"), "fund"),
}
JUDGED = ("pass_form", "propose", "confirm", "publish")  # somebody's judgement on every single one
NEEDED = {"pass_form": "check_form", "propose": "propose", "confirm": "confirm", "publish": "publish", "commit": "commit", "order": "order"}


@roles(Role.OFFICER, Role.FINANCE_OFFICER)
def desk(request: HttpRequest) -> HttpResponse:
    """What is in the hands of the departments of this user, one tab a step, the most urgent first; counted is what the user can do."""
    user, today = cast(User, request.user), clock.today()
    mine, able = Claim.objects.filter(unit__in=cases.units_of(user)), queues.counts(user)
    beside = {
        "vote": cases.asked_to_vote(cases.units_of(user)),
        "owed": cases.owed_to(user),
        "appraisal": cases.due_appraisals(mine, today),
    }
    there = cases.tab_counts(mine) | {name: waiting.count() for name, waiting in beside.items()}
    tab = asked.text(request, "tab")
    if tab not in there:
        tab = next((name for name in there if able.get(name)), next((name for name, count in there.items() if count), "form_check"))
    filters = {name: asked.text(request, name) for name in cases.FILTERS}
    found = cases.filtered(beside[tab] if tab in beside else mine.filter(cases.TABS[tab]), filters, today)
    ordered = found.order_by(BY_WHEN.asc() if tab == "owed" else "due_on", "pk")
    if filters["q"]:
        ordered = cases.found_once(ordered)
    page = cases.page_of(ordered, asked.text(request, "page"), PER_PAGE)
    tabs = [
        {"label": cases.TAB_LABELS[name], "count": able.get(name), "url": f"?tab={name}", "active": name == tab}
        for name, count in there.items()
        if count or name == tab
    ]
    return render(
        request,
        "redemption/desk.html",
        {
            "tabs": tabs, "tab": tab, "page": page, "rows": _rows(user, tab, list(page), today), "filters": filters, "bulk": BULK.get(tab), "today": today,
            "label": cases.TAB_LABELS[tab], "clauses": _clauses(), "divisions": OF_THE_CITY.items(), "back": request.get_full_path(),
        },
    )  # fmt: skip


def _rows(user: User, tab: str, claims: Sequence[Claim], today: date) -> list[dict[str, Any]]:
    """Each with why the user cannot do what several are done at once here (`why`), empty where they can."""
    standing = queues.standing_of(user, claims) if tab in BULK else None
    only_back = _only_back(claims)
    return [
        {
            **row,
            "clock": cases.clock(row["claim"], today) if tab == "appraisal" else row["clock"],  # the department's own term
            "why": error.message
            if standing and (error := standing.refusal(NEEDED[BULK[tab][0]], row["claim"]))
            else only_back.get(row["claim"].pk) or _ended(tab, row["claim"], today),
        }
        for row in cases.rows(claims, today)
    ]


def _ended(tab: str, claim: Claim, today: date) -> str:
    """Why a grant cannot be proposed or confirmed for it any more; a refusal is made on its own page."""
    last = policy(claim.pack).pack.document.last_decision
    if tab not in ("decision", "proposed") or last is None or today <= last or _refusal_waits(tab, claim):
        return ""
    return why_ended(claim, today)


def _only_back(claims: Sequence[Claim]) -> dict[int, str]:
    """claim → why what is proposed for it can only be sent back: whoever proposed it has left. A constant number of queries."""
    waiting = cases.proposals_of(claims)
    there = standing_grants([one.proposed_under for one in waiting.values()])
    return {pk: _("提出人已不在岗，只能退回，由在岗的人重新提出。") for pk, one in waiting.items() if one.proposed_under_id not in there}


def _refusal_waits(tab: str, claim: Claim) -> bool:
    return tab == "proposed" and claim.decisions.filter(confirmed=None, granted=False).exists()


def _clauses() -> list[str]:
    from quintet.policies import engine

    return list(dict.fromkeys(rule.clause for rule in engine.main_policy().pack.rules))


@roles(Role.OFFICER, Role.FINANCE_OFFICER)
@signed_in_again(tab=["proposed", "cleared"], confirmed=["1"])
@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    """First what would happen, and to which it cannot; then, confirmed, each by itself: what fails leaves the others alone."""
    user = cast(User, request.user)
    tab = request.POST.get("tab", "")
    if tab not in BULK:
        messages.error(request, _("请从工作队列中选择要办理的事项。"))
        return redirect("redemption:desk")
    name, label, needs = BULK[tab]
    keys = [key for text in request.POST.getlist("claim") if (key := asked.whole(text)) is not None][:MOST]
    found = list(
        Claim.objects.filter(pk__in=keys, unit__in=cases.units_of(user)).filter(cases.TABS[tab]).select_related("organisation", "person", "account", "commitment").order_by("pk")
    )  # fmt: skip
    if not found:
        messages.info(request, _("没有选中可以办理的事项。"))
        return redirect(f"{reverse('redemption:desk')}?tab={tab}")
    able, refused = standings(user, found, NEEDED[name])
    only_back = _only_back(able)
    ended = {claim.pk: why for claim in able if (why := only_back.get(claim.pk) or _ended(tab, claim, clock.today()))}
    if name == "order":
        ended |= grounds_lost(able)
    refused += [(claim, DomainError(ended[claim.pk], where=str(claim))) for claim in able if claim.pk in ended]
    able = [claim for claim in able if claim.pk not in ended]
    given: dict[str, Any] = {
        "title": request.POST.get("title", "").strip()[:160],
        "fund": request.POST.get("fund", ""),
        "year": request.POST.get("year", ""),
    }
    rows = cases.rows(able, clock.today())
    context: dict[str, Any] = {
        "tab": tab, "label": label, "asked": needs, "given": given, "rows": rows, "judged": name in JUDGED, "others": refused,
        "sum": sum(row["sum"] for row in rows), "funds": _funds(able) if needs == "fund" else [], "years": _years(able) if name == "commit" else [],
    }  # fmt: skip
    if name == "pass_form":
        context["items"] = list(dict.fromkeys(item for claim in able for item in checklist(claim)))
    if request.POST.get("confirmed") != "1" or not able:
        return render(request, "redemption/bulk.html", context)
    given["checked"] = request.POST.getlist("checked")
    try:
        _every_choice_made(request, name, context.get("items", ()))
        return _do(request, name, able, given, user)
    except DomainError as error:
        context["error"] = error
        return render(request, "redemption/bulk.html", context, status=409)


def _every_choice_made(request: HttpRequest, name: str, items: Sequence[Item]) -> None:
    """Several at once go through by as many choices as one: each item of the checklist, and that every single one was looked at."""
    if left := [item.text for item in items if item.key not in request.POST.getlist("checked")]:
        raise DomainError(
            _("还有 %(n)d 项没有核对。") % {"n": len(left)}, where="；".join(left), remedy=_("有缺少或不符的，请退出后单独办理该件。")
        )
    if name in JUDGED and request.POST.get("looked") != "1":
        raise DomainError(_("请确认已逐件看过事实和核对结果。"))


def _funds(claims: Sequence[Claim]) -> list[Fund]:
    """Funds from which all of these can be paid."""
    if claims and claims[0].commitment_id:
        return list(Fund.objects.filter(pk__in={claim.commitment.fund_id for claim in claims if claim.commitment}))
    return list(funds_for(claims))


def _years(claims: Sequence[Claim]) -> list[str]:
    """Opened years of whose money all of these may be paid; each one's own is the usual."""
    if not claims:
        return []
    first, opened = max(first_year(claim) for claim in claims), ledger_queries.years(claims[0].pack)
    return [str(year) for year in sorted(opened) if first <= year <= clock.today().year]


def _do(request: HttpRequest, name: str, claims: Sequence[Claim], given: dict[str, Any], user: User) -> HttpResponse:
    on = clock.today()
    if name == "publish":
        notice = actions.publish_notice(claims, title=given["title"], by=user, on=on)
        messages.success(request, _("已发布公示，共 %(n)d 件。") % {"n": len(claims)})
        return redirect("redemption:notice", notice.pk)
    fund = next((fund for fund in _funds(claims) if str(fund.pk) == given["fund"]), None) if name in ("commit", "order") else None
    if name in ("commit", "order") and fund is None:
        raise DomainError(_("请选择资金。"))
    if name == "order":
        batches = actions.make_batches(claims, fund=cast(Fund, fund), by=user, on=on)
        messages.success(request, _("已编制 %(n)d 个批次，等待另一位财政人员签发。") % {"n": len(batches)})
        return redirect("redemption:batch", batches[0].pk) if len(batches) == 1 else redirect("redemption:batches")
    year = int(given["year"]) if name == "commit" and given["year"] in _years(claims) else None
    work: dict[str, Callable[[Claim], Any]] = {
        "pass_form": lambda claim: actions.check_form(claim, checked={item.key: True for item in checklist(claim)}, by=user, on=on),
        "propose": lambda claim: actions.propose(claim, granted=True, by=user, on=on),
        "confirm": lambda claim: actions.confirm_decision(claim, confirmed=True, by=user, on=on),
        "commit": lambda claim: actions.commit_claim(claim, fund=cast(Fund, fund), year=year, by=user, on=on),
    }
    sums = {row["claim"].pk: row["sum"] for row in cases.rows(claims, on)}
    done: list[Claim] = []
    returned: list[Claim] = []
    failed = []
    for claim in claims:
        try:
            after = work[name](claim)
            (returned if name == "commit" and after.state != State.COMMITTED else done).append(claim)
        except DomainError as error:
            failed.append(
                (
                    claim,
                    " ".join(
                        filter(
                            None, (error.message, f"（{error.where}）" if error.where and error.where != str(claim) else "", error.remedy)
                        )
                    ),
                )
            )
    amount = yuan(sum(sums[claim.pk] for claim in done))
    returned = list(Claim.objects.filter(pk__in=[claim.pk for claim in returned]))
    return render(
        request,
        "redemption/bulk_done.html",
        {"label": next(label for one, label, _asked in BULK.values() if one == name), "done": len(done), "returned": returned, "failed": failed, "amount": amount, "tab": request.POST["tab"]},
    )  # fmt: skip
