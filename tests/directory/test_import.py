"""What may come in from a workbook, and what is refused with row, column and what to do."""

import io
import zipfile
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import AuditEntry, Job, RoleGrant, User
from quintet.directory.actions import write_records
from quintet.directory.actions.imports import check_batch, confirm_import, drop_import, upload_workbook
from quintet.directory.models import ImportBatch, Membership, Organisation, Person, Shareholding, YearlyFact
from quintet.directory.sheets import ORGANISATIONS, PEOPLE, YEARLY_FACTS
from quintet.directory.sheets import workbook as guard
from quintet.directory.sheets.check import check_file
from quintet.directory.sheets.sheet import sheets
from quintet.directory.sheets.workbook import UnreadableWorkbook
from quintet.directory.sheets.write import csv_lines, template
from quintet.directory.sheets.write import workbook as export
from quintet.market.models import TransferProject
from quintet.reading.limits import MOST_BYTES
from tests.directory.city import RECORDS, code, officer, organisation, organisation_row, person, ready_import, workbook
from tests.duties import by_two, keeps_every_register
from tests.reading.books import Book

pytestmark = pytest.mark.django_db
HEADERS = [str(column.header) for column in ORGANISATIONS.imported]


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def problems(rows, sheet=ORGANISATIONS, **more):
    found = check_file(workbook(sheet, rows, **more).file, sheet).problems
    return [(problem.row, problem.column, problem.message) for problem in found]


def refused(content: bytes) -> str:
    with pytest.raises(UnreadableWorkbook) as caught:
        upload_workbook(ORGANISATIONS, SimpleUploadedFile("a.xlsx", content), by=officer())
    assert ImportBatch.objects.count() == 0
    return str(caught.value)


def imported(file, sheet=ORGANISATIONS):
    batch = upload_workbook(sheet, file, by=officer())
    assert batch.problems == []
    confirm_import(batch, by=officer())
    batch.refresh_from_db()
    return batch


def test_new_changed_and_unchanged_rows_are_told_apart_and_written_with_history():
    organisation(1, name="旧名称", registered_on=date(2012, 3, 1), resident=True)
    organisation(2, registered_on=date(2012, 3, 1), resident=True)
    batch = imported(workbook(ORGANISATIONS, [organisation_row(n) for n in (1, 2, 3)]))
    assert (batch.state, batch.created, batch.changed, batch.unchanged) == ("done", 1, 1, 1)
    assert Organisation.objects.get(code=code(1)).name == "示例化工有限公司1"
    change = Organisation.objects.get(code=code(1)).history.first()
    assert (change.history_type, change.history_user, change.history_change_reason) == ("~", officer(), "导入 名录.xlsx")
    assert Organisation.objects.get(code=code(3)).history.get().history_type == "+"


def test_one_bad_row_keeps_all_rows_out():
    batch = upload_workbook(
        ORGANISATIONS, workbook(ORGANISATIONS, [organisation_row(1), organisation_row(2, division="二区")]), by=officer()
    )
    assert batch.state == "refused"
    with pytest.raises(DomainError):
        confirm_import(batch, by=officer())
    assert Organisation.objects.count() == 0


def test_a_leader_cannot_import(make_user):
    with pytest.raises(NotAllowed):
        upload_workbook(ORGANISATIONS, workbook(ORGANISATIONS, [organisation_row(1)]), by=make_user("leader"))


def test_swapped_headers_are_named_with_their_right_place():
    headers = [HEADERS[1], HEADERS[0], *HEADERS[2:]]
    found = problems([organisation_row(1)], headers=headers)
    assert [(row, column) for row, column, _m in found] == [(1, "A"), (1, "B")]
    assert "这里应为“统一社会信用代码”" in found[0][2]


def test_an_unknown_header_gets_the_nearest_one_suggested():
    ((row, column, message), *_rest) = problems([organisation_row(1)], headers=[*HEADERS[:4], "行业代吗", *HEADERS[5:]])
    assert (row, column) == (1, "E")
    assert "是不是“行业代码”" in message


def test_a_header_of_an_earlier_template_is_read():
    organisation(1)
    sheet = sheets()["projects"]
    batch = upload_workbook(
        sheet,
        workbook(sheet, [["ZH-1", "示例中试", code(1), "2020-01-02"]], headers=["项目编号", "项目名称", "承担单位代码", "备案日期"]),
        by=officer(),
    )
    assert (batch.state, batch.headings[3]) == ("ready", "立项日期")


