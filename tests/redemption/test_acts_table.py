"""docs/reference/acts.md says what the table of acts says, line by line."""

from pathlib import Path

from django.utils.translation import override

from quintet.core.roles import Role
from quintet.redemption.acts import own
from quintet.redemption.permissions import ACTS, ALL, BATCH_ACTS, OBJECTION_ACTS, Act
from quintet.redemption.trail import actions as recorded
from tests import acts as table

DOCS = Path(__file__).parents[2] / "docs" / "reference" / "acts.md"
UNITS = {"any": "", "handling": "（办理部门）", "lead": "（牵头部门）", "asked": "（被征求意见的部门）", "notice": "（公示部门）"}
APART = {
    "proposal": "提出决定的人",
    "decision": "作出决定的人",
    "judgement": "认定过事实的人",
    "filing": "对本件提出过异议的人",
    "reversal": "提出的人",
    "vote": "代表别的部门表决过的人",
    "unseating": "提出的人",
    "voted": "参加过联审表决的人",
    "demand": "复核追回的人",
    "batch": "编制人",
    "clawback": "提出追回的人",
    "answer": "答复过异议的人",
    "account": "核实过账户更换的人",
}


def line_of(act: Act) -> str:
    who = "、".join(str(role.label) + (UNITS[act.unit] if role == Role.OFFICER else "") for role in act.roles)
    confirmed = str(ALL[act.confirmed_by].title) if act.confirmed_by else "—"
    away = "、".join(APART[earlier] for earlier in act.apart) or "—"
    records = "、".join(f"`{name}`" for name in act.records) or "—"
    return f"| {act.title} | {who} | {away} | {confirmed} | {act.told or '—'} | {records} |"


def test_every_act_stands_in_the_docs_as_it_is():
    with override("zh-hans"):
        wanted = [line_of(act) for act in [*ACTS.values(), *BATCH_ACTS.values(), *OBJECTION_ACTS.values()]]
    text = DOCS.read_text(encoding="utf-8").splitlines()
    assert [line for line in wanted if line not in text] == []
    elsewhere = {*map(table.line_of, table.office_acts()), *map(table.line_of_own, own)}  # tests/core/test_acts_table.py
    by_nobodys_role = {line for line in text if line.count(" | ") == 3}
    known = {*wanted, *elsewhere, *by_nobodys_role}
    assert [line for line in text if line.startswith("| ") and "`redemption." in line and line not in known] == []


def test_every_action_that_an_act_records_is_known_to_the_trail():
    known = {name for name, _title in recorded}
    assert {name for act in ALL.values() for name in act.records} - known == set()
