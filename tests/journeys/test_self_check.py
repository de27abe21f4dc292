"""The journeys of the self-check, from the home page to the reason."""

import io
from datetime import date
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import expect

from quintet.core import clock
from tests.redemption.applications import call_for
from tests.redemption.city import incubator, member_of, newly_high_tech, patent_loan, run_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _in_the_last_year_of_the_policy(settings: Any) -> None:
    settings.DEMO = True
    clock.move_to(date(2021, 12, 6))


def begin(page: Any, subject: str, year: str = "2020", on: str = "") -> None:
    page.goto("/check/")
    page.check(f"input[name=subject][value={subject}]")
    page.select_option("select[name=year]", year)
    if on:
        page.fill("input[name=on]", on)
    page.get_by_role("button", name="开始自测").click()


def answer_all(page: Any, answers: dict[str, str]) -> list[str]:
    """Answer each question as it comes; what is not in `answers` is not known. Returns the facts that were asked."""
    asked = []
    while "/result/" not in page.url:
        page.wait_for_load_state("load")
        fact = page.locator("#answer-form input[name=fact]").get_attribute("value")
        asked.append(fact)
        given = answers.get(fact)
        if given is None:
            page.get_by_role("button", name="不知道").click()
            continue
        radio = page.locator(f"#answer-form input[type=radio][value={given!r}]") if given.isidentifier() else page.locator("nothing")
        if radio.count():
            radio.check()
        else:
            page.fill("#answer-form input[name=answer]", given)
        page.get_by_role("button", name="继续").click()
        assert len(asked) < 40
    return asked


@pytest.mark.parametrize("width", [1280, 390])
def test_a_stranger_finds_the_award_of_a_new_high_tech_enterprise_and_reads_why(visit: Any, width: int):
    visitor = visit(width=width)
    page = visitor.open("/")
    page.locator("main input[name=q], .hero input[name=q]").first.fill("高企有奖励吗")
    page.locator("main input[name=q], .hero input[name=q]").first.press("Enter")
    page.get_by_role("link", name="第6项任务").first.click()
    expect(page.locator("main")).to_contain_text("10 万元")
    visitor.check()
    begin(page, "enterprise")
    visitor.check()
    asked = answer_all(page, {"high_tech_recognised": "yes", "high_tech_recognised_on": "2020-09-15", "high_tech_earlier": "no"})
    assert asked == ["high_tech_recognised", "high_tech_recognised_on", "high_tech_earlier", "high_tech_expires_on"]
    expect(page.locator("#high_tech_award")).to_contain_text("100,000.00 元")
    expect(page.locator("#high_tech_award")).to_contain_text("高新技术企业发证日期在2020年内")
    visitor.check()


def loan_answers(principal: str) -> dict[str, str]:
    return {
        "pledge": "intellectual_property", "released": "yes", "principal": principal, "drawn_on": "2019-12-31", "due_on": "2020-12-30",
        "interest_paid": "3000000",
    }  # fmt: skip


def test_a_loan_of_ten_million_shows_its_subsidy_to_the_fen_and_thirty_million_the_limit(visit: Any):
    page = visit().open("/check/")
    begin(page, "loan")
    answer_all(page, loan_answers("1000万元"))
    expect(page.locator("#loan_interest_subsidy")).to_contain_text("220,520.83 元")
    begin(page, "loan")
    answer_all(page, loan_answers("30000000"))
    expect(page.locator("#loan_interest_subsidy")).to_contain_text("按公式为 661,562.50 元")
    expect(page.locator("#loan_interest_subsidy")).to_contain_text("500,000.00 元")


