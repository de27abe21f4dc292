"""From an entitlement to the payment and back to its clause, in a browser: offered, confirmed, checked, decided, noticed, paid."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import expect

from quintet.core import audit, clock, triggers
from quintet.ledger import check
from quintet.ledger.models import Fund
from quintet.redemption import actions
from quintet.redemption.models import Claim, Notice, Objection, PaymentBatch
from tests import guards
from tests.ledger.books import MILLION, YUAN, committed, finance
from tests.redemption.batches import came_back, cleared_claims, granted_claims, second_finance
from tests.redemption.city import incubator, newly_high_tech, run_of
from tests.redemption.claims import member, officer
from tests.redemption.test_commitments import funds

pytestmark = pytest.mark.django_db(transaction=True)
PAID = ("到账", date(2021, 1, 12), "凭证1", "")


@pytest.fixture
def on(settings: Any) -> Callable[[date], None]:
    """on(day): the city's today, as in a demo."""
    settings.DEMO = True
    clock.move_to(date(2021, 1, 4))
    return clock.move_to


def hand_in(page: Any, batch: PaymentBatch, results: dict[int, Any]) -> None:
    """The exported workbook, filled in and read back."""
    file = {"name": f"{batch.number}.xlsx", "mimeType": "application/octet-stream", "buffer": came_back(batch, results).getvalue()}
    page.set_input_files("input[name=file]", file)
    page.get_by_role("button", name="上传核对").click()


def everything_there(page: Any) -> None:
    """Every item of the form check looked at and found in order."""
    answers = page.locator(".do input[type=radio][value=yes][name^=item_]")
    assert answers.count() > 1
    for number in range(answers.count()):
        answers.nth(number).check()


