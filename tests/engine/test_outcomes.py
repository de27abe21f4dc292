"""Kinds of outcomes and days on which figures, rules and the policy itself begin, change and end: the same in every backend."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from quintet.engine import Policy, load
from tests.engine.backends import every_backend
from tests.engine.packs import HEAD, small, write_pack

REFUSED, UNKNOWN = ("not_entitled", None), ("unknown", None)
KINDS = """
subjects:
  firm:
    label: {zh: 企业, en: firm}
    facts:
      good: {type: bool, label: {zh: 好, en: good}}
      unclear: {type: bool, label: {zh: 不明, en: unclear}}
      spent: {type: yuan, range: [0 yuan, 1000000 yuan], label: {zh: 投入, en: spent}}
      founded_on: {type: date, label: {zh: 成立, en: founded on}}
parameters:
  award: {clause: C1, label: {zh: 奖, en: award}, unit: yuan, value: 10 万元}
  most: {clause: C1, label: {zh: 上限, en: most}, unit: yuan, value: "3,000 yuan"}
  share: {clause: C1, label: {zh: 比例, en: share}, unit: percent, value: 33.3 %}
  span: {clause: C1, label: {zh: 年数, en: years}, unit: years, value: 3 years}
rules:
- {id: FIXED, clause: C1, subject: firm, title: {zh: 定额, en: fixed}, kind: fixed, budget: none, amount: award, when: good}
- {id: FORMULA, clause: C1, subject: firm, title: {zh: 公式, en: formula}, kind: formula, budget: none, amount: round_half_up(spent * share), when: good}
- {id: CAP, clause: C1, subject: firm, title: {zh: 最高, en: cap}, kind: cap, budget: none, amount: most, when: good}
- {id: FLOOR, clause: C1, subject: firm, title: {zh: 不低于, en: floor}, kind: floor, amount: most, when: good}
- {id: MATCHING, clause: C1, subject: firm, title: {zh: 配套, en: matching}, kind: matching, budget: none, amount: 'min(spent, most)', when: good}
- {id: INSTALMENTS, clause: C1, subject: firm, title: {zh: 分年, en: instalments}, kind: instalments, budget: none, amount: award, begins: year_of(founded_on), years: span, when: good}
- {id: RIGHT, clause: C1, subject: firm, title: {zh: 权利, en: right}, kind: right, right: {zh: 免费场地, en: free rooms}, when: good}
- {id: DISCRETIONARY, clause: C1, subject: firm, title: {zh: 一事一议, en: discretionary}, kind: discretionary, right: {zh: 特别支持, en: special support}, when: good}
- {id: DECIDED, clause: C1, subject: firm, title: {zh: 认定, en: decided}, kind: fixed, budget: none, amount: award, when: good, decide: {when: unclear, reason: {zh: 情况不明, en: it is unclear}}}
"""


@cache
def kinds() -> Policy:
    return small(Path(mkdtemp()), KINDS)


@pytest.mark.parametrize(
    ("rule", "facts", "expected"),
    [
        ("FIXED", {}, ("entitled", 10_000_000)),
        ("FORMULA", {"spent": 50}, ("entitled", 17)),  # 16.65 fen
        ("FORMULA", {"spent": 500}, ("entitled", 167)),  # 166.5 fen: half a fen goes up
        ("FORMULA", {}, UNKNOWN),
        ("CAP", {}, ("decision", 300_000)),
        ("FLOOR", {}, ("entitled", 300_000)),
        ("MATCHING", {"spent": 299_999}, ("entitled", 299_999)),  # one for one
        ("MATCHING", {"spent": 300_000}, ("entitled", 300_000)),
        ("MATCHING", {"spent": 300_001}, ("entitled", 300_000)),
        ("MATCHING", {"spent": 0}, ("entitled", 0)),
        ("MATCHING", {}, UNKNOWN),
        ("RIGHT", {}, ("entitled", 0)),
        ("DISCRETIONARY", {}, ("decision", 0)),
        ("DECIDED", {"unclear": False}, ("entitled", 10_000_000)),
        ("DECIDED", {"unclear": True}, ("decision", 10_000_000)),
        ("DECIDED", {}, UNKNOWN),
    ],
)
def test_each_kind_of_outcome(rule: str, facts: dict[str, Any], expected: tuple[str, int | None]) -> None:
    rows = [{"id": 1, "good": True, **facts}, {"id": 2, "good": False, **facts}, {"id": 3, **facts}]
    for backend, said in every_backend(kinds(), "firm", rows, date(2020, 12, 31)).items():
        assert [row[rule] for row in said] == [expected, REFUSED, UNKNOWN], backend


@pytest.mark.parametrize(
    ("founded_on", "on", "number"),
    [
        ("2020-01-01", "2019-12-31", 0),
        ("2020-01-01", "2020-01-01", 1),
        ("2020-12-31", "2020-01-01", 1),
        ("2020-12-31", "2021-01-01", 2),
        ("2019-02-28", "2021-12-31", 3),
        ("2018-12-31", "2020-12-31", 3),
        ("2018-12-31", "2021-01-01", 0),
        ("2150-12-31", "2020-12-31", 0),
        ("1900-01-01", "2020-12-31", 0),
    ],
)
def test_instalments_run_over_calendar_years(founded_on: str, on: str, number: int) -> None:
    row, day = {"id": 1, "good": True, "founded_on": founded_on}, date.fromisoformat(on)
    for backend, said in every_backend(kinds(), "firm", [row], day).items():
        assert said[0]["INSTALMENTS"] == (("entitled", 10_000_000) if number else REFUSED), backend
    (outcome,) = [
        item for item in kinds().evaluate({"firm": [row]}, day)["results"]["firm"][0]["outcomes"] if item["rule"] == "INSTALMENTS"
    ]
    assert outcome.get("instalment", 0) == number  # fmt: skip


def test_instalments_of_a_year_unknown_are_unknown() -> None:
    for said in every_backend(kinds(), "firm", [{"id": 1, "good": True}], date(2020, 12, 31)).values():
        assert said[0]["INSTALMENTS"] == UNKNOWN


# Days -------------------------------------------------------------------------------------------------------------------

DAYS = """
subjects:
  loan:
    label: {zh: 贷款, en: loan}
    facts:
      principal: {type: yuan, range: [0 yuan, 1000000 yuan], label: {zh: 本金, en: principal}}
      term: {type: days, range: [0, 5000], label: {zh: 期限, en: term}}
      kind: {type: text, choices: {lab: {zh: 实验室, en: lab}, shop: {zh: 店, en: shop}}, label: {zh: 类, en: kind}}
