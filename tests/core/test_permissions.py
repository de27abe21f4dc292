from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone
from django.views import View

from quintet.core.errors import NotAllowed
from quintet.core.models import RoleGrant
from quintet.core.permissions import Right, apart, holds, public, require, right_of, roles, second_pair_of_eyes, signed_in
from quintet.core.roles import Role

pytestmark = pytest.mark.django_db


def ask(view: Any, user: Any, **headers: str) -> HttpResponse:
    request = RequestFactory().get("/somewhere/?page=2", headers=headers)
    request.user = user
    request.htmx = headers.get("HX-Request") == "true"
    return view(request)


@roles(Role.OFFICER)
def desk(request: Any) -> HttpResponse:
    return HttpResponse("desk")


@signed_in
class Mine(View):
    def get(self, request: Any) -> HttpResponse:
        return HttpResponse("mine")


def test_a_stranger_is_sent_to_sign_in_and_back():
    assert ask(desk, AnonymousUser()).headers["Location"] == "/sign-in/?next=/somewhere/%3Fpage%3D2"


def test_a_part_of_a_page_sends_the_whole_page_to_sign_in():
    assert ask(desk, AnonymousUser(), **{"HX-Request": "true"}).headers["HX-Redirect"].startswith("/sign-in/")


def test_another_role_is_refused(make_user: Any):
    with pytest.raises(PermissionDenied):
        ask(desk, make_user("applicant"))


def test_the_role_opens_the_page(make_user: Any):
    assert ask(desk, make_user("officer")).content == b"desk"


def test_a_class_is_guarded_and_says_so_through_its_view(make_user: Any):
    view = Mine.as_view()
    assert view.access.kind == "signed_in"
    assert ask(view, AnonymousUser()).status_code == 302
    assert ask(view, make_user()).content == b"mine"


def test_public_pages_say_so():
    assert public(lambda request: HttpResponse()).access.allows(AnonymousUser())


def test_a_view_for_nobody_is_a_mistake():
    with pytest.raises(ValueError, match="at least one role"):
        roles()


def test_a_grant_counts_from_its_day_until_the_day_before_it_is_revoked(make_user: Any):
    user, today = make_user(), date(2020, 6, 1)
    RoleGrant.objects.create(user=user, role=Role.OFFICER, unit="stb", granted_on=today, revoked_on=today + timedelta(days=2))
    days = [today + timedelta(days=n) for n in (-1, 0, 1, 2)]
    assert [RoleGrant.objects.in_force(day).count() for day in days] == [0, 1, 1, 0]


def test_a_revoked_role_is_not_held(make_user: Any):
    user = make_user("leader")
    user.grants.update(revoked_on=timezone.localdate())
    assert not holds(user, Role.LEADER)


def test_an_account_that_was_closed_holds_nothing(make_user: Any):
    user = make_user("leader")
    user.is_active = False
    assert not holds(user, Role.LEADER)


def test_a_role_for_one_department_is_none_for_another(make_user: Any):
    user = make_user("officer", unit="stb")
    assert holds(user, Role.OFFICER, unit="stb")
    assert not holds(user, Role.OFFICER, unit="finance")
    assert user.units == {"stb"}


def test_an_action_says_which_role_it_needs(make_user: Any):
    with pytest.raises(NotAllowed) as caught:
        require(make_user("applicant"), Role.OFFICER, Role.LEADER)
    assert caught.value.where == "需要的角色：经办人、领导"


def test_the_same_role_cannot_be_granted_twice_at_once(make_user: Any):
    user = make_user("leader")
    with pytest.raises(IntegrityError), transaction.atomic():
        RoleGrant.objects.create(user=user, role=Role.LEADER)


class TestRights:
    """Two acts are by two people when nobody acts in both or lent the role for either."""

    def test_a_right_says_who_acts_and_who_lent_the_role(self, make_user: Any):
        lender, borrower = make_user(Role.OFFICER, unit="stb"), make_user(Role.OFFICER, unit="hrss")
        today = timezone.localdate()
        lent = RoleGrant.objects.create(
            user=borrower, role="officer", unit="stb", granted_on=today, revoked_on=today + timedelta(days=2), delegated_by=lender
        )
        right = right_of(borrower, Role.OFFICER, unit="stb")
        assert right == Right(borrower.pk, lent.pk, lender.pk)
        assert right.people == {borrower.pk, lender.pk}
        assert right.details == {"grant": lent.pk, "lender": lender.pk}
        with pytest.raises(NotAllowed):
            right_of(borrower, Role.FINANCE_OFFICER)

    def test_an_own_role_goes_before_one_that_was_lent(self, make_user: Any):
        lender, borrower = make_user(Role.FINANCE_OFFICER, unit="finance"), make_user()
        today = timezone.localdate()
        RoleGrant.objects.create(
            user=borrower,
            role="finance_officer",
            unit="finance",
            granted_on=today,
            revoked_on=today + timedelta(days=2),
            delegated_by=lender,
        )
        own = RoleGrant.objects.create(user=borrower, role="finance_officer", unit="branch", granted_on=today)
        assert right_of(borrower, Role.FINANCE_OFFICER) == Right(borrower.pk, own.pk, None)

    @pytest.mark.parametrize(
        ("first", "second", "two_people"),
        [
            (Right(1, 10), Right(2, 20), True),
            (Right(1, 10), Right(1, 11), False),
            (Right(2, 20, 1), Right(4, 40, 1), False),  # both from the same lender
            (Right(2, 20, 1), Right(1, 30, 3), False),  # the lender came back by another's loan
            (Right(1, 10), Right(2, 20, 1), False),
            (Right(2, 20, 1), Right(4, 40, 3), True),
        ],
    )
    def test_second_pair_of_eyes(self, first: Right, second: Right, two_people: bool):
        assert apart(first, second) is apart(second, first) is two_people
        if two_people:
            second_pair_of_eyes(first, second)
        else:
            with pytest.raises(NotAllowed, match="两个人办理"):
                second_pair_of_eyes(first, second)
