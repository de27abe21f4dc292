"""docs/reference/acts.md names every action on accounts that the audit chain knows, and no other."""

import re
from pathlib import Path

from django.utils.translation import override

from quintet.core.models import AccountProposal
from quintet.core.trail import actions as recorded

DOCS = Path(__file__).parents[2] / "docs" / "reference" / "acts.md"
ELSEWHERE = {
    "core.ask_personal",
    "core.answer_personal",
    "core.purge",
    "core.demand_second_factor",
    "core.link_identity_by_claim",
    "core.confirm_holidays",
    "core.drop_holidays",
    "core.holidayplan",
    "core.propose_holidays",
    "core.release_job",
}  # no rights of an account


def test_the_table_and_the_trail_name_the_same_actions():
    named = set(re.findall(r"`(core\.[a-z_]+)`", DOCS.read_text(encoding="utf-8")))
    assert named == {name for name, _title in recorded if name.startswith("core.")} - ELSEWHERE


def test_every_kind_of_proposal_has_its_line_with_a_second_operator():
    lines = [line for line in DOCS.read_text(encoding="utf-8").splitlines() if "另一位系统管理员复核 |" in line]
    with override("zh-hans"):
        missing = [kind.label for kind in AccountProposal.Kind if not any(str(kind.label) in line for line in lines)]
    assert missing == []
