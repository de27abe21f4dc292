"""Generated NumPy for a whole city: the same integer code over columns, block by block so that intermediates stay in the cache.

Two threads or more share the blocks; NumPy lets go of the interpreter while it calculates.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from quintet.engine.backends.lowering import FALSE, TRUE, ArrayDialect, Lowering, const
from quintet.engine.backends.scalar import settle
from quintet.engine.packs.model import Bound, BoundSubject
from quintet.engine.runtime import moments
from quintet.engine.values import EARLIEST, LATEST

BLOCK = 16_384
_FIRST, _LAST = EARLIEST.year - 100, LATEST.year + 100
_LOW = int(np.datetime64(f"{_FIRST:04d}-01-01", "D").astype(np.int64))
_ALL_DAYS = np.arange(np.datetime64(f"{_FIRST:04d}-01-01"), np.datetime64(f"{_LAST + 1:04d}-01-01"))
_MONTH = _ALL_DAYS.astype("datetime64[M]").astype(np.int64) - (_FIRST - 1970) * 12
_DAY = (_ALL_DAYS - _ALL_DAYS.astype("datetime64[M]")).astype(np.int32)
_YEAR = (_MONTH // 12 + _FIRST).astype(np.int32)
_MONTHS = np.arange(np.datetime64(f"{_FIRST:04d}-01"), np.datetime64(f"{_LAST + 1:04d}-02"))
_START = _MONTHS.astype("datetime64[D]").astype(np.int64)
_LENGTH = np.diff(_START).astype(np.int32)


@dataclass(slots=True)
class Column:
    """A fact of many rows: int64 numbers (fen, counts), int32 days, int8 codes of a closed list, or booleans.

    `known` is None where every value is known; a value that is not known holds 0 or False.
    """

    values: np.ndarray[Any, Any]
    known: np.ndarray[Any, Any] | None = None


@dataclass(slots=True)
class Table:
    """The rows of a subject: ids, references (as integers: equal numbers mean the same) and facts."""

    rows: int
    facts: dict[str, Column]
    ids: Any = None
    refs: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Result:
    """States (uint8, as packs.model.STATES) and amounts (int64 fen) per rule; values of the definitions asked for.

    A definition gives (values, known): booleans, days, or for a number its numerator over `denominators[name]`.
    """

    states: dict[str, np.ndarray[Any, Any]]
    amounts: dict[str, np.ndarray[Any, Any]]
    definitions: dict[str, tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]]
    denominators: dict[str, int]


class ArrayProgram:
    """Generated functions of the subjects of a bound pack. Build once, run on any number of rows."""

    def __init__(self, bound: Bound, *, rules: list[str] | None = None, definitions: list[str] | None = None) -> None:
        """`rules` limits the rules that are generated; `definitions` names those whose values are wanted."""
        self.bound = bound
        self.rules = {
            name: [rule for rule in part.rules if rules is None or rule.spec.id in rules] for name, part in bound.subjects.items()
        }
        self.wanted = {name: [d for d in part.definitions if d in (definitions or ())] for name, part in bound.subjects.items()}
        self._functions: dict[tuple[str, frozenset[str]], Callable[..., Any]] = {}
        self.denominators: dict[str, int] = {}

    def source(self, subject: str, complete: frozenset[str] = frozenset()) -> tuple[str, dict[str, Any]]:
        """(source, constants) of a subject's function; `complete` are facts known in every row."""
        part = self.bound.subjects[subject]
        lowering = Lowering(ArrayDialect(), part.facts, part.definitions, always_known=complete)
        outputs: list[str] = []
        for rule in self.rules[subject]:
            true, false, amount, decided, to_decide, _ = settle(lowering, rule)
            done = lowering.both(true, lowering.known(amount.known), lowering.either(decided, to_decide))
            outputs += [_state(lowering, false, done, decided, to_decide), _amount(lowering, done, amount.num)]
        for name in self.wanted[subject]:
            outputs += self._definition(lowering, part, name)
        body = lowering.needed(outputs)
        text = " ".join([*(expression for _, expression in body), *outputs])
        lines = ["def block(columns, low, high, on, year_start, year_end, year):"]
        for fact, spec in part.facts.items():
            if any(f"{prefix}_{fact}" in text.replace("(", " ").split() or f"{prefix}_{fact}" in text for prefix in "vktf"):
                lines += _prologue(fact, spec.type.kind, fact in complete)
        lines += [f"    {name} = {expression}" for name, expression in body]
        lines.append(f"    return ({''.join(output + ', ' for output in outputs)})")
        return "\n".join(lines), {name: np.array(values) for name, values in lowering.constants.items()}

    def _definition(self, lowering: Lowering, part: BoundSubject, name: str) -> list[str]:
        node = part.definitions[name]
        if node.type.kind == "bool":
            logic = lowering.logic(node)
            return [logic.true, lowering.either(logic.true, logic.false)]
        if node.type.kind == "date":
            day = lowering.scalar(node)
            return [day.term.src, lowering.known(day.known)]
        found = lowering.number(node)
        if not found.den.const:
            raise ValueError(f"{name} is a quotient of facts and has no common denominator; ask for its parts")
        self.denominators[name] = found.den.low
        return [found.num.src, lowering.known(found.known)]

    def _function(self, subject: str, complete: frozenset[str]) -> Callable[..., Any]:
        key = (subject, complete)
        if key not in self._functions:
            source, constants = self.source(subject, complete)
            namespace: dict[str, Any] = {
                "where": np.where, "minimum": np.minimum, "maximum": np.maximum, "take": np.take, "int64": np.int64,
                "add_years": add_years, "year_of": year_of, "widen": _widen, "narrow": _narrow,
                "U0": np.uint8(0), "U1": np.uint8(1), "U2": np.uint8(2), "U3": np.uint8(3), **constants,
            }  # fmt: skip
            exec(compile(source, f"<arrays of {subject}>", "exec"), namespace)  # noqa: S102 - our own generated code
            self._functions[key] = namespace["block"]
        return self._functions[key]

    def run(self, tables: Mapping[str, Table], on: date, *, progress: Callable[[int, int], None] | None = None) -> dict[str, Result]:
        """Evaluate all rows. `progress(done, total)` is called as blocks of rows are finished."""
        days = [np.int64(day) for day in moments(on)]
        results, work = {}, []
        for subject, table in tables.items():
            results[subject] = self._empty(subject, table.rows)
            work += self._blocks(subject, table, results[subject], days)
        total, done = sum(rows for _, rows in work), 0
        with ThreadPoolExecutor(max_workers=max(1, min(os.cpu_count() or 1, len(work)))) as pool:
            for rows in pool.map(lambda item: (item[0](), item[1])[1], work):
                done += rows
                if progress:
                    progress(done, total)
        for subject, table in tables.items():
            self._settle(subject, table, results[subject])
        return results

    def _empty(self, subject: str, rows: int) -> Result:
        rules, part = self.rules[subject], self.bound.subjects[subject]
        kinds = {"bool": np.bool_, "date": np.int32, "number": np.int64}
        values = {name: (np.empty(rows, kinds[part.definitions[name].type.kind]), np.empty(rows, np.bool_)) for name in self.wanted[subject]}
        states = {rule.spec.id: np.empty(rows, np.uint8) for rule in rules}
        return Result(states, {rule.spec.id: np.empty(rows, np.int64) for rule in rules}, values, self.denominators)

    def _blocks(self, subject: str, table: Table, result: Result, days: list[Any]) -> list[tuple[Callable[[], None], int]]:
        part = self.bound.subjects[subject]
        columns = {name: table.facts.get(name) or _unknown(spec.type.kind, table.rows) for name, spec in part.facts.items()}
        complete = frozenset(name for name, column in columns.items() if column.known is None)
        function = self._function(subject, complete)
        targets = [array for rule in self.rules[subject] for array in (result.states[rule.spec.id], result.amounts[rule.spec.id])]
        targets += [array for name in self.wanted[subject] for array in result.definitions[name]]
        if not targets:
            return []

        def block(low: int, high: int) -> Callable[[], None]:
            def run() -> None:
                for target, found in zip(targets, function(columns, low, high, *days), strict=True):
                    target[low:high] = found

            return run

        return [(block(low, min(low + BLOCK, table.rows)), min(BLOCK, table.rows - low)) for low in range(0, table.rows, BLOCK)]

    def _settle(self, subject: str, table: Table, result: Result) -> None:
        """The same as `runtime.settle`, over columns."""
        for rule in self.rules[subject]:
            if rule.spec.once:
                self._once(rule.spec.id, rule.spec.once, table, result)
        groups: dict[str, list[str]] = {}
        for rule in self.rules[subject]:
            if rule.spec.group:
                groups.setdefault(rule.spec.group, []).append(rule.spec.id)
        for names in groups.values():
            _highest(names, result)
        for rule in self.rules[subject]:
            if rule.limit is not None:
                _limit(rule.spec.id, rule.limit, table.refs.get(rule.spec.limit_per), result)

    def _once(self, rule: str, names: tuple[str, ...], table: Table, result: Result) -> None:
        state, amount = result.states[rule], result.amounts[rule]
        rows = np.flatnonzero((state == 1) | (state == 2))
        keys = []
        for name in names:
            if name in table.facts:
                column = table.facts[name]
                if column.known is not None:
                    rows = rows[column.known[rows]]
            elif name in self.bound.subjects[subject_of(self.bound, rule)].facts:
                return  # nobody has the fact: no key is complete
        for name in names:
            if name in table.facts:
                keys.append(table.facts[name].values[rows].astype(np.int64))
            else:
                keys.append(np.asarray(table.ids if name == "id" else table.refs[name])[rows].astype(np.int64))
        if not len(rows):
            return
        _, first = np.unique(np.stack(keys, axis=1), axis=0, return_index=True)
        later = np.ones(len(rows), np.bool_)
        later[first] = False
        state[rows[later]], amount[rows[later]] = 4, 0