@pytest.mark.parametrize(("width", "javascript"), [(1280, True), (390, False)])
def test_an_enterprise_with_two_loans_reaches_the_limit_of_the_subsidy_and_gets_it_back(visit: Any, width: int, javascript: bool):
    visitor = visit(width=width, javascript=javascript)
    page = visitor.open("/check/")
    begin(page, "enterprise")
    answer_all(page, {"high_tech_recognised": "yes", "high_tech_recognised_on": "2020-09-15", "high_tech_earlier": "no"})
    page.get_by_text("要一起算吗").click()
    page.get_by_role("button", name="＋ 贷款").click()
    assert "drawn_on" in answer_all(page, loan_answers("1000万元"))
    expect(page.locator(".sum").nth(0)).to_have_text("10 万元")
    expect(page.locator(".sum").nth(1)).to_have_text("22.05 万元")
    page.get_by_role("button", name="＋ 贷款").click()
    expect(page.locator("main")).to_contain_text("贷款 2 ·")
    answer_all(page, loan_answers("3000万元"))
    expect(page.locator(".sum").nth(1)).to_have_text("50 万元")
    expect(page.locator("#loan-2-loan_interest_subsidy")).to_contain_text("按公式为 661,562.50 元")
    expect(page.locator("#loan-2-loan_interest_subsidy")).to_contain_text("排在前面的已用 220,520.83 元，这一项还可得 279,479.17 元")
    if javascript:
        visitor.check()
    page.get_by_role("link", name="改 贷款本金").last.click()
    expect(page.locator("#answer")).to_have_value("30000000.00")
    answer_all(page, {"principal": "100万元"})
    expect(page.locator(".sum").nth(1)).to_have_text("24.26 万元")
    page.get_by_role("button", name="移除 贷款 1").click()
    expect(page.locator(".sum").nth(1)).to_have_text("2.21 万元")
    result = page.url
    page.get_by_role("link", name="可以分享的链接").click()
    expect(page.locator("main")).to_contain_text("22,052.08 元")
    assert page.request.get(page.get_by_role("link", name="PDF").get_attribute("href")).body().startswith(b"%PDF")
    page.goto(result)
    page.get_by_role("button", name="移除 贷款").click()
    expect(page.locator("#high_tech_award")).to_contain_text("100,000.00 元")


@pytest.mark.parametrize("width", [1280, 390])
def test_a_founder_with_a_doctorate_sees_each_year_up_to_the_end_of_the_policy(visit: Any, width: int):
    visitor = visit(width=width)
    page = visitor.open("/check/")
    begin(page, "talent")
    answers = {
        "phd": "yes",
        "full_time_degree": "yes",
        "graduated_on": "2018-06-30",
        "founded": "yes",
        "founded_on": "2020-05-01",
        "first_business": "yes",
    }
    answer_all(page, answers)
    card = page.locator("#founder_subsidy")
    expect(card).to_contain_text("第1年可获得 36,000.00 元；政策期内共2年，逐年决定；以后年度（2022年）须有后续政策")
    expect(card.locator(".amount")).to_have_text("3.6 万元")
    expect(card).not_to_contain_text("108,000.00")
    visitor.check()


@pytest.mark.parametrize("width", [1280, 390])
def test_a_talent_with_a_contract_of_thirty_years_is_told_what_2021_pays(visit: Any, width: int):
    call_for(
        "salary_subsidy",
        unit="party_organisation",
        year=2021,
        opens_on=date(2021, 12, 1),
        closes_on=date(2021, 12, 20),
        on=date(2021, 11, 20),
    )
    visitor = visit(width=width)
    page = visitor.open("/check/")
    begin(page, "talent", year="2021")
    answers = {
        "category": "international_top",
        "first_full_time": "yes",
        "brought_in_on": "2021-12-01",
        "contract_years": "30",
        "review_passed": "yes",
        "newly_brought_in": "no",
    }
    answer_all(page, answers)
    card = page.locator("#salary_subsidy")
    expect(card).to_contain_text("政策期内共1年，逐年决定；以后年度（2022年至2050年）须有后续政策")
    expect(card.locator(".amount")).to_have_text("15 万元")
    expect(page.locator(".sum").nth(1)).to_have_text("15 万元")
    expect(page.locator("main")).not_to_contain_text("4,500,000")
    visitor.check()


