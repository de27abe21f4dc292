"""Whether an award can be had now and a case still be decided: its call, the policy's end, and what goes on after it. Whoever promises something asks here."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from quintet.core.calendar import CalendarUnknown, add_working_days
from quintet.look.words import cn_date
from quintet.policies.engine import Policy, may_go_on, policy
from quintet.redemption.models import Call, Claim, ClaimStep
from quintet.redemption.states import State

OF_THE_PAYEE = (State.OFFERED, State.DRAFT, State.CORRECTION)
UNDECIDED = (*OF_THE_PAYEE, State.HANDLED, State.PROPOSED)


@dataclass(frozen=True)
class Opening:
    """`open`: it can be applied for (or confirmed) today. `words`: until when or why not, in a sentence; empty where there is nothing to say.
    `late`: of that, why what is handed in may not be decided in time. `gone`: of an award by instalments the years that cannot be had any more, up to
    this one; `over`: none can."""

    open: bool
    words: str = ""
    late: str = ""
    gone: frozenset[int] = frozenset()
    over: bool = False


@dataclass(frozen=True)
class Granted:
    """A grant that two people made, by the day of their decision."""

    day: date
    amount_fen: int | None


def granted_in_time(claim: Claim) -> Granted | None:
    """The last grant by the policy's last day for decisions: where it was taken up again since, it is decided anew up to that sum, whatever the day."""
    last = policy(claim.pack).pack.document.last_decision
    days = claim.steps.filter(kind="decision", outcome=ClaimStep.Outcome.PASSED).order_by("number").values_list("ended_on", flat=True)
    sums = claim.decisions.filter(confirmed=True, granted=True).order_by("pk").values_list("amount_fen", flat=True)
    in_time = [Granted(day, amount) for day, amount in zip(days, sums, strict=False) if day and (last is None or day <= last)]
    return in_time[-1] if in_time else None


def over(chosen: Policy, rule: Any, today: date) -> bool:
    """Whether nothing is begun under this rule any more: past the policy's last day for decisions, and the pack lets it not go on."""
    last = chosen.pack.document.last_decision
    return bool(last and today > last and not may_go_on(chosen, rule.subject, rule.id, today))


def decided_after_end(claim: Claim) -> bool:
    """Whether it was handed in by the policy's last day for decisions and the pack lets such a claim be decided after it."""
    chosen = policy(claim.pack)
    last = chosen.pack.document.last_decision
    handed_in = claim.submitted_on
    return bool(last and handed_in and handed_in <= last and chosen.pack.decides_what_was_handed_in)


def ended_for(claim: Claim, rule: Any, today: date) -> bool:
    """Whether nothing can be granted for this claim any more, as far as the pack alone tells it."""
    return over(policy(claim.pack), rule, today) and not decided_after_end(claim)


def decided_by(chosen: Policy, rule: Any, start: date, *, at: str = "") -> date | None:
    """The day until which a decision may take by the terms of the rule's procedure, when the step `at` begins on a day; left out, the step after the
    payee's own. None where the pack has no procedure or the calendar does not reach so far."""
    procedure = chosen.pack.procedure_of(rule)
    if procedure is None:
        return None
    kinds = [step.kind for step in procedure.steps]
    first = kinds.index(at) if at in kinds else 1
    days = sum(step.days for step in procedure.steps[first : kinds.index("decision") + 1])
    try:
        return add_working_days(start, days, provisional=True)
    except CalendarUnknown:
        return None


def last_for(chosen: Policy, rule: Any) -> date | None:
    """The last day on which what is begun under this rule can be decided; None where it may be decided later, or at any time."""
    last = chosen.pack.document.last_decision
    if last is None or may_go_on(chosen, rule.subject, rule.id, last + timedelta(days=1)):
        return None
    return last


def too_late(chosen: Policy, rule: Any, start: date, *, at: str = "") -> date | None:
    """The day until which a decision may take, where that lies after the last day on which it can be made."""
    last = None if chosen.pack.decides_what_was_handed_in else last_for(chosen, rule)
    latest = decided_by(chosen, rule, start, at=at) if last and start <= last else None
    return latest if latest and last and latest > last else None


def little_time(claim: Claim, today: date) -> str:
    """What has to be known of a claim that is not decided: that its own terms end after the last day on which it can be, or that one was cut by
    that day. Empty for every other."""
    chosen, rule = policy(claim.pack), rule_named(claim)
    last = last_for(chosen, rule) if rule is not None else None
    if last is None or today > last or claim.state not in UNDECIDED or decided_after_end(claim):
        return ""
    day = cn_date(last)
    if chosen.pack.decides_what_was_handed_in:
        words = _("政策到%(day)s为止，请在这一天以前确认或提交，此后不能再办；按时提交的，期满后继续办理。")
        return words % {"day": day} if claim.due_on == last else ""
    latest = _late(claim, chosen, rule, today)
    if (latest is None and claim.due_on != last) or granted_in_time(claim) is not None:
        return ""
    if claim.state in OF_THE_PAYEE:
        words = _("政策到%(day)s为止，部门也须在这一天以前作出决定，此后不能兑现；请尽早办理，临近期满才办的可能来不及。")
        late = _("按各环节的期限，今天办理也要到%(latest)s才作出决定，可能来不及。")
    else:
        words = _("政策到%(day)s为止，在这一天以前没有作出决定的，此后不能兑现。")
        late = _("按各环节的期限，本件要到%(latest)s才作出决定，须提前办结。")
    return (late % {"latest": cn_date(latest)} if latest else "") + words % {"day": day}


