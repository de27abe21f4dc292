"""Payment batches: frozen, four eyes, sent, read back line by line; doing it twice changes nothing."""

import csv
import io
import re
import zipfile
from datetime import date
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from quintet.core import audit
from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import Notification
from quintet.ledger import check
from quintet.ledger.models import CommitmentStep, Entry, Fund
from quintet.policies.engine import policy
from quintet.redemption import actions, cases
from quintet.redemption.accounts import returned_accounts
from quintet.redemption.actions import evaluation
from quintet.redemption.actions.payments import LineResult
from quintet.redemption.batch_files import bank_file, kind_of, read_results, treasury_workbook
from quintet.redemption.models import Claim, PaymentBatch, PaymentLine, PaymentResult, ResultFile
from quintet.redemption.states import WrongState
from tests import guards
from tests.guards import without
from tests.ledger.books import appropriate, finance
from tests.redemption.batches import AFTER, batch_of, came_back, cleared_claims, committed_claims, looked_at_again, second_finance, signed
from tests.redemption.claims import account, member, officer
from tests.redemption.test_commitments import funds
from tests.redemption.ways import PACK

pytestmark = pytest.mark.django_db
PAID = ("到账", date(2021, 1, 13), "凭证1", "")
RETURNED = ("退回", date(2021, 1, 13), "", "账号与户名不符")


def states() -> list[str]:
    return list(Claim.objects.order_by("pk").values_list("state", flat=True))


def test_made_signed_read_back_and_read_back_again():
    batch = batch_of(3)
    assert (batch.count, batch.sum_fen, states()) == (3, 300_000_00, ["ordered"] * 3)
    actions.sign_batch(batch, by=second_finance(), on=AFTER)
    batch.refresh_from_db()
    results = read_results(batch, came_back(batch, {1: PAID, 2: RETURNED}))
    assert actions.record_results(batch, results, by=finance(), on=date(2021, 1, 13)) == {"paid": 1, "returned": 1, "known": 0}
    assert states() == ["paid", "committed", "ordered"]
    assert actions.record_results(batch, results, by=finance(), on=date(2021, 1, 14)) == {"paid": 0, "returned": 0, "known": 2}
    rest = read_results(batch, came_back(batch, {1: PAID, 3: PAID}))
    assert actions.record_results(batch, rest, by=finance(), on=date(2021, 1, 15)) == {"paid": 1, "returned": 0, "known": 1}
    batch.refresh_from_db()
    assert (batch.state, Entry.objects.filter(kind="payment").count()) == ("done", 2)
    assert guards.problems() == check.problems() == []


@pytest.mark.parametrize(
    ("before", "again", "told"),
    [
        (PAID, ("到账", date(2021, 1, 12), "凭证1", ""), "日期登记的是“2021-01-13”，文件里是“2021-01-12”"),
        (PAID, ("到账", date(2021, 1, 13), "凭证2", ""), "凭证号登记的是“凭证1”，文件里是“凭证2”"),
        (RETURNED, ("退回", date(2021, 1, 13), "", "账户已销户"), "退回原因登记的是“账号与户名不符”，文件里是“账户已销户”"),
        (RETURNED, ("退回", date(2021, 1, 12), "", "账号与户名不符"), "日期登记的是“2021-01-13”，文件里是“2021-01-12”"),
        (RETURNED, ("退回", date(2021, 1, 13), "退1", "账号与户名不符"), "凭证号登记的是“（空）”，文件里是“退1”"),
        (PAID, ("到账", date(2021, 1, 13), " 凭证１", ""), ""),
        (RETURNED, RETURNED, ""),
    ],
)
def test_a_result_that_says_otherwise_than_what_was_booked_is_refused_with_both(before: tuple, again: tuple, told: str):
    batch = signed(count=2)
    actions.record_results(batch, read_results(batch, came_back(batch, {1: before})), by=finance(), on=date(2021, 1, 13))
    results = read_results(batch, came_back(batch, {1: again, 2: PAID}))
    if not told:
        assert actions.record_results(batch, results, by=finance(), on=date(2021, 1, 14))["known"] == 1
        return
    with pytest.raises(DomainError) as refusal:
        actions.record_results(batch, results, by=finance(), on=date(2021, 1, 14))
    assert refusal.value.where == f"第 1 笔：之前已记，{told}。请核对；登记无误的，请清空这一行的结果"
    assert PaymentResult.objects.count() == 1


