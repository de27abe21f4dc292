"""What is settled between rows and between rules: `once`, stacking groups, limits. By hand, and at random against the rules' own words."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quintet.engine import Policy
from quintet.engine.backends.reference import Reference
from tests.engine.backends import Row, Said, every_backend
from tests.engine.packs import small

ON = date(2020, 12, 31)
LARGEST = 2**63 - 1
PACK = """
subjects:
  firm: {label: {zh: 企业, en: firm}}
  project:
    label: {zh: 项目, en: project}
    refs: {firm: firm, site: firm}
    facts:
      wanted: {type: bool, label: {zh: 申请, en: wanted}}
      doubtful: {type: bool, label: {zh: 存疑, en: doubtful}}
      kind: {type: text, choices: {lab: {zh: 实验室, en: lab}, center: {zh: 中心, en: center}}, label: {zh: 类, en: kind}}
      year_no: {type: years, range: [2019, 2021], label: {zh: 年度, en: year}}
      begun_on: {type: date, label: {zh: 开始, en: begun on}}
      small_sum: {type: yuan, range: [0 yuan, 1 yuan], label: {zh: 小额, en: small sum}}
      large_sum: {type: yuan, range: [0 fen, 9223372036854775807 fen], label: {zh: 大额, en: large sum}}
parameters:
  ceiling: {clause: C1, label: {zh: 上限, en: ceiling}, unit: yuan, value: 1 yuan}
  small_cap: {clause: C1, label: {zh: 小上限, en: small cap}, unit: yuan, value: 60 fen}
groups:
  shared: {clause: C1, label: {zh: 就高, en: the highest}, years: each, earlier: difference}
definitions:
  settled: {subject: project, clause: C1, label: {zh: 已结清, en: settled}, unit: bool, formula: not doubtful}
  year_drawn: {subject: project, clause: C1, label: {zh: 年, en: year}, unit: years, formula: year_no}
  taken_before: {subject: project, clause: C1, label: {zh: 以前, en: before}, unit: yuan, formula: small_sum if begun_on < year_start else 0}
rules:
- {id: PLAIN, clause: C1, subject: project, title: {zh: 一, en: one}, kind: formula, budget: none, amount: small_sum, when: wanted}
- id: ONCE
  clause: C1
  subject: project
  title: {zh: 二, en: two}
  kind: formula
  budget: none
  amount: small_sum
  when: wanted
  decide: {when: doubtful, reason: {zh: 存疑, en: it is doubtful}}
  once: [firm, kind]
- {id: ONCE_A_DAY, clause: C1, subject: project, title: {zh: 三, en: three}, kind: formula, budget: none, amount: small_sum, when: wanted, once: [begun_on, year_no, wanted]}
- {id: HIGH, clause: C1, subject: project, title: {zh: 四, en: four}, kind: formula, budget: none, amount: small_sum, when: wanted, group: award}
- id: HIGHER
  clause: C1
  subject: project
  title: {zh: 五, en: five}
  kind: formula
  budget: none
  amount: 'min(large_sum, ceiling)'
  when: true
  decide: {when: doubtful, reason: {zh: 存疑, en: it is doubtful}}
  group: award
  once: firm
- {id: SHARED_LOW, clause: C1, subject: project, beneficiary: firm, title: {zh: 九, en: nine}, kind: formula, budget: none, amount: small_sum, when: wanted, group: shared}
- {id: SHARED_CAP, clause: C1, subject: project, beneficiary: firm, title: {zh: 十, en: ten}, kind: cap, budget: none, amount: small_cap, when: doubtful, group: shared}
- id: WAITS
  clause: C1
  subject: project
  title: {zh: 十一, en: eleven}
  kind: formula
  budget: none
  amount: small_sum
  when: wanted
  waits: {until: settled, reason: {zh: 结清。, en: settled.}}
  limit: {amount: ceiling, per: firm, of: year_drawn, taken: taken_before}
- {id: LIMITED, clause: C1, subject: project, title: {zh: 六, en: six}, kind: formula, budget: none, amount: small_sum, when: wanted, limit: {amount: ceiling, per: firm}}
- id: LIMITED_SITE
  clause: C1
  subject: project
  title: {zh: 七, en: seven}
  kind: formula
  budget: none
  amount: large_sum
  when: true
  decide: {when: doubtful, reason: {zh: 存疑, en: it is doubtful}}
  limit: {amount: ceiling, per: site}
