"""What a pack's author reads when something is wrong: golden texts in `golden/`."""

from __future__ import annotations

from pathlib import Path

import pytest

from quintet.engine import EngineError, PackError, load
from quintet.engine.packs.check import check
from tests.engine.packs import HEAD, small, write_pack

GOLDEN = Path(__file__).parent / "golden"
SUBJECT = """
subjects:
  firm:
    label: {zh: 企业, en: firm}
    facts:
      interest_amount: {type: yuan, range: [0 yuan, 1000000 yuan], label: {zh: 利息, en: interest}}
      staff: {type: people, range: [0, 1000], label: {zh: 人数, en: staff}}
      grade: {type: text, choices: {a: {zh: 甲, en: a}, b: {zh: 乙, en: b}}, label: {zh: 级, en: grade}}
      founded_on: {type: date, label: {zh: 成立, en: founded}}
parameters:
  ceiling: {clause: C1, label: {zh: 上限, en: ceiling}, unit: yuan, value: 100 yuan}
  staff_limit: {clause: C1, label: {zh: 人数, en: limit}, unit: people, value: 500 people}
"""
RATE = "definitions:\n  interest_rate: {subject: firm, clause: C1, label: {zh: 利率, en: rate}, unit: percent, formula: interest_amount / interest_amount}\n"
RULE = "rules:\n- {{id: R, clause: C1, subject: firm, title: {{zh: 一, en: one}}, kind: fixed, budget: none, amount: {amount}, when: {when}}}\n"
CIRCLE = """
definitions:
  first: {subject: firm, clause: C1, label: {zh: 一, en: one}, unit: people, formula: second + staff}
  second: {subject: firm, clause: C1, label: {zh: 二, en: two}, unit: people, formula: first + staff}
"""
DATED = """
  award:
    clause: C1
    label: {zh: 奖, en: award}
    unit: yuan
    values:
    - {from: 2019-01-01, to: 2020-06-30, value: 1 yuan}
    - {from: 2020-06-01, value: 2 yuan}
"""
BAND = '  band: {clause: C1, label: {zh: 档, en: band}, unit: yuan, of: people, bands: [[">= 10 people", 1 yuan], [">= 20 people", 2 yuan], [else, 0 yuan]]}\n'
FUNDS = "budgets:\n  joint: {clause: C1, label: {zh: 合, en: joint}, funds: {field: {zh: 农, en: field}, mill: {zh: 工, en: mill}}}\n"
STEPS = "procedures:\n  plain:\n    label: {{zh: 普通, en: plain}}\n    ways: [ordinary]\n    steps:\n{}"
STEP = "    - {{step: {}, {}days: {}}}\n".format
WHOLE = (
    STEP("application", "", 30)
    + "".join(STEP(step, "unit: stb, ", 5) for step in ("form_check", "decision"))
    + STEP("public_notice", "unit: stb, answer_days: 15, ", 5)
)
BODIES = {
    "event_unknown": SUBJECT + RULE.format(amount="ceiling", when="true").replace("when: true", "when: true, event: [founded_in]"),
    "procedure_without_payment": STEPS.format(WHOLE),
    "procedure_out_of_order": STEPS.format(STEP("payment", "unit: stb, ", 5) + WHOLE),
    "procedure_begins_wrong": STEPS.format(WHOLE.replace("application", "confirmation") + STEP("payment", "unit: stb, ", 5)),
    "procedure_even_experts": STEPS.format(WHOLE + STEP("expert_review", "unit: stb, experts: 4, pass: 60, ", 5)),
    "procedure_unknown_unit": STEPS.format(WHOLE.replace("unit: stb, days: 5", "unit: stc, days: 5")),
    "procedure_no_days": STEPS.format(WHOLE.replace("days: 30", "days: 0")),
    "procedure_unknown_step": STEPS.format(STEP("public_notices", "unit: stb, ", 5)),
    "procedure_unknown": SUBJECT
    + RULE.format(amount="ceiling", when="true").replace("when: true", "when: true, procedure: plane")
    + STEPS.format(WHOLE + STEP("payment", "unit: stb, ", 5)),
    "wrong_unit": SUBJECT + RATE + RULE.format(amount="ceiling", when="interest_rate <= ceiling"),
    "unknown_name": SUBJECT + RULE.format(amount="ceiling", when="staf <= staff_limit"),
    "circle": SUBJECT + CIRCLE,
    "overlapping_values": SUBJECT + DATED,
    "unreachable_band": SUBJECT + BAND,
    "unreachable_branch": SUBJECT + RULE.format(amount="ceiling", when="grade == 'a' and grade == 'b'"),
    "figure_without_clause": SUBJECT + RULE.format(amount="ceiling", when="staff <= 500"),
    "unknown_choice": SUBJECT + RULE.format(amount="ceiling", when="grade == 'aa'"),
    "not_an_expression": SUBJECT + RULE.format(amount="ceiling", when="'staff <= '"),
    "forbidden_syntax": SUBJECT + RULE.format(amount="ceiling", when="'[staff for staff in staff]'"),
    "parts_of_a_fen": SUBJECT + RATE + RULE.format(amount="interest_amount * interest_rate", when="true"),
    "shift_by_parts": SUBJECT
    + "  half: {clause: C1, label: {zh: 半, en: half}, unit: years, value: 1.5 years}\n"
    + RULE.format(amount="ceiling", when="'add_years(founded_on, half) <= on'"),
    "shift_out_of_reach": SUBJECT
    + "  far: {clause: C1, label: {zh: 远, en: far}, unit: years, value: 3000 years}\n"
    + RULE.format(amount="ceiling", when="'add_years(founded_on, far) <= on'"),
    "mixed_choice": SUBJECT + RULE.format(amount="ceiling if staff >= 1 else staff_limit", when="true"),
    "deep_expression": SUBJECT + RULE.format(amount="ceiling", when="'" + "(" * 300 + "staff" + ")" * 300 + " <= staff_limit'"),
    "huge_figure": SUBJECT
    + f"  huge: {{clause: C1, label: {{zh: 巨, en: huge}}, unit: people, value: {10**400} people}}\n"
    + RULE.format(amount="ceiling", when="staff <= huge"),
    "early_date": SUBJECT + RULE.format(amount="ceiling", when="true").replace("when: true", "when: true, from: 0001-01-01"),
    "alias_bomb": "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
    "tag": "duties: !!python/object:os.system {}\n",
    "deep_nesting": "duties: " + "[" * 40 + "]" * 40 + "\n",
    "duplicate_key": "duties: []\nduties: []\n",
    "fund_unknown": SUBJECT + FUNDS + RULE.format(amount="ceiling", when="true").replace("budget: none", "budget: joint, funds: [farm]"),
    "fund_without_budget": SUBJECT + RULE.format(amount="ceiling", when="true").replace("when: true", "when: true, funds: [field]"),
    "unknown_section": "rulez: []\n",
}