def test_what_was_booked_before_is_not_counted_again_before_confirming(client: Client):
    batch = signed(count=3)
    actions.record_results(batch, read_results(batch, came_back(batch, {1: PAID})), by=finance(), on=date(2021, 1, 13))
    client.force_login(finance(), backend="django.contrib.auth.backends.ModelBackend")
    file = SimpleUploadedFile("结果.xlsx", came_back(batch, {1: PAID, 2: PAID, 3: RETURNED}).read())
    page = client.post(reverse("redemption:batch-results", args=[batch.pk]), {"file": file}).content.decode()
    assert "到账 1 笔 100,000.00 元，退回 1 笔 100,000.00 元" in page
    assert "1 笔之前已记，不再入账。" in page
    assert ResultFile.objects.values_list("paid", "returned").get() == (1, 1)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_results_saved_as_csv_are_kept_and_booked(encoding: str, client: Client, settings: Any, tmp_path: Any):
    settings.MEDIA_ROOT = tmp_path
    batch = signed(count=2)
    page = openpyxl.load_workbook(came_back(batch, {1: PAID, 2: RETURNED})).active
    text = io.StringIO(newline="")
    csv.writer(text).writerows(
        [["" if cell is None else str(cell)[:10] if isinstance(cell, date) else cell for cell in row] for row in page.values]
    )
    client.force_login(finance(), backend="django.contrib.auth.backends.ModelBackend")
    upload = SimpleUploadedFile("结果.csv", text.getvalue().encode(encoding))
    shown = client.post(reverse("redemption:batch-results", args=[batch.pk]), {"file": upload}).content.decode()
    assert "到账 1 笔 100,000.00 元，退回 1 笔 100,000.00 元" in shown
    kept = ResultFile.objects.get()
    assert (kept.attachment.name, kept.attachment.file.kind) == ("结果.csv", "csv")
    assert client.post(reverse("redemption:batch-results-confirm", args=[batch.pk, kept.pk])).status_code == 302
    assert PaymentResult.objects.count() == 2


def test_a_returned_payment_gets_another_account_and_goes_into_another_batch():
    batch = signed(count=1)
    actions.record_results(batch, read_results(batch, came_back(batch, {1: RETURNED})), by=finance(), on=date(2021, 1, 13))
    claim = Claim.objects.get()
    assert (claim.state, claim.step, claim.changed) == ("committed", "payment", "")  # no fact changed
    by = member(claim.organisation, f"member-{claim.organisation_id}")
    actions.change_account(claim, account=account(claim.organisation, by, number="6222020000000001"), by=by, on=date(2021, 1, 14))
    with pytest.raises(DomainError, match="尚未核实"):
        actions.make_batch([claim], fund=batch.fund, year=2020, by=finance(), on=date(2021, 1, 14))
    claim = actions.confirm_account(claim, confirmed=True, by=officer(), on=date(2021, 1, 14))
    claim.refresh_from_db()
    again = actions.make_batch([claim], fund=batch.fund, year=2020, by=finance(), on=date(2021, 1, 14))
    assert again.lines.get().account == "6222020000000001"


CLOSED_ACCOUNT = ("退回", date(2021, 1, 13), "", "账号已销户")
NEXT = date(2021, 1, 14)


def test_an_account_that_the_bank_returned_is_not_paid_again_before_two_have_looked_at_it():
    batch = signed(count=1)
    actions.record_results(batch, read_results(batch, came_back(batch, {1: CLOSED_ACCOUNT})), by=finance(), on=date(2021, 1, 13))
    claim, told = Claim.objects.get(), Notification.objects.filter(kind="account")
    assert "等收款人更换或确认账户后请核实" in told.latest("pk").text
    assert "请更换收款账户，或者确认原账户无误" in Notification.objects.filter(kind="bounced").latest("pk").text
    assert cases.expected(claim) == "拨付被银行退回：账号已销户。请收款人更换账户，或者确认原账户无误；主管部门核实后再次拨付。"
    with pytest.raises(DomainError, match="银行退回过付到这个账户的款项（账号已销户）"):
        actions.make_batch([claim], fund=batch.fund, year=2020, by=finance(), on=NEXT)
    by = member(claim.organisation, f"member-{claim.organisation_id}")
    actions.change_account(claim, account=claim.account, by=by, on=NEXT)
    assert cases.expected(claim) == "拨付被银行退回：账号已销户。等主管部门核实收款账户后再次拨付。"
    refused = actions.confirm_account(claim, confirmed=False, remark="电话无人接听", by=officer(), on=NEXT)
    with pytest.raises(DomainError, match="账号已销户"):
        actions.make_batch([refused], fund=batch.fund, year=2020, by=finance(), on=NEXT)
    claim = looked_at_again(claim, on=NEXT)
    again = actions.make_batch([claim], fund=batch.fund, year=2020, by=finance(), on=NEXT)
    assert again.lines.get().purpose == "第6项任务 新认定高新技术企业奖励（退回后再次拨付）"
    with pytest.raises(WrongState):
        actions.change_account(claim, account=claim.account, by=by, on=NEXT)


