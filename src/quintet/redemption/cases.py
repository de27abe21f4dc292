"""Claims as pages show them: an officer's desk, the line of steps, the way from a payment back to its clause."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quintet.core import asked
from quintet.core import clock as clock_of_the_city
from quintet.core.calendar import CalendarUnknown, add_working_days, is_provisional, term_day, working_days_between
from quintet.core.models import AuditEntry, User
from quintet.core.permissions import holds
from quintet.core.roles import Role
from quintet.directory.models import Organisation, Person
from quintet.directory.queries.names import organisations_called
from quintet.ledger.models import CommitmentStep
from quintet.look.words import cn_date, listed, yuan
from quintet.policies.engine import policies, policy
from quintet.policies.queries import said, step_label, unit_names
from quintet.redemption.accounts import returned_accounts
from quintet.redemption.demands import OWING, demands_of, overdue
from quintet.redemption.models import Appraisal, Claim, ClaimStep, Clawback, Decision, JointVote, Objection, PaymentBatch, PaymentLine
from quintet.redemption.openings import OF_THE_PAYEE, UNDECIDED, Opening, ended_for, granted_in_time, little_time, opening, over, rule_named
from quintet.redemption.states import CLOSED, GRANT_STANDS, State

Claims = QuerySet[Claim]
UNTAKEN = Objection.objects.filter(upheld=None, is_question=False, joins=None).values("line__claim")
UNSIGNED = PaymentLine.objects.filter(batch__state=PaymentBatch.State.MADE).values("claim")
# tab of the desk → which claims stand in it
TABS: dict[str, Q] = {
    "form_check": Q(state=State.HANDLED, step="form_check"),
    "department_review": Q(state=State.HANDLED, step="department_review"),
    "expert_review": Q(state=State.HANDLED, step="expert_review"),
    "joint_review": Q(state=State.HANDLED, step="joint_review"),
    "decision": Q(state=State.HANDLED, step="decision"),
    "proposed": Q(state=State.PROPOSED),
    "granted": Q(state=State.GRANTED),
    "public": Q(state=State.PUBLIC),
    "untaken": Q(state=State.PUBLIC, pk__in=UNTAKEN),
    "contested": Q(state=State.CONTESTED),
    "cleared": Q(state=State.CLEARED),
    "committed": Q(state=State.COMMITTED),
    "unsigned": Q(state=State.ORDERED, pk__in=UNSIGNED),
    "owed": OWING,
    "appraisal": Q(state__in=[State.PAID, State.DELIVERED], step="appraisal"),
    "ordered": Q(state=State.ORDERED) & ~Q(pk__in=UNSIGNED),
}
OF_BATCHES = ("unsigned", "ordered")
AFTERWARDS = ("owed", "appraisal")
BESIDE = (*OF_BATCHES, "untaken", *AFTERWARDS)  # more than a state and a step; what is in `untaken` stands in `public`, too
TAB_LABELS = {
    "form_check": gettext_lazy("形式审查"), "department_review": gettext_lazy("部门初审"), "expert_review": gettext_lazy("专家评审"), "joint_review": gettext_lazy("待部门联审"), "decision": gettext_lazy("待提出决定"), "proposed": gettext_lazy("待复核"),
    "granted": gettext_lazy("待公示"), "public": gettext_lazy("公示中"), "untaken": gettext_lazy("异议待受理"), "contested": gettext_lazy("有异议"), "cleared": gettext_lazy("待落实资金"),
    "committed": gettext_lazy("待编批次"), "vote": gettext_lazy("待本部门表决"), "unsigned": gettext_lazy("待签发"), "ordered": gettext_lazy("待回盘"),
    "owed": gettext_lazy("待收退款"), "appraisal": gettext_lazy("绩效评价"),
}  # fmt: skip
UNDER_WAY = (State.HANDLED, State.PROPOSED, State.GRANTED, State.PUBLIC, State.CONTESTED, State.CLEARED, State.COMMITTED, State.ORDERED)
FEW = 1_000
APPRAISED_WITHIN = 20  # working days
OWED = "owed"  # a state for the list alone: paid, and called back
NUMBER = re.compile(r"(?:\d{4}-[\w.]{1,20}-)?0*(\d{1,11})", re.ASCII)  # 2021-T6-000123, or its last part
FILTERS = ("q", "clause", "rule", "state", "division", "unit", "year", "due")
SORTS = {"due": ("due_on", "pk"), "-due": ("-due_on", "-pk"), "new": ("-pk",), "amount": ("-amount_fen", "pk")}
TONES = {
    State.OFFERED: "info", State.CORRECTION: "warn", State.CONTESTED: "warn", State.PAID: "ok", State.DELIVERED: "ok", State.REFUSED: "bad",
    State.WITHDRAWN: "muted", State.LAPSED: "muted",
}  # fmt: skip


def units_of(user: User) -> list[str]:
    """Departments for which somebody works today."""
    return sorted({grant.unit for grant in user.grants_today if grant.role in (Role.OFFICER, Role.FINANCE_OFFICER) and grant.unit})


def tab_counts(claims: QuerySet[Claim]) -> dict[str, int]:
    """How many claims stand in each tab but those after the payment. Three queries, over what is under way alone, however much is done."""
    counted = Counter[tuple[str, str]]()
    for state, step, number in claims.filter(state__in=UNDER_WAY).values_list("state", "step").annotate(n=Count("pk")).order_by():
        counted[state, step if state == State.HANDLED else ""] += number
    unsigned = claims.filter(TABS["unsigned"]).count() if counted[State.ORDERED, ""] else 0
    of_batches = {"unsigned": unsigned, "ordered": counted[State.ORDERED, ""] - unsigned}
    beside = {"untaken": claims.filter(TABS["untaken"]).count() if counted[State.PUBLIC, ""] else 0} | of_batches
    return {name: beside[name] if name in BESIDE else counted[_stand(name)] for name in TABS if name not in AFTERWARDS}


def due_appraisals(claims: Claims, today: date) -> Claims:
    """Those to be appraised within as many working days as the first appraisal has: one that comes in a year waits for nobody yet."""
    return claims.filter(TABS["appraisal"], due_on__lte=_ahead(today))


def _ahead(today: date) -> date:
    try:
        return add_working_days(today, APPRAISED_WITHIN, provisional=True)
    except CalendarUnknown:
        return today


def owed_to(user: User) -> Claims:
    """Claims that owe money: for finance all of them, for a department its own."""
    owing = Claim.objects.filter(OWING)
    return owing if holds(user, Role.FINANCE_OFFICER) else owing.filter(unit__in=units_of(user))


def tab_of(claim: Claim) -> str:
    """The tab in which a claim stands; empty for what is in none, or in a batch."""
    there = (claim.state, claim.step if claim.state == State.HANDLED else "")
    return next((name for name in TABS if name not in BESIDE and _stand(name) == there), "")


def _stand(tab: str) -> tuple[str, str]:
    found: dict[str, str] = dict(TABS[tab].children)  # type: ignore[arg-type]  # a plain Q of equalities
    return found["state"], found.get("step", "")


def asked_to_vote(units: Sequence[str]) -> QuerySet[Claim]:
    """Claims in joint review on which one of these departments has not yet voted."""
    waiting = JointVote.objects.filter(unit__in=units, vote="").values("claim")
    return Claim.objects.filter(pk__in=waiting, state=State.HANDLED, step="joint_review")


def filtered(claims: QuerySet[Claim], filters: Mapping[str, str], today: date) -> QuerySet[Claim]:
    if filters.get("state") == OWED:
        claims = claims.filter(OWING)
    for name in ("clause", "rule", "state", "division", "unit"):
        if filters.get(name) and filters[name] != OWED:
            claims = claims.filter(**{name: filters[name]})
    if year := asked.year(filters.get("year", "")):
        claims = claims.filter(year=year)
    if filters.get("due") == "over":
        claims = claims.filter(Q(due_on__lt=today) & ~Q(state__in=CLOSED) | Q(pk__in=overdue(today).values("claim")))
    if text := filters.get("q", "").strip():
        if number := NUMBER.fullmatch(text):
            return claims.filter(pk=int(number[1]))
        claims = claims.filter(Q(name__icontains=text) | Q(organisation__in=organisations_called(text).order_by().values("pk")))
    return claims


def page_of(claims: QuerySet[Claim], number: str | None, per_page: int) -> "Page[Claim]":
    """One page, with payees. Its keys are found first, by an index alone, from the nearer end: rows that are only skipped are never read, however far back the page is."""
    keys = claims.values_list("pk", flat=True)
    pages = Paginator(keys, per_page)
    found: Any = pages.get_page(number)
    start, end = (found.number - 1) * per_page, min(found.number * per_page, pages.count)
    wanted = list(keys[start:end]) if start <= pages.count // 2 else list(keys.reverse()[pages.count - end : pages.count - start])[::-1]
    rows = Claim.objects.select_related("organisation", "person").in_bulk(wanted)
    found.object_list = [rows[key] for key in wanted if key in rows]
    return found


def found_once(claims: QuerySet[Claim]) -> QuerySet[Claim]:
    """The same claims, looked for once: a search through all names is not repeated for the count and for the page. In the same order."""
    keys = list(claims.values_list("pk", flat=True)[:FEW])
    return claims.model.objects.filter(pk__in=keys).order_by(*claims.query.order_by) if len(keys) < FEW else claims


def clock(claim: Claim, today: date, demand: Clawback | None = None) -> dict[str, Any] | None:
    """How long is left until money called back is due, else of the term of whoever handles the claim: {"on", "text", "tone"}; None where nothing is waited for."""
    day = demand.due_on if demand else claim.due_on if claim.state not in CLOSED else None
    return left_until(day, today) if day else None


def left_until(day: date, today: date) -> dict[str, Any]:
    try:
        left = working_days_between(today, day)
    except CalendarUnknown:
        return {"on": day, "text": term_day(day), "tone": "muted"}
    if left < 0:
        return {"on": day, "text": _("超期 %(n)d 个工作日") % {"n": -left}, "tone": "bad"}
    text = _("今天到期") if left == 0 else _("还有 %(n)d 个工作日") % {"n": left}
    text += _("（暂定）") if is_provisional(day) else ""
    return {"on": day, "text": text, "tone": "warn" if left <= 1 else "muted"}


def rule_titles() -> dict[str, str]:
    return {rule.id: said(rule.title) for chosen in policies() for rule in chosen.pack.rules}


def award_said(published: str) -> str:
    """An award as its notice names it, in the language of the page where a pack still has that title."""
    titles = {rule.title.zh: said(rule.title) for chosen in policies() for rule in chosen.pack.rules}
    return titles.get(published, published)


def proposals_of(claims: Sequence[Claim]) -> dict[int, Decision]:
    """claim → the decision that waits for its second pair of eyes. One query, none where nothing is proposed."""
    keys = [claim.pk for claim in claims if claim.state == State.PROPOSED]
    return (
        {one.claim_id: one for one in Decision.objects.filter(claim__in=keys, confirmed=None).select_related("proposed_under")}
        if keys
        else {}
    )


def sum_of(claim: Claim, proposal: Decision | None = None) -> int:
    """What was decided and holds, what is proposed and waits (nothing where that is a refusal), else what the engine says; 0 for what is no money."""
    return (proposal.amount_fen if proposal else claim.granted_fen or claim.amount_fen) or 0


def rows(claims: Sequence[Claim], today: date) -> list[dict[str, Any]]:
    titles, names, owed, proposals = rule_titles(), unit_names(), demands_of(claims), proposals_of(claims)
    voting = awaited_votes(claims)
    returned = returned_accounts([claim for claim in claims if claim.state == State.COMMITTED])
    return [
        {
            "claim": claim, "title": titles.get(claim.rule, claim.rule), "clock": clock(claim, today, owed.get(claim.pk)), "owed": owed.get(claim.pk), "returned": returned.get(claim.pk, ""), "tone": TONES.get(State(claim.state), "info"),
            "unit": listed(voting[claim.pk]) if voting.get(claim.pk) else names.get(claim.unit, claim.unit), "late": bool(little_time(claim, today)), "sum": sum_of(claim, proposals.get(claim.pk)), "refusal": claim.pk in proposals and not proposals[claim.pk].granted,
        }
        for claim in claims
    ]  # fmt: skip


TO_BEGIN_AGAIN = (State.WITHDRAWN, State.LAPSED)
TO_BEGIN = (State.OFFERED, State.DRAFT, State.CORRECTION, State.WITHDRAWN, State.LAPSED)  # by the payee, still or again


def under_way(whose: Organisation | Person, pack: str, year: int) -> dict[tuple[str, int, str], Claim]:
    """(subject, row, rule) → the claim of a year that tells where this award stands: one that is open or settled before one that ended without money."""
    of = {"organisation": whose} if isinstance(whose, Organisation) else {"person": whose}
    found: dict[tuple[str, int, str], Claim] = {}
    for claim in Claim.objects.filter(**of, pack=pack, year=year).select_related("organisation", "person", "call").order_by("pk"):
        key = (claim.subject, claim.subject_id, claim.rule)
        if key not in found or found[key].state in CLOSED or claim.state not in CLOSED:
            found[key] = claim
    return found


def instalment_years(whose: Organisation | Person, pack: str, today: date) -> dict[tuple[str, int, str], dict[int, str]]:
    """(subject, row, rule) → year → settled, payable or gone, of awards by instalments for which there are claims: a year that follows one that was
    granted is opened by the department, without a call. One query."""
    of = {"organisation": whose} if isinstance(whose, Organisation) else {"person": whose}
    rules = {rule.id: rule for rule in policy(pack).pack.rules if rule.kind == "instalments"}
    found: dict[tuple[str, int, str], dict[int, str]] = {}
    for claim in Claim.objects.filter(**of, pack=pack, rule__in=rules).exclude(state__in=TO_BEGIN_AGAIN).order_by("year", "pk"):
        years = found.setdefault((claim.subject, claim.subject_id, claim.rule), {})
        ended = ended_for(claim, rules[claim.rule], today)
        if claim.state in CLOSED or (claim.decided_fen is None and ended):
            years[claim.year] = "gone"
        else:
            years[claim.year] = "payable" if claim.decided_fen is None else "settled"
            if claim.state == State.PAID and not over(policy(pack), rules[claim.rule], today):
                years.setdefault(claim.year + 1, "payable")
    return found


def taken(claims: Mapping[tuple[str, int, str], Claim]) -> dict[tuple[str, int, str], int]:
    """Of them those that nobody has to begin with, with the sum each brings; one that was refused brings nothing."""
    return {
        key: 0 if claim.state in CLOSED else claim.decided_fen or claim.amount_fen or 0
        for key, claim in claims.items()
        if claim.state not in TO_BEGIN
    }


def shown_with(claim: Claim) -> dict[str, str]:
    """A claim beside its award: its state, where it stands, what is expected."""
    state = State(claim.state)
    return {
        "label": str(state.label), "tone": TONES.get(state, "info"), "url": reverse("redemption:my-claim", args=[claim.pk]), "number": claim.number, "expected": expected(claim),
    }  # fmt: skip


def parcel(claim: Claim) -> list[dict[str, Any]]:
    """The line of steps: what is done and when, what is going on and until when, what comes."""
    rule = next((rule for rule in policy(claim.pack).pack.rules if rule.id == claim.rule), None)
    procedure = policy(claim.pack).pack.procedure_of(rule) if rule else None
    if procedure is None:
        return []
    kinds = [step.kind for step in procedure.steps]
    last: dict[str, ClaimStep] = {step.kind: step for step in claim.steps.order_by("number")}
    at = kinds.index(claim.step) if claim.step in kinds else None
    ended = claim.state in CLOSED
    stop = max((kinds.index(kind) for kind in last if kind in kinds), default=0) if ended else None
    finished = at is None and claim.state in (State.PAID, State.DELIVERED)  # appraised, or nothing to appraise
    items = []
    for n, kind in enumerate(kinds):
        step = last.get(kind)
        over = (at is not None and n < at) or (ended and n < (stop or 0)) or finished
        item: dict[str, Any] = {"label": step_label(kind), "state": "done" if over else ""}
        if over and step and step.ended_on:
            item["date"] = step.ended_on
        if ended and n == stop:
            item |= {"state": "stopped", "note": State(claim.state).label, "date": claim.closed_on}
        elif n == at:
            item |= {
                "state": "current",
                "note": _("%(state)s，至 %(day)s") % {"state": State(claim.state).label, "day": term_day(claim.due_on)}
                if claim.due_on
                else State(claim.state).label,
            }
        items.append(item)
    return items


def shown_sum(claim: Claim) -> str:
    """What its applicant may take from a claim: what was decided; before that what the facts give, or the most where a decision sets the sum.

    Nothing for a claim that ended without money.
    """
    fen = claim.decided_fen or claim.amount_fen
    if fen is None or claim.state in CLOSED:
        return ""
    rule = next((one for one in policy(claim.pack).pack.rules if one.id == claim.rule), None)
    capped = claim.decided_fen is None and rule is not None and rule.kind == "cap"
    return _("最高 %(amount)s，以决定为准") % {"amount": yuan(fen)} if capped else yuan(fen)


def expected(claim: Claim) -> str:
    """What is waited for, and of whom, in one sentence; with what the policy's end means for it."""
    rule, today = rule_named(claim), clock_of_the_city.today()
    last, ended = policy(claim.pack).pack.document.last_decision, rule is not None and ended_for(claim, rule, today)
    if last is None or rule is None:
        return _expected(claim)
    day = cn_date(last)
    if ended and claim.state in OF_THE_PAYEE:
        return _("政策已于%(day)s期满，没有办结的不能再确认、提交或兑现，除非另有过渡规定。") % {"day": day}
    if ended and claim.state in UNDECIDED and granted_in_time(claim) is not None:
        words = _("政策已于%(day)s期满；本件在期内已决定兑现，因事实有变退回重新核查，核实以后仍可以兑现。") % {"day": day}
        return f"{words}{_expected(claim)}"
    if ended and claim.state in UNDECIDED:
        return _("政策已于%(day)s期满，本件没有在此以前作出决定，除非另有过渡规定，不能再兑现；部门会作出书面答复并写明理由。") % {
            "day": day
        }
    if ended and claim.state in (State.LAPSED, State.WITHDRAWN):
        return _("%(state)s；政策已于%(day)s期满，不能重新申请。") % {"state": State(claim.state).label, "day": day}
    if claim.state in (State.LAPSED, State.WITHDRAWN) and not (now := opens_again(claim)).open:
        return _("%(state)s，现在不能重新申请。%(why)s") % {"state": State(claim.state).label, "why": now.words}
    return f"{_expected(claim)}{little_time(claim, today)}"


