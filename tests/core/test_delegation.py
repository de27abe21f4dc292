"""Delegation during absence: dated, taken back, never the second pair of eyes for the one who delegated."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from quintet.core import actions
from quintet.core.actions import MOST_DAYS_AHEAD, MOST_DELEGATED_DAYS
from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import Notification, RoleGrant, User
from quintet.core.permissions import Right, apart, right_of
from quintet.core.roles import Role
from quintet.redemption.actions import confirm_decision
from tests import guards
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


@pytest.mark.parametrize(("first", "last"), [(-1, 5), (3, 1), (0, 92), (93, 93)])
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


def in_days(days: int) -> date:
    return timezone.localdate() + timedelta(days=days)


def holds_stb(user: User) -> bool:
    return "stb" in User.objects.get(pk=user.pk).units


def lines() -> list[tuple[str, str]]:
    return [(line.action, line.details.get("reason", "")) for line in guards.lines_of_acts()]


@pytest.mark.parametrize(("first", "last"), [(0, MOST_DELEGATED_DAYS - 1), (MOST_DAYS_AHEAD, MOST_DAYS_AHEAD)])
def test_the_last_days_that_can_be(first: int, last: int):
    assert away(officer(), officer("other", unit="hrss"), first_day=in_days(first), last_day=in_days(last)).last_day == in_days(last)


class TestALoanIsNotLongerThanTheLendersOwnRole:
    @pytest.mark.parametrize(("last", "lent"), [(4, True), (5, True), (6, False)])
    def test_at_its_entry(self, last: int, lent: bool):
        mine = officer()
        guards.changed(mine.grants, revoked_on=in_days(6))  # its last day is the fifth from now
        other = officer("other", unit="hrss")
        if lent:
            assert away(mine, other, last_day=in_days(last)).last_day == in_days(last)
        else:
            with pytest.raises(DomainError, match=r"您的这个角色到 .* 为止"):
                away(mine, other, last_day=in_days(last))

    @pytest.mark.parametrize(("ended", "held"), [(-1, False), (0, False), (1, True)])
    def test_on_each_day_whatever_the_row_says(self, ended: int, held: bool):
        """The lender's grant was ended by SQL: nothing else has ended the loan."""
        mine, other = officer(), officer("other", unit="hrss")
        loan = away(mine, other)
        mine.grants.update(revoked_on=in_days(ended))
        assert loan.state(timezone.localdate()) == "in_force"
        assert holds_stb(other) is held

    def test_nor_than_the_lenders_account_is_in_use(self):
        mine, other = officer(), officer("other", unit="hrss")
        away(mine, other)
        User.objects.filter(pk=mine.pk).update(is_active=False)
        assert not holds_stb(other)

    @pytest.mark.parametrize(("ended", "held"), [(-1, False), (0, False), (1, True)])
    def test_nor_than_the_borrower_has_a_role_of_their_own(self, ended: int, held: bool):
        """It ends by its day: nobody takes a role away, and nothing ends the loan."""
        mine, other = officer(), officer("other", unit="hrss")
        loan = away(mine, other)
        other.grants.filter(delegated_by=None).update(revoked_on=in_days(ended))
        assert loan.state(timezone.localdate()) == "in_force"
        assert holds_stb(other) is held

    def test_nor_than_the_borrowers_account_is_in_use(self):
        mine, other = officer(), officer("other", unit="hrss")
        loan = away(mine, other)
        assert loan in RoleGrant.objects.in_force(timezone.localdate())
        User.objects.filter(pk=other.pk).update(is_active=False)
        assert loan not in RoleGrant.objects.in_force(timezone.localdate())

    def test_nor_by_a_role_of_the_borrower_that_is_not_an_officers_or_was_lent(self):
        mine, other, third = officer(), officer("other", unit="hrss"), officer("third", unit="ip_office")
        away(mine, other)
        away(third, other)
        own = other.grants.filter(delegated_by=None)
        own.update(revoked_on=timezone.localdate())
        RoleGrant.objects.create(user=other, role="leader", granted_on=date(2019, 1, 1))
        assert User.objects.get(pk=other.pk).units == frozenset()
        assert User.objects.get(pk=other.pk).role_codes == {"leader"}

    def test_another_role_or_another_department_of_the_lender_does_not_carry_it(self):
        mine, other = officer(), officer("other", unit="hrss")
        away(mine, other)
        mine.grants.update(revoked_on=timezone.localdate())
        RoleGrant.objects.create(user=mine, role="officer", unit="ip_office", granted_on=date(2019, 1, 1))
        RoleGrant.objects.create(user=mine, role="finance_officer", unit="stb", granted_on=date(2019, 1, 1))
        assert not holds_stb(other)

    def test_nor_does_a_role_that_the_lender_has_borrowed(self):
        mine, other, third = officer(), officer("other", unit="hrss"), officer("third")
        away(mine, other)
        mine.grants.update(revoked_on=timezone.localdate())
        RoleGrant.objects.create(user=mine, role="officer", unit="ip_office", granted_on=date(2019, 1, 1))
        RoleGrant.objects.create(
            user=mine, role="officer", unit="stb", granted_on=timezone.localdate(), revoked_on=in_days(9), delegated_by=third
        )
        assert holds_stb(mine)
        assert not holds_stb(other)

    def test_the_page_of_the_account_says_that_it_has_lapsed(self, make_user: Any):
        mine, other = officer(), officer("other", unit="hrss")
        away(mine, other)
        desk = Client()
        desk.force_login(make_user("operator"), backend="django.contrib.auth.backends.ModelBackend")
        address = reverse("web:account", args=[other.pk])
        assert "失效：委托人或受托人已没有自己的角色" not in desk.get(address).content.decode()
        mine.grants.update(revoked_on=timezone.localdate())
        assert "失效：委托人或受托人已没有自己的角色" in desk.get(address).content.decode()