def test_each_return_asks_for_another_look_and_a_change_before_the_batch_is_none():
    first = batch_of(count=1)
    actions.drop_batch(first, reason="更换账户", by=finance(), on=AFTER)
    claim = Claim.objects.get()
    by = member(claim.organisation, f"member-{claim.organisation_id}")
    with pytest.raises(DomainError, match="现在用的就是这个账户"):
        actions.change_account(claim, account=claim.account, by=by, on=AFTER)
    actions.change_account(claim, account=account(claim.organisation, by, number="6222020000000001"), by=by, on=AFTER)
    claim = actions.confirm_account(claim, confirmed=True, by=officer(), on=AFTER)
    for _round in range(2):
        batch = signed(actions.make_batch([claim], fund=first.fund, year=2020, by=finance(), on=AFTER))
        back = LineResult(number=1, kind="returned", on=AFTER, reason="户名不符")
        actions.record_results(batch, [back], by=finance(), on=AFTER)
        claim = Claim.objects.get()
        with pytest.raises(DomainError, match="户名不符"):
            actions.make_batch([claim], fund=first.fund, year=2020, by=finance(), on=AFTER)
        claim = looked_at_again(claim)
    assert returned_accounts([claim]) == {}


def test_money_that_bounces_after_it_was_paid_is_back_with_the_commitment():
    batch = signed(count=1)
    for number, cells in enumerate((PAID, RETURNED), 13):
        actions.record_results(batch, read_results(batch, came_back(batch, {1: cells})), by=finance(), on=date(2021, 1, number))
    last = CommitmentStep.objects.order_by("number").last()
    assert (states(), last.open_fen, last.paid_fen) == (["committed"], 100_000_00, 0)
    with pytest.raises(DomainError, match="一笔也没有记"):
        actions.record_results(batch, read_results(batch, came_back(batch, {1: PAID})), by=finance(), on=date(2021, 1, 15))
    assert check.problems() == []


def test_who_made_a_batch_does_not_sign_it_and_the_database_says_so_too():
    batch = batch_of(1)
    with pytest.raises(NotAllowed, match="不能签发自己"):
        actions.sign_batch(batch, by=finance(), on=AFTER)
    with pytest.raises(IntegrityError), transaction.atomic():
        PaymentBatch.objects.filter(pk=batch.pk).update(signed_by=finance(), signed_on=AFTER, state="signed")
    with pytest.raises(DomainError, match="批次现在是“待签发”"):
        actions.record_results(batch, [LineResult(number=1, kind="paid", on=AFTER, reference="1")], by=second_finance(), on=AFTER)


def test_a_batch_is_given_up_before_it_is_signed_and_never_after():
    batch = batch_of(2)
    actions.drop_batch(batch, reason="账户有误", by=finance(), on=AFTER)
    assert states() == ["committed", "committed"]
    again = signed(actions.make_batch(list(Claim.objects.all()), fund=batch.fund, year=2020, by=finance(), on=AFTER))
    with pytest.raises(WrongState):
        actions.drop_batch(again, reason="改主意", by=finance(), on=AFTER)
    with pytest.raises(WrongState):
        actions.sign_batch(batch, by=second_finance(), on=AFTER)


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        ({"F5": 999_999}, "“金额（元）”与签发时不一致"),
        ({"C5": "别家公司"}, "“收款人”与签发时不一致"),
        ({"E6": "6222020000000009"}, "“账号”与签发时不一致"),
        ({"B5": "BF2020-99999-00001"}, "不是这个批次的拨付"),
        ({"A6": 77}, "不是这个批次的拨付"),
        ({"B2": "BF2020-99999"}, "另一个批次的文件"),
        ({"B3": "0" * 64}, "校验码与本批次不符"),
        ({"H5": "大概到了"}, "结果应为“到账”或“退回”"),
        ({"I5": "昨天"}, "I5 格：“昨天”不是日期"),
        ({"I5": None}, "没有日期"),
        ({"J5": 20210113001234567}, "J5 格：编号"),
        ({"H5": "#N/A"}, "H5 格：单元格里是表格软件的错误值 #N/A"),
        ({"K6": "=A1"}, "K6 格：这里是公式"),
        ({"A4": "编号"}, "不是本系统导出"),
    ],
)
def test_a_file_edited_by_hand_or_of_another_batch_is_refused_whole(edits: dict[str, Any], said: str):
    batch = signed(count=2)
    with pytest.raises(DomainError) as refused:
        read_results(batch, came_back(batch, {1: PAID, 2: PAID}, edits))
    assert said in refused.value.message + refused.value.where
    assert not PaymentResult.objects.exists()


