"""Generated NumPy for a whole city: the same integer code over columns, block by block so that intermediates stay in the cache.

Two threads or more share the blocks; NumPy lets go of the interpreter while it calculates.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from quintet.engine.backends.dialects import ArrayDialect
from quintet.engine.backends.lowering import Lowering
from quintet.engine.backends.scalar import settle
from quintet.engine.backends.terms import FALSE, TRUE, Term, bits_for
from quintet.engine.packs.model import Bound, BoundRule, BoundSubject, FactSpec
from quintet.engine.runtime import moments

if TYPE_CHECKING:
    from quintet.engine.groups import Earlier

BLOCK = 32_768  # rows that are evaluated together: what is worked out in between stays in the cache
PASS = 2**18  # rows that a limit looks at together
UNKNOWN, SUPERSEDED, WAITING = 3, 4, 5  # places in packs.model.STATES
_FIRST, _LAST = 1700, 2400
_LOW = int(np.datetime64(f"{_FIRST:04d}-01-01", "D").astype(np.int64))
_ALL_DAYS = np.arange(np.datetime64(f"{_FIRST:04d}-01-01"), np.datetime64(f"{_LAST + 1:04d}-01-01"))
_MONTH = (_ALL_DAYS.astype("datetime64[M]").astype(np.int32) - (_FIRST - 1970) * 12).astype(np.int32)
_DAY = (_ALL_DAYS - _ALL_DAYS.astype("datetime64[M]")).astype(np.int32)
_YEAR = (_MONTH // 12 + _FIRST).astype(np.int16)
_MONTHS = np.arange(np.datetime64(f"{_FIRST:04d}-01"), np.datetime64(f"{_LAST + 1:04d}-02"))
_START = _MONTHS.astype("datetime64[D]").astype(np.int32)
_LENGTH = np.diff(_START)
_INTEGERS = {8: np.int8, 16: np.int16, 32: np.int32, 64: np.int64}


@dataclass(slots=True)
class Column:
    """A fact of many rows: whole numbers (fen, counts), days since 1970, codes of a closed list, or booleans.

    Fastest in the type of `storage`. `known` is None where every value is known; a value that is not known holds 0 or False.
    """

    values: np.ndarray[Any, Any]
    known: np.ndarray[Any, Any] | None = None


def storage(spec: FactSpec) -> Any:
    """The smallest type that holds every value a fact may have."""
    kind = spec.type.kind
    if kind == "bool":
        return np.bool_
    return (
        np.int32
        if kind == "date"
        else _INTEGERS[bits_for(0, len(spec.type.choices) - 1) if kind == "text" else bits_for(spec.low, spec.high)]
    )


@dataclass(slots=True)
class Table:
    """The rows of a subject: ids, references (as integers: equal numbers mean the same) and facts."""

    rows: int
    facts: dict[str, Column]
    ids: Any = None  # in their canonical form
    written: Any = None  # the ids as they were written
    refs: dict[str, Any] = field(default_factory=dict)
    named: dict[str, Any] = field(default_factory=dict)  # the references in their canonical form


@dataclass(slots=True)
class Awards:
    """The amounts of a rule's rows that are entitled or for decision, in order, in fen. A city's other rows cost nothing.

    `fen` is int32 where the rule can give no more than that holds, else int64.
    """

    states: np.ndarray[Any, Any]  # of all rows
    fen: np.ndarray[Any, Any]

    @property
    def rows(self) -> np.ndarray[Any, Any]:
        """The places of the awarded rows, worked out each time."""
        return np.flatnonzero((self.states == 1) | (self.states == 2))

    def blocks(self) -> Iterator[tuple[slice, np.ndarray[Any, Any]]]:
        """(a slice of `fen`, the places of its rows), some rows at a time."""
        done = 0
        for low in range(0, len(self.states), BLOCK):
            states = self.states[low : low + BLOCK]
            rows = np.flatnonzero((states == 1) | (states == 2)) + low
            yield slice(done, done + len(rows)), rows
            done += len(rows)

    def dense(self, rows: int) -> np.ndarray[Any, Any]:
        """An amount for every row, 0 where there is none."""
        amounts = np.zeros(rows, np.int64)
        amounts[self.rows] = self.fen
        return amounts


@dataclass(slots=True)
class Result:
    """States (uint8, as packs.model.STATES) and awards per rule; values of the definitions asked for.

    A definition gives (values, known): booleans, days, or for a number its numerator over `denominators[name]`.
    """

    states: dict[str, np.ndarray[Any, Any]]
    awards: dict[str, Awards]
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
        self.wanted = {
            name: [d for d in part.definitions if d in {*(definitions or ()), *_asides(self.rules[name])}]
            for name, part in bound.subjects.items()
        }
        self._functions: dict[tuple[str, frozenset[str]], Callable[..., Any]] = {}
        self.denominators: dict[str, int] = {}
        self._types: dict[str, Any] = {}
        self._amounts: dict[str, Any] = {}

    def source(self, subject: str, complete: frozenset[str] = frozenset()) -> tuple[str, dict[str, Any]]:
        """(source, constants) of a subject's function; `complete` are facts known in every row."""
        part = self.bound.subjects[subject]
        lowering = Lowering(ArrayDialect(), part.facts, part.definitions, always_known=complete)
        outputs: list[str] = []
        for rule in self.rules[subject]:
            true, false, amount, decided, to_decide, _ = settle(lowering, rule)
            self._amounts[rule.spec.id] = amounts(amount.num)
            done = lowering.both(true, lowering.known(amount.known), lowering.either(decided, to_decide))
            outputs += [lowering.out(_state(false, done, to_decide)), lowering.out(f"awards({done}, {amount.num.src}, high - low)")]
        for name in self.wanted[subject]:
            outputs += [lowering.out(source) for source in self._definition(lowering, part, name)]
        lines = ["def block(columns, low, high, on, year_start, year_end, year):"]
        lines += [f"    {line}" for line in _in_order(lowering.needed(outputs), outputs, part, complete)]
        lines.append(f"    return ({''.join(output + ', ' for output in outputs)})")
        return "\n".join(lines), {name: _constant(values) for name, values in lowering.constants.items()}

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
        self._types[name] = _INTEGERS.get(bits_for(found.num.low, found.num.high), np.object_)
        return [found.num.src, lowering.known(found.known)]

    def _function(self, subject: str, complete: frozenset[str]) -> Callable[..., Any]:
        key = (subject, complete)
        if key not in self._functions:
            source, constants = self.source(subject, complete)
            namespace: dict[str, Any] = {
                "where": np.where, "minimum": np.minimum, "maximum": np.maximum, "take": _take, "uint8": np.uint8, "int8": np.int8, "int16": np.int16,
                "int32": np.int32, "int64": np.int64, "add_years": add_years, "year_of": year_of, "widen": _widen, "awards": _awards, **constants,
            }  # fmt: skip
            exec(compile(source, f"<arrays of {subject}>", "exec"), namespace)
            self._functions[key] = namespace["block"]
        return self._functions[key]

    def run(
        self,
        tables: Mapping[str, Table],
        on: date,
        *,
        settled: bool = True,
        progress: Callable[[int, int], None] | None = None,
        earlier: Iterable[Earlier] = (),
    ) -> dict[str, Result]:
        """Evaluate all rows; unless `settled`, without what is settled between rows and rules. `earlier` are awards decided before, for groups. `progress(done, total)` is called as blocks of rows are finished."""
        found = moments(on)
        days = [*(np.int32(day) for day in found[:3]), np.int16(found[3])]
        results: dict[str, Result] = {}
        growing: dict[str, list[_Growing]] = {}
        work = []
        for subject, table in tables.items():
            function = self._function(subject, _complete(self.bound.subjects[subject], table))
            results[subject] = self._empty(subject, table.rows)
            growing[subject] = [_Growing(table.rows, self._amounts[rule.spec.id]) for rule in self.rules[subject]]
            columns = {
                name: table.facts.get(name) or _unknown(spec, table.rows) for name, spec in self.bound.subjects[subject].facts.items()
            }
            targets = self._targets(subject, results[subject])
            work += [
                (subject, partial(_block, function, columns, days, targets, low, min(low + BLOCK, table.rows)))
                for low in range(0, table.rows, BLOCK)
            ]
        total, done = sum(table.rows for table in tables.values()), 0
        with ThreadPoolExecutor(max_workers=max(1, min(os.cpu_count() or 1, len(work)))) as pool:
            for (subject, _), (rows, found) in zip(work, pool.map(lambda item: item[1](), work), strict=True):
                for awards, part in zip(growing[subject], found, strict=True):
                    awards.add(part)
                done += rows
                if progress:
                    progress(done, total)
        for subject in tables:
            for rule, awards in zip(self.rules[subject], growing[subject], strict=True):
                results[subject].awards[rule.spec.id] = Awards(results[subject].states[rule.spec.id], awards.fen())
        if settled:
            self._settle(tables, results, on, earlier)
        return results

    def _empty(self, subject: str, rows: int) -> Result:
        types = {"bool": np.bool_, "date": np.int32}
        part = self.bound.subjects[subject]
        values = {
            name: (np.empty(rows, types.get(part.definitions[name].type.kind) or self._types[name]), np.empty(rows, np.bool_))
            for name in self.wanted[subject]
        }
        states = {rule.spec.id: np.empty(rows, np.uint8) for rule in self.rules[subject]}
        return Result(states, {}, values, self.denominators)

    def _targets(self, subject: str, result: Result) -> list[Any]:
        """Where each output of a block goes; None for awards, which are joined afterwards."""
        targets = [target for rule in self.rules[subject] for target in (result.states[rule.spec.id], None)]
        return targets + [array for name in self.wanted[subject] for array in result.definitions[name]]

    def _settle(self, tables: Mapping[str, Table], results: dict[str, Result], on: date, earlier: Iterable[Earlier]) -> None:
        """The same as `runtime.Program.settle`, over columns."""
        for subject, table in tables.items():
            for rule in self.rules[subject]:
                if rule.spec.waits_until:
                    _wait(rule.spec.id, results[subject].definitions[rule.spec.waits_until], results[subject])
                if rule.spec.once:
                    self._once(subject, rule.spec.id, rule.spec.once, table, results[subject])
        if any(rule.spec.group for rules in self.rules.values() for rule in rules):
            from quintet.engine.backends.array_groups import settle_groups

            settle_groups(self.bound.pack, self.rules, tables, results, on.year, earlier)
        for subject, table in tables.items():
            for rule in self.rules[subject]:
                if rule.limit is None:
                    continue
                awards, per = results[subject].awards[rule.spec.id], table.refs.get(rule.spec.limit_per)
                if rule.spec.limit_of or rule.spec.limit_taken:
                    _limit_by(rule, per, results[subject], awards)
                else:
                    _limit(rule.limit, per, awards)

    def _once(self, subject: str, rule: str, names: tuple[str, ...], table: Table, result: Result) -> None:
        """Of rows with the same complete key the first keeps its award."""
        rows, facts = result.awards[rule].rows, self.bound.subjects[subject].facts
        keys, complete = [], np.ones(len(rows), np.bool_)
        for name in names:
            column = table.facts.get(name)
            if column is None and name in facts:
                return  # nobody has the fact: no key is complete
            if column is not None and column.known is not None:
                complete &= column.known[rows]
            if column is not None:
                keys.append(column.values[rows])
            elif name == "id":
                keys.append(_whole_numbers(table.ids)[rows])
            elif name in table.refs:
                keys.append(table.refs[name][rows])
                complete &= keys[-1] >= 0
            else:
                return
        asked = np.flatnonzero(complete)
        if len(asked):
            _, first = np.unique(np.stack([key[asked].astype(np.int64) for key in keys], axis=1), axis=0, return_index=True)
            later = np.ones(len(asked), np.bool_)
            later[first] = False
            _supersede(asked[later], rule, result)