def opens_again(claim: Claim) -> Opening:
    """Whether the same can be applied for anew today, or confirmed once more: by the policy's end and by the call it came through."""
    chosen, rule = policy(claim.pack), rule_named(claim)
    return opening(chosen, rule, clock_of_the_city.today(), claim.call, year=claim.year) if rule else Opening(False)


def after_withdrawal(claim: Claim) -> str:
    """What giving a claim up leaves, for who is about to do it."""
    now = opens_again(claim)
    if not now.open:
        return _("撤回后本件就结束，不能重新申请。%(why)s") % {"why": now.words}
    if claim.way == "automatic":
        return _("撤回后本件就结束；部门再次发出邀请时可以确认。")
    return _("撤回后本件就结束；符合条件时可以重新申请。")


def _expected(claim: Claim) -> str:
    names, day = unit_names(), term_day(claim.due_on) if claim.due_on else ""
    unit = names.get(claim.unit, "")
    if demand := demands_of([claim]).get(claim.pk):
        return _("请在 %(day)s 前退回 %(amount)s。") % {"day": term_day(demand.due_on), "amount": yuan(demand.left_fen)}
    if claim.state in (State.PAID, State.DELIVERED):
        return _after(claim, unit or _("主管部门"), day)
    if claim.state == State.COMMITTED and (why := returned_accounts([claim]).get(claim.pk)):
        if claim.account_changes.filter(confirmed=None).exists():
            return _("拨付被银行退回：%(why)s。等主管部门核实收款账户后再次拨付。") % {"why": why}
        return _("拨付被银行退回：%(why)s。请收款人更换账户，或者确认原账户无误；主管部门核实后再次拨付。") % {"why": why}
    if asked := awaited_votes([claim]).get(claim.pk):
        return _("等待%(units)s联审表决，应在 %(day)s 前表决。") % {"units": listed(asked), "day": day}
    said_of = {
        State.OFFERED: _("请在 %(day)s 前确认领取，并填写收款账户。"),
        State.DRAFT: _("请在 %(day)s 前填完并提交。"),
        State.CORRECTION: _("请在 %(day)s 前补齐材料后重新提交。"),
        State.HANDLED: _("%(unit)s正在办理，应在 %(day)s 前办完这一步。"),
        State.PROPOSED: _("%(unit)s的另一位工作人员正在复核，应在 %(day)s 前完成。"),
        State.GRANTED: _("%(unit)s已决定，即将公示。"),
        State.PUBLIC: _("正在公示，至 %(day)s；任何人可以提出异议。"),
        State.CONTESTED: _("有人提出异议，%(unit)s应在 %(day)s 前答复。"),
        State.CLEARED: _("公示期满，%(unit)s应在 %(day)s 前落实。"),
        State.COMMITTED: _("资金已落实，%(unit)s应在 %(day)s 前拨付。"),
        State.ORDERED: _("已列入拨付批次，等待到账。"),
        State.REFUSED: _("不予兑现，理由见本件页面。"),
        State.WITHDRAWN: _("已撤回；部门再次发出邀请时可以确认。") if claim.way == "automatic" else _("已撤回；符合条件时可以重新申请。"),
        State.RETURNED: _("拨付的资金已全部退回。"),
        State.LAPSED: _("逾期没有办理，已失效；部门再次发出邀请时可以确认。")
        if claim.way == "automatic"
        else _("逾期没有办理，已失效；符合条件时可以重新申请。"),
    }[State(claim.state)]
    return said_of % {"day": day, "unit": unit or _("主管部门")}


