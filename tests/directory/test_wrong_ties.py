"""A tie that a register had by mistake keeps nobody away for good: two officers who are tied to neither side void it. Nobody washes their own."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from quintet.core import clock
from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import AuditEntry, Notification, RoleGrant, User
from quintet.core.seals import altered
from quintet.directory.actions import save_record
from quintet.directory.actions.ties import confirm_wrong_tie, confirmable, propose_wrong_tie
from quintet.directory.models import Kinship, Membership, Organisation, Person, Shareholding, WrongTie
from quintet.directory.recusals import away
from quintet.market.models import ProjectMember, TransferProject
from quintet.redemption.interests import interest_of, users_who_keep_away
from quintet.redemption.models import Claim
from quintet.talent.models import Talent, Team
from tests.directory.city import organisation
from tests.duties import by_two, keeps_every_register
from tests.redemption.claims import ON, offered, officer

pytestmark = pytest.mark.django_db
SINCE = date(2020, 1, 1)


@pytest.fixture
def claim() -> Claim:
    keeps_every_register("stb")
    return offered()


def official(name: str = "accused") -> Person:
    return Person.objects.create(name=name, user=officer(name))


def voided(register: str, person: Person, other: Any, *, one: str = "officer3", two: str = "officer4") -> WrongTie:
    tie = propose_wrong_tie(register, person, other, reason="登记错了人。", by=officer(one), on=ON)
    return confirm_wrong_tie(tie, confirmed=True, by=officer(two))


def shareholding(person: Person, firm: Organisation) -> Shareholding:
    return Shareholding.objects.create(person=person, organisation=firm, held_from=SINCE)


def test_a_shareholding_entered_by_mistake_keeps_nobody_away_once_two_have_said_so(claim: Claim):
    """The attack: one officer enters shares of a colleague, and a correction does not help."""
    person = official()
    held = shareholding(person, claim.organisation)
    held.organisation = organisation(77)
    save_record(held, by=officer("officer3"))
    assert interest_of(person, claim) == "持有申报单位的股份"
    tie = propose_wrong_tie("shareholdings", person, claim.organisation, reason="是同名的另一人。", by=officer("officer3"), on=ON)
    assert interest_of(person, claim) == "持有申报单位的股份"
    confirm_wrong_tie(tie, confirmed=True, by=officer("officer4"))
    assert interest_of(person, claim) == ""
    assert users_who_keep_away([person.user_id or 0], [claim]) == {}
    assert claim.organisation_id not in away([person.user_id or 0]).organisations
    assert [sentence for _line, sentence in altered() if "登记有误的关系" in sentence] == []
    lines = AuditEntry.objects.filter(record=f"directory.wrongtie:{tie.pk}").order_by("number").values_list("action", flat=True)
    assert list(lines) == ["directory.propose_wrong_tie", "directory.confirm_wrong_tie"]
    assert Notification.objects.filter(user=person.user, text__contains="登记有误，不再据以回避").count() == 1


def test_what_the_register_still_says_counts_until_it_has_ended_and_two_have_said_so(claim: Claim):
    person = official()
    held = shareholding(person, claim.organisation)
    voided("shareholdings", person, claim.organisation)
    assert interest_of(person, claim) == "持有申报单位的股份"
    held.held_until = SINCE
    held.save()
    assert interest_of(person, claim) == "持有申报单位的股份"  # said again after it was voided
    voided("shareholdings", person, claim.organisation)
    assert interest_of(person, claim) == ""


@pytest.mark.parametrize(("days", "counts"), [(-1, False), (0, False), (1, True)])  # over yesterday, today, from tomorrow on
def test_shares_that_are_held_until_later_are_held(claim: Claim, days: int, counts: bool):
    person = official()
    until = clock.today() + timedelta(days=days)
    Shareholding.objects.create(person=person, organisation=claim.organisation, held_from=SINCE, held_until=until)
    voided("shareholdings", person, claim.organisation)
    assert bool(interest_of(person, claim)) is counts


def test_what_it_says_again_counts_again(claim: Claim):
    person = official()
    held = shareholding(person, claim.organisation)
    held.organisation = organisation(77)
    held.save()
    voided("shareholdings", person, claim.organisation)
    held.organisation = claim.organisation
    held.save()
    assert interest_of(person, claim) == "持有申报单位的股份"
    held.organisation = organisation(78)
    held.save()
    assert interest_of(person, claim) == "持有申报单位的股份"


def test_an_authority_that_has_ended(claim: Claim):
    person = official()
    made = Membership.objects.create(person=person, organisation=claim.organisation, part="contact", granted_on=SINCE, **by_two())
    made.revoked_on = SINCE
    made.save()
    assert interest_of(person, claim) == "是申报单位的代理人"
    voided("memberships", person, claim.organisation)
    assert interest_of(person, claim) == ""


def test_an_authority_in_force_is_none(claim: Claim):
    person = official()
    Membership.objects.create(person=person, organisation=claim.organisation, part="contact", granted_on=SINCE, **by_two())
    voided("memberships", person, claim.organisation)
    assert interest_of(person, claim) == "是申报单位的代理人"


@pytest.mark.parametrize("either", [False, True])
def test_relatives_who_are_none(claim: Claim, either: bool):
    person, owner = official(), Person.objects.create(name="股东")
    shareholding(owner, claim.organisation)
    Kinship.objects.create(person=owner if either else person, relative=person if either else owner, declared_on=SINCE)
    assert interest_of(person, claim) == "近亲属：持有申报单位的股份"
    voided("kinships", person, owner)
    assert interest_of(person, claim) == ""
    assert interest_of(owner, claim) == "持有申报单位的股份"


def test_employment_a_team_and_a_project(claim: Claim):
    person, firm, other = official(), claim.organisation, organisation(77)
    talent = Talent.objects.create(person=person, organisation=firm, category="national_leading")
    team = Team.objects.create(name="团队", organisation=firm, leader=person, tier="key", selected_on=SINCE)
    member = ProjectMember.objects.create(
        project=TransferProject.objects.create(number="P1", name="中试", organisation=firm, stage="pilot"), person=person
    )
    talent.organisation, team.leader = other, Person.objects.create(name="真带头人")
    talent.save(), team.save(), member.delete()
    for register, why in (("talents", "任职"), ("members", "合作项目"), ("teams", "带头人")):
        assert why in interest_of(person, claim)
        voided(register, person, firm)
    assert interest_of(person, claim) == ""


class TestWhoDoesIt:
    def test_never_the_person_nor_a_relative_nor_who_is_tied_to_the_organisation(self, claim: Claim):
        person = official()
        shareholding(person, claim.organisation)
        relative, owner = official("relative"), official("owner")
        Kinship.objects.create(person=relative, relative=person, declared_on=SINCE)
        shareholding(owner, claim.organisation)
        given = {"reason": "登记错了人。", "on": ON}
        for by in (person, relative, owner):
            with pytest.raises(NotAllowed):
                propose_wrong_tie("shareholdings", person, claim.organisation, by=User.objects.get(pk=by.user_id), **given)
        tie = propose_wrong_tie("shareholdings", person, claim.organisation, by=officer("officer3"), **given)
        for by in (person, relative, owner):
            user = User.objects.get(pk=by.user_id)
            assert confirmable(user) == []
            with pytest.raises(NotAllowed):
                confirm_wrong_tie(tie, confirmed=True, by=user)

    def test_not_one_alone_nor_with_a_lent_role(self, claim: Claim):
        person, first = official(), officer("officer3")
        tie = propose_wrong_tie("shareholdings", person, claim.organisation, reason="错了。", by=first, on=ON)
        borrower = User.objects.create(username="borrower")
        until = date(2999, 1, 1)
        RoleGrant.objects.create(user=borrower, role="officer", unit="stb", granted_on=SINCE, revoked_on=until, delegated_by=first)
        for by in (first, borrower):
            with pytest.raises(NotAllowed):
                confirm_wrong_tie(tie, confirmed=True, by=User.objects.get(pk=by.pk))
        assert [one.pk for one in confirmable(officer("officer4"))] == [tie.pk]

    def test_only_officers_of_the_register(self, claim: Claim, make_user: Any):
        for by in (make_user("officer", unit="hrss"), make_user("operator"), make_user("applicant"), make_user("expert")):
            with pytest.raises(NotAllowed):
                propose_wrong_tie("shareholdings", official(f"p{by.pk}"), claim.organisation, reason="错了。", by=by, on=ON)

    def test_not_agreed_to_everything_stays(self, claim: Claim):
        person = official()
        held = shareholding(person, claim.organisation)
        held.organisation = organisation(77)
        held.save()
        tie = propose_wrong_tie("shareholdings", person, claim.organisation, reason="错了。", by=officer("officer3"), on=ON)
        with pytest.raises(DomainError, match="请选择"):
            confirm_wrong_tie(tie, confirmed=None, by=officer("officer4"))
        confirm_wrong_tie(tie, confirmed=False, by=officer("officer4"))
        assert interest_of(person, claim) == "持有申报单位的股份"
        with pytest.raises(DomainError, match="已经办理过"):
            confirm_wrong_tie(tie, confirmed=True, by=officer("officer4"))

    def test_what_was_written_past_the_actions_voids_nothing(self, claim: Claim):
        person = official()
        held = shareholding(person, claim.organisation)
        held.organisation = organisation(77)
        held.save()
        one, two = officer("officer3"), officer("officer4")
        WrongTie.objects.create(
            register="shareholdings", person=person, organisation=claim.organisation, reason="x", proposed_by=one, proposed_under=one.grants.get(),
            proposed_on=ON, confirmed=True, confirmed_by=two, confirmed_under=two.grants.get(), confirmed_at=timezone.now(),
        )  # fmt: skip
        assert interest_of(person, claim) == "持有申报单位的股份"


class TestWhatIsAsked:
    @pytest.mark.parametrize(("register", "kin"), [("organisations", False), ("kinships", False), ("shareholdings", True), ("", False)])
    def test_a_register_of_ties_and_its_other_side(self, claim: Claim, register: str, kin: bool):
        other = Person.objects.create(name="另一人") if kin else claim.organisation
        with pytest.raises(DomainError, match="请选择名录"):
            propose_wrong_tie(register, official(), other, reason="错了。", by=officer("officer3"), on=ON)

    def test_a_reason_and_once(self, claim: Claim):
        person = official()
        with pytest.raises(DomainError, match="写明"):
            propose_wrong_tie("shareholdings", person, claim.organisation, reason=" ", by=officer("officer3"), on=ON)
        propose_wrong_tie("shareholdings", person, claim.organisation, reason="错了。", by=officer("officer3"), on=ON)
        with pytest.raises(DomainError, match="正在等待复核"):
            propose_wrong_tie("shareholdings", person, claim.organisation, reason="错了。", by=officer("officer4"), on=ON)


def test_the_page_proposes_and_confirms(claim: Claim):
    person, address = official("某经办"), "/directory/wrong-ties/"
    first, second = Client(), Client()
    first.force_login(officer("officer3"), backend="django.contrib.auth.backends.ModelBackend")
    second.force_login(officer("officer4"), backend="django.contrib.auth.backends.ModelBackend")
    given = {"register": "shareholdings", "person": "某经办", "organisation": claim.organisation.code, "reason": "同名的另一人"}
    assert first.post(address, {**given, "register": ""}).status_code == 422
    assert first.post(address, given).status_code == 302
    tie = WrongTie.objects.get()
    assert "复核通过" not in first.get(address).content.decode()
    assert "复核通过" in second.get(address).content.decode()
    second.post(address, {"tie": tie.pk, "confirmed": "yes"})
    tie.refresh_from_db()
    assert (tie.confirmed, tie.person) == (True, person)


def test_queries_do_not_grow_with_the_ties(claim: Claim):
    people, other = [official(f"p{n}") for n in range(6)], organisation(77)
    for person in people:
        held = shareholding(person, claim.organisation)
        held.organisation = other
        held.save()
        voided("shareholdings", person, claim.organisation)
    counted = []
    for some in (people[:2], people):
        with CaptureQueriesContext(connection) as queries:
            assert users_who_keep_away([person.user_id or 0 for person in some], [claim]) == {}
        counted.append(len(queries))
    assert counted[0] == counted[1]
