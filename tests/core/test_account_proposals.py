"""Nobody alone makes an account that decides about money: what one operator proposes, a second one confirms."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from quintet.core import account_proposals, actions
from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import AccountProposal, AuditEntry, Notification, OutsideIdentity, RoleGrant, User
from quintet.core.permissions import holds
from quintet.core.roles import Role
from quintet.directory.actions import confirm_person_link, propose_person_link
from tests import guards
from tests.directory.city import person

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)


@pytest.fixture
def first(make_user: Any) -> User:
    return make_user("operator", name="first")


@pytest.fixture
def second(make_user: Any) -> User:
    return make_user("operator", name="second")


def told(user: User) -> list[str]:
    return list(Notification.objects.filter(user=user).order_by("pk").values_list("text", flat=True))


@pytest.mark.parametrize("role", sorted(set(Role.values) - {"applicant"}))
def test_no_operator_alone_makes_an_account_that_may_do_something(first: User, second: User, role: str):
    made = actions.create_account(username="puppet", display_name="影子", email="first@city.example", by=first)
    with pytest.raises(NotAllowed, match="另一位复核"):
        actions.grant_role(made, role, unit="stb", granted_on=DAY, by=first, on=DAY)
    granted = account_proposals.propose_role(made, role, unit="stb", granted_on=DAY, by=first, on=DAY)
    link = account_proposals.propose_password_link(made, by=first, on=DAY)
    for proposal in (granted, link):
        with pytest.raises(NotAllowed, match="提出人不能复核"):
            account_proposals.confirm(proposal, by=first, on=DAY)
    with pytest.raises(DomainError, match="尚未签发"):
        account_proposals.open_code(link, by=first)
    assert not made.grants.exists()
    assert not AccountProposal.objects.filter(confirmed=True).exists()


def test_the_link_and_its_code_are_never_in_one_hand(first: User, second: User, make_user: Any):
    proposal = account_proposals.propose_password_link(make_user(), by=first, on=DAY)
    assert set(account_proposals.confirm(proposal, by=second, on=DAY)) == {"uidb64", "token"}
    with pytest.raises(NotAllowed, match="只给提出人"):
        account_proposals.open_code(proposal, by=second)
    proposal.refresh_from_db()
    code = account_proposals.open_code(proposal, by=first)
    assert code.isdigit()
    assert len(code) == 8
    assert code not in proposal.sealed_code
    with pytest.raises(DomainError, match="已经看过"):
        account_proposals.open_code(proposal, by=first)


def test_whoever_it_is_for_neither_proposes_nor_confirms(first: User, second: User, make_user: Any):
    with pytest.raises(DomainError, match="人数不够"):
        account_proposals.propose_role(second, "auditor", granted_on=DAY, by=first, on=DAY)
    make_user("operator")
    with pytest.raises(NotAllowed):
        account_proposals.propose_password_link(first, by=first, on=DAY)
    proposal = account_proposals.propose_role(second, "auditor", granted_on=DAY, by=first, on=DAY)
    with pytest.raises(NotAllowed, match="自己账号"):
        account_proposals.confirm(proposal, by=second, on=DAY)
    assert not holds(User.objects.get(pk=second.pk), Role.AUDITOR)


@pytest.mark.parametrize("lent", ["who proposes", "who confirms"])
def test_an_operator_by_a_lent_role_is_no_second_one_for_the_lender(first: User, make_user: Any, lent: str):
    """No action lends an operator's role; a grant that says so is not trusted either."""
    deputy, user = make_user("officer", unit="hrss"), make_user()
    lent_until = date(2100, 1, 1)
    RoleGrant.objects.create(user=deputy, role="operator", granted_on=date(2019, 1, 1), revoked_on=lent_until, delegated_by=first)
    by = (first, deputy) if lent == "who confirms" else (deputy, first)
    proposal = account_proposals.propose_role(user, "finance_officer", unit="finance", granted_on=DAY, by=by[0], on=DAY)
    with pytest.raises(NotAllowed, match="提出人不能复核"):
        account_proposals.confirm(proposal, by=by[1], on=DAY)
    assert not user.grants.exists()


