"""The same rows put to every backend: what each says as plain (state, amount in fen), so that answers can be compared and read."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa

from quintet.engine import Policy
from quintet.engine.backends.arrays import ArrayProgram
from quintet.engine.backends.native import NativeProgram
from quintet.engine.columns import table_from_arrow
from quintet.engine.evaluate import status_on
from quintet.engine.explain import explain
from quintet.engine.packs.model import STATES

Row = dict[str, Any]
Said = list[dict[str, tuple[str, int | None]]]  # a row: rule → (state, amount)
ARROW = {"bool": pa.bool_(), "date": pa.date32(), "text": pa.string(), "number": pa.int64()}
WITHOUT_AMOUNT = ("not_entitled", "unknown", "superseded", "waiting")


def every_backend(policy: Policy, subject: str, rows: list[Row], on: date) -> dict[str, Said]:
    """Backend → what it says of the rows. `reference` is the interpreter in exact fractions, as explanations show it."""
    return {
        "scalar": _listed(policy.evaluate({subject: rows}, on)["results"][subject]),
        "reference": _listed(explain(policy, {subject: rows}, on)["results"][subject]),
        "arrays": _columns(ArrayProgram(policy.bound(on)), policy, subject, rows, on),
        "native": _columns(NativeProgram(policy.bound(on)), policy, subject, rows, on),
    }


def _listed(results: list[Row]) -> Said:
    return [{outcome["rule"]: (outcome["state"], outcome["amount"]) for outcome in result["outcomes"]} for result in results]


def _columns(program: ArrayProgram, policy: Policy, subject: str, rows: list[Row], on: date) -> Said:
    if status_on(policy.program(on).meta, on) != "in_force":  # as a batch does
        return [{rule.spec.id: ("not_entitled", None) for rule in program.rules[subject]} for _ in rows]
    result = program.run({subject: table(policy, subject, rows)}, on)[subject]
    said: Said = [{} for _ in rows]
    for rule, states in result.states.items():
        for row, code, fen in zip(said, states, result.awards[rule].dense(len(rows)), strict=True):
            state = STATES[code]
            row[rule] = (state, None if state in WITHOUT_AMOUNT else int(fen))
            assert fen == 0 or state not in WITHOUT_AMOUNT
    return said


def table(policy: Policy, subject: str, rows: list[Row]) -> Any:
    """The rows as a city's file would give them: an id each, a column a fact and a reference."""
    spec = policy.pack.subjects[subject]
    columns: dict[str, Any] = {"id": pa.array(list(range(len(rows))))}
    for ref in spec.refs:
        columns[ref] = pa.array([row.get(ref) for row in rows])
    for name, fact in spec.facts.items():
        given = [row.get(name) for row in rows]
        days = fact.type.kind == "date"
        columns[name] = pa.array([date.fromisoformat(day) if days and day else day for day in given], ARROW[fact.type.kind])
    return table_from_arrow(pa.table(columns), spec)
