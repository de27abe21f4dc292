"""The register of experts: nobody shapes it alone and so chooses who reviews, nobody is shut out of cases by one colleague, and whom it concerns is told."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import AuditEntry, Notification, RoleGrant, User
from quintet.directory.models import Kinship, Person, Shareholding
from quintet.market.models import ProjectMember
from quintet.redemption import actions
from quintet.redemption.interests import users_who_keep_away
from quintet.redemption.models import Expert, ExpertChange
from quintet.redemption.permissions import refusal
from tests.duties import keeps_every_register
from tests.redemption.applications import ON, entered, expert, experts, panel_of, project, reviewed, submitted
from tests.redemption.city import newly_high_tech
from tests.redemption.claims import all_there, officer
from tests.redemption.test_nobody_alone import lent, other, with_role
from tests.redemption.test_ways_round import again

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def somebody(name: str = "李教授") -> Person:
    user = User.objects.create(username=name, display_name=name)
    return Person.objects.create(name=name, user=user)


def proposed(person: Person, employer: Any = None, by: User | None = None) -> ExpertChange:
    return actions.propose_expert(person, employer=employer, title="教授", field="化工", by=by or officer(), on=ON)


def told(user: User | None) -> list[str]:
    return [one.text for one in Notification.objects.filter(user=user).order_by("pk")]


class TestEntry:
    def test_proposed_by_one_it_counts_for_nothing(self):
        """The attack: one officer makes a colleague an expert of the applicant's and so shuts them out of its cases."""
        claim, colleague = submitted(), Person.objects.create(name="同事", user=officer("officer3"))
        change = proposed(colleague, employer=claim.organisation)
        assert not Expert.objects.exists()
        assert users_who_keep_away([officer("officer3").pk], [claim]) == {}
        with pytest.raises(NotAllowed):
            actions.confirm_expert(change, confirmed=True, by=officer(), on=ON)
        actions.confirm_expert(change, confirmed=False, remark="不在该单位任职", by=officer("officer2"), on=ON)
        assert not Expert.objects.exists()
        actions.check_form(claim, checked=all_there(claim), by=officer("officer3"), on=ON)

    def test_nor_do_two_under_one_persons_roles_nor_the_expert(self):
        borrower = with_role("borrower", "finance_officer", "finance")
        lent(officer(), borrower)
        change = proposed(Person.objects.create(name="专家", user=officer("officer3")), by=again(borrower))
        for user in (officer(), officer("officer3")):
            with pytest.raises(NotAllowed):
                actions.confirm_expert(change, confirmed=True, by=again(user), on=ON)
        with pytest.raises(NotAllowed, match="自己的入库"):
            proposed(Person.objects.create(name="又一位", user=officer("officer4")), by=officer("officer4"))
        actions.confirm_expert(change, confirmed=True, by=officer("officer2"), on=ON)

    def test_confirmed_by_another_they_can_be_drawn_and_are_told_with_their_employer(self):
        firm, person = newly_high_tech(), somebody()
        change = actions.confirm_expert(proposed(person, employer=firm), confirmed=True, by=officer("officer2"), on=ON)
        found = Expert.objects.get()
        assert (found.employer, found.field, found.active_from, found.active_until) == (firm, "化工", ON, None)
        assert (change.proposed_under, change.confirmed_under) == (officer().grants.get(), officer("officer2").grants.get())
        assert firm.name in told(person.user)[-1]
        assert AuditEntry.objects.get(action="redemption.enter_expert").by == officer("officer2")

    def test_the_others_of_the_department_are_told_that_one_waits(self):
        officer("officer2")
        proposed(somebody())
        assert told(officer("officer2")) == ["请复核专家入库或出库：入库 李教授"]
        assert told(officer()) == []

    def test_it_is_confirmed_once_and_one_waits_at_a_time(self):
        person = somebody()
        change = proposed(person)
        with pytest.raises(DomainError, match="等待复核"):
            proposed(person, by=officer("officer2"))
        with pytest.raises(DomainError, match="请先作出选择"):
            actions.confirm_expert(change, confirmed=None, by=officer("officer2"), on=ON)
        with pytest.raises(DomainError, match="写明意见"):
            actions.confirm_expert(change, confirmed=False, by=officer("officer2"), on=ON)
        actions.confirm_expert(change, confirmed=True, by=officer("officer2"), on=ON)
        with pytest.raises(DomainError, match="已经复核"):
            actions.confirm_expert(change, confirmed=False, remark="晚了", by=officer("officer2"), on=ON)

    def test_it_has_a_field(self):
        with pytest.raises(DomainError, match="专业领域"):
            actions.propose_expert(somebody(), employer=None, title="教授", field=" ", by=officer(), on=ON)


class TestLeaving:
    def test_one_alone_takes_nobody_out_of_the_pool(self):
        """The attack: whoever draws takes out of the pool all but those they want."""
        claim, pool = reviewed(), experts(6)
        change = actions.propose_leaving(pool[0], by=officer(), on=ON)
        with pytest.raises(NotAllowed):
            actions.confirm_expert(change, confirmed=True, by=officer(), on=ON)
        assert pool[0].pk in actions.draw_panel(claim, by=officer(), on=ON).pool

    def test_by_two_they_leave_are_told_and_can_come_back(self):
        found = expert(1)
        actions.confirm_expert(actions.propose_leaving(found, by=officer(), on=ON), confirmed=True, by=officer("officer2"), on=ON)
        found.refresh_from_db()
        assert found.active_until == ON
        assert "出库" in told(found.person.user)[-1]
        with pytest.raises(DomainError, match="已经出库"):
            actions.propose_leaving(found, by=officer(), on=ON)
        assert entered(found.person, field="材料").active_until is None

    @pytest.mark.parametrize("change", [{"active_until": ON}, {"employer": True}, {"active_from": ON}])
    def test_the_database_refuses_what_no_two_confirmed(self, change: dict[str, Any]):
        found = expert(1)
        if "employer" in change:
            change = {"employer": newly_high_tech()}
        with pytest.raises(IntegrityError, match="expert_not_confirmed"), transaction.atomic():
            Expert.objects.filter(pk=found.pk).update(**change)
        with pytest.raises(IntegrityError, match="expert_not_confirmed"), transaction.atomic():
            Expert.objects.create(person=somebody(), field="化工", active_from=ON)


