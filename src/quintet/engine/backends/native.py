"""Generated machine code for a whole city: the same integer code as `arrays`, compiled by LLVM, with the same results.

A rule is two loops over a strip of rows that stays in the cache. The first has no branches and takes eight to sixty-four rows at a time; it
writes the states. What costs more (divisions, the calendar, 128-bit products, amounts) is left to the second, which looks only at
rows that nothing cheap has refused. A rule whose numbers may leave 128 bits is left to NumPy.

Machine code is kept in the cache folder under the hash of what it was made from and of the processor. Compiling takes 0.02 to 0.17 s a
subject (all nine rules with their definitions 0.4 s, the Panjin policy 0.6 s), loading from the cache a few ms, loading LLVM 0.07 s once.
"""

from __future__ import annotations

import ast
import ctypes
import os
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from threading import Lock, local
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from quintet.engine.backends import arrays
from quintet.engine.backends.arrays import ArrayProgram, Column, storage
from quintet.engine.backends.lowering import FALSE, WIDE, Dialect, Lowering, Term, bits_for
from quintet.engine.backends.scalar import settle
from quintet.engine.runtime import cache_folder

if TYPE_CHECKING:
    from quintet.engine.backends.arrays import Table
    from quintet.engine.packs.model import Bound, BoundRule, BoundSubject

STRIP = 4096  # rows of a strip: a hundred bytes each fit the second-level cache
# Rows from which machine code pays in a single run, at about 15 ns saved a row:
KEPT_PAYS = 5_000_000  # with the code in the cache (0.08 s to load LLVM and link)
ANEW_PAYS = 30_000_000  # with the code still to be compiled (0.2 to 0.4 s)
PENDING = 255  # the state of a row that the second loop decides
COSTLY = re.compile(r"//|\b(?:add_years|year_of|int128)\(")
CALENDAR = (arrays._MONTH, arrays._DAY, arrays._YEAR, arrays._START, arrays._LENGTH)
DAYS, MONTHS = len(arrays._MONTH), len(arrays._LENGTH)


class NativeDialect(Dialect):
    """How the code spells what machine code says its own way."""

    def table(self, lowering: Lowering, values: list[int], index: str) -> str:
        return f"take({lowering.constant(tuple(values))}, {index})"

    def flags(self, lowering: Lowering, values: list[bool], index: str) -> str:
        return " or ".join(f"{index} == {code}" for code, chosen in enumerate(values) if chosen) or FALSE

    def steps(self, lowering: Lowering, flags: list[str], values: list[int]) -> str:
        differences = [value - after for value, after in pairwise(values)]
        return f"int{bits_for(min(*values, *differences), max(*values, *differences))}({super().steps(lowering, flags, values)})"

    def cast(self, src: str, bits: int) -> str:
        return f"int{bits}({src})"

    def fact_true(self, name: str) -> str:
        return f"t_{name}"

    def fact_false(self, name: str) -> str:
        return f"f_{name}"


class TooWide(Exception):
    """An integer that 128 bits may not hold."""


class NativeLowering(Lowering):
    def arith(self, op: str, a: Term, b: Term) -> Term:
        found = super().arith(op, a, b)
        if max(-found.low, found.high) >= 2**126:
            raise TooWide
        return found


class Value(NamedTuple):
    """An operand of LLVM and its bits; a flag has one. A constant has the fewest, and goes for more as it is."""

    src: str
    bits: int
    const: bool = False


