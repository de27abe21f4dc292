"""Generated Python for one case: the same integer code as for arrays, in a function per subject.

`generate` returns source text and a description of what goes in and comes out; `runtime` runs both without importing this module.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from quintet.engine.backends.dialects import Dialect
from quintet.engine.backends.lowering import Lowering
from quintet.engine.backends.terms import FALSE, TRUE, Number, const
from quintet.engine.expressions import nodes as n
from quintet.engine.packs.model import Bound, BoundRule, BoundSubject

DEEPEST = 30  # parentheses in one another that `_Inlined` makes


def conditions(node: n.Node) -> list[n.Node]:
    """The conditions a person would list for a test: the leaves of its and/or tree."""
    if isinstance(node, n.Labelled):
        return conditions(node.item) if isinstance(node.item, (n.All, n.Any_)) else [node]
    if isinstance(node, (n.All, n.Any_)):
        return [leaf for item in node.items for leaf in conditions(item)]
    return [] if isinstance(node, n.Const) else [node]


def generate(bound: Bound) -> tuple[str, dict[str, Any]]:
    """(Python source, description) of all subjects that have rules or definitions."""
    sources, described = [], {}
    for name, part in bound.subjects.items():
        sources.append(_subject(name, part))
        described[name] = _describe(part)
    return "\n".join(sources), described


def _subject(name: str, part: BoundSubject) -> str:
    """Source of `case_<subject>(row, moments, level)`: reads, checks and answers a row in one pass.

    Level -1 gives the checked values in program order, 0 the outcomes, 1 the definitions too, 2 the conditions too.
    """
    constants: dict[str, tuple[object, ...]] = {}
    lowering = Lowering(Dialect(), part.facts, part.definitions, constants=constants)
    outcomes = [_outcome(lowering, rule) for rule in part.rules]
    definitions = f"{{{', '.join(f'{key!r}: {_value(lowering, node)}' for key, node in part.definitions.items())}}}"
    flags = [_conditions(lowering, rule) for rule in part.rules]
    asides = [_asides(lowering, part, rule) for rule in part.rules]
    lasting = [lowering.number(rule.years).num.src if rule.years is not None else "0" for rule in part.rules]
    texts = [*lasting] + [text for outcome in outcomes for text in outcome] + [text for found in asides for text in found.values()]
    inlined = _Inlined(lowering, texts, [definitions], flags)
    placed, (first, second, third) = inlined.placed, inlined.groups
    lines = [*_read(name, part), "on, year_start, year_end, year = moments", *first]
    for position, (rule, (state, amount, instalment)) in enumerate(zip(part.rules, outcomes, strict=True)):
        spec = rule.spec
        lines.append(
            f"o{position} = {{'rule': {spec.id!r}, 'clause': {spec.clause!r}, 'state': {placed(state)}, 'amount': {placed(amount)}}}"
        )
        lines += [f"o{position}[{key!r}] = {placed(text)}" for key, text in asides[position].items()]
        if instalment != "0":
            years = f"o{position}['years'] = {placed(lasting[position])}"
            lines += [f"i = {placed(instalment)}", f"if i: o{position}['instalment'] = i; {years}"]
    lines.append(f"item = {{'id': get('id'), 'outcomes': [{', '.join(f'o{position}' for position in range(len(part.rules)))}]}}")
    lines += ["if level:", *(f"    {line}" for line in second), f"    item['definitions'] = {placed(definitions)}"]
    if flags:
        third += [f"o{position}['conditions'] = {placed(shown)}" for position, shown in enumerate(flags)]
        lines += ["if level > 1:", *(f"    {line}" for line in third)]
    body = [f"def case_{name}(row, moments, level):", *(f"    {line}" for line in [*lines, "return item"])]
    return (
        "\n".join(
            [*_tables(name, part), *(f"{key}_{name} = {value!r}" for key, value in constants.items()), *_renamed(body, constants, name)]
        )
        + "\n"
    )


def _asides(lowering: Lowering, part: BoundSubject, rule: BoundRule) -> dict[str, str]:
    """Source of what settling needs beside state and amount; it takes them out again."""
    spec = rule.spec
    named = {"_of": spec.limit_of, "_taken": spec.limit_taken, "_until": spec.waits_until}
    return {key: _value(lowering, part.definitions[name]) for key, name in named.items() if name}


NAMES = re.compile(r"\ba\d+\b")  # of assignments


class _Inlined:
    """Assignments put where they are used if they are used once: nothing is calculated that is not needed, as `and` and `if` stop early."""

    def __init__(self, lowering: Lowering, *groups: list[str]) -> None:
        self.groups: list[list[str]] = []  # the lines ahead of each group of outputs
        placed: list[list[tuple[str, str]]] = []
        done: set[str] = set()
        for outputs in groups:
            needed = [(name, expression) for name, expression in lowering.needed(outputs) if name not in done]
            done.update(name for name, _ in needed)
            placed.append(needed)
        texts = [expression for needed in placed for _, expression in needed] + [text for outputs in groups for text in outputs]
        uses = Counter(name for text in texts for name in NAMES.findall(text))
        self._single: dict[str, str] = {}
        depth: dict[str, int] = {}
        for needed in placed:
            lines = []
            for name, expression in needed:
                depth[name] = 1 + max((depth[used] for used in NAMES.findall(expression) if used in self._single), default=0)
                if uses[name] == 1 and depth[name] < DEEPEST:
                    self._single[name] = self.placed(expression)
                else:
                    lines.append(f"{name} = {self.placed(expression)}")
            self.groups.append(lines)

    def placed(self, text: str) -> str:
        return NAMES.sub(lambda match: f"({self._single[match[0]]})" if match[0] in self._single else match[0], text)


def _renamed(lines: list[str], constants: dict[str, Any], name: str) -> list[str]:
    return [re.sub(r"\b(C\d+)\b", lambda match: f"{match[1]}_{name}" if match[1] in constants else match[1], line) for line in lines]


def _outcome(lowering: Lowering, rule: BoundRule) -> tuple[str, str, str]:
    """Source of (state, amount, instalment); states as in packs.model.STATES."""
    true, false, amount, decided, to_decide, instalment = settle(lowering, rule)
    done = lowering.both(true, lowering.known(amount.known), lowering.either(decided, to_decide))
    given = "'entitled'" if to_decide == FALSE else "'decision'" if decided == FALSE else f"('decision' if {to_decide} else 'entitled')"
    return f"'not_entitled' if {false} else {given} if {done} else 'unknown'", f"{amount.num.src} if {done} else None", instalment


def settle(lowering: Lowering, rule: BoundRule) -> tuple[str, str, Number, str, str, str]:
    """(surely met, surely not met, amount, surely decided, surely for a person, instalment) of a rule, as source."""
    logic = lowering.logic(rule.when)
    true, false, instalment = logic.true, logic.false, "0"
    if rule.begins is not None and rule.years is not None:
        begins, years = lowering.number(rule.begins), lowering.number(rule.years)
        since = lowering.let(f"{begins.num.src} <= year")
        until = lowering.let(f"{lowering.arith('+', begins.num, years.num).src} > year")
        known, running = lowering.known(begins.known | years.known), lowering.both(since, until)
        true, false = lowering.both(true, known, running), lowering.either(false, lowering.and_not(known, running))
        instalment = lowering.let(lowering.dialect.choose(lowering.both(known, running), lowering.let(f"year - {begins.num.src} + 1"), "0"))
    amount = lowering.number(rule.amount) if rule.amount is not None else Number(frozenset(), const(0), const(1))
    amount = lowering.extreme("max", amount, Number(frozenset(), const(0), const(1)))  # nobody is asked to pay
    if rule.spec.kind in ("cap", "discretionary"):
        decided, to_decide = FALSE, TRUE
        if rule.decide is not None:
            logic = lowering.logic(rule.decide)
            true = lowering.both(true, lowering.either(logic.true, logic.false))
    elif rule.decide is None:
        decided, to_decide = TRUE, FALSE
    else:
        logic = lowering.logic(rule.decide)
        decided, to_decide = logic.false, logic.true
    return true, false, amount, decided, to_decide, instalment


def _tri(lowering: Lowering, node: n.Node) -> str:
    node = node.item if isinstance(node, n.Labelled) else node
    if isinstance(node, n.Fact):
        return f"v_{node.name}"
    if isinstance(node, n.Not) and isinstance(node.item, n.Fact):
        return f"(None if v_{node.item.name} is None else not v_{node.item.name})"
    logic = lowering.logic(node)
    if (TRUE in logic or FALSE in logic) and (logic.true == TRUE or logic.false == TRUE):
        return logic.true if logic.true == TRUE else FALSE
    spelled = dict(lowering.lines)
    both = re.fullmatch(r"(\w+) and (\w+)", spelled.get(logic.true, ""))
    if both and spelled.get(logic.false) == f"{both[1]} and not {both[2]}":
        return f"({both[2]} if {both[1]} else None)"  # the flags themselves stay where a refusal stops early
    return f"(True if {logic.true} else False if {logic.false} else None)"


def _conditions(lowering: Lowering, rule: BoundRule) -> str:
    """Source of the flags of a rule's conditions: True, False or None."""
    return f"[{', '.join(_tri(lowering, leaf) for leaf in conditions(rule.when))}]"


