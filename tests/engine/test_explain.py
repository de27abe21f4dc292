"""What a person reads: one sentence an outcome, in Chinese and English, and the questions that are still open."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from quintet.engine import Policy
from quintet.engine.explain import explain
from quintet.engine.report import lines
from tests.engine.packs import small

ON = date(2020, 12, 31)
PACK = """
subjects:
  firm:
    label: {zh: 企业, en: firm}
    facts:
      resident: {type: bool, label: {zh: 在本市注册, en: registered in the city}, question: {zh: 贵企业在本市注册吗？, en: Is your firm registered in the city?}}
      barred: {type: bool, label: {zh: 有失信记录, en: on the list of the dishonest}}
      doubtful: {type: bool, label: {zh: 资料存疑, en: papers in doubt}}
      staff: {type: people, range: [0, 5000], label: {zh: 职工总数, en: staff}}
      technical: {type: people, range: [0, 5000], label: {zh: 科技人员数, en: technical staff}}
      grade: {type: text, choices: {national: {zh: 国家级, en: national}, other: {zh: 其他, en: other}}, label: {zh: 级别, en: grade}}
      recognised_on: {type: date, label: {zh: 认定日期, en: day of recognition}}
      spent: {type: yuan, range: [0 yuan, 1000000 yuan], label: {zh: 投入, en: spending}}
parameters:
  award: {clause: C1, label: {zh: 奖励标准, en: award}, unit: yuan, value: "1,000 yuan"}
  more: {clause: C1, label: {zh: 较高标准, en: higher award}, unit: yuan, value: "2,000 yuan", treatment: {zh: 按较高一档理解。, en: Read as the higher step.}}
  staff_limit: {clause: C1, label: {zh: 人数上限, en: most staff}, unit: people, value: 500 people}
  share_least: {clause: C1, label: {zh: 占比下限, en: least share}, unit: percent, value: 10 %}
  span: {clause: C1, label: {zh: 年数, en: years}, unit: years, value: 2 years}
definitions:
  share: {subject: firm, clause: C1, label: {zh: 科技人员占比, en: share of technical staff}, unit: percent, formula: technical / staff}
  sound: {subject: firm, clause: C1, label: {zh: 经营正常, en: sound}, any: [not barred, grade == 'national']}
