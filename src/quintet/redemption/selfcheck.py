"""Self-check by questions: one at a time, only those that can still change the answer; an enterprise with its loans, carriers, people."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from quintet.core.errors import DomainError
from quintet.core.models import User
from quintet.core.unreadable import words
from quintet.look.words import cn_date
from quintet.policies.actions import evaluate_and_store
from quintet.policies.engine import UNIT_WORDS, FactsError, FactSpec, Policy, explain, policy
from quintet.policies.models import Evaluation
from quintet.policies.queries import problem_said, said
from quintet.reading import amounts, dates
from quintet.reading.errors import Unreadable
from quintet.redemption.models import SelfCheck

Data = dict[str, Any]
CHECKED_SUBJECTS = ("enterprise", "carrier", "loan", "project", "talent", "team")
MOST_ITEMS = 20
KEPT_DAYS = 90  # after the last change
ENTERPRISE = "self"  # all that is checked together belongs to one enterprise: limits per enterprise hold over all of it


def kept_days() -> int:
    """How long after its last change a self-check is kept; the city's own term where it has set one."""
    return int(settings.RETENTION.get("self_checks", KEPT_DAYS))


@dataclass
class Step:
    """What the page needs: the question, of what it is asked and why, how many are left for each item, and what is already sure."""

    item: Data | None
    spec: FactSpec | None
    decides: list[str]
    open: dict[str, int]
    explanation: Data
    optional: bool = False  # it decides only if it has happened

    @property
    def done(self) -> bool:
        return self.spec is None

    @property
    def left(self) -> int:
        return sum(self.open.values())


def start(chosen: Policy, subject: str, on: date) -> SelfCheck:
    """A new self-check. Raises DomainError for a subject the policy has no rules for."""
    check = SelfCheck(pack=chosen.pack.document.pack, on=on)
    _append(check, subject)
    check.save()
    return check


@transaction.atomic
def add(check: SelfCheck, subject: str) -> SelfCheck:
    """One more subject of the same enterprise. Raises DomainError for one that cannot be added."""
    check = SelfCheck.objects.select_for_update().get(pk=check.pk)
    _append(check, subject)
    check.evaluation = None
    check.save()
    return check


def addable(check: SelfCheck) -> list[str]:
    """The kinds of subjects that can be added: there is one enterprise, of the others as many as there are."""
    if len(check.items) >= MOST_ITEMS:
        return []
    has = {item["subject"] for item in check.items}
    pack = policy(check.pack).pack
    return [name for name in CHECKED_SUBJECTS if pack.rules_of(name) and not (name == "enterprise" and name in has)]


def _append(check: SelfCheck, subject: str) -> None:
    if len(check.items) >= MOST_ITEMS:
        raise DomainError(_("一次自测最多 %(most)d 个对象。") % {"most": MOST_ITEMS}, remedy=_("更多的请用上传 Excel 的办法。"))
    if subject not in addable(check):
        raise DomainError(_("请选择要自测的对象。"))
    numbers = [int(item["id"]) for item in check.items if item["id"] != ENTERPRISE]
    number = ENTERPRISE if subject == "enterprise" else str(max(numbers, default=0) + 1)
    check.items.append({"id": number, "subject": subject, "facts": {}, "skipped": [], "none": []})


@transaction.atomic
def remove(check: SelfCheck, item_id: str) -> SelfCheck:
    """Take a subject and its answers out again; the last one stays. Raises DomainError."""
    check = SelfCheck.objects.select_for_update().get(pk=check.pk)
    item = item_of(check, item_id)
    if len(check.items) == 1:
        raise DomainError(_("至少要留一个自测的对象。"), remedy=_("要测别的，请重新开始一次自测。"))
    check.items.remove(item)
    check.asked = [[number, fact] for number, fact in check.asked if number != item_id]
    check.evaluation = None
    check.save()
    return check


def item_of(check: SelfCheck, item_id: str) -> Data:
    """One of the items of a check. Raises DomainError."""
    found: Data | None = next((item for item in check.items if item["id"] == item_id), None)
    if found is None:
        raise DomainError(_("这次自测里没有这个对象。"), remedy=_("它可能已被移除，请回到结果页查看。"))
    return found


def names(check: SelfCheck) -> dict[str, str]:
    """What each item is called: its kind, with a number where there are several of a kind."""
    pack, kinds, found = policy(check.pack).pack, [item["subject"] for item in check.items], {}
    for place, item in enumerate(check.items):
        kind, label = item["subject"], said(pack.subjects[item["subject"]].label)
        found[item["id"]] = f"{label} {kinds[: place + 1].count(kind)}" if kinds.count(kind) > 1 else label
    return found


