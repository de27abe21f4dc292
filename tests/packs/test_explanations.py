"""What an accountant reads of a policy's own figures."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from quintet.engine import Policy, load
from quintet.engine.describe import rule_card
from quintet.engine.explain import explain

pytestmark = pytest.mark.engine_only

LOAN = {
    "id": "loan", "enterprise": "firm", "pledge": "intellectual_property", "released": True, "principal": 10_000_000_00, "interest_paid": 500_000_00,
    "drawn_on": "2020-01-01", "due_on": "2020-12-31",
}  # fmt: skip


def test_a_loan_names_the_rate_read_from_the_table_and_the_reading_of_the_unclear_place() -> None:
    policy = load(Path(__file__).resolve().parents[2] / "packs" / "panjin-2019-29")

    answer = explain(policy, {"loan": [LOAN]}, date(2020, 12, 31))

    rules = {item["rule"]: item for item in answer["results"]["loan"][0]["outcomes"]}
    figures = {item["name"]: item["value"] for item in rules["loan_interest_subsidy"]["inputs"]["parameters"]}
    assert figures["benchmark_rate"] == {"zh": "4.35%", "en": "4.35%"}
    assert figures["loan_interest_scope"] == {"zh": "整个贷款期限", "en": "the whole term"}


PACKS = Path(__file__).resolve().parents[2] / "packs"
NONSENSE = re.compile(r"^(是|否|yes|no)$|“(是|否)”|not: (yes|no)$|^(.{2,})为\4$|^(.{3,}) is \5$")


def texts(node: dict[str, Any]) -> list[str]:
    return [*node["text"].values(), *(text for child in node["children"] for text in texts(child))]


def conditions(policy: Policy, switches: dict[str, Any]) -> list[str]:
    bound = policy.bound(DAY, switches)
    cards = [rule_card(policy, bound, rule, DAY) for part in bound.subjects.values() for rule in part.rules]
    formulas = [text for card in cards if card["formula"] for text in card["formula"].values()]
    return [text for card in cards for text in texts(card["conditions"])] + formulas


DAY = date(2020, 12, 31)


@pytest.mark.parametrize("name", ["national", "panjin-2019-29"])
def test_no_condition_is_a_switch_or_says_nothing_however_the_switches_are_set(name: str) -> None:
    policy = load(PACKS / name)
    switches = [spec for spec in policy.pack.parameters.values() if spec.type.kind == "bool"]
    settings: list[dict[str, Any]] = [{}, *({spec.name: not spec.on(DAY)} for spec in switches)]
    assert {text for setting in settings for text in conditions(policy, setting) if NONSENSE.search(text)} == set()


def test_a_switch_leaves_the_conditions_it_asks_for_and_takes_its_alternative_away() -> None:
    policy = load(PACKS / "panjin-2019-29")
    this_year = conditions(policy, {})
    assert "引进日期在2020年内" in this_year
    any_year = conditions(policy, {"arrival_this_year": False})
    assert {text for text in this_year if "引进日期" in text and "2020年" in text} == {
        "引进日期在2020年内",
        "引进日期不晚于评估日（2020年12月31日）",
    }
    assert "引进日期在2020年内" not in any_year
    loan = explain(policy, {"loan": [LOAN]}, DAY)["results"]["loan"][0]["outcomes"]
    told = next(item for item in loan if item["rule"] == "loan_interest_subsidy")["conditions"]
    assert [child["text"]["zh"] for child in told["children"]] == ["属于贴息范围的贷款", "以前年度没有结算（结算过的，看结算的那一年）"]
    assert told["children"][1]["children"] == []


@pytest.mark.parametrize(
    ("facts", "on", "promised"),
    [
        ({"high_tech_recognised": False, "high_tech_earlier": False}, DAY, {"amount": 100_000_00, "decision": False}),
        ({"high_tech_recognised": False, "high_tech_earlier": True}, DAY, {"amount": 100_000_00, "decision": True}),
        ({"high_tech_recognised": False}, DAY, {"amount": 100_000_00, "decision": True}),
        ({"high_tech_recognised": False, "high_tech_earlier": False}, date(2021, 12, 31), {"amount": 100_000_00, "decision": False}),
        ({"high_tech_recognised": False, "high_tech_earlier": False}, date(2022, 1, 1), {"amount": None, "decision": False}),
    ],
    ids=["never before", "recognised before", "not known", "the last day", "after the policy's end"],
)
def test_the_next_rung_promises_only_what_nobody_has_to_decide_on(facts: dict[str, Any], on: date, promised: dict[str, Any]) -> None:
    answer = explain(load(PACKS / "panjin-2019-29"), {"enterprise": [{"id": "firm", **facts}]}, on)
    rung = next(rung for rung in answer["results"]["enterprise"][0]["ladders"][0]["rungs"] if rung["rung"] == "high_tech")
    award, support = rung["brings"]
    assert {name: award[name] for name in promised} == promised
    assert (support["rule"], support["amount"], support["decision"]) == ("strong_high_tech_support", None, True)


def outcome(subject: str, rule: str, facts: dict[str, Any], on: date) -> dict[str, Any]:
    answer = explain(load(PACKS / "panjin-2019-29"), {subject: [{"id": "1", **facts}]}, on)
    return next(item for item in answer["results"][subject][0]["outcomes"] if item["rule"] == rule)


@pytest.mark.parametrize(
    ("drawn", "settled", "on", "state", "why"),
    [
        ("2021-12-31", "2022-12-31", date(2022, 12, 31), "entitled", "可获得"),
        ("2021-12-31", "2023-01-01", date(2023, 1, 31), "entitled", "可获得"),
        (
            "2021-12-31",
            "2022-12-31",
            date(2023, 1, 31),
            "not_entitled",
            "以前年度没有结算（结算过的，看结算的那一年）（现为 2022年12月31日）",
        ),
        ("2022-01-01", "2022-12-31", date(2023, 1, 31), "not_entitled", "本政策已于2021年12月31日到期失效"),
    ],
    ids=["settled in its year", "settled on the first day of the year", "settled a day before the year", "drawn after the end"],
)
def test_after_the_end_the_reason_is_the_rules_own_where_the_rule_goes_on(drawn: str, settled: str, on: date, state: str, why: str) -> None:
    loan = {**LOAN, "drawn_on": drawn, "due_on": settled, "interest_settled_on": settled}
    found = outcome("loan", "loan_interest_subsidy", loan, on)
    assert (found["state"], why in found["sentence"]["zh"]) == (state, True)
    assert (found["deciding"] is not None) == (state == "not_entitled" and drawn == "2021-12-31")


INCOME = {"transfer_project": True, "net_income": 600_000_00, "net_income_on": "2020-06-01", "own_rule_or_agreement": True}


@pytest.mark.parametrize(
    ("facts", "state", "amount", "words"),
    [
        ({"state_institution": True}, "entitled", 300_000_00, "必须奖给完成和转化成果的人员"),
        ({"state_institution": False}, "not_entitled", None, "这一项不适用，因为不满足：单位没有规定也没有约定，或者是国家设立的高校院所"),
        ({}, "unknown", None, "国家设立的高校或研究开发机构"),
        ({"own_rule_or_agreement": False}, "entitled", 300_000_00, "必须奖给完成和转化成果的人员"),
    ],
    ids=["a state university", "a firm", "not known", "no rule"],
)
def test_the_legal_minimum_binds_rules_and_agreements_of_state_institutions(
    facts: dict[str, Any], state: str, amount: int | None, words: str
) -> None:
    found = outcome("project", "legal_researchers_reward", INCOME | facts, DAY)
    assert (found["state"], found["amount"], words in found["sentence"]["zh"]) == (state, amount, True)
    assert "不能享受" not in found["sentence"]["zh"]