class Code:
    """A function that goes over the rows from..to: its text, and the facts it reads, in the order of its arguments."""

    def __init__(self, name: str, part: BoundSubject, lowering: Lowering, complete: frozenset[str], outputs: list[str]) -> None:
        self.name, self.part, self.lowering, self.complete, self.outputs = name, part, lowering, complete, outputs
        self.lines: list[str] = []
        self.columns: list[str] = []
        self.tables: dict[str, str] = {}

    def new(self, expression: str) -> str:
        self.say(f"%t{len(self.lines)} = {expression}")
        return f"%t{len(self.lines) - 1}"

    def say(self, line: str) -> None:
        self.lines.append(f"  {line}")

    def label(self, name: str) -> None:
        self.lines.append(f"{name}:")

    def store(self, bits: int, value: str, target: str, index: str = "%i") -> None:
        self.say(f"store i{bits} {value}, ptr {self.new(f'getelementptr i{bits}, ptr %{target}, i64 {index}')}, align {bits // 8}")

    def column(self, name: str) -> str:
        """The argument that points at a fact's values (v_…) or at what is known of it (k_…)."""
        if name not in self.columns:
            self.columns.append(name)
        return f"%column{self.columns.index(name)}"

    def text(self) -> str:
        given = [*(f"ptr noalias %column{place}" for place in range(len(self.columns))), *(f"ptr noalias %{name}" for name in self.outputs)]
        head = f"define internal void @{self.name}({', '.join([*given, COMMON])}) #0 {{"
        tables = [f"@{self.name}{name} = internal constant {text}" for text, name in self.tables.items()]
        return "\n".join([*tables, head, *self.lines, "}"])

    def call(self, columns: list[str], outputs: str) -> list[str]:
        """How the whole function calls this one; `outputs` is what its outputs are called there."""
        given = [*(f"ptr %c{columns.index(name)}" for name in self.columns), *(f"ptr %{outputs}{name}" for name in self.outputs)]
        return [f"  call void @{self.name}({', '.join([*given, COMMON])})"]