@pytest.mark.parametrize(
    ("results", "said"),
    [
        ([("paid", "")], "没有凭证号"),
        ([("returned", "")], "没有写原因"),
        ([("paid", "1"), ("paid", "1")], "出现了两次"),
    ],
)
def test_results_that_cannot_be_are_refused_whole(results: list[tuple[str, str]], said: str):
    batch = signed(count=1)
    told = [LineResult(number=1, kind=kind, on=AFTER, reference=text, reason="") for kind, text in results]
    with pytest.raises(DomainError) as refused:
        actions.record_results(batch, told, by=finance(), on=AFTER)
    assert said in refused.value.where
    assert not PaymentResult.objects.exists()


def test_an_account_whose_name_differs_from_the_payee_is_not_paid():
    fund: Fund = funds()[0]
    (claim,) = committed_claims(1, fund)
    claim.organisation.name = "改了名的公司"
    claim.organisation.save()
    with pytest.raises(DomainError, match="户名与收款人不一致"):
        actions.make_batch([claim], fund=fund, year=2020, by=finance(), on=AFTER)
    with pytest.raises(DomainError, match="资金不在"):
        actions.make_batch([claim], fund=fund, year=2021, by=finance(), on=AFTER)


def test_two_batches_never_hold_the_same_claim():
    batch = batch_of(1)
    with pytest.raises(WrongState):
        actions.make_batch(list(Claim.objects.all()), fund=batch.fund, year=2020, by=finance(), on=AFTER)
    line = batch.lines.get()
    line.pk, line.number = None, 2
    with pytest.raises(IntegrityError, match=r"redemption_payment_(on_its_way|does_not_fit)"), transaction.atomic():
        line.save(force_insert=True)


@pytest.mark.parametrize("table", ["redemption_paymentline", "redemption_paymentresult"])
def test_what_was_frozen_or_told_is_never_changed(table: str):
    batch = signed(count=1)
    actions.record_results(batch, read_results(batch, came_back(batch, {1: PAID})), by=finance(), on=date(2021, 1, 13))
    for change in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}"):
        with pytest.raises(IntegrityError, match="quintet:append_only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)
    with pytest.raises(IntegrityError, match="redemption_batch_is_frozen"), transaction.atomic():
        PaymentBatch.objects.update(sum_fen=1)


def test_files_carry_every_line_and_no_formula():
    fund = funds()[0]
    (claim, _other) = committed_claims(2, fund)
    claim.organisation.name = "=cmd|'/c calc'!A1"
    claim.organisation.save()
    by = member(claim.organisation, f"member-{claim.organisation_id}")
    actions.change_account(claim, account=account(claim.organisation, by, bank="=1+1"), by=by, on=AFTER)
    actions.confirm_account(claim, confirmed=True, by=officer(), on=AFTER)
    batch = signed(actions.make_batch(list(Claim.objects.all()), fund=fund, year=2020, by=finance(), on=AFTER))
    lines = bank_file(batch).decode("gb18030").splitlines()
    assert lines[0].startswith(f"{batch.number},2,200000.00,")
    assert all(not cell.startswith("=") for line in lines for cell in line.split(","))
    assert treasury_workbook(batch).getvalue().startswith(b"PK")
    assert read_results(batch, came_back(batch, {1: PAID}))[0].number == 1
    assert PaymentLine.objects.count() == 2


def test_batches_of_several_years_are_made_all_or_none():
    fund = funds()[0]
    actions.open_policy_year(policy(PACK), 2021, by=finance(), on=AFTER)
    appropriate(fund, 2021, 100_000_00, reference="示例财指9号", by=finance(), on=AFTER)
    first, second = cleared_claims(2)
    with without("quintet_claim_stays"):
        guards.changed(Claim.objects.filter(pk=second.pk), year=2021)
    second.refresh_from_db()
    claims = [actions.commit_claim(claim, fund=fund, by=finance(), on=AFTER) for claim in (first, second)]
    with without("quintet_claim_account_kept"):
        Claim.objects.filter(pk=second.pk).update(account=None)
    with pytest.raises(DomainError):
        actions.make_batches(claims, fund=fund, by=finance(), on=AFTER)
    assert not PaymentBatch.objects.exists()
    assert set(Claim.objects.values_list("state", flat=True)) == {"committed"}
    with without("quintet_claim_account_kept"):
        Claim.objects.filter(pk=second.pk).update(account=second.account)
    assert [batch.year for batch in actions.make_batches(claims, fund=fund, by=finance(), on=AFTER)] == [2020, 2021]


def test_facts_are_explained_before_the_audit_chain_is_locked(monkeypatch: pytest.MonkeyPatch):
    """G5: others who want to write lines do not wait for the engine."""
    locked: list[bool] = []
    explain = evaluation.explain

    def watched(*args: Any, **options: Any) -> Any:
        locked.append(getattr(audit._here, "log", None) is not None)
        return explain(*args, **options)

    monkeypatch.setattr(evaluation, "explain", watched)
    monkeypatch.setattr("quintet.policies.actions.explain", watched)
    committed_claims(1, funds()[0])
    assert locked
    assert not any(locked)


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("到账", "paid"), ("已到账", "paid"), ("已到帐", "paid"), ("入账成功", "paid"), ("入帐成功", "paid"), ("付款成功", "paid"), (" 支付成功 ", "paid"), ("成功", "paid"),
        ("退回", "returned"), ("已退票", "returned"), ("退汇", "returned"), ("付款失败", "returned"), ("交易失败", "returned"),
        ("部分成功", None), ("大概到了", None), ("处理中", None), ("未到账", None), ("不成功", None), ("成功失败", None), ("", None),
    ],
)  # fmt: skip
def test_a_result_is_read_as_banks_write_it_and_never_guessed(word: str, kind: str | None):
    assert kind_of(word) == kind


