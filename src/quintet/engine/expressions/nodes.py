"""The typed syntax tree: one small node per operation, the same tree for every generator."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from quintet.engine.values import BOOL, DATE, PLAIN, Type, number


@dataclass(frozen=True, slots=True)
class Node:
    """An expression. `type` is known before anything runs."""

    @property
    def type(self) -> Type:
        raise NotImplementedError

    def children(self) -> tuple[Node, ...]:
        return ()


@dataclass(frozen=True, slots=True)
class Const(Node):
    """A figure: from a parameter (then `name` says which) or a literal. Numbers are in base units (fen, days since 1970)."""

    value: Fraction | bool | int | str
    of: Type
    name: str = ""

    @property
    def type(self) -> Type:
        return self.of


@dataclass(frozen=True, slots=True)
class Fact(Node):
    name: str
    of: Type

    @property
    def type(self) -> Type:
        return self.of


@dataclass(frozen=True, slots=True)
class Moment(Node):
    """The evaluation date `on`, `year_start`, `year_end` (31 December), or its `year`."""

    name: str

    @property
    def type(self) -> Type:
        return number("years") if self.name == "year" else DATE


@dataclass(frozen=True, slots=True)
class Ref(Node):
    """A definition of the same subject, by name."""

    name: str
    of: Type

    @property
    def type(self) -> Type:
        return self.of


@dataclass(frozen=True, slots=True)
class Bool(Node):
    @property
    def type(self) -> Type:
        return BOOL


@dataclass(frozen=True, slots=True)
class Labelled(Bool):
    """A condition with words of its own; means what its item means."""

    item: Node
    zh: str
    en: str

    def children(self) -> tuple[Node, ...]:
        return (self.item,)


@dataclass(frozen=True, slots=True)
class Not(Bool):
    item: Node

    def children(self) -> tuple[Node, ...]:
        return (self.item,)


@dataclass(frozen=True, slots=True)
class All(Bool):
    """Kleene conjunction: one false is false; else one unknown is unknown."""

    items: tuple[Node, ...]

    def children(self) -> tuple[Node, ...]:
        return self.items


@dataclass(frozen=True, slots=True)
class Any_(Bool):
    """Kleene disjunction: one true is true; else one unknown is unknown."""

    items: tuple[Node, ...]

    def children(self) -> tuple[Node, ...]:
        return self.items


@dataclass(frozen=True, slots=True)
class Compare(Bool):
    op: str  # < <= > >= == !=
    left: Node
    right: Node

    def children(self) -> tuple[Node, ...]:
        return (self.left, self.right)


@dataclass(frozen=True, slots=True)
class In(Bool):
    item: Node
    choices: tuple[str, ...]
    name: str = ""

    def children(self) -> tuple[Node, ...]:
        return (self.item,)


@dataclass(frozen=True, slots=True)
class InYear(Bool):
    """The date lies in the evaluated calendar year, and not after the evaluation date."""

    item: Node

    def children(self) -> tuple[Node, ...]:
        return (self.item,)


@dataclass(frozen=True, slots=True)
class Known(Bool):
    """Whether a value is known; itself never unknown."""

    item: Node

    def children(self) -> tuple[Node, ...]:
        return (self.item,)


@dataclass(frozen=True, slots=True)
class Arith(Node):
    """+ - * / on exact rationals; a zero divisor gives unknown."""

    op: str
    left: Node
    right: Node
    of: Type

    @property
    def type(self) -> Type:
        return self.of

    def children(self) -> tuple[Node, ...]:
        return (self.left, self.right)


@dataclass(frozen=True, slots=True)
class Choice(Node):
    """`then if condition else other`; an unknown condition gives unknown."""

    condition: Node
    then: Node
    other: Node

    @property
    def type(self) -> Type:
        return self.then.type

    def children(self) -> tuple[Node, ...]:
        return (self.condition, self.then, self.other)


@dataclass(frozen=True, slots=True)
class Extreme(Node):
    """min or max; unknown if one item is."""

    op: str
    items: tuple[Node, ...]

    @property
    def type(self) -> Type:
        return self.items[0].type

    def children(self) -> tuple[Node, ...]:
        return self.items


@dataclass(frozen=True, slots=True)
class Round(Node):
    """Half-up to a whole base unit (a fen, a point)."""

    item: Node

    @property
    def type(self) -> Type:
        return self.item.type

    def children(self) -> tuple[Node, ...]:
        return (self.item,)


@dataclass(frozen=True, slots=True)
class Band(Node):
    """A table of steps: the first whose comparison holds gives the value; the last step has no comparison."""

    name: str
    item: Node
    steps: tuple[tuple[str, Fraction, Fraction], ...]  # (op or "", bound, value)
    of: Type

    @property
    def type(self) -> Type:
        return self.of

    def children(self) -> tuple[Node, ...]:
        return (self.item,)


@dataclass(frozen=True, slots=True)
class Lookup(Node):
    """A table from a closed list to a value; a choice that is not in it gives 0 of the unit."""

    name: str
    item: Node
    table: tuple[tuple[str, Fraction], ...]
    of: Type

    @property
    def type(self) -> Type:
        return self.of

    def children(self) -> tuple[Node, ...]:
        return (self.item,)


@dataclass(frozen=True, slots=True)
class Shift(Node):
    """A date moved by whole `years` or `days`."""

    unit: str
    item: Node
    by: Node

    @property
    def type(self) -> Type:
        return DATE

    def children(self) -> tuple[Node, ...]:
        return (self.item, self.by)


@dataclass(frozen=True, slots=True)
class DaysBetween(Node):
    """Days from the first date to the second (the first counted, the second not)."""

    first: Node
    second: Node

    @property
    def type(self) -> Type:
        return number("days")

    def children(self) -> tuple[Node, ...]:
        return (self.first, self.second)


@dataclass(frozen=True, slots=True)
class YearOf(Node):
    """The calendar year of a date."""

    item: Node

    @property
    def type(self) -> Type:
        return number("years")

    def children(self) -> tuple[Node, ...]:
        return (self.item,)


TRUE = Const(True, BOOL)
ONE = Const(Fraction(1), PLAIN)


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, outermost first."""
    yield node
    for child in node.children():
        yield from walk(child)


def names(node: Node, kind: type[Any]) -> list[str]:
    """Names of the facts, definitions or parameters an expression reads, in order, once each."""
    return list(dict.fromkeys(found.name for found in walk(node) if isinstance(found, kind) and found.name))