def subject_of(bound: Bound, rule: str) -> str:
    """The subject a rule belongs to."""
    return next(name for name, part in bound.subjects.items() if any(item.spec.id == rule for item in part.rules))


def _state(lowering: Lowering, false: str, done: str, decided: str, to_decide: str) -> str:
    code = "U1" if to_decide == FALSE else "U2" if decided == FALSE else f"where({to_decide}, U2, U1)"
    reached = code if done == TRUE else "U3" if done == FALSE else f"where({done}, {code}, U3)"
    return "U0" if false == TRUE else reached if false == FALSE else f"where({false}, U0, {reached})"


def _amount(lowering: Lowering, done: str, amount: Any) -> str:
    if done == FALSE or amount == const(0):
        return "0"
    return str(amount.src) if done == TRUE else f"where({done}, {amount.src}, 0)"


def _prologue(fact: str, kind: str, complete: bool) -> list[str]:
    lines = [f"    v_{fact} = columns[{fact!r}].values[low:high]"]
    if not complete:
        lines.append(f"    k_{fact} = columns[{fact!r}].known[low:high]")
    if kind == "bool":
        if complete:
            return [*lines, f"    t_{fact} = v_{fact}", f"    f_{fact} = ~v_{fact}"]
        return [*lines, f"    t_{fact} = v_{fact} & k_{fact}", f"    f_{fact} = k_{fact} > v_{fact}"]
    if kind == "number":
        lines.append(f"    if v_{fact}.dtype != int64: v_{fact} = v_{fact}.astype(int64)")
    return lines


