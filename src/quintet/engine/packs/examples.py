"""Runs the examples that stand beside rules and definitions in a pack."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from quintet.engine.errors import EngineError
from quintet.engine.packs import model as m
from quintet.engine.values import number_text, parse_quantity

if TYPE_CHECKING:
    from quintet.engine.evaluate import Policy
    from quintet.engine.runtime import Program


def all_examples(pack: m.Pack) -> Iterator[tuple[m.Rule | m.Definition, m.Example]]:
    """Every example of a pack and of the packs it uses, with what it is an example of."""
    owners: list[m.Rule | m.Definition] = [*pack.definitions.values(), *pack.rules]
    for owner in owners:
        for example in owner.examples:
            yield owner, example


def example_failure(policy: Policy, owner: m.Rule | m.Definition, example: m.Example) -> str:
    """What the engine says instead of what the example expects; '' when they agree."""
    facts = {"id": "example", **{name: _plain(value) for name, value in example.facts.items()}}
    try:
        program = policy.program(example.on, example.parameters)
        answer = program.evaluate({owner.subject: [facts]}, example.on, trace=True)[owner.subject][0]
    except EngineError as error:
        return str(error)
    if isinstance(owner, m.Definition):
        return _definition_failure(owner, example, answer["definitions"][owner.id])
    outcome = next((item for item in answer["outcomes"] if item["rule"] == owner.id), None)
    document = policy.pack.documents[policy.pack.clauses[owner.clause].document]
    given = document.in_force_on(example.on) or _pays_out(program, owner, document, example.on)
    state = outcome["state"] if outcome and given else "not_entitled"
    amount = outcome["amount"] if outcome and state != "not_entitled" else None
    if state != example.state:
        return f"expected {example.state}, but it is {state}"
    if example.amount is not None and amount != example.amount:
        shown = "nothing" if amount is None else number_text(amount, "yuan", "en")
        return f"expected {number_text(example.amount, 'yuan', 'en')}, but it is {shown}"
    return ""


def _pays_out(program: Program, rule: m.Rule, document: m.Document, on: date) -> bool:
    """Whether a rule goes on after the policy's end."""
    after = document.ends is not None and on > document.ends
    return after and any(item["rule"] == rule.id and item["pays_out"] for item in program.subjects[rule.subject]["rules"])


def _definition_failure(owner: m.Definition, example: m.Example, found: Any) -> str:
    if example.state:
        state = {True: "met", False: "unmet", None: "unknown"}[found if owner.type.kind == "bool" or found is None else True]
        return "" if state == example.state else f"expected {example.state}, but it is {state}"
    wanted = parse_quantity(example.values["value"], owner.type.unit)
    value = None if found is None else Fraction(*found) if isinstance(found, tuple) else Fraction(found)
    if value == wanted:
        return ""
    return f"expected {number_text(wanted, owner.type.unit, 'en')}, but it is {'unknown' if value is None else number_text(value, owner.type.unit, 'en')}"


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