MONEY_MOVES = (State.COMMITTED, State.ORDERED, State.PAID, State.DELIVERED)


def what_to_do(claim: Claim) -> str:
    """Where the registers say something else than a claim was judged by: who can do what about it, by where its money is."""
    return {
        State.COMMITTED: _("名录有误的，请先更正；不应兑现的，请财政提出不再拨付。核清以前不能编入拨付批次。"),
        State.ORDERED: _("批次没有签发的，请财政作废；已经签发的，到账后请牵头部门核对，不应兑现的提出追回。"),
        State.PAID: _("名录有误的，请先更正；不应兑现的，请牵头部门提出追回。"),
        State.DELIVERED: _("名录有误的，请先更正；不应兑现的，请牵头部门依法处理。"),
    }.get(State(claim.state), "") or (_("请按名录重新核对。") if claim.state == State.HANDLED else _("请核对。"))


def _after(claim: Claim, unit: str, day: str) -> str:
    """What is still to come once the money, or what was awarded in kind, is with its payee."""
    done = _("已到账。") if claim.state == State.PAID else _("已兑现。")
    appraised = claim.appraisals.order_by("-pk").first()
    if appraised:
        done += _("绩效评价结果：%(result)s。") % {"result": appraised.get_result_display()}
    if claim.step == "appraisal" and day:
        words = _("%(unit)s应在 %(day)s 前再次评价绩效。") if appraised else _("%(unit)s应在 %(day)s 前评价绩效。")
        done += words % {"unit": unit, "day": day}
    return done


