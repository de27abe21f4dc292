"""How each generator spells `and`, `or`, `not`, a choice, a table look-up: the only way in which their code differs."""

from __future__ import annotations

from functools import reduce
from itertools import pairwise
from typing import TYPE_CHECKING

from quintet.engine.backends.terms import FALSE, WIDE, bits_for

if TYPE_CHECKING:
    from quintet.engine.backends.assignments import Assignments


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

    def table(self, code: Assignments, values: list[int], index: str) -> str:
        return f"{code.constant(tuple(values))}[{index}]"

    def flags(self, code: Assignments, values: list[bool], index: str) -> str:
        return f"{code.constant(tuple(values))}[{index}]"

    def steps(self, code: Assignments, flags: list[str], values: list[int]) -> str:
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

    def table(self, code: Assignments, values: list[int], index: str) -> str:
        return f"take({code.constant(tuple(values))}, {index})"

    def flags(self, code: Assignments, values: list[bool], index: str) -> str:
        """Comparisons with the ends of each run of chosen codes: several times faster than a look-up."""
        runs = [
            (code, next((end for end in range(code, len(values)) if not values[end]), len(values)) - 1)
            for code in range(len(values))
            if values[code] and not (code and values[code - 1])
        ]
        if not runs or len(runs) > 3 or all(values):
            return f"take({code.constant(tuple(values))}, {index})"
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

    def steps(self, code: Assignments, flags: list[str], values: list[int]) -> str:
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


class NativeDialect(Dialect):
    """How the code spells what machine code says its own way."""

    def table(self, code: Assignments, values: list[int], index: str) -> str:
        return f"take({code.constant(tuple(values))}, {index})"

    def flags(self, code: Assignments, values: list[bool], index: str) -> str:
        return " or ".join(f"{index} == {code}" for code, chosen in enumerate(values) if chosen) or FALSE

    def steps(self, code: Assignments, flags: list[str], values: list[int]) -> str:
        differences = [value - after for value, after in pairwise(values)]
        return f"int{bits_for(min(*values, *differences), max(*values, *differences))}({super().steps(code, flags, values)})"

    def cast(self, src: str, bits: int) -> str:
        return f"int{bits}({src})"

    def fact_true(self, name: str) -> str:
        return f"t_{name}"

    def fact_false(self, name: str) -> str:
        return f"f_{name}"
