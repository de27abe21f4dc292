"""The truth: walks the typed tree with exact fractions and Kleene logic, and notes the value of every node."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from quintet.engine.expressions import nodes as n
from quintet.engine.packs.model import Bound, BoundRule
from quintet.engine.values import add_years, date_of, days_of, half_up

Value = Any  # Fraction | bool | int (days) | str | None, where None is unknown


class Reference:
    """Evaluates the rules of one subject for one row. `trace` maps id(node) to its value."""

    def __init__(self, bound: Bound, subject: str, facts: Mapping[str, Value], on: date) -> None:
        self.part = bound.subjects[subject]
        self.facts, self.on = facts, on
        self.definitions: dict[str, Value] = {}
        self.trace: dict[int, Value] = {}

    def value(self, node: n.Node) -> Value:
        """The node's value; None when unknown."""
        found = _EVALUATE[type(node)](self, node)
        self.trace[id(node)] = found
        return found

    def rule(self, rule: BoundRule) -> tuple[str, int | None, int]:
        """(state, amount in fen or None, number of the instalment from 1) before limits, groups and `once` are applied."""
        when = self.value(rule.when)
        instalment = 0
        if rule.begins is not None and rule.years is not None:
            begins, years = self.value(rule.begins), self.value(rule.years)
            running = None if begins is None or years is None else begins <= self.on.year < begins + years
            when = _all((when, running))
            if running:
                instalment = int(self.on.year - begins + 1)
        amount = self.value(rule.amount) if rule.amount is not None else Fraction(0)
        decide = self.value(rule.decide) if rule.decide is not None else False
        if when is False:
            return "not_entitled", None, 0
        if when is None or amount is None or decide is None:
            return "unknown", None, instalment
        amount = max(amount, 0)  # nobody is asked to pay
        if decide or rule.spec.kind in ("cap", "discretionary"):
            return "decision", int(amount), instalment
        return "entitled", int(amount), instalment

    # one method a node ---------------------------------------------------------------------------------------------

    def _const(self, node: n.Const) -> Value:
        return node.value

    def _fact(self, node: n.Fact) -> Value:
        found = self.facts.get(node.name)
        return Fraction(found) if found is not None and node.of.kind == "number" else found

    def _moment(self, node: n.Moment) -> Value:
        if node.name == "year":
            return Fraction(self.on.year)
        return days_of({"on": self.on, "year_start": date(self.on.year, 1, 1), "year_end": date(self.on.year, 12, 31)}[node.name])

    def _ref(self, node: n.Ref) -> Value:
        if node.name not in self.definitions:
            self.definitions[node.name] = self.value(self.part.definitions[node.name])
        return self.definitions[node.name]

    def _labelled(self, node: n.Labelled) -> Value:
        return self.value(node.item)

    def _not(self, node: n.Not) -> Value:
        found = self.value(node.item)
        return None if found is None else not found

    def _and(self, node: n.All) -> Value:
        return _all([self.value(item) for item in node.items])

    def _or(self, node: n.Any_) -> Value:
        found = _all([None if value is None else not value for value in [self.value(item) for item in node.items]])
        return None if found is None else not found

    def _compare(self, node: n.Compare) -> Value:
        left, right = self.value(node.left), self.value(node.right)
        if left is None or right is None:
            return None
        return _COMPARE[node.op](left, right)

    def _in(self, node: n.In) -> Value:
        found = self.value(node.item)
        return None if found is None else found in node.choices

    def _in_year(self, node: n.InYear) -> Value:
        found = self.value(node.item)
        return None if found is None else days_of(date(self.on.year, 1, 1)) <= found <= days_of(self.on)

    def _known(self, node: n.Known) -> Value:
        return self.value(node.item) is not None

    def _arith(self, node: n.Arith) -> Value:
        left, right = self.value(node.left), self.value(node.right)
        if left is None or right is None or (node.op == "/" and right == 0):
            return None
        return {"+": lambda: left + right, "-": lambda: left - right, "*": lambda: left * right, "/": lambda: left / right}[node.op]()

    def _choice(self, node: n.Choice) -> Value:
        condition, then, other = self.value(node.condition), self.value(node.then), self.value(node.other)
        return None if condition is None else then if condition else other

    def _extreme(self, node: n.Extreme) -> Value:
        found = [self.value(item) for item in node.items]
        if any(value is None for value in found):
            return None
        return min(found) if node.op == "min" else max(found)

    def _round(self, node: n.Round) -> Value:
        found = self.value(node.item)
        return None if found is None else Fraction(half_up(found))

    def _band(self, node: n.Band) -> Value:
        found = self.value(node.item)
        if found is None:
            return None
        return next(value for op, bound, value in node.steps if not op or _COMPARE[op](found, bound))

    def _lookup(self, node: n.Lookup) -> Value:
        found = self.value(node.item)
        return None if found is None else dict(node.table).get(found, Fraction(0))

    def _shift(self, node: n.Shift) -> Value:
        day, by = self.value(node.item), self.value(node.by)
        if day is None or by is None:
            return None
        return day + int(by) if node.unit == "days" else days_of(add_years(date_of(day), int(by)))

    def _days_between(self, node: n.DaysBetween) -> Value:
        first, second = self.value(node.first), self.value(node.second)
        return None if first is None or second is None else Fraction(second - first)

    def _year_of(self, node: n.YearOf) -> Value:
        found = self.value(node.item)
        return None if found is None else Fraction(date_of(found).year)


def _all(values: Any) -> bool | None:
    if any(value is False for value in values):
        return False
    return None if any(value is None for value in values) else True


_COMPARE = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}
_EVALUATE: dict[type, Any] = {
    n.Const: Reference._const, n.Fact: Reference._fact, n.Moment: Reference._moment, n.Ref: Reference._ref, n.Labelled: Reference._labelled,
    n.Not: Reference._not, n.All: Reference._and, n.Any_: Reference._or, n.Compare: Reference._compare, n.In: Reference._in,
    n.InYear: Reference._in_year, n.Known: Reference._known, n.Arith: Reference._arith, n.Choice: Reference._choice, n.Extreme: Reference._extreme,
    n.Round: Reference._round, n.Band: Reference._band, n.Lookup: Reference._lookup, n.Shift: Reference._shift,
    n.DaysBetween: Reference._days_between, n.YearOf: Reference._year_of,
}  # fmt: skip
