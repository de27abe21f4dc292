"""Typed tree → integer code, once for every generator.

A number becomes a numerator and a positive denominator, a condition two flags (surely true, surely false), and everything
carries whether it is known. The range of every integer is tracked, so that a product that may leave int64 is seen here.
The two dialects differ only in how they spell `and`, `or`, `not`, a choice, a table look-up.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import reduce
from math import lcm
from typing import NamedTuple

from quintet.engine.expressions import nodes as n
from quintet.engine.expressions.parser import ExpressionError
from quintet.engine.packs.model import FactSpec
from quintet.engine.values import EARLIEST, LATEST, date_of, days_of

TRUE, FALSE = "True", "False"
ALWAYS: frozenset[str] = frozenset()
DAYS = (days_of(EARLIEST), days_of(LATEST))
REACH = (days_of(date(1700, 1, 1)), days_of(date(2400, 12, 31)))  # calculated dates must stay within


WIDE = 128  # bits of what no machine integer holds: long integers of Python


class Term(NamedTuple):
    """An integer: how it is spelled, the least and most it can be, and the bits an array of it has (a constant has none)."""

    src: str
    low: int
    high: int
    bits: int

    @property
    def const(self) -> bool:
        return self.low == self.high


def bits_for(low: int, high: int) -> int:
    """The bits of the smallest integer that holds everything from low to high: 8, 16, 32, 64 or WIDE."""
    return next((bits for bits in (8, 16, 32, 64) if -(2 ** (bits - 1)) < low and high < 2 ** (bits - 1)), WIDE)


class Number(NamedTuple):
    known: frozenset[str]
    num: Term
    den: Term


class Logic(NamedTuple):
    true: str
    false: str


class Scalar(NamedTuple):
    """A date in days, or a text as the index in its closed list."""

    known: frozenset[str]
    term: Term
    choices: tuple[str, ...] = ()


def const(value: int) -> Term:
    return Term(f"({value})" if value < 0 else str(value), value, value, 0)


class Dialect:
    """How Python on single values spells things."""

    def both(self, a: str, b: str) -> str:
        return f"{a} and {b}"

    def either(self, a: str, b: str) -> str:
        return f"{a} or {b}"

    def and_not(self, a: str, b: str) -> str:
        return f"{a} and not {b}"

    def negate(self, a: str) -> str:
        return f"not {a}"

    def choose(self, condition: str, a: str, b: str) -> str:
        return f"{a} if {condition} else {b}"

    def least(self, a: str, b: str) -> str:
        return f"{a} if {a} <= {b} else {b}"

    def most(self, a: str, b: str) -> str:
        return f"{a} if {a} >= {b} else {b}"

    def table(self, lowering: Lowering, values: list[int], index: str) -> str:
        return f"{lowering.constant(tuple(values))}[{index}]"

    def flags(self, lowering: Lowering, values: list[bool], index: str) -> str:
        return f"{lowering.constant(tuple(values))}[{index}]"

    def steps(self, lowering: Lowering, flags: list[str], values: list[int]) -> str:
        """A value for each flag, and a last one; where a flag is set, so are all after it."""
        return " else ".join([f"{value} if {flag}" for flag, value in zip(flags, values, strict=False)] + [str(values[-1])])

    def cast(self, src: str, bits: int) -> str:
        return src

    def fact_true(self, name: str) -> str:
        return f"v_{name} is True"

    def fact_false(self, name: str) -> str:
        return f"v_{name} is False"

    def fact_known(self, name: str) -> str:
        return f"k_{name}"


class ArrayDialect(Dialect):
    """How NumPy on whole columns spells things."""

    def both(self, a: str, b: str) -> str:
        return f"{a} & {b}"

    def either(self, a: str, b: str) -> str:
        return f"{a} | {b}"

    def and_not(self, a: str, b: str) -> str:
        return f"{a} > {b}"  # on booleans: a and not b, in one pass

    def negate(self, a: str) -> str:
        return f"~{a}"

    def choose(self, condition: str, a: str, b: str) -> str:
        return f"({a} - {b}) * {condition} + {b}"  # exact whatever wraps on the way, and twice as fast as `where`

    def least(self, a: str, b: str) -> str:
        return f"minimum({a}, {b})"

    def most(self, a: str, b: str) -> str:
        return f"maximum({a}, {b})"

    def table(self, lowering: Lowering, values: list[int], index: str) -> str:
        return f"take({lowering.constant(tuple(values))}, {index})"

    def flags(self, lowering: Lowering, values: list[bool], index: str) -> str:
        """Comparisons with the ends of each run of chosen codes: several times faster than a look-up."""
        runs = [
            (code, next((end for end in range(code, len(values)) if not values[end]), len(values)) - 1)
            for code in range(len(values))
            if values[code] and not (code and values[code - 1])
        ]
        if not runs or len(runs) > 3 or all(values):
            return f"take({lowering.constant(tuple(values))}, {index})"
        return " | ".join(
            f"({index} == {low})"
            if low == high
            else f"({index} <= {high})"
            if low == 0
            else f"({index} >= {low})"
            if high == len(values) - 1
            else f"({index} >= {low}) & ({index} <= {high})"
            for low, high in runs
        )

    def steps(self, lowering: Lowering, flags: list[str], values: list[int]) -> str:
        """The last value and what each flag adds to it, in the smallest integers: several times faster than choosing."""
        adds = [(value - after, flag) for value, after, flag in zip(values, values[1:], flags, strict=False) if value != after]
        bits = bits_for(min(*values, *(add for add, _ in adds), 0), max(*values, *(add for add, _ in adds), 0))
        if bits == WIDE:
            steps = reversed(list(zip(flags, values, strict=False)))
            return reduce(lambda rest, step: f"where({step[0]}, widen({step[1]}), {rest})", steps, f"widen({values[-1]})")
        if bits > 8:
            parts = [f"{flag} * int{bits}({add})" for add, flag in reversed(adds)]
        elif len({add for add, _ in adds}) == 1:
            parts = [f"({' + '.join(f'{flag}.view(int8)' for _, flag in adds)}) * {adds[0][0]}"]
        else:
            parts = [f"{flag}.view(int8) * {add}" for add, flag in reversed(adds)]
        return " + ".join([*parts[:1], *([str(values[-1])] if values[-1] else []), *parts[1:]])

    def cast(self, src: str, bits: int) -> str:
        return f"widen({src})" if bits == WIDE else f"{src}.astype(int{bits})"

    def fact_true(self, name: str) -> str:
        return f"t_{name}"

    def fact_false(self, name: str) -> str:
        return f"f_{name}"


@dataclass
class Lowering:
    """Collects one function's assignments; equal expressions are computed once."""

    dialect: Dialect
    facts: dict[str, FactSpec]
    definitions: dict[str, n.Node]
    lines: list[tuple[str, str]] = field(default_factory=list)
    constants: dict[str, tuple[object, ...]] = field(default_factory=dict)
    always_known: frozenset[str] = frozenset()
    _named: dict[str, str] = field(default_factory=dict)
    _done: dict[n.Node, object] = field(default_factory=dict)

    def let(self, expression: str) -> str:
        """The name of a variable that holds the expression."""
        if re.fullmatch(r"\w+|\(-\d+\)", expression):
            return expression
        if expression not in self._named:
            self._named[expression] = name = f"a{len(self.lines)}"
            self.lines.append((name, expression))
        return self._named[expression]

    def out(self, expression: str) -> str:
        """The name of a variable of its own for an output."""
        name = f"o{len(self.lines)}"
        self.lines.append((name, expression))
        return name

    def constant(self, values: tuple[object, ...]) -> str:
        for name, known in self.constants.items():
            if known == values and list(map(type, known)) == list(map(type, values)):
                return name
        name = f"C{len(self.constants)}"
        self.constants[name] = values
        return name

    # flags -----------------------------------------------------------------------------------------------------------

    def both(self, *flags: str) -> str:
        found = TRUE
        for flag in flags:
            if FALSE in (flag, found):
                return FALSE
            found = flag if found == TRUE else found if flag in (TRUE, found) else self.let(self.dialect.both(found, flag))
        return found

    def either(self, *flags: str) -> str:
        found = FALSE
        for flag in flags:
            if TRUE in (flag, found):
                return TRUE
            found = flag if found == FALSE else found if flag in (FALSE, found) else self.let(self.dialect.either(found, flag))
        return found

    def negate(self, flag: str) -> str:
        return {TRUE: FALSE, FALSE: TRUE}.get(flag) or self.let(self.dialect.negate(flag))

    def and_not(self, flag: str, other: str) -> str:
        if TRUE in (flag, other) or FALSE in (flag, other):
            return self.both(flag, self.negate(other))
        return self.let(self.dialect.and_not(flag, other))

    def known(self, atoms: frozenset[str]) -> str:
        return self.both(*sorted(atoms))

    # integers --------------------------------------------------------------------------------------------------------

    def arith(self, op: str, a: Term, b: Term) -> Term:
        bounds = [_apply(op, x, y) for x in (a.low, a.high) for y in (b.low, b.high)]
        low, high = min(bounds), max(bounds)
        if low == high:
            return const(low)
        if op == "*" and (a.low, a.high) == (1, 1):
            return b
        if (op == "*" and (b.low, b.high) == (1, 1)) or (op in "+-" and (b.low, b.high) == (0, 0)):
            return a
        if op == "+" and (a.low, a.high) == (0, 0):
            return b
        left, right, bits = self._sized(low, high, a, b)
        return Term(self.let(f"{left} {op} {right}"), low, high, bits)

    def _sized(self, low: int, high: int, a: Term, b: Term) -> tuple[str, str, int]:
        """Both spelled so that a result between low and high has room, and the bits it then has."""
        constants = [term.low for term in (a, b) if term.const]
        bits = max(a.bits, b.bits, bits_for(min(low, *constants, 0), max(high, *constants, 0)))
        if bits in (a.bits, b.bits):
            return a.src, b.src, bits
        if a.const:
            return a.src, self.let(self.dialect.cast(b.src, bits)), bits
        return self.let(self.dialect.cast(a.src, bits)), b.src, bits

    def divide_floor(self, a: Term, b: Term) -> Term:
        if a.const and b.const:
            return const(a.low // b.low)
        divisor = b
        if not b.const and b.low <= 0:
            divisor = self.choose(self.let(f"{b.src} == 0"), const(1), b)
            divisor = divisor._replace(low=1)
        bounds = [x // y for x in (a.low, a.high) for y in (divisor.low, divisor.high)]
        low, high = min(bounds), max(bounds)
        left, right, bits = self._sized(low, high, a, divisor)
        found = Term(self.let(f"{left} // {right}"), low, high, bits)
        if bits == WIDE and bits_for(low, high) != WIDE:
            return Term(self.let(self.dialect.cast(found.src, 64)), low, high, 64)
        return found

    def choose(self, condition: str, a: Term, b: Term) -> Term:
        if condition in (TRUE, FALSE):
            return a if condition == TRUE else b
        if a == b:
            return a
        low, high = min(a.low, b.low), max(a.high, b.high)
        if a.const and b.const:
            return self.steps([condition], [a.low, b.low])
        left, right, bits = self._sized(low, high, a, b)
        return Term(self.let(self.dialect.choose(condition, left, right)), low, high, bits)

    def steps(self, flags: list[str], values: list[int]) -> Term:
        """A constant for each flag, and a last one; where a flag is set, so are all after it."""
        low, high = min(values), max(values)
        if low == high:
            return const(low)
        differences = [value - after for value, after in itertools.pairwise(values)]
        bits = bits_for(min(low, *differences), max(high, *differences))
        return Term(self.let(self.dialect.steps(self, flags, values)), low, high, bits)

    # the tree --------------------------------------------------------------------------------------------------------

    def logic(self, node: n.Node) -> Logic:
        if node not in self._done:
            self._done[node] = self._logic(node)
        found = self._done[node]
        assert isinstance(found, Logic)
        return found

    def number(self, node: n.Node) -> Number:
        if node not in self._done:
            self._done[node] = self._number(node)
        found = self._done[node]
        assert isinstance(found, Number)
        return found

    def scalar(self, node: n.Node) -> Scalar:
        if node not in self._done:
            self._done[node] = self._scalar(node)
        found = self._done[node]
        assert isinstance(found, Scalar)
        return found

    def known_of(self, node: n.Node) -> str:
        """The flag that says a node's value is known."""
        kind = node.type.kind
        if kind == "bool":
            logic = self.logic(node)
            return self.either(logic.true, logic.false)
        return self.known(self.number(node).known if kind == "number" else self.scalar(node).known)

    def _atom(self, name: str) -> frozenset[str]:
        return ALWAYS if name in self.always_known else frozenset([self.dialect.fact_known(name)])

    def _logic(self, node: n.Node) -> Logic:
        match node:
            case n.Const():
                return Logic(TRUE, FALSE) if node.value is True else Logic(FALSE, TRUE)
            case n.Fact():
                return Logic(self.let(self.dialect.fact_true(node.name)), self.let(self.dialect.fact_false(node.name)))
            case n.Ref():
                return self.logic(self.definitions[node.name])
            case n.Labelled():
                return self.logic(node.item)
            case n.Not():
                inner = self.logic(node.item)
                return Logic(inner.false, inner.true)
            case n.All():
                parts = [self.logic(item) for item in node.items]
                return Logic(self.both(*(p.true for p in parts)), self.either(*(p.false for p in parts)))
            case n.Any_():
                parts = [self.logic(item) for item in node.items]
                return Logic(self.either(*(p.true for p in parts)), self.both(*(p.false for p in parts)))
            case n.Known():
                known = self.known_of(node.item)
                return Logic(known, self.negate(known))
            case n.InYear():
                day = self.scalar(node.item)
                inside = self.both(self.let(f"{day.term.src} >= year_start"), self.let(f"{day.term.src} <= on"))
                return self._if_known(day.known, inside)
            case n.In():
                return self._membership(node)
            case n.Compare():
                return self._compare(node)
        raise AssertionError(f"no lowering for {type(node).__name__}")

    def _if_known(self, known: frozenset[str], flag: str) -> Logic:
        is_known = self.known(known)
        return Logic(self.both(is_known, flag), self.and_not(is_known, flag))

    def _membership(self, node: n.In) -> Logic:
        if isinstance(node.item, n.Const):
            return Logic(TRUE, FALSE) if node.item.value in node.choices else Logic(FALSE, TRUE)
        item = self.scalar(node.item)
        flags = [choice in node.choices for choice in item.choices]
        return self._if_known(item.known, self.let(self.dialect.flags(self, flags, item.term.src)))

    def _compare(self, node: n.Compare) -> Logic:
        kind = node.left.type.kind
        if kind == "text":
            return self._compare_text(node)
        if kind == "date":
            left, right = self.scalar(node.left), self.scalar(node.right)
            return self._if_known(left.known | right.known, self._order(node.op, left.term, right.term))
        a, b = self.number(node.left), self.number(node.right)
        if a.den.const and b.den.const:
            common = lcm(a.den.low, b.den.low)
            x, y = self.arith("*", a.num, const(common // a.den.low)), self.arith("*", b.num, const(common // b.den.low))
        else:
            x, y = self.arith("*", a.num, b.den), self.arith("*", b.num, a.den)
        return self._if_known(a.known | b.known, self._order(node.op, x, y))

    def _order(self, op: str, a: Term, b: Term) -> str:
        if a.const and b.const:
            return str(
                {
                    "<": a.low < b.low,
                    "<=": a.low <= b.low,
                    ">": a.low > b.low,
                    ">=": a.low >= b.low,
                    "==": a.low == b.low,
                    "!=": a.low != b.low,
                }[op]
            )
        if a.const:
            flipped = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}.get(op, op)
            return self.let(f"{b.src} {flipped} {a.src}")
        return self.let(f"{a.src} {op} {b.src}")

    def _compare_text(self, node: n.Compare) -> Logic:
        left, right = node.left, node.right
        if isinstance(left, n.Const):
            left, right = right, left
        if isinstance(left, n.Const) and isinstance(right, n.Const):
            same = left.value == right.value
            return Logic(TRUE, FALSE) if same == (node.op == "==") else Logic(FALSE, TRUE)
        item = self.scalar(left)
        if isinstance(right, n.Const):
            code = item.choices.index(str(right.value)) if right.value in item.choices else -1
            flag, known = self.let(f"{item.term.src} {node.op} {const(code).src}"), item.known
        else:
            other = self.scalar(right)
            mapped = [other.choices.index(choice) if choice in other.choices else -1 for choice in item.choices]
            flag = self.let(f"{self.let(self.dialect.table(self, mapped, item.term.src))} {node.op} {other.term.src}")
            known = item.known | other.known
        return self._if_known(known, flag)

    def _scalar(self, node: n.Node) -> Scalar:
        match node:
            case n.Const():
                return Scalar(ALWAYS, const(int(node.value)))
            case n.Moment():
                return Scalar(ALWAYS, Term(node.name, *DAYS, 32))
            case n.Fact():
                spec = self.facts[node.name]
                if spec.type.kind == "text":
                    last = len(spec.type.choices) - 1
                    return Scalar(self._atom(node.name), Term(f"v_{node.name}", 0, last, bits_for(0, last)), spec.type.choices)
                return Scalar(self._atom(node.name), Term(f"v_{node.name}", spec.low, spec.high, 32))
            case n.Ref():
                return self.scalar(self.definitions[node.name])
            case n.Choice():
                then, other = self.scalar(node.then), self.scalar(node.other)
                condition, known = self._chosen(node.condition, then.known, other.known)
                return Scalar(known, self.choose(condition, then.term, other.term))
            case n.Shift():
                return self._shift(node)
        raise AssertionError(f"no lowering for {type(node).__name__}")

    def _shift(self, node: n.Shift) -> Scalar:
        day, by = self.scalar(node.item), self.number(node.by)
        if by.den != const(1):
            raise ExpressionError(f"a date is moved by parts of {node.unit}.", "Round them by name: round_half_up(…).")
        least, most = (1, 1) if node.unit == "days" else (365, 366)
        low = day.term.low + min(by.num.low * least, by.num.low * most)
        high = day.term.high + max(by.num.high * least, by.num.high * most)
        if low < REACH[0] or high > REACH[1]:
            raise ExpressionError(
                f"a date moved by {by.num.low:,} to {by.num.high:,} {node.unit} may leave the years 1700 to 2400.",
                "Narrow the range of what it is moved by.",
            )
        if node.unit == "days":
            return Scalar(day.known | by.known, self.arith("+", day.term, by.num))
        return Scalar(day.known | by.known, Term(self.let(f"add_years({day.term.src}, {by.num.src})"), low - 1, high, 32))

    def _number(self, node: n.Node) -> Number:
        match node:
            case n.Const():
                value = Fraction(node.value)
                return Number(ALWAYS, const(value.numerator), const(value.denominator))
            case n.Fact():
                spec = self.facts[node.name]
                return Number(self._atom(node.name), Term(f"v_{node.name}", spec.low, spec.high, bits_for(spec.low, spec.high)), const(1))
            case n.Moment():
                return Number(ALWAYS, Term("year", 1900, 2150, 16), const(1))
            case n.Ref():
                return self.number(self.definitions[node.name])
            case n.Arith():
                return self._arith(node)
            case n.Choice():
                return self._choice(node)
            case n.Extreme():
                found = self.number(node.items[0])
                for item in node.items[1:]:
                    found = self.extreme(node.op, found, self.number(item))
                return found
            case n.Round():
                return self._round(node)
            case n.Band():
                return self._band(node)
            case n.Lookup():
                return self._lookup(node)
            case n.DaysBetween():
                first, second = self.scalar(node.first), self.scalar(node.second)
                return Number(first.known | second.known, self.arith("-", second.term, first.term), const(1))
            case n.YearOf():
                day = self.scalar(node.item)
                return Number(
                    day.known,
                    Term(self.let(f"year_of({day.term.src})"), date_of(day.term.low).year, date_of(day.term.high).year, 16),
                    const(1),
                )
        raise AssertionError(f"no lowering for {type(node).__name__}")

    def _arith(self, node: n.Arith) -> Number:
        a, b = self.number(node.left), self.number(node.right)
        known = a.known | b.known
        if node.op == "*":
            return self._reduced(known, self.arith("*", a.num, b.num), self.arith("*", a.den, b.den))
        if node.op == "/":
            return self._quotient(a, b)
        if a.den.const and b.den.const:
            common = lcm(a.den.low, b.den.low)
            x, y = self.arith("*", a.num, const(common // a.den.low)), self.arith("*", b.num, const(common // b.den.low))
            return Number(known, self.arith(node.op, x, y), const(common))
        x, y = self.arith("*", a.num, b.den), self.arith("*", b.num, a.den)
        return Number(known, self.arith(node.op, x, y), self.arith("*", a.den, b.den))

    def _reduced(self, known: frozenset[str], num: Term, den: Term) -> Number:
        if num.const and den.const:
            value = Fraction(num.low, den.low)
            return Number(known, const(value.numerator), const(value.denominator))
        return Number(known, num, den)

    def _quotient(self, a: Number, b: Number) -> Number:
        known = a.known | b.known
        if b.num.const:
            if b.num.low == 0:
                return Number(frozenset([FALSE]), const(0), const(1))
            sign = 1 if b.num.low > 0 else -1
            return self._reduced(
                known, self.arith("*", a.num, self.arith("*", b.den, const(sign))), self.arith("*", a.den, const(abs(b.num.low)))
            )
        if b.num.low <= 0 <= b.num.high:
            known |= {self.let(f"{b.num.src} != 0")}
        divisor, over = b.num, b.den
        if b.num.low < 0:
            negative = self.let(f"{b.num.src} < 0")
            over = self.choose(negative, self.arith("-", const(0), b.den), b.den)
            divisor = self.choose(negative, self.arith("-", const(0), b.num), b.num)
            divisor = divisor._replace(low=0, high=max(abs(b.num.low), abs(b.num.high)))
        return Number(known, self.arith("*", a.num, over), self.arith("*", a.den, divisor))

    def _same_denominator(self, a: Number, b: Number) -> tuple[Term, Term, Term] | None:
        if a.den == b.den:
            return a.num, b.num, a.den
        if a.den.const and b.den.const:
            common = lcm(a.den.low, b.den.low)
            return self.arith("*", a.num, const(common // a.den.low)), self.arith("*", b.num, const(common // b.den.low)), const(common)
        return None

    def _choice(self, node: n.Choice) -> Number:
        a, b = self.number(node.then), self.number(node.other)
        condition, known = self._chosen(node.condition, a.known, b.known)
        same = self._same_denominator(a, b)
        if same:
            return Number(known, self.choose(condition, same[0], same[1]), same[2])
        return Number(known, self.choose(condition, a.num, b.num), self.choose(condition, a.den, b.den))

    def _chosen(self, condition: n.Node, a: frozenset[str], b: frozenset[str]) -> tuple[str, frozenset[str]]:
        """(the flag to choose by, what must hold for the chosen value to be known): the other branch is not read."""
        logic = self.logic(condition)
        read = self.either(self.both(logic.true, self.known(a - b)), self.both(logic.false, self.known(b - a)))
        return logic.true, (a & b) | (ALWAYS if read == TRUE else frozenset([read]))

    def extreme(self, op: str, a: Number, b: Number) -> Number:
        known = a.known | b.known
        same = self._same_denominator(a, b)
        if same:
            x, y, den = same
            if op == "max" and x.low >= y.high:
                return Number(known, x, den)
            if x.const and y.const:
                return Number(known, const(min(x.low, y.low) if op == "min" else max(x.low, y.low)), den)
            spell, pick = (self.dialect.least, min) if op == "min" else (self.dialect.most, max)
            low, high = pick(x.low, y.low), pick(x.high, y.high)
            left, right, bits = self._sized(low, high, x, y)
            return Number(known, Term(self.let(spell(left, right)), low, high, bits), den)
        x, y = self.arith("*", a.num, b.den), self.arith("*", b.num, a.den)
        first = self._order("<=" if op == "min" else ">=", x, y)
        return Number(known, self.choose(first, a.num, b.num), self.choose(first, a.den, b.den))

    def _round(self, node: n.Round) -> Number:
        a = self.number(node.item)
        if a.den == const(1):
            return a
        half = const(a.den.low // 2) if a.den.const else Term(self.let(f"{a.den.src} // 2"), a.den.low // 2, a.den.high // 2, a.den.bits)
        return Number(a.known, self.divide_floor(self.arith("+", a.num, half), a.den), const(1))

    def _band(self, node: n.Band) -> Number:
        item = self.number(node.item)
        common = lcm(*(value.denominator for _, _, value in node.steps))
        values = [int(value * common) for _, _, value in node.steps]
        flags = []
        for op, bound, _ in node.steps[:-1]:
            x, y = self.arith("*", item.num, const(bound.denominator)), self.arith("*", const(bound.numerator), item.den)
            flags.append(self._order(op, x, y))
        if _nested(node.steps) and not {TRUE, FALSE} & set(flags):
            return Number(item.known, self.steps(flags, values), const(common))
        found = const(values[-1])
        for flag, value in zip(reversed(flags), reversed(values[:-1]), strict=True):
            found = self.choose(flag, const(value), found)
        return Number(item.known, found, const(common))

    def _lookup(self, node: n.Lookup) -> Number:
        table = dict(node.table)
        if isinstance(node.item, n.Const):
            value = table.get(str(node.item.value), Fraction(0))
            return Number(ALWAYS, const(value.numerator), const(value.denominator))
        item = self.scalar(node.item)
        common = lcm(1, *(value.denominator for value in table.values()))
        values = [int(table.get(choice, Fraction(0)) * common) for choice in item.choices]
        bits = bits_for(min(values), max(values))
        return Number(
            item.known, Term(self.let(self.dialect.table(self, values, item.term.src)), min(values), max(values), bits), const(common)
        )

    def needed(self, outputs: list[str]) -> list[tuple[str, str]]:
        """The assignments that the outputs depend on, in order."""
        wanted = set(re.findall(r"\b\w+\b", " ".join(outputs)))
        kept = []
        for name, expression in reversed(self.lines):
            if name in wanted:
                kept.append((name, expression))
                wanted.update(re.findall(r"\b\w+\b", expression))
        return kept[::-1]


def _apply(op: str, a: int, b: int) -> int:
    return a + b if op == "+" else a - b if op == "-" else a * b


def _nested(steps: tuple[tuple[str, Fraction, Fraction], ...]) -> bool:
    """Whether a value that passes a step passes all steps after it: bounds in order, comparisons in one direction."""
    passed = [(op, bound) for op, bound, _ in steps[:-1]]
    downwards = all(op in (">", ">=") for op, _ in passed) and all(a > b for (_, a), (_, b) in itertools.pairwise(passed))
    upwards = all(op in ("<", "<=") for op, _ in passed) and all(a < b for (_, a), (_, b) in itertools.pairwise(passed))
    return downwards or upwards