def test_a_missing_required_header_is_named():
    assert any("缺少必填的列“单位名称”" in message for _r, _c, message in problems([], headers=[HEADERS[0], *HEADERS[2:]]))


def test_an_optional_column_left_out_stays_as_it_is():
    organisation(1, address="石油大街 1 号")
    imported(workbook(ORGANISATIONS, [[code(1), "新名称", "企业", "211103"]], headers=HEADERS[:4]))
    changed = Organisation.objects.get()
    assert (changed.name, changed.address) == ("新名称", "石油大街 1 号")


def test_formulas_are_refused_by_cell():
    row = organisation_row(2, name="")
    found = problems([organisation_row(1), row], prepare=lambda book, page: page.write_formula("B3", "=A1"))
    assert [place[:2] for place in found] == [(3, "B")]
    assert "公式" in found[0][2]


def test_merged_cells_are_refused_by_range():
    found = problems([organisation_row(1)], prepare=lambda book, page: page.merge_range("B3:C4", "x"))
    assert "B3:C4 是合并单元格" in next(message for row, column, message in found if (row, column) == (3, "B"))


def test_an_executable_with_another_name_is_refused():
    assert "程序文件" in refused(b"MZ\x90\x00" + b"\0" * 200)


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01\x02", b"\xff\xfe\x00", b"PK\x03\x04garbage", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100]
)
def test_what_is_not_a_workbook_is_refused(content):
    assert refused(content)


def test_a_zip_without_a_workbook_is_refused():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("readme.txt", "x")
    assert "不是 Excel 工作簿" in refused(target.getvalue())


def with_member(name: str, content: bytes) -> bytes:
    file = workbook(ORGANISATIONS, [organisation_row(1)])
    target = io.BytesIO(file.read())
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return target.getvalue()


def test_macros_are_refused():
    assert "宏" in refused(with_member("xl/vbaProject.bin", b"x"))


def test_a_zip_bomb_is_refused_before_it_is_unpacked():
    assert "压缩炸弹" in refused(with_member("xl/media/zeros", b"\0" * 30_000_000))


@pytest.mark.parametrize(("size", "said"), [(MOST_BYTES, "损坏"), (MOST_BYTES + 1, "上限")])
def test_a_file_at_and_above_the_limit_of_size(size: int, said: str):
    with pytest.raises(UnreadableWorkbook, match=said):
        guard.read_table(io.BytesIO(b"PK\x03\x04" + b"\0" * (size - 4)))


def test_a_cell_far_out_is_refused_before_the_space_between_is_filled():
    file = workbook(ORGANISATIONS, [organisation_row(1)], prepare=lambda book, page: page.write_string(1_048_575, 16_383, "x"))
    with pytest.raises(UnreadableWorkbook):
        check_file(file.file, ORGANISATIONS)


def test_the_same_code_twice_in_a_file():
    ((row, column, message),) = problems([organisation_row(1), organisation_row(1)])
    assert (row, column) == (3, "A")
    assert "与第 2 行重复" in message


def test_a_wrong_check_digit():
    ((row, column, message),) = problems([organisation_row(1, code=code(1)[:-1] + ("1" if code(1)[-1] != "1" else "2"))])
    assert (row, column) == (2, "A")
    assert "不是有效的统一社会信用代码" in message


@pytest.mark.parametrize("day", [date(2099, 1, 1), "0001-01-01", "9999-12-31", "2020-02-30", "昨天", 0, 80000, date(9999, 12, 31)])
def test_impossible_dates(day):
    ((row, column, _message),) = problems([organisation_row(1, registered_on=day)])
    assert (row, column) == (2, "F")


@pytest.mark.parametrize(
    "day", ["2012-03-01", "2012/3/1", "2012年3月1日", "20120301", 40969, "2012.03.01", "２０１２－３－１", "2012-03-01 00:00:00"]
)
def test_dates_as_people_write_them(day):
    assert problems([organisation_row(1, registered_on=day)]) == []


def fact_row(value, name="职工总数", **more):
    row = {
        "organisation": code(1),
        "year": 2019,
        "name": name,
        "value": value,
        "standing": "最终数",
        "source": "年报",
        "recorded_on": date(2020, 5, 1),
    }
    return [(row | more)[column.id] for column in YEARLY_FACTS.imported]


