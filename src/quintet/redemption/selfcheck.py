"""Self-check by questions: one at a time, only those that can still change the answer."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from quintet.core.errors import DomainError
from quintet.core.models import User
from quintet.policies.actions import evaluate_and_store
from quintet.policies.engine import UNIT_WORDS, FactsError, FactSpec, Policy, explain, policy
from quintet.policies.models import Evaluation
from quintet.policies.queries import said
from quintet.redemption.models import SelfCheck

Data = dict[str, Any]
CHECKED_SUBJECTS = ("enterprise", "carrier", "loan", "project", "talent", "team")


@dataclass
class Step:
    """What the page needs: the question, why it is asked, about how many are left, and what is already sure."""

    spec: FactSpec | None
    decides: list[str]
    left: int
    explanation: Data

    @property
    def done(self) -> bool:
        return self.spec is None


def start(chosen: Policy, subject: str, on: date) -> SelfCheck:
    """A new self-check. Raises DomainError for a subject the policy has no rules for."""
    if subject not in CHECKED_SUBJECTS or subject not in chosen.pack.subjects:
        raise DomainError(_("请选择要自测的对象。"))
    return SelfCheck.objects.create(pack=chosen.pack.document.pack, subject=subject, on=on)


def step(check: SelfCheck) -> Step:
    """The next question, or the end."""
    chosen = policy(check.pack)
    answer = explain(chosen, {check.subject: [{"id": "self", **check.facts}]}, check.on)
    row = answer["results"][check.subject][0]
    questions = [item for item in row["questions"] if item["fact"] not in check.skipped]
    if check.ladder:
        known = {item["fact"] for item in questions}
        questions += [item for item in _ladder_questions(chosen, check, row) if item["fact"] not in known]
    if not questions:
        return Step(None, [], 0, row)
    first = questions[0]
    titles = {outcome["rule"]: f"{outcome['clause']['id']} {said(outcome['title'])}" for outcome in row["outcomes"]}
    return Step(
        chosen.pack.subjects[check.subject].facts[first["fact"]],
        [titles[rule] for rule in first["decides"] if rule in titles],
        len(questions),
        row,
    )


def _ladder_questions(chosen: Policy, check: SelfCheck, row: Data) -> list[Data]:
    """Unknown facts of the conditions of the first rung that is not reached."""
    found: dict[str, Data] = {}
    for ladder in row["ladders"]:
        rung = next((rung for rung in ladder["rungs"] if rung["reached"] != "met" and rung["test"] != "met"), None)
        for condition in rung["conditions"] if rung else ():
            for fact in _unknown_facts(condition):
                if fact not in check.skipped:
                    found.setdefault(fact, {"fact": fact, "decides": []})
    return list(found.values())


def _unknown_facts(node: Data) -> list[str]:
    if node["state"] != "unknown":
        return []
    if node["children"]:
        return [fact for child in node["children"] for fact in _unknown_facts(child)]
    return [fact["fact"] for fact in node.get("facts", ()) if not fact["known"]]


@transaction.atomic
def answer(check: SelfCheck, fact: str, given: str) -> SelfCheck:
    """Keep an answer; '' means that it is not known. Raises DomainError with what is wrong with the answer."""
    check = SelfCheck.objects.select_for_update().get(pk=check.pk)
    spec = policy(check.pack).pack.subjects[check.subject].facts.get(fact)
    if spec is None:
        raise DomainError(_("没有这个问题。"))
    if given == "":
        check.skipped = [*(name for name in check.skipped if name != fact), fact]
        check.facts.pop(fact, None)
    else:
        check.facts[fact] = _value(check, spec, given.strip())
        check.skipped = [name for name in check.skipped if name != fact]
    check.asked = [*(name for name in check.asked if name != fact), fact]
    check.evaluation = None
    check.save()
    return check


def _value(check: SelfCheck, spec: FactSpec, given: str) -> Any:
    """The answer as the engine keeps it: fen, ISO date, code, true or false."""
    value: Any = given
    if spec.type.kind == "bool":
        if given not in ("yes", "no"):
            raise DomainError(_("请选择“是”“否”或“不知道”。"))
        return given == "yes"
    if spec.type.kind == "number":
        value = given.replace("，", ",").replace(" ", "")
        if spec.type.unit == "yuan" and value.replace(",", "").replace(".", "", 1).isdigit():
            value = f"{value} yuan"
        elif value.replace(",", "").isdigit():
            value = int(value.replace(",", ""))
    program = policy(check.pack).program(check.on)
    try:
        values = program.check(check.subject, {"id": "self", spec.name: value})
    except FactsError as error:
        raise DomainError(f"{error.zh}。") from None
    kept = values[program.subjects[check.subject]["read"].index(spec.name)]
    return given if spec.type.kind in ("text", "date") else kept


@transaction.atomic
def back(check: SelfCheck) -> SelfCheck:
    """Take the last answer back."""
    check = SelfCheck.objects.select_for_update().get(pk=check.pk)
    if check.asked:
        last = check.asked.pop()
        check.facts.pop(last, None)
        check.skipped = [name for name in check.skipped if name != last]
        check.evaluation = None
        check.save()
    return check


def finish(check: SelfCheck, *, by: User | None) -> Evaluation:
    """The stored result of the answers given so far."""
    if check.evaluation is None:
        chosen = policy(check.pack)
        sources = {f"{check.subject}/self": {fact: {"source": _("本次自测填写"), "period": ""} for fact in check.facts}}
        check.evaluation = evaluate_and_store(
            chosen,
            {check.subject: [{"id": "self", **check.facts}]},
            on=check.on,
            by=by,
            title=said(chosen.pack.subjects[check.subject].label),
            sources=sources,
        )
        check.save(update_fields=["evaluation", "updated_at"])
    return check.evaluation


def given_text(spec: FactSpec, value: Any) -> str:
    """An answer as it is shown again: money in yuan, a choice in words."""
    if value is None:
        return str(_("不知道"))
    if spec.type.kind == "bool":
        return str(_("是") if value else _("否"))
    if spec.type.kind == "text":
        return said(spec.choices[value])
    if spec.type.unit == "yuan":
        return f"{value // 100:,}.{value % 100:02d} {said(dict(zip(('zh', 'en'), UNIT_WORDS['yuan'], strict=True)))}"
    if spec.type.kind == "number":
        return f"{value:,} {said(dict(zip(('zh', 'en'), UNIT_WORDS[spec.type.unit], strict=True)))}"
    return str(value)
