"""What became of the lines of a public notice: page, paper and the form of an objection say the same of a line."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from quintet.redemption.models import NoticeLine, Objection, Reversal
from quintet.redemption.states import CLOSED, State

UPHELD = "upheld"
NOT_GRANTED_YET = (State.HANDLED, State.CORRECTION, State.PROPOSED, State.GRANTED)


def outcomes(lines: Sequence[NoticeLine]) -> dict[int, str]:
    """line → upheld, contested, later (decided anew, in a later notice), reopened, released, refused, returned; nothing of what goes its way. Three queries.

    Only `upheld` is for everybody, since the objection is answered; the rest is for officials.
    """
    claims = {line.claim_id for line in lines}
    upheld = set(Objection.objects.filter(line__in=[line.pk for line in lines], upheld=True).values_list("line", flat=True))
    released = set(Reversal.objects.filter(claim__in=claims, kind=Reversal.Kind.RELEASE, confirmed=True).values_list("claim", flat=True))
    newest: dict[int, int] = {}
    for claim, line in NoticeLine.objects.filter(claim__in=claims).order_by("pk").values_list("claim", "pk"):
        newest[claim] = line
    found = {line.pk: _outcome(line, upheld, released, newest) for line in lines}
    return {line: outcome for line, outcome in found.items() if outcome}


def _outcome(line: NoticeLine, upheld: set[int], released: set[int], newest: dict[int, int]) -> str:
    state = State(line.claim.state)
    if line.pk in upheld:
        return UPHELD
    if newest[line.claim_id] != line.pk:
        return "later"
    if state == State.REFUSED and line.claim_id in released:
        return "released"
    if state in CLOSED:
        return "returned" if state == State.RETURNED else "refused"
    return "reopened" if state in NOT_GRANTED_YET else "contested" if state == State.CONTESTED else ""


def outcome_word(outcome: str) -> str:
    """In a few words; empty for a line that goes its way."""
    return {
        UPHELD: _("异议成立，不予兑现"), "contested": _("异议核查中"), "later": _("已重新决定，见以后的公示"), "reopened": _("已退回重新核查"),
        "released": _("不再拨付，资金已释放"), "refused": _("重新核查后不予兑现"), "returned": _("资金已全部追回"),
    }.get(outcome, "")  # fmt: skip


def upheld_before(line: NoticeLine) -> bool:
    """Whether an objection to this line was found right: it is not granted any more, and no other objection is asked for."""
    return line.objections.filter(upheld=True).exists()