def test_a_card_that_awaits_a_decision_does_not_ask_for_a_confirmation_alone(visit: Any):
    page = visit().open("/check/")
    begin(page, "enterprise")
    answer_all(page, {"high_tech_recognised": "yes", "high_tech_recognised_on": "2020-09-15", "high_tech_earlier": "yes"})
    card = page.locator("#high_tech_award")
    expect(card).to_contain_text("等待市科技局认定；认定之前没有要确认的")
    expect(card).not_to_contain_text("确认领取即可")
    expect(page.get_by_text("政策包版本")).not_to_be_visible()
    page.get_by_text("技术信息").click()
    expect(page.get_by_text("政策包版本")).to_be_visible()


def test_on_the_first_of_march_2022_the_policy_says_that_it_has_ended(visit: Any):
    visitor = visit()
    page = visitor.open("/check/")
    begin(page, "enterprise", on="2022-03-01")
    answer_all(page, {"high_tech_recognised": "yes", "high_tech_recognised_on": "2022-02-15", "high_tech_earlier": "no"})
    expect(page.locator(".band")).to_contain_text("已于2021年12月31日到期失效")
    expect(page.locator("main")).not_to_contain_text("100,000.00")
    visitor.check()


def test_the_ladder_says_how_far_the_next_rung_is(visit: Any):
    visitor = visit()
    page = visitor.open("/check/")
    begin(page, "enterprise")
    answer_all(page, {"high_tech_recognised": "no"})
    page.get_by_role("button", name="再看下一级台阶还差什么").click()
    answer_all(page, {"resident": "yes", "staff": "120", "revenue": "40000000", "total_assets": "50000000"})
    expect(page.locator("#ladder")).to_contain_text("项条件中已满足")
    visitor.check()


def test_the_self_check_works_without_scripts_on_a_phone(visit: Any):
    visitor = visit(width=390, javascript=False)
    page = visitor.open("/check/")
    begin(page, "enterprise")
    answer_all(page, {"high_tech_recognised": "yes", "high_tech_recognised_on": "2020-09-15", "high_tech_earlier": "no"})
    expect(page.locator("#high_tech_award")).to_contain_text("100,000.00 元")


@pytest.mark.parametrize("width", [1280, 390])
def test_an_officer_reads_the_city_follows_a_line_to_its_reason_and_exports(visit: Any, make_user: Any, width: int):
    firm = newly_high_tech(name="示例新材料有限公司")
    incubator(firm)
    patent_loan(firm, 30_000_000)
    run_of()
    visitor = visit(width=width)
    visitor.sign_in(make_user("officer", unit="stb"))
    page = visitor.open("/city/?year=2020")
    expect(page.locator("main")).to_contain_text("80 万元")
    visitor.check()
    page.goto("/city/entitlements/?year=2020")
    visitor.check()
    page.get_by_role("link", name="新认定高新技术企业奖励").first.click()
    expect(page.locator("main")).to_contain_text("可获得 100,000.00 元")
    visitor.check()
    page.goto("/city/entitlements/?year=2020&clause=T6")
    page.locator("details.export summary").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="导出").click()
    rows = list(openpyxl.load_workbook(io.BytesIO(download.value.path().read_bytes())).active.iter_rows(values_only=True))
    assert [row[0] for row in rows] == ["条款", *["第6项任务"] * (len(rows) - 1)]
    assert len(rows) > 1


def test_a_member_sees_what_the_organisation_may_get_year_by_year(visit: Any, make_user: Any):
    firm, user = newly_high_tech(), make_user("applicant")
    member_of(user, firm)
    visitor = visit()
    visitor.sign_in(user)
    page = visitor.open("/my/entitlements/?year=2020")
    expect(page.locator("#high_tech_award")).to_contain_text("100,000.00 元")
    visitor.check()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", ["/policies/", "/policies/panjin-2019-29/", "/policies/panjin-2019-29/clauses/T13/", "/check/upload/"])
def test_the_library_is_accessible_and_fits(visit: Any, path: str, width: int):
    visitor = visit(width=width)
    visitor.open(path)
    visitor.check()