def test_an_incubator_is_paid_without_applying_and_the_money_leads_back_to_its_clause(visit: Any, on: Any, make_user: Any):
    firm = newly_high_tech()
    incubator(firm)
    run_of()
    funds()
    applicant, one, two = member(firm), officer(), officer("officer2")

    desk = visit(also=(390,))
    desk.sign_in(one)
    page = desk.open("/city/?year=2020")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="发出确认邀请").click()
    expect(page.locator("main")).to_contain_text("新发出 2 件")

    home = visit(width=390, also=(1280,))
    home.sign_in(applicant)
    page = home.open("/my/claims/")
    home.check()
    page.get_by_role("link", name="国家级孵化器和众创空间奖励").click()
    expect(page.locator("main")).to_contain_text("200,000.00 元")
    home.check()
    page.fill("input[name=bank]", "示例银行盘锦分行")
    page.fill("input[name=number]", "6222 0212 3456 7890")
    page.get_by_role("button", name="确认领取").click()
    expect(page.locator("main")).to_contain_text("已确认，不用再交材料")
    home.check()

    page = desk.open("/desk/?tab=form_check")
    desk.check()
    page.get_by_role("link", name="示例众创空间").click()
    desk.check()
    everything_there(page)
    page.get_by_role("button", name="提交审查结果").click()
    page.get_by_label("予以兑现", exact=True).check()
    page.get_by_role("button", name="送复核").click()
    expect(page.locator("main")).to_contain_text("正在复核")

    second = visit(also=(390,))
    second.sign_in(two)
    page = second.open("/desk/")
    page.check("input[name=claim]")
    page.get_by_role("button", name="复核通过…").click()
    second.check()
    page.check("input[name=looked]")
    page.get_by_role("button", name="复核通过").click()
    second.check()
    page = second.open("/desk/?tab=granted")
    page.check("input[name=claim]")
    page.get_by_role("button", name="发布公示…").click()
    page.fill("input[name=title]", "2020年度第一批拟兑现名单公示")
    page.check("input[name=looked]")
    page.get_by_role("button", name="发布公示").click()
    second.check()

    stranger = visit(width=390, also=(1280,))
    page = stranger.open("/notices/")
    stranger.check()
    page.get_by_role("link", name="2020年度第一批拟兑现名单公示").click()
    expect(page.locator("main")).to_contain_text("200,000.00 元")
    stranger.check()
    for name in ("下载 Word", "下载 PDF"):
        with page.expect_download() as download:
            page.get_by_role("link", name=name).click()
        assert download.value.path().stat().st_size > 5_000

    on(date(2021, 1, 12))
    actions.go_on(on=clock.today())
    money = visit(also=(390,))
    money.sign_in(finance())
    page = money.open("/desk/")
    money.check()
    page.check("input[name=claim]")
    page.get_by_role("button", name="落实资金…").click()
    page.select_option("select[name=fund]", label="发展高新技术产业科技资金")
    page.get_by_role("button", name="落实资金").click()
    expect(page.locator("main")).to_contain_text("1 件，金额合计 200,000.00 元")
    page = money.open("/desk/?tab=committed")
    page.check("input[name=claim]")
    page.get_by_role("button", name="编制拨付批次…").click()
    page.get_by_role("button", name="编制拨付批次").click()
    expect(page.locator("main")).to_contain_text("等待另一位财政人员签发")
    money.check()
    batch = PaymentBatch.objects.get()

    signer = visit(also=(390,))
    signer.sign_in(second_finance())
    page = signer.open(f"/batches/{batch.pk}/")
    page.get_by_role("link", name="核对完整账号").click()
    page.get_by_label("查看理由").fill("与收款人提交的开户证明核对")
    page.get_by_role("button", name="记录理由并查看").click()
    expect(page.locator("main")).to_contain_text(batch.lines.get().account)
    signer.check()
    page = signer.open(f"/batches/{batch.pk}/")
    page.get_by_role("button", name="核对无误，签发").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="导出国库 Excel").click()
    assert download.value.suggested_filename == f"{batch.number}.xlsx"
    batch.refresh_from_db()
    hand_in(page, batch, {1: PAID})
    expect(page.locator("main")).to_contain_text("到账 1 笔 200,000.00 元，退回 0 笔")
    signer.check()
    page.get_by_role("button", name="确认入账").click()
    expect(page.locator("main")).to_contain_text("到账 1 笔")
    page = signer.open(f"/batches/{batch.pk}/")
    signer.check()

    page = home.open("/my/claims/?show=closed")
    expect(page.locator("main")).to_contain_text("已到账")
    page.get_by_role("link", name="国家级孵化器和众创空间奖励").click()
    home.check()

    auditor = visit(also=(390,))
    auditor.sign_in(make_user("auditor", unit="city"))
    page = auditor.open(f"/commitments/{Claim.objects.get(state='paid').commitment_id}/")
    auditor.check()
    page.get_by_role("link", name="证据链").click()
    for word in ("分录：拨付", "拨付批次", "公示", "决定", "评估", "条款"):
        expect(page.get_by_role("heading", name=word).first).to_be_visible()
    auditor.check()
    page.get_by_role("link", name="第19项任务 名下全部资金").click()
    expect(page.locator("main")).to_contain_text("200,000.00 元")
    auditor.check()
    page.get_by_role("link", name="盘政办发〔2019〕29号").click()
    expect(page.locator("main")).to_contain_text("第19项任务")
    assert guards.problems() == check.problems() == []


