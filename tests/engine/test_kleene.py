"""What an unknown fact does to an answer: the tables of Kleene's logic, asked of every backend."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from quintet.engine import Policy
from tests.engine.backends import every_backend
from tests.engine.packs import small

ON = date(2020, 12, 31)
T, F, U = True, False, None
PACK = """
subjects:
  firm:
    label: {zh: 企业, en: firm}
    facts:
      a: {type: bool, label: {zh: 甲, en: a}}
      b: {type: bool, label: {zh: 乙, en: b}}
      x: {type: yuan, range: [-9 yuan, 9 yuan], label: {zh: 左, en: x}}
      y: {type: yuan, range: [-9 yuan, 9 yuan], label: {zh: 右, en: y}}
      day: {type: date, label: {zh: 日, en: day}}
      grade: {type: text, choices: {high: {zh: 高, en: high}, low: {zh: 低, en: low}}, label: {zh: 级, en: grade}}
parameters:
  award: {clause: C1, label: {zh: 奖, en: award}, unit: yuan, value: 1 fen}
  by_grade: {clause: C1, label: {zh: 分档, en: by grade}, unit: yuan, of: firm.grade, map: {high: 5 fen}}
  by_sum: {clause: C1, label: {zh: 分段, en: by sum}, unit: yuan, of: yuan, bands: [["< 1 fen", 7 fen], [else, 8 fen]]}