parameters:
  award: {clause: C1, label: {zh: 奖, en: award}, unit: yuan, values: [{from: 2019-07-04, value: 1 yuan}, {from: 2020-03-01, value: 2 yuan}, {from: 2021-01-01, value: 3 yuan}]}
  rate:
    clause: C1
    label: {zh: 利率, en: rate}
    unit: percent
    of: days
    values:
    - {from: 2015-10-24, value: [["<= 365 days", 4.35 %], [else, 4.75 %]]}
    - {from: 2020-04-20, value: [["<= 365 days", 3.85 %], [else, 4.65 %]]}
    bands: []
  kinds:
    clause: C1
    label: {zh: 类别, en: kinds}
    of: loan.kind
    values: [{from: 2019-07-04, value: [lab]}, {from: 2020-07-01, value: [lab, shop]}]
    list: []
rules:
- {id: AWARD, clause: C1, subject: loan, title: {zh: 一, en: one}, kind: fixed, budget: none, amount: award, when: true}
- {id: INTEREST, clause: C1, subject: loan, title: {zh: 二, en: two}, kind: formula, budget: none, amount: round_half_up(principal * rate(term)), when: true}
- {id: LISTED, clause: C1, subject: loan, title: {zh: 三, en: three}, kind: fixed, budget: none, amount: award, when: kind in kinds}
- {id: CHANGED, clause: C1, subject: loan, title: {zh: 四, en: four}, kind: fixed, budget: none, amount: award, to: 2020-12-31, when: true}
- {id: CHANGED, clause: C1, subject: loan, title: {zh: 五, en: five}, kind: formula, budget: none, amount: 'min(principal, award)', from: 2021-01-01, when: true}
- {id: LATE, clause: C1, subject: loan, title: {zh: 六, en: six}, kind: fixed, budget: none, amount: award, from: 2020-02-29, to: 2020-03-01, when: true}
"""
LOAN = {"id": 1, "principal": 10_000, "term": 365, "kind": "shop"}


@cache
def dated() -> Policy:
    return small(Path(mkdtemp()), DAYS)


@pytest.mark.parametrize(
    ("rule", "on", "expected"),
    [
        ("AWARD", "2020-02-29", ("entitled", 100)),
        ("AWARD", "2020-03-01", ("entitled", 200)),
        ("AWARD", "2020-03-02", ("entitled", 200)),
        ("AWARD", "2020-12-31", ("entitled", 200)),
        ("AWARD", "2021-01-01", ("entitled", 300)),
        ("INTEREST", "2020-04-19", ("entitled", 435)),
        ("INTEREST", "2020-04-20", ("entitled", 385)),
        ("INTEREST", "2020-04-21", ("entitled", 385)),
        ("LISTED", "2020-06-30", REFUSED),
        ("LISTED", "2020-07-01", ("entitled", 200)),
        ("CHANGED", "2020-12-31", ("entitled", 200)),
        ("CHANGED", "2021-01-01", ("entitled", 300)),
        ("LATE", "2020-02-28", None),
        ("LATE", "2020-02-29", ("entitled", 100)),
        ("LATE", "2020-03-01", ("entitled", 200)),
        ("LATE", "2020-03-02", None),
        ("AWARD", "2019-07-03", REFUSED),  # the policy is in force from the 4th
        ("AWARD", "2019-07-04", ("entitled", 100)),
        ("AWARD", "2021-12-31", ("entitled", 300)),
        ("AWARD", "2022-01-01", REFUSED),
    ],
)
def test_the_day_decides(rule: str, on: str, expected: tuple[str, int | None] | None) -> None:
    for backend, said in every_backend(dated(), "loan", [LOAN], date.fromisoformat(on)).items():
        assert said[0].get(rule) == expected, backend


@pytest.mark.parametrize(
    ("on", "status"), [("2019-07-03", "not_yet"), ("2019-07-04", "in_force"), ("2021-12-31", "in_force"), ("2022-01-01", "ended")]
)
def test_a_policy_says_whether_it_is_in_force(on: str, status: str) -> None:
    answer = dated().evaluate({"loan": [LOAN]}, date.fromisoformat(on))
    assert answer["status"] == status
    reasons = {outcome.get("reason") for outcome in answer["results"]["loan"][0]["outcomes"]}
    assert reasons == ({None} if status == "in_force" else {status})


def test_a_policy_without_an_end_stays_in_force(tmp_path: Path) -> None:
    policy = load(write_pack(tmp_path, DAYS, head=HEAD.replace("ends: 2021-12-31\n", "")))
    assert policy.evaluate({"loan": [LOAN]}, date(2150, 12, 31))["status"] == "in_force"


NATIONAL = """
subjects:
  loan:
    label: {zh: 贷款, en: loan}
    facts:
      lent: {type: yuan, range: [0 yuan, 1000000 yuan], label: {zh: 本金, en: lent}}
      term: {type: days, range: [0, 5000], label: {zh: 期限, en: term}}
rules:
- {id: YEAR, clause: C1, subject: loan, title: {zh: 一, en: one}, kind: formula, budget: none, amount: round_half_up(lent * benchmark_rate(term)), when: true}
"""


@cache
def with_national_rates() -> Policy:
    return load(write_pack(Path(mkdtemp()), NATIONAL, head=HEAD + "uses: [national]\n"))


@pytest.mark.parametrize(
    ("term", "fen"), [(1, 435), (364, 435), (365, 435), (366, 475), (1824, 475), (1825, 475), (1826, 490), (5000, 490)]
)
def test_the_national_benchmark_rates_go_by_the_term(term: int, fen: int) -> None:
    for backend, said in every_backend(
        with_national_rates(), "loan", [{"id": 1, "lent": 10_000, "term": term}], date(2020, 12, 31)
    ).items():
        assert said[0]["YEAR"] == ("entitled", fen), backend
