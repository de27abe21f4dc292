"""The written decision on a claim (决定书): what was decided on which facts and clause, why, and what can be done about it. Word and PDF by GB/T 9704-2012.

In Chinese whatever the language of the page. A grant is written once its notice has ended: until then it is not yet settled.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.utils.translation import override

from quintet.look.words import cn_date, yuan
from quintet.policies.engine import policy
from quintet.policies.pdf import draw, not_drawn
from quintet.policies.queries import said, task_number, unit_names
from quintet.redemption.actions.claims import outcome_of, rule_of
from quintet.redemption.models import Claim, Reversal
from quintet.redemption.remedies import remedies
from quintet.redemption.states import State

TEMPLATE = Path(__file__).parent / "typst" / "decision.typ"
SETTLED_GRANTS = (State.COMMITTED, State.ORDERED, State.PAID, State.DELIVERED, State.RETURNED)


@dataclass(frozen=True)
class Settled:
    granted: bool
    amount_fen: int | None
    reasons: str
    unit: str  # who decided
    day: date
    before: "Settled | None" = None  # the grant that is changed, where its money is not paid any more


def settled(claim: Claim) -> Settled | None:
    """What was decided about the claim, for good; None while nothing is."""
    ended = claim.steps.exclude(ended_on=None).order_by("-number")
    if claim.state == State.REFUSED:
        step = ended.filter(outcome="refused").first()
        if step is None or step.ended_on is None:
            return None
        before = _granted(claim) if claim.reversals.filter(kind=Reversal.Kind.RELEASE, confirmed=True).exists() else None
        return Settled(False, None, step.opinion, before.unit if before else step.unit, step.ended_on, before)
    return _granted(claim) if claim.state in SETTLED_GRANTS else None


def _granted(claim: Claim) -> Settled | None:
    ended = claim.steps.exclude(ended_on=None).order_by("-number")
    decision = claim.decisions.filter(confirmed=True, granted=True).order_by("-pk").first()
    step = ended.filter(kind="decision").first()
    if decision is None or step is None or step.ended_on is None:
        return None
    return Settled(True, decision.amount_fen, decision.reasons, step.unit, step.ended_on)


def content(claim: Claim, found: Settled) -> dict[str, Any]:
    """What stands in the decision: {"title", "paragraphs", "headers", "rows", "closing", "unit", "day"}; rows are the facts it rests on."""
    with override("zh-hans"):
        document, unit = policy(claim.pack).pack.document, unit_names().get(found.unit, found.unit)
        rows = [[str(number), *fact] for number, fact in enumerate(_facts(claim), 1)]
        about = f"关于“{claim.name}”的“{said(rule_of(claim).title)}”（编号 {claim.number}），{unit}依据《{document.title.zh}》（{document.number}）{task_number(claim.clause, claim.pack)}审查终结，决定："
        given = f"予以兑现，金额 {yuan(found.amount_fen)}。" if found.amount_fen else "予以兑现。"
        if found.before:
            sum_ = f"，金额 {yuan(found.before.amount_fen)}" if found.before.amount_fen else ""
            about = f"{about.removesuffix('审查终结，决定：')}于{cn_date(found.before.day)}决定予以兑现{sum_}。因情况变化，现变更原决定："
        reasons = [f"理由：{found.reasons.strip()}"] if found.reasons.strip() else []
        return {
            "title": "变更决定书" if found.before else "予以兑现决定书" if found.granted else "不予兑现决定书",
            "paragraphs": [
                f"{claim.payee.name}：",
                f"{about}{given if found.granted else '原决定的资金不再拨付。' if found.before else '不予兑现。'}",
                *reasons,
                *(["作出决定时所依据的事实："] if rows else []),
            ],
            "headers": ["序号", "事实", "内容"],
            "rows": rows,
            "closing": [remedies()],
            "unit": unit,
            "day": cn_date(found.day),
        }


def paper_of(claim: Claim) -> dict[str, Any] | None:
    """The content of the written decision, with "rare": characters that its PDF cannot show; None while nothing is decided for good."""
    found = settled(claim)
    if found is None:
        return None
    told = content(claim, found)
    letters = [told["title"], *told["paragraphs"], *(cell for row in told["rows"] for cell in row)]
    return {**told, "rare": not_drawn("".join(letters))}


def decision_pdf(told: dict[str, Any]) -> bytes:
    return draw(TEMPLATE, told)


def _facts(claim: Claim) -> list[list[str]]:
    """[label, value] of what the evaluation behind the decision read."""
    outcome = outcome_of(claim.evaluation.result, claim) if claim.evaluation else None
    return [[said(fact["label"]), said(fact["value"])] for fact in outcome["inputs"]["facts"] if fact["known"]] if outcome else []