rules:
"""
CONDITIONS = {
    "AND": "a and b", "OR": "a or b", "NOT": "not a", "LESS": "x < y", "AT_MOST": "x <= y", "MORE": "x > y", "AT_LEAST": "x >= y", "SAME": "x == y", "OTHER": "x != y",
    "IS_HIGH": "grade == 'high'", "IS_NOT_HIGH": "grade != 'high'", "AMONG": "grade in ('high', 'low')", "IN_YEAR": "in_year(day)", "BEFORE": "day < on", "KNOWN": "known(x)",
    "OR_KNOWN": "known(x) and x > y or a", "QUOTIENT": "x / y >= 1", "CHOSEN": "(a if b else not a)",
}  # fmt: skip
AMOUNTS = {
    "IF": "x if a else y", "MAX": "max(x, y)", "MIN": "min(x, y)", "SUM": "x + y", "ROUNDED": "round_half_up(x / y * award)", "MAPPED": "by_grade(grade)", "BAND": "by_sum(x)",
}  # fmt: skip
RULE = (
    "- {{id: {id}, clause: C1, subject: firm, title: {{zh: 一, en: one}}, kind: formula, budget: none, amount: '{amount}', when: {when}}}\n"
)


@cache
def policy() -> Policy:
    rules = [RULE.format(id=name, amount="award", when=f'"{test}"') for name, test in CONDITIONS.items()]
    rules += [RULE.format(id=name, amount=amount, when="true") for name, amount in AMOUNTS.items()]
    return small(Path(mkdtemp()), PACK + "".join(rules))


def answers(rule: str, facts: dict[str, Any]) -> set[tuple[str, int | None]]:
    """What the backends say of a row that is alone, where all it knows is known of every row, and of one beside a row that knows nothing."""
    found = set()
    for rows in ([facts], [facts, {}]):
        given = [{"id": place, **row} for place, row in enumerate(rows)]
        found.update(said[0][rule] for said in every_backend(policy(), "firm", given, ON).values())
    return found


def condition(truth: bool | None) -> set[tuple[str, int | None]]:
    return {("unknown", None) if truth is None else ("entitled", 1) if truth else ("not_entitled", None)}


@pytest.mark.parametrize(
    ("a", "b", "both", "either"),
    [
        (T, T, T, T),
        (T, F, F, T),
        (T, U, U, T),
        (F, T, F, T),
        (F, F, F, F),
        (F, U, F, U),
        (U, T, U, T),
        (U, F, F, U),
        (U, U, U, U),
    ],
)
def test_and_or(a: bool | None, b: bool | None, both: bool | None, either: bool | None) -> None:
    assert answers("AND", {"a": a, "b": b}) == condition(both)
    assert answers("OR", {"a": a, "b": b}) == condition(either)


@pytest.mark.parametrize(("a", "negated"), [(T, F), (F, T), (U, U)])
def test_not(a: bool | None, negated: bool | None) -> None:
    assert answers("NOT", {"a": a}) == condition(negated)


@pytest.mark.parametrize(
    ("rule", "less", "same", "more"),
    [
        ("LESS", T, F, F),
        ("AT_MOST", T, T, F),
        ("MORE", F, F, T),
        ("AT_LEAST", F, T, T),
        ("SAME", F, T, F),
        ("OTHER", T, F, T),
    ],
)
def test_comparisons(rule: str, less: bool, same: bool, more: bool) -> None:
    for x, truth in ((1, less), (2, same), (3, more)):
        assert answers(rule, {"x": x, "y": 2}) == condition(truth)
    for unknown in ({"x": 2}, {"y": 2}, {}):
        assert answers(rule, unknown) == condition(U)


@pytest.mark.parametrize(
    ("rule", "facts", "truth"),
    [
        ("IS_HIGH", {"grade": "high"}, T),
        ("IS_HIGH", {"grade": "low"}, F),
        ("IS_HIGH", {}, U),
        ("IS_NOT_HIGH", {"grade": "high"}, F),
        ("IS_NOT_HIGH", {}, U),
        ("AMONG", {"grade": "low"}, T),
        ("AMONG", {}, U),
        ("IN_YEAR", {"day": "2020-01-01"}, T),
        ("IN_YEAR", {"day": "2019-12-31"}, F),
        ("IN_YEAR", {}, U),
        ("BEFORE", {"day": "2020-12-30"}, T),
        ("BEFORE", {"day": "2020-12-31"}, F),
        ("BEFORE", {}, U),
        ("KNOWN", {"x": 0}, T),
        ("KNOWN", {}, F),
        ("OR_KNOWN", {"y": 1, "a": F}, F),  # x is not known, and that is known
        ("OR_KNOWN", {"x": 1, "a": F}, U),
        ("OR_KNOWN", {"x": 1, "a": T}, T),
        ("QUOTIENT", {"x": 2, "y": 1}, T),
        ("QUOTIENT", {"x": 2, "y": 0}, U),  # a divisor of zero
        ("QUOTIENT", {"x": 0, "y": 0}, U),
        ("CHOSEN", {"b": T, "a": T}, T),
        ("CHOSEN", {"b": F, "a": T}, F),
        ("CHOSEN", {"b": T}, U),
        ("CHOSEN", {"a": T}, U),
    ],
)
def test_other_conditions(rule: str, facts: dict[str, Any], truth: bool | None) -> None:
    assert answers(rule, facts) == condition(truth)


@pytest.mark.parametrize(
    ("rule", "facts", "amount"),
    [
        ("IF", {"a": T, "x": 1, "y": 2}, 1),
        ("IF", {"a": F, "x": 1, "y": 2}, 2),
        ("IF", {"a": T, "x": 1}, 1),  # the branch not taken may be unknown
        ("IF", {"a": F, "y": 2}, 2),
        ("IF", {"a": T, "y": 2}, U),
        ("IF", {"a": F, "x": 1}, U),
        ("IF", {"x": 1, "y": 2}, U),
        ("IF", {"x": 1, "y": 1}, U),  # even where both would give the same
        ("MAX", {"x": 1, "y": 2}, 2),
        ("MAX", {"x": 2, "y": 2}, 2),
        ("MAX", {"x": 900}, U),  # even where nothing could be more
        ("MAX", {"y": 1}, U),
        ("MAX", {}, U),
        ("MIN", {"x": 1, "y": 2}, 1),
        ("MIN", {"x": 1}, U),
        ("MIN", {"y": 1}, U),
        ("MIN", {}, U),
        ("MIN", {"x": -5, "y": 3}, 0),  # nobody is asked to pay
        ("SUM", {"x": 1, "y": 2}, 3),
        ("SUM", {"x": 1}, U),
        ("ROUNDED", {"x": 1, "y": 2}, 1),
        ("ROUNDED", {"x": 1, "y": 0}, U),
        ("MAPPED", {"grade": "high"}, 5),
        ("MAPPED", {"grade": "low"}, 0),
        ("MAPPED", {}, U),
        ("BAND", {"x": 0}, 7),
        ("BAND", {"x": 1}, 8),
        ("BAND", {}, U),
    ],
)
def test_amounts(rule: str, facts: dict[str, Any], amount: int | None) -> None:
    assert answers(rule, facts) == {("unknown", None) if amount is None else ("entitled", amount)}
