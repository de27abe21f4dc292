"""Somebody leaves the service: one act ends every role, lent and borrowed ones too, and nothing is left half done."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from quintet.core import actions
from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import Notification, RoleGrant, User
from tests import guards

pytestmark = pytest.mark.django_db


@pytest.fixture
def today() -> date:
    return timezone.localdate()


@pytest.fixture
def leaver(make_user, today):
    """An officer with a second role that begins later, one lent to a colleague and one borrowed from her."""
    user, colleague = make_user("officer", unit="stb", name="leaver"), make_user("officer", unit="hrss", name="colleague")
    later = today + timedelta(days=9)
    RoleGrant.objects.create(user=user, role="auditor", granted_on=today + timedelta(days=5))
    RoleGrant.objects.create(user=user, role="leader", granted_on=date(2019, 1, 1), revoked_on=date(2020, 1, 1))
    RoleGrant.objects.create(user=colleague, role="officer", unit="stb", granted_on=date(2019, 1, 1), revoked_on=later, delegated_by=user)
    RoleGrant.objects.create(user=user, role="officer", unit="hrss", granted_on=date(2019, 1, 1), revoked_on=later, delegated_by=colleague)
    return user


def test_every_role_ends_those_lent_and_borrowed_too_and_nobody_signs_in_any_more(leaver, make_user, today):
    actions.leave(leaver, by=make_user("operator"), on=today, reason="调离")
    leaver.refresh_from_db()
    assert not leaver.is_active
    assert [grant.state(today) for grant in RoleGrant.objects.filter(user=leaver)] == ["ended"] * 4
    assert User.objects.get(username="colleague").role_codes == {"officer"}
    assert [grant.unit for grant in User.objects.get(username="colleague").grants_today] == ["hrss"]
    kept = RoleGrant.objects.get(user=leaver, role="leader")
    assert kept.revoked_on == date(2020, 1, 1)
    assert RoleGrant.objects.filter(user=leaver, role="auditor", revoked_on=today + timedelta(days=5)).exists(), "never begins"


def test_the_chain_holds_each_end_and_the_borrower_is_told(leaver, make_user, today):
    actions.leave(leaver, by=make_user("operator"), on=today, reason="调离")
    lines = guards.lines_of_acts().values_list("action", flat=True)
    assert list(lines) == ["core.end_role"] * 4 + ["core.deactivate_account"]
    assert Notification.objects.filter(user__username="colleague", text__contains="您的角色已结束").count() == 1


def test_the_last_operator_does_not_leave_and_then_nothing_has_ended(make_user, today):
    one, two = make_user("operator"), make_user("operator", "officer", unit="stb")
    actions.leave(one, by=two, on=today, reason="退休")
    assert not User.objects.get(pk=one.pk).role_codes
    passing = make_user()
    RoleGrant.objects.create(user=passing, role="operator", granted_on=date(2019, 1, 1), revoked_on=today + timedelta(days=3))
    with pytest.raises(DomainError):
        actions.leave(two, by=User.objects.get(pk=passing.pk), on=today, reason="退休")
    assert User.objects.get(pk=two.pk).role_codes == {"operator", "officer"}


def test_nobody_lets_themself_leave_and_only_an_operator_does(leaver, make_user, today):
    operator = make_user("operator")
    with pytest.raises(NotAllowed, match="不能为自己"):
        actions.leave(operator, by=operator, on=today, reason="退休")
    with pytest.raises(NotAllowed):
        actions.leave(leaver, by=make_user("officer", unit="stb"), on=today, reason="调离")
    assert RoleGrant.objects.filter(user=leaver, revoked_on=None).exists()


@pytest.mark.parametrize(("leaves", "roles_left"), [({}, True), ({"leaves": "on"}, False)])
def test_the_page_asks_whether_somebody_leaves_or_is_away(leaver, make_user, today, leaves, roles_left):
    desk = Client()
    desk.force_login(make_user("operator"), backend="django.contrib.auth.backends.ModelBackend")
    desk.post(reverse("web:account-active", args=[leaver.pk]), {"reason": "调离", **leaves})
    assert not User.objects.get(pk=leaver.pk).is_active
    assert RoleGrant.objects.in_force(today).filter(user=leaver).exists() is roles_left
