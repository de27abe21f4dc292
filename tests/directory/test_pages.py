"""The pages of the registers: constant numbers of queries, exports that are what is seen, history, personal data."""

import io
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook

from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import AuditEntry, Notification, RoleGrant, User
from quintet.core.seals import altered
from quintet.demo.papers import one_page
from quintet.directory.actions import (
    confirm_membership,
    declare_figure,
    delete_record,
    end_membership,
    propose_contact,
    propose_membership,
    save_record,
    write_records,
)
from quintet.directory.models import Kinship, Membership, Organisation, Person, Recognition, Shareholding, YearlyFact
from quintet.directory.queries.history import version_of
from quintet.directory.queries.overview import figures_by_year
from quintet.directory.recusals import about
from quintet.directory.sheets.sheet import sheets
from quintet.market.models import ProjectMember
from quintet.talent.models import Talent, Team
from tests import guards
from tests.architecture.access import ENDED_NOT_DELETED, REGISTERS
from tests.directory.city import RECORDS, code, figure, officer, organisation, person, recognition
from tests.duties import by_two, keeps_every_register
from tests.handed_in import png

pytestmark = pytest.mark.django_db
TODAY = date(2020, 6, 30)


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def desk():
    client = Client()
    client.force_login(officer(), backend="django.contrib.auth.backends.ModelBackend")
    return client


def queries_of(client, address):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


@pytest.mark.parametrize(("space", "noun", "plural"), REGISTERS)
def test_what_is_ended_has_neither_a_page_nor_a_button_to_delete_it(desk, space, noun, plural):
    kept = noun in ENDED_NOT_DELETED
    record = RECORDS[noun]()
    page = desk.get(reverse(f"{space}:{noun}", args=[record.pk])).content.decode()
    assert (f"/{record.pk}/delete/" in page) is not kept
    asked = desk.get(f"{reverse(f'{space}:{noun}', args=[record.pk])}delete/")
    assert (asked.status_code == 200) is not kept


@pytest.mark.parametrize(("space", "noun", "plural"), REGISTERS)
def test_a_list_asks_the_same_number_of_queries_for_one_row_and_for_many(desk, space, noun, plural):
    first = RECORDS[noun]()
    address = reverse(f"{space}:{plural}")
    desk.get(address)
    few = queries_of(desk, address)
    for n in range(5):
        copy = type(first).objects.get(pk=first.pk)
        copy.pk = None
        _make_unique(copy, n)
        copy.save()
    assert queries_of(desk, address) == few
    assert type(first).objects.count() == 6


def _make_unique(record, n):
    names = {field.name for field in record._meta.concrete_fields}
    if isinstance(record, Organisation):
        record.code = code(500 + n)
    elif "person" in names:
        record.person = person(f"人{n}", f"E123456{n}")
    elif isinstance(record, Person):
        record.identity_number = f"E123456{n}"
    else:
        record.organisation = organisation(600 + n)
    for name in ("contract_number", "number"):
        if name in names:
            setattr(record, name, f"N{n}")


def test_filters_stay_in_the_address_and_choose_the_rows(desk):
    organisation(1, division="211103")
    organisation(2, division="211104", name="别处公司")
    page = desk.get(reverse("directory:organisations"), {"division": "211104"}).content.decode()
    assert "别处公司" in page
    assert "示例化工有限公司1" not in page
    assert "division=211104&amp;format=xlsx" in page or "division=211104&amp;amp;format=xlsx" in page


def test_an_export_holds_exactly_what_is_seen_with_stable_columns(desk):
    organisation(1)
    organisation(2, division="211104")
    asked = {"division": "211104", "columns": ["code", "name"], "format": "csv"}
    answer = desk.get(reverse("directory:organisations-export"), asked)
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines == ["code,name", f"{code(2)},示例化工有限公司2"]


