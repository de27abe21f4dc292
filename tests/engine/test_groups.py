"""就高不重复 over a beneficiary: over rows and subjects, over years, and over what was decided before; alike in every generator."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pyarrow as pa
import pytest

from quintet.engine import Policy
from quintet.engine.backends.arrays import ArrayProgram
from quintet.engine.backends.native import NativeProgram
from quintet.engine.columns import table_from_arrow
from quintet.engine.explain import explain
from quintet.engine.groups import Earlier
from quintet.engine.packs.model import STATES
from tests.engine.packs import small

pytestmark = pytest.mark.engine_only

ON = date(2020, 12, 31)
PACK = """
subjects:
  firm:
    label: {zh: 企业, en: firm}
    facts: {known: {type: bool, label: {zh: 认定, en: known}}, sum: {type: yuan, range: [0 yuan, 100 yuan], label: {zh: 数, en: sum}}}
  lab:
    label: {zh: 实验室, en: lab}
    refs: {firm: firm}
    facts: {good: {type: bool, label: {zh: 好, en: good}}}
parameters:
  lab_award: {clause: C1, label: {zh: 实验室奖励, en: lab award}, unit: yuan, value: 60 yuan}
  cap: {clause: C1, label: {zh: 上限, en: cap}, unit: yuan, value: 80 yuan}
groups:
  highest: {clause: C1, label: {zh: 就高不重复, en: only the highest}, years: YEARS, earlier: EARLIER}
