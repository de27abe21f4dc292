"""Signing in, and what belongs to it, as people see it: wide and narrow, checked by axe."""

from datetime import date
from typing import Any

import pyotp
import pytest
from django.utils import timezone
from playwright.sync_api import expect

from quintet.core import second_factors
from quintet.core.models import RoleGrant, User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("width", [1280, 390])
def test_the_form_goes_on_after_the_password(visit: Any, make_user: Any, settings: Any, width: int):
    settings.SIGN_IN_AGAIN_MINUTES = 0
    visitor, user = visit(width=width), make_user(name="wang")
    visitor.sign_in(make_user("operator"))
    page = visitor.open(f"/accounts/{user.pk}/grant/")
    page.get_by_label("角色").select_option("applicant")
    page.get_by_label("依据").fill("任职文件一号")
    page.get_by_role("button", name="授予").click()
    expect(page.get_by_role("heading", name="请再次确认是您本人")).to_be_visible()
    visitor.check()
    page.get_by_label("的密码").fill("a long password")
    page.get_by_role("button", name="确认并继续").click()
    expect(page.get_by_text("已授予角色")).to_be_visible()
    assert user.grants.get().history.get().history_change_reason == "任职文件一号"


@pytest.mark.parametrize("width", [1280, 390])
def test_the_list_of_sessions(visit: Any, make_user: Any, width: int):
    user = make_user("officer", unit="stb")
    here, elsewhere = visit(width=width), visit(width=width)
    for visitor in (elsewhere, here):
        page = visitor.open("/sign-in/")
        page.get_by_label("用户名").fill(user.username)
        page.get_by_label("密码").fill("a long password")
        page.get_by_role("button", name="登录").click()
        expect(page.get_by_role("button", name="退出")).to_be_visible()
    page = here.open("/me/sessions/")
    here.check()
    page.get_by_role("button", name="退出其他所有登录").click()
    expect(page.get_by_text("已退出 1 个登录")).to_be_visible()
    expect(elsewhere.open("/me/").get_by_role("heading", name="登录")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 390])
def test_demo_accounts_tell_their_department(visit: Any, settings: Any, width: int):
    settings.DEMO = True
    for number, (unit, role) in enumerate([("stb", "officer"), ("finance", "officer"), ("finance", "finance_officer"), ("", "applicant")]):
        user = User.objects.create(username=f"demo-{number}", display_name=f"演示{number}")
        RoleGrant.objects.create(user=user, role=role, unit=unit, granted_on=date(2019, 1, 1))
    visitor = visit(width=width)
    page = visitor.open("/sign-in/")
    visitor.check()
    expect(page.get_by_role("link", name="演示1 经办人（市财政局）")).to_be_visible()
    heights = {box["height"] for box in (link.bounding_box() for link in page.locator(".accounts a").all())}
    assert max(heights) <= 48