def test_banks_words_are_booked_and_what_is_not_done_yet_is_refused_as_that():
    batch = signed(count=2)
    paid_words, returned = ("入账成功", *PAID[1:]), ("退汇", *RETURNED[1:])
    assert [one.kind for one in read_results(batch, came_back(batch, {1: paid_words, 2: returned}))] == ["paid", "returned"]
    with pytest.raises(DomainError) as refused:
        read_results(batch, came_back(batch, {1: ("处理中", *PAID[1:]), 2: ("部分成功", *PAID[1:])}))
    assert refused.value.where == "第 5 行的“处理中”还不是结果，办完以前请留空；第 6 行的结果应为“到账”或“退回”，“部分成功”不能判断是哪一种"


def test_a_file_of_results_leaves_nothing_that_a_check_of_the_chain_tells_of(client: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("quintet.core.clock.today", lambda: date(2021, 1, 13))
    batch = signed()
    client.force_login(finance(), backend="django.contrib.auth.backends.ModelBackend")
    assert guards.problems() == []
    file = came_back(batch, {1: PAID, 2: RETURNED})
    file.name = "回盘.xlsx"
    assert client.post(f"/batches/{batch.pk}/results/", {"file": file}).status_code == 200
    made = ResultFile.objects.get()
    assert [finding.problem for finding in audit.verify()] == []
    assert client.post(f"/batches/{batch.pk}/results/{made.pk}/").status_code == 302
    assert PaymentBatch.objects.get().state == "done"
    assert ResultFile.objects.get().confirmed_at is not None
    assert [finding.problem for finding in audit.verify()] == []


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ((None, date(2021, 1, 13), "凭证1", ""), "没有结果，却填了“到账或退回日期、凭证号”"),
        ((None, None, None, "户名不符，退回"), "没有结果，却填了“退回原因”"),
        (("到账", date(2021, 1, 13), "凭证1", "户名不符，已退回"), "却填了退回原因"),
        ((*PAID[:3], None, "只付 50000"), "表外另写了内容"),
    ],
)
def test_what_the_bank_wrote_besides_is_not_passed_over(result: tuple[Any, ...], said: str):
    batch = signed(count=1)
    with pytest.raises(DomainError) as caught:
        read_results(batch, came_back(batch, {1: result}))
    assert said in caught.value.where


def test_a_voucher_is_typed_into_a_cell_of_text():
    with zipfile.ZipFile(treasury_workbook(signed(count=1))) as archive:
        sheet, styles = (archive.read(f"xl/{part}.xml").decode() for part in ("worksheets/sheet1", "styles"))
    (style,) = re.findall(r'<col min="10" max="10" [^>]*style="(\d+)"', sheet)
    formats = re.findall(r"<xf numFmtId=\"(\d+)\"", styles.partition("<cellXfs")[2])
    assert dict(re.findall(r'<numFmt numFmtId="(\d+)" formatCode="([^"]*)"', styles))[formats[int(style)]] == "@"
