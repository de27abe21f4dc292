"""Generated machine code for a whole city: the same integer code as `arrays`, compiled by LLVM, with the same results.

A rule is two loops over a strip of rows that stays in the cache. The first has no branches and takes eight to sixty-four rows at a time; it
writes the states. What costs more (divisions, the calendar, 128-bit products, amounts) is left to the second, which looks only at
rows that nothing cheap has refused. A rule whose numbers may leave 128 bits is left to NumPy.

Machine code is kept in the cache folder under the hash of what it was made from and of the processor. Compiling takes 0.02 to 0.17 s a
subject (all nine rules with their definitions 0.4 s, the Panjin policy 0.6 s), loading from the cache a few ms, loading LLVM 0.07 s once.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable, Mapping
from importlib.util import find_spec
from threading import local
from typing import TYPE_CHECKING, Any

import numpy as np

from quintet.engine.backends import arrays
from quintet.engine.backends.arrays import ArrayProgram, Column, storage
from quintet.engine.backends.dialects import NativeDialect
from quintet.engine.backends.llvm_loops import (
    Assembly,
    Left,
    NativeLowering,
    TooWide,
    assembled,
    is_costly,
    outcome_of,
    write_awards,
    write_states,
    write_values,
)
from quintet.engine.backends.llvm_rows import CALENDAR, Code
from quintet.engine.backends.machine_code import LINKED, at_hand, linked

if TYPE_CHECKING:
    from quintet.engine.backends.arrays import Table
    from quintet.engine.packs.model import Bound, BoundSubject

# Rows from which machine code pays in a single run, at about 15 ns saved a row:
KEPT_PAYS = 5_000_000  # with the code in the cache (0.08 s to load LLVM and link)
ANEW_PAYS = 30_000_000  # with the code still to be compiled (0.2 to 0.4 s)


class NativeProgram(ArrayProgram):
    """Like ArrayProgram, compiled when it first meets a subject's table, or fetched from the cache."""

    def _function(self, subject: str, complete: frozenset[str]) -> Callable[..., Any]:
        key = (subject, complete)
        if key not in self._functions:
            self._functions[key] = self._bound(subject, complete)
        return self._functions[key]

    def prepare(self, tables: Mapping[str, Table]) -> None:
        """Compile now, or fetch from the cache, what these tables need."""
        for name, table in tables.items():
            self._function(name, arrays._complete(self.bound.subjects[name], table))

    def ready(self, tables: Mapping[str, Table]) -> bool:
        """Whether this process has the machine code for these tables."""
        return all(self.assembly(name, arrays._complete(self.bound.subjects[name], table)).text in LINKED for name, table in tables.items())

    def compiled(self, tables: Mapping[str, Table]) -> bool:
        """Whether the machine code for these tables is in this process or in the cache."""
        return all(at_hand(self.assembly(name, arrays._complete(self.bound.subjects[name], table)).text) for name, table in tables.items())

    def assembly(self, subject: str, complete: frozenset[str] = frozenset()) -> Assembly:
        """The text for LLVM of a subject's function, its columns and outputs."""
        part = self.bound.subjects[subject]
        lowering = NativeLowering(NativeDialect(), part.facts, part.definitions, always_known=complete)
        codes: list[tuple[Code, str]] = []
        rules: list[str] = []
        definitions: list[str] = []
        left = Left([], [])
        for rule in self.rules[subject]:
            try:
                outcome = outcome_of(lowering, rule)
            except TooWide:
                left.rules.append(rule.spec.id)
                continue
            self._amounts[rule.spec.id] = arrays.amounts(outcome.fen)
            place = f"r{len(rules)}_"
            first = Code(f"states{len(rules)}", part, lowering, complete, ["state"])
            second = Code(f"awards{len(rules)}", part, lowering, complete, ["state", "rows_found", "fen", "count"])
            write_awards(second, outcome, write_states(first, outcome))
            codes += [(first, place), (second, place)]
            rules.append(rule.spec.id)
        found: dict[bool, tuple[list[str], list[int], list[str]]] = {False: ([], [], []), True: ([], [], [])}
        for name in self.wanted[subject]:
            try:
                sources = self._definition(lowering, part, name)
            except TooWide:
                sources = []
            bits = _bits(part, name, self._types)
            if not sources or bits is None:
                left.definitions.append(name)
                continue
            together = found[is_costly(lowering, *sources)]
            together[0].extend(sources)
            together[1].extend([bits, 8])
            together[2].extend([f"value{len(definitions)}", f"known{len(definitions)}"])
            definitions.append(name)
        for costly, (sources_found, sizes, targets) in found.items():
            if targets:
                code = Code(f"values{int(costly)}", part, lowering, complete, targets)
                write_values(code, sources_found, sizes)
                codes.append((code, "d_"))
        return assembled(codes, rules, definitions, left)

    def _bound(self, subject: str, complete: frozenset[str]) -> Callable[..., Any]:
        """The function that `ArrayProgram.run` calls for each block."""
        assembly, part = self.assembly(subject, complete), self.bound.subjects[subject]
        block = linked(assembly.text)
        types = [np.dtype(np.bool_ if name[0] == "k" else storage(part.facts[name[2:]])) for name in assembly.columns]
        kinds = {"bool": np.bool_, "date": np.int32}
        values = [np.dtype(kinds.get(part.definitions[name].type.kind) or self._types[name]) for name in assembly.definitions]
        rest = ArrayProgram(self.bound, rules=assembly.left.rules, definitions=assembly.left.definitions)
        asked = [*(f"rule {rule.spec.id}" for rule in self.rules[subject]), *(f"definition {name}" for name in self.wanted[subject])]
        calendar, own = _pointers(CALENDAR), local()

        def run(columns: Mapping[str, Column], low: int, high: int, *moments: Any) -> tuple[Any, ...]:
            # A thread's own room, used for block after block: fresh pages would cost as much as the rules.
            if getattr(own, "rows", 0) < high - low:
                own.rows = high - low
                places = np.empty(own.rows, np.int32)  # one for all rules: the states tell them too
                own.rules = [
                    (np.empty(own.rows, np.uint8), places, np.empty(own.rows, np.int64), np.empty(1, np.int64)) for _ in assembly.rules
                ]
                own.values = [(np.empty(own.rows, kind), np.empty(own.rows, np.bool_)) for kind in values]
                own.pointers = _pointers(array for room in [*own.rules, *own.values] for array in room)
            for *_, count in own.rules:
                count[0] = 0
            read = [_slice(columns[name[2:]], name[0], low, high, kind) for name, kind in zip(assembly.columns, types, strict=True)]
            block(_pointers(read), own.pointers, calendar, high - low, *(int(moment) for moment in moments))
            outputs: dict[str, tuple[Any, Any]] = {}
            for rule, (states, _, fen, (count,)) in zip(assembly.rules, own.rules, strict=True):
                outputs[f"rule {rule}"] = (states[: high - low], fen[:count].astype(self._amounts[rule]))
            for name, (found, known) in zip(assembly.definitions, own.values, strict=True):
                outputs[f"definition {name}"] = (found[: high - low], known[: high - low])
            if rest_asked:
                more = iter(rest._function(subject, complete)(columns, low, high, *moments))
                outputs |= {name: (next(more), next(more)) for name in rest_asked}
            return tuple(item for name in asked for item in outputs[name])

        rest_asked = [*(f"rule {name}" for name in assembly.left.rules), *(f"definition {name}" for name in assembly.left.definitions)]
        if rest_asked:
            rest._function(subject, complete)
            self._types |= rest._types
            self._amounts |= rest._amounts
            self.denominators |= rest.denominators
        return run


