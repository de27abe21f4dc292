"""What each year of an award in instalments pays: truly summed, up to the policy's end, or beyond it where the pack says so."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from quintet.engine import Policy, load
from quintet.engine.explain import explain
from tests.engine.packs import HEAD, small, write_pack

pytestmark = pytest.mark.engine_only

PANJIN = load("panjin-2019-29")
FALLING = """
subjects:
  firm:
    label: {zh: 企业, en: firm}
    facts:
      begun_on: {type: date, label: {zh: 开始, en: begun}}
      wanted: {type: bool, label: {zh: 申请, en: wanted}}
parameters:
  falling: {clause: C1, label: {zh: 逐年, en: by year}, unit: yuan, of: years, bands: [["< 1 years", 5 yuan], ["< 2 years", 3 yuan], [else, 2 yuan]]}
  three: {clause: C1, label: {zh: 年数, en: years}, unit: years, value: 3 years}
rules:
- {id: FALLING, clause: C1, subject: firm, title: {zh: 逐年, en: falling}, kind: instalments, budget: none, when: wanted, amount: falling(year - year_of(begun_on)), begins: year_of(begun_on), years: three}
"""


def talent(begun: str, years: int, category: str = "international_top") -> dict[str, object]:
    return {
        "id": "t",
        "category": category,
        "first_full_time": True,
        "brought_in_on": begun,
        "contract_years": years,
        "review_passed": True,
    }


def told(
    policy: Policy, subject: str, row: dict[str, object], rule: str, on: date, **parameters: str
) -> tuple[dict[str, object], dict[str, object]]:
    """(what `evaluate` says, what `explain` says) of a rule."""
    found = []
    for answer in (
        policy.evaluate({subject: [row]}, on, parameters=parameters),
        explain(policy, {subject: [row]}, on, parameters=parameters),
    ):
        found.append(next(item for item in answer["results"][subject][0]["outcomes"] if item["rule"] == rule))
    return found[0], found[1]


@pytest.mark.parametrize(("years", "beyond"), [(3, 2), (5, 4), (30, 29)])
def test_a_contract_begun_in_the_last_month_pays_that_year_alone(years: int, beyond: int) -> None:
    plain, explained = told(PANJIN, "talent", talent("2021-12-01", years), "salary_subsidy", date(2021, 12, 31))
    assert (plain["amount"], plain["total"]) == (150_000_00, 150_000_00)
    assert [item["state"] for item in plain["instalments"]] == ["payable"] + ["beyond_end"] * beyond
    assert [item["year"] for item in plain["instalments"]] == list(range(2021, 2021 + years))
    assert explained["instalments"]["items"] == plain["instalments"]
    assert explained["instalments"]["total"] == 150_000_00
    assert "政策期内共1年，逐年决定；以后年度（2022年至" in explained["sentence"]["zh"]
    assert "须有后续政策" in explained["sentence"]["zh"]
    assert "need a following policy" in explained["sentence"]["en"]
    assert "750,000" not in str(explained)
    assert "4,500,000" not in str(explained)


@pytest.mark.parametrize(
    ("begun", "on", "payable"),
    [("2019-01-01", date(2019, 12, 31), 3), ("2020-01-01", date(2020, 12, 31), 2), ("2021-01-01", date(2021, 6, 30), 1)],
)
def test_three_years_count_up_to_the_end(begun: str, on: date, payable: int) -> None:
    plain, _ = told(PANJIN, "talent", talent(begun, 3), "salary_subsidy", on)
    assert sum(item["state"] == "payable" for item in plain["instalments"]) == payable
    assert plain["total"] == payable * 150_000_00


def test_a_city_that_pays_promised_years_out_sums_all_of_them() -> None:
    plain, explained = told(PANJIN, "talent", talent("2021-12-01", 5), "salary_subsidy", date(2021, 12, 31), promised_years_paid_out="true")
    assert plain["total"] == 750_000_00
    assert "共5年，逐年决定" in explained["sentence"]["zh"]
    assert "后续政策" not in explained["sentence"]["zh"]
    later, _ = told(PANJIN, "talent", talent("2021-12-01", 5), "salary_subsidy", date(2025, 12, 31), promised_years_paid_out="true")
    assert (later["state"], later["amount"], later["instalment"]) == ("entitled", 150_000_00, 5)
    over, _ = told(PANJIN, "talent", talent("2021-12-01", 5), "salary_subsidy", date(2026, 12, 31), promised_years_paid_out="true")
    assert over["state"] == "not_entitled"


@pytest.mark.parametrize(("on", "now"), [(date(2020, 12, 31), 5_00), (date(2021, 12, 31), 3_00), (date(2022, 12, 31), 2_00)])
def test_falling_amounts_are_each_years_own(on: date, now: int, tmp_path: Path) -> None:
    policy = load(write_pack(tmp_path, FALLING, head=HEAD.replace("ends: 2021-12-31", "ends: 2022-12-31")))
    plain, explained = told(policy, "firm", {"id": "f", "begun_on": "2020-05-01", "wanted": True}, "FALLING", on)
    assert [item["amount"] for item in plain["instalments"]] == [5_00, 3_00, 2_00]
    assert (plain["amount"], plain["total"]) == (now, 10_00)
    assert "2020年 5.00 元、2021年 3.00 元、2022年 2.00 元" in explained["sentence"]["zh"]
    assert "共3年，逐年决定" in explained["sentence"]["zh"]
    assert explained["instalments"]["total"] == 10_00


def test_falling_amounts_end_with_the_policy(tmp_path: Path) -> None:
    policy = small(tmp_path, FALLING)
    plain, _ = told(policy, "firm", {"id": "f", "begun_on": "2020-05-01", "wanted": True}, "FALLING", date(2020, 12, 31))
    assert plain["total"] == 8_00
    assert [(item["amount"], item["state"]) for item in plain["instalments"]] == [
        (5_00, "payable"),
        (3_00, "payable"),
        (2_00, "beyond_end"),
    ]


def test_the_reading_of_the_years_after_the_end_is_told_with_the_figures() -> None:
    _, explained = told(PANJIN, "talent", talent("2021-12-01", 5), "salary_subsidy", date(2021, 12, 31))
    figures = {item["name"]: item for item in explained["inputs"]["parameters"]}
    assert figures["promised_years_paid_out"]["value"] == {"zh": "否", "en": "no"}
    assert "后续政策" in figures["promised_years_paid_out"]["treatment"]["zh"]