def decisions(claim: Claim) -> list[tuple[Decision, tuple[str, str]]]:
    """Every decision of a claim, the latest first, with what is to be said of it now and how: one that waits, was sent back or was undone is no grant."""
    found = list(claim.decisions.select_related("proposed_by", "confirmed_by").order_by("-pk"))
    latest = next((decision for decision in found if decision.confirmed), None)
    return [(decision, _standing(claim, decision, latest)) for decision in found]


def _standing(claim: Claim, decision: Decision, latest: Decision | None) -> tuple[str, str]:
    if decision.confirmed is None:
        return (_("拟予兑现，待复核") if decision.granted else _("拟不予兑现，待复核")), "warn"
    if not decision.confirmed:
        return (_("拟予兑现，已退回") if decision.granted else _("拟不予兑现，已退回")), "muted"
    if not decision.granted:
        return _("不予兑现"), "bad" if decision == latest and claim.state == State.REFUSED else "muted"
    if decision == latest and claim.state in GRANT_STANDS:
        return _("予以兑现"), "ok"
    return _("曾决定兑现，已不再执行"), "muted"


APPRAISED = {Appraisal.Result.MET: "ok", Appraisal.Result.PARTLY: "warn", Appraisal.Result.UNMET: "bad"}


def history(claim: Claim) -> list[dict[str, Any]]:
    """Every step as it went, the latest first, with what came of it: {"step", "unit", "word", "tone", "by"}."""
    steps, names = list(claim.steps.select_related("by").prefetch_related("votes").order_by("number")), unit_names()
    appraisals = iter(claim.appraisals.order_by("pk"))
    told = []
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        word, tone = _outcome(step, following)
        if step.kind == "appraisal" and step.outcome == ClaimStep.Outcome.PASSED and (found := next(appraisals, None)):
            word, tone = found.get_result_display(), APPRAISED[Appraisal.Result(found.result)]
        by = None if step.kind == "joint_review" else step.by  # who voted stands with the votes
        told.append({"step": step, "unit": names.get(step.unit, step.unit), "word": word, "tone": tone, "by": by})
    return told[::-1]