@pytest.mark.parametrize(("wanted", "confirmed", "begins"), [(0, 0, 0), (0, 3, 3), (5, 3, 5), (3, 3, 3)])
def test_a_role_begins_when_it_is_confirmed_or_later_never_before(
    first: User, second: User, make_user: Any, wanted: int, confirmed: int, begins: int
):
    user = make_user()
    proposal = account_proposals.propose_role(user, "leader", granted_on=DAY + timedelta(days=wanted), by=first, on=DAY)
    account_proposals.confirm(proposal, by=second, on=DAY + timedelta(days=confirmed))
    assert user.grants.get().granted_on == DAY + timedelta(days=begins)


@pytest.mark.parametrize(("late", "fits"), [(4, True), (5, True), (6, False)])
def test_a_period_that_is_over_is_not_confirmed(first: User, second: User, make_user: Any, late: int, fits: bool):
    user = make_user()
    until = DAY + timedelta(days=5)
    proposal = account_proposals.propose_role(user, "leader", granted_on=DAY, last_day=until, by=first, on=DAY)
    if not fits:
        with pytest.raises(DomainError, match="期限已过"):
            account_proposals.confirm(proposal, by=second, on=DAY + timedelta(days=late))
        return
    account_proposals.confirm(proposal, by=second, on=DAY + timedelta(days=late))
    assert user.grants.get().last_day == until


def test_each_is_decided_once_and_waits_once(first: User, second: User, make_user: Any):
    user = make_user()
    proposal = account_proposals.propose_password_link(user, by=first, on=DAY)
    with pytest.raises(DomainError, match="已有一件等待复核"):
        account_proposals.propose_password_link(user, by=second, on=DAY)
    account_proposals.drop(proposal, by=second)
    with pytest.raises(DomainError, match="已经办结"):
        account_proposals.confirm(proposal, by=second, on=DAY)
    account_proposals.propose_password_link(user, by=second, on=DAY)


def test_with_one_operator_the_way_out_is_said(first: User, make_user: Any):
    with pytest.raises(DomainError) as caught:
        account_proposals.propose_password_link(make_user(), by=first, on=DAY)
    assert "create_operator" in str(caught.value.remedy)


@pytest.mark.django_db(transaction=True)
def test_both_addresses_are_told_of_another_one(first: User, second: User, make_user: Any):
    user = make_user(name="wang")
    User.objects.filter(pk=user.pk).update(email="old@city.example")
    user.refresh_from_db()
    proposal = account_proposals.propose_email(user, "new@city.example", by=first, on=DAY)
    assert User.objects.get(pk=user.pk).email == "old@city.example"
    mail.outbox.clear()
    account_proposals.confirm(proposal, by=second, on=DAY)
    assert User.objects.get(pk=user.pk).email == "new@city.example"
    changed = [message.to for message in mail.outbox if "邮箱已修改" in message.body]
    assert changed == [["old@city.example"], ["new@city.example"]]


@pytest.mark.parametrize("address", ["nobody", "a@", "x" * 250 + "@city.example"])
def test_an_address_that_is_none_is_not_proposed(first: User, second: User, make_user: Any, address: str):
    from django.core.exceptions import ValidationError

    with pytest.raises(ValidationError):
        account_proposals.propose_email(make_user(), address, by=first, on=DAY)


def test_no_operator_alone_becomes_a_firms_agent(first: User, second: User, make_user: Any):
    user, agent = make_user("applicant"), person()
    proposal = propose_person_link(user, agent, by=first, on=DAY)
    with pytest.raises(NotAllowed):
        confirm_person_link(proposal, by=first, on=DAY)
    agent.refresh_from_db()
    assert agent.user is None
    confirm_person_link(proposal, by=second, on=DAY)
    agent.refresh_from_db()
    assert agent.user == user


def test_no_operator_alone_opens_an_account_by_an_outside_identity(first: User, second: User, make_user: Any):
    from django.utils import timezone

    identity = OutsideIdentity.objects.create(issuer="https://id.example", subject="7", first_seen_at=timezone.now())
    proposal = account_proposals.propose_identity(identity, make_user(), by=first, on=DAY)
    with pytest.raises(NotAllowed):
        account_proposals.confirm(proposal, by=first, on=DAY)
    identity.refresh_from_db()
    assert identity.user is None