- {id: LIMITED_ROW, clause: C1, subject: project, title: {zh: 八, en: eight}, kind: formula, budget: none, amount: large_sum, when: wanted, limit: {amount: ceiling, per: self}, group: other}
"""
LIMITS = {"LIMITED": "firm", "LIMITED_SITE": "site", "LIMITED_ROW": "id"}
ONCE = {"ONCE": ("firm", "kind"), "ONCE_A_DAY": ("begun_on", "year_no", "wanted"), "HIGHER": ("firm",)}
CEILING = 100


@cache
def policy() -> Policy:
    return small(Path(mkdtemp()), PACK)


def numbered(rows: list[Row]) -> list[Row]:
    return [{"id": place, **row} for place, row in enumerate(rows)]


# By hand ----------------------------------------------------------------------------------------------------------------

YES = {"wanted": True, "doubtful": False}
UNKNOWN, SUPERSEDED, WAITING = ("unknown", None), ("superseded", None), ("waiting", None)


def entitled(fen: int) -> tuple[str, int]:
    return "entitled", fen


@pytest.mark.parametrize(
    ("rule", "rows", "expected"),
    [
        pytest.param(
            "ONCE",
            [{"firm": 1, "kind": "lab", "small_sum": 5}, {"firm": 1, "kind": "center", "small_sum": 6}, {"firm": 1, "kind": "lab", "small_sum": 7}, {"firm": 2, "kind": "lab", "small_sum": 8}],
            [entitled(5), entitled(6), SUPERSEDED, entitled(8)],
            id="the first row with a key keeps it, though a later one is higher",
        ),
        pytest.param(
            "ONCE",
            [{"firm": 1, "kind": "lab", "small_sum": 5, "wanted": False}, {"firm": 1, "kind": "lab"}, {"firm": 1, "kind": "lab", "small_sum": 7}],
            [("not_entitled", None), UNKNOWN, entitled(7)],
            id="a refused row and an unknown one do not use the key up",
        ),
        pytest.param(
            "ONCE",
            [{"firm": 1, "kind": "lab", "small_sum": 5, "doubtful": True}, {"firm": 1, "kind": "lab", "small_sum": 7}],
            [("decision", 5), SUPERSEDED],
            id="a row for decision uses the key up",
        ),
        pytest.param(
            "ONCE",
            [{"firm": 1, "small_sum": 5}, {"firm": 1, "small_sum": 5}, {"kind": "lab", "small_sum": 5}, {"kind": "lab", "small_sum": 5}],
            [entitled(5)] * 4,
            id="a key that is not complete is nobody's",
        ),
        pytest.param(
            "ONCE",
            [{"firm": -1, "kind": "lab", "small_sum": 5}, {"firm": -1, "kind": "lab", "small_sum": 5}],
            [entitled(5), SUPERSEDED],
            id="a reference may be a number below zero",
        ),
        pytest.param(
            "ONCE_A_DAY",
            [{"begun_on": "2020-02-29", "year_no": 2020, "small_sum": 5}, {"begun_on": "2020-02-29", "year_no": 2020, "small_sum": 5}, {"begun_on": "2020-02-29", "year_no": 2021, "small_sum": 5}],
            [entitled(5), SUPERSEDED, entitled(5)],
            id="a key of a date, a number and a yes-or-no",
        ),
        pytest.param("HIGH", [{"small_sum": 100, "large_sum": 99}], [entitled(100)], id="the higher of a group stays"),
        pytest.param("HIGHER", [{"small_sum": 100, "large_sum": 99}], [SUPERSEDED], id="the lower of a group goes"),
        pytest.param("HIGH", [{"small_sum": 7, "large_sum": 7}], [entitled(7)], id="of equals the first stays"),
        pytest.param("HIGHER", [{"small_sum": 7, "large_sum": 7}], [SUPERSEDED], id="of equals the second goes"),
        pytest.param("HIGH", [{"small_sum": 0, "large_sum": 0}], [entitled(0)], id="nothing is equal to nothing"),
        pytest.param("HIGH", [{"large_sum": 9}], [UNKNOWN], id="what is unknown takes no part in a group"),
        pytest.param("HIGHER", [{"small_sum": 5, "large_sum": 9, "doubtful": True}], [("decision", 9)], id="nor what a person decides"),
        pytest.param(
            "HIGH",
            [{"firm": 1, "small_sum": 5, "large_sum": 9}, {"firm": 1, "small_sum": 5, "large_sum": 9}],
            [SUPERSEDED, entitled(5)],
            id="what was paid once already leaves the group to the lower",
        ),
        pytest.param(
            "LIMITED",
            [{"firm": 1, "small_sum": 60}, {"firm": 2, "small_sum": 60}, {"firm": 1, "small_sum": 60}, {"firm": 1, "small_sum": 60}, {"firm": 2, "small_sum": 40}],
            [entitled(60), entitled(60), entitled(40), entitled(0), entitled(40)],
            id="each firm's sum is cut where it passes the limit",
        ),
        pytest.param(
            "LIMITED",
            [{"firm": 1, "small_sum": 60}, {"firm": 1}, {"firm": 1, "small_sum": 90, "wanted": False}, {"firm": 1, "small_sum": 40}],
            [entitled(60), UNKNOWN, ("not_entitled", None), entitled(40)],
            id="rows unknown or refused take nothing from the limit",
        ),
        pytest.param("LIMITED", [{"small_sum": 80}, {"small_sum": 80}], [entitled(80), entitled(80)], id="rows of nobody known have a limit each"),
        pytest.param(
            "LIMITED_SITE",
            [{"site": 1, "large_sum": 90, "doubtful": True}, {"site": 1, "large_sum": 101}],
            [("decision", 90), entitled(100)],
            id="what a person decides takes nothing from the limit",
        ),
        pytest.param("LIMITED_SITE", [{"site": 1, "large_sum": 9}, {"site": 1, "large_sum": LARGEST}] * 2, [entitled(9), entitled(91), entitled(0), entitled(0)], id="sums beyond 64 bits"),
        pytest.param("LIMITED_ROW", [{"firm": 1, "large_sum": 101}, {"firm": 1, "large_sum": 100}], [entitled(100), entitled(100)], id="a limit for each row"),
    ],
)  # fmt: skip
def test_a_hand_table_is_settled_alike_everywhere(rule: str, rows: list[Row], expected: list[tuple[str, int | None]]) -> None:
    for backend, said in every_backend(policy(), "project", numbered([{**YES, **row} for row in rows]), ON).items():
        assert [row[rule] for row in said] == expected, backend


def test_once_compares_values_as_read_however_they_are_written() -> None:
    rows = [{"begun_on": "2020-02-29", "year_no": 2020}, {"begun_on": date(2020, 2, 29), "year_no": "2020 years"}]
    outcomes = policy().program(ON).evaluate({"project": numbered([{**YES, "small_sum": 5, **row} for row in rows])}, ON)["project"]
    position = [outcome["rule"] for outcome in outcomes[0]["outcomes"]].index("ONCE_A_DAY")
    assert [item["outcomes"][position]["state"] for item in outcomes] == ["entitled", "superseded"]


def test_a_row_that_was_cut_tells_what_the_formula_gave() -> None:
    rows = numbered([{**YES, "firm": "A", "small_sum": 60}, {**YES, "firm": "A", "small_sum": 60}])
    first, second = policy().evaluate({"project": rows}, ON)["results"]["project"]
    cut = {rule["rule"]: rule.get("before_limit") for rule in second["outcomes"]}
    assert (cut["LIMITED"], cut["PLAIN"]) == (60, None)
    assert "before_limit" not in next(rule for rule in first["outcomes"] if rule["rule"] == "LIMITED")


# At random --------------------------------------------------------------------------------------------------------------

SMALL = st.sampled_from([0, 1, 2, 50, 99, 100])  # few values, so that they tie
FACTS: dict[str, Any] = {
    "firm": st.sampled_from([1, 2]),
    "site": st.sampled_from(["north", "south"]),
    "wanted": st.sampled_from([True, True, True, False]),
    "doubtful": st.sampled_from([False, False, True]),
    "kind": st.sampled_from(["lab", "center"]),
    "year_no": st.sampled_from([2020, 2021]),
    "begun_on": st.sampled_from(["2020-01-01", "2020-02-29", "2019-02-28"]),
    "small_sum": SMALL,
    "large_sum": st.one_of(SMALL, st.just(LARGEST)),
}
ROWS = st.lists(
    st.fixed_dictionaries({name: st.one_of(values, values, values, values, st.none()) for name, values in FACTS.items()}), max_size=12
)


def only_the_highest(outcomes: list[tuple[dict[str, tuple[str, int | None]], str]]) -> None:
    """Of all a beneficiary may be given the highest entitled; it waits while another may be higher still."""
    most = {"HIGH": 100, "HIGHER": CEILING, "SHARED_LOW": 100, "SHARED_CAP": 60}
    can = [[said, rule, said[rule][0], most[rule] if said[rule][0] == "unknown" else said[rule][1]] for said, rule in outcomes]
    can = [one for one in can if one[2] in ("entitled", "decision", "unknown")]
    sure = max((one for one in can if one[2] == "entitled"), key=lambda one: one[3], default=None)  # type: ignore[no-any-return]
    above = [one for one in can if one is not sure and (sure is None or one[3] > sure[3])]
    for one in can:
        if one is not sure and not any(one is other for other in above):
            one[0][one[1]] = SUPERSEDED
    top = max(above, key=lambda one: (one[3], one[2] == "decision"), default=None)
    for one in above:
        if one[2] == "decision" and one is not top:
            one[0][one[1]] = WAITING
    if sure is not None and above:
        sure[0][sure[1]] = WAITING


def by_the_book(rows: list[Row]) -> Said:
    """The words of docs/reference/pack-format.md, one after the other, over the reference interpreter's answers."""
    part = policy().bound(ON).subjects["project"]
    days = {"2020-01-01": 18262, "2020-02-29": 18321, "2019-02-28": 17955}
    said: Said = []
    for row in rows:
        facts = {name: days.get(value, value) if name == "begun_on" else value for name, value in row.items()}
        said.append({rule.spec.id: Reference(policy().bound(ON), "project", facts, ON).rule(rule)[:2] for rule in part.rules})
    for rule, names in ONCE.items():  # a second row with the same key is not paid again
        paid = []
        for row, outcomes in zip(rows, said, strict=True):
            key = [row[name] for name in names]
            if outcomes[rule][0] in ("entitled", "decision") and None not in key:
                if key in paid:
                    outcomes[rule] = SUPERSEDED
                paid.append(key)
    for row, outcomes in zip(rows, said, strict=True):  # what is to be settled first waits until it is
        if outcomes["WAITS"][0] == "entitled" and row["doubtful"] is not False:
            outcomes["WAITS"] = WAITING if row["doubtful"] else UNKNOWN
    for group, whose in ((("HIGH", "HIGHER"), "id"), (("SHARED_LOW", "SHARED_CAP"), "firm")):
        for key in dict.fromkeys(("row", place) if row[whose] is None else row[whose] for place, row in enumerate(rows)):
            of = [place for place, row in enumerate(rows) if (("row", place) if row[whose] is None else row[whose]) == key]
            only_the_highest([(said[place], rule) for rule in group for place in of])
    for key in {(("row", place) if row["firm"] is None else row["firm"], row["year_no"]) for place, row in enumerate(rows)}:
        of = [place for place, row in enumerate(rows) if ((("row", place) if row["firm"] is None else row["firm"]), row["year_no"]) == key]
        room = CEILING - sum(rows[place]["small_sum"] or 0 for place in of if rows[place]["begun_on"] == "2019-02-28")
        for place in of:  # the limit of one firm and year
            if said[place]["WAITS"][0] == "entitled":
                amount = min(said[place]["WAITS"][1] or 0, max(room, 0))
                said[place]["WAITS"], room = entitled(amount), room - amount
    for rule, per in LIMITS.items():  # the sum of one beneficiary is cut, in the order given
        for place, (row, outcomes) in enumerate(zip(rows, said, strict=True)):
            if outcomes[rule][0] == "entitled":
                earlier = [
                    other
                    for other, before in zip(said[:place], rows[:place], strict=True)
                    if row[per] is not None and before[per] == row[per]
                ]
                used = sum(other[rule][1] or 0 for other in earlier if other[rule][0] == "entitled")
                outcomes[rule] = entitled(min(outcomes[rule][1] or 0, CEILING - used))
    return said  # fmt: skip


@settings(max_examples=250, deadline=None)
@given(ROWS)
def test_random_tables_are_settled_by_the_book_everywhere(rows: list[Row]) -> None:
    rows = numbered(rows)
    expected = by_the_book(rows)
    for backend, said in every_backend(policy(), "project", rows, ON).items():
        assert said == expected, backend
