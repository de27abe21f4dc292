"""Signing in again: how long it holds, what is kept, and that it cannot be guessed."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from quintet.core.models import Attempt, RoleGrant, User

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
PASSWORD = "a long password"
ASKED = "请再次确认是您本人"
GRANT = {"role": "applicant", "unit": "", "last_day": "", "reason": "任职文件 <甲>"}


@pytest.fixture
def desk(client: Client, make_user: Any) -> Client:
    client.force_login(make_user("operator", name="operator"), backend=BACKEND)
    return client


def signed_in(client: Client, *, seconds_ago: int) -> None:
    session = client.session
    session["signed_in_at"] = int(timezone.now().timestamp()) - seconds_ago
    session.save()


def granted(client: Client, user: User, **more: Any) -> Any:
    return client.post(f"/accounts/{user.pk}/grant/", GRANT | {"granted_on": timezone.localdate().isoformat()} | more)


@pytest.mark.parametrize(("seconds", "asked"), [(0, False), (15 * 60 - 30, False), (15 * 60 + 30, True), (-60, True)])
def test_a_sign_in_counts_for_fifteen_minutes(desk: Client, make_user: Any, seconds: int, asked: bool):
    signed_in(desk, seconds_ago=seconds)
    answer = granted(desk, make_user())
    assert (ASKED in answer.content.decode()) is asked
    assert RoleGrant.objects.filter(role="applicant").exists() is not asked


def test_after_the_password_the_form_goes_on_as_it_was_typed(desk: Client, make_user: Any):
    signed_in(desk, seconds_ago=3600)
    user = make_user()
    assert 'value="任职文件 &lt;甲&gt;"' in granted(desk, user).content.decode()
    assert granted(desk, user, again_password=PASSWORD).status_code == 302
    grant = RoleGrant.objects.get(role="applicant")
    assert (grant.user, grant.history.get().history_change_reason) == (user, "任职文件 <甲>")
    assert granted(desk, make_user()).status_code == 302, "the next one is not asked"


def test_a_wrong_password_changes_nothing_and_is_said_in_one_sentence(desk: Client, make_user: Any):
    signed_in(desk, seconds_ago=3600)
    page = granted(desk, make_user(), again_password="wrong").content.decode()
    assert page.count("密码或验证码不对，请再输一次。") == 1
    assert "wrong" not in page.split("<form")[-1]
    assert not RoleGrant.objects.filter(role="applicant").exists()


def test_even_a_fresh_sign_in_does_not_carry_a_wrong_password(desk: Client, make_user: Any):
    assert granted(desk, make_user(), again_password="wrong").status_code == 200


@pytest.mark.parametrize(("wrong", "status"), [(4, 302), (5, 429)])
def test_the_password_cannot_be_guessed(desk: Client, make_user: Any, wrong: int, status: int):
    signed_in(desk, seconds_ago=3600)
    user = make_user()
    for number in range(wrong):
        assert granted(desk, user, again_password=f"wrong {number}").status_code == 200
    answer = granted(desk, user, again_password=PASSWORD)
    assert answer.status_code == status
    assert RoleGrant.objects.filter(role="applicant").exists() is (status == 302)


def test_a_pause_ends_by_itself(desk: Client, make_user: Any):
    signed_in(desk, seconds_ago=3600)
    user = make_user()
    for _ in range(6):
        granted(desk, user, again_password="wrong")
    Attempt.objects.update(at=timezone.now() - timedelta(minutes=16))
    assert granted(desk, user, again_password=PASSWORD).status_code == 302


def test_looking_at_the_form_asks_nothing(desk: Client, make_user: Any):
    signed_in(desk, seconds_ago=3600)
    assert desk.get(f"/accounts/{make_user().pk}/grant/").status_code == 200


def test_who_may_not_is_refused_before_anything_is_asked(client: Client, make_user: Any):
    client.force_login(make_user("auditor"), backend=BACKEND)
    signed_in(client, seconds_ago=3600)
    page = granted(client, make_user())
    assert page.status_code == 403
    assert "请再次确认是您本人" not in page.content.decode()


def test_htmx_gets_the_whole_page(desk: Client, make_user: Any):
    signed_in(desk, seconds_ago=3600)
    answer = desk.post(f"/accounts/{make_user().pk}/grant/", GRANT, headers={"HX-Request": "true"})
    assert answer["HX-Retarget"] == "body"
