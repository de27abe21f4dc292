"""Whoever an entry of a register is about is told of it; what an applicant proposes tells nothing of who is registered."""

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from quintet.core.models import Notification, User
from quintet.directory.actions import confirm_membership, propose_contact, save_record, write_records
from quintet.directory.models import Kinship, Membership, Organisation, Person, Shareholding
from quintet.directory.views.own import CONTACTS_A_DAY
from quintet.market.models import ProjectMember, TransferProject
from quintet.talent.models import Talent
from tests.directory.city import officer, organisation, person
from tests.duties import by_two

pytestmark = pytest.mark.django_db
TODAY, SINCE = date(2021, 1, 4), date(2019, 1, 1)


def told(user: User) -> list[str]:
    return list(Notification.objects.filter(user=user, kind="personal").order_by("pk").values_list("text", flat=True))


def project(firm: Organisation) -> TransferProject:
    return TransferProject.objects.create(number="ZH-9", name="示例中试", organisation=firm, stage="pilot")


ENTRIES: dict[str, Any] = {
    "持股": lambda own: Shareholding(person=own, organisation=organisation(1), held_from=SINCE),
    "近亲属": lambda own: Kinship(person=Person.objects.create(name="路人"), relative=own, declared_on=SINCE),
    "项目成员": lambda own: ProjectMember(person=own, project=project(organisation(1))),
    "人才": lambda own: Talent(person=own, organisation=organisation(1), category="other"),
}


@pytest.mark.parametrize("kind", ENTRIES)
def test_the_person_is_told_of_every_entry_change_and_deletion(make_user: Any, kind: str):
    own = make_user()
    record = save_record(ENTRIES[kind](person(user=own)), by=officer())
    assert len(told(own)) == 1
    assert told(own)[0].startswith("名录登记了与您或贵单位有关的")
    save_record(record, by=officer())
    assert told(own)[1].startswith("名录修改了与您或贵单位有关的")


def test_nobody_is_told_of_what_they_entered_themself_and_nobody_else_is(make_user: Any):
    stranger = make_user()
    save_record(ENTRIES["持股"](person()), by=officer())
    assert told(stranger) == []
    assert told(officer()) == []


@pytest.mark.parametrize("kind", ["持股", "项目成员", "人才"])
def test_for_somebody_without_an_account_the_organisation_is_told(make_user: Any, kind: str):
    agent = make_user()
    record = ENTRIES[kind](person())
    Membership.objects.create(
        person=Person.objects.create(name="经办", user=agent), organisation=Organisation.objects.get(), granted_on=SINCE, **by_two()
    )
    save_record(record, by=officer())
    assert len(told(agent)) == 1


def test_an_import_tells_each_person_once_with_the_number(make_user: Any):
    own = make_user()
    mine, firms = person(user=own), [organisation(number) for number in (1, 2)]
    write_records([Shareholding(person=mine, organisation=firm, held_from=SINCE) for firm in firms], by=officer(), reason="导入 x.xlsx")
    assert ["2 条" in text for text in told(own)] == [True]


class TestAProposedContact:
    @pytest.fixture
    def agent(self, make_user: Any) -> User:
        user = make_user()
        Membership.objects.create(
            person=Person.objects.create(name="代理", user=user), organisation=organisation(1), granted_on=SINCE, **by_two()
        )
        return user

    def propose(self, agent: User, **given: Any) -> Membership:
        return propose_contact(Organisation.objects.get(), **given, by=agent, on=TODAY)

    def test_the_answer_is_the_same_whether_the_number_is_known_or_not(self, agent: User):
        """The attack: an applicant types numbers and sees by the answer which of them are registered, and under whose name."""
        officer()
        known = person("李明", "11010519491231002X")
        unknown = self.propose(agent, name="王芳", identity_number="E1234567")
        differs = self.propose(agent, name="赵六", identity_number="11010519491231002X")
        assert [str(one.person) for one in (unknown, differs)] == ["王芳", "赵六"]
        assert (differs.person == known, differs.person.identity_number) == (False, "")
        assert (unknown.granted_on, differs.granted_on) == (None, None)
        known.refresh_from_db()
        assert (known.name, known.identity_number) == ("李明", "11010519491231002X")
        asked = Notification.objects.filter(user=officer(), text__contains="另一个姓名")
        assert ["赵六" in one.text for one in asked] == [True]

    @pytest.mark.parametrize("known", ["", "赵六", "李明"])
    def test_a_second_proposal_of_a_name_that_waits_is_refused_whatever_is_known(self, agent: User, known: str):
        if known:
            person(known, "11010519491231002X")
        self.propose(agent, name="赵六", identity_number="11010519491231002X")
        for number in ("11010519491231002X", "E1234567"):
            with pytest.raises(ValidationError, match="已经提出过这个姓名的人"):
                self.propose(agent, name=" 赵 六", identity_number=number)
        assert Membership.objects.filter(person__name="赵六").count() == 1
        assert self.propose(agent, name="王芳", identity_number="11010519491231002X").person.name == "王芳"

    def test_the_page_of_the_organisation_shows_no_telephone_of_whom_nobody_has_confirmed(self, agent: User):
        person("李明", "11010519491231002X", phone="13800001234")
        made = self.propose(agent, name="李明", identity_number="11010519491231002X", phone="13999990000")
        client = Client()
        client.force_login(agent)
        assert "138****1234" not in client.get("/my/organisation/").content.decode()
        confirm_membership(made, by=officer(), on=TODAY)
        assert "138****1234" in client.get("/my/organisation/").content.decode()

    def test_below_at_and_above_the_proposals_of_a_day(self, agent: User, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("quintet.core.limits.time.time", lambda: 1_600_000_000.0)
        client = Client()
        client.force_login(agent)
        given = {"propose": "1", "contact-identity_number": "E1234567", "contact-part": "contact"}
        names = [f"李{letter}" for letter in "一二三四五六七八九十甲乙丙丁戊己庚辛壬癸子"]
        answers = [client.post("/my/organisation/", given | {"contact-name": name}).status_code for name in names]
        assert answers == [302] * CONTACTS_A_DAY + [429]
        assert Membership.objects.filter(granted_on=None).count() == CONTACTS_A_DAY

    def test_who_is_known_under_that_name_is_taken_as_recorded(self, agent: User):
        known = person("李明", "11010519491231002X")
        assert self.propose(agent, name="李明", identity_number=" 11010519491231002x ").person == known
        assert Person.objects.filter(name="李明").count() == 1