def test_an_exported_workbook_can_be_read_back(desk):
    organisation(1, registered_on=date(2012, 3, 1))
    answer = desk.get(reverse("directory:organisations-export"), {"format": "xlsx"})
    rows = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(answer.streaming_content))).get_sheet_by_index(0).to_python()
    assert rows[0][:2] == ["统一社会信用代码", "单位名称"]
    assert rows[1][5] == date(2012, 3, 1)


def test_formulas_do_not_leave_the_system(desk):
    organisation(1, name='=HYPERLINK("http://x")')
    answer = desk.get(reverse("directory:organisations-export"), {"format": "csv"})
    assert "'=HYPERLINK" in b"".join(answer.streaming_content).decode()


def test_personal_data_leaves_only_masked(desk):
    made = person()
    export = b"".join(desk.get(reverse("directory:people-export"), {"format": "csv"}).streaming_content).decode()
    page = desk.get(made.get_absolute_url()).content.decode()
    for text in (export, page):
        assert "110***********002X" in text
        assert "11010519491231002X" not in text


def test_history_says_who_changed_what_from_what_to_what(desk):
    made = organisation(1, name="旧名称")
    form = {
        "code": made.code,
        "name": "新名称",
        "kind": "enterprise",
        "division": "211103",
        "registered_on": "2012-03-01",
        "resident": "true",
        "version": version_of(made),
    }
    answer = desk.post(reverse("directory:organisation-edit", args=[made.pk]), form, follow=True)
    page = answer.content.decode()
    assert "<del>旧名称</del> → <ins>新名称</ins>" in page
    assert "张经办" in page
    made.refresh_from_db()
    assert (made.resident, made.registered_on) == (True, date(2012, 3, 1))