rules:
- {id: RESIDENT, clause: C1, subject: firm, title: {zh: 落户奖, en: Settling award}, kind: fixed, budget: none, amount: award, when: resident}
- {id: SMALL, clause: C1, subject: firm, title: {zh: 小企业奖, en: Small award}, kind: fixed, budget: none, amount: award, when: {all: [resident, staff <= staff_limit]}}
- {id: SHARE, clause: C1, subject: firm, title: {zh: 占比奖, en: Share award}, kind: fixed, budget: none, amount: award, when: {all: [resident, share >= share_least]}}
- {id: SOUND, clause: C1, subject: firm, title: {zh: 正常奖, en: Sound award}, kind: fixed, budget: none, amount: award, when: {all: [sound, resident]}}
- {id: CLEAN, clause: C1, subject: firm, title: {zh: 守信奖, en: Honest award}, kind: fixed, budget: none, amount: award, when: not barred}
- {id: GRADE, clause: C1, subject: firm, title: {zh: 级别奖, en: Grade award}, kind: fixed, budget: none, amount: award, when: {test: grade == 'national', zh: 获国家级认定, en: recognised nationally}}
- {id: YEAR, clause: C1, subject: firm, title: {zh: 当年奖, en: Award of the year}, kind: fixed, budget: none, amount: award, when: in_year(recognised_on)}
- {id: DOUBT, clause: C1, subject: firm, title: {zh: 认定奖, en: Decided award}, kind: fixed, budget: none, amount: award, when: resident, decide: {when: doubtful, reason: {zh: 资料存疑。, en: the papers are in doubt.}}}
- {id: CAP, clause: C1, subject: firm, title: {zh: 项目, en: Project}, kind: cap, budget: none, amount: award, when: resident}
- {id: TALKS, clause: C1, subject: firm, title: {zh: 一事一议, en: Talks}, kind: discretionary, right: {zh: 特别支持, en: special support}, when: resident}
- {id: RIGHT, clause: C1, subject: firm, title: {zh: 场地, en: Rooms}, kind: right, right: {zh: 免费场地, en: free rooms}, when: resident}
- {id: FLOOR, clause: C1, subject: firm, title: {zh: 保底, en: Floor}, kind: floor, amount: award, when: resident}
- {id: YEARS, clause: C1, subject: firm, title: {zh: 分年奖, en: Award by years}, kind: instalments, budget: none, amount: award, begins: year_of(recognised_on), years: span, when: resident}
- {id: LOW, clause: C1, subject: firm, title: {zh: 低档, en: Low}, kind: fixed, budget: none, amount: award, when: resident, group: steps}
- {id: HIGH, clause: C1, subject: firm, title: {zh: 高档, en: High}, kind: fixed, budget: none, amount: more, when: grade == 'national', group: steps}
- {id: LIMITED, clause: C1, subject: firm, title: {zh: 补助, en: Grant}, kind: formula, budget: none, amount: spent, when: resident, limit: {amount: award, per: self}}
"""


@cache
def policy() -> Policy:
    return small(Path(mkdtemp()), PACK)


def explained(facts: dict[str, Any], on: date = ON) -> dict[str, Any]:
    return explain(policy(), {"firm": [{"id": "A", **facts}]}, on)["results"]["firm"][0]


def outcome(facts: dict[str, Any], rule: str, on: date = ON) -> dict[str, Any]:
    return next(item for item in explained(facts, on)["outcomes"] if item["rule"] == rule)


HERE = {"resident": True}


@pytest.mark.parametrize(
    ("rule", "facts", "zh", "en"),
    [
        ("RESIDENT", HERE, "可获得 1,000.00 元（依据一）。", "Entitled to 1,000.00 yuan (clause 一)."),
        ("RIGHT", HERE, "可以享受：免费场地（依据一）。", "Entitled to: free rooms (clause 一)."),
        ("FLOOR", HERE, "不低于 1,000.00 元（依据一）。", "At least 1,000.00 yuan (clause 一)."),
        (
            "YEARS",
            {**HERE, "recognised_on": "2019-08-01"},
            "第2年可获得 1,000.00 元；共2年，逐年决定（依据一）。",
            "1,000.00 yuan in year 2 of 2; years in all: 2, each decided by itself (clause 一).",
        ),
    ],
)
def test_entitled(rule: str, facts: dict[str, Any], zh: str, en: str) -> None:
    found = outcome(facts, rule)
    assert (found["state"], found["sentence"]) == ("entitled", {"zh": zh, "en": en})


@pytest.mark.parametrize(
    ("rule", "facts", "zh", "en"),
    [
        (
            "RESIDENT",
            {"resident": False},
            "不能享受，因为不满足：在本市注册（现为否）。",
            "Not entitled, because this is not met: registered in the city (now no).",
        ),
        (
            "SMALL",
            {**HERE, "staff": 501},
            "不能享受，因为不满足：职工总数不超过 500 人（现为 501 人）。",
            "Not entitled, because this is not met: staff is at most 500 people (now 501 people).",
        ),
        (
            "SHARE",
            {**HERE, "staff": 300, "technical": 29},
            "不能享受，因为不满足：科技人员占比不低于 10%（现为 9.67%）。",
            "Not entitled, because this is not met: share of technical staff is at least 10% (now 9.67%).",
        ),
        (
            "CLEAN",
            {"barred": True},
            "不能享受，因为不满足：“有失信记录”为否（现为是）。",
            "Not entitled, because this is not met: not: on the list of the dishonest (now yes).",
        ),
        (
            "SOUND",
            {**HERE, "barred": True, "grade": "other"},
            "不能享受，因为不满足：经营正常。",
            "Not entitled, because this is not met: sound.",
        ),
        (
            "GRADE",
            {"grade": "other"},
            "不能享受，因为不满足：获国家级认定（现为其他）。",
            "Not entitled, because this is not met: recognised nationally (now other).",
        ),
        (
            "YEAR",
            {"recognised_on": "2019-12-31"},
            "不能享受，因为不满足：认定日期在2020年内（现为 2019年12月31日）。",
            "Not entitled, because this is not met: day of recognition lies in 2020 (now 31 December 2019).",
        ),
        (
            "YEARS",
            {**HERE, "recognised_on": "2018-12-31"},
            "2020年不在发放期内（2018年至2019年）。",
            "2020 lies outside the years of payment (2018 to 2019).",
        ),
    ],
)
def test_not_entitled_because(rule: str, facts: dict[str, Any], zh: str, en: str) -> None:
    found = outcome(facts, rule)
    assert (found["state"], found["amount"], found["sentence"]) == ("not_entitled", None, {"zh": zh, "en": en})


def test_the_first_condition_not_met_decides_though_others_are_unknown() -> None:
    found = outcome({"staff": 501}, "SMALL")
    assert found["deciding"]["text"]["en"] == "staff is at most 500 people"
    assert (found["deciding"]["value"]["en"], found["deciding"]["needed"]["en"]) == ("501 people", "≤ 500 people")
    assert found["missing"] == []  # nothing that could be told would change it


@pytest.mark.parametrize(
    ("rule", "facts", "missing", "zh", "en"),
    [
        ("RESIDENT", {}, ["resident"], "尚不能判断：请先补充“在本市注册”。", "Not known yet: please tell us “registered in the city”."),
        ("SMALL", HERE, ["staff"], "尚不能判断：请先补充“职工总数”。", "Not known yet: please tell us “staff”."),
        ("SHARE", {}, ["resident", "technical", "staff"], "尚不能判断：请先补充“在本市注册”。", "Not known yet: please tell us “registered in the city”."),
        ("SHARE", {**HERE, "staff": 0, "technical": 0}, [], "尚不能判断。", "This cannot be judged yet."),
        ("SOUND", {**HERE, "barred": True}, ["grade"], "尚不能判断：请先补充“级别”。", "Not known yet: please tell us “grade”."),
        ("SOUND", {"barred": False}, ["resident"], "尚不能判断：请先补充“在本市注册”。", "Not known yet: please tell us “registered in the city”."),
        ("DOUBT", HERE, ["doubtful"], "尚不能判断：请先补充“资料存疑”。", "Not known yet: please tell us “papers in doubt”."),
        ("YEARS", HERE, ["recognised_on"], "尚不能判断：请先补充“认定日期”。", "Not known yet: please tell us “day of recognition”."),
        ("LIMITED", HERE, ["spent"], "尚不能判断：请先补充“投入”。", "Not known yet: please tell us “spending”."),
    ],
)  # fmt: skip
def test_unknown_asks_for_what_can_still_decide(rule: str, facts: dict[str, Any], missing: list[str], zh: str, en: str) -> None:
    found = outcome(facts, rule)
    assert (found["state"], found["sentence"]) == ("unknown", {"zh": zh, "en": en})
    assert [question["fact"] for question in found["missing"]] == missing


def test_the_question_that_decides_most_comes_first() -> None:
    first, *others = explained({"staff": 30})["questions"]
    assert first["fact"] == "resident"
    assert first["question"] == {"zh": "贵企业在本市注册吗？", "en": "Is your firm registered in the city?"}
    assert first["decides"] == [
        "RESIDENT", "SMALL", "SHARE", "SOUND", "DOUBT", "CAP", "TALKS", "RIGHT", "FLOOR", "YEARS", "LOW", "LIMITED",
    ]  # fmt: skip
    counts = [len(question["decides"]) for question in others]
    assert counts == sorted(counts, reverse=True)
    assert {question["fact"] for question in others} == {"technical", "barred", "grade", "recognised_on", "doubtful", "spent"}
    assert next(question for question in others if question["fact"] == "grade")["decides"] == ["SOUND", "GRADE", "HIGH"]


def test_each_question_asked_once_and_none_when_all_is_known() -> None:
    everything = {
        **HERE, "barred": False, "doubtful": False, "staff": 10, "technical": 5, "grade": "national", "recognised_on": "2020-03-01", "spent": 5,
    }  # fmt: skip
    assert explained(everything)["questions"] == []
    facts = [question["fact"] for question in explained({})["questions"]]
    assert len(facts) == len(set(facts))


@pytest.mark.parametrize(
    ("rule", "facts", "zh", "en"),
    [
        (
            "DOUBT",
            {**HERE, "doubtful": True},
            "条件符合，但需由市科技局认定：资料存疑。",
            "The conditions are met, but Municipal Science and Technology Bureau must decide: the papers are in doubt.",
        ),
        (
            "CAP",
            HERE,
            "条件符合，金额由市科技局决定，最高 1,000.00 元。",
            "The conditions are met; Municipal Science and Technology Bureau decides the amount, at most 1,000.00 yuan.",
        ),
        (
            "TALKS",
            HERE,
            "条件符合，由市科技局决定是否给予：特别支持。",
            "The conditions are met; Municipal Science and Technology Bureau decides on: special support.",
        ),
    ],
)
def test_what_a_person_decides(rule: str, facts: dict[str, Any], zh: str, en: str) -> None:
    found = outcome(facts, rule)
    assert (found["state"], found["sentence"]) == ("decision", {"zh": zh, "en": en})


def test_the_lower_of_a_group_is_superseded() -> None:
    facts = {**HERE, "grade": "national"}
    low, high = outcome(facts, "LOW"), outcome(facts, "HIGH")
    assert (low["state"], low["amount"]) == ("superseded", None)
    assert low["sentence"] == {
        "zh": "按就高不重复，由同组更高的一项支持，本项不另给。",
        "en": "Of these supports only the highest is given; another one counts, this one does not.",
    }
    assert high["sentence"] == {"zh": "可获得 2,000.00 元（依据一）。", "en": "Entitled to 2,000.00 yuan (clause 一)."}


@pytest.mark.parametrize(
    ("spent", "zh", "en"),
    [
        (100_000, "可获得 1,000.00 元（依据一）。", "Entitled to 1,000.00 yuan (clause 一)."),
        (
            100_001,
            "按公式为 1,000.01 元，年度上限为 1,000.00 元，可获得 1,000.00 元（依据一）。",
            "The formula gives 1,000.01 yuan; the yearly limit of 1,000.00 yuan leaves 1,000.00 yuan (clause 一).",
        ),
    ],
)
def test_a_limit_is_told_where_it_cuts(spent: int, zh: str, en: str) -> None:
    assert outcome({**HERE, "spent": spent}, "LIMITED")["sentence"] == {"zh": zh, "en": en}


@pytest.mark.parametrize(
    ("on", "zh", "en"),
    [
        (
            date(2022, 1, 1),
            "本政策已于2021年12月31日到期失效，此后不再给予新的支持。",
            "This policy ended on 31 December 2021; it gives nothing new after that day.",
        ),
        (
            date(2019, 7, 3),
            "本政策自2019年7月4日起施行，此前不适用。",
            "This policy is in force from 4 July 2019; it does not apply before.",
        ),
    ],
)
def test_outside_its_dates_a_policy_gives_and_asks_nothing(on: date, zh: str, en: str) -> None:
    found = explained(HERE, on)
    assert {item["state"] for item in found["outcomes"]} == {"not_entitled"}
    assert {item["amount"] for item in found["outcomes"]} == {None}
    assert [item["sentence"] for item in found["outcomes"]] == [{"zh": zh, "en": en}] * len(policy().pack.rules)
    assert found["questions"] == []


def test_the_report_of_a_case_reads_as_a_whole() -> None:
    answer = explain(policy(), {"firm": [{"id": "A", **HERE, "staff": 501, "grade": "national"}]}, ON)
    report = "\n".join(lines(answer, "en"))
    assert report.startswith("This policy is in force on the evaluation date.\n\n■ firm A\n\nSettling award · 一\n")
    assert (
        "Small award · 一\n"
        "  Not entitled, because this is not met: staff is at most 500 people (now 501 people).\n"
        "  ✘ All of the following\n"
        "    ✔ registered in the city [yes]\n"
        "    ✘ staff is at most 500 people [501 people]\n"
    ) in report
    assert (
        "High · 一\n  Entitled to 2,000.00 yuan (clause 一).\n  ✔ grade is national [national]\n    note: Read as the higher step.\n"
        in report
    )
    chinese = "\n".join(lines(answer, "zh"))
    assert (
        "小企业奖 · 一\n  不能享受，因为不满足：职工总数不超过 500 人（现为 501 人）。\n  ✘ 同时满足以下各项\n    ✔ 在本市注册 [是]\n"
        in chinese
    )
    assert "    说明: 按较高一档理解。\n" in chinese
