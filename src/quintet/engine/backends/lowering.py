"""Typed tree → integer code, once for every generator.

A number becomes a numerator and a positive denominator, a condition two flags (surely true, surely false), and everything
carries whether it is known. The range of every integer is tracked, so that a product that may leave int64 is seen here.
`terms` says what a piece of code stands for, `assignments` writes it down, `dialects` spell it for one generator each.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field
from datetime import date
from fractions import Fraction
from itertools import pairwise
from math import lcm

from quintet.engine.backends.assignments import Assignments
from quintet.engine.backends.dialects import Dialect
from quintet.engine.backends.terms import ALWAYS, FALSE, TRUE, Logic, Number, Scalar, Term, bits_for, const
from quintet.engine.expressions import nodes as n
from quintet.engine.expressions.parser import ExpressionError
from quintet.engine.packs.model import FactSpec
from quintet.engine.values import EARLIEST, LATEST, date_of, days_of

__all__ = ["FALSE", "TRUE", "Dialect", "Lowering", "Number", "const"]

DAYS = (days_of(EARLIEST), days_of(LATEST))
REACH = (days_of(date(1700, 1, 1)), days_of(date(2400, 12, 31)))  # calculated dates must stay within


@dataclass
class Lowering(Assignments):
    """The assignments of a subject's conditions, numbers, dates and texts; equal nodes are lowered once."""

    facts: dict[str, FactSpec]
    definitions: dict[str, n.Node]
    _: KW_ONLY
    always_known: frozenset[str] = frozenset()
    _done: dict[n.Node, object] = field(default_factory=dict)

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
                return Number(
                    self._atom(node.name), Term(f"v_{node.name}", spec.low, spec.high, bits_for(spec.low, spec.high)), const(spec.scale)
                )
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


def _nested(steps: tuple[tuple[str, Fraction, Fraction], ...]) -> bool:
    """Whether a value that passes a step passes all steps after it: bounds in order, comparisons in one direction."""
    passed = [(op, bound) for op, bound, _ in steps[:-1]]
    downwards = all(op in (">", ">=") for op, _ in passed) and all(a > b for (_, a), (_, b) in pairwise(passed))
    upwards = all(op in ("<", "<=") for op, _ in passed) and all(a < b for (_, a), (_, b) in pairwise(passed))
    return downwards or upwards
