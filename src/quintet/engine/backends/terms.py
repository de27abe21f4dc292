"""What a piece of integer code stands for: its spelling, the least and most it can be, and when it is known."""

from __future__ import annotations

from typing import NamedTuple

TRUE, FALSE = "True", "False"
ALWAYS: frozenset[str] = frozenset()
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