class Row:
    """Writes the assignments for one row, each once; where a branch begins, a copy goes on."""

    def __init__(self, code: Code, known: Mapping[str, Value] | None = None) -> None:
        self.code, self.lowering = code, code.lowering
        self.known: dict[str, Value] = dict(known or {})

    def branch(self) -> Row:
        return Row(self.code, self.known)

    def of(self, expression: str) -> Value:
        """The value of an expression over the assignments."""
        for name, assigned in self.lowering.needed([expression]):
            if name not in self.known:
                self.known[name] = self.value(ast.parse(assigned, mode="eval").body)
        return self.value(ast.parse(expression, mode="eval").body)

    def _name(self, name: str) -> Value:
        if name not in self.known:
            self.known[name] = Value(f"%{name}", MOMENTS[name]) if name in MOMENTS else self._fetch(name)
        return self.known[name]

    def _fetch(self, name: str) -> Value:
        kind, fact = name[0], name[2:]
        if kind in "tf":
            return self._yes(fact) if kind == "t" else self._no(fact)
        spec = self.code.part.facts[fact]
        bits = 8 if kind == "k" else np.dtype(storage(spec)).itemsize * 8
        at = self.code.new(f"getelementptr i{bits}, ptr {self.code.column(name)}, i64 %i")
        loaded = self.code.new(f"load i{bits}, ptr {at}, align {bits // 8}")
        if kind == "k" or spec.type.kind == "bool":
            return Value(self.code.new(f"icmp ne i8 {loaded}, 0"), 1)
        return Value(loaded, bits)

    def _yes(self, fact: str) -> Value:
        value = self._name(f"v_{fact}")
        return value if fact in self.code.complete else Value(self.code.new(f"and i1 {value.src}, {self._name(f'k_{fact}').src}"), 1)

    def _no(self, fact: str) -> Value:
        no = self.code.new(f"xor i1 {self._name(f'v_{fact}').src}, true")
        return Value(no if fact in self.code.complete else self.code.new(f"and i1 {no}, {self._name(f'k_{fact}').src}"), 1)

    # expressions -----------------------------------------------------------------------------------------------------

    def value(self, node: ast.expr) -> Value:
        match node:
            case ast.Name(id=name):
                return self._name(name)
            case ast.Constant(value=bool() as flag):
                return Value(str(flag).lower(), 1)
            case ast.Constant(value=int() as number):
                return _constant(number)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as number)):
                return _constant(-number)
            case ast.UnaryOp(op=ast.Not(), operand=item):
                return Value(self.code.new(f"xor i1 {self.value(item).src}, true"), 1)
            case ast.BoolOp(op=op, values=items):
                return self._logic("and" if isinstance(op, ast.And) else "or", [self.value(item) for item in items])
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                a, b, bits = self._same(self.value(left), self.value(right))
                return Value(self.code.new(f"icmp {ORDERS[type(op)]} i{bits} {a}, {b}"), 1)
            case ast.BinOp(left=left, op=ast.FloorDiv(), right=right):
                return self._divide(*self._same(self.value(left), self.value(right)))
            case ast.BinOp(left=left, op=op, right=right):
                a, b, bits = self._same(self.value(left), self.value(right))
                return Value(self.code.new(f"{ARITHMETIC[type(op)]} i{bits} {a}, {b}"), bits)
            case ast.IfExp(test=test, body=then, orelse=other):
                condition = self.value(test)
                a, b, bits = self._same(self.value(then), self.value(other))
                return Value(self.code.new(f"select i1 {condition.src}, i{bits} {a}, i{bits} {b}"), bits)
            case ast.Call(func=ast.Name(id="take"), args=[ast.Name(id=table), index]):
                return self._take(table, self.value(index))
            case ast.Call(func=ast.Name(id="add_years"), args=[days, years]):
                return self._add_years(self.value(days), self.value(years))
            case ast.Call(func=ast.Name(id="year_of"), args=[days]):
                return Value(self._element("years", 16, self._day(self.value(days))), 16)
            case ast.Call(func=ast.Name(id=cast), args=[item]):
                bits = int(cast.removeprefix("int"))
                return Value(self.sized(self.value(item), bits), bits)
        raise AssertionError(ast.dump(node))

    def _logic(self, op: str, items: list[Value]) -> Value:
        found = items[0]
        for item in items[1:]:
            found = Value(self.code.new(f"{op} i1 {found.src}, {item.src}"), 1)
        return found

    def sized(self, value: Value, bits: int) -> str:
        """The operand in so many bits."""
        if value.const or value.bits == bits:
            return value.src
        return self.code.new(f"{'sext' if value.bits < bits else 'trunc'} i{value.bits} {value.src} to i{bits}")

    def _same(self, a: Value, b: Value) -> tuple[str, str, int]:
        bits = max(a.bits, b.bits)
        return self.sized(a, bits), self.sized(b, bits), bits

    def _divide(self, a: str, b: str, bits: int) -> Value:
        """Downwards, as Python does. The divisor is never 0, except where it is not known: then nobody asks for the quotient."""
        if not b.isdigit():
            b = self.code.new(f"select i1 {self.code.new(f'icmp sgt i{bits} {b}, 0')}, i{bits} {b}, i{bits} 1")
        if bits == WIDE:
            return Value(self.code.new(f"call i128 @floor_divide(i128 {a}, i128 {b})"), WIDE)
        quotient = self.code.new(f"sdiv i{bits} {a}, {b}")
        rest = self.code.new(f"srem i{bits} {a}, {b}")
        below = self.code.new(f"sext i1 {self.code.new(f'icmp slt i{bits} {rest}, 0')} to i{bits}")
        return Value(self.code.new(f"add i{bits} {quotient}, {below}"), bits)

    def _take(self, table: str, index: Value) -> Value:
        values = [int(value) for value in self.lowering.constants[table]]  # type: ignore[call-overload]
        bits = bits_for(min(values), max(values))
        items = ", ".join(f"i{bits} {value}" for value in values)
        name = self.code.tables.setdefault(f"[{len(values)} x i{bits}] [{items}]", f"table{len(self.code.tables)}")
        at = self.code.new(f"getelementptr i{bits}, ptr @{self.code.name}{name}, i64 {self._clipped(self.sized(index, 64), len(values))}")
        return Value(self.code.new(f"load i{bits}, ptr {at}, align {bits // 8}"), bits)

    def _clipped(self, index: str, size: int) -> str:
        least = self.code.new(f"call i64 @llvm.smax.i64(i64 {index}, i64 0)")
        return self.code.new(f"call i64 @llvm.smin.i64(i64 {least}, i64 {size - 1})")

    def _day(self, days: Value) -> str:
        return self._clipped(self.code.new(f"sub i64 {self.sized(days, 64)}, {arrays._LOW}"), DAYS)

    def _element(self, table: str, bits: int, index: str) -> str:
        at = self.code.new(f"getelementptr i{bits}, ptr %{table}, i64 {index}")
        return self.code.new(f"load i{bits}, ptr {at}, align {bits // 8}")

    def _add_years(self, days: Value, years: Value) -> Value:
        """As `arrays.add_years`."""
        day = self._day(days)
        month = self.code.new(f"sext i32 {self._element('months', 32, day)} to i64")
        moved = self._clipped(self.code.new(f"add i64 {month}, {self.code.new(f'mul i64 {self.sized(years, 64)}, 12')}"), MONTHS)
        last = self.code.new(f"sub i32 {self._element('lengths', 32, moved)}, 1")
        within = self.code.new(f"call i32 @llvm.smin.i32(i32 {self._element('days', 32, day)}, i32 {last})")
        return Value(self.code.new(f"add i32 {self._element('starts', 32, moved)}, {within}"), 32)