def _asides(rules: Iterable[BoundRule]) -> set[str]:
    """Definitions that settling looks at."""
    return {name for rule in rules for name in (rule.spec.limit_of, rule.spec.limit_taken, rule.spec.waits_until) if name}


def _block(function: Callable[..., Any], columns: Any, days: list[Any], targets: list[Any], low: int, high: int) -> tuple[int, list[Any]]:
    """Some rows of a table, as many as stay in the cache: states and definitions go to their targets, awards are returned."""
    awards = []
    for target, found in zip(targets, function(columns, low, high, *days), strict=True):
        if target is None:
            awards.append(found)
        else:
            target[low:high] = found
    return high - low, awards


class _Growing:
    """The amounts of a rule, block after block; the room for every row is asked for, but takes memory only as far as it is used."""

    def __init__(self, rows: int, kind: Any) -> None:
        self._fen, self._count = np.empty(rows, kind), 0

    def add(self, fen: Any) -> None:
        end = self._count + len(fen)
        self._fen[self._count : end] = fen
        self._count = end

    def fen(self) -> Any:
        return self._fen[: self._count]


def _complete(part: BoundSubject, table: Table) -> frozenset[str]:
    """Facts known in every row."""
    return frozenset(name for name in part.facts if name in table.facts and table.facts[name].known is None)