class TestALoanEndsWithTheRightBehindIt:
    def test_with_the_lenders_role(self, make_user: Any):
        mine, other, today = officer(), officer("other", unit="hrss"), timezone.localdate()
        loan, coming = away(mine, other), away(mine, officer("third", unit="hrss"), first_day=in_days(3))
        actions.revoke_role(mine.grants.get(), by=make_user("operator"), on=today, reason="调离")
        for lent in (loan, coming):
            lent.refresh_from_db()
            assert lent.state(today) == "ended"
        assert lines()[2:] == [("core.end_role", "调离"), ("core.end_role", "委托人的角色已结束"), ("core.end_role", "委托人的角色已结束")]
        assert Notification.objects.filter(user=other, text__contains="委托人的角色已结束").count() == 1
        RoleGrant.objects.create(user=mine, role="officer", unit="stb", granted_on=today)
        assert not holds_stb(other), "a role granted anew does not bring the loan back"

    def test_not_with_another_role_of_the_lender(self, make_user: Any):
        mine, other = officer(), officer("other", unit="hrss")
        away(mine, other)
        spare = RoleGrant.objects.create(user=mine, role="officer", unit="ip_office", granted_on=date(2019, 1, 1))
        coming = RoleGrant.objects.create(user=mine, role="officer", unit="stb", granted_on=in_days(400), revoked_on=in_days(500))
        for grant in (spare, coming):
            actions.revoke_role(grant, by=make_user("operator"), on=timezone.localdate(), reason="分工调整")
        assert holds_stb(other)

    def test_with_the_lenders_account(self, make_user: Any):
        mine, other, today = officer(), officer("other", unit="hrss"), timezone.localdate()
        loan = away(mine, other)
        actions.deactivate(mine, by=make_user("operator"), on=today, reason="停用")
        loan.refresh_from_db()
        assert loan.state(today) == "ended"
        assert lines()[1:] == [("core.deactivate_account", "停用"), ("core.end_role", "委托人的账号已停用")]
        assert Notification.objects.filter(user=other, text__contains="委托人的账号已停用").count() == 1
        User.objects.filter(pk=mine.pk).update(is_active=True)
        assert not holds_stb(other), "an account that comes back does not bring the loan back"

    def test_with_the_borrowers_last_own_role(self, make_user: Any):
        mine, other, today = officer(), officer("other", unit="hrss"), timezone.localdate()
        second = RoleGrant.objects.create(user=other, role="officer", unit="ip_office", granted_on=date(2019, 1, 1))
        away(mine, other)
        actions.revoke_role(second, by=make_user("operator"), on=today, reason="分工调整")
        assert holds_stb(other)
        actions.revoke_role(other.grants.get(unit="hrss"), by=make_user("operator"), on=today, reason="转岗")
        assert User.objects.get(pk=other.pk).units == frozenset()
        assert lines()[-1] == ("core.end_role", "受托人自己的经办角色已结束")

    def test_who_lives_on_borrowed_roles_alone_borrows_no_other(self):
        mine, other, third = officer(), officer("other", unit="hrss"), officer("third", unit="ip_office")
        away(mine, other)
        other.grants.filter(delegated_by=None).update(revoked_on=timezone.localdate())
        with pytest.raises(DomainError, match="在岗的工作人员"):
            away(third, other)