@pytest.mark.parametrize("value", ["NaN", "Infinity", 1e30, "1e30", -5, "三十", 1.5, True])
def test_impossible_numbers_of_staff(value):
    organisation(1)
    ((row, column, _message),) = problems([fact_row(value)], YEARLY_FACTS)
    assert (row, column) == (2, "D")


def test_money_comes_in_yuan_and_is_kept_in_fen():
    organisation(1)
    imported(workbook(YEARLY_FACTS, [fact_row(1234567.89, "销售收入"), fact_row("否", "拥有核心自主知识产权")]), YEARLY_FACTS)
    assert dict(YearlyFact.objects.values_list("name", "value")) == {"revenue": 123456789, "core_ip": 0}


def test_a_figure_of_an_organisation_nobody_knows():
    ((row, column, message),) = problems([fact_row(3)], YEARLY_FACTS)
    assert (row, column) == (2, "A")
    assert "没有代码为" in message


def test_people_are_found_by_their_identity_number_though_it_is_encrypted():
    row = ["李明", "11010519491231002X", "13800001234", ""]
    imported(workbook(PEOPLE, [row]), PEOPLE)
    batch = imported(workbook(PEOPLE, [[*row[:2], "13800009999", ""]]), PEOPLE)
    assert (batch.created, batch.changed) == (0, 1)


def test_a_second_import_waits_for_the_first():
    first, second = ready_import(), ready_import()
    job = Job.objects.create(kind="导入", function="none", state="running")
    ImportBatch.objects.filter(pk=first.pk).update(state="writing", job=job)
    with pytest.raises(DomainError, match="另一批导入正在写入"):
        confirm_import(second, by=officer())
    second.refresh_from_db()
    assert second.state == "ready"
    ImportBatch.objects.filter(pk=first.pk).update(state="done")
    confirm_import(second, by=officer())
    second.refresh_from_db()
    assert second.state == "done"


def test_an_import_whose_worker_died_stands_in_nobodys_way():
    first, second = ready_import(), ready_import()
    job = Job.objects.create(kind="导入", function="none", state="running", worker="a worker that is gone")
    ImportBatch.objects.filter(pk=first.pk).update(state="writing", job=job)
    confirm_import(second, by=officer())
    assert list(ImportBatch.objects.filter(pk__in=[first.pk, second.pk]).order_by("pk").values_list("state", flat=True)) == [
        "failed",
        "done",
    ]


def test_a_batch_is_written_once():
    batch = ready_import()
    confirm_import(batch, by=officer())
    with pytest.raises(DomainError):
        confirm_import(batch, by=officer())
    assert Organisation.objects.count() == 1


def test_what_changed_since_the_check_is_found_before_writing():
    organisation(1)
    batch = upload_workbook(YEARLY_FACTS, workbook(YEARLY_FACTS, [fact_row(5)]), by=officer())
    Organisation.objects.all().delete()
    job = confirm_import(batch, by=officer())
    batch.refresh_from_db()
    assert (batch.state, job.state) == ("failed", "failed")
    assert "没有写入任何一行" in job.error


def test_a_record_changed_since_the_check_is_not_written_over():
    changed, untouched = organisation(1, name="旧名称"), organisation(2, name="另一旧名称")
    batch = upload_workbook(ORGANISATIONS, workbook(ORGANISATIONS, [organisation_row(1), organisation_row(2)]), by=officer())
    assert batch.versions.keys() == {changed.pk, untouched.pk}
    changed.name = "他人改的名称"
    changed.save()
    job = confirm_import(batch, by=officer())
    batch.refresh_from_db()
    assert (batch.state, job.state) == ("failed", "failed")
    assert all(words in job.error for words in ("有 1 条要修改的记录已被他人改动", "第 2 行“他人改的名称", "请重新上传检查"))
    assert "第 3 行" not in job.error
    assert set(Organisation.objects.values_list("name", flat=True)) == {"他人改的名称", "另一旧名称"}
    imported(workbook(ORGANISATIONS, [organisation_row(1), organisation_row(2)]))  # checked again, it is written
    assert Organisation.objects.get(pk=changed.pk).name == "示例化工有限公司1"


def test_a_dropped_batch_is_not_written():
    batch = ready_import()
    drop_import(batch, by=officer())
    with pytest.raises(DomainError):
        confirm_import(batch, by=officer())


