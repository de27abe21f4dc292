"""Parameters: the figures of a clause, plain, in bands, by choice or as a list, each with the days it holds."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Any

from quintet.engine.errors import Problem
from quintet.engine.packs import model as m
from quintet.engine.packs.draft import Draft
from quintet.engine.packs.reader import Map, Seq
from quintet.engine.values import BOOL, DATE, EARLIEST, UNITS, Type, days_of, number


def read_parameter(draft: Draft, name: str, item: Map) -> None:
    draft.known(item, "clause", "label", "unit", "of", "value", "values", "bands", "map", "list", "treatment", "confirmed", "choices")
    if name in draft.pack.parameters:
        raise draft.fail(item, None, f"parameter {name} stands twice.")
    unit = draft.one_of(draft.text(item, "unit", "text" if "list" in item else None), item, "unit", ("bool", "date", "text", *UNITS))
    of = draft.text(item, "of", "") or None
    shape = next((key for key in ("bands", "map", "list") if key in item), "value")
    dated = _dated(draft, name, item, shape)
    of_type = _of(draft, item, of) if of else None
    for entry in dated:
        entry.value = _shaped(draft, item if entry.at is item else entry.at, entry.value, shape, unit, of_type, item)
    choices = _choices(draft, name, item) if unit == "text" and shape == "value" else {}
    type_ = {"bool": BOOL, "date": DATE}.get(unit) or (Type("text", choices=tuple(choices)) if unit == "text" else number(unit))
    draft.pack.parameters[name] = m.ParameterSpec(
        name, shape, type_, of_type, draft.clause(item), draft.words(item, "label", needed=True),
        draft.words(item, "treatment") if "treatment" in item else None, item.get("confirmed", True) is True, dated, item, choices,
    )  # fmt: skip


def _choices(draft: Draft, name: str, item: Map) -> dict[str, m.Words]:
    listed = item.get("choices")
    if not isinstance(listed, Map):
        raise draft.fail(
            item, "choices", f"parameter {name} is a text and needs its closed list.", "Write `choices: {yearly: {zh: …, en: …}}`."
        )
    return {choice: draft.words(listed, choice, needed=True) for choice in listed}


def _of(draft: Draft, item: Map, of: str) -> Type:
    if of in UNITS:
        return number(of)
    subject, _, fact = of.partition(".")
    if subject in draft.pack.subjects and fact in draft.pack.subjects[subject].facts:
        return draft.pack.subjects[subject].facts[fact].type
    raise draft.fail(item, "of", f"`of: {of}` is neither a unit nor subject.fact.")


def _dated(draft: Draft, name: str, item: Map, shape: str) -> list[m.Dated]:
    if "values" not in item:
        if shape not in item:
            raise draft.fail(item, None, f"parameter {name} has no value.", "Write `value:`, `values:`, `bands:`, `map:` or `list:`.")
        return [m.Dated(None, None, item[shape], item)]
    found = []
    for entry in item["values"] if isinstance(item["values"], Seq) else ():
        if not isinstance(entry, Map):
            raise draft.fail(item, "values", "each of `values` needs from and value.")
        draft.known(entry, "from", "to", "value")
        found.append(m.Dated(draft.day(entry, "from"), draft.day(entry, "to"), entry.get("value"), entry))
    if not found:
        raise draft.fail(item, "values", f"parameter {name} has no value.")
    found.sort(key=lambda dated: dated.start or EARLIEST)
    for earlier, later in pairwise(found):
        if later.start is None or (earlier.end is not None and later.start <= earlier.end) or earlier.start == later.start:
            draft.problems.append(
                later.at.problem(
                    "from",
                    f"{name}: the value from {later.start} overlaps the one from {earlier.start or 'the beginning'} to {earlier.end}.",
                    "End one before the other begins.",
                )
            )
    return found


def _shaped(draft: Draft, at: Map, value: Any, shape: str, unit: str, of: Type | None, item: Map) -> Any:
    if shape == "value":
        return _plain(draft, at, value, unit)
    if shape == "list":
        if not isinstance(value, Seq) or not value:
            raise draft.fail(at, "list", "`list` must name at least one choice.")
        if of is not None:
            for choice in value:
                draft.one_of(str(choice), item, "list", of.choices)
        return tuple(str(choice) for choice in value)
    if of is None:
        raise draft.fail(item, None, "a table needs `of:`, the unit or subject.fact it is read by.")
    if shape == "map":
        if not isinstance(value, Map):
            raise draft.fail(at, "map", "`map` must be a mapping from choices to values.")
        for choice in value:
            draft.one_of(choice, item, "map", of.choices)
        return tuple((choice, draft.quantity(value, choice, figure, unit)) for choice, figure in value.items())
    return _steps(draft, at, value, unit, of)


def _plain(draft: Draft, at: Map, value: Any, unit: str) -> Any:
    if unit == "bool":
        if not isinstance(value, bool):
            raise draft.fail(at, "value", f"{value!r} is not true or false.")
        return value
    if unit == "date":
        if not isinstance(value, date):
            raise draft.fail(at, "value", f"{value!r} is not a date.", "Write it like 2020-12-31.")
        return days_of(value)
    if unit == "text":
        return str(value)
    return draft.quantity(at, "value", value, unit)


def _steps(draft: Draft, at: Map, value: Any, unit: str, of: Type) -> tuple[tuple[str, Fraction, Fraction], ...]:
    """Bands such as `- [">= 30 %", 20 points]`, the last `- [else, 0 points]`."""
    if not isinstance(value, Seq) or not value:
        raise draft.fail(at, "bands", "`bands` must be a list of steps.")
    steps: list[tuple[str, Fraction, Fraction]] = []
    for position, step in enumerate(value):
        if not isinstance(step, Seq) or len(step) != 2:
            raise draft.fail(at, "bands", 'each band is `[comparison, value]`, such as `[">= 30 %", 20 points]`.')
        where, figure = str(step[0]).strip(), draft.quantity(at, "bands", step[1], unit)
        last = position == len(value) - 1
        if (where == "else") != last:
            raise draft.fail(at, "bands", "the last band, and only the last, is `[else, …]`.")
        if last:
            steps.append(("", Fraction(0), figure))
            break
        op = next((sign for sign in ("<=", ">=", "<", ">", "==") if where.startswith(sign)), "")
        if not op:
            raise draft.fail(at, "bands", f"{where!r} has no comparison.", "Begin with <= < >= > or ==.")
        bound = draft.quantity(at, "bands", where[len(op) :].strip(), of.unit)
        if steps and not _reachable(steps[-1], op, bound):
            draft.problems.append(
                Problem(
                    at.file,
                    value.lines[position],
                    f"the band {where!r} can never be reached.",
                    "An earlier band takes all of it; sort the bands.",
                )
            )
        steps.append((op, bound, figure))
    return tuple(steps)


def _reachable(before: tuple[str, Fraction, Fraction], op: str, bound: Fraction) -> bool:
    """Whether some value passes this step although the step before did not take it."""
    earlier_op, earlier, _ = before
    if earlier_op[0] == ">" and op[0] == ">":
        return bound < earlier or (bound == earlier and earlier_op == ">" and op == ">=")
    if earlier_op[0] == "<" and op[0] == "<":
        return bound > earlier or (bound == earlier and earlier_op == "<" and op == "<=")
    return True
