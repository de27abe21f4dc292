"""Looks deeper than loading does: every expression on every day the figures change, what can never be reached, what has no provision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from quintet.engine.backends.dialects import ArrayDialect
from quintet.engine.backends.lowering import Lowering
from quintet.engine.errors import PackError, Problem
from quintet.engine.expressions import nodes as n
from quintet.engine.packs import model as m
from quintet.engine.packs.bind import bind, epochs, rule_nodes
from quintet.engine.packs.examples import all_examples, example_failure
from quintet.engine.packs.reader import Map

if TYPE_CHECKING:
    from quintet.engine.evaluate import Policy


def check(policy: Policy) -> tuple[list[Problem], list[str]]:
    """(problems, notes) of a pack. Problems of form come as PackError from loading; these are returned with them."""
    try:
        pack = policy.pack
        bounds = [bind(pack, day) for day in epochs(pack)]
    except PackError as error:
        return error.problems, []
    problems: list[Problem] = []
    notes: list[str] = []
    for bound in bounds:
        for part in bound.subjects.values():
            problems += _unreachable(part)
            problems += _unasked(part)
            notes += _wide(part)
    problems += pack.uncited
    problems += _clauses_without_provision(pack)
    problems += _without_examples(pack)
    notes += _unused_parameters(pack, bounds[-1])
    notes += _any_fund(pack)
    if not problems:
        problems += [
            owner.at.problem(
                "examples", f"the example {example.title or example.on} of {owner.id} fails: {failure}.", "Mend the rule or the example."
            )
            for owner, example in all_examples(pack)
            if (failure := example_failure(policy, owner, example))
        ]
    return list(dict.fromkeys(problems)), list(dict.fromkeys(notes))


def _clauses_without_provision(pack: m.Pack) -> list[Problem]:
    parents = {clause.parent for clause in pack.clauses.values()}
    used = Counter(item.clause for group in (pack.rules, pack.duties, pack.targets, pack.services) for item in group)
    used.update(item.clause for items in (pack.parameters, pack.definitions, pack.budgets, pack.ladders) for item in items.values())
    return [
        clause.at.problem(
            None,
            f"clause {clause.id} has no rule, duty, target, service, parameter or definition.",
            "Add one, or mark it `informative: true`.",
        )
        for clause in pack.clauses.values()
        if clause.id not in parents and not clause.informative and not used[clause.id]
    ]


def _without_examples(pack: m.Pack) -> list[Problem]:
    return [
        rule.at.problem(None, f"rule {rule.id} has no examples.", "Write at least one that is met and one that is not.")
        for rule in pack.rules
        if len(rule.examples) < 2
    ]


def _unused_parameters(pack: m.Pack, bound: m.Bound) -> list[str]:
    read: set[str] = {budget.ceiling for budget in pack.budgets.values()} | {pack.document.decide_handed_in}
    for part in bound.subjects.values():
        for node in [*part.definitions.values(), *(expression for rule in part.rules for expression in rule_nodes(rule))]:
            read.update(found.name for found in n.walk(node) if isinstance(found, (n.Const, n.Band, n.Lookup, n.In)))
    limits = {str(rule.limit) for rule in pack.rules if rule.limit is not None}
    own = {name: spec for name, spec in pack.parameters.items() if spec.at.file.startswith(f"{pack.document.pack}/")}
    return [
        f"parameter {name} (clause {spec.clause}) is stated but read by no rule" for name, spec in own.items() if name not in read | limits
    ]


def _any_fund(pack: m.Pack) -> list[str]:
    """Rules that leave open which of several funds pays them."""
    return [
        f"rule {rule.id}: budget {rule.budget} has several funds and the rule names none; `funds` would say which may pay it"
        for rule in pack.rules
        if rule.budget and not rule.funds and len(pack.budgets[rule.budget].funds) > 1
    ]


def _wide(part: m.BoundSubject) -> list[str]:
    """Rules whose products may leave int64 and take the wider way in arrays, or whose amounts may be negative."""
    notes = []
    for rule in part.rules:
        lowering = Lowering(ArrayDialect(), part.facts, part.definitions)
        for node in rule_nodes(rule):
            lowering.logic(node) if node.type.kind == "bool" else lowering.number(node)
        if rule.amount is not None and lowering.number(rule.amount).num.low < 0:
            notes.append(
                f"rule {rule.spec.id}: by the declared ranges the amount may be less than nothing, which counts as nothing; max(0, …) would say so"
            )
        if any("widen(" in expression for _, expression in lowering.lines):
            notes.append(f"rule {rule.spec.id}: a product may leave 64 bits; arrays calculate it with long integers, exactly but slower")
    return notes


def _unasked(part: m.BoundSubject) -> list[Problem]:
    """Facts that a rule without application takes as not having happened while nobody told them: there is no form that asks for them."""
    found = []
    for rule in part.rules:
        if rule.spec.way != "automatic" or not rule.spec.budget:
            continue
        names = {fact for node in _below(rule_nodes(rule), part) if isinstance(node, n.Known) for fact in n.names(node, n.Fact)}
        found += [
            rule.spec.at.problem(
                "way",
                f"rule {rule.spec.id} needs no application and reads `known({name})`: nobody is asked for it.",
                "Let it be applied for (`way: fast`).",
            )
            for name in sorted(names)
        ]
    return found


def _below(nodes: list[n.Node], part: m.BoundSubject) -> Iterator[n.Node]:
    """Every node of these and of the definitions they read."""
    for node in nodes:
        for item in n.walk(node):
            yield item
            if isinstance(item, n.Ref):
                yield from _below([part.definitions[item.name]], part)


def _unreachable(part: m.BoundSubject) -> list[Problem]:
    problems = []
    owners: list[tuple[Map, str, n.Node]] = [(rule.spec.at, "when", rule.when) for rule in part.rules]
    owners += [(rule.spec.at["decide"], "when", rule.decide) for rule in part.rules if rule.decide is not None]
    for at, key, node in owners:
        for text in [*_never(node, part), *_contradictions(node)]:
            problems.append(at.problem(key, text, "Remove the branch or mend its limits."))
    return problems


def _never(node: n.Node, part: m.BoundSubject) -> list[str]:
    """Comparisons that the declared ranges decide for every subject."""
    found = []
    for item in n.walk(node):
        if (
            isinstance(item, n.Compare)
            and item.left.type.kind == "number"
            and isinstance(item.left, n.Fact)
            and isinstance(item.right, n.Const)
        ):
            spec, bound = part.facts[item.left.name], Fraction(item.right.value)
            if _decided(item.op, Fraction(spec.low, spec.scale), Fraction(spec.high, spec.scale), bound) is False:
                found.append(
                    f"`{item.left.name} {item.op} {item.right.name or bound}` can never be met: {item.left.name} lies between {spec.low // spec.scale:,} and {spec.high // spec.scale:,}."
                )
    return found


def _decided(op: str, low: Fraction, high: Fraction, bound: Fraction) -> bool | None:
    always = {
        "<": high < bound,
        "<=": high <= bound,
        ">": low > bound,
        ">=": low >= bound,
        "==": low == high == bound,
        "!=": bound < low or bound > high,
    }[op]
    never = {
        "<": low >= bound,
        "<=": low > bound,
        ">": high <= bound,
        ">=": high < bound,
        "==": bound < low or bound > high,
        "!=": low == high == bound,
    }[op]
    return True if always else False if never else None


def _contradictions(node: n.Node) -> list[str]:
    """Conjunctions whose comparisons of one fact with figures exclude each other."""
    found = []
    for item in n.walk(node):
        if not isinstance(item, n.All):
            continue
        texts: dict[str, set[str]] = {}
        for part in _flat(item):
            if (
                isinstance(part, n.Compare)
                and part.op == "=="
                and isinstance(part.left, n.Fact)
                and isinstance(part.right, n.Const)
                and part.left.of.kind == "text"
            ):
                name, choices = part.left.name, {str(part.right.value)}
            elif isinstance(part, n.In) and isinstance(part.item, n.Fact):
                name, choices = part.item.name, set(part.choices)
            else:
                continue
            if name in texts and not texts[name] & choices:
                found.append(
                    f"`{name}` would have to be {' or '.join(sorted(texts[name]))} and {' or '.join(sorted(choices))} at once: the branch can never be reached."
                )
            texts[name] = texts.get(name, choices) & choices
        found += _empty_ranges(item)
    return found


def _empty_ranges(item: n.All) -> list[str]:
    ranges: dict[str, tuple[Fraction, bool, Fraction, bool]] = {}
    found = []
    for part in _flat(item):
        if not (
            isinstance(part, n.Compare)
            and isinstance(part.left, n.Fact)
            and isinstance(part.right, n.Const)
            and part.left.of.kind in ("number", "date")
        ):
            continue
        name, bound = part.left.name, Fraction(part.right.value)
        low, low_open, high, high_open = ranges.get(name, (Fraction(-(10**30)), False, Fraction(10**30), False))
        if part.op in (">", ">=", "==") and (bound, part.op == ">") > (low, low_open):
            low, low_open = bound, part.op == ">"
        if part.op in ("<", "<=", "==") and (bound, part.op != "<") < (high, not high_open):
            high, high_open = bound, part.op == "<"
        if low > high or (low == high and (low_open or high_open)):
            found.append(f"the limits of `{name}` exclude each other: the branch can never be reached.")
        ranges[name] = (low, low_open, high, high_open)
    return found


def _flat(node: n.Node) -> list[n.Node]:
    if isinstance(node, n.Labelled):
        return _flat(node.item)
    return [leaf for item in node.items for leaf in _flat(item)] if isinstance(node, n.All) else [node]