def _constant(number: int) -> Value:
    return Value(str(number), bits_for(number, number), True)


MOMENTS = {"on": 32, "year_start": 32, "year_end": 32, "year": 16}
TABLES = ("months", "days", "years", "starts", "lengths")
COMMON = ", ".join([*(f"i{bits} %{name}" for name, bits in MOMENTS.items()), *(f"ptr %{name}" for name in TABLES), "i64 %from", "i64 %to"])
ORDERS = {ast.Lt: "slt", ast.LtE: "sle", ast.Gt: "sgt", ast.GtE: "sge", ast.Eq: "eq", ast.NotEq: "ne"}
ARITHMETIC = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul"}
SIGNATURE = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 3, ctypes.c_int64, *[ctypes.c_int32] * 3, ctypes.c_int16)
HEAD = """
declare i64 @llvm.smax.i64(i64, i64)
declare i64 @llvm.smin.i64(i64, i64)
declare i32 @llvm.smin.i32(i32, i32)
attributes #0 = { noinline nounwind "prefer-vector-width"="512" }
"""
FLOOR_DIVIDE = """
define internal i128 @floor_divide(i128 %a, i128 %b) noinline nounwind {
  %a64 = trunc i128 %a to i64
  %b64 = trunc i128 %b to i64
  %a_again = sext i64 %a64 to i128
  %b_again = sext i64 %b64 to i128
  %a_fits = icmp eq i128 %a, %a_again
  %b_fits = icmp eq i128 %b, %b_again
  %fits = and i1 %a_fits, %b_fits
  br i1 %fits, label %short, label %long
short:
  %q64 = sdiv i64 %a64, %b64
  %r64 = srem i64 %a64, %b64
  %under = icmp slt i64 %r64, 0
  %less = sext i1 %under to i64
  %found64 = add i64 %q64, %less
  %found = sext i64 %found64 to i128
  ret i128 %found
long:
  %negative = icmp slt i128 %a, 0
  %minus = sub i128 0, %a
  %size = select i1 %negative, i128 %minus, i128 %a
  br label %bit
bit:
  %step = phi i32 [ 0, %long ], [ %step_next, %bit ]
  %left = phi i128 [ %size, %long ], [ %left_next, %bit ]
  %rest = phi i128 [ 0, %long ], [ %rest_next, %bit ]
  %quotient = phi i128 [ 0, %long ], [ %quotient_next, %bit ]
  %top = lshr i128 %left, 127
  %left_next = shl i128 %left, 1
  %doubled = shl i128 %rest, 1
  %brought = or i128 %doubled, %top
  %goes = icmp uge i128 %brought, %b
  %taken = select i1 %goes, i128 %b, i128 0
  %rest_next = sub i128 %brought, %taken
  %shifted = shl i128 %quotient, 1
  %one = zext i1 %goes to i128
  %quotient_next = or i128 %shifted, %one
  %step_next = add i32 %step, 1
  %more = icmp ult i32 %step_next, 128
  br i1 %more, label %bit, label %done
done:
  %uneven = icmp ne i128 %rest_next, 0
  %extra = zext i1 %uneven to i128
  %up = add i128 %quotient_next, %extra
  %down = sub i128 0, %up
  %signed = select i1 %negative, i128 %down, i128 %quotient_next
  ret i128 %signed
}
"""


class Outcome(NamedTuple):
    """Source of what a rule says of a row: surely not met, met and its amount known, for a person to decide, the amount."""

    false: str
    done: str
    to_decide: str
    fen: str


def _outcome(lowering: Lowering, rule: BoundRule) -> Outcome:
    true, false, amount, decided, to_decide, _ = settle(lowering, rule)
    if bits_for(amount.num.low, amount.num.high) == WIDE:
        raise TooWide
    return Outcome(false, lowering.both(true, lowering.known(amount.known), lowering.either(decided, to_decide)), to_decide, amount.num.src)


def _costly(lowering: Lowering, *expressions: str) -> bool:
    return any(COSTLY.search(text) for text in (*expressions, *(text for _, text in lowering.needed(list(expressions)))))


