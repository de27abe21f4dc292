"""What is held against each other before anybody decides: the checklist of a form check, and the cross-checks of a claim."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from quintet.core.errors import DomainError
from quintet.look.words import cn_date, listed
from quintet.policies.engine import may_go_on, policy
from quintet.reading.names import same
from quintet.redemption.models import Claim
from quintet.redemption.openings import decided_after_end, granted_in_time
from quintet.redemption.papers import papers_of
from quintet.redemption.states import GRANT_STANDS, State

FACTS, ACCOUNT = "facts", "account"


@dataclass(frozen=True)
class Item:
    """One point of a form check. `key` is what an answer is kept under, `text` what is asked of the applicant when it is missing."""

    key: str
    text: str


def checklist(claim: Claim) -> list[Item]:
    """Every paper that the pack and the call ask for, the facts against their proof, and the account where money is paid."""
    items = [Item(f"paper:{paper.key}", paper.label) for paper in papers_of(claim)]
    items.append(Item(FACTS, _("名录和填报的事实与证明材料一致")))
    if claim.budget:
        items.append(Item(ACCOUNT, _("收款账户以收款人本名开立，户名、开户行、账号齐全")))
    return items


def answered(claim: Claim, checked: Mapping[str, bool]) -> list[str]:
    """What was found missing, in the checklist's order. Raises DomainError unless every item, and nothing else, was answered yes or no."""
    items = checklist(claim)
    if left := [item.text for item in items if not isinstance(checked.get(item.key), bool)]:
        raise DomainError(
            _("还有 %(n)d 项没有核对。") % {"n": len(left)},
            where="；".join(left),
            remedy=_("请对每一项选择“齐全、相符”或“缺少、不符”。"),
        )
    if set(checked) - {item.key for item in items}:
        raise DomainError(_("核对的项目与本件不符。"), where=str(claim), remedy=_("请刷新页面后重新核对。"))
    return [item.text for item in items if not checked[item.key]]


def explicit(answer: bool | None, what: str, *, where: str) -> bool:
    """A decision is somebody's word: what was left open is refused. `what` names the two ways."""
    if not isinstance(answer, bool):
        raise DomainError(_("请先作出选择：%(what)s。") % {"what": what}, where=where)
    return answer


def cross_checks(
    claim: Claim, *, duplicates: Sequence[Claim], files: Sequence[Any] | None, today: date, ended: str, since: str = ""
) -> list[dict[str, str]]:
    """What the system holds against each other: {"state": met, unmet or unknown, "text", "note"}. Nothing that is not known counts as met.

    `ended`: why this claim cannot be granted any more (`why_ended`), empty while it can. `since`: what the registers of today say otherwise than
    the last evaluation (`changed_since`).
    """
    return [
        *_of_the_register(claim, since),
        {
            "state": "unmet" if duplicates else "met",
            "text": _("同一事实、同一对象没有别的申报"),
            "note": listed(one.number for one in duplicates[:5]),
        },
        *([_account(claim)] if claim.budget else []),
        *([_papers(claim, files)] if claim.way != "automatic" else []),
        *_in_time(claim, today, ended),
    ]


def _of_the_register(claim: Claim, since: str) -> list[dict[str, str]]:
    evaluated = claim.evaluation
    now = _("名录在上次核对以后有变化：%(what)s") % {"what": since} if since else ""
    facts = {
        "state": "unmet" if since or claim.changed else "unknown" if evaluated is None else "met",
        "text": _("名录中的事实与政策条件核对无变化"),
        "note": now or claim.changed or (_("以%(day)s的事实评估") % {"day": cn_date(claim.on)} if evaluated else _("尚未评估")),
    }
    if claim.organisation is None:
        return [facts]
    listed = claim.organisation.abnormal_or_dishonest
    return [
        facts,
        {
            "state": "unknown" if listed is None else "unmet" if listed else "met",
            "text": _("未列入经营异常或严重违法失信名单"),
            "note": _("名录没有记载，请到国家企业信用信息公示系统核对") if listed is None else "",
        },
    ]


def _account(claim: Claim) -> dict[str, str]:
    text = _("收款账户以收款人本名开立")
    if claim.account is None:
        return {"state": "unknown", "text": text, "note": _("尚未登记账户")}
    return {"state": "met" if same(claim.account.holder, claim.payee.name) else "unmet", "text": text, "note": claim.account.masked}


def _papers(claim: Claim, files: Sequence[Any] | None) -> dict[str, str]:
    text = _("政策要求的材料都已上传")
    if files is None:
        return {"state": "unknown", "text": text, "note": _("材料由办理部门、财政和审计查看。")}
    there = {file.paper for file in files}
    missing = [paper.label for paper in papers_of(claim) if paper.key not in there]
    return {
        "state": "unmet" if missing else "met",
        "text": text,
        "note": _("缺：%(what)s") % {"what": listed(missing)} if missing else "",
    }


def _in_time(claim: Claim, today: date, ended: str) -> list[dict[str, str]]:
    """Whether a decision can still be made; of what is decided, when it was. Nothing of what was refused, given up or has lapsed."""
    chosen = policy(claim.pack)
    last = chosen.pack.document.last_decision
    if last is None or claim.state in (State.REFUSED, State.WITHDRAWN, State.LAPSED):
        return []
    before = granted_in_time(claim)
    if claim.state in GRANT_STANDS:
        late = _("期满后按政策包的规定决定")
        note = _("决定于%(day)s，期限至%(last)s") % {"day": cn_date(before.day), "last": cn_date(last)} if before else late
        return [{"state": "met", "text": _("在可以作出决定的期限内决定"), "note": note}]
    if before and today > last:
        note = _("%(day)s已决定兑现，因事实有变重新核查") % {"day": cn_date(before.day)}
        return [{"state": "met", "text": _("仍在可以作出决定的期限内"), "note": note}]
    note = _("至%(day)s") % {"day": cn_date(last)}
    if not ended and decided_after_end(claim):
        note = _("期满以前已经提交，按政策包写明的口径，期满后仍可决定")
    elif not ended and today > last:
        note = _("政策期满后，这一项按期内发生的事项继续办理")
    elif not ended and may_go_on(chosen, claim.subject, claim.rule, last + timedelta(days=1)):
        note = _("至%(day)s；按政策包的规定，期内发生而期满后才能结算的，期满后继续办理") % {"day": cn_date(last)}
    return [{"state": "unmet" if ended else "met", "text": _("仍在可以作出决定的期限内"), "note": note}]