def test_a_refused_form_names_its_errors(desk):
    answer = desk.post(
        reverse("directory:organisation-add"), {"code": "911100006000373410", "name": "", "division": "x", "registered_on": "2099-01-01"}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "不是有效的统一社会信用代码" in page
    assert "晚于今天" in page
    assert Organisation.objects.count() == 0


def test_money_is_typed_in_yuan(desk):
    organisation(1)
    form = {"contract_number": "HT-9", "organisation": code(1), "pledge": "other", "principal_fen": "1,000.50"}
    form |= {"drawn_on": "2020-01-01", "due_on": "2030-01-01"}
    answer = desk.post(reverse("finance:loan-add"), form, follow=True)
    assert "1,000.50 元" in answer.content.decode()


def test_nothing_is_deleted_that_others_depend_on(desk):
    made = organisation(1)
    figure(made, 2019, "staff", 3)
    with pytest.raises(DomainError, match="不能删除"):
        delete_record(made, by=officer())
    YearlyFact.objects.all().delete()
    desk.post(reverse("directory:organisation-delete", args=[made.pk]))
    assert Organisation.objects.count() == 0
    assert Organisation.history.filter(history_type="-").get().history_user == officer()


def test_a_person_with_an_account_is_not_deleted(desk, make_user):
    """Recusal and four eyes ask the register who somebody is."""
    someone = Person.objects.create(name="在岗的人", user=make_user("officer", unit="stb"))
    with pytest.raises(DomainError, match="不能删除"):
        delete_record(someone, by=officer())
    page = desk.get(reverse("directory:person-delete", args=[someone.pk])).content.decode()
    assert "还有这些记录依赖它" in page
    assert Person.objects.filter(pk=someone.pk).exists()
    nobody = Person.objects.create(name="没有账号的人")
    delete_record(nobody, by=officer())
    assert not Person.objects.filter(pk=nobody.pk).exists()


def test_the_database_holds_codes_dates_and_figures():
    made = organisation(1)
    figure(made, 2019, "staff", 3)
    for wrong in (
        lambda: organisation(1),
        lambda: figure(made, 2019, "staff", 4),
        lambda: figure(made, 2019, "revenue", -1),
        lambda: recognition(made, "technology_sme", date(2020, 1, 2), date(2020, 1, 1)),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            wrong()


@pytest.fixture
def applicant(make_user):
    """Somebody who acts for organisation 1."""
    user = make_user("applicant")
    made = propose_membership(person(user=user), organisation(1), by=officer(), on=date(2020, 1, 1))
    keeps_every_register("hrss")
    confirm_membership(made, by=make_user("officer", unit="hrss"), on=date(2020, 1, 1))
    return user


def test_an_applicant_sees_only_the_own_organisation(applicant):
    other = organisation(2)
    client = Client()
    client.force_login(applicant, backend="django.contrib.auth.backends.ModelBackend")
    assert "示例化工有限公司1" in client.get(reverse("directory:my-organisation")).content.decode()
    assert client.get(reverse("directory:my-organisation"), {"organisation": other.pk}).status_code == 404
    assert client.get(reverse("directory:organisations")).status_code == 403


def test_an_applicant_declares_figures_that_never_replace_official_ones(applicant):
    own = Organisation.objects.get(code=code(1))
    figure(own, 2019, "staff", 100)
    declared = declare_figure(own, year=2019, name="staff", value=500, by=applicant, on=TODAY)
    declare_figure(own, year=2018, name="staff", value=400, by=applicant, on=TODAY)
    _years, (row,) = figures_by_year(own, TODAY)
    shown = [(year, fact.value, getattr(fact, "declared", "")) for year, fact, _text in row["cells"]]
    assert shown == [(2019, 100, "500 人"), (2018, 400, "")]
    assert (declared.standing, declared.source) == (YearlyFact.Standing.DECLARED, "企业自报")
    assert YearlyFact.objects.get(standing=YearlyFact.Standing.FINAL).value == 100
    with pytest.raises(NotAllowed):
        declare_figure(organisation(2), year=2019, name="staff", value=5, by=applicant, on=TODAY)
    with pytest.raises(ValidationError):
        declare_figure(own, year=2021, name="staff", value=5, by=applicant, on=TODAY)


def test_a_proposed_contact_acts_only_when_an_officer_has_agreed(applicant):
    own = Organisation.objects.get(code=code(1))
    proposed = propose_contact(own, name="王芳", identity_number="E1234567", by=applicant, on=TODAY)
    assert list(Membership.objects.in_force(TODAY).filter(pk=proposed.pk)) == []
    with pytest.raises(NotAllowed, match="两个人办理"):
        confirm_membership(proposed, by=applicant_with_role(applicant), on=TODAY)
    confirm_membership(proposed, by=officer(), on=TODAY)
    assert Membership.objects.in_force(TODAY).filter(pk=proposed.pk).exists()


def test_an_applicant_cannot_record_a_recognition(applicant):
    own = Organisation.objects.get(code=code(1))
    title = Recognition(organisation=own, kind="high_tech_enterprise", level="national", granted_on=TODAY, authority="自己")
    with pytest.raises(NotAllowed):
        save_record(title, by=applicant)


def test_a_revoked_membership_ends_on_its_day():
    made = Membership.objects.create(
        person=person(), organisation=organisation(), granted_on=date(2020, 1, 1), revoked_on=date(2020, 6, 30), **by_two()
    )
    assert Membership.objects.in_force(date(2020, 6, 29)).get() == made
    assert not Membership.objects.in_force(date(2020, 6, 30)).exists()


def applicant_with_role(user):
    """The same person, an officer as well."""
    RoleGrant.objects.create(user=user, role="officer", unit="stb", granted_on=date(2019, 1, 1))
    return User.objects.get(pk=user.pk)


class TestAuthorityToAct:
    """B1: proposed by one, confirmed by another, never to oneself, never backdated, ended and not deleted, told."""

    def test_an_officer_makes_neither_themself_nor_with_their_own_confirmation_anybody_an_agent(self, make_user):
        keeps_every_register("stb"), keeps_every_register("hrss")
        mine = make_user("officer", unit="stb")
        own, firm = person(user=mine), organisation(1)
        with pytest.raises(NotAllowed, match="不能给自己"):
            propose_membership(own, firm, by=mine, on=TODAY)
        second = make_user("officer", unit="hrss")
        made = propose_membership(own, firm, by=second, on=TODAY)
        for user in (mine, second):
            with pytest.raises(NotAllowed):
                confirm_membership(made, by=user, on=TODAY)
        assert not Membership.objects.in_force(TODAY).exists()
        confirmed = confirm_membership(made, by=officer(), on=TODAY)
        assert (confirmed.granted_on, confirmed.confirmed_by) == (TODAY, officer())
        lines = AuditEntry.objects.filter(record=f"directory.membership:{made.pk}").order_by("number").values_list("action", flat=True)
        assert list(lines) == ["directory.propose_membership", "directory.confirm_membership"]

    def test_nor_through_the_register_page_nor_backdated(self, desk, make_user):
        firm, someone = organisation(1), person()
        given = {"organisation": firm.code, "person": someone.name, "part": "agent", "granted_on": "2019-01-01"}
        desk.post(reverse("directory:membership-add"), given)
        made = Membership.objects.get()
        assert (made.granted_on, made.proposed_by) == (None, officer())
        answer = desk.post(reverse("directory:membership-edit", args=[made.pk]), given)
        assert answer.status_code == 422
        desk.post(reverse("directory:membership-do", args=[made.pk, "confirm"]))
        assert Membership.objects.get().granted_on is None
        assert "/confirm/" not in desk.get(reverse("directory:membership", args=[made.pk])).content.decode()

    def test_two_who_borrowed_from_one_are_one(self, make_user):
        keeps_every_register("stb")
        lender, first, second = make_user("officer", unit="stb"), make_user("officer", unit="hrss"), make_user("officer", unit="hrss")
        for user in (first, second):
            RoleGrant.objects.create(
                user=user, role="officer", unit="stb", granted_on=date(2019, 1, 1), revoked_on=date(2999, 1, 1), delegated_by=lender
            )
        made = propose_membership(person(), organisation(1), by=User.objects.get(pk=first.pk), on=TODAY)
        with pytest.raises(NotAllowed, match="两个人办理"):
            confirm_membership(made, by=User.objects.get(pk=second.pk), on=TODAY)

    def test_the_legal_representative_confirms_and_is_told(self, make_user):
        head, firm = make_user("applicant"), organisation(1)
        Membership.objects.create(
            person=person(user=head), organisation=firm, part="legal_representative", granted_on=date(2019, 1, 1), **by_two()
        )
        other = Person.objects.create(name="王芳")
        made = propose_membership(other, firm, by=officer(), on=TODAY)
        client = Client()
        client.force_login(head, backend="django.contrib.auth.backends.ModelBackend")
        assert f"/directory/memberships/{made.pk}/confirm/" in client.get(reverse("directory:my-organisation")).content.decode()
        confirm_membership(made, by=head, on=TODAY)
        assert Membership.objects.in_force(TODAY).filter(pk=made.pk).exists()
        assert Notification.objects.filter(user=head, kind="membership").count() == 2  # asked to confirm, in force
        ended = end_membership(made, reason="离职", by=head, on=TODAY)
        assert ended.revoked_on == TODAY
        assert not Membership.objects.in_force(TODAY).filter(pk=made.pk).exists()

    def test_the_database_keeps_the_row_and_refuses_one_person_in_both_parts(self):
        made = propose_membership(person(), organisation(1), by=officer(), on=TODAY)
        with pytest.raises(IntegrityError), transaction.atomic():
            made.delete()
        with pytest.raises(IntegrityError), transaction.atomic():
            Membership.objects.filter(pk=made.pk).update(granted_on=TODAY, confirmed_by=officer())

    @pytest.mark.parametrize("missing", ["proposed_by", "confirmed_by"])
    def test_the_database_lets_none_begin_that_two_people_did_not_make(self, missing):
        ordinary = {"person": person(), "organisation": organisation(1)}
        with pytest.raises(IntegrityError, match="membership_begins"), transaction.atomic():
            Membership.objects.create(**ordinary, **{**by_two(), missing: None}, granted_on=TODAY)
        waiting = Membership.objects.create(**ordinary, **{**by_two(), missing: None})
        with pytest.raises(IntegrityError, match="membership_confirmed"), transaction.atomic():
            Membership.objects.filter(pk=waiting.pk).update(granted_on=TODAY)
        assert Membership.objects.create(**{**ordinary, "part": "contact"}, **by_two(), granted_on=TODAY).pk

    def test_nor_are_its_two_people_changed_afterwards(self, make_user):
        made = Membership.objects.create(person=person(), organisation=organisation(1), granted_on=TODAY, **by_two())
        for who in ("proposed_by", "confirmed_by"):
            with pytest.raises(IntegrityError, match="membership_stays"), transaction.atomic():
                Membership.objects.filter(pk=made.pk).update(**{who: make_user("officer")})

    def test_what_is_changed_behind_the_audit_chain_is_found_even_with_a_history_of_its_own(self):
        one, two = by_two().values()
        for user in (one, two):
            RoleGrant.objects.create(user=user, role="officer", unit="stb", granted_on=date(2019, 1, 1))
        made = propose_membership(person(), organisation(1), by=officer(), on=TODAY)
        guards.as_found()
        assert list(altered()) == []
        with guards.without("quintet_membership_confirmed", "quintet_membership_stays"):
            Membership.objects.filter(pk=made.pk).update(granted_on=TODAY)
            made.refresh_from_db()
            made.save()  # with a line in its history
            assert list(altered()) == [(0, f"代理授权 {made.pk} 与办理记录不符：被直接改动过。")]
            Membership.objects.filter(pk=made.pk).update(granted_on=None)
        put_back = [(0, f"代理授权 {made.pk} 曾被直接改动过，又改了回去。")]
        assert list(altered()) == put_back
        confirmed = confirm_membership(made, by=User.objects.get(pk=one.pk), on=TODAY)
        for change in ({"granted_on": date(2019, 1, 1)}, {"confirmed_by": two}, {"proposed_by": two}, {"revoked_on": TODAY}):
            before = {name: getattr(confirmed, name) for name in change}
            with guards.without("quintet_membership_stays"):
                for values in (change, before):
                    for name, value in values.items():
                        setattr(confirmed, name, value)
                    confirmed.save()
                    assert len(list(altered())) == (2 if values is change else 1)
        end_membership(confirmed, reason="离职", by=officer(), on=TODAY)
        assert list(altered()) == put_back


def test_ties_are_ended_not_deleted_and_not_changed_by_whom_they_tie(make_user):
    mine = make_user("officer", unit="stb")
    held = Shareholding.objects.create(person=person(user=mine), organisation=organisation(1), held_from=date(2019, 1, 1))
    with pytest.raises(DomainError, match="只能终止"):
        delete_record(held, by=officer())
    held.held_until = date(2020, 1, 1)
    with pytest.raises(NotAllowed, match="与自己有关"):
        save_record(held, by=mine)
    save_record(held, by=officer())
    with pytest.raises(IntegrityError), transaction.atomic():
        held.delete()


OWN: dict[str, Any] = {
    "kinship": lambda own: Kinship(person=own, relative=person("李强", "E00000001"), declared_on=date(2020, 1, 1)),
    "kinship of another": lambda own: Kinship(person=person("李强", "E00000001"), relative=own, declared_on=date(2020, 1, 1)),
    "shareholding": lambda own: Shareholding(person=own, organisation=organisation(1), held_from=date(2020, 1, 1)),
    "member": lambda own: ProjectMember(person=own, project=RECORDS["project"]()),
    "talent": lambda own: Talent(person=own, organisation=organisation(1), category="national_leading"),
    "team": lambda own: Team(name="示例团队", organisation=organisation(1), leader=own, tier="key", selected_on=date(2020, 5, 1)),
}


@pytest.mark.parametrize("kind", OWN)
@pytest.mark.parametrize("lent", [False, True])
def test_nobody_registers_what_is_about_themself_or_whoever_lent_them_the_role(make_user, kind, lent):
    keeps_every_register("stb")
    lender = make_user("officer", unit="stb")
    by = lender
    if lent:
        by = make_user("officer", unit="hrss")
        RoleGrant.objects.create(
            user=by, role="officer", unit="stb", granted_on=date(2019, 1, 1), revoked_on=date(2999, 1, 1), delegated_by=lender
        )
        by = User.objects.get(pk=by.pk)
    record = OWN[kind](person(user=lender))
    for write in (lambda: save_record(record, by=by), lambda: write_records([record], by=by, reason="导入 x.xlsx")):
        with pytest.raises(NotAllowed, match="与自己有关"):
            write()
    assert not type(record).objects.exists()
    save_record(record, by=officer())
    with pytest.raises(NotAllowed, match="与自己有关"):
        write_records([], [record], fields=["person"], by=by, reason="导入 x.xlsx")
    with pytest.raises((NotAllowed, DomainError)):
        delete_record(record, by=by)
    assert type(record).objects.count() == 1


def test_every_model_about_people_says_whom_its_rows_concern():
    """Registers with a person in them: who it is about is named, or the register is the one of people."""
    about_people = {
        sheet.model for sheet in sheets().values() if any(field.related_model is Person for field in sheet.model._meta.concrete_fields)
    }
    assert {model for model in about_people if Person not in {target for _name, _attribute, target in about(model)}} == set()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (one_page("example"), ""),
        (b"\xef\xbb\xbf" + one_page("example"), ""),
        (one_page("example")[:300], "缺少结尾部分"),
        (png(), ""),
        (png()[:-20], "图片不完整或已损坏"),
        (b"%PDF-1.4\n1 0 obj << /OpenAction << /S /JavaScript /JS (a) >> >>", "脚本"),
        (b"<html>", "不能接收"),
        (b"MZ", "不能接收"),
    ],
)
def test_evidence_is_looked_at_as_every_attachment(desk, content, told):
    found = recognition(organisation(1), "high_tech_enterprise", date(2020, 11, 1))
    address = reverse("directory:recognition-edit", args=[found.pk])
    typed = {
        "organisation": code(1), "kind": found.kind, "level": found.level, "number": "", "granted_on": "2020-11-01", "expires_on": "",
        "authority": "省科学技术厅", "version": version_of(found), "evidence": SimpleUploadedFile("证书.pdf", content),
    }  # fmt: skip
    page = desk.post(address, typed)
    assert page.status_code == (422 if told else 302)
    assert told in page.content.decode()


def test_a_page_without_its_version_is_not_saved(desk):
    found = organisation(1)
    typed = {"code": found.code, "name": "示例甲公司", "kind": "enterprise", "division": "211103", "industry": "2614"}
    page = desk.post(reverse("directory:organisation-edit", args=[found.pk]), typed)
    assert page.status_code == 422
    assert "看不出它是哪一版" in page.content.decode()
    assert Organisation.objects.get().name == found.name


def test_an_authority_that_has_not_ended_is_not_said_to_end_on_an_unknown_day(desk):
    made = propose_membership(person(), organisation(1), by=officer(), on=date(2020, 1, 1))
    for address in (reverse("directory:membership", args=[made.pk]), reverse("directory:memberships")):
        assert "未撤销" in desk.get(address).content.decode()
    end_membership(made, reason="离职", by=officer(), on=TODAY)
    assert "未撤销" not in desk.get(reverse("directory:membership", args=[made.pk])).content.decode()