def _late(claim: Claim, chosen: Policy, rule: Any, today: date) -> date | None:
    """As `too_late`, from where the claim stands: a step that is going on ends on its own day, a correction begins the step anew."""
    if claim.state in (State.OFFERED, State.DRAFT):
        return too_late(chosen, rule, today)
    if claim.state == State.CORRECTION:
        return too_late(chosen, rule, today, at=claim.step)
    kinds = [step.kind for step in chosen.pack.procedure_of(rule).steps]  # type: ignore[union-attr]
    if claim.step not in kinds or claim.step == "decision":
        return None
    return too_late(chosen, rule, max(today, claim.due_on or today), at=kinds[kinds.index(claim.step) + 1])


def rule_named(claim: Claim) -> Any:
    """The rule of a claim; None when its pack has it no longer."""
    return next((rule for rule in policy(claim.pack).pack.rules if rule.id == claim.rule), None)


def late_for_a_call(chosen: Policy, rule: Any, call: Call, today: date) -> str:
    """What applicants have to know of a call that closes so late that what is handed in on its last day may not be decided in time."""
    begin = max(today, call.opens_on)
    at_once, at_last = (too_late(chosen, rule, day) for day in (begin, max(begin, call.closes_on)))
    day = cn_date(last) if (last := chosen.pack.document.last_decision) else ""
    if at_once:
        return _("按各环节的期限，现在提交也要到%(latest)s才作出决定，而政策到%(day)s为止，此后不能兑现：可能来不及。") % {
            "latest": cn_date(at_once),
            "day": day,
        }
    if at_last:
        return _("按各环节的期限，截止日提交的要到%(latest)s才作出决定，而政策到%(day)s为止，此后不能兑现；请最晚在%(safe)s提交。") % {
            "latest": cn_date(at_last),
            "day": day,
            "safe": cn_date(_last_in_time(chosen, rule, begin, call.closes_on)),
        }
    return ""


def _last_in_time(chosen: Policy, rule: Any, first: date, day: date) -> date:
    """The last day from `first` on on which handing in is early enough."""
    while day > first and too_late(chosen, rule, day):
        day -= timedelta(days=1)
    return day


def unless_invited(chosen: Policy, rule: Any, today: date) -> str:
    """What becomes of an award without application for which no invitation comes before the policy's end; empty where it does not end."""
    last = last_for(chosen, rule)
    if last is None or today > last:
        return ""
    words = _("政策到%(day)s为止，在这一天以前没有发来、确认并作出决定的，此后不能兑现；迟迟没有收到的，请联系主管部门。")
    if chosen.pack.decides_what_was_handed_in:
        words = _("政策到%(day)s为止，在这一天以前没有发来并确认的，此后不能兑现；迟迟没有收到的，请联系主管部门。")
    return words % {"day": cn_date(last)}


def opening(chosen: Policy, rule: Any, today: date, call: Call | None, *, year: int) -> Opening:
    """Of one rule for the awards of a year; `call` is that year's, for rules that have one."""
    last = chosen.pack.document.last_decision
    if last and today > last:
        if over(chosen, rule, today):
            words = (
                _("政策已于%(day)s期满，现在不能再申报或确认；期满以前已经提交的继续办理。")
                if chosen.pack.decides_what_was_handed_in
                else _("政策已于%(day)s期满，没有办结的现在不能再申报、确认或兑现，除非另有过渡规定。")
            )
            return Opening(False, words % {"day": cn_date(last)})
        if rule.way == "fast":
            return Opening(True, _("政策已于%(day)s期满，只有期内发生、按规定期满后结算的还可以申报。") % {"day": cn_date(last)})
    if rule.way != "ordinary":
        return Opening(True)
    if call is None:
        return Opening(False, _("%(year)d年度尚未发布申报通知，现在不能申报。") % {"year": year})
    if call.closes_on < today:
        return Opening(False, _("%(year)d年度的申报已于%(day)s截止。") % {"year": year, "day": cn_date(call.closes_on)})
    late = late_for_a_call(chosen, rule, call, today)
    if call.opens_on > today:
        return Opening(False, _("%(day)s开始申报。") % {"day": cn_date(call.opens_on)} + late, late)
    return Opening(True, _("正在申报，%(day)s截止。") % {"day": cn_date(call.closes_on)} + late, late)


def openings_of(pack: str, year: int, today: date) -> dict[str, Opening]:
    """rule → its opening, for all rules of a policy and the awards of a year. One query."""
    chosen = policy(pack)
    calls = {(call.rule, call.year): call for call in Call.objects.filter(pack=pack)}
    found = {}
    for rule in (rule for rule in chosen.pack.rules if rule.is_award):
        now = opening(chosen, rule, today, calls.get((rule.id, year)), year=year)
        if rule.kind == "instalments":
            years = range(chosen.pack.document.in_force.year, today.year + 1)
            gone = frozenset(one for one in years if not _may_be_had(calls.get((rule.id, one)), one, today))
            now = replace(now, gone=gone, over=over(chosen, rule, today))
        found[rule.id] = now
    return found


def _may_be_had(call: Call | None, year: int, today: date) -> bool:
    """Whether a year can still be applied for: its call is open or comes, or the year is going on and has none yet."""
    return call.closes_on >= today if call else year >= today.year


openings = [openings_of]
