"""Signing in, and what belongs to it, as people see it: wide and narrow, checked by axe."""

from datetime import date
from typing import Any

import pytest
from playwright.sync_api import expect

from quintet.core.models import RoleGrant, User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("width", [1280, 390])
def test_the_form_goes_on_after_the_password(visit: Any, make_user: Any, settings: Any, width: int):
    settings.SIGN_IN_AGAIN_MINUTES = 0
    visitor, user = visit(width=width), make_user(name="wang")
    visitor.sign_in(make_user("operator"))
    page = visitor.open(f"/accounts/{user.pk}/grant/")
    page.get_by_label("角色").select_option("leader")
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
