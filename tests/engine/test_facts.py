"""Facts that cannot be used are refused in both languages, and nothing is evaluated."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from quintet.engine import EngineError, FactsError, Policy
from quintet.engine.columns import read_tables
from quintet.engine.evaluate import read_facts
from tests.engine.packs import small

ON = date(2020, 12, 31)
BODY = """
subjects:
  firm:
    label: {zh: 企业, en: firm}
    refs: {owner: firm}
    facts:
      staff: {type: people, range: [0, 1000], label: {zh: 职工, en: staff}}
      money: {type: yuan, range: [0 yuan, 1000000 yuan], label: {zh: 钱, en: money}}
      yes: {type: bool, label: {zh: 是, en: yes}}
      grade: {type: text, choices: {national: {zh: 国家级, en: national}, other: {zh: 其他, en: other}}, label: {zh: 级, en: grade}}
      day: {type: date, label: {zh: 日, en: day}}
parameters:
  limit: {clause: C1, label: {zh: 上限, en: limit}, unit: people, value: 500 people}
rules:
- {id: R, clause: C1, subject: firm, title: {zh: 一, en: one}, kind: fixed, budget: none, amount: money, when: {all: [staff <= limit, yes, "grade == 'national'", in_year(day)]}}
"""


@pytest.fixture
def policy(tmp_path: Path) -> Policy:
    return small(tmp_path, BODY)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"staff": -1}, "lies outside 0 to 1,000"),
        ({"staff": 10**30}, "lies outside"),
        ({"staff": float("nan")}, "must be a whole number"),
        ({"staff": float("inf")}, "must be a whole number"),
        ({"staff": 1e30}, "must be a whole number"),
        ({"staff": 5.0}, "must be a whole number"),
        ({"staff": True}, "must be a whole number"),
        ({"staff": [1]}, "must be a whole number"),
        ({"staff": "many"}, "is not a number"),
        ({"money": "1.005 yuan"}, "more than two decimals"),
        ({"money": "5"}, "lacks its unit"),
        ({"yes": 1}, "must be true or false"),
        ({"yes": "true"}, "must be true or false"),
        ({"grade": "nationl"}, "did you mean national"),
        ({"grade": 3}, "is not one of the choices"),
        ({"grade": ["national"]}, "is not one of the choices"),
        ({"day": "0001-01-01"}, "lies outside 1900 to 2150"),
        ({"day": "9999-12-31"}, "lies outside 1900 to 2150"),
        ({"day": "2020-02-30"}, "is not a date"),
        ({"day": 20200101}, "is not a date"),
        ({"day": ["2020-01-01"]}, "is not a date"),
        ({"staf": 1}, "Did you mean staff"),
        ({1: 1}, "no such fact"),
        ({"owner": [1]}, "must be a text or a whole number"),
        ({"id": {"a": 1}}, "must be a text or a whole number"),
        ({"id": True}, "must be a text or a whole number"),
    ],
)
def test_a_wrong_fact_is_refused_in_both_languages(row: dict[Any, Any], says: str, policy: Policy) -> None:
    with pytest.raises(FactsError, match=says) as caught:
        policy.evaluate({"firm": [{"id": "good", "staff": 1}, row]}, ON)
    assert any("\u4e00" <= sign <= "\u9fff" for sign in caught.value.zh)
    assert caught.value.subject == "firm"


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"frm": []}, "Did you mean firm"),
        ({"firm": {}}, "must be a list"),
        ({"firm": [5]}, "must be a mapping"),
        ({"firm": [{"id": "A"}, {"id": "A"}]}, "stands twice"),
    ],
)
def test_wrong_tables_are_refused(facts: dict[str, Any], says: str, policy: Policy) -> None:
    with pytest.raises(FactsError, match=says):
        policy.evaluate(facts, ON)


def test_an_evaluation_outside_1900_to_2150_is_refused(policy: Policy) -> None:
    for day in (date(1, 1, 1), date(1899, 12, 31), date(2151, 1, 1), date(9999, 12, 31)):
        with pytest.raises(EngineError, match="lies outside 1900 to 2150"):
            policy.evaluate({"firm": [{}]}, day)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ('{"firm": [{"staff": NaN}]}', "NaN is not a number"),
        ("[]", "must map subjects"),
        ("{", "not valid JSON"),
    ],
)
def test_a_file_that_is_not_facts_is_refused(text: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "facts.json"
    path.write_text(text)
    with pytest.raises(FactsError, match=says):
        read_facts(path)


@pytest.mark.parametrize(
    ("column", "says"),
    [
        ({"staff": pa.array([1, 2000])}, "2,000 lies outside"),
        ({"staff": pa.array([1, 2], pa.uint64())}, "signed 64-bit"),
        ({"staff": pa.array([1.5, 2.0])}, "whole numbers"),
        ({"yes": pa.array([1, 0])}, "true and false"),
        ({"grade": pa.array(["national", "nationl"])}, "did you mean national"),
        ({"grade": pa.array([1, 2])}, "column of texts"),
        ({"day": pa.array(["soon", "later"])}, "'soon' is not a date"),
        ({"day": pa.array([date(1, 1, 1), date(2020, 1, 1)])}, "lies outside 1900 to 2150"),
        ({"staf": pa.array([1, 2])}, "Did you mean staff"),
        ({"id": pa.array(["A", "A"])}, "stands twice"),
    ],
)
def test_a_wrong_column_is_refused(column: dict[str, Any], says: str, policy: Policy, tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": ["A", "B"], **column}), tmp_path / "firm.parquet")
    with pytest.raises(FactsError, match=says) as caught:
        read_tables(tmp_path, policy.pack.subjects)
    assert any("\u4e00" <= sign <= "\u9fff" for sign in caught.value.zh)


def test_a_csv_with_wrong_types_is_refused(policy: Policy, tmp_path: Path) -> None:
    (tmp_path / "firm.csv").write_text("id,staff\nA,many\n")
    with pytest.raises(FactsError, match="'many' is no figure"):
        read_tables(tmp_path, policy.pack.subjects)


@pytest.mark.parametrize(
    ("row", "zh"),
    [
        ({"staff": -1}, "（-1 人）超出范围 0 至 1,000 人"),
        ({"staff": 1001}, "（1,001 人）超出范围 0 至 1,000 人"),
        ({"money": -1}, "（-0.01 元）超出范围 0.00 至 "),
        ({"staff": "many"}, "（“many”）应为整数"),
        ({"staff": True}, "（true）应为整数"),
        ({"staff": [1]}, "（一组值）应为整数"),
        ({"staff": 5.5}, "（5.5）应为整数"),
        ({"staff": date(2020, 1, 2)}, "（2020年1月2日）应为整数"),
        ({"day": 5}, "（5）应为日期"),
    ],
)
def test_a_wrong_fact_is_told_as_people_write_it(row: dict[str, Any], zh: str, policy: Policy) -> None:
    with pytest.raises(FactsError) as caught:
        policy.program(date(2020, 12, 31)).check("firm", {"id": "A", **row})
    assert zh in caught.value.zh


@pytest.mark.parametrize("staff", [0, 1000])
def test_on_the_ends_of_its_range_a_fact_is_read(staff: int, policy: Policy) -> None:
    assert staff in policy.program(date(2020, 12, 31)).check("firm", {"id": "A", "staff": staff})


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["firm.csv", "firms.csv"], "did you mean firm.csv?"),
        (["Firm.csv"], "did you mean firm.csv?"),
        (["firm.CSV"], "did you mean firm.csv?"),
        (["firm.PARQUET"], "did you mean firm.parquet?"),
        (["firm.csv", "firm.parquet"], "stands beside firm.parquet; keep one of them"),
        (["firm.csv", "results.csv", "firm_results.csv", "readme.txt"], ""),
    ],
)
def test_a_file_of_facts_under_another_name_is_not_passed_over(names: list[str], said: str, policy: Policy, tmp_path: Path) -> None:
    for name in names:
        (tmp_path / name).write_text("id,staff\nA,1\n")
    if said:
        with pytest.raises(FactsError) as refusal:
            read_tables(tmp_path, policy.pack.subjects)
        assert said in str(refusal.value)
    else:
        assert list(read_tables(tmp_path, policy.pack.subjects)) == ["firm"]