@pytest.mark.parametrize("escape", ["_xD800_", "_xDC00__xD83D_", "_x0000_", "_x001F_", "_xD83D__xDE00_"])
@pytest.mark.parametrize("place", ["header", "text", "unread column", "refused"])
def test_an_escape_that_names_no_letter_keeps_no_import_from_being_looked_at(desk, place: str, escape: str):
    headers = [*HEADERS, escape] if place == "header" else HEADERS
    row = organisation_row(1, **{"text": {"address": f"石油{escape}大街"}, "refused": {"division": escape + "二区"}}.get(place, {}))
    if place == "unread column":
        headers, row = [HEADERS[0], f"单位名称{escape}", *HEADERS[2:]], [row[0], escape + row[1], *row[2:]]
    cells = [cell.isoformat() if isinstance(cell, date) else cell or None for cell in row]
    batch = upload_workbook(ORGANISATIONS, SimpleUploadedFile("名录.xlsx", Book([headers, cells]).content()), by=officer())
    batch.refresh_from_db()
    assert batch.state in ("ready", "refused")
    assert desk.get(batch.get_absolute_url()).status_code == 200
    assert desk.get(f"{batch.get_absolute_url()}problems/").status_code == 200


def test_an_import_whose_check_breaks_off_is_not_in_check_for_ever():
    batch = ready_import()
    ImportBatch.objects.filter(pk=batch.pk).update(state="uploaded")
    batch.file.delete(save=False)
    batch.refresh_from_db()
    with pytest.raises(FileNotFoundError):
        check_batch(batch)
    batch.refresh_from_db()
    assert (batch.state, batch.finished_at is None) == ("failed", False)


def in_check(job: Job | None) -> ImportBatch:
    batch = ready_import()
    ImportBatch.objects.filter(pk=batch.pk).update(state="uploaded", job=job)
    return batch


def test_an_import_in_check_is_dropped_when_nobody_checks_it_any_more(desk):
    at_work = in_check(Job.objects.create(kind="检查", function="none", state="running"))
    with pytest.raises(DomainError, match="还在检查，检查完才能放弃"):
        drop_import(at_work, by=officer())
    assert "放弃" not in desk.get(at_work.get_absolute_url()).content.decode()
    left = in_check(None)
    assert "放弃" in desk.get(left.get_absolute_url()).content.decode()
    drop_import(left, by=officer())
    ended = in_check(Job.objects.create(kind="检查", function="none", state="running", worker="a worker that is gone"))
    with pytest.raises(DomainError, match="已经完成"):
        drop_import(ended, by=officer())
    states = ImportBatch.objects.filter(pk__in=[at_work.pk, left.pk, ended.pk]).order_by("pk").values_list("state", flat=True)
    assert list(states) == ["uploaded", "dropped", "failed"]


def test_a_batch_checked_again_gives_the_same_answer():
    batch = ready_import(rows=3)
    check_batch(batch)
    assert (batch.state, batch.created, len(batch.preview)) == ("ready", 3, 3)


SELF = "11010519491231002X"
OTHER = "E00000001"


@pytest.fixture
def mine(make_user):
    """An officer who stands in the register of people, and somebody who does not sign in."""
    keeps_every_register("stb")
    user = make_user("officer", unit="stb")
    person(user=user), person("李强", OTHER)
    organisation(1)
    return user


ABOUT = {
    "shareholdings": lambda who: [code(1), who, date(2019, 1, 1), ""],
    "kinships": lambda who: [who, "E00000002", date(2019, 1, 1)],
    "members": lambda who: ["ZH-1", who],
    "memberships": lambda who: [code(1), who, "授权经办人", date(2019, 1, 1), ""],
    "talents": lambda who: [who, code(1), "国家级领军人才"],
    "teams": lambda who: [code(1), f"示例团队{who}", who, "重点支持", date(2020, 5, 1)],
}


@pytest.mark.parametrize("id", ABOUT)
def test_nobody_imports_what_is_about_themself(mine, id):
    person("赵六", "E00000002")
    TransferProject.objects.create(number="ZH-1", name="示例中试", organisation=Organisation.objects.get())
    sheet = sheets()[id]
    headers = {"talents": ["证件号码", "用人单位代码", "人才类别"]}.get(id)
    batch = upload_workbook(sheet, workbook(sheet, [ABOUT[id](OTHER), ABOUT[id](SELF)], headers=headers), by=mine)
    assert (batch.state, batch.created) == ("refused", 0)
    ((row, _column, header, message),) = batch.problems
    assert (row, "有关" in message, header in (headers or [str(column.header) for column in sheet.imported])) == (3, True, True)
    with pytest.raises(DomainError):
        confirm_import(batch, by=mine)
    assert not sheet.model.objects.exists()
    batch = upload_workbook(sheet, workbook(sheet, [ABOUT[id](OTHER), ABOUT[id](SELF)], headers=headers), by=officer())
    assert (batch.state, batch.created) == ("ready", 2)