rules:
- {id: FIRM, clause: C1, subject: firm, title: {zh: 企业奖, en: firm}, kind: formula, budget: none, amount: sum, when: known, group: highest}
- {id: CAP, clause: C1, subject: firm, title: {zh: 项目, en: cap}, kind: cap, budget: none, amount: cap, when: known and sum > 0, group: highest}
- {id: LAB, clause: C1, subject: lab, beneficiary: firm, title: {zh: 实验室奖, en: lab}, kind: fixed, budget: none, amount: lab_award, when: good, group: highest}
"""


@cache
def policy(years: str = "each", earlier: str = "nothing", *, capped: bool = False) -> Policy:
    text = PACK.replace("YEARS", years).replace("EARLIER", earlier)
    return small(Path(mkdtemp()), text if capped else "\n".join(line for line in text.splitlines() if "id: CAP" not in line) + "\n")


def said(
    chosen: Policy, facts: dict[str, list[dict[str, Any]]], earlier: list[Earlier] | None = None
) -> dict[str, list[tuple[str, int | None]]]:
    """Rule → (state, amount in fen) of each row; every generator says the same."""
    found = []
    for answer in (chosen.evaluate(facts, ON, earlier=earlier or ()), explain(chosen, facts, ON, earlier=earlier or ())):
        plain: dict[str, list[tuple[str, int | None]]] = {}
        for rows in answer["results"].values():
            for row in rows:
                for outcome in row["outcomes"]:
                    plain.setdefault(outcome["rule"], []).append((outcome["state"], outcome["amount"]))
        found.append(plain)
    for kind in (ArrayProgram, NativeProgram):
        found.append(columns(kind(chosen.bound(ON)), chosen, facts, earlier or []))
    assert all(other == found[0] for other in found[1:])
    return found[0]


def columns(
    program: ArrayProgram, chosen: Policy, facts: dict[str, list[dict[str, Any]]], earlier: list[Earlier]
) -> dict[str, list[tuple[str, int | None]]]:
    types = {"known": pa.bool_(), "good": pa.bool_(), "sum": pa.int64()}
    tables = {}
    for subject, rows in facts.items():
        spec = chosen.pack.subjects[subject]
        names = ["id", *spec.refs, *spec.facts]
        tables[subject] = table_from_arrow(
            pa.table({name: pa.array([row.get(name) for row in rows], types.get(name)) for name in names}), spec
        )
    plain: dict[str, list[tuple[str, int | None]]] = {}
    for result in program.run(tables, ON, earlier=earlier).values():
        for rule, states in result.states.items():
            amounts = result.awards[rule].dense(len(states))
            plain[rule] = [
                (STATES[code], int(fen) if STATES[code] in ("entitled", "decision") else None)
                for code, fen in zip(states, amounts, strict=True)
            ]
    return plain


SUPERSEDED, WAITING, UNKNOWN = ("superseded", None), ("waiting", None), ("unknown", None)


def test_the_highest_of_a_beneficiary_counts_over_rows_and_subjects() -> None:
    facts = {
        "firm": [{"id": "A", "known": True, "sum": 50_00}],
        "lab": [{"id": "1", "firm": "A", "good": True}, {"id": "2", "firm": "A", "good": True}],
    }
    assert said(policy(), facts) == {"FIRM": [SUPERSEDED], "LAB": [("entitled", 60_00), SUPERSEDED]}


def test_another_beneficiary_is_another_matter() -> None:
    facts = {
        "firm": [{"id": "A", "known": True, "sum": 50_00}, {"id": "B", "known": False}],
        "lab": [{"id": "1", "firm": "B", "good": True}],
    }
    assert said(policy(), facts) == {"FIRM": [("entitled", 50_00), ("not_entitled", None)], "LAB": [("entitled", 60_00)]}


@pytest.mark.parametrize(("fen", "lower"), [(59_99, WAITING), (60_00, ("entitled", 60_00)), (60_01, ("entitled", 60_01))])
def test_a_lower_one_waits_while_a_higher_one_is_unknown(fen: int, lower: tuple[str, int | None]) -> None:
    facts = {"firm": [{"id": "A", "known": True, "sum": fen}], "lab": [{"id": "1", "firm": "A"}]}
    assert said(policy(), facts) == {"FIRM": [lower], "LAB": [UNKNOWN if lower == WAITING else SUPERSEDED]}


@pytest.mark.parametrize(
    ("fen", "lower", "cap"),
    [(79_99, WAITING, ("decision", 80_00)), (80_00, ("entitled", 80_00), SUPERSEDED), (80_01, ("entitled", 80_01), SUPERSEDED)],
)
def test_a_lower_one_is_not_given_while_a_higher_cap_awaits_its_decision(
    fen: int, lower: tuple[str, int | None], cap: tuple[str, int | None]
) -> None:
    assert said(policy(capped=True), {"firm": [{"id": "A", "known": True, "sum": fen}]}) == {"FIRM": [lower], "CAP": [cap]}


def test_what_waits_says_for_what() -> None:
    facts = {"firm": [{"id": "A", "known": True, "sum": 50_00}], "lab": [{"id": "1", "firm": "A"}]}
    outcome = explain(policy(), facts, ON)["results"]["firm"][0]["outcomes"][0]
    assert outcome["waits_for"] == "LAB"
    assert outcome["sentence"]["zh"] == "按就高不重复，先确认较高一项“实验室奖”；确认之前本项暂不给予。"


GIVEN = Earlier("FIRM", "firm", "A", "A", 2020, 50_00)


@pytest.mark.parametrize(
    ("years", "earlier", "year", "lab"),
    [
        ("each", "nothing", 2020, SUPERSEDED), ("each", "nothing", 2019, ("entitled", 60_00)), ("once", "nothing", 2019, SUPERSEDED),
        ("each", "difference", 2020, ("entitled", 10_00)), ("once", "difference", 2019, ("entitled", 10_00)), ("each", "difference", 2021, ("entitled", 60_00)),
    ],
)  # fmt: skip
def test_what_was_decided_before_counts_as_the_group_says(years: str, earlier: str, year: int, lab: tuple[str, int | None]) -> None:
    facts = {"lab": [{"id": "1", "firm": "A", "good": True}]}
    assert said(policy(years, earlier), facts, [GIVEN._replace(year=year)]) == {"LAB": [lab]}


@pytest.mark.parametrize(("fen", "lab"), [(59_99, ("entitled", 1)), (60_00, SUPERSEDED), (60_01, SUPERSEDED)])
def test_the_difference_is_what_exceeds_it(fen: int, lab: tuple[str, int | None]) -> None:
    facts = {"lab": [{"id": "1", "firm": "A", "good": True}]}
    assert said(policy("each", "difference"), facts, [GIVEN._replace(fen=fen)]) == {"LAB": [lab]}


def test_who_was_awarded_before_keeps_it() -> None:
    facts = {"firm": [{"id": "A", "known": True, "sum": 50_00}], "lab": [{"id": "1", "firm": "A", "good": True}]}
    assert said(policy(), facts, [GIVEN]) == {"FIRM": [("entitled", 50_00)], "LAB": [SUPERSEDED]}