def _refusals(lowering: Lowering, false: str) -> list[str]:
    """The flags of which one suffices for a refusal."""
    body, found, waiting = dict(lowering.lines), [], [false]
    while waiting:
        flag = waiting.pop()
        either = re.fullmatch(r"(\w+) or (\w+)", body.get(flag, ""))
        if either:
            waiting += either.groups()
        else:
            found.append(flag)
    return found[::-1]


def _begin(code: Code) -> Row:
    code.say("br label %rows")
    code.label("rows")
    code.say("%i = phi i64 [ %from, %0 ], [ %next, %after ]")
    return Row(code)


def _end(code: Code) -> None:
    code.say("br label %after")
    code.label("after")
    code.say("%next = add nuw nsw i64 %i, 1")
    code.say("%more = icmp slt i64 %next, %to")
    code.say("br i1 %more, label %rows, label %end")
    code.label("end")
    code.say("ret void")


def _state(row: Row, outcome: Outcome) -> str:
    """0 not entitled, 1 entitled, 2 for decision, 3 unknown."""
    done = row.code.new(f"select i1 {row.of(outcome.to_decide).src}, i8 2, i8 1")
    reached = row.code.new(f"select i1 {row.of(outcome.done).src}, i8 {done}, i8 3")
    return row.code.new(f"select i1 {row.of(outcome.false).src}, i8 0, i8 {reached}")


def _rule(code: Code, outcome: Outcome) -> bool:
    """The first loop: states, or PENDING where something costly has to be asked. Tells whether there are such."""
    costly = _costly(code.lowering, outcome.false, outcome.done, outcome.to_decide)
    row = _begin(code)
    if costly:
        state = str(PENDING)
        for flag in _refusals(code.lowering, outcome.false):
            if not _costly(code.lowering, flag):
                state = code.new(f"select i1 {row.of(flag).src}, i8 0, i8 {state}")
    else:
        state = _state(row, outcome)
    code.store(8, state, "state")
    _end(code)
    return costly


def _awards(code: Code, outcome: Outcome, pending: bool) -> None:
    """The second loop: pending states, and a line for each row that is entitled or for decision."""
    code.say("%so_far = load i64, ptr %count, align 8")
    code.say("br label %rows")
    code.label("rows")
    code.say("%i = phi i64 [ %from, %0 ], [ %next, %after ]")
    code.say("%n = phi i64 [ %so_far, %0 ], [ %n_next, %after ]")
    row = Row(code)
    state = code.new(f"load i8, ptr {code.new('getelementptr i8, ptr %state, i64 %i')}, align 1")
    if pending:
        code.say(f"br i1 {code.new(f'icmp eq i8 {state}, {PENDING}')}, label %decide, label %after")
        code.label("decide")
        state = _state(row, outcome)
        code.store(8, state, "state")
        came = "[ %n, %rows ], [ %n, %decide ]"
    else:
        came = "[ %n, %rows ]"
    less = code.new(f"sub i8 {state}, 1")
    code.say(f"br i1 {code.new(f'icmp ult i8 {less}, 2')}, label %award, label %after")
    code.label("award")
    fen = row.of(outcome.fen)
    code.store(64, row.sized(fen, 64), "fen", "%n")
    code.store(32, code.new("trunc i64 %i to i32"), "rows_found", "%n")
    code.say("%n_more = add i64 %n, 1")
    code.say("br label %after")
    code.label("after")
    code.say(f"%n_next = phi i64 {came}, [ %n_more, %award ]")
    code.say("%next = add nuw nsw i64 %i, 1")
    code.say("%more = icmp slt i64 %next, %to")
    code.say("br i1 %more, label %rows, label %end")
    code.label("end")
    code.say("store i64 %n_next, ptr %count, align 8")
    code.say("ret void")