def test_an_objection_stops_one_line_of_ten_and_nine_are_paid(visit: Any, on: Any):
    fund = funds()[0]
    claims = granted_claims(10)
    notice = actions.publish_notice(claims, title="十家企业公示", by=officer("officer2"), on=clock.today())
    stranger = visit()
    page = stranger.open(f"/notices/{notice.pk}/")
    page.get_by_role("link", name="提出异议").nth(3).click()
    stranger.check()
    page.fill("input[name=objector]", "王建国")
    page.fill("input[name=contact]", "13800000000")
    page.fill("textarea[name=text]", "这家企业去年的认定证书已经被撤销，请核查。")
    page.get_by_role("button", name="提交异议").click()
    expect(page.locator("main")).to_contain_text("已收到您的异议")
    stranger.check()
    page = stranger.open(f"/notices/{notice.pk}/")
    expect(page.locator("main")).to_contain_text("异议渠道")
    page.wait_for_load_state("load")
    assert "异议核查中" not in page.content()
    assert "王建国" not in page.content()

    actions.accept_objection(Objection.objects.get(), by=officer("officer3"), on=clock.today())  # after a telephone call
    on(date(2021, 1, 12))
    assert actions.go_on(on=clock.today())["cleared"] == 9
    money = visit()
    money.sign_in(finance())
    page = money.open("/desk/")
    page.check("input[data-all=claim]")
    page.get_by_role("button", name="落实资金…").click()
    page.select_option("select[name=fund]", str(fund.pk))
    page.get_by_role("button", name="落实资金").click()
    expect(page.locator("main")).to_contain_text("9 件，金额合计 900,000.00 元")
    page = money.open("/desk/?tab=committed")
    page.check("input[data-all=claim]")
    page.get_by_role("button", name="编制拨付批次…").click()
    page.get_by_role("button", name="编制拨付批次").click()
    batch = actions.sign_batch(PaymentBatch.objects.get(), by=second_finance(), on=clock.today())
    page = money.open(f"/batches/{batch.pk}/")
    hand_in(page, batch, {number: ("到账", date(2021, 1, 12), f"凭证{number}", "") for number in range(1, 10)})
    page.get_by_role("button", name="确认入账").click()
    expect(page.locator("main")).to_contain_text("到账 9 笔")
    assert sorted(Claim.objects.values_list("state", flat=True)) == ["contested"] + ["paid"] * 9

    answering = visit()
    answering.sign_in(officer("officer3"))
    page = answering.open("/objections/?show=open")
    answering.check()
    page.get_by_role("link", name=Objection.objects.get().line.name).click()
    expect(page.locator("main")).to_contain_text("王建国")
    answering.check()
    page.get_by_label("异议成立，不予兑现").check()
    page.fill("textarea[name=finding]", "经核查，证书已撤销，异议成立。")
    page.get_by_role("button", name="答复").click()
    expect(page.locator("main")).to_contain_text("已送复核")
    assert Claim.objects.filter(state="refused").count() == 0
    confirming = visit()
    confirming.sign_in(officer("officer4"))
    page = confirming.open(f"/objections/{Objection.objects.get().pk}/")
    page.get_by_label("复核通过").check()
    page.locator("section.do", has_text="复核异议成立").get_by_role("button", name="提交").click()
    expect(page.locator("main")).to_contain_text("已答复")
    confirming.check()
    assert Claim.objects.filter(state="refused").count() == 1
    assert guards.problems() == check.problems() == []


def test_the_twenty_first_million_is_refused_in_a_sentence(visit: Any, on: Any):
    fund, other, _talents = funds(12 * MILLION)
    committed(other, 12 * MILLION, rule="national_rd_award", clause="T3")
    committed(fund, 8 * MILLION - 50_000 * YUAN, rule="provincial_rd_award", clause="T3")
    cleared_claims(1)
    on(date(2021, 1, 12))
    money = visit()
    money.sign_in(finance())
    page = money.open("/desk/")
    page.check("input[name=claim]")
    page.get_by_role("button", name="落实资金…").click()
    page.select_option("select[name=fund]", str(fund.pk))
    page.get_by_role("button", name="落实资金").click()
    expect(page.locator("main")).to_contain_text("合计上限 20,000,000.00 元")
    expect(page.locator("main")).to_contain_text("超出 50,000.00 元，不能承诺")
    money.check()
    assert Claim.objects.get().state == "cleared"


def test_an_auditor_finds_the_row_that_somebody_changed(visit: Any, on: Any, make_user: Any):
    fund: Fund = funds()[0]
    actions.commit_claim(cleared_claims(1)[0], fund=fund, by=finance(), on=date(2021, 1, 12))
    auditor = visit()
    auditor.sign_in(make_user("auditor", unit="city"))
    page = auditor.open(f"/claims/{Claim.objects.get().pk}/chain/")
    number = "".join(filter(str.isdigit, page.get_by_role("link", name=re.compile(r"第 \d+ 条")).first.inner_text()))
    page.get_by_role("link", name=f"第 {number} 条", exact=True).first.click()
    expect(page.locator("main")).to_contain_text("承诺")
    guards.drop(*(name for name, table in guards.installed().items() if table == "core_auditentry"))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_auditentry SET title = '承诺 1.00 元' WHERE number = %s", [number])
    try:
        page = auditor.open("/audit/")
        page.get_by_role("button", name="核对审计链").click()
        expect(page.locator("main")).to_contain_text(number)
        assert any(number in str(problem) for problem in audit.verify())
    finally:
        triggers.make_room()
        triggers.install()
    assert Notice.objects.count() == 1