def _value(lowering: Lowering, node: n.Node) -> str:
    if node.type.kind == "bool":
        return _tri(lowering, node)
    if node.type.kind == "number":
        found = lowering.number(node)
        known = lowering.known(found.known)
        spelled = found.num.src if found.den == const(1) else f"({found.num.src}, {found.den.src})"
    else:
        day = lowering.scalar(node)
        known, spelled = lowering.known(day.known), day.term.src
    return f"({spelled} if {known} else None)"


def _tables(name: str, part: BoundSubject) -> list[str]:
    """Source of what the reading of a row looks up."""
    allowed = {"id", "name", *part.subject.refs, *part.subject.facts}
    lines = [f"NAMES_{name} = frozenset({sorted(allowed)!r})"]
    for fact, spec in part.facts.items():
        if spec.type.kind == "text":
            lines.append(f"CODES_{name}_{fact} = { {choice: code for code, choice in enumerate(spec.type.choices)}!r}")
    others = [fact for fact in part.subject.facts if fact not in part.facts]
    return [*lines, f"OTHERS_{name} = frozenset({others!r})"] if others else lines


def _read(name: str, part: BoundSubject) -> list[str]:
    """Source that takes the facts of `row`, each of the right type and in range: its value v_ and whether it is known, k_."""
    lines = [f"if not NAMES_{name}.issuperset(row): unknown_name({name!r}, row)", "get = row.get"]
    for ref in ("id", *part.subject.refs):
        lines.append(f"c = get({ref!r}).__class__")
        lines.append(f"if c is not str and c is not int and c is not nothing: wrong_name({name!r}, row, {ref!r})")
    values = []
    for fact, spec in part.facts.items():
        value, known = f"v_{fact}", f"k_{fact}"
        lines.append(f"{value} = get({fact!r})")
        read = f"{value} = read({name!r}, row, {fact!r}, {value})"
        if spec.type.kind == "bool":
            lines.append(f"if {value} is not True and {value} is not False and {value} is not None: {read}")
            values.append(value)
            continue
        values.append(f"{value} if {known} else None")
        if spec.type.kind == "number":
            low, high, scaled = spec.low // spec.scale, spec.high // spec.scale, f"{value} *= {spec.scale}; " if spec.scale > 1 else ""
            lines.append(f"if {value}.__class__ is int and {low} <= {value} <= {high}: {scaled}{known} = True")
        else:
            # `c` is the code or the day of a text met before; days are kept for all programs.
            table = f"CODES_{name}_{fact}" if spec.type.kind == "text" else "days"
            lines.append(f"if {value}.__class__ is str and (c := {table}.get({value})) is not None: {value} = c; {known} = True")
        lines += [f"elif {value} is None: {value} = 0; {known} = False", f"else: {read}; {known} = True"]
    others = [fact for fact in part.subject.facts if fact not in part.facts]
    if others:
        lines.append(f"for other in row.keys() & OTHERS_{name}: read({name!r}, row, other, row[other])")
    for fact, spec in part.subject.facts.items():
        if spec.not_before in part.facts and fact in part.facts:
            first = spec.not_before
            lines.append(f"if k_{fact} and k_{first} and v_{fact} < v_{first}: too_early({name!r}, row, {fact!r})")
        elif spec.not_before:
            lines.append(f"if {fact!r} in row: too_early({name!r}, row, {fact!r})")
    return [*lines, f"if level < 0: return ({''.join(value + ', ' for value in values)})"]


def _describe(part: BoundSubject) -> dict[str, Any]:
    """Plain data about a subject's rules and facts, for `runtime`: nothing that needs the pack."""
    return {
        "label": tuple(part.subject.label),
        "refs": dict(part.subject.refs),
        "facts": {
            name: (spec.type.kind, spec.type.unit, spec.low, spec.high, tuple(spec.type.choices), tuple(spec.label), spec.scale, spec.not_before) for name, spec in part.subject.facts.items()
        },
        "read": list(part.facts),
        "definitions": list(part.definitions),
        "rules": [
            {
                "rule": rule.spec.id, "clause": rule.spec.clause, "kind": rule.spec.kind, "title": tuple(rule.spec.title), "once": rule.spec.once,
                "group": rule.spec.group, "limit": rule.limit, "per": rule.spec.limit_per, "beneficiary": rule.spec.beneficiary, "budget": rule.spec.budget,
                "conditions": len(conditions(rule.when)), "of": bool(rule.spec.limit_of), "taken": bool(rule.spec.limit_taken), "waits": bool(rule.spec.waits_until),
                "most": rule.most, "pays_out": rule.beyond_end is not None,
            }
            for rule in part.rules
        ],
    }  # fmt: skip