def test_the_relative_is_looked_at_as_well_and_what_stands_already_may_stay_in_the_table(mine):
    sheet = sheets()["kinships"]
    batch = upload_workbook(sheet, workbook(sheet, [[OTHER, SELF, date(2019, 1, 1)]]), by=mine)
    assert [problem[:2] for problem in batch.problems] == [[2, "B"]]
    imported(workbook(sheet, [[OTHER, SELF, date(2019, 1, 1)]]), sheet)
    assert upload_workbook(sheet, workbook(sheet, [[OTHER, SELF, date(2019, 1, 1)]]), by=mine).unchanged == 1
    changed = upload_workbook(sheet, workbook(sheet, [[OTHER, SELF, date(2020, 1, 1)]]), by=mine)
    assert [problem[:2] for problem in changed.problems] == [[2, "B"]]


def test_neither_who_uploaded_nor_who_confirms_nor_who_lent_the_role_is_in_the_table(mine, make_user):
    sheet = sheets()["shareholdings"]
    row = [code(1), SELF, date(2019, 1, 1), ""]
    clean = upload_workbook(sheet, workbook(sheet, [row]), by=officer())
    job = confirm_import(clean, by=mine)
    clean.refresh_from_db()
    assert (clean.state, "第 2 行" in job.error, "有关" in job.error) == ("failed", True, True)
    borrower = make_user("officer", unit="hrss")
    RoleGrant.objects.create(
        user=borrower, role="officer", unit="stb", granted_on=date(2019, 1, 1), revoked_on=date(2999, 1, 1), delegated_by=mine
    )
    lent = upload_workbook(sheet, workbook(sheet, [row]), by=User.objects.get(pk=borrower.pk))
    assert lent.state == "refused"
    assert not Shareholding.objects.exists()


def test_authorities_of_a_workbook_wait_are_told_and_stand_in_the_chain():
    sheet = sheets()["memberships"]
    organisation(1), person("李强", OTHER)
    imported(workbook(sheet, [[code(1), OTHER, "授权经办人", date(2019, 1, 1), ""]]), sheet)
    made = Membership.objects.get()
    assert (made.granted_on, made.proposed_by) == (None, officer())
    line = AuditEntry.objects.get(action="directory.propose_membership")
    assert (line.record, line.by) == (f"directory.membership:{made.pk}", officer())
    again = upload_workbook(sheet, workbook(sheet, [[code(1), OTHER, "授权经办人", date(2019, 1, 1), ""]]), by=officer())
    assert [problem[:2] for problem in again.problems] == [[2, "B"]]
    assert "没有截止" in again.problems[0][3]


def test_a_workbook_neither_ends_an_authority_nor_begins_one_that_has_ended():
    sheet = sheets()["memberships"]
    held = Membership.objects.create(person=person("李强", OTHER), organisation=organisation(1), granted_on=date(2019, 1, 1), **by_two())
    row = [code(1), OTHER, "授权经办人", date(2019, 1, 1), date(2020, 1, 1)]
    ending = upload_workbook(sheet, workbook(sheet, [row]), by=officer())
    assert [(problem[0], "不能用导入修改" in problem[3]) for problem in ending.problems] == [(2, True)]
    ended = upload_workbook(sheet, workbook(sheet, [[*row[:3], date(2018, 1, 1), date(2020, 1, 1)]]), by=officer())
    assert [(problem[0], problem[1], "撤销" in problem[3]) for problem in ended.problems] == [(2, "E", True)]
    held.refresh_from_db()
    assert held.revoked_on is None


