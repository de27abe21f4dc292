"""An official signs in through the city's identity provider, with a second factor, and signs a grant of a role."""

from typing import Any

import pyotp
import pytest
from django.utils import timezone
from playwright.sync_api import expect

from quintet.core import second_factors
from quintet.core.models import OutsideIdentity
from tests.web.provider import DOCTOR, OFFICER, provider, settings_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("width", [1280, 390])
def test_an_official_signs_in_with_a_second_factor_through_the_provider(visit: Any, make_user: Any, settings: Any, width: int):
    operator, official = make_user("operator"), make_user("officer", unit="stb", name="wang")
    second_factors.demand(["officer"], by=operator)
    with provider(OFFICER, DOCTOR) as city:
        settings.OIDC = settings_for(city)
        OutsideIdentity.objects.create(
            issuer=city, subject=OFFICER["sub"], user=official, first_seen_at=timezone.now(), linked_at=timezone.now()
        )
        visitor = visit(width=width)
        page = visitor.open("/sign-in/")
        visitor.check()
        page.get_by_role("link", name="通过市统一身份认证登录").click()
        page.get_by_role("button", name=OFFICER["sub"]).click()
        expect(page.get_by_role("heading", name="添加验证器应用")).to_be_visible()
        app = pyotp.TOTP(page.locator("code").inner_text().replace(" ", ""))
        page.get_by_label("验证码").fill(app.now())
        page.get_by_role("button", name="添加").click()
        recovery = page.locator(".codes code").first.inner_text()
        page.get_by_role("button", name="退出").click()
        visitor.check()
        page.goto("/sign-in/")
        page.get_by_role("link", name="通过市统一身份认证登录").click()
        page.get_by_role("button", name=OFFICER["sub"]).first.click()
        expect(page.get_by_role("heading", name="登录：第二步")).to_be_visible()
        page.get_by_label("验证器应用的 6 位验证码，或一个恢复码").fill(recovery)
        page.get_by_role("button", name="登录").click()
        expect(page.get_by_role("heading", name="今日工作")).to_be_visible()
        page.goto("/me/sessions/")
        expect(page.get_by_text("本机")).to_be_visible()
        # The provider's own page asks for a style sheet elsewhere, and has no icon.
        theirs = ("ERR_NAME_NOT_RESOLVED", "404 (Not Found)")
        visitor.complaints = [text for text in visitor.complaints if not any(part in text for part in theirs)]


@pytest.mark.parametrize("width", [1280, 390])
def test_an_operator_says_whose_an_identity_is(visit: Any, make_user: Any, width: int):
    operator, official = make_user("operator"), make_user("officer", unit="stb", name="wang")
    OutsideIdentity.objects.create(issuer="https://id.example", subject="7", shown_name="王静", first_seen_at=timezone.now())
    visitor = visit(width=width)
    second = make_user("operator", name="second")
    visitor.sign_in(operator)
    page = visitor.open("/accounts/identities/")
    visitor.check()
    page.get_by_label("用户名").fill("wang")
    page.get_by_role("button", name="关联", exact=True).click()
    expect(page.get_by_text("等待另一位系统管理员复核").first).to_be_visible()
    visitor.check()
    assert OutsideIdentity.objects.get().user is None
    other = visit(width=width)
    other.sign_in(second)
    page = other.open("/accounts/proposals/")
    other.check()
    page.get_by_role("button", name="复核", exact=False).first.click()
    expect(page.get_by_text("即时生效")).to_be_visible()
    other.check()
    assert OutsideIdentity.objects.get().user == official
