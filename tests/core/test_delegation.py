"""Delegation during absence: dated, taken back, never the second pair of eyes for the one who delegated."""

from datetime import timedelta

import pytest
from django.utils import timezone

from quintet.core import actions
from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import RoleGrant, User
from quintet.core.permissions import Right, apart, right_of
from quintet.core.roles import Role
from quintet.redemption.actions import confirm_decision
from tests.redemption.claims import ON, officer, proposed

pytestmark = pytest.mark.django_db


def away(by: User, to: User, **changes: object) -> RoleGrant:
    today = timezone.localdate()
    given = {"first_day": today, "last_day": today + timedelta(days=6), **changes}
    return actions.delegate(by.grants_today[0], to, **given, by=by, on=today)


def test_a_colleague_has_the_role_for_those_days():
    mine, other = officer(), officer("other", unit="hrss")
    away(mine, other)
    other = User.objects.get(pk=other.pk)
    assert {grant.unit for grant in other.grants_today} == {"stb", "hrss"}
    with pytest.raises(DomainError, match="已有同样的角色"):
        away(mine, other)


def test_who_acts_for_the_proposer_does_not_confirm():
    claim = proposed()
    other = officer("other", unit="hrss")
    away(officer(), other)
    other = User.objects.get(pk=other.pk)
    with pytest.raises(NotAllowed, match="受承办人委托"):
        confirm_decision(claim, confirmed=True, by=other, on=ON)
    third = officer("third", unit="ip_office")
    away(officer("officer2"), third)
    mine = right_of(User.objects.get(pk=third.pk), Role.OFFICER, unit="stb")
    assert apart(Right.under(claim.decisions.get().proposed_under), mine)
    confirm_decision(claim, confirmed=True, by=User.objects.get(pk=third.pk), on=ON)


def test_it_is_not_passed_on_and_ends_when_taken_back():
    mine, other, third = officer(), officer("other", unit="hrss"), officer("third", unit="ip_office")
    made = away(mine, other)
    other = User.objects.get(pk=other.pk)
    passed = next(grant for grant in other.grants_today if grant.delegated_by_id)
    with pytest.raises(NotAllowed, match="不能再委托"):
        actions.delegate(passed, third, first_day=timezone.localdate(), last_day=timezone.localdate(), by=other, on=timezone.localdate())
    with pytest.raises(NotAllowed, match="收回自己的委托"):
        actions.end_delegation(made, by=other, on=timezone.localdate())
    actions.end_delegation(made, by=mine, on=timezone.localdate())
    assert "stb" not in {grant.unit for grant in User.objects.get(pk=other.pk).grants_today}


@pytest.mark.parametrize(("first", "last"), [(-1, 5), (3, 1), (0, 92)])
def test_days_that_cannot_be_are_refused(first: int, last: int):
    today = timezone.localdate()
    with pytest.raises(DomainError):
        away(officer(), officer("other", unit="hrss"), first_day=today + timedelta(days=first), last_day=today + timedelta(days=last))


def test_only_to_somebody_who_works_here():
    with pytest.raises(DomainError, match="在岗的工作人员"):
        away(officer(), User.objects.create(username="stranger"))


def test_who_delegated_does_not_confirm_what_was_done_in_their_place():
    mine, other = officer("officer2"), officer("other", unit="hrss")
    away(mine, other)
    claim = proposed(by=User.objects.get(pk=other.pk))
    with pytest.raises(NotAllowed):
        confirm_decision(claim, confirmed=True, by=mine, on=ON)
    confirm_decision(claim, confirmed=True, by=officer(), on=ON)