def _in_order(body: list[tuple[str, str]], outputs: list[str], part: BoundSubject, complete: frozenset[str]) -> list[str]:
    """The assignments, each fact fetched before its first use and each variable freed after its last, so that few arrays are alive at once."""
    lines: list[tuple[str, str]] = []
    fetched: set[str] = set()
    for name, expression in body:
        for word in re.findall(r"\b[vktf]_\w+", expression):
            if word not in fetched:
                fetch = _fetch(word, part.facts[word[2:]], complete)
                lines += [line for line in fetch if line[0] not in fetched]
                fetched.update(variable for variable, _ in fetch)
        lines.append((name, expression))
    last = {word: number for number, (_, expression) in enumerate(lines) for word in re.findall(r"\b(?:[vktf]_\w+|[ao]\d+)\b", expression)}
    found = []
    for number, (name, expression) in enumerate(lines):
        found.append(f"{name} = {expression}")
        dead = [word for word, use in last.items() if use == number and word not in outputs]
        if dead:
            found.append(f"del {', '.join(dead)}")
    return found


def _fetch(word: str, spec: FactSpec, complete: frozenset[str]) -> list[tuple[str, str]]:
    """Assignments for a fact's values (v), whether they are known (k), and for yes or no whether it is surely yes (t), surely no (f)."""
    fact = spec.name
    kind = np.dtype(storage(spec)).name
    values = (f"v_{fact}", f"columns[{fact!r}].values[low:high]" + ("" if kind == "bool" else f".astype({kind}, copy=False)"))
    known = (f"k_{fact}", f"columns[{fact!r}].known[low:high]")
    if word[0] in "vk":
        return [values] if word[0] == "v" else [known]
    if fact in complete:
        return [values, (word, values[0] if word[0] == "t" else f"~{values[0]}")]
    return [values, known, (word, f"v_{fact} & k_{fact}" if word[0] == "t" else f"k_{fact} > v_{fact}")]