def _outcome(step: ClaimStep, following: ClaimStep | None) -> tuple[str, str]:
    """What came of a step, in a word, and its tone: what is sent back is told by where it went."""
    if step.outcome == ClaimStep.Outcome.RETURNED and step.kind == "payment":
        return (_("银行退回"), "warn") if following is not None and following.kind == "payment" else (_("事实有变，退回部门"), "warn")
    if step.outcome == ClaimStep.Outcome.RETURNED and following is not None and following.kind == "decision":
        return _("事实有变，退回部门"), "warn"
    if step.kind == "joint_review" and step.outcome == ClaimStep.Outcome.PASSED and step.votes.all():
        votes = [vote.vote for vote in step.votes.all()]
        against = JointVote.Vote.OBJECT in votes
        return (_("表决完毕，有部门不同意"), "warn") if against else (_("各部门同意"), "ok")
    return (step.get_outcome_display(), "bad" if step.outcome == ClaimStep.Outcome.REFUSED else "info") if step.outcome else ("", "")


def awaited_votes(claims: Sequence[Claim]) -> dict[int, list[str]]:
    """claim → the departments that have not voted yet, by name. One query, none where nothing is in joint review."""
    keys = [claim.pk for claim in claims if claim.state == State.HANDLED and claim.step == "joint_review"]
    names, found = unit_names(), defaultdict(list)
    waiting = JointVote.objects.filter(claim__in=keys, vote="", step__ended_on=None).order_by("pk") if keys else ()
    for vote in waiting:
        found[vote.claim_id].append(names.get(vote.unit, vote.unit))
    return found