def problems_of(folder: Path) -> str:
    """All that loading and checking say, machine paths and long figures shortened."""
    try:
        policy = load(folder)
        found = [str(problem) for problem in check(policy)[0]]
    except PackError as error:
        found = [str(problem) for problem in error.problems]
    return "\n".join(found).replace("0" * 100, "…").replace(str(folder), "<folder>") + "\n"


def golden(name: str, text: str) -> None:
    path = GOLDEN / f"{name}.txt"
    assert path.is_file(), f"no golden text {path.name}; it would be:\n{text}"
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(BODIES))
def test_a_wrong_pack_says_where_what_and_what_to_do(name: str, tmp_path: Path) -> None:
    text = problems_of(write_pack(tmp_path, BODIES[name]))
    assert "Traceback" not in text
    golden(name, text)


def test_a_clause_without_provision_is_named(tmp_path: Path) -> None:
    head = HEAD + "  C2: {{number: 二, title: {{zh: 二条, en: Second clause}}}}\n"
    folder = write_pack(tmp_path, SUBJECT, head=head)
    golden("clause_without_provision", problems_of(folder))


def test_a_file_that_is_not_utf8_or_too_large_is_refused(tmp_path: Path) -> None:
    folder = write_pack(tmp_path, SUBJECT)
    (folder / "more.yaml").write_bytes("duties: []  # 政策".encode("gb18030"))
    golden("not_utf8", problems_of(folder))
    (folder / "more.yaml").write_bytes(b"#" * 2_000_001)
    golden("huge_file", problems_of(folder))


def test_packs_that_use_themselves_or_what_is_missing_are_refused(tmp_path: Path) -> None:
    folder = write_pack(tmp_path, "", head=HEAD + "uses: [small]\n")
    golden("uses_itself", problems_of(folder))
    other = write_pack(tmp_path, "", name="other", head=HEAD + "uses: [smal]\n")
    golden("uses_missing", problems_of(other))


def test_a_folder_without_a_pack_is_named(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"has no pack\.yaml"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("name", "given", "says"),
    [
        ("ceiling", "abc", "ceiling: 'abc' is not a number with a unit"),
        ("celing", "1 yuan", "Did you mean ceiling"),
        ("ceiling", "5 people", "yuan is wanted"),
        ("ceiling", None, "not an exact number"),
    ],
)
def test_a_wrong_override_says_what_is_wrong(name: str, given: str | None, says: str, tmp_path: Path) -> None:
    from datetime import date

    policy = load(write_pack(tmp_path, SUBJECT + RULE.format(amount="ceiling", when="staff <= staff_limit")))
    with pytest.raises(EngineError, match=says):
        policy.evaluate({"firm": []}, date(2020, 12, 31), parameters={name: given})


def test_a_rule_is_paid_from_the_funds_it_names_and_a_note_says_where_it_names_none_of_several(tmp_path: Path) -> None:
    either = small(
        tmp_path / "either", SUBJECT + FUNDS + RULE.format(amount="ceiling", when="true").replace("budget: none", "budget: joint")
    )
    one = small(
        tmp_path / "one", SUBJECT + FUNDS + RULE.format(amount="ceiling", when="true").replace("budget: none", "budget: joint, funds: mill")
    )
    said = "rule R: budget joint has several funds and the rule names none; `funds` would say which may pay it"
    assert (either.pack.funds_of(either.pack.rules[0]), [note for note in check(either)[1] if "funds" in note]) == (
        ("field", "mill"),
        [said],
    )
    assert (one.pack.funds_of(one.pack.rules[0]), [note for note in check(one)[1] if "funds" in note]) == (("mill",), [])
