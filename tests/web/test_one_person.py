"""Two accounts of one human being are one person: never both persons of an act that takes two, and away from the same cases."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import transaction

from quintet.core import account_proposals
from quintet.core import actions as accounts
from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import AccountProposal, User
from quintet.core.permissions import Right, apart
from quintet.directory.actions.accounts import confirm_person_link, propose_person_link
from quintet.directory.models import FurtherAccount, Person
from quintet.redemption.permissions import refusal
from tests.redemption.claims import checked, confirmed, member, officer
from tests.web.test_second_person import MADE, kind_of

pytestmark = pytest.mark.django_db
TODAY = date(2031, 1, 1)


def as_one_person(one: User, other: User) -> None:
    """The second account is a further one of whoever of the two stands in the register."""
    known = Person.objects.filter(user__in=(one, other)).first() or Person.objects.create(name="同一个人", user=one)
    FurtherAccount.objects.create(person=known, user=other if known.user_id == one.pk else one)


def again(user: User) -> User:
    return User.objects.get(pk=user.pk)


@pytest.mark.parametrize("title", MADE)
def test_nobody_is_their_own_second_person_under_another_account(title: str):
    """Every act of docs/reference/acts.md that another has to confirm (test_second_person holds that these are all)."""
    by, seconds, settle = MADE[title]()
    kind = kind_of(title)
    for second in seconds:
        with transaction.atomic():
            as_one_person(by, second)
            assert not kind.mine(again(second)), second
            transaction.set_rollback(True)
    for second in seconds:
        if not FurtherAccount.objects.filter(user__in=(by, second)).exists() or not Person.objects.filter(user=second).exists():
            as_one_person(by, second)
    with pytest.raises(NotAllowed):
        settle()


def test_two_accounts_are_apart_until_they_are_one_persons(make_user: Callable[..., Any]):
    one, other = make_user("officer", unit="stb"), make_user("officer", unit="stb")
    first = Right.under(one.grants.get())
    assert apart(first, Right.under(other.grants.get(), other))
    as_one_person(one, other)
    assert not apart(first, Right.under(other.grants.get(), again(other)))
    assert not apart(Right.under(one.grants.get(), again(one)), Right.under(other.grants.get()))


def test_a_tie_of_one_account_keeps_the_other_away():
    claim = confirmed()
    agent, official = member(claim.organisation), officer()
    assert refusal(official, claim, "check_form") is None
    FurtherAccount.objects.create(person=agent.person, user=official)
    error = refusal(again(official), claim, "check_form")
    assert error is not None
    assert "利害关系" in error.message


def test_what_one_account_handed_in_the_other_does_not_decide():
    claim = checked()
    applicant, official = User.objects.get(pk=claim.submitted_by_id), officer()
    FurtherAccount.objects.create(person=applicant.person, user=official)
    error = refusal(again(official), claim, "propose")
    assert error is not None
    assert "填写或提交过本件" in error.where


class TestAccounts:
    def test_two_operators_link_a_further_account_which_gives_no_authority(self, make_user: Callable[..., Any]):
        first, second, applicant, official = make_user("operator"), make_user("operator"), make_user("applicant"), make_user()
        someone = Person.objects.create(name="张三", user=applicant)
        proposal = propose_person_link(official, someone, by=first, on=TODAY)
        confirm_person_link(proposal, by=second, on=TODAY)
        someone.refresh_from_db()
        assert (someone.user, FurtherAccount.objects.get().user) == (applicant, official)
        assert not hasattr(again(official), "person")
        with pytest.raises(DomainError, match="已经与此人关联"):
            propose_person_link(official, someone, by=first, on=TODAY)
        with pytest.raises(DomainError, match="另一个人"):
            propose_person_link(official, Person.objects.create(name="李四"), by=first, on=TODAY)

    @pytest.mark.parametrize("act", ["role", "return", "deactivate", "rename"])
    def test_an_operator_does_nothing_to_another_account_of_their_own(self, act: str, make_user: Callable[..., Any]):
        operator, other = make_user("operator"), make_user()
        make_user("operator")
        as_one_person(operator, other)
        operator = again(operator)
        acts: dict[str, Callable[[], Any]] = {
            "role": lambda: account_proposals.propose_role(other, "officer", unit="stb", granted_on=TODAY, by=operator, on=TODAY),
            "return": lambda: account_proposals.propose_return(other, by=operator, on=TODAY, reason="x"),
            "deactivate": lambda: accounts.deactivate(other, by=operator, on=TODAY, reason="x"),
            "rename": lambda: accounts.rename_account(other, display_name="x", by=operator),
        }
        if act == "return":
            User.objects.filter(pk=other.pk).update(is_active=False)
            other.refresh_from_db()
        with pytest.raises(NotAllowed):
            acts[act]()
        assert not AccountProposal.objects.exists()