@pytest.mark.parametrize(
    ("stored", "rows", "told"),
    [
        ([], [("2019-01-01", ""), ("2020-01-01", "")], [(3, "与第 2 行重复")]),
        ([], [("2019-01-01", "2019-12-31"), ("2020-01-01", "")], []),
        (["2018-01-01"], [("2019-01-01", "")], [(2, "名录里已有")]),
        (["2018-01-01"], [("2018-01-01", "2018-12-31"), ("2019-01-01", "")], []),
    ],
)
def test_of_shareholdings_that_do_not_end_there_is_one_for_a_person_and_an_organisation(stored, rows, told):
    sheet, someone, firm = sheets()["shareholdings"], person("李强", OTHER), organisation(1)
    for day in stored:
        Shareholding.objects.create(person=someone, organisation=firm, held_from=day)
    batch = upload_workbook(sheet, workbook(sheet, [[code(1), OTHER, *days] for days in rows]), by=officer())
    assert [(problem[0], problem[3][: len(text)]) for problem, (_row, text) in zip(batch.problems, told, strict=True)] == told
    if not told:
        confirm_import(batch, by=officer())
        assert Shareholding.objects.filter(held_until=None).count() == 1


@pytest.mark.parametrize(
    "id",
    [
        *("organisations", "people", "former_names", "memberships", "shareholdings", "kinships", "recognitions"),
        *("carriers", "facts", "loans", "projects", "members", "talents", "teams"),
    ],
)
def test_every_template_is_a_workbook_that_only_lacks_rows(id):
    found = check_file(io.BytesIO(template(sheets()[id])), sheets()[id]).problems
    assert [problem.message for problem in found] == ["表中没有数据，请从第 2 行起填写。"]


@pytest.mark.parametrize("noun", RECORDS)
def test_what_many_records_leave_in_the_history_is_each_record_as_it_was_written(noun):
    record, keeper = RECORDS[noun](), officer()
    if isinstance(record, Organisation):
        record.name = "示例改名有限公司"
    write_records(
        [], [record], fields=[field.name for field in record._meta.concrete_fields if not field.primary_key], by=keeper, reason="x"
    )
    line = record.history.first()
    record.refresh_from_db()
    assert (line.history_type, line.history_user, line.history_change_reason) == ("~", keeper, "x")
    tracked = {field.attname for field in type(line)._meta.concrete_fields if hasattr(record, field.attname)}
    assert tracked >= {field.attname for field in record._meta.concrete_fields} - {"canonical_name"}
    assert {name: getattr(line, name) for name in tracked} == {name: getattr(record, name) for name in tracked}


def test_so_do_new_ones_more_than_are_written_at_once():
    made = [Person(name=f"人{n}", identity_number=f"E{n:07d}", phone="13800001234") for n in range(5)]
    for someone in made:
        someone.set_hashes()
    write_records(made, by=None, reason="导入 x.xlsx", batch=2)
    lines = list(Person.history.order_by("history_id"))
    assert [(line.id, line.name, line.identity_number, line.phone, line.history_type) for line in lines] == [
        (someone.pk, someone.name, someone.identity_number, "13800001234", "+") for someone in made
    ]
    assert {(line.history_user, line.history_change_reason) for line in lines} == {(None, "导入 x.xlsx")}


def test_the_number_of_statements_of_an_import_does_not_grow_with_its_rows():
    counted = []
    for rows in (10, 60):
        batch = upload_workbook(
            ORGANISATIONS, workbook(ORGANISATIONS, [organisation_row(rows * 10 + n) for n in range(rows)]), by=officer()
        )
        with CaptureQueriesContext(connection) as captured:
            confirm_import(batch, by=officer())
        counted.append(len(captured))
    assert counted[0] == counted[1]


@pytest.mark.parametrize("id", sorted(RECORDS))
@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_what_a_register_exports_with_all_columns_comes_in_again_and_changes_nothing(id: str, ending: str):
    record = RECORDS[id]()
    sheet = next(sheet for sheet in sheets().values() if sheet.model is type(record))
    columns, records = sheet.columns, sheet.model._default_manager.all()
    if ending == "csv":
        content = "".join(csv_lines(columns, records)).encode()
    else:
        with export(sheet, columns, records) as opened:
            content = opened.read()
    checked = check_file(io.BytesIO(content), sheet)
    masked = {column.title for column in columns if column.personal}  # leaves the system masked, names nobody, and says so
    assert [problem for problem in checked.problems if problem.row == 1 or problem.header not in masked] == []
    assert masked or (checked.rows, checked.unchanged) == (records.count(), records.count())
    shown = [column.title for column in columns if not column.imported]
    assert all(any(title in remark for remark in checked.remarks) for title in shown)


