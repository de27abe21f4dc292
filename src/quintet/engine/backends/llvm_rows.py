"""One row in the text that LLVM reads: the assignments of the lowering, spelled as its instructions."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from quintet.engine.backends import arrays
from quintet.engine.backends.arrays import storage
from quintet.engine.backends.terms import WIDE, bits_for

if TYPE_CHECKING:
    from quintet.engine.backends.lowering import Lowering
    from quintet.engine.packs.model import BoundSubject

CALENDAR = (arrays._MONTH, arrays._DAY, arrays._YEAR, arrays._START, arrays._LENGTH)
DAYS, MONTHS = len(arrays._MONTH), len(arrays._LENGTH)
MOMENTS = {"on": 32, "year_start": 32, "year_end": 32, "year": 16}
TABLES = ("months", "days", "years", "starts", "lengths")
COMMON = ", ".join([*(f"i{bits} %{name}" for name, bits in MOMENTS.items()), *(f"ptr %{name}" for name in TABLES), "i64 %from", "i64 %to"])
ORDERS = {ast.Lt: "slt", ast.LtE: "sle", ast.Gt: "sgt", ast.GtE: "sge", ast.Eq: "eq", ast.NotEq: "ne"}
ARITHMETIC = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul"}


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
    """Writes the assignments for one row, each once."""

    def __init__(self, code: Code) -> None:
        self.code, self.lowering = code, code.lowering
        self.known: dict[str, Value] = {}

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
