import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _

from quintet.core.errors import DomainError
from quintet.engine.describe import clause_rules
from quintet.engine.packs.model import Clause, Document, Words
from quintet.look.words import cn_date, days_said, english
from quintet.policies.engine import FactsError, Policy, default_day, main_policy, policies, policy


def said(words: Words | dict[str, str] | None) -> str:
    """Words of a pack in the language of the page."""
    if words is None:
        return ""
    language = "en" if english() else "zh"
    return words[language] if isinstance(words, dict) else words.get(language)


TASK = re.compile(r"T(\d+)")


def task_number(clause: str, pack: str = "") -> str:
    """A clause as the document numbers it, in the language of the page: T6 is 第6项任务, S1 三（一）. Never a code of the pack, unless no installed pack knows it."""
    if task := TASK.fullmatch(clause):
        return _("第%(task)s项任务") % {"task": task[1]}
    found = _clause(clause, pack)
    return found.number if found else clause


def task_name(clause: str, pack: str = "") -> str:
    """The same with its title: 第6项任务 科技型企业梯度培育."""
    found = _clause(clause, pack)
    title = said(found.title) if found else ""
    if task := TASK.fullmatch(clause):
        return _("第%(task)s项任务 %(title)s") % {"task": task[1], "title": title} if title else task_number(clause, pack)
    return f"{task_number(clause, pack)} {title}".strip()


def _clause(clause: str, pack: str) -> Clause | None:
    """The clause in a pack, or where none is named (or it is gone) in the main one."""
    if not clause:
        return None
    try:
        return (policy(pack) if pack else main_policy()).pack.clauses.get(clause)
    except (DomainError, IndexError):
        return None


def problem_said(error: FactsError) -> str:
    """What is wrong with a fact, in the language of the page."""
    return error.en if english() else error.zh


def subject_said(subject: str, pack: str) -> str:
    """What kind of subject it is, in the language of the page; the kind itself when the pack is gone."""
    try:
        found = policy(pack).pack.subjects.get(subject)
    except DomainError:
        return subject
    return said(found.label) if found else subject


def unit_names() -> dict[str, str]:
    """Code → name of every department that a pack knows, in the language of the page."""
    return {code: said(name) for chosen in policies() for code, name in chosen.pack.units.items()}


def tree_said(node: dict[str, Any]) -> dict[str, Any]:
    """An explanation tree in the language of the page, as the look's condition tree wants it."""
    facts = node.get("facts") or []
    sources = list(dict.fromkeys(_source(fact) for fact in facts if fact.get("source")))
    return {
        "text": said(node["text"]), "state": node.get("state", "info"), "value": said(node.get("value")) if node.get("state") != "unknown" else None,
        "needed": said(node.get("needed")), "source": "；".join(sources), "children": [tree_said(child) for child in node["children"]],
    }  # fmt: skip


def _source(fact: dict[str, Any]) -> str:
    """Where a fact is from, and as of when."""
    period = _period(str(fact.get("period") or ""))
    source = _(str(fact["source"]))  # registers' own names have a translation, what somebody typed stands as it is
    return _("%(source)s，%(period)s") % {"source": source, "period": period} if period else source


def _period(kept: str) -> str:
    """As of when a fact holds, as it was kept in Chinese, in the language of the page; dates as pages write them."""
    if found := re.fullmatch(r"截至 ?(.+)", kept):
        return _("截至%(day)s") % {"day": days_said(found[1])}
    if re.fullmatch(r"(\d{4}—)?\d{4} 年(、\d{4} 年)*", kept):
        return kept.replace(" 年", "").replace("、", ", ") if english() else kept
    return _("现行登记") if kept == "现行登记" else days_said(kept)


@dataclass
class ClauseNode:
    """A clause with the clauses below it."""

    clause: Clause
    title: str
    gist: str
    children: list["ClauseNode"] = field(default_factory=list)