def _unknown(kind: str, rows: int) -> Column:
    """A fact that nobody gave: one unknown value, seen as many."""
    zero = np.zeros(1, {"bool": np.bool_, "date": np.int32, "text": np.int8}.get(kind, np.int64))
    return Column(np.broadcast_to(zero, rows), np.broadcast_to(np.zeros(1, np.bool_), rows))


def _highest(names: list[str], result: Result) -> None:
    best = np.full(len(result.states[names[0]]), -1, np.int64)
    holder = np.full(len(best), -1, np.int16)
    for position, name in enumerate(names):
        better = (result.states[name] == 1) & (result.amounts[name] > best)
        best[better], holder[better] = result.amounts[name][better], position
    for position, name in enumerate(names):
        beaten = (result.states[name] == 1) & (holder != position)
        result.states[name][beaten], result.amounts[name][beaten] = 4, 0


def _limit(rule: str, limit: int, per: Any, result: Result) -> None:
    state, amount = result.states[rule], result.amounts[rule]
    rows = np.flatnonzero((state == 1) & (amount != 0))
    if per is None or not len(rows):
        amount[rows] = np.minimum(amount[rows], limit)
        return
    order = rows[np.argsort(np.asarray(per)[rows], kind="stable")]
    groups, sums = np.asarray(per)[order], np.cumsum(amount[order])
    starts = np.flatnonzero(np.r_[True, groups[1:] != groups[:-1]])
    before_group = np.repeat(np.r_[0, sums[starts[1:] - 1]], np.diff(np.r_[starts, len(order)]))
    before = sums - amount[order] - before_group
    amount[order] = np.minimum(amount[order], np.maximum(limit - before, 0))


def add_years(days: Any, years: Any) -> Any:
    """Days moved by whole years; 29 February becomes the 28th in a common year."""
    index = np.clip(days - _LOW, 0, len(_ALL_DAYS) - 1)
    month = np.clip(np.take(_MONTH, index) + 12 * np.asarray(years, np.int64), 0, len(_LENGTH) - 1)
    return np.take(_START, month) + np.minimum(np.take(_DAY, index), np.take(_LENGTH, month) - 1)


def year_of(days: Any) -> Any:
    """The calendar year of each day."""
    return np.take(_YEAR, np.clip(days - _LOW, 0, len(_ALL_DAYS) - 1)).astype(np.int64)


def _widen(values: Any) -> Any:
    return np.asarray(values).astype(object)


def _narrow(values: Any) -> Any:
    return np.asarray(values).astype(np.int64)
