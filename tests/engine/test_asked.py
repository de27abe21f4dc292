"""Whoever answers every question gets the answer that all facts give: over every rule of every pack that comes with the project, no fact that decides is left unasked."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from quintet.engine import FactsError, Policy, load
from quintet.engine.explain import explain
from quintet.engine.expressions import nodes as n
from quintet.engine.packs.bind import rule_nodes
from tests.engine.packs import small

PACKS = sorted(path.parent for path in Path("packs").glob("*/pack.yaml"))
Data = dict[str, Any]


def explained(policy: Policy, subject: str, facts: Data, on: date, never: tuple[str, ...] = ()) -> Data:
    sources = {f"{subject}/A": {name: {"source": "", "period": "", "none": True} for name in never}}
    return explain(policy, {subject: [{"id": "A", **facts}]}, on, sources=sources)["results"][subject][0]  # type: ignore[no-any-return]


def outcomes(row: Data) -> dict[str, tuple[str, int | None, int | None]]:
    return {item["rule"]: (item["state"], item["amount"], item.get("expected")) for item in row["outcomes"]}


def answered(policy: Policy, subject: str, truth: Data, on: date) -> tuple[Data, set[str]]:
    """What is said once every question has been answered by what is true, and the facts that were asked."""
    told: Data = {}
    never: list[str] = []
    while True:
        row = explained(policy, subject, told, on, tuple(never))
        asked = [item["fact"] for item in [*row["questions"], *row["optional"]] if item["fact"] not in never]
        if not asked:
            return row, {*told, *never}
        if asked[0] in truth:
            told[asked[0]] = truth[asked[0]]
        else:
            never.append(asked[0])


def read_by_known(policy: Policy, subject: str, rule: str, on: date) -> list[str]:
    """Facts of which a rule, or a definition that it reads, asks whether they are known."""
    part = policy.bound(on).subjects[subject]
    one = next(bound for bound in part.rules if bound.spec.id == rule)
    names = [name for name in (one.spec.waits_until, one.spec.limit_taken) if name]
    waiting = [*rule_nodes(one), *(part.definitions[name] for name in names)]
    found: list[str] = []
    while waiting:
        node = waiting.pop()
        known = [inner.item for inner in n.walk(node) if isinstance(inner, n.Known)]
        found += [name for item in known for name in n.names(item, n.Fact)]
        waiting += [part.definitions[name] for name in n.names(node, n.Ref)]
    return list(dict.fromkeys(found))


def cases(policy: Policy) -> list[tuple[str, str, date, Data]]:
    """The examples of every rule; those of rules that read `known` also with each such fact told in other ways, and with none of them told."""
    found: list[tuple[str, str, date, Data]] = []
    for rule in policy.pack.rules:
        for example in rule.examples:
            reads = read_by_known(policy, rule.subject, rule.id, example.on)
            if example.parameters or not (reads or example.state in ("entitled", "decision")):
                continue
            facts = {name: value for name, value in example.facts.items() if name in policy.pack.subjects[rule.subject].facts}
            found.append((rule.subject, rule.id, example.on, facts))
            for name in reads:
                of = policy.pack.subjects[rule.subject].facts[name].type.kind
                others = (True, False) if of == "bool" else [(example.on + timedelta(days)).isoformat() for days in (0, 1)]
                found += [(rule.subject, rule.id, example.on, {**facts, name: value}) for value in others]
    return [(subject, rule, on, facts) for subject, rule, on, facts in found if can_be(policy, subject, facts, on)]


def can_be(policy: Policy, subject: str, facts: Data, on: date) -> bool:
    """Not where the days contradict each other (`not_before`)."""
    try:
        policy.program(on).check(subject, {"id": "A", **facts})
    except FactsError:
        return False
    return True


@pytest.mark.parametrize("folder", PACKS, ids=[folder.name for folder in PACKS])
def test_all_questions_answered_say_what_all_facts_say(folder: Path) -> None:
    policy = load(folder)
    seen: dict[tuple[str, str], set[str]] = {}
    for subject, rule, on, truth in cases(policy):
        row, asked = answered(policy, subject, truth, on)
        seen.setdefault((subject, rule), set()).update(asked)
        assert outcomes(row) == outcomes(explained(policy, subject, truth, on)), (rule, on, truth)
    for (subject, rule), asked in seen.items():
        assert set(read_by_known(policy, subject, rule, date(2020, 12, 31))) <= asked, rule


PACK = """
subjects:
  firm:
    label: {zh: 企业, en: firm}
    facts:
      listed: {type: bool, label: {zh: 在册, en: listed}}
      ended_on: {type: date, label: {zh: 失效日期, en: last day}}
      ready: {type: bool, label: {zh: 就绪, en: ready}}
      spent: {type: yuan, range: [0 yuan, 1000000 yuan], label: {zh: 投入, en: spending}}
