"""What two people decided is undone by two: one proposes, another confirms, or the decision stays. What it brings about is done by who asks here."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from quintet.core import second_person
from quintet.core.audit import Log
from quintet.core.errors import DomainError
from quintet.core.models import User
from quintet.core.permissions import Right
from quintet.redemption import proposals
from quintet.redemption.checks import explicit
from quintet.redemption.models import Claim, Reversal
from quintet.redemption.permissions import require_proposer_free

Kind = Reversal.Kind


def proposed_reversal(claim: Claim, kind: Kind, *, reasons: str, right: Right, by: User, on: date, **about: Any) -> Reversal:
    """One line that somebody else has to confirm. `about` names the objection or the clawback. Who asks holds the claim and records it."""
    if not reasons.strip():
        raise DomainError(_("请写明理由。"), where=str(claim), remedy=_("由另一位工作人员复核以后生效，理由会告知申报人。"))
    return Reversal.objects.create(
        claim=claim, kind=kind, reasons=reasons.strip(), proposed_by=by, proposed_under_id=right.grant, proposed_on=on, **about
    )


def settled_reversal(
    claim: Claim, kind: Kind, log: Log, *, confirmed: bool | None, remark: str, right: Right, by: User, on: date
) -> Reversal:
    """The second pair of eyes on the line that waits. Sent back with a remark, the decision stays as it was."""
    found = Reversal.objects.select_for_update(of=("self",)).select_related("proposed_under").get(claim=claim, kind=kind, confirmed=None)
    agreed = explicit(confirmed, _("复核通过或退回承办人"), where=str(claim))
    if not agreed and not remark.strip():
        raise DomainError(_("退回时请写明意见。"), where=str(claim))
    if agreed:
        require_proposer_free(found.proposed_under, [claim], remedy=_("请退回，由部门的其他人员重新提出。"))
    found.confirmed, found.confirmed_by, found.confirmed_under_id, found.confirmed_on = agreed, by, right.grant, on
    found.remark = remark.strip()
    found.save()
    if not agreed:
        title = f"不同意{_title(kind)}，维持原决定：{claim}"
        log.record("redemption.keep_decision", claim, title, by=by, reversal=found.pk, remark=found.remark, **right.details)
        second_person.sent_back(_kind_of(kind), found, found.proposed_by, by=by, remark=found.remark)
    return found


def _kind_of(kind: Kind) -> second_person.Kind:
    return {Kind.UPHOLD: proposals.UPHOLDING, Kind.RELEASE: proposals.RELEASE, Kind.DROP: proposals.DROP}[kind]


def _title(kind: Kind) -> str:
    """In Chinese whatever language the page is in: the audit chain is read by everybody."""
    return {Kind.UPHOLD: "异议成立", Kind.RELEASE: "不再拨付", Kind.DROP: "撤销追回"}[kind]