def clause_tree(policy: Policy) -> list[ClauseNode]:
    """The policy's own clauses as a tree, in the order of the document."""
    nodes: dict[str, ClauseNode] = {}
    top: list[ClauseNode] = []
    for clause in policy.pack.clauses.values():
        if clause.document != policy.pack.document.pack:
            continue
        node = nodes[clause.id] = ClauseNode(clause, said(clause.title), said(clause.gist))
        (nodes[clause.parent].children if clause.parent in nodes else top).append(node)
    return top


def status_of(document: Document, on: date) -> str:
    """not_yet, in_force or ended, on a day."""
    if on < document.in_force:
        return "not_yet"
    return "ended" if document.ends and on > document.ends else "in_force"


def clause_page(policy: Policy, clause_id: str, today: date) -> dict[str, Any]:
    """Everything a clause's page shows: gist, what you get, rules with examples, targets, duties, services, units, figures.

    A clause of a document that the policy uses, such as a law, has a page among its clauses too, with the rules that the policy rests on it.
    """
    pack = policy.pack
    clause = pack.clauses.get(clause_id)
    if clause is None:
        raise Http404
    on, document = default_day(policy, today), pack.documents[clause.document]
    order = [item.id for item in pack.clauses.values() if item.document == clause.document]
    place = order.index(clause_id)
    return {
        "policy": document, "clause": clause, "title": said(clause.title), "gist": said(clause.gist), "on": on, "status": status_of(document, today),
        "lead": [said(pack.units[unit]) for unit in clause.lead], "responsible": [said(pack.units[unit]) for unit in clause.responsible],
        "assigned": [said(pack.units[unit]) for unit in clause.assigned],
        "rules": [rule | {"steps": procedure_steps(policy, rule["rule"])} for rule in clause_rules(policy, clause_id, on)],
        "duties": [item for item in pack.duties if item.clause == clause_id], "targets": [item for item in pack.targets if item.clause == clause_id],
        "services": [item for item in pack.services if item.clause == clause_id],
        "figures": [spec for spec in pack.parameters.values() if spec.clause == clause_id and spec.treatment],
        "children": [item for item in pack.clauses.values() if item.parent == clause_id],
        "parents": _parents(pack.clauses, clause),
        "previous": pack.clauses[order[place - 1]] if place else None, "next": pack.clauses[order[place + 1]] if place + 1 < len(order) else None,
    }  # fmt: skip


def step_label(kind: str) -> str:
    """A step of a procedure in an official's words."""
    return {
        "confirmation": _("网上确认"), "application": _("网上申报"), "form_check": _("形式审查"), "department_review": _("部门初审"), "expert_review": _("专家评审"),
        "joint_review": _("部门联审"), "decision": _("作出决定"), "public_notice": _("公示"), "payment": _("拨付"), "appraisal": _("绩效评价"),
    }[kind]  # fmt: skip


def procedure_steps(policy: Policy, rule_id: str, *, window: tuple[date, date] | None = None) -> list[dict[str, str]]:
    """How a case under a rule is handled, as the look's line of steps: who, in how many working days. Empty where the pack has no procedure, and for
    what somebody does with money of their own, for which nobody applies. `window`: the days of the call, where one is shown."""
    rule = next(rule for rule in policy.pack.rules if rule.id == rule_id)
    procedure = policy.pack.procedure_of(rule)
    if procedure is None or not rule.is_award:
        return []
    return [
        {"label": step_label(step.kind), "state": "todo", "note": _term_of_step(rule, step, window)}
        for step in procedure.steps
        if step.kind != "payment" or rule.kind not in ("right", "discretionary")
    ]


def _term_of_step(rule: Any, step: Any, window: tuple[date, date] | None) -> str:
    """An application under a call has the call's own days; without a call it has so many from when it was begun."""
    if step.kind != "application":
        return _("%(days)d 个工作日") % {"days": step.days}
    if rule.way == "ordinary":
        return _("%(first)s至%(last)s") % {"first": cn_date(window[0]), "last": cn_date(window[1])} if window else _("起止日期见申报通知")
    return _("开始后 %(days)d 个工作日内提交") % {"days": step.days}


def _parents(clauses: dict[str, Clause], clause: Clause) -> list[Clause]:
    found = []
    while clause.parent:
        clause = clauses[clause.parent]
        found.append(clause)
    return found[::-1]