def test_ending_needs_one_operator_and_is_told(first: User, make_user: Any):
    user = make_user("officer", unit="stb")
    actions.revoke_role(user.grants.get(), by=first, on=DAY, reason="调离")
    actions.deactivate(user, by=first, on=DAY, reason="调离")
    assert ["角色已结束" in told(user)[0], "已停用" in told(user)[1]] == [True, True]
    recorded = list(guards.lines_of_acts().values_list("action", flat=True))
    assert recorded == ["core.end_role", "core.deactivate_account"]


def test_every_step_is_told_to_the_owner_and_stands_in_the_audit_chain(first: User, second: User, make_user: Any):
    user = make_user()
    proposal = account_proposals.propose_role(user, "officer", unit="stb", granted_on=DAY, by=first, on=DAY, reason="任职文件")
    account_proposals.confirm(proposal, by=second, on=DAY)
    assert len(told(user)) == 2
    assert "请复核" in told(second)[0]
    lines = list(guards.lines_of_acts())
    assert [(line.action, line.by) for line in lines] == [("core.propose_account", first), ("core.confirm_account", second)]
    assert lines[1].details["proposed_by"] == str(first)
    assert lines[1].details["grant"] == second.grants.get().pk


def test_an_operator_made_at_the_machine_is_told_to_the_others(first: User):
    made, _address = actions.open_operator("new", display_name="新人", on=DAY, reason="manage.py create_operator")
    assert "新人" in told(first)[0]
    assert AuditEntry.objects.get(action="core.open_operator").record == f"core.user:{made.pk}"


@pytest.mark.parametrize(
    "cheat",
    [
        "by the proposer",
        "by the owner",
        "by nobody",
        "at no time",
        "under no role",
        "proposed by the owner",
        "of another account",
        "of another address",
        "of another kind",
    ],
)
def test_the_database_refuses_what_one_person_confirms(first: User, second: User, make_user: Any, cheat: str):
    user = make_user()
    proposal = account_proposals.propose_password_link(user, by=first, on=DAY)
    decided = {"confirmed": True, "decided_at": timezone.now(), "decided_under": second.grants.get()}
    refused_by, changes = {
        "by the proposer": ("account_confirmed_by_a_second", decided | {"decided_by": first}),
        "by the owner": ("account_confirmed_by_a_second", decided | {"decided_by": user}),
        "by nobody": ("account_", decided | {"decided_by": None}),
        "at no time": ("account_decided_whole", decided | {"decided_by": second, "decided_at": None}),
        "under no role": ("account_decided_whole", decided | {"decided_by": second, "decided_under": None}),
        "proposed by the owner": ("account_", {"proposed_by": user}),
        "of another account": ("account_proposal_stays", {"user": make_user()}),
        "of another address": ("account_proposal_stays", {"email": "x@example.org"}),
        "of another kind": ("account_proposal_stays", {"kind": "return"}),
    }[cheat]
    with pytest.raises(IntegrityError, match=refused_by), transaction.atomic():
        AccountProposal.objects.filter(pk=proposal.pk).update(**changes)
    assert connection.is_usable()


@pytest.mark.parametrize("confirmed", [True, False])
def test_what_is_decided_stays_as_it_was_decided(first: User, second: User, make_user: Any, confirmed: bool):
    proposal = account_proposals.propose_password_link(make_user(), by=first, on=DAY)
    account_proposals.confirm(proposal, by=second, on=DAY) if confirmed else account_proposals.drop(proposal, by=second)
    again = {"decided_by": make_user("operator"), "decided_at": None, "confirmed": not confirmed, "sealed_code": "another", "reason": "x"}
    for name, value in again.items():
        with pytest.raises(IntegrityError), transaction.atomic():
            AccountProposal.objects.filter(pk=proposal.pk).update(**{name: value})
    with pytest.raises(IntegrityError), transaction.atomic():
        AccountProposal.objects.filter(pk=proposal.pk).delete()
