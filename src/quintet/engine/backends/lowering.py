"""Typed tree → integer code, once for every generator.

A number becomes a numerator and a positive denominator, a condition two flags (surely true, surely false), and everything
carries whether it is known. The range of every integer is tracked, so that a product that may leave int64 is seen here.
The two dialects differ only in how they spell `and`, `or`, `not`, a choice, a table look-up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm
from typing import NamedTuple

from quintet.engine.expressions import nodes as n
from quintet.engine.packs.model import FactSpec
from quintet.engine.values import EARLIEST, INT64, LATEST, days_of

TRUE, FALSE = "True", "False"
ALWAYS: frozenset[str] = frozenset()
DAYS = (days_of(EARLIEST) - 400_000, days_of(LATEST) + 400_000)


class Term(NamedTuple):
    """An integer: how it is spelled, and the least and most it can be."""

    src: str
    low: int
    high: int

    @property
    def const(self) -> bool:
        return self.low == self.high

    @property
    def wide(self) -> bool:
        return self.low < -INT64 or self.high > INT64


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
    return Term(f"({value})" if value < 0 else str(value), value, value)


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

    def widen(self, src: str) -> str:
        return src

    def narrow(self, src: str) -> str:
        return src

    def days(self, src: str) -> str:
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
        return f"where({condition}, {a}, {b})"

    def least(self, a: str, b: str) -> str:
        return f"minimum({a}, {b})"

    def most(self, a: str, b: str) -> str:
        return f"maximum({a}, {b})"

    def table(self, lowering: Lowering, values: list[int], index: str) -> str:
        return f"take({lowering.constant(tuple(values))}, {index})"

    def flags(self, lowering: Lowering, values: list[bool], index: str) -> str:
        return f"take({lowering.constant(tuple(values))}, {index})"

    def widen(self, src: str) -> str:
        return f"widen({src})"

    def narrow(self, src: str) -> str:
        return f"narrow({src})"

    def days(self, src: str) -> str:
        return f"{src}.astype(int64)"

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
        if a.const and b.const:
            return const(low)
        if op == "*" and (a.low, a.high) == (1, 1):
            return b
        if (op == "*" and (b.low, b.high) == (1, 1)) or (op in "+-" and (b.low, b.high) == (0, 0)):
            return a
        if op == "+" and (a.low, a.high) == (0, 0):
            return b
        left = a.src
        if (low < -INT64 or high > INT64) and not a.wide and not b.wide:
            left, right = (self.let(self.dialect.widen(a.src)), b.src) if not a.const else (a.src, self.let(self.dialect.widen(b.src)))
        else:
            right = b.src
        return Term(self.let(f"{left} {op} {right}"), low, high)

    def divide_floor(self, a: Term, b: Term) -> Term:
        if a.const and b.const:
            return const(a.low // b.low)
        divisor = b
        if not b.const and b.low <= 0:
            divisor = Term(self.let(self.dialect.choose(self.let(f"{b.src} == 0"), "1", b.src)), 1, b.high)
        bounds = [x // y for x in (a.low, a.high) for y in (divisor.low, divisor.high) if y]
        found = Term(self.let(f"{a.src} // {divisor.src}"), min(bounds), max(bounds))
        if (a.wide or b.wide) and not found.wide:
            return Term(self.let(self.dialect.narrow(found.src)), found.low, found.high)
        return found

    def choose(self, condition: str, a: Term, b: Term) -> Term:
        if condition in (TRUE, FALSE):
            return a if condition == TRUE else b
        if a == b:
            return a
        return Term(self.let(self.dialect.choose(condition, a.src, b.src)), min(a.low, b.low), max(a.high, b.high))

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
            return str({"<": a.low < b.low, "<=": a.low <= b.low, ">": a.low > b.low, ">=": a.low >= b.low, "==": a.low == b.low, "!=": a.low != b.low}[op])
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
                return Scalar(ALWAYS, Term(node.name, *DAYS))
            case n.Fact():
                spec = self.facts[node.name]
                high = len(spec.type.choices) - 1 if spec.type.kind == "text" else spec.high
                return Scalar(self._atom(node.name), Term(f"v_{node.name}", spec.low, high), spec.type.choices)
            case n.Ref():
                return self.scalar(self.definitions[node.name])
            case n.Choice():
                condition, then, other = self.logic(node.condition), self.scalar(node.then), self.scalar(node.other)
                known = self.known_of(node.condition)
                atoms = then.known | other.known | (ALWAYS if known == TRUE else frozenset([known]))
                return Scalar(atoms, self.choose(condition.true, then.term, other.term))
            case n.Shift():
                return self._shift(node)
        raise AssertionError(f"no lowering for {type(node).__name__}")

    def _shift(self, node: n.Shift) -> Scalar:
        day, by = self.scalar(node.item), self.number(node.by)
        steps = self.divide_floor(by.num, by.den) if by.den != const(1) else by.num
        if node.unit == "days":
            return Scalar(day.known | by.known, self.arith("+", day.term, steps))
        return Scalar(day.known | by.known, Term(self.let(f"add_years({day.term.src}, {steps.src})"), *DAYS))

    def _number(self, node: n.Node) -> Number:
        match node:
            case n.Const():
                value = Fraction(node.value)
                return Number(ALWAYS, const(value.numerator), const(value.denominator))
            case n.Fact():
                spec = self.facts[node.name]
                return Number(self._atom(node.name), Term(f"v_{node.name}", spec.low, spec.high), const(1))
            case n.Moment():
                return Number(ALWAYS, Term("year", 1900, 2150), const(1))
            case n.Ref():
                return self.number(self.definitions[node.name])
            case n.Arith():
                return self._arith(node)
            case n.Choice():
                return self._choice(node)
            case n.Extreme():
                found = self.number(node.items[0])
                for item in node.items[1:]:
                    found = self._extreme(node.op, found, self.number(item))
                return found
            case n.Round():
                return self._round(node)
            case n.Band():
                return self._band(node)
            case n.Lookup():
                return self._lookup(node)
            case n.DaysBetween():
                first, second = self.scalar(node.first), self.scalar(node.second)
                days = self.arith("-", second.term, first.term)
                spelled = days.src if days.const else self.let(self.dialect.days(days.src))
                return Number(first.known | second.known, Term(spelled, days.low, days.high), const(1))
            case n.YearOf():
                day = self.scalar(node.item)
                return Number(day.known, Term(self.let(f"year_of({day.term.src})"), 1800, 2300), const(1))
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
            return self._reduced(known, self.arith("*", a.num, self.arith("*", b.den, const(sign))), self.arith("*", a.den, const(abs(b.num.low))))
        if b.num.low <= 0 <= b.num.high:
            known |= {self.let(f"{b.num.src} != 0")}
        divisor, over = b.num, b.den
        if b.num.low < 0:
            negative = self.let(f"{b.num.src} < 0")
            over = self.choose(negative, self.arith("-", const(0), b.den), b.den)
            divisor = self.choose(negative, self.arith("-", const(0), b.num), b.num)
            divisor = Term(divisor.src, 0, max(abs(b.num.low), abs(b.num.high)))
        return Number(known, self.arith("*", a.num, over), self.arith("*", a.den, divisor))

    def _same_denominator(self, a: Number, b: Number) -> tuple[Term, Term, Term] | None:
        if a.den == b.den:
            return a.num, b.num, a.den
        if a.den.const and b.den.const:
            common = lcm(a.den.low, b.den.low)
            return self.arith("*", a.num, const(common // a.den.low)), self.arith("*", b.num, const(common // b.den.low)), const(common)
        return None

    def _choice(self, node: n.Choice) -> Number:
        condition, a, b = self.logic(node.condition), self.number(node.then), self.number(node.other)
        known = self.known_of(node.condition)
        atoms = a.known | b.known | (ALWAYS if known == TRUE else frozenset([known]))
        same = self._same_denominator(a, b)
        if same:
            return Number(atoms, self.choose(condition.true, same[0], same[1]), same[2])
        return Number(atoms, self.choose(condition.true, a.num, b.num), self.choose(condition.true, a.den, b.den))

    def _extreme(self, op: str, a: Number, b: Number) -> Number:
        known = a.known | b.known
        same = self._same_denominator(a, b)
        if same:
            x, y, den = same
            if x.const and y.const:
                return Number(known, const(min(x.low, y.low) if op == "min" else max(x.low, y.low)), den)
            spell, pick = (self.dialect.least, min) if op == "min" else (self.dialect.most, max)
            return Number(known, Term(self.let(spell(x.src, y.src)), pick(x.low, y.low), pick(x.high, y.high)), den)
        x, y = self.arith("*", a.num, b.den), self.arith("*", b.num, a.den)
        first = self._order("<=" if op == "min" else ">=", x, y)
        return Number(known, self.choose(first, a.num, b.num), self.choose(first, a.den, b.den))

    def _round(self, node: n.Round) -> Number:
        a = self.number(node.item)
        if a.den == const(1):
            return a
        half = const(a.den.low // 2) if a.den.const else Term(self.let(f"{a.den.src} // 2"), a.den.low // 2, a.den.high // 2)
        return Number(a.known, self.divide_floor(self.arith("+", a.num, half), a.den), const(1))

    def _band(self, node: n.Band) -> Number:
        item = self.number(node.item)
        common = lcm(*(value.denominator for _, _, value in node.steps))
        values = [const(int(value * common)) for _, _, value in node.steps]
        found = values[-1]
        for (op, bound, _), value in zip(reversed(node.steps[:-1]), reversed(values[:-1]), strict=True):
            x, y = self.arith("*", item.num, const(bound.denominator)), self.arith("*", const(bound.numerator), item.den)
            found = self.choose(self._order(op, x, y), value, found)
        return Number(item.known, found, const(common))

    def _lookup(self, node: n.Lookup) -> Number:
        table = dict(node.table)
        if isinstance(node.item, n.Const):
            value = table.get(str(node.item.value), Fraction(0))
            return Number(ALWAYS, const(value.numerator), const(value.denominator))
        item = self.scalar(node.item)
        common = lcm(1, *(value.denominator for value in table.values()))
        values = [int(table.get(choice, Fraction(0)) * common) for choice in item.choices]
        return Number(item.known, Term(self.let(self.dialect.table(self, values, item.term.src)), min(values), max(values)), const(common))

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
