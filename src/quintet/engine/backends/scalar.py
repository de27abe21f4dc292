"""Generated Python for one case: the same integer code as for arrays, in a function per subject.

`generate` returns source text and a description of what goes in and comes out; `runtime` runs both without importing this module.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from quintet.engine.backends.lowering import FALSE, TRUE, Dialect, Lowering, Number, const
from quintet.engine.expressions import nodes as n
from quintet.engine.packs.model import Bound, BoundRule, BoundSubject

DEEPEST = 30  # parentheses in one another that `_inlined` makes


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
    constants: dict[str, tuple[object, ...]] = {}
    lines = [_check(name, part)]
    for function in ("run", "define", "trace"):
        lowering = Lowering(Dialect(), part.facts, part.definitions, constants=constants)
        outputs = [_outcome(lowering, rule) for rule in part.rules]
        result = f"({''.join(output + ', ' for output in outputs)})"
        if function != "run":
            result += f", {_definitions(lowering, part)}"
        if function == "trace":
            result += f", {_conditions(lowering, part)}"
        kept, result = _inlined(lowering.needed([result]), result)
        body = [f"    {variable} = {expression}" for variable, expression in kept]
        head = [f"def {function}_{name}(values, on, year_start, year_end, year):"]
        text = "\n".join([*body, result])
        head += [f"    {''.join(f'v_{fact}, ' for fact in part.facts)} = values"] if part.facts else []
        for fact, spec in part.facts.items():
            if spec.type.kind != "bool" and re.search(rf"\b[vk]_{fact}\b", text):
                head += [f"    k_{fact} = v_{fact} is not None", f"    if not k_{fact}: v_{fact} = 0"]
        lines += [*head, *body, f"    return {result}"]
    return "\n".join([*(f"{key}_{name} = {value!r}" for key, value in constants.items()), *_renamed(lines, constants, name)]) + "\n"


def _inlined(body: list[tuple[str, str]], result: str) -> tuple[list[tuple[str, str]], str]:
    """Put what is used once where it is used: nothing is calculated that the answer does not need, as `and` and `if` stop early."""
    names = re.compile(r"\ba\d+\b")
    uses = Counter(name for text in [*(expression for _, expression in body), result] for name in names.findall(text))
    single: dict[str, str] = {}
    depth: dict[str, int] = {}
    kept = []

    def placed(text: str) -> str:
        return names.sub(lambda match: f"({single[match[0]]})" if match[0] in single else match[0], text)

    for variable, expression in body:
        depth[variable] = 1 + max((depth[name] for name in names.findall(expression) if name in single), default=0)
        if uses[variable] == 1 and depth[variable] < DEEPEST:
            single[variable] = placed(expression)
        else:
            kept.append((variable, placed(expression)))
    return kept, placed(result)


def _renamed(lines: list[str], constants: dict[str, Any], name: str) -> list[str]:
    return [re.sub(r"\b(C\d+)\b", lambda match: f"{match[1]}_{name}" if match[1] in constants else match[1], line) for line in lines]


def _outcome(lowering: Lowering, rule: BoundRule) -> str:
    """Source of `(state, amount, instalment, None)`; states as in packs.model.STATES."""
    true, false, amount, decided, to_decide, instalment = settle(lowering, rule)
    done = lowering.both(true, lowering.known(amount.known), lowering.either(decided, to_decide))
    code = "1" if to_decide == FALSE else "2" if decided == FALSE else f"(2 if {to_decide} else 1)"
    state = f"(0 if {false} else {code} if {done} else 3)"
    return f"({state}, {amount.num.src} if {done} else None, {instalment}, None)"


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
    logic = lowering.logic(node)
    if (TRUE in logic or FALSE in logic) and (logic.true == TRUE or logic.false == TRUE):
        return logic.true if logic.true == TRUE else FALSE
    return f"(True if {logic.true} else False if {logic.false} else None)"


def _conditions(lowering: Lowering, part: BoundSubject) -> str:
    """Source of the flags of each rule's conditions: True, False or None."""
    flags = [f"({''.join(_tri(lowering, leaf) + ', ' for leaf in conditions(rule.when))})" for rule in part.rules]
    return f"({''.join(flag + ', ' for flag in flags)})"


def _definitions(lowering: Lowering, part: BoundSubject) -> str:
    """Source of the values of the definitions."""
    return f"({''.join(_value(lowering, node) + ', ' for node in part.definitions.values())})"


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


def _check(name: str, part: BoundSubject) -> str:
    """Source of `check_<subject>(row)`: the values in order, each of the right type and in range."""
    lines = [f"def check_{name}(row):", f"    if not row.keys() <= NAMES_{name}: unknown_name({name!r}, row)", "    get = row.get"]
    for ref in ("id", *part.subject.refs):
        lines.append(f"    c = get({ref!r}).__class__")
        lines.append(f"    if c is not str and c is not int and c is not nothing: wrong_name({name!r}, row, {ref!r})")
    for fact, spec in part.facts.items():
        variable = f"v_{fact}"
        lines.append(f"    {variable} = get({fact!r})")
        call = f"{variable} = read({name!r}, row, {fact!r}, {variable})"
        if spec.type.kind == "bool":
            lines.append(f"    if {variable} is not None and {variable} is not True and {variable} is not False: {call}")
        elif spec.type.kind == "number":
            lines.append(
                f"    if {variable} is not None and ({variable}.__class__ is not int or not {spec.low} <= {variable} <= {spec.high}): {call}"
            )
        elif spec.type.kind == "text":
            codes = {choice: code for code, choice in enumerate(spec.type.choices)}
            lines.insert(0, f"CODES_{name}_{fact} = {codes!r}")
            lines.append(f"    if {variable} is not None:")
            lines.append(f"        c = CODES_{name}_{fact}.get({variable}) if {variable}.__class__ is str else None")
            lines.append(f"        {variable} = c if c is not None else read({name!r}, row, {fact!r}, {variable})")
        else:
            lines.append(f"    if {variable} is not None: {variable} = read_day({name!r}, row, {fact!r}, {variable})")
    others = [fact for fact in part.subject.facts if fact not in part.facts]
    if others:
        lines.append(f"    for other in row.keys() & OTHERS_{name}: read({name!r}, row, other, row[other])")
        lines.insert(0, f"OTHERS_{name} = frozenset({others!r})")
    lines.append(f"    return ({''.join(f'v_{fact}, ' for fact in part.facts)})")
    allowed = {"id", "name", *part.subject.refs, *part.subject.facts}
    lines.insert(0, f"NAMES_{name} = frozenset({sorted(allowed)!r})")
    return "\n".join(lines)


def _describe(part: BoundSubject) -> dict[str, Any]:
    """Plain data about a subject's rules and facts, for `runtime`: nothing that needs the pack."""
    return {
        "label": tuple(part.subject.label),
        "refs": dict(part.subject.refs),
        "facts": {
            name: (spec.type.kind, spec.type.unit, spec.low, spec.high, tuple(spec.type.choices), tuple(spec.label)) for name, spec in part.subject.facts.items()
        },
        "read": list(part.facts),
        "definitions": list(part.definitions),
        "rules": [
            {
                "rule": rule.spec.id, "clause": rule.spec.clause, "kind": rule.spec.kind, "title": tuple(rule.spec.title), "once": rule.spec.once,
                "group": rule.spec.group, "limit": rule.limit, "per": rule.spec.limit_per, "beneficiary": rule.spec.beneficiary, "budget": rule.spec.budget,
                "conditions": len(conditions(rule.when)),
            }
            for rule in part.rules
        ],
    }  # fmt: skip
