"""A name is found and compared however it is typed, and by what it was before."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from quintet.core.errors import DomainError
from quintet.directory.actions.imports import confirm_import, upload_workbook
from quintet.directory.actions.records import save_record
from quintet.directory.forms import OrganisationField, PersonField
from quintet.directory.models import Carrier, FormerName, Organisation, Person
from quintet.directory.queries import former_names_of, organisations_called, organisations_named_exactly
from quintet.directory.sheets import CARRIERS, FORMER_NAMES, ORGANISATIONS
from tests.directory.city import code, officer, organisation, organisation_row, person, workbook

pytestmark = pytest.mark.django_db
NAME = "示例（辽宁）Ａ1科技有限公司"


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.mark.parametrize(
    "text",
    [
        NAME,
        "示例(辽宁)a1科技",
        "（辽宁）",
        "示例 (辽宁) A１",
        "示例\n（辽宁）",
        "示例\u200b（辽宁",
        code(1),
        code(1)[:8].lower(),
        f" {code(1).lower()}",
    ],
)
def test_an_organisation_is_found_however_its_name_is_typed(text: str):
    firm = organisation(1, name=NAME)
    organisation(2, name="别家公司")
    found = list(organisations_called(text).order_by("pk"))
    assert firm in found
    assert len(found) == 1 or text == code(1)[:8].lower()
    assert Organisation.objects.get(pk=firm.pk).name == NAME


def test_nothing_to_look_for_finds_nothing():
    organisation(1)
    assert not organisations_called("\u200b ").exists()
    assert not organisations_named_exactly("").exists()


def test_forms_take_a_name_however_it_is_typed():
    firm, worker = organisation(1, name=NAME), person("阿依古丽·买买提", "E00000007")
    assert OrganisationField().clean("示例(辽宁)A1科技有限公司") == firm
    assert OrganisationField().clean(code(1).lower()) == firm
    assert PersonField().clean("阿依古丽•买买提") == worker
    assert PersonField().clean("e0000 0007") == worker


def test_a_change_of_name_keeps_the_old_one_and_finds_by_it():
    firm = organisation(1, name="示例旧名有限公司")
    firm.name = "示例新名有限公司"
    save_record(firm, by=officer())
    assert list(organisations_called("旧名")) == [firm]
    assert list(organisations_named_exactly("示例旧名有限公司")) == [firm]
    assert former_names_of([firm]) == {firm.pk: ["示例旧名有限公司"]}
    assert FormerName.objects.get().history.get().history_user == officer()


def test_a_name_that_is_only_spelt_otherwise_is_no_former_name():
    firm = organisation(1, name="示例（辽宁）公司")
    firm.name = "示例(辽宁)公司"
    save_record(firm, by=officer())
    assert not FormerName.objects.exists()


def test_a_name_that_comes_back_is_no_former_name_any_more():
    firm = organisation(1, name="示例甲公司")
    for name in ("示例乙公司", "示例甲公司"):
        firm.name = name
        save_record(firm, by=officer())
    assert [former.name for former in FormerName.objects.all()] == ["示例乙公司"]


def test_the_name_of_another_organisation_now_goes_before_a_former_one():
    one, other = organisation(1, name="示例甲公司"), organisation(2, name="示例乙公司")
    one.name = "示例丙公司"
    save_record(one, by=officer())
    other.name = "示例甲公司"
    save_record(other, by=officer())
    assert list(organisations_named_exactly("示例甲公司")) == [other]


def imported(sheet, rows, **more):
    batch = upload_workbook(sheet, workbook(sheet, rows, **more), by=officer())
    assert batch.problems == []
    confirm_import(batch, by=officer())


def test_an_import_that_changes_a_name_keeps_the_old_one():
    organisation(1, name="示例旧名有限公司")
    imported(ORGANISATIONS, [organisation_row(1)])
    assert [former.name for former in FormerName.objects.all()] == ["示例旧名有限公司"]
    assert list(organisations_called("旧名").values_list("code", flat=True)) == [code(1)]
    assert Organisation.objects.get().canonical_name == "示例化工有限公司1"


def test_former_names_come_in_from_a_workbook_and_go_out():
    firm = organisation(1)
    imported(FORMER_NAMES, [[code(1), "示例早年名称", date(2010, 5, 1)]])
    assert list(organisations_called("早年")) == [firm]
    desk = Client()
    desk.force_login(officer(), backend="django.contrib.auth.backends.ModelBackend")
    answer = desk.get(reverse("directory:former_names-export"), {"format": "csv"})
    assert "示例早年名称" in b"".join(answer.streaming_content).decode("utf-8-sig")


def test_the_name_now_is_no_former_name():
    firm = organisation(1)
    batch = upload_workbook(FORMER_NAMES, workbook(FORMER_NAMES, [[code(1), firm.name, date(2010, 5, 1)]]), by=officer())
    assert [problem[3] for problem in batch.problems] == ["这是该单位现在的名称，不是曾用名。"]


def test_one_carrier_however_its_name_is_typed():
    organisation(1)
    rows = [[code(1), name, "重点实验室", "省级", date(2019, 1, 1), None, "示例厅"] for name in ("示例（一）实验室", "示例(一) 实验室")]
    batch = upload_workbook(CARRIERS, workbook(CARRIERS, rows), by=officer())
    assert "与第 2 行重复" in batch.problems[0][3]
    imported(CARRIERS, rows[:1])
    imported(CARRIERS, rows[1:])
    assert [carrier.name for carrier in Carrier.objects.all()] == ["示例(一) 实验室"]


def test_an_identity_number_is_one_person_in_its_old_and_new_form():
    old = person("李明", "110105491231002")
    assert old.identity_number == "11010519491231002X"
    assert PersonField().clean("11010519491231002x") == old
    assert PersonField().clean("110105 491231 002") == old
    assert Person.objects.count() == 1


def test_a_code_is_stored_and_asked_for_in_one_form():
    made = Organisation.objects.create(
        code=f" {code(1).lower()[:8]} {code(1).lower()[8:]}", name="示例公司", kind="enterprise", division="211103"
    )
    made.refresh_from_db()
    assert made.code == code(1)
    assert Organisation.objects.get(code=code(1).lower()) == made


def test_an_account_may_spell_the_holder_otherwise(make_user):
    from quintet.redemption.actions import register_account
    from tests.redemption.claims import member

    firm = organisation(1, name="示例（辽宁）公司")
    by = member(firm, "member-1")
    made = register_account(firm, holder="示例(辽宁) 公司", bank="示例银行", number="6222020000000001", by=by, on=date(2021, 1, 4))
    assert made.holder == "示例(辽宁) 公司"
    with pytest.raises(DomainError, match="户名与收款人不一致"):
        register_account(firm, holder="示例(沈阳)公司", bank="示例银行", number="6222020000000002", by=by, on=date(2021, 1, 4))
