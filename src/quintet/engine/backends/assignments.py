"""The assignments of one generated function: flags and integers, each with the range it provably stays in."""

from __future__ import annotations

import re
from dataclasses import KW_ONLY, dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from quintet.engine.backends.terms import FALSE, TRUE, WIDE, Term, bits_for, const

if TYPE_CHECKING:
    from quintet.engine.backends.dialects import Dialect


@dataclass
class Assignments:
    """What is written so far; equal expressions are computed once."""

    dialect: Dialect
    _: KW_ONLY
    lines: list[tuple[str, str]] = field(default_factory=list)
    constants: dict[str, tuple[object, ...]] = field(default_factory=dict)
    _named: dict[str, str] = field(default_factory=dict)

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

    def needed(self, outputs: list[str]) -> list[tuple[str, str]]:
        """The assignments that the outputs depend on, in order."""
        wanted = set(re.findall(r"\b\w+\b", " ".join(outputs)))
        kept = []
        for name, expression in reversed(self.lines):
            if name in wanted:
                kept.append((name, expression))
                wanted.update(re.findall(r"\b\w+\b", expression))
        return kept[::-1]

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
        differences = [value - after for value, after in pairwise(values)]
        bits = bits_for(min(low, *differences), max(high, *differences))
        return Term(self.let(self.dialect.steps(self, flags, values)), low, high, bits)

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


def _apply(op: str, a: int, b: int) -> int:
    return a + b if op == "+" else a - b if op == "-" else a * b
