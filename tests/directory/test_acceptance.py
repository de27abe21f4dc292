"""An organisation ties nobody to itself who has not agreed: its legal representative confirms what the person has accepted, or an official does."""

from typing import Any

import pytest
from django.test import Client

from quintet.core.errors import NotAllowed
from quintet.core.models import AuditEntry, Notification, User
from quintet.directory.actions.members import (
    accept_membership,
    confirm_membership,
    confirmable,
    end_membership,
    may_confirm,
    propose_membership,
)
from quintet.directory.actions.records import propose_contact
from quintet.directory.models import Membership, Organisation, Person
from quintet.redemption.interests import interest_of
from quintet.redemption.models import Claim
from tests.directory.city import officer
from tests.redemption.claims import ON, member, offered

pytestmark = pytest.mark.django_db
NUMBER = "11010519491231002X"


@pytest.fixture
def firm() -> Organisation:
    return offered().organisation


def somebody(make_user: Any) -> tuple[User, Person]:
    user = make_user("expert")
    return user, Person.objects.create(name="周评审", identity_number=NUMBER, user=user)


def proposed(firm: Organisation, part: str = "contact") -> Membership:
    return propose_contact(firm, name="周评审", identity_number=NUMBER, part=part, by=member(firm), on=ON)


def head(firm: Organisation) -> User:
    return member(firm, "head", "legal_representative")


@pytest.mark.parametrize("part", ["contact", "agent"])
def test_the_legal_representative_confirms_nobody_who_has_not_agreed(firm: Organisation, part: str, make_user: Any):
    _user, person = somebody(make_user)
    made, claim = proposed(firm, part), Claim.objects.get()
    assert not may_confirm(made, head(firm), ON)
    assert confirmable(head(firm), ON) == []
    with pytest.raises(NotAllowed, match="本人尚未同意"):
        confirm_membership(made, by=head(firm), on=ON)
    assert interest_of(person, claim) == ""


def test_who_has_agreed_is_confirmed_and_keeps_away(firm: Organisation, make_user: Any):
    user, person = somebody(make_user)
    made, claim, its_head = proposed(firm), Claim.objects.get(), head(firm)
    accept_membership(made, by=user, on=ON)
    assert interest_of(person, claim) == ""
    assert Notification.objects.filter(user=its_head, text__startswith="请确认授权").count() == 1
    made.refresh_from_db()
    assert [one.pk for one in confirmable(head(firm), ON)] == [made.pk]
    assert confirm_membership(made, by=head(firm), on=ON).granted_on == ON
    assert interest_of(person, claim) == "是申报单位的代理人"
    assert AuditEntry.objects.filter(action="directory.accept_membership", record=f"directory.membership:{made.pk}").count() == 1


def test_an_official_confirms_without_it(firm: Organisation, make_user: Any):
    _user, person = somebody(make_user)
    confirm_membership(proposed(firm), by=officer(), on=ON)
    assert interest_of(person, Claim.objects.get()) == "是申报单位的代理人"


def test_what_an_official_proposed_the_legal_representative_confirms(firm: Organisation, make_user: Any):
    _user, person = somebody(make_user)
    made = propose_membership(person, firm, by=officer(), on=ON)
    assert confirm_membership(made, by=head(firm), on=ON).granted_on == ON


def test_nobody_accepts_for_another_nor_twice_nor_what_has_ended(firm: Organisation, make_user: Any):
    user, _person = somebody(make_user)
    made = proposed(firm)
    for other in (member(firm), head(firm), officer(), make_user("applicant")):
        with pytest.raises(NotAllowed, match="只有本人"):
            accept_membership(made, by=other, on=ON)
    accept_membership(made, by=user, on=ON)
    with pytest.raises(NotAllowed, match="只有本人"):
        accept_membership(made, by=user, on=ON)
    gone = proposed(firm, "agent")
    end_membership(gone, reason="不知情", by=user, on=ON)
    with pytest.raises(NotAllowed, match="只有本人"):
        accept_membership(gone, by=user, on=ON)


def test_the_own_page_asks_for_it_once(firm: Organisation, make_user: Any):
    user, _person = somebody(make_user)
    made, client = proposed(firm), Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    address = f"/directory/memberships/{made.pk}/accept/"
    assert address in client.get("/my/organisation/").content.decode()
    assert client.post(address).status_code == 302
    page = client.get("/my/organisation/").content.decode()
    assert address not in page
    assert "本人已同意" in page
    made.refresh_from_db()
    assert made.accepted_on is not None
