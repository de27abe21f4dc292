"""The pages as people meet them: wide and narrow, in both languages, with and without scripts."""

from typing import Any

import pytest
from playwright.sync_api import expect

from quintet.core.models import Job

pytestmark = pytest.mark.django_db(transaction=True)

PAGES = ["/", "/search/?q=首页", "/search/?q=无此物", "/sign-in/", "/components/", "/accessibility/"]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", PAGES)
def test_public_pages_are_accessible_and_fit(visit: Any, path: str, width: int):
    visitor = visit(width=width)
    visitor.open(path)
    visitor.check()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", ["/work/", "/me/", "/me/password/"])
def test_the_pages_of_an_officer_are_accessible_and_fit(visit: Any, make_user: Any, path: str, width: int):
    visitor = visit(width=width)
    visitor.sign_in(make_user("officer", unit="stb"))
    visitor.open(path)
    visitor.check()


@pytest.mark.parametrize("width", [1280, 390])
def test_the_pages_of_an_operator_are_accessible_and_fit(visit: Any, make_user: Any, width: int):
    operator, second_operator, officer = make_user("operator"), make_user("operator"), make_user("officer", unit="stb")
    visitor = visit(width=width)
    visitor.sign_in(operator)
    own = f"/accounts/{officer.pk}"
    grant = f"/accounts/grants/{officer.grants.get().pk}"
    for path in (
        "/accounts/",
        "/accounts/add/",
        f"{own}/",
        f"{own}/edit/",
        f"{own}/grant/",
        f"{own}/active/",
        f"{own}/person/",
        f"{grant}/revoke/",
    ):
        visitor.open(path)
        visitor.check()
    page = visitor.open(f"{own}/")
    page.locator(f"form[action='{own}/password-link/'] button").click()
    visitor.check()
    second = visit(width=width)
    second.sign_in(second_operator)
    page = second.open("/accounts/proposals/")
    second.check()
    page.get_by_role("button", name="复核").first.click()
    second.check()
    stranger = visit(width=width)
    stranger.open(page.locator("#link").inner_text())
    stranger.check()


def test_signing_in_switching_the_language_and_signing_out(visit: Any, make_user: Any):
    make_user("officer", name="wang")
    page = visit().open("/me/")
    page.fill("#id_username", "wang")
    page.fill("#id_password", "a long password")
    page.click("main button")
    page.get_by_role("button", name="English").click()
    expect(page.locator("h1")).to_have_text("My account")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()


def test_search_without_scripts(visit: Any):
    page = visit(javascript=False).open("/")
    page.fill("#site-search", "首页")
    page.keyboard.press("Enter")
    expect(page.locator(".hits a").first).to_have_text("首页")


def test_the_keyboard_reaches_the_content_first_and_the_search_by_a_key(visit: Any):
    page = visit().open("/accessibility/")
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "跳到正文"
    page.keyboard.press("/")
    assert page.locator(":focus").get_attribute("id") == "site-search"


def test_the_errors_of_a_form_are_accessible(visit: Any, make_user: Any):
    visitor = visit()
    visitor.sign_in(make_user())
    page = visitor.open("/me/password/")
    page.evaluate("document.querySelector('main form').noValidate = true")
    page.locator("main button").click()
    expect(page.locator(".error-summary")).to_be_focused()
    visitor.check()


def test_a_job_is_followed_until_it_ends(visit: Any, make_user: Any):
    job = Job.objects.create(kind="导入企业名录", function="none", created_by=make_user("officer"), state="running", done=1, total=4)
    visitor = visit()
    visitor.sign_in(job.created_by)
    page = visitor.open(f"/jobs/{job.pk}/")
    assert "已完成 1 / 4" in page.locator("main").inner_text()
    visitor.check()
    job.advance(3, 4, "就快好了")
    page.get_by_text("就快好了").wait_for()
    job.succeed({"url": "/me/"})
    page.get_by_role("link", name="查看结果").click()
    expect(page.locator("h1")).to_have_text("我的账号")


class TestTheMenuOfWork:
    """Folded on a phone, beside the page on a desk; both by keyboard, and open where there are no scripts."""

    def test_on_a_phone_it_is_folded_and_opens_by_keyboard(self, visit: Any, make_user: Any):
        visitor = visit(width=390)
        visitor.sign_in(make_user("officer", unit="stb"))
        page = visitor.open("/work/")
        menu = page.get_by_role("navigation", name="工作导航")
        link = menu.get_by_role("link", name="全部申报")
        expect(link).to_be_hidden()
        assert menu.bounding_box()["height"] < 60
        visitor.check()
        summary = menu.locator("summary")
        expect(summary).to_have_text("菜单 今日工作")
        summary.focus()
        page.keyboard.press("Enter")
        expect(link).to_be_visible()
        visitor.check()
        page.keyboard.press("Tab")
        expect(menu.get_by_role("link").first).to_be_focused()
        link.click()
        expect(page).to_have_url(f"{visitor.address}/claims/")
        expect(menu.get_by_role("link").first).to_be_hidden()

    def test_on_a_desk_it_is_open_and_has_no_fold(self, visit: Any, make_user: Any):
        visitor = visit()
        visitor.sign_in(make_user("officer", unit="stb"))
        page = visitor.open("/work/")
        menu = page.get_by_role("navigation", name="工作导航")
        expect(menu.get_by_role("link", name="全部申报")).to_be_visible()
        expect(menu.locator("summary")).to_be_hidden()
        page.set_viewport_size({"width": 390, "height": 800})
        expect(menu.get_by_role("link", name="全部申报")).to_be_hidden()
        page.set_viewport_size({"width": 1280, "height": 800})
        expect(menu.get_by_role("link", name="全部申报")).to_be_visible()

    def test_without_scripts_it_is_open(self, visit: Any, make_user: Any):
        visitor = visit(width=390, javascript=False)
        visitor.sign_in(make_user("officer", unit="stb"))
        expect(visitor.open("/work/").get_by_role("navigation", name="工作导航").get_by_role("link", name="全部申报")).to_be_visible()
