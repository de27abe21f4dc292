"""An applicant's own organisation, on the city's day and in words."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from quintet.core import clock
from quintet.core.models import Notification
from quintet.directory.actions.members import confirm_membership, propose_membership
from quintet.directory.models import Membership
from tests.directory.city import officer, organisation, person, recognition
from tests.redemption.claims import member

pytestmark = pytest.mark.django_db
EXPIRES = date(2021, 12, 6)


@pytest.mark.parametrize(
    ("today", "word"), [(date(2021, 12, 5), "有效"), (date(2021, 12, 6), "有效"), (date(2021, 12, 7), "已到期")]
)  # the day before, the last day, the day after
def test_a_certificate_is_valid_by_the_citys_clock_until_its_last_day(settings: Any, today: date, word: str):
    settings.DEMO = True
    clock.move_to(today)
    firm = organisation()
    recognition(firm, "high_tech", date(2018, 12, 7), EXPIRES)
    client = Client()
    client.force_login(member(firm), backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/my/organisation/").content.decode()
    assert word in page
    assert {"有效": "已到期", "已到期": "● 有效"}[word] not in page


def test_divisions_and_industries_are_told_by_name(settings: Any):
    firm = organisation(division="2111L1", industry="2651")
    client = Client()
    client.force_login(member(firm), backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/my/organisation/").content.decode()
    assert "辽东湾新区" in page
    for code in ("2111L1", "2651", "本地代码"):
        assert code not in page


class TestAuthorityProposedForMe:
    """Who did not want an authority, or did not know of it, refuses it; who has one gives it up. Nobody else's is theirs to touch."""

    DAY = date(2021, 3, 1)

    def signed_in(self, user: Any) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    def proposed(self, user: Any) -> Membership:
        return propose_membership(person(user=user), organisation(), by=officer(), on=self.DAY)

    def test_the_own_page_shows_it_and_refuses_it(self, make_user: Any):
        user = make_user("applicant")
        made = self.proposed(user)
        client = self.signed_in(user)
        page = client.get("/my/organisation/").content.decode()
        address = f"/directory/memberships/{made.pk}/end/"
        assert "为您提出的授权" in page
        assert str(made.organisation) in page
        assert address in page
        assert f"/directory/memberships/{made.pk}/confirm/" not in page
        answer = client.post(address, {"reason": "本人不知情"}, follow=True)
        assert answer.status_code == 200
        made.refresh_from_db()
        assert (made.granted_on, made.revoked_on is not None) == (None, True)
        assert "为您提出的授权" not in answer.content.decode()
        assert Notification.objects.filter(user=user, text__contains="提出的授权未获同意").exists()

    def test_without_a_reason_it_stays(self, make_user: Any):
        user = make_user("applicant")
        made = self.proposed(user)
        assert "理由" in self.signed_in(user).post(f"/directory/memberships/{made.pk}/end/", {"reason": " "}, follow=True).content.decode()
        made.refresh_from_db()
        assert made.revoked_on is None

    def test_it_is_not_theirs_to_confirm(self, make_user: Any):
        user = make_user("applicant")
        made = self.proposed(user)
        self.signed_in(user).post(f"/directory/memberships/{made.pk}/confirm/")
        made.refresh_from_db()
        assert made.granted_on is None

    def test_a_stranger_is_told_of_nothing(self, make_user: Any):
        made = self.proposed(make_user("applicant"))
        for action in ("confirm", "end"):
            stranger = self.signed_in(make_user("applicant"))
            assert stranger.post(f"/directory/memberships/{made.pk}/{action}/", {"reason": "玩笑"}).status_code == 404
        made.refresh_from_db()
        assert (made.granted_on, made.revoked_on) == (None, None)

    def test_an_authority_in_force_is_given_up_by_whom_it_is_of(self, make_user: Any):
        user = make_user("applicant")
        made = confirm_membership(self.proposed(user), by=make_user_of_the_same_register(make_user), on=self.DAY)
        client = self.signed_in(user)
        assert "终止我的授权" in client.get("/my/organisation/").content.decode()
        assert client.post(f"/directory/memberships/{made.pk}/end/", {"reason": "离职", "sure": "1"}, follow=True).status_code == 200
        made.refresh_from_db()
        assert made.revoked_on is not None
        assert "暂未代表任何单位" in client.get("/my/organisation/").content.decode()


def make_user_of_the_same_register(make_user: Any) -> Any:
    return make_user("officer", unit="stb")