@pytest.fixture
def desk() -> Client:
    client = Client()
    client.force_login(officer(), backend="django.contrib.auth.backends.ModelBackend")
    return client


class TestWhatAnImportWouldChange:
    def test_changed_records_say_from_what_to_what_and_new_ones_stand_below(self, desk):
        organisation(1, name="示例甲公司", registered_on=date(2012, 3, 1), resident=True)
        organisation(2, name="示例乙公司", address="", registered_on=date(2012, 3, 1), resident=True)
        rows = [
            organisation_row(3, name="示例丙公司"),
            organisation_row(1, name="示例新甲公司", registered_on=date(2013, 4, 2), resident="", address="石油大街 1 号"),
            organisation_row(2, name="示例乙公司"),
        ]
        batch = upload_workbook(ORGANISATIONS, workbook(ORGANISATIONS, rows), by=officer())
        assert (batch.created, batch.changed, batch.unchanged) == (1, 1, 1)
        assert batch.differences == [
            [
                3,
                "changed",
                f"{code(1)} · 示例新甲公司",
                [
                    ["单位名称", "示例甲公司", "示例新甲公司"],
                    ["成立日期", "2012-03-01", "2013-04-02"],
                    ["住所", "（空）", "石油大街 1 号"],
                    ["居民企业", "是", "（空）"],
                ],
            ],
            [
                2,
                "new",
                f"{code(3)} · 示例丙公司",
                [
                    ["统一社会信用代码", "", code(3)],
                    ["单位名称", "", "示例丙公司"],
                    ["单位类型", "", "企业"],
                    ["行政区划代码", "", "211103"],
                    ["行业代码", "", "2614"],
                    ["成立日期", "", "2012-03-01"],
                    ["居民企业", "", "是"],
                ],
            ],
        ]
        page = desk.get(batch.get_absolute_url()).content.decode()
        assert "<del>示例甲公司</del> → 示例新甲公司" in page
        assert page.index("示例新甲公司") < page.index("示例丙公司")

    def test_references_figures_and_personal_data_are_told_as_people_read_them(self):
        first, second = organisation(1), organisation(2)
        person("王芳", "E12345678")
        TransferProject.objects.create(number="ZH-1", name="示例中试", organisation=first, net_income_fen=100)
        headers = ["项目编号", "项目名称", "承担单位代码", "转化净收入（元）"]
        file = workbook(sheets()["projects"], [["ZH-1", "示例中试", second.code, 1234567.8]], headers=headers)
        (told,) = check_file(file, sheets()["projects"]).differences
        assert told == [
            2,
            "changed",
            "ZH-1 · 示例中试",
            [["承担单位代码", first.code, second.code], ["转化净收入（元）", "1.00", "1,234,567.80"]],
        ]
        (told,) = check_file(workbook(PEOPLE, [["李明", "11010519491231002X", "138 0000 9999", ""]]), PEOPLE).differences
        assert told == [2, "new", "李明", [["姓名", "", "李明"], ["证件号码", "", "110***********002X"], ["电话", "", "138****9999"]]]
        person("李明")
        (told,) = check_file(workbook(PEOPLE, [["李明", "11010519491231002X", "13800009999", ""]]), PEOPLE).differences
        assert told == [2, "changed", "李明", [["电话", "138****1234", "138****9999"]]]
        (told,) = check_file(workbook(PEOPLE, [["李明", "11010519491231002X", "13877771234", ""]]), PEOPLE).differences
        assert told[3] == [["电话", "138****1234", "138****1234（隐去的部分有改动）"]]

    def test_a_new_record_shows_what_was_read_where_a_cell_shows_something_else(self, desk):
        """A day without a format is a number; whoever confirms sees which day was understood."""
        organisation(1)
        row = ["HT-1", code(1), "", "知识产权质押", "100", 44260, 44625, "", "", "", ""]
        found = check_file(workbook(sheets()["loans"], [row]), sheets()["loans"])
        assert found.problems == []
        (told,) = found.differences
        assert told[3][3:] == [["贷款本金（元）", "", "100.00"], ["放款日期", "", "2021-03-05"], ["到期日期", "", "2022-03-05"]]

    @pytest.mark.parametrize(("headers", "shown"), [(None, "110***********002X"), (["姓名", "号码"], "110***********002X")])
    def test_the_first_rows_show_no_number_of_a_person(self, headers, shown):
        """Also where the headers are not known."""
        row = ["李明", "11010519491231002X", "13800009999", ""]
        found = check_file(workbook(PEOPLE, [row[: len(headers or row)]], headers=headers), PEOPLE)
        assert found.preview[0][:2] == ["李明", shown]
        assert "13800009999" not in str(found.preview)

    def test_its_page_asks_as_often_for_one_record_as_for_many_and_has_pages(self, desk):
        counts = []
        for first, many in ((1, 1), (100, 60)):
            for number in range(first, first + many):
                organisation(number, name=f"旧名{number}")
            rows = [organisation_row(number) for number in range(first, first + many)]
            batch = upload_workbook(ORGANISATIONS, workbook(ORGANISATIONS, rows), by=officer())
            desk.get(batch.get_absolute_url())
            with CaptureQueriesContext(connection) as queries:
                page = desk.get(batch.get_absolute_url()).content.decode()
            counts.append(len(queries))
        assert counts[0] == counts[1]
        assert page.count("<del>旧名") == 25
        assert desk.get(f"{batch.get_absolute_url()}?page=3").content.decode().count("<del>旧名") == 10

    def test_when_it_is_written_or_dropped_nothing_is_kept_of_it(self):
        organisation(1)
        assert imported(workbook(ORGANISATIONS, [organisation_row(1, name="新名")])).differences == []
        batch = upload_workbook(ORGANISATIONS, workbook(ORGANISATIONS, [organisation_row(1, name="再新")]), by=officer())
        drop_import(batch, by=officer())
        batch.refresh_from_db()
        assert batch.differences == []


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([(2, "示例甲公司")], "第 2 行与名录中的 {one}名称相同、代码不同"),
        ([(2, "示例甲 公司"), (3, "示例乙公司")], "第 2 行与名录中的 {one}名称相同、代码不同"),
        ([(2, "示例丙公司"), (3, "示例丙公司")], "第 2 行与第 3 行名称相同、代码不同"),
        ([(1, "示例甲公司")], ""),
        ([(1, "示例丁公司"), (2, "示例甲公司")], ""),  # the one that had the name gives it up in the same table
        ([(2, "示例乙公司")], ""),
    ],
)
def test_two_organisations_of_one_name_are_remarked_upon(rows: list[tuple[int, str]], said: str):
    organisation(1, name="示例甲公司", registered_on=date(2012, 3, 1), resident=True)
    found = check_file(workbook(ORGANISATIONS, [organisation_row(number, name=name) for number, name in rows]), ORGANISATIONS)
    assert found.problems == []
    told = [remark for remark in found.remarks if "名称相同" in remark]
    assert len(told) == bool(said)
    assert not said or said.format(one=code(1)) in told[0]