def _state(false: str, done: str, to_decide: str) -> str:
    """Source of the states: 3 (unknown) less 3 where surely not met, less 2 where entitled or 1 where for decision. No row is both."""
    parts = ["0" if false == TRUE else "3"]
    if false not in (TRUE, FALSE):
        parts.append(f"3 * {false}.view(uint8)")
    if done == TRUE:
        parts.append("1" if to_decide == TRUE else "2")
    elif done != FALSE:
        parts.append(f"{done}.view(uint8)" if to_decide == TRUE else f"2 * {done}.view(uint8)")
    spelled = " - ".join(parts)
    if to_decide not in (TRUE, FALSE) and done != FALSE:
        spelled += f" + {to_decide}.view(uint8)" if done == TRUE else f" + ({done} & {to_decide}).view(uint8)"
    return spelled


def _awards(done: Any, fen: Any, rows: int) -> Any:
    """The amounts of a block's awards."""
    if not isinstance(fen, np.ndarray):
        return np.broadcast_to(fen, rows if done is True else int(np.count_nonzero(np.broadcast_to(done, rows))))
    return np.broadcast_to(fen, rows)[np.broadcast_to(done, rows)]


def amounts(bounds: Term) -> Any:
    """The type that holds a rule's amounts."""
    return np.int32 if bounds.low >= -(2**31) and bounds.high < 2**31 else np.int64


def _constant(values: tuple[Any, ...]) -> Any:
    if isinstance(values[0], bool):
        return np.array(values)
    return np.array(values, _INTEGERS.get(bits_for(min(values), max(values)), np.object_))


def _unknown(spec: FactSpec, rows: int) -> Column:
    """A fact that nobody gave: one unknown value, seen as many."""
    return Column(np.broadcast_to(np.zeros(1, storage(spec)), rows), np.broadcast_to(np.zeros(1, np.bool_), rows))


def _whole_numbers(ids: Any) -> Any:
    """Ids as integers: the same number for the same id."""
    values = np.asarray(ids)
    return values if values.dtype.kind in "iu" else np.unique(values, return_inverse=True)[1]


def _supersede(places: Any, rule: str, result: Result, state: int = SUPERSEDED) -> None:
    """Take away awards by their place in the list."""
    awards = result.awards[rule]
    awards.states[awards.rows[places]] = state
    result.awards[rule] = Awards(awards.states, np.delete(awards.fen, places))


def _wait(rule: str, until: tuple[Any, Any], result: Result) -> None:
    """What is given only once something has come true waits; what cannot be told is unknown."""
    awards = result.awards[rule]
    rows = awards.rows
    values, known = (found[rows] for found in until)
    awards.states[rows[known & ~values]] = WAITING
    awards.states[rows[~known]] = UNKNOWN
    result.awards[rule] = Awards(awards.states, awards.fen[known & values])


