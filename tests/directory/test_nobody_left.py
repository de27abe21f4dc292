"""When nobody acts for an organisation any more, its claims stay and those who wait for it are told."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from quintet.core import clock
from quintet.core.actions import deactivate
from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import Notification, User
from quintet.directory.actions.members import (
    confirm_membership,
    confirmable,
    consequences,
    end_membership,
    left_proposals,
    propose_again,
    propose_membership,
)
from quintet.directory.models import Membership, Person
from quintet.directory.personal import parts
from quintet.redemption.models import Claim
from quintet.redemption.payees import may_speak_for
from tests.duties import by_two, keeps_every_register
from tests.redemption.city import newly_high_tech
from tests.redemption.claims import ON, confirmed, member, offered, officer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _a_day_of_ones_own(settings: Any) -> None:
    settings.DEMO = True


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


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


def test_who_is_told_is_told_whom_the_organisation_still_has_without_an_account(keeper: User):
    claim = confirmed()
    named: dict[str, Any] = {"organisation": claim.organisation, "part": "legal_representative", **by_two()}
    Membership.objects.create(person=Person.objects.create(name="宋敏"), granted_on=ON, **named)
    left(claim)
    for text in (*told(keeper), *told(officer())):
        assert "名录中仍有宋敏（法定代表人），但没有可用的登录账号" in text


class TestProposalsOfWhoLeaves:
    """What an agent proposed and left behind: whom it is for is told, somebody else stands behind it anew."""

    @pytest.fixture
    def proposal(self, keeper: User) -> Membership:
        firm = newly_high_tech()
        waiting = User.objects.create(username="wangxin")
        made = propose_membership(Person.objects.create(name="王新", user=waiting), firm, by=member(firm), on=ON)
        clock.move_to(ON)
        return made

    def leaves(self, proposal: Membership) -> Client:
        own = Membership.objects.get(person__user__username="member")
        client = signed_in(member(proposal.organisation))
        address = f"/directory/memberships/{own.pk}/end/"
        page = client.post(address, {"reason": "离职"})
        own.refresh_from_db()
        assert own.revoked_on is None
        assert "您提出、尚未确认的授权将不能再确认：王新（授权经办人）" in page.content.decode()
        assert client.post(address, {"reason": "离职", "sure": "1"}).status_code == 302
        return client

    def test_ending_ones_own_authority_says_first_what_it_leaves_and_then_who_proposes_it_anew(self, proposal: Membership, keeper: User):
        second = officer("keeper2", unit="hrss")
        assert confirmable(keeper, ON) == [proposal]
        self.leaves(proposal)
        assert confirmable(keeper, ON) == []
        assert left_proposals(keeper, ON) == [proposal]
        assert Notification.objects.filter(user=keeper, text__startswith="请重新提出授权").exists()
        waiting = User.objects.get(username="wangxin")
        assert Notification.objects.filter(user=waiting, text__contains="已请主管部门重新提出").exists()
        page = signed_in(waiting).get("/my/organisation/").content.decode()
        assert "提出人已离开" in page
        answer = signed_in(keeper).post(f"/directory/memberships/{proposal.pk}/again/")
        again = Membership.objects.get(person=proposal.person, revoked_on=None)
        assert answer["Location"] == f"/directory/memberships/{again.pk}/"
        proposal.refresh_from_db()
        assert (proposal.granted_on, proposal.revoked_on, again.proposed_by) == (None, ON, keeper)
        assert left_proposals(keeper, ON) == []
        confirm_membership(again, by=second, on=ON)
        assert may_speak_for(waiting, again.organisation, ON)

    def test_another_who_acts_for_the_organisation_proposes_it_anew_and_an_official_confirms(self, proposal: Membership, keeper: User):
        other = member(proposal.organisation, "other")
        self.leaves(proposal)
        page = signed_in(other).get("/my/organisation/").content.decode()
        assert f"/directory/memberships/{proposal.pk}/again/" in page
        again = propose_again(proposal, by=other, on=ON)
        assert confirmable(keeper, ON) == [again]

    def test_nobody_takes_over_what_still_stands_or_what_is_for_themself(
        self, proposal: Membership, keeper: User, make_user: Callable[..., User]
    ):
        with pytest.raises(DomainError, match="提出人仍在岗"):
            propose_again(proposal, by=keeper, on=ON)
        self.leaves(proposal)
        for user in (make_user("applicant"), make_user("officer", unit="stb"), User.objects.get(username="wangxin")):
            assert left_proposals(user, ON) == []
            with pytest.raises(NotAllowed):
                propose_again(proposal, by=user, on=ON)
        proposal.refresh_from_db()
        assert proposal.revoked_on is None

    def test_an_official_who_has_left_is_no_proposer_either(self, keeper: User, make_user: Callable[..., User]):
        second = officer("keeper2", unit="hrss")
        made = propose_membership(Person.objects.create(name="王新"), newly_high_tech(), by=keeper, on=ON)
        assert (confirmable(second, ON), left_proposals(second, ON)) == ([made], [])
        deactivate(keeper, by=make_user("operator", name="one"), on=ON, reason="调离")
        assert (confirmable(second, ON), left_proposals(second, ON)) == ([], [made])

    def test_with_another_authority_of_the_same_person_it_stays(self, proposal: Membership, keeper: User):
        own = Membership.objects.get(person__user__username="member")
        Membership.objects.create(person=own.person, organisation=own.organisation, part="legal_representative", granted_on=ON, **by_two())
        assert not any("不能再确认" in text for text in consequences(own, member(own.organisation), ON))
        end_membership(own, reason="换岗", by=member(own.organisation), on=ON)
        assert confirmable(keeper, ON) == [proposal]


def test_a_legal_representative_is_asked_once_more_and_told_who_proposes_the_next(keeper: User):
    firm = newly_high_tech()
    head = User.objects.create(username="head")
    whose: dict[str, Any] = {"person": Person.objects.create(name="沈知远", user=head), "organisation": firm, **by_two()}
    own = Membership.objects.create(part="legal_representative", granted_on=ON, **whose)
    clock.move_to(ON)
    client, address = signed_in(head), f"/directory/memberships/{own.pk}/end/"
    page = client.post(address, {"reason": "卸任"}).content.decode()
    own.refresh_from_db()
    assert own.revoked_on is None
    assert "新的法定代表人由市人力资源社会保障局的一位工作人员提出、另一位确认" in page
    client.post(address, {"reason": "卸任", "sure": "1"})
    own.refresh_from_db()
    assert own.revoked_on == ON
    successor = propose_membership(Person.objects.create(name="继任"), firm, part="legal_representative", by=keeper, on=ON)
    assert confirm_membership(successor, by=officer("keeper2", unit="hrss"), on=ON).granted_on == ON


def test_ones_own_information_says_when_an_authority_began_and_ended(keeper: User):
    claim = confirmed()
    left(claim)
    part = next(part for found in parts if (part := found(User.objects.get(username="member"))) and part.title == "所在单位")
    assert [str(cell) for cell in part.rows[0][1:]] == ["授权经办人", "2019年1月1日", "2021年1月4日"]


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