FACT_HEADERS = [str(column.header) for column in YEARLY_FACTS.columns]


def whole_fact_row(**more):
    shown = {"organisation": code(1), "organisation_name": "示例甲公司", "year": 2019, "name": "销售收入", "value": 1234.5, "unit": "元"}
    shown |= {"standing": "最终数", "source": "统计年报", "recorded_on": date(2020, 3, 1)} | more
    return [shown[column.id] for column in YEARLY_FACTS.columns]


def test_a_name_beside_a_code_that_is_another_is_told_and_the_code_counts():
    organisation(1, name="示例甲公司")
    same = check_file(workbook(YEARLY_FACTS, [whole_fact_row(organisation_name="示例 甲公司")], headers=FACT_HEADERS), YEARLY_FACTS)
    assert [remark for remark in same.remarks if "格：" in remark] == []
    other = check_file(workbook(YEARLY_FACTS, [whole_fact_row(organisation_name="示例乙公司")], headers=FACT_HEADERS), YEARLY_FACTS)
    assert (other.problems, len(other.created)) == ([], 1)
    assert other.remarks[-1] == ("B2 格：写的是“示例乙公司”，而“统一社会信用代码”一格指的是“示例甲公司”。读入的是后者，请核对。")


def test_a_figure_in_another_unit_is_refused():
    organisation(1, name="示例甲公司")
    found = check_file(workbook(YEARLY_FACTS, [whole_fact_row(unit="万元")], headers=FACT_HEADERS), YEARLY_FACTS)
    assert [(problem.row, problem.header, problem.message) for problem in found.problems] == [
        (2, "单位", "这里写的单位是“万元”，这个指标的单位是“元”。请把数值换算成“元”，再把这一格改为“元”。")
    ]