def title(check: SelfCheck) -> str:
    """企业、贷款（2）."""
    pack, kinds = policy(check.pack).pack, [item["subject"] for item in check.items]
    labels = [(said(pack.subjects[kind].label), kinds.count(kind)) for kind in dict.fromkeys(kinds)]
    return _("、").join(label if n == 1 else _("%(label)s（%(n)d）") % {"label": label, "n": n} for label, n in labels)


def rows(check: SelfCheck) -> dict[str, list[Data]]:
    """The answers as the engine takes them: everything refers to the one enterprise."""
    pack, called = policy(check.pack).pack, names(check)
    found: dict[str, list[Data]] = {}
    for item in check.items:
        refs = dict.fromkeys(pack.subjects[item["subject"]].refs, ENTERPRISE)
        found.setdefault(item["subject"], []).append({"id": item["id"], "name": called[item["id"]], **refs, **item["facts"]})
    return found


def step(check: SelfCheck) -> Step:
    """The next question, or the end. A subject is asked to its end before the next one."""
    chosen = policy(check.pack)
    explanation = explain(chosen, rows(check), check.on, sources=sources(check))
    asked = {item["id"]: _questions(chosen, check, item, row_of(explanation, item)) for item in check.items}
    left = {item_id: len(questions) for item_id, questions in asked.items()}
    item = next((item for item in check.items if asked[item["id"]]), None)
    if item is None:
        return Step(None, None, [], left, explanation)
    first = asked[item["id"]][0]
    titles = {outcome["rule"]: outcome for outcome in row_of(explanation, item)["outcomes"]}
    return Step(
        item,
        chosen.pack.subjects[item["subject"]].facts[first["fact"]],
        [f"{titles[rule]['clause']['id']} {said(titles[rule]['title'])}" for rule in first["decides"] if rule in titles],
        left,
        explanation,
        first["fact"] in _optional(row_of(explanation, item)),
    )


def revisit(check: SelfCheck, now: Step, item_id: str, fact: str) -> Step:
    """A question that has been answered, or is open, to answer it now. Raises DomainError."""
    item = item_of(check, item_id)
    spec = policy(check.pack).pack.subjects[item["subject"]].facts.get(fact)
    row = row_of(now.explanation, item)
    open_now = [question["fact"] for question in (*row["questions"], *row["optional"])]
    if spec is None or ([item_id, fact] not in check.asked and fact not in open_now):
        raise DomainError(_("没有这个问题。"))
    return replace(now, item=item, spec=spec, decides=[], optional=fact in _optional(row) or fact in item.get("none", ()))


def row_of(explanation: Data, item: Data) -> Data:
    """What the engine said of an item."""
    return next(row for row in explanation["results"][item["subject"]] if row["id"] == item["id"])


def _questions(chosen: Policy, check: SelfCheck, item: Data, row: Data) -> list[Data]:
    told = {*item["skipped"], *item.get("none", ())}
    questions = [question for question in (*row["questions"], *row["optional"]) if question["fact"] not in told]
    if check.ladder:
        known = {question["fact"] for question in questions}
        questions += [question for question in _ladder_questions(item, row) if question["fact"] not in known]
    return questions


def _optional(row: Data) -> set[str]:
    return {question["fact"] for question in row["optional"]}


def sources(check: SelfCheck) -> dict[str, dict[str, Data]]:
    """Where each answer comes from, with what somebody said has not happened."""
    given = {"source": _("本次自测填写"), "period": ""}
    return {
        f"{item['subject']}/{item['id']}": {
            **dict.fromkeys(item["facts"], given),
            **{fact: {**given, "none": True} for fact in item.get("none", ())},
        }
        for item in check.items
    }


def premises(check: SelfCheck, explanation: Data) -> list[tuple[Data, FactSpec]]:
    """(item, fact) that were left open and on which something said as sure or possible rests."""
    subjects = policy(check.pack).pack.subjects
    found: dict[tuple[str, str], tuple[Data, FactSpec]] = {}
    for item in check.items:
        for outcome in row_of(explanation, item)["outcomes"]:
            for question in outcome.get("premises", ()):
                found[item["id"], question["fact"]] = (item, subjects[item["subject"]].facts[question["fact"]])
    return list(found.values())


def _ladder_questions(item: Data, row: Data) -> list[Data]:
    """Unknown facts of the conditions of the first rung that is not reached."""
    found: dict[str, Data] = {}
    for ladder in row["ladders"]:
        rung = next((rung for rung in ladder["rungs"] if rung["reached"] != "met" and rung["test"] != "met"), None)
        for condition in rung["conditions"] if rung else ():
            for fact in _unknown_facts(condition):
                if fact not in item["skipped"] and fact not in item.get("none", ()):
                    found.setdefault(fact, {"fact": fact, "decides": []})
    return list(found.values())


