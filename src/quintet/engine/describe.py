"""A rule as it stands, without a case: its conditions, amount, figures and examples in words of both languages."""

from __future__ import annotations

from datetime import date
from typing import Any

from quintet.engine.evaluate import Policy
from quintet.engine.expressions import nodes as n
from quintet.engine.packs.bind import rule_nodes
from quintet.engine.packs.model import Bound, BoundRule, Example, Words
from quintet.engine.switches import unsettled
from quintet.engine.values import Type, date_text, number_text, parse_quantity
from quintet.engine.wording import Wording

Data = dict[str, Any]


def clause_rules(policy: Policy, clause: str, on: date) -> list[Data]:
    """The rules of a clause with the figures of a day."""
    bound = policy.bound(on)
    return [rule_card(policy, bound, rule, on) for part in bound.subjects.values() for rule in part.rules if rule.spec.clause == clause]


def rule_card(policy: Policy, bound: Bound, rule: BoundRule, on: date) -> Data:
    """Title, amount, conditions as a tree, formula, figures with their treatment, papers, examples."""
    spec = rule.spec
    words = Wording(policy.pack, spec.subject, on)
    return {
        "rule": spec.id, "subject": spec.subject, "subject_label": policy.pack.subjects[spec.subject].label._asdict(), "title": spec.title._asdict(),
        "what": spec.what._asdict(), "kind": spec.kind, "way": spec.way, "next_step": spec.next_step._asdict(), "right": spec.right._asdict(),
        "amounts": _amounts(rule), "limit": rule.limit, "years": int(rule.years.value) if isinstance(rule.years, n.Const) else None,
        "formula": words.describe(rule.amount)._asdict() if rule.amount is not None else None,
        "source": str(spec.amount) if spec.amount is not None else None,
        "conditions": _tree(policy, bound, words, spec.subject, rule.when),
        "decide": {"reason": spec.decide_reason._asdict()} if rule.decide is not None else None,
        "figures": _figures(policy, bound, words, spec.subject, rule), "papers": [paper._asdict() for paper in spec.papers],
        "examples": [_example(policy, words, spec.subject, example) for example in spec.examples], "budget": spec.budget, "group": spec.group,
        "funds": list(policy.pack.funds_of(spec)),
    }  # fmt: skip


def _amounts(rule: BoundRule) -> list[int]:
    """Every fixed amount the rule can give, in fen, largest first; empty for a formula."""
    node = rule.amount
    if isinstance(node, n.Const):
        return [int(node.value)]
    if isinstance(node, n.Lookup):
        return sorted({int(value) for _, value in node.table}, reverse=True)
    if isinstance(node, n.Choice):
        parts = [item for item in (node.then, node.other) if isinstance(item, n.Const)]
        return sorted({int(item.value) for item in parts if item.value}, reverse=True)
    return []


def _tree(policy: Policy, bound: Bound, words: Wording, subject: str, node: n.Node) -> Data:
    definitions = bound.subjects[subject].definitions
    node = unsettled(node, definitions)
    inner = node
    while isinstance(inner, (n.Labelled, n.Ref)):
        inner = inner.item if isinstance(inner, n.Labelled) else unsettled(definitions[inner.name], definitions)
    found: Data = {"text": words.describe(node)._asdict(), "children": []}
    if isinstance(inner, (n.All, n.Any_)):
        if not isinstance(node, (n.Labelled, n.Ref)):
            found["text"] = (
                Words("同时满足以下各项", "All of the following")
                if isinstance(inner, n.All)
                else Words("满足以下任意一项", "One of the following")
            )._asdict()
        found["children"] = [_tree(policy, bound, words, subject, item) for item in inner.items]
    return found


def _figures(policy: Policy, bound: Bound, words: Wording, subject: str, rule: BoundRule) -> list[Data]:
    definitions, seen, found = bound.subjects[subject].definitions, set(), []
    pending = [*rule_nodes(rule), *([rule.beyond_end] if rule.beyond_end is not None else [])]
    names: list[tuple[str, Any]] = []
    while pending:
        node = pending.pop(0)
        for part in n.walk(node):
            if isinstance(part, n.Ref) and part.name not in seen:
                seen.add(part.name)
                pending.append(definitions[part.name])
            elif isinstance(part, (n.Const, n.Band, n.Lookup, n.In)) and part.name:
                names.append((part.name, part))
    for name, part in dict(names).items():
        spec = policy.pack.parameters[name]
        found.append(
            {
                "name": name,
                "label": spec.label._asdict(),
                "clause": spec.clause,
                "value": _value(words, spec.type, part)._asdict(),
                "treatment": spec.treatment._asdict() if spec.treatment else None,
                "confirmed": spec.confirmed,
            }
        )
    return found


def _value(words: Wording, of: Type, part: n.Node) -> Words:
    if isinstance(part, n.Const):
        return words.value(part.value, of)
    if isinstance(part, n.In):
        names = [words._choice(choice, "") for choice in part.choices]
        return Words("、".join(name.zh for name in names), ", ".join(name.en for name in names))
    if isinstance(part, n.Lookup):
        rows = [(words._choice(choice, ""), words.value(value, of)) for choice, value in part.table]
        return Words("；".join(f"{a.zh} {b.zh}" for a, b in rows), "; ".join(f"{a.en} {b.en}" for a, b in rows))
    if isinstance(part, n.Band):
        steps = []
        for op, bound, value in part.steps:
            limit, shown = words.value(bound, part.item.type), words.value(value, of)
            sign = {"<=": "≤", ">=": "≥"}.get(op, op)
            steps.append(
                Words(
                    f"{sign} {limit.zh}：{shown.zh}" if op else f"其余：{shown.zh}",
                    f"{sign} {limit.en}: {shown.en}" if op else f"otherwise: {shown.en}",
                )
            )
        return Words("；".join(step.zh for step in steps), "; ".join(step.en for step in steps))
    return Words("", "")


def _example(policy: Policy, words: Wording, subject: str, example: Example) -> Data:
    facts = policy.pack.subjects[subject].facts
    shown = []
    for name, value in example.facts.items():
        if name in facts:
            spec = facts[name]
            shown.append({"label": spec.label._asdict(), "value": _given(words, spec.type, name, value)._asdict()})
    amount = (
        None if example.amount is None else {"zh": number_text(example.amount, "yuan"), "en": number_text(example.amount, "yuan", "en")}
    )
    return {"title": example.title, "on": example.on.isoformat(), "facts": shown, "state": example.state, "amount": amount}


def _given(words: Wording, of: Type, name: str, value: Any) -> Words:
    if of.kind == "date":
        day = value if isinstance(value, date) else date.fromisoformat(str(value))
        return Words(date_text(day), date_text(day, "en"))
    if of.kind == "number" and isinstance(value, str):
        value = parse_quantity(value, of.unit)
    return words.value(value, of, name)