class TestTies:
    @pytest.mark.parametrize(("kind", "model"), [("relative", Kinship), ("holds", Shareholding), ("project", ProjectMember)])
    def test_each_is_entered_by_who_keeps_its_register_and_the_people_are_told(self, kind: str, model: Any):
        """The attack: any officer wrote any relation of anybody and so shut them out of cases for ever."""
        firm, person, relative = newly_high_tech(), somebody(), somebody("王亲属")
        tie = {kind: {"relative": relative, "holds": firm, "project": project(firm)}[kind]}
        with pytest.raises(NotAllowed):
            actions.add_tie(person, **tie, by=officer(), on=ON)
        keeps_every_register("stb")
        with pytest.raises(NotAllowed):
            actions.add_tie(person, **tie, by=other("elsewhere"), on=ON)
        assert not model.objects.exists()
        for _twice in range(2):
            actions.add_tie(person, **tie, by=officer(), on=ON)
        assert (model.objects.count(), model.history.get().history_user) == (1, officer())
        assert "登记了您的回避关系" in told(person.user)[-1]
        assert bool(told(relative.user)) is (kind == "relative")

    def test_whoever_entered_one_that_excludes_an_expert_does_not_draw(self):
        """The attack: whoever draws ties those to the applicant whom they do not want."""
        keeps_every_register("stb")
        claim, pool = reviewed(), experts(7)
        actions.add_tie(pool[0].person, holds=claim.organisation, by=officer(), on=ON)
        borrower = other("borrower")
        lent(officer(), borrower)
        for user in (officer(), again(borrower)):
            with pytest.raises(NotAllowed, match="回避关系的人不能抽取"):
                actions.draw_panel(claim, by=user, on=ON)
        assert pool[0].pk not in actions.draw_panel(claim, by=officer("officer3"), on=ON).pool

    def test_one_of_somebody_who_stays_in_the_pool_does_not_matter(self):
        keeps_every_register("stb")
        claim, pool = reviewed(), experts(6)
        actions.add_tie(pool[0].person, holds=newly_high_tech(), by=officer(), on=ON)
        assert pool[0].pk in actions.draw_panel(claim, by=officer(), on=ON).pool


class TestWhoSitsOnThePanel:
    def test_does_not_handle_the_claim_as_an_official(self):
        """The attack: an expert with an officer's role scores a claim and proposes its decision."""
        panel = panel_of()
        user = panel.seats.get(number=1).expert.person.user
        RoleGrant.objects.create(user=user, role="officer", unit="stb", granted_on=ON)
        assert "评审专家" in refusal(again(user), panel.claim, "close").where
        assert refusal(officer(), panel.claim, "recheck") is not None  # not at this step
        seat = panel.seats.get(number=2)
        actions.declare(seat, free=False, reason="导师与我共事", by=seat.expert.person.user, on=ON)
        assert users_who_keep_away([seat.expert.person.user_id], [panel.claim]) != {}


class TestPages:
    def client_of(self, user: User) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    def test_one_proposes_another_confirms(self):
        person = somebody()
        given = {"person": person.name, "title": "教授", "field": "化工"}
        answer = self.client_of(officer()).post("/experts/add/", given, follow=True).content.decode()
        assert "由另一位经办人复核后入库" in answer
        assert "由提出人以外的经办人复核" in answer
        change = ExpertChange.objects.get()
        two = self.client_of(officer("officer2"))
        assert f"/experts/changes/{change.pk}/" in two.get("/experts/").content.decode()
        assert two.post(f"/experts/changes/{change.pk}/", {"confirmed": "no"}).status_code == 422
        assert "复核通过" in two.post(f"/experts/changes/{change.pk}/", {"confirmed": "yes"}, follow=True).content.decode()
        found = Expert.objects.get()
        one = self.client_of(officer())
        assert "提出出库" in one.get(f"/experts/{found.pk}/").content.decode()
        assert "复核后出库" in one.post(f"/experts/{found.pk}/", {"action": "leave"}, follow=True).content.decode()
        assert "提出出库" not in one.get(f"/experts/{found.pk}/").content.decode()

    def test_relations_are_offered_to_who_keeps_their_registers(self):
        found, client = expert(1), self.client_of(officer())
        assert "登记一项关系" not in client.get(f"/experts/{found.pk}/").content.decode()
        keeps_every_register("stb")
        assert "登记一项关系" in client.get(f"/experts/{found.pk}/").content.decode()

    def test_whoever_prepared_the_claim_is_not_drawn(self):
        """The attack: an officer who is an expert, too, checks and reviews a claim, draws the panel and scores it."""
        claim, pool = reviewed(), experts(7)
        one, two = pool[0].person, pool[1].person
        Person.objects.filter(pk=one.pk).update(user=claim.steps.get(kind="form_check").by)
        Person.objects.filter(pk=two.pk).update(user=officer("officer3"))
        panel = actions.draw_panel(claim, by=officer("officer3"), on=ON)
        assert {item["name"]: item["reason"] for item in panel.excluded} == {one.name: "经办过本件", two.name: "经办过本件"}
        assert not {pool[0].pk, pool[1].pk} & set(panel.pool)