def units_handling(claim: Claim) -> list[str]:
    """The departments that the clause names, and the one where the claim is."""
    clause = policy(claim.pack).pack.clauses[claim.clause]
    return [unit for unit in dict.fromkeys([claim.unit, *clause.lead, *clause.responsible]) if unit]


def awarded_in_words(claim: Claim) -> list[tuple[str, str]]:
    """The fact that an award rewards, as (label, text): what `facts.awarded_fact` wrote down for the database."""
    subject = policy(claim.pack).pack.subjects[claim.subject]
    told = []
    for part in claim.awarded.split("|"):
        name, equals, value = part.partition("=")
        spec = subject.facts.get(name)
        if name == claim.subject or (equals and spec is None):
            told.append((said(subject.label), claim.payee.name if name == "enterprise" and claim.organisation_id else claim.name))
        elif spec is not None:
            told.append((said(spec.label), _fact_text(spec, value)))
    return told or [(said(subject.label), claim.name)]


def _fact_text(spec: Any, value: str) -> str:
    if spec.type.kind == "date":
        return cn_date(date.fromisoformat(value))
    if spec.type.kind == "bool":
        return _("是") if value == "True" else _("否")
    return said(spec.choices[value]) if value in (spec.choices or {}) else value


def chain(claim: Claim) -> list[dict[str, Any]]:
    """From the bank's answer back to the clause, newest first: {"kind", "title", "lines", "url", "audit"}. Every link with its lines of the audit chain."""
    trail = list(AuditEntry.objects.filter(record=f"redemption.claim:{claim.pk}").order_by("number"))
    booked = {}
    if claim.commitment_id:
        steps = CommitmentStep.objects.filter(commitment=claim.commitment_id).select_related("entry__by").order_by("number")
        booked = {step.entry_id: step for step in steps}
        entries = AuditEntry.objects.filter(record__in=[f"ledger.entry:{pk}" for pk in booked])
        lines = {entry.record: entry for entry in entries}
    else:
        lines = {}
    payments = list(claim.payment_lines.select_related("batch__made_by", "batch__signed_by").prefetch_related("results").order_by("-pk"))
    batches = {f"redemption.paymentbatch:{line.batch_id}" for line in payments}
    of_batches = list(AuditEntry.objects.filter(record__in=batches, action__in=OF_A_BATCH).order_by("number")) if batches else []
    return [
        *({"kind": "entry", "step": step, "audit": [lines[f"ledger.entry:{pk}"]] if f"ledger.entry:{pk}" in lines else []} for pk, step in reversed(booked.items())),
        *({"kind": "clawback", "clawback": one, "audit": _about(_of(trail, *CLAWED), "clawback", one.pk)} for one in claim.clawbacks.select_related("proposed_by", "confirmed_by")),
        *(
            {
                "kind": "payment",
                "line": line,
                "audit": [
                    *_about(_of(trail, "order"), "batch", line.batch_id),
                    *(entry for entry in of_batches if entry.record == f"redemption.paymentbatch:{line.batch_id}"),
                    *_about(_of(trail, "paid", "bounced"), "line", line.key),
                ],
            }
            for line in payments
        ),
        *({"kind": "account", "change": one, "audit": _about(_of(trail, "change_account", "confirm_account"), "account", one.account_id)} for one in claim.account_changes.select_related("before", "account", "asked_by", "confirmed_by").order_by("-pk")),
        *({"kind": "notice", "line": line, "audit": _of(trail, "publish", "clear", "object", "answer")} for line in claim.notice_lines.select_related("notice").prefetch_related("objections").order_by("-pk")),
        *({"kind": "decision", "decision": decision, "word": word, "audit": _of(trail, "propose", "decide")} for decision, (word, _tone) in decisions(claim)),
        *({"kind": "review", "panel": panel, "audit": _of(trail, "draw", "declare", "recuse", "substitute", "score", "close_panel")} for panel in claim.panels.prefetch_related("seats").order_by("-pk")),
        *({"kind": "votes", "votes": votes, "audit": _of(trail, "vote")} for votes in [list(claim.votes.select_related("by").order_by("-pk"))] if votes),
        {"kind": "evaluation", "evaluation": claim.evaluation, "audit": _of(trail, "offer", "offer_again", "confirm", "submit", "resubmit", "judge", "recheck", "commit", "reopen")},
        {"kind": "clause", "audit": []},
    ]  # fmt: skip


OF_A_BATCH = ("redemption.make_batch", "redemption.sign_batch", "redemption.drop_batch")
CLAWED = ("propose_clawback", "confirm_clawback", "propose_drop", "drop_clawback", "receive_return")


def _about(lines: Sequence[AuditEntry], detail: str, value: Any) -> list[AuditEntry]:
    """Those of the lines that name this record among their details."""
    return [line for line in lines if line.details.get(detail) == value]


def _of(trail: Sequence[AuditEntry], *actions: str) -> list[AuditEntry]:
    wanted = {f"redemption.{action}" for action in actions}
    return [entry for entry in trail if entry.action in wanted]
