"""When nobody acts for an organisation any more, its claims stay and those who wait for it are told."""

from collections.abc import Callable
from typing import Any

import pytest

from quintet.core.actions import deactivate
from quintet.core.models import Notification, User
from quintet.directory.actions.members import end_membership
from quintet.directory.models import Membership, Person
from quintet.redemption.models import Claim
from quintet.redemption.payees import may_speak_for
from tests.duties import by_two, keeps_every_register
from tests.redemption.claims import ON, confirmed, member, offered, officer

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper() -> User:
    keeps_every_register("hrss")
    return officer("keeper", unit="hrss")


def left(claim: Claim, agent: str = "member") -> None:
    membership = Membership.objects.get(person__user__username=agent, organisation=claim.organisation)
    end_membership(membership, reason="离职", by=User.objects.get(username=agent), on=ON)


def told(user: User) -> list[str]:
    return list(Notification.objects.filter(user=user, text__contains="能代表").values_list("text", flat=True))


def test_the_department_and_the_keepers_are_told_when_the_last_one_leaves(keeper: User):
    claim = confirmed()
    Claim.objects.filter(pk=claim.pk).update(contact="李四")
    left(claim)
    (text,) = told(officer())
    assert "在办 1 件" in text
    assert "李四" in text
    assert "最后一项授权已终止" in told(keeper)[0]


def test_nobody_is_told_while_another_still_acts_for_it(keeper: User):
    claim = confirmed()
    Membership.objects.create(
        person=Person.objects.create(name="另一位", user=User.objects.create(username="other")),
        organisation=claim.organisation,
        granted_on=ON,
        **by_two(),
    )
    left(claim)
    assert told(officer()) == told(keeper) == []


def test_an_account_that_is_off_acts_for_nobody(keeper: User):
    claim = confirmed()
    other = User.objects.create(username="other", is_active=False)
    Membership.objects.create(
        person=Person.objects.create(name="另一位", user=other), organisation=claim.organisation, granted_on=ON, **by_two()
    )
    left(claim)
    assert len(told(officer())) == len(told(keeper)) == 1


def test_a_department_with_nothing_open_is_not_told(keeper: User):
    claim = offered()
    member(claim.organisation)
    left(claim)
    assert told(officer()) == []
    assert len(told(keeper)) == 1


def test_the_claim_stays_and_another_agent_takes_it_over(keeper: User):
    claim = confirmed()
    before: Any = (claim.state, claim.unit, claim.step)
    left(claim)
    claim.refresh_from_db()
    assert (claim.state, claim.unit, claim.step) == before
    successor = User.objects.create(username="successor")
    someone = Person.objects.create(name="接办的人", user=successor)
    assert not may_speak_for(successor, claim.payee, ON)
    Membership.objects.create(person=someone, organisation=claim.organisation, granted_on=ON, **by_two())
    assert may_speak_for(successor, claim.payee, ON)


class TestAccountsThatEnd:
    def test_told_when_the_last_ones_account_is_deactivated(self, keeper: User, make_user: Callable[..., User]):
        claim = confirmed()
        deactivate(User.objects.get(username="member"), by=make_user("operator", name="one"), on=ON, reason="离职")
        assert "最后一个账号已停用" in told(keeper)[0]
        assert "在办 1 件" in told(officer())[0]
        assert not Membership.objects.filter(organisation=claim.organisation).exclude(revoked_on=None).exists()

    def test_nobody_is_told_while_another_acts_for_it_or_of_an_authority_that_has_ended(self, keeper: User, make_user: Callable[..., User]):
        claim, operator = confirmed(), make_user("operator", name="one")
        other = member(claim.organisation, "other")
        deactivate(User.objects.get(username="member"), by=operator, on=ON, reason="离职")
        assert told(officer()) == told(keeper) == []
        left(claim, "other")
        before = told(keeper)
        deactivate(other, by=operator, on=ON, reason="离职")
        assert told(keeper) == before