parameters:
  award: {clause: C1, label: {zh: 奖励标准, en: award}, unit: yuan, value: "1,000 yuan"}
definitions:
  ready_now: {subject: firm, clause: C1, label: {zh: 已就绪, en: ready now}, all: [ready]}
rules:
- {id: VALID, clause: C1, subject: firm, title: {zh: 有效奖, en: Valid award}, kind: fixed, budget: none, amount: award, when: {all: [listed, {test: not known(ended_on) or on <= ended_on, zh: 仍有效, en: still valid}]}}
- {id: LATER, clause: C1, subject: firm, title: {zh: 结算, en: Settled}, kind: formula, budget: none, amount: spent, when: listed, waits: {until: ready_now, reason: {zh: 就绪以后结算。, en: settled when ready.}}, limit: {amount: award, per: self}}
"""
ON = date(2020, 12, 31)


@pytest.fixture(scope="module")
def policy() -> Policy:
    return small(Path(mkdtemp()), PACK)


def valid(row: Data) -> Data:
    return next(item for item in row["outcomes"] if item["rule"] == "VALID")


def test_what_is_not_told_is_asked_as_optional_and_the_sum_names_it_as_its_premise(policy: Policy) -> None:
    row = explained(policy, "firm", {"listed": True}, ON)
    assert (valid(row)["state"], [item["fact"] for item in valid(row)["premises"]]) == ("entitled", ["ended_on"])
    assert {"fact": "ended_on", "decides": ["VALID"]}.items() <= row["optional"][0].items()
    assert "ended_on" not in [item["fact"] for item in row["questions"]]


@pytest.mark.parametrize(("told", "state"), [("2020-12-30", "not_entitled"), ("2020-12-31", "entitled"), ("2021-01-01", "entitled")])
def test_once_it_is_told_nothing_is_asked_and_there_is_no_premise(policy: Policy, told: str, state: str) -> None:
    row = explained(policy, "firm", {"listed": True, "ended_on": told}, ON)
    assert (valid(row)["state"], "premises" in valid(row), row["optional"]) == (state, False, [])


def test_who_says_that_there_is_none_is_asked_no_more(policy: Policy) -> None:
    row = explained(policy, "firm", {"listed": True}, ON, ("ended_on",))
    assert (valid(row)["state"], "premises" in valid(row), row["optional"]) == ("entitled", False, [])
    told = next(fact for fact in valid(row)["inputs"]["facts"] if fact["fact"] == "ended_on")
    assert (told["value"]["en"], told["known"], "none" in told) == ("none", True, False)


def test_nothing_optional_is_asked_where_it_changes_nothing(policy: Policy) -> None:
    assert explained(policy, "firm", {"listed": False}, ON)["optional"] == []


def test_outside_its_dates_nothing_optional_is_asked(policy: Policy) -> None:
    assert explained(policy, "firm", {"listed": True}, date(2022, 1, 1))["optional"] == []


@pytest.mark.parametrize(
    ("spent", "expected", "sentence"),
    [
        (99_999, 99_999, "条件符合，尚待：就绪以后结算。按现在的事实为 999.99 元。"),
        (100_000, 100_000, "条件符合，尚待：就绪以后结算。按现在的事实为 1,000.00 元。"),
        (100_001, 100_000, "条件符合，尚待：就绪以后结算。按现在的事实，公式为 1,000.01 元，年度上限为 1,000.00 元，最多 1,000.00 元。"),
    ],
)
def test_what_is_still_to_come_is_told_within_the_limit(policy: Policy, spent: int, expected: int, sentence: str) -> None:
    row = explained(policy, "firm", {"listed": True, "ready": False, "spent": spent}, ON)
    later = next(item for item in row["outcomes"] if item["rule"] == "LATER")
    assert (later["state"], later["expected"], later["sentence"]["zh"]) == ("waiting", expected, sentence)