def best_program(bound: Bound, tables: Mapping[str, Table], **wanted: Any) -> ArrayProgram:
    """A NativeProgram where it pays in this very run, else an ArrayProgram: nobody waits for a compiler longer than it saves.

    It pays when this process has the code already, or LLVM is installed and the tables are large.
    """
    rows = sum(table.rows for table in tables.values())
    if find_spec("llvmlite") is None or (rows < KEPT_PAYS and not LINKED):
        return ArrayProgram(bound, **wanted)
    program = NativeProgram(bound, **wanted)
    if rows >= ANEW_PAYS or program.ready(tables) or (rows >= KEPT_PAYS and program.compiled(tables)):
        return program
    return ArrayProgram(bound, **wanted)


def _bits(part: BoundSubject, name: str, types: Mapping[str, Any]) -> int | None:
    kind = part.definitions[name].type.kind
    if kind == "number":
        return None if types.get(name, np.object_) is np.object_ else np.dtype(types[name]).itemsize * 8
    return 8 if kind == "bool" else 32


def _slice(column: Column, kind: str, low: int, high: int, wanted: Any) -> Any:
    values = column.values if kind == "v" else column.known
    assert values is not None
    return np.ascontiguousarray(values[low:high], wanted)


def _pointers(found: Iterable[Any]) -> Any:
    addresses = [array.__array_interface__["data"][0] for array in found]
    return (ctypes.c_void_p * max(len(addresses), 1))(*addresses)
