"""Whether an award can be had now: its call, the policy's end, and what goes on after it. Whoever promises something asks here."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from quintet.look.words import cn_date
from quintet.policies.engine import Policy, may_go_on, policy
from quintet.redemption.models import Call, Claim, ClaimStep
from quintet.redemption.states import State

OF_THE_PAYEE = (State.OFFERED, State.DRAFT, State.CORRECTION)


@dataclass(frozen=True)
class Opening:
    """`open`: it can be applied for (or confirmed) today. `words`: until when or why not, in a sentence; empty where there is nothing to say."""

    open: bool
    words: str = ""


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
    """Whether nothing is decided under this rule any more: past the policy's last day for decisions, and the pack lets it not go on."""
    last = chosen.pack.document.last_decision
    return bool(last and today > last and not may_go_on(chosen, rule.subject, rule.id, today))


def cut_short(claim: Claim) -> str:
    """What has to be known of a term that ends with the policy: the department has to decide by then, too. Empty for every other term."""
    last = policy(claim.pack).pack.document.last_decision
    if last is None or claim.due_on != last or may_go_on(policy(claim.pack), claim.subject, claim.rule, last + timedelta(days=1)):
        return ""
    if granted_in_time(claim) is not None:
        return ""
    words = (
        _("政策到%(day)s为止，部门也须在这一天以前作出决定，此后不能兑现；请尽早办理，临近期满才办的可能来不及。")
        if claim.state in OF_THE_PAYEE
        else _("政策到%(day)s为止，在这一天以前没有作出决定的，此后不能兑现。")
    )
    return words % {"day": cn_date(last)}


def unless_invited(chosen: Policy, rule: Any, today: date) -> str:
    """What becomes of an award without application for which no invitation comes before the policy's end; empty where it does not end."""
    last = chosen.pack.document.last_decision
    if last is None or today > last or may_go_on(chosen, rule.subject, rule.id, last + timedelta(days=1)):
        return ""
    return _("政策到%(day)s为止，在这一天以前没有发来、确认并作出决定的，此后不能兑现；迟迟没有收到的，请联系主管部门。") % {
        "day": cn_date(last)
    }


def opening(chosen: Policy, rule: Any, today: date, call: Call | None, *, year: int) -> Opening:
    """Of one rule for the awards of a year; `call` is that year's, for rules that have one."""
    last = chosen.pack.document.last_decision
    if last and today > last:
        if over(chosen, rule, today):
            return Opening(
                False, _("政策已于%(day)s期满，没有办结的现在不能再申报、确认或兑现，除非另有过渡规定。") % {"day": cn_date(last)}
            )
        if rule.way == "fast":
            return Opening(True, _("政策已于%(day)s期满，只有期内发生、按规定期满后结算的还可以申报。") % {"day": cn_date(last)})
    if rule.way != "ordinary":
        return Opening(True)
    if call is None:
        return Opening(False, _("%(year)d年度尚未发布申报通知，现在不能申报。") % {"year": year})
    if call.opens_on > today:
        return Opening(False, _("%(day)s开始申报。") % {"day": cn_date(call.opens_on)})
    if call.closes_on < today:
        return Opening(False, _("%(year)d年度的申报已于%(day)s截止。") % {"year": year, "day": cn_date(call.closes_on)})
    return Opening(True, _("正在申报，%(day)s截止。") % {"day": cn_date(call.closes_on)})


def openings_of(pack: str, year: int, today: date) -> dict[str, Opening]:
    """rule → its opening, for all rules of a policy and the awards of a year. One query."""
    chosen = policy(pack)
    calls = {call.rule: call for call in Call.objects.filter(pack=pack, year=year)}
    return {rule.id: opening(chosen, rule, today, calls.get(rule.id), year=year) for rule in chosen.pack.rules if rule.is_award}


openings = [openings_of]
