"""A pilot-scale project is registered first, accepted later, and granted by decision after an expert review with one recusal (T9), in a browser."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import expect

from quintet.core import clock
from quintet.core.models import User
from quintet.demo.papers import one_page
from quintet.redemption import actions
from quintet.redemption.models import Claim, Panel
from tests.duties import keeps_every_register
from tests.journeys.test_money import everything_there
from tests.redemption.applications import experts
from tests.redemption.city import newly_high_tech
from tests.redemption.claims import member, officer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def on(settings: Any, tmp_path: Any) -> Callable[[date], None]:
    settings.DEMO, settings.MEDIA_ROOT = True, tmp_path
    clock.move_to(date(2019, 9, 2))
    return clock.move_to


def test_a_pilot_project_registered_first_is_granted_after_a_review_with_one_recusal(visit: Any, on: Any):
    keeps_every_register("stb")
    firm = newly_high_tech()
    applicant, one, two = member(firm), officer(), officer("officer2")
    people = experts(8)
    actions.add_tie(people[0].person, holds=firm, by=two, on=date(2020, 1, 6))

    # registered first: the project enters the register of the technology market
    desk = visit(also=(390,))
    desk.sign_in(one)
    page = desk.open("/market/projects/add/")
    page.fill("input[name=number]", "P2019001")
    page.fill("input[name=name]", "示例催化剂中试项目")
    page.fill("input[name=organisation]", firm.name)
    page.select_option("select[name=cooperation]", "true")
    page.select_option("select[name=stage]", "laboratory")
    page.fill("input[name=registered_on]", "2019-09-02")
    page.get_by_role("button", name="保存").click()
    expect(page.locator("main")).to_contain_text("示例催化剂中试项目")

    # a year later it is at pilot scale and accepted
    on(date(2020, 10, 9))
    page.get_by_role("link", name="修改").first.click()
    page.select_option("select[name=stage]", "pilot")
    page.fill("input[name=stage_reached_on]", "2020-06-01")
    page.fill("input[name=accepted_on]", "2020-09-01")
    page.get_by_role("button", name="保存").click()
    expect(page.locator("main")).to_contain_text("2020年9月1日")

    page = desk.open("/calls/add/")
    desk.check()
    page.select_option("select[name=rule]", "transfer_grant")
    page.select_option("select[name=year]", "2020")
    page.fill("input[name=opens_on]", "2020-10-12")
    page.fill("input[name=closes_on]", "2020-11-30")
    page.fill("input[name=contact]", "市科技局 0427-0000000")
    page.get_by_role("button", name="发布", exact=True).click()
    expect(page.locator("main")).to_contain_text("即将开始")
    desk.check()

    # the enterprise finds the call, reads the guide and applies
    on(date(2020, 10, 13))
    home = visit(width=390, also=(1280,))
    home.sign_in(applicant)
    page = home.open("/calls/")
    home.check()
    page.get_by_role("link", name="成果转化项目后补助").click()
    home.check()
    page.get_by_role("link", name="开始申报").click()
    home.check()
    page.get_by_role("button", name="申报这一项").click()
    home.check()
    page.fill("input[name=contact]", "王经办")
    page.fill("input[name=phone]", "0427-0000001")
    page.fill("textarea[name=text]", "中试线已连续运行三个月。")
    with page.expect_response(lambda answer: answer.url.endswith("/save/") and "text=" in (answer.request.post_data or "")):
        page.locator("h1").click()
    expect(page.locator("#saved")).to_contain_text("已保存")
    page.reload()
    expect(page.locator("textarea[name=text]")).to_have_value("中试线已连续运行三个月。")
    assert Claim.objects.count() == 1
    for number, paper in enumerate(("立项文件", "产学研合作协议", "验收意见", "项目经费专账或审计报告"), 1):
        page.set_input_files(
            f"#file-{number}",
            {"name": f"{paper}.pdf", "mimeType": "application/pdf", "buffer": one_page("", comment=b"% " + paper.encode() + b"\n")},
        )
        page.get_by_role("button", name=f"上传 {paper}").click()
        expect(page.locator("#papers")).to_contain_text(f"{paper}.pdf")
    page.fill("input[name=bank]", "示例银行盘锦分行")
    page.fill("input[name=number]", "6222021234567890")
    page.get_by_role("button", name="用这个账户").click()
    expect(page.locator("#account")).to_contain_text("****7890")
    home.check()
    page.check("input[name=pledged]")
    page.get_by_role("button", name="提交申报").click()
    expect(page.locator("main")).to_contain_text("已提交")
    home.check()

    # the department checks, finds the project significant, and sends it to the experts
    claim = Claim.objects.get()
    page = desk.open(f"/claims/{claim.pk}/")
    desk.check()
    everything_there(page)
    page.get_by_role("button", name="提交审查结果").click()
    page.check("input[name=value][value=yes]")
    page.fill("textarea[name=reason]", "带动三家配套企业。")
    page.locator("section.do", has_text="由本部门认定的事实").get_by_role("button").click()
    expect(page.locator("main")).to_contain_text("500,000.00 元")
    page.locator("section.do", has_text="部门初审").locator("textarea").fill("同意送专家评审。")
    page.locator("section.do", has_text="部门初审").get_by_role("button").click()
    page.get_by_role("button", name="随机抽取").click()
    expect(page.locator("main")).to_contain_text("抽取前排除 1 人")
    desk.check()

    panel = Panel.objects.get()
    assert people[0].pk not in panel.pool
    seats = list(panel.seats.order_by("number"))
    for place, seat in enumerate(seats):
        sitting = visit(width=390, also=(1280,))
        sitting.sign_in(seat.expert.person.user)
        page = sitting.open("/reviews/")
        if place < 2:
            sitting.check()
        page.get_by_role("link", name="示例催化剂中试项目").click()
        if place == 0:  # this one recuses, and the next of the order is invited
            page.check("input[name=free][value=no]")
            page.fill("textarea[name=reason]", "项目负责人是我的学生")
            sitting.check()
            page.get_by_role("button", name="提交声明").click()
            expect(page.locator("main")).to_contain_text("您已回避")
            following = panel.seats.get(number=6)
            seats.append(following)
            continue
        page.check("input[name=free][value=yes]")
        page.get_by_role("button", name="提交声明").click()
        if place == 1:
            sitting.check()
            expect(page.locator("main")).to_contain_text("立项文件.pdf")
            expect(page.locator("main")).not_to_contain_text("专家2")
        score(page)
    page = desk.open(f"/claims/{claim.pk}/")
    page.get_by_role("button", name="汇总并进入下一环节").click()
    expect(page.locator("main")).to_contain_text("80.00")
    desk.check()

    for unit in ("finance", "counties"):
        voter = visit(also=(390,))
        voter.sign_in(officer(f"voter-{unit}", unit=unit))
        page = voter.open("/desk/")
        page.get_by_role("link", name="示例催化剂中试项目").click()
        page.check("input[name=agree][value=agree]")
        voter.check()
        page.locator("section.do", has_text="部门联审表决").get_by_role("button").click()
        expect(page.locator("main")).to_contain_text("已办理")

    page = desk.open(f"/claims/{claim.pk}/")
    page.get_by_label("予以兑现", exact=True).check()
    page.locator("section.do", has_text="提出决定").locator("textarea").fill("按专家意见和专账核定。")
    page.fill("input[name=amount]", "450000")
    page.get_by_role("button", name="送复核").click()
    second = visit(also=(390,))
    second.sign_in(two)
    page = second.open(f"/claims/{claim.pk}/")
    second.check()
    page.get_by_label("复核通过", exact=True).check()
    page.locator("section.do", has_text="复核决定").get_by_role("button").click()
    claim.refresh_from_db()
    assert (claim.state, claim.decided_fen) == ("granted", 45_000_000)
    page = second.open(f"/claims/{claim.pk}/chain/")
    expect(page.locator("main")).to_contain_text("专家评审")
    expect(page.locator("main")).to_contain_text("部门联审")
    second.check()


def score(page: Any) -> None:
    for name, points in (("novelty", 24), ("benefit", 24), ("maturity", 16), ("accounts", 16)):
        page.fill(f"input[name=points_{name}]", str(points))
    page.fill("textarea[name=opinion]", "技术可行，专账清楚。")
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="提交评分").click()
    expect(page.locator("main")).to_contain_text("您的评分")


def test_a_draft_is_kept_without_scripts_too(visit: Any, on: Any, settings: Any):
    from tests.redemption.applications import draft

    clock.move_to(date(2020, 11, 2))
    claim = draft()
    plain = visit(javascript=False)
    plain.sign_in(User.objects.get(username="member"))
    page = plain.open(f"/my/claims/{claim.pk}/")
    page.fill("input[name=contact]", "王经办")
    page.get_by_role("button", name="保存草稿").click()
    expect(page.locator("main, .messages").first).to_contain_text("草稿已保存")
    claim.refresh_from_db()
    assert claim.contact == "王经办"


def test_what_was_typed_while_the_session_had_ended_comes_back_after_signing_in(visit: Any, on: Any, settings: Any):
    from tests.redemption.applications import draft

    clock.move_to(date(2020, 11, 2))
    claim = draft()
    window = visit()
    window.sign_in(User.objects.get(username="member"))
    page = window.open(f"/my/claims/{claim.pk}/")
    window.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.fill("textarea[name=text]", "这段话在会话过期后写下。")
    page.locator("h1").click()
    page.wait_for_url("**/sign-in/**")
    assert f"next=/my/claims/{claim.pk}/" in page.url
    window.sign_in(User.objects.get(username="member"))
    with page.expect_response(lambda answer: answer.url.endswith("/save/")):
        page.goto(f"/my/claims/{claim.pk}/")
    expect(page.locator("textarea[name=text]")).to_have_value("这段话在会话过期后写下。")
    claim.refresh_from_db()
    assert claim.text == "这段话在会话过期后写下。"
