"""Registers are kept by the departments whose duty they are; personal data in clear needs that duty, a matter and a reason."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import AuditEntry, Notification, RoleGrant, User
from quintet.core.seals import altered
from quintet.directory.actions import delete_record, look_at_personal_data, save_record
from quintet.directory.actions.duties import confirm_duty, end_duty, propose_duty
from quintet.directory.actions.imports import confirm_import, drop_import, upload_workbook
from quintet.directory.actions.members import end_membership, may_end
from quintet.directory.models import ImportBatch, Membership, Person, PersonalDataLook, RegisterDuty
from quintet.directory.permissions import kept_registers
from quintet.directory.sheets import ORGANISATIONS
from quintet.web.records import details_in_words
from tests import guards
from tests.directory.city import officer, organisation, person, ready_import
from tests.duties import by_two, keeps_every_register

pytestmark = pytest.mark.django_db
DAY = date(2021, 3, 1)


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def operators(make_user: Any) -> tuple[User, User]:
    return make_user("operator", name="one"), make_user("operator", name="two")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


class TestDuty:
    def test_one_proposes_another_confirms_and_from_then_on_the_department_keeps_that_register_alone(self, operators, make_user):
        one, two = operators
        official = make_user("officer", unit="hrss")
        duty = propose_duty("people", "hrss", by=one, on=DAY)
        assert kept_registers(official) == frozenset()
        confirm_duty(duty, by=two, on=DAY)
        assert kept_registers(official) == {"people"}
        save_record(Person(name="张三"), by=official)
        with pytest.raises(NotAllowed, match="没有办理这件事的权限"):
            save_record(organisation(1), by=official)
        told = Notification.objects.filter(kind="duty").values_list("user__username", flat=True)
        assert sorted(told) == sorted(["two", official.username, "one", official.username])
        lines = AuditEntry.objects.filter(action__startswith="directory.").order_by("number").values_list("action", "by__username")
        assert list(lines) == [("directory.propose_duty", "one"), ("directory.confirm_duty", "two")]

    def test_who_proposed_it_or_lent_the_role_for_it_does_not_confirm(self, operators, make_user):
        one, _two = operators
        borrower = make_user("officer", unit="hrss")
        RoleGrant.objects.create(user=borrower, role="operator", granted_on=date(2019, 1, 1), revoked_on=date(2999, 1, 1), delegated_by=one)
        duty = propose_duty("people", "hrss", by=one, on=DAY)
        for user in (one, User.objects.get(pk=borrower.pk)):
            with pytest.raises(NotAllowed, match="两个人办理"):
                confirm_duty(duty, by=user, on=DAY)

    def test_without_a_second_operator_nothing_is_proposed(self, make_user):
        with pytest.raises(DomainError, match="两位系统管理员"):
            propose_duty("people", "hrss", by=make_user("operator"), on=DAY)

    @pytest.mark.parametrize(("register", "unit"), [("nothing", "hrss"), ("people", "nobody"), ("people", "")])
    def test_only_registers_and_departments_that_there_are(self, operators, register, unit):
        with pytest.raises(DomainError, match="没有这本名录或这个部门"):
            propose_duty(register, unit, by=operators[0], on=DAY)

    def test_the_same_waits_once_and_is_in_force_once(self, operators):
        one, two = operators
        duty = propose_duty("people", "hrss", by=one, on=DAY)
        for by in operators:
            with pytest.raises(DomainError, match="已有一件"):
                propose_duty("people", "hrss", by=by, on=DAY)
        confirm_duty(duty, by=two, on=DAY)
        with pytest.raises(DomainError, match="已经办理过"):
            confirm_duty(duty, by=two, on=DAY)

    def test_it_ends_and_the_row_stays(self, operators, make_user):
        one, two = operators
        official = make_user("officer", unit="hrss")
        duty = confirm_duty(propose_duty("people", "hrss", by=one, on=DAY), by=two, on=DAY)
        with pytest.raises(DomainError, match="写明理由"):
            end_duty(duty, reason=" ", by=one, on=DAY)
        end_duty(duty, reason="职能划转", by=one, on=DAY)
        assert kept_registers(official) == frozenset()
        with pytest.raises(DomainError, match="已经终止"):
            end_duty(duty, reason="再来一次", by=two, on=DAY)
        assert RegisterDuty.objects.get().revoked_on == DAY
        assert confirm_duty(propose_duty("people", "hrss", by=two, on=DAY), by=one, on=DAY).granted_on == DAY

    def test_a_proposal_that_is_not_wanted_never_begins(self, operators):
        one, two = operators
        duty = propose_duty("people", "hrss", by=one, on=DAY)
        end_duty(duty, reason="不归该部门", by=two, on=DAY)
        with pytest.raises(DomainError, match="已经办理过"):
            confirm_duty(duty, by=two, on=DAY)

    @pytest.mark.parametrize(("days", "there"), [(-1, False), (0, True), (1, True)])
    def test_in_force_from_its_day_until_the_day_before_its_end(self, days, there):
        keeps_every_register("stb")
        since = RegisterDuty.objects.filter(register="people")
        assert since.in_force(date(2019, 1, 1) + timedelta(days=days)).exists() is there
        since.update(revoked_on=DAY)
        assert since.in_force(DAY - timedelta(days=1)).exists()
        assert not since.in_force(DAY).exists()

    def test_the_database_refuses_a_duty_by_one_one_without_confirmation_and_a_deletion(self, operators):
        one, two = operators
        said = {"register": "people", "unit": "hrss", "proposed_by": one, "proposed_on": DAY}
        for wrong in ({"granted_on": DAY}, {"granted_on": DAY, "confirmed_by": one}):
            with pytest.raises(IntegrityError), transaction.atomic():
                RegisterDuty.objects.create(**said, **wrong)
        made = RegisterDuty.objects.create(**said, granted_on=DAY, confirmed_by=two)
        with pytest.raises(IntegrityError), transaction.atomic():
            made.delete()
        for changed in ({"unit": "stb"}, {"register": "loans"}, {"granted_on": date(2020, 1, 1)}):
            with pytest.raises(IntegrityError), transaction.atomic():
                RegisterDuty.objects.filter(pk=made.pk).update(**changed)

    def test_a_duty_written_by_hand_is_found(self, operators):
        one, two = operators
        confirm_duty(propose_duty("people", "hrss", by=one, on=DAY), by=two, on=DAY)
        guards.as_found()
        assert list(altered()) == []
        RegisterDuty.objects.bulk_create(
            [RegisterDuty(register="loans", unit="hrss", proposed_by=one, confirmed_by=two, proposed_on=DAY, granted_on=DAY)]
        )
        assert ["没有办理记录" in sentence for _line, sentence in altered()] == [True]


class TestKeeping:
    def test_neither_another_department_nor_an_operator_saves_imports_or_deletes(self, make_user):
        keeps_every_register("stb")
        made, batch = organisation(1), ready_import()
        workbook = batch.file.open("rb")
        for user in (make_user("officer", unit="hrss"), make_user("operator"), make_user("auditor"), make_user("leader")):
            for act in (
                lambda user=user: save_record(made, by=user),
                lambda user=user: delete_record(made, by=user),
                lambda user=user: upload_workbook(ORGANISATIONS, workbook, by=user),
                lambda user=user: confirm_import(batch, by=user),
                lambda user=user: drop_import(batch, by=user),
            ):
                with pytest.raises(NotAllowed, match="没有办理这件事的权限"):
                    act()

    def test_an_import_that_waits_when_the_duty_ends_is_not_written(self, operators):
        keeps_every_register("stb")
        batch = ready_import()
        for duty in RegisterDuty.objects.filter(unit="stb"):
            end_duty(duty, reason="职能划转", by=operators[0], on=DAY)
        with pytest.raises(NotAllowed):
            confirm_import(batch, by=officer_without_duty())
        assert ImportBatch.objects.get().state == "ready"

    def test_a_borrowed_role_keeps_what_the_lender_keeps(self, make_user):
        keeps_every_register("stb")
        borrower = make_user("officer", unit="hrss")
        RoleGrant.objects.create(
            user=borrower, role="officer", unit="stb", granted_on=date(2019, 1, 1), revoked_on=date(2999, 1, 1), delegated_by=officer()
        )
        save_record(Person(name="张三"), by=User.objects.get(pk=borrower.pk))

    def test_who_keeps_it_stands_on_the_page_and_only_they_are_offered_to_edit(self, make_user):
        keeps_every_register("stb")
        own, other = signed_in(officer()), signed_in(make_user("officer", unit="hrss"))
        address, edit = reverse("directory:organisations"), reverse("directory:organisation-add")
        assert edit in own.get(address).content.decode()
        page = other.get(address).content.decode()
        assert edit not in page
        assert "经办部门：市科技局" in page

    def test_imports_of_other_registers_are_not_listed(self, make_user):
        batch = ready_import()
        keeps_every_register("stb")
        address = batch.get_absolute_url()
        assert address in signed_in(officer()).get(reverse("directory:imports")).content.decode()
        assert address not in signed_in(make_user("officer", unit="hrss")).get(reverse("directory:imports")).content.decode()

    def test_the_page_of_duties_is_walked_by_two_operators(self, operators):
        one, two = map(signed_in, operators)
        address = reverse("directory:duties")
        assert "没有部门经办" in one.get(address).content.decode()
        assert "请选择名录和经办部门" in one.post(reverse("directory:duties-propose"), {"register": "people"}, follow=True).content.decode()
        one.post(reverse("directory:duties-propose"), {"register": "people", "unit": "hrss"})
        duty = RegisterDuty.objects.get()
        confirm = reverse("directory:duties-confirm", args=[duty.pk])
        assert confirm not in one.get(address).content.decode()
        assert confirm in two.get(address).content.decode()
        assert one.post(confirm).status_code == 403
        two.post(confirm)
        duty.refresh_from_db()
        assert duty.granted_on is not None
        two.post(reverse("directory:duties-end", args=[duty.pk]), {"reason": "职能划转"})
        duty.refresh_from_db()
        assert duty.revoked_on is not None
        assert "→" in one.get(address).content.decode()

    def test_the_page_asks_as_often_however_many_duties_there_are(self, operators, django_assert_max_num_queries):
        client, address = signed_in(operators[0]), reverse("directory:duties")
        client.get(address)
        with django_assert_max_num_queries(40) as few:
            client.get(address)
        for unit in ("stb", "hrss", "drc"):
            keeps_every_register(unit)
        with django_assert_max_num_queries(len(few)):
            client.get(address)


class TestLook:
    MATTER = {"purpose": "request", "reference": "2021-7号", "reason": "答复本人的请求"}

    def test_it_is_recorded_and_the_person_told(self, make_user):
        own = make_user("applicant")
        made = person(user=own)
        assert look_at_personal_data(made, **self.MATTER, by=officer()) == ("11010519491231002X", "13800001234")
        look = PersonalDataLook.objects.get()
        assert (look.person, look.looked_by, look.purpose, look.reference) == (made, officer(), "request", "2021-7号")
        assert "答复本人的请求（2021-7号）" in Notification.objects.get(user=own).text
        line = AuditEntry.objects.get(action="directory.look")
        assert (line.by, line.details["purpose"], line.details["reference"]) == (officer(), "request", "2021-7号")

    @pytest.mark.parametrize("field", ["reference", "reason"])
    @pytest.mark.parametrize(("text", "enough"), [("", False), ("   事由   ", False), ("三个字", False), ("四个字了", True)])
    def test_matter_and_reason_have_four_letters(self, field, text, enough):
        made, given = person(), {**self.MATTER, field: text}
        if enough:
            look_at_personal_data(made, **given, by=officer())
        else:
            with pytest.raises(ValidationError):
                look_at_personal_data(made, **given, by=officer())
        assert PersonalDataLook.objects.exists() is enough

    def test_a_purpose_is_one_of_the_list(self):
        with pytest.raises(ValidationError, match="选择用途"):
            look_at_personal_data(person(), **{**self.MATTER, "purpose": "curiosity"}, by=officer())

    def test_no_other_department_and_no_operator(self, make_user):
        keeps_every_register("stb")
        made = person()
        for user in (make_user("officer", unit="hrss"), make_user("operator"), make_user("auditor")):
            with pytest.raises(NotAllowed):
                look_at_personal_data(made, **self.MATTER, by=user)
            address = reverse("directory:person-clear", args=[made.pk])
            assert signed_in(user).post(address, self.MATTER).status_code == 403
        assert not PersonalDataLook.objects.exists()

    def test_the_page_asks_for_the_matter_and_then_shows_it_once(self):
        made = person()
        address, desk = reverse("directory:person-clear", args=[made.pk]), signed_in(officer())
        assert desk.post(address, {"reason": "核对申报人身份"}).status_code == 422
        shown = desk.post(address, self.MATTER)
        assert "11010519491231002X" in shown.content.decode()
        assert "no-store" in shown["Cache-Control"]
        page = desk.get(made.get_absolute_url()).content.decode()
        assert "答复本人的请求 2021-7号" in page
        assert "11010519491231002X" not in page


def officer_without_duty() -> User:
    return User.objects.get(username="keeper")


def test_a_membership_is_proposed_and_ended_by_the_department_that_keeps_them(make_user):
    other = make_user("officer", unit="hrss")
    keeps_every_register("stb")
    made = Membership.objects.create(person=person(), organisation=organisation(1), granted_on=date(2020, 1, 1), **by_two())
    assert not may_end(made, other, DAY)
    with pytest.raises(NotAllowed):
        end_membership(made, reason="离职", by=other, on=DAY)
    assert may_end(made, officer(), DAY)


def test_the_audit_page_tells_purpose_role_department_and_lender_in_words(make_user):
    keeps_every_register("stb")
    lender, borrower = make_user("officer", unit="stb"), make_user("officer", unit="hrss")
    until = date(2999, 1, 1)
    lent = {"role": "officer", "unit": "stb", "granted_on": date(2019, 1, 1), "revoked_on": until, "delegated_by": lender}
    RoleGrant.objects.create(user=borrower, **lent)
    borrower = User.objects.get(pk=borrower.pk)
    look_at_personal_data(person(), purpose="request", reference="2021-7号", reason="核对证件", by=borrower)
    line = AuditEntry.objects.get(action="directory.look")
    words = dict(details_in_words(line.details, line.action))
    assert words == {"用途": "答复本人的请求", "对应事项": "2021-7号", "所据角色": "经办人（市科技局）", "角色的委托人": str(lender)}
    page = signed_in(make_user("auditor")).get(reverse("web:audit-line", args=[line.number])).content.decode()
    people_read = page.partition('<details class="card technical">')[0]
    assert "答复本人的请求" in people_read
    for raw in ("request<", "officer", "stb"):
        assert raw not in people_read.partition("<main")[2]


def test_who_acts_for_an_organisation_acts_under_no_role():
    assert dict(details_in_words({"grant": 0, "lender": None})) == {"所据角色": "单位的代理人（不据角色）"}