def _limit_by(rule: BoundRule, per: Any, result: Result, awards: Awards) -> None:
    """A limit for each beneficiary and value of the rule's `of`; what rows have `taken` before stands ahead of what is cut."""
    limit = int(rule.limit or 0)
    rows, count, nobody = awards.rows, len(awards.states), (np.zeros(0, np.int64), np.zeros(0, np.bool_))
    of, of_known = result.definitions[rule.spec.limit_of] if rule.spec.limit_of else (np.zeros(count, np.int64), np.ones(count, np.bool_))
    taken, taken_known = result.definitions[rule.spec.limit_taken] if rule.spec.limit_taken else nobody
    before = np.flatnonzero((taken > 0) & taken_known)
    entitled = np.flatnonzero(awards.states[rows] == 1)
    places = np.concatenate([before, rows[entitled]])
    whose = per[places] if per is not None else places
    value = np.where(of_known[places], of[places], np.iinfo(np.int32).min).astype(np.int64)
    _, key = np.unique(np.stack([whose.astype(np.int64), value]), axis=1, return_inverse=True)
    wanted = [np.minimum(taken[before].astype(np.int64), limit), np.minimum(awards.fen[entitled].astype(np.int64), limit)]
    fen = np.concatenate(wanted)
    _cut(limit, np.arange(len(fen)), key.reshape(-1), fen)
    awards.fen[entitled] = fen[len(before) :]


def _limit(limit: int, per: Any, awards: Awards) -> None:
    """Cut each beneficiary's running sum at the limit."""
    least = min(limit, np.iinfo(awards.fen.dtype).max)
    for part, rows in awards.blocks():  # more than the limit says no more; the sums stay within 64 bits
        np.minimum(awards.fen[part], least, out=awards.fen[part], where=awards.states[rows] == 1)
    passes = 1 + len(awards.fen) // PASS
    for turn in range(
        passes if per is not None else 0
    ):  # beneficiaries by the remainder of their number, so that what is at hand stays small
        places, who = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        for part, rows in awards.blocks():
            beneficiary = per[rows]
            chosen = (awards.states[rows] == 1) & (beneficiary % passes == turn)
            places.append(np.flatnonzero(chosen) + part.start)
            who.append(beneficiary[chosen])
        _cut(limit, np.concatenate(places), np.concatenate(who), awards.fen)
    if len(awards.fen) and int(awards.fen.max()) < 2**31:
        awards.fen = awards.fen.astype(np.int32, copy=False)


def _cut(limit: int, places: Any, who: Any, fen: Any) -> None:
    order, first = _repeated(who)
    places = places[order]
    wanted = fen[places].astype(np.int64)
    before = np.cumsum(wanted) - wanted
    before -= np.repeat(before[first], np.diff(first, append=len(order)))
    fen[places] = np.minimum(wanted, np.maximum(limit - before, 0))


def _repeated(who: Any) -> tuple[Any, Any]:
    """(the places of numbers that stand more than once, equal ones together and in their own order; where in it each number begins)."""
    bits = len(who).bit_length()
    if len(who) and int(who.min()) >= 0 and int(who.max()) < 2 ** (63 - bits):
        # Number and place in one integer sort much faster than `argsort` does.
        packed = (who.astype(np.int64) << bits) | np.arange(len(who))
        packed.sort()
        same = (packed[1:] ^ packed[:-1]) < 1 << bits
        order = packed & ((1 << bits) - 1)
    else:
        order = np.argsort(who, kind="stable")
        same = who[order][1:] == who[order][:-1]
    follows = np.zeros(len(who) + 1, np.bool_)  # whether a place holds the same number as the one before it
    follows[1:-1] = same
    kept = follows[:-1] | follows[1:]
    return order[kept], np.flatnonzero(~follows[:-1][kept])


def add_years(days: Any, years: Any) -> Any:
    """Days moved by whole years; 29 February becomes the 28th in a common year."""
    if isinstance(years, int):
        return np.take(_moved(years), days - _LOW, mode="clip")
    index = days - _LOW
    month = np.clip(np.take(_MONTH, index, mode="clip") + 12 * np.asarray(years, np.int32), 0, len(_LENGTH) - 1)
    return np.take(_START, month) + np.minimum(np.take(_DAY, index, mode="clip"), np.take(_LENGTH, month) - 1)


@cache
def _moved(years: int) -> Any:
    """Every day moved by so many years."""
    return add_years(np.arange(_LOW, _LOW + len(_ALL_DAYS), dtype=np.int32), np.int32(years))


def year_of(days: Any) -> Any:
    """The calendar year of each day."""
    return np.take(_YEAR, days - _LOW, mode="clip")


def _take(table: Any, index: Any) -> Any:
    return np.take(table, index, mode="clip")


def _widen(values: Any) -> Any:
    return np.atleast_1d(values).astype(object)