def _unknown_facts(node: Data) -> list[str]:
    if node["state"] != "unknown":
        return []
    if node["children"]:
        return [fact for child in node["children"] for fact in _unknown_facts(child)]
    return [fact["fact"] for fact in node.get("facts", ()) if not fact["known"]]


@transaction.atomic
def answer(check: SelfCheck, item_id: str, fact: str, given: str, *, none: bool = False) -> SelfCheck:
    """Keep an answer; '' means that it is not known, with `none` that there is none, or that it has not happened. Raises DomainError with what is wrong with the answer."""
    check = SelfCheck.objects.select_for_update().get(pk=check.pk)
    item = item_of(check, item_id)
    spec = policy(check.pack).pack.subjects[item["subject"]].facts.get(fact)
    if spec is None:
        raise DomainError(_("没有这个问题。"))
    _forget(item, fact)
    if none:
        item.setdefault("none", []).append(fact)
    elif given == "":
        item["skipped"].append(fact)
    else:
        item["facts"][fact] = value_of(policy(check.pack), check.on, item["subject"], spec, given.strip(), beside=item["facts"])
    check.asked = [*(pair for pair in check.asked if pair != [item_id, fact]), [item_id, fact]]
    check.evaluation = None
    check.save()
    return check


def _forget(item: Data, fact: str) -> None:
    item["facts"].pop(fact, None)
    for kept in ("skipped", "none"):
        item[kept] = [name for name in item.get(kept, ()) if name != fact]


def value_of(chosen: Policy, on: date, subject: str, spec: FactSpec, given: str, *, beside: Mapping[str, Any]) -> Any:
    """An answer as the engine keeps it: fen, ISO date, code, true or false; `beside` are the other answers, whose days have to follow each other.
    Raises DomainError with what is wrong with it."""
    value: Any = given
    if spec.type.kind == "bool":
        if given not in ("yes", "no"):
            raise DomainError(_("请选择“是”“否”或“不知道”。"))
        return given == "yes"
    if spec.type.kind == "text" and given not in spec.type.choices:
        raise DomainError(_("请从列出的选项中选择。"))
    try:
        if spec.type.kind == "date":
            value = dates.day(given).isoformat()
        elif spec.type.unit == "yuan":
            value = amounts.money(given)
        elif spec.type.kind == "number":
            value = f"{amounts.exactly(given):f}" if spec.scale > 1 else amounts.steps(given, least=-amounts.GREATEST)
    except Unreadable as error:
        raise DomainError(words(error)) from None
    program = chosen.program(on)
    try:
        values = program.check(subject, {"id": ENTERPRISE, **_days_of(chosen, subject, beside), spec.name: value})
    except FactsError as error:
        raise DomainError(_("%(problem)s。") % {"problem": problem_said(error)}) from None
    kept = values[program.subjects[subject]["read"].index(spec.name)]
    if spec.scale > 1 and kept % spec.scale:
        return f"{kept // spec.scale}.5"
    return value if spec.type.kind in ("text", "date") else kept // spec.scale


def _days_of(chosen: Policy, subject: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    specs = chosen.pack.subjects[subject].facts
    return {fact: value for fact, value in facts.items() if fact in specs and specs[fact].type.kind == "date"}


@transaction.atomic
def back(check: SelfCheck) -> SelfCheck:
    """Take the last answer back."""
    check = SelfCheck.objects.select_for_update().get(pk=check.pk)
    if check.asked:
        item_id, fact = check.asked.pop()
        _forget(item_of(check, item_id), fact)
        check.evaluation = None
        check.save()
    return check


def finish(check: SelfCheck, *, by: User | None) -> Evaluation:
    """The stored result of the answers given so far, over everything that is checked together."""
    if check.evaluation is None:
        check.evaluation = evaluate_and_store(
            policy(check.pack),
            rows(check),
            on=check.on,
            by=by,
            title=title(check),
            sources=sources(check),
        )
        check.save(update_fields=["evaluation", "updated_at"])
    return check.evaluation


def raw_text(spec: FactSpec, value: Any) -> str:
    """An answer as it is typed, to begin from when it is changed."""
    if value is None:
        return ""
    if spec.type.kind == "bool":
        return "yes" if value else "no"
    return f"{value // 100}.{value % 100:02d}" if spec.type.unit == "yuan" else str(value)


def answer_text(spec: FactSpec, item: Data) -> str:
    """What was answered about an item, in words."""
    none = spec.name in item.get("none", ())
    return str(_("没有，或尚未发生")) if none else given_text(spec, item["facts"].get(spec.name))


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
        return (
            f"{value if isinstance(value, str) else f'{value:,}'} {said(dict(zip(('zh', 'en'), UNIT_WORDS[spec.type.unit], strict=True)))}"
        )
    return cn_date(date.fromisoformat(value)) if spec.type.kind == "date" else str(value)