def with_key(visitor: Any) -> Any:
    """Chromium's own authenticator, plugged in and touched at once."""
    devtools = visitor.context.new_cdp_session(visitor.page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "usb",
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return devtools


def enter(visitor: Any, user: User) -> Any:
    page = visitor.open("/sign-in/")
    page.get_by_label("用户名").fill(user.username)
    page.get_by_label("密码").fill("a long password")
    page.get_by_role("button", name="登录").click()
    return page


@pytest.mark.parametrize("width", [1280, 390])
def test_a_security_key_is_added_and_opens_the_second_step(visit: Any, make_user: Any, width: int):
    second_factors.demand(["officer"], by=make_user("operator"))
    user, visitor = make_user("officer", unit="stb"), visit(width=width)
    with_key(visitor)
    page = enter(visitor, user)
    expect(page.get_by_role("heading", name="添加验证器应用")).to_be_visible()
    visitor.check()
    page.get_by_role("link", name="改用安全密钥").click()
    page.get_by_label("名称").fill("蓝色密钥")
    visitor.check()
    page.get_by_role("button", name="添加").click()
    expect(page.get_by_role("heading", name="恢复码")).to_be_visible()
    visitor.check()
    page.get_by_role("link", name="已保存，继续").click()
    expect(page.get_by_role("button", name="移除 蓝色密钥")).to_be_visible()
    visitor.check()
    page.get_by_role("button", name="退出").click()
    page = enter(visitor, user)
    expect(page.get_by_role("heading", name="登录：第二步")).to_be_visible()
    visitor.check()
    page.get_by_role("button", name="使用安全密钥").click()
    expect(page.get_by_role("heading", name="今日工作")).to_be_visible()
    assert user.second_factors.get().last_count > 0


def test_another_key_opens_nothing(visit: Any, make_user: Any):
    user, owner, stranger = make_user(), visit(), visit()
    owner.sign_in(user)
    with_key(owner)
    page = owner.open("/me/second-factor/key/")
    page.get_by_role("button", name="添加").click()
    expect(page.get_by_role("heading", name="恢复码")).to_be_visible()
    with_key(stranger)
    page = enter(stranger, user)
    page.get_by_role("button", name="使用安全密钥").click()
    expect(page.get_by_text("安全密钥没有应答")).to_be_visible()
    assert stranger.open("/me/").url.endswith("/sign-in/?next=/me/")


@pytest.mark.parametrize("width", [1280, 390])
def test_without_scripts_an_app_does(visit: Any, make_user: Any, width: int):
    user, visitor = make_user("officer", unit="stb"), visit(width=width, javascript=False)
    page = enter(visitor, user)
    page = visitor.open("/me/second-factor/app/")
    secret = page.locator("code").inner_text().replace(" ", "")
    page.get_by_label("验证码").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="添加").click()
    recovery = page.locator(".codes code").first.inner_text()
    page.get_by_role("button", name="退出").click()
    page = enter(visitor, user)
    page.get_by_label("验证器应用的 6 位验证码，或一个恢复码").fill(recovery)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", name="今日工作")).to_be_visible()
    assert user.recovery_codes.filter(used_at=None).count() == 9


@pytest.mark.parametrize("width", [1280, 390])
def test_two_operators_reset_a_second_factor(visit: Any, make_user: Any, width: int):
    first, second, user = make_user("operator"), make_user("operator"), make_user("officer", unit="stb", name="wang")
    user.second_factors.create(kind="totp", name="手机", secret="JBSWY3DPEHPK3PXP", created_at=timezone.now())
    visitor = visit(width=width)
    visitor.sign_in(first)
    page = visitor.open(f"/accounts/{user.pk}/")
    page.get_by_role("link", name="重置第二因素").click()
    visitor.check()
    page.get_by_label("理由").fill("手机丢失")
    page.get_by_role("button", name="申请重置").click()
    other = visit(width=width)
    other.sign_in(second)
    page = other.open("/accounts/second-factor/")
    other.check()
    page.get_by_role("button", name="复核并重置").click()
    expect(page.get_by_text("已重置")).to_be_visible()
    assert not user.second_factors.exists()


@pytest.mark.parametrize("width", [1280, 390])
def test_my_information(visit: Any, make_user: Any, width: int):
    operator, user, visitor, desk = make_user("operator"), make_user("officer", unit="stb"), visit(width=width), visit(width=width)
    visitor.sign_in(user)
    page = visitor.open("/me/information/")
    visitor.check()
    page.get_by_label("内容").fill("姓名应为王静")
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text("已提交，15 日内答复")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="下载 Excel").click()
    assert download.value.suggested_filename == "my-information.xlsx"
    desk.sign_in(operator)
    page = desk.open("/accounts/personal/")
    desk.check()
    page.get_by_label("答复").fill("已更正")
    page.get_by_role("button", name="已办理").click()
    expect(page.get_by_text("已答复，并告知本人")).to_be_visible()