def _values(code: Code, sources: list[str], bits: list[int]) -> None:
    """The loop that writes definitions: each value and whether it is known."""
    row = _begin(code)
    for source, size, target in zip(sources, bits, code.outputs, strict=True):
        value = row.of(source)
        if value.bits == 1:
            code.store(8, code.new(f"zext i1 {value.src} to i8"), target)
        else:
            code.store(size, row.sized(value, size), target)
    _end(code)


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
        return all(
            self.assembly(name, arrays._complete(self.bound.subjects[name], table)).text in _LINKED for name, table in tables.items()
        )

    def compiled(self, tables: Mapping[str, Table]) -> bool:
        """Whether the machine code for these tables is in this process or in the cache."""
        return all(_at_hand(self.assembly(name, arrays._complete(self.bound.subjects[name], table)).text) for name, table in tables.items())

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
                outcome = _outcome(lowering, rule)
            except TooWide:
                left.rules.append(rule.spec.id)
                continue
            place = f"r{len(rules)}_"
            first = Code(f"states{len(rules)}", part, lowering, complete, ["state"])
            second = Code(f"awards{len(rules)}", part, lowering, complete, ["state", "rows_found", "fen", "count"])
            _awards(second, outcome, _rule(first, outcome))
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
            together = found[_costly(lowering, *sources)]
            together[0].extend(sources)
            together[1].extend([bits, 8])
            together[2].extend([f"value{len(definitions)}", f"known{len(definitions)}"])
            definitions.append(name)
        for costly, (sources_found, sizes, targets) in found.items():
            if targets:
                code = Code(f"values{int(costly)}", part, lowering, complete, targets)
                _values(code, sources_found, sizes)
                codes.append((code, "d_"))
        return _assembled(codes, rules, definitions, left)

    def _bound(self, subject: str, complete: frozenset[str]) -> Callable[..., Any]:
        """The function that `ArrayProgram.run` calls for each block."""
        assembly, part = self.assembly(subject, complete), self.bound.subjects[subject]
        block = _linked(assembly.text)
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
                own.rules = [
                    (np.empty(own.rows, np.uint8), np.empty(own.rows, np.int32), np.empty(own.rows, np.int64), np.empty(1, np.int64))
                    for _ in assembly.rules
                ]
                own.values = [(np.empty(own.rows, kind), np.empty(own.rows, np.bool_)) for kind in values]
                own.pointers = _pointers(array for room in [*own.rules, *own.values] for array in room)
            for *_, count in own.rules:
                count[0] = 0
            read = [_slice(columns[name[2:]], name[0], low, high, kind) for name, kind in zip(assembly.columns, types, strict=True)]
            block(_pointers(read), own.pointers, calendar, high - low, *(int(moment) for moment in moments))
            outputs: dict[str, tuple[Any, Any]] = {}
            for rule, (states, rows, fen, (count,)) in zip(assembly.rules, own.rules, strict=True):
                outputs[f"rule {rule}"] = (states[: high - low], (low, rows[:count].copy(), fen[:count].copy()))
            for name, (found, known) in zip(assembly.definitions, own.values, strict=True):
                outputs[f"definition {name}"] = (found[: high - low], known[: high - low])
            if rest_asked:
                more = iter(rest._function(subject, complete)(columns, low, high, *moments))
                outputs |= {name: (next(more), next(more)) for name in rest_asked}
            return tuple(item for name in asked for item in outputs[name])

        rest_asked = [*(f"rule {name}" for name in assembly.left.rules), *(f"definition {name}" for name in assembly.left.definitions)]
        if rest_asked:
            rest._function(subject, complete)
        return run


def best_program(bound: Bound, tables: Mapping[str, Table], **wanted: Any) -> ArrayProgram:
    """A NativeProgram where it pays in this very run, else an ArrayProgram: nobody waits for a compiler longer than it saves.

    It pays when this process has the code already, or LLVM is installed and the tables are large.
    """
    rows = sum(table.rows for table in tables.values())
    if find_spec("llvmlite") is None or (rows < KEPT_PAYS and not _LINKED):
        return ArrayProgram(bound, **wanted)
    program = NativeProgram(bound, **wanted)
    if rows >= ANEW_PAYS or program.ready(tables) or (rows >= KEPT_PAYS and program.compiled(tables)):
        return program
    return ArrayProgram(bound, **wanted)


class Left(NamedTuple):
    """Rules and definitions that machine integers do not hold."""

    rules: list[str]
    definitions: list[str]


class Assembly(NamedTuple):
    """A function's text, the columns it reads (v_fact or k_fact), and what it writes in which order."""

    text: str
    columns: list[str]
    rules: list[str]
    definitions: list[str]
    left: Left


def _bits(part: BoundSubject, name: str, types: Mapping[str, Any]) -> int | None:
    kind = part.definitions[name].type.kind
    if kind == "number":
        return None if types.get(name, np.object_) is np.object_ else np.dtype(types[name]).itemsize * 8
    return 8 if kind == "bool" else 32