class TestLoansInARow:
    """`MOST_DELEGATED_DAYS` of a year in all, whatever pieces they come in and whoever gets them."""

    @pytest.mark.parametrize(
        ("last", "lent"), [(MOST_DELEGATED_DAYS - 2, True), (MOST_DELEGATED_DAYS - 1, True), (MOST_DELEGATED_DAYS, False)]
    )
    @pytest.mark.parametrize("to_another", [False, True])
    def test_one_after_the_other(self, last: int, lent: bool, to_another: bool):
        mine, other, third = officer(), officer("other", unit="hrss"), officer("third", unit="hrss")
        away(mine, other, last_day=in_days(59))
        later = {"first_day": in_days(60), "last_day": in_days(last)}
        if lent:
            away(mine, third if to_another else other, **later)
        else:
            with pytest.raises(DomainError, match="一年内委托出去的日子合计"):
                away(mine, third if to_another else other, **later)

    def test_a_day_between_them_does_not_help(self):
        mine, other = officer(), officer("other", unit="hrss")
        away(mine, other, last_day=in_days(MOST_DELEGATED_DAYS - 2))
        with pytest.raises(DomainError, match="一年内委托出去的日子合计"):
            away(mine, other, first_day=in_days(MOST_DELEGATED_DAYS), last_day=in_days(MOST_DELEGATED_DAYS + 1))

    def test_nor_does_the_later_one_first(self):
        mine, other = officer(), officer("other", unit="hrss")
        away(mine, other, first_day=in_days(50), last_day=in_days(50 + MOST_DELEGATED_DAYS - 1))
        with pytest.raises(DomainError, match="一年内委托出去的日子合计"):
            away(mine, other, first_day=in_days(0), last_day=in_days(0))

    @pytest.mark.parametrize(("ago", "lent"), [(364, False), (365, True), (366, True)])
    def test_what_lies_a_year_back_does_not_count(self, ago: int, lent: bool):
        """One day too many, if the day so long ago belonged to the year that ends with the loan."""
        mine, other, last = officer(), officer("other", unit="hrss"), MOST_DELEGATED_DAYS - 1
        day = in_days(last - ago)
        RoleGrant.objects.create(
            user=other, role="officer", unit="stb", granted_on=day, revoked_on=day + timedelta(days=1), delegated_by=mine
        )
        if lent:
            away(mine, other, last_day=in_days(last))
        else:
            with pytest.raises(DomainError, match="一年内委托出去的日子合计"):
                away(mine, other, last_day=in_days(last))

    def test_days_lent_to_two_at_once_and_what_was_taken_back_count_as_they_were(self):
        mine, other, third, today = officer(), officer("other", unit="hrss"), officer("third", unit="hrss"), timezone.localdate()
        away(mine, other, last_day=in_days(MOST_DELEGATED_DAYS - 1))
        second = away(mine, third, last_day=in_days(MOST_DELEGATED_DAYS - 1))
        actions.end_delegation(second, by=mine, on=today)
        away(mine, third, last_day=in_days(MOST_DELEGATED_DAYS - 1))
