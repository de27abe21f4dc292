"""docs/reference/acts.md says what the tables of acts say, line by line, and names every action that the audit chain knows."""

import re

import pytest
from django.utils.translation import override

from quintet.core.models import AccountProposal
from quintet.core.permissions import OfficeAct
from quintet.core.roles import Role
from quintet.look.registry import collect
from quintet.redemption.acts import own
from tests.acts import DOCS, line_of, line_of_own, lines, office_acts, roles_in

ACTS = office_acts()


def test_every_action_of_the_audit_chain_stands_in_the_table():
    """Rights and money, registers and running alike: nothing that leaves a line is done without its row."""
    known = {name for name, _title in collect("trail", "actions")}
    named = set(re.findall(r"`((?:api|core|directory|ledger|redemption)\.[a-z_]+)`", "\n".join(lines())))
    assert sorted(known - named) == []
    assert sorted(named - known) == []


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.title)
def test_the_line_of_an_act_is_as_the_code_has_it(act: OfficeAct):
    assert line_of(act) in lines()


@pytest.mark.parametrize("act", own, ids=lambda act: act.title)
def test_the_line_of_a_payees_own_act_is_as_the_code_has_it(act):
    assert line_of_own(act) in lines()


def test_every_kind_of_proposal_has_its_line_with_a_second_operator():
    text = [line for line in DOCS.read_text(encoding="utf-8").splitlines() if "另一位系统管理员复核 |" in line]
    with override("zh-hans"):
        missing = [kind.label for kind in AccountProposal.Kind if not any(str(kind.label) in line for line in text)]
    assert missing == []


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.title)
def test_page_and_action_ask_one_function_and_it_says_what_the_table_says(make_user, act: OfficeAct):
    unit = "stb" if act.unit else ""
    said = roles_in(act.title)
    for role in Role:
        user = make_user(role, unit="stb" if role in (Role.OFFICER, Role.FINANCE_OFFICER) else "")
        assert act.may(user, unit=unit) is (role.value in said), role
        if act.may(user, unit=unit):
            assert act.right(user, unit=unit).actor == user.pk


@pytest.mark.parametrize("act", [act for act in ACTS if act.unit], ids=lambda act: act.title)
def test_an_act_of_one_department_is_for_no_other_and_for_nobody_where_none_is_known(make_user, act: OfficeAct):
    other = make_user("officer", unit="hrss")
    assert not act.may(other, unit="stb")
    assert not act.may(other, unit="")