def _assembled(codes: list[tuple[Code, str]], rules: list[str], definitions: list[str], left: Left) -> Assembly:
    columns = list(dict.fromkeys(name for code, _ in codes for name in code.columns))
    outputs = [f"r{place}_{name}" for place in range(len(rules)) for name in ("state", "rows_found", "fen", "count")]
    outputs += [f"d_{name}{place}" for place in range(len(definitions)) for name in ("value", "known")]
    moments = ", ".join(f"i{bits} %{name}" for name, bits in MOMENTS.items())
    lines = [
        HEAD,
        FLOOR_DIVIDE,
        *(code.text() for code, _ in codes),
        f"define void @block(ptr %columns, ptr %outputs, ptr %calendar, i64 %rows, {moments}) {{",
    ]
    for source, names in (("columns", [f"c{place}" for place in range(len(columns))]), ("outputs", outputs), ("calendar", TABLES)):
        for place, name in enumerate(names):
            lines += [f"  %at_{name} = getelementptr ptr, ptr %{source}, i64 {place}", f"  %{name} = load ptr, ptr %at_{name}, align 8"]
    lines += [
        "  br label %strip",
        "strip:",
        "  %from = phi i64 [ 0, %0 ], [ %to, %strip ]",
        f"  %end = add i64 %from, {STRIP}",
        "  %to = call i64 @llvm.smin.i64(i64 %end, i64 %rows)",
    ]
    lines += [line for code, place in codes for line in code.call(columns, place)]
    lines += ["  %more = icmp slt i64 %to, %rows", "  br i1 %more, label %strip, label %done", "done:", "  ret void", "}"]
    return Assembly("\n".join(lines) + "\n", columns, rules, definitions, left)


def _slice(column: Column, kind: str, low: int, high: int, wanted: Any) -> Any:
    values = column.values if kind == "v" else column.known
    assert values is not None
    return np.ascontiguousarray(values[low:high], wanted)


def _pointers(found: Iterable[Any]) -> Any:
    addresses = [array.__array_interface__["data"][0] for array in found]
    return (ctypes.c_void_p * max(len(addresses), 1))(*addresses)


# compiling -----------------------------------------------------------------------------------------------------------


@cache
def _machine() -> tuple[Any, str]:
    """LLVM's view of this processor, and its name with all its features."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    name, features = llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()
    target = llvm.Target.from_default_triple().create_target_machine(cpu=name, features=features, opt=3, jit=True)
    return target, f"{llvm.llvm_version_info} {target.triple} {name} {features}"


def _file(text: str) -> Path:
    return cache_folder() / f"{sha256(f'{_machine()[1]} {text}'.encode()).hexdigest()[:40]}.native"


def _at_hand(text: str) -> bool:
    return text in _LINKED or _file(text).is_file()


def _kept(path: Path) -> bytes | None:
    """The machine code of a file, if it is whole."""
    try:
        found = path.read_bytes()
    except OSError:
        return None
    return found[32:] if sha256(found[32:]).digest() == found[:32] else None


def _keep(path: Path, code: bytes) -> None:
    """Write machine code to the cache; a cache that cannot be written is no error."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = path.with_suffix(f".{os.getpid()}")
        partial.write_bytes(sha256(code).digest() + code)
        partial.replace(path)
    except OSError:
        return


def _compile(text: str) -> bytes:
    import llvmlite.binding as llvm

    target, _ = _machine()
    module = llvm.parse_assembly(text)
    options = llvm.create_pipeline_tuning_options(speed_level=3)
    options.loop_vectorization = True
    builder = llvm.create_pass_builder(target, options)
    builder.getModulePassManager().run(module, builder)
    return bytes(target.emit_object(module))


_LINKED: dict[str, tuple[Any, Any]] = {}
_LINKING = Lock()


def _linked(text: str) -> Any:
    """The function `block` of a text, compiled or from the cache. It lets go of the interpreter while it runs."""
    import llvmlite.binding as llvm

    with _LINKING:
        if text not in _LINKED:
            path = _file(text)
            code = _kept(path)
            if code is None:
                code = _compile(text)
                _keep(path, code)
            library = llvm.JITLibraryBuilder().add_object_img(code).add_current_process().export_symbol("block")
            tracker = library.link(_jit(), f"quintet{len(_LINKED)}")
            _LINKED[text] = (SIGNATURE(tracker["block"]), tracker)
    return _LINKED[text][0]


@cache
def _jit() -> Any:
    import llvmlite.binding as llvm

    return llvm.create_lljit_compiler(_machine()[0])
