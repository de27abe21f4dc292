"""The pages of the API as people meet them: wide and narrow, in both languages."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.api.callers import official, token_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("english", [False, True])
def test_the_reference_is_accessible_and_fits(visit: Any, width: int, english: bool):
    visitor = visit(width=width)
    page = visitor.open("/api/v1/docs/")
    if english:
        page.get_by_role("button", name="English").click()
        expect(page.locator("h1")).to_have_text("Open API")
        page.wait_for_load_state("load")
    for summary in page.locator("details.card summary").all()[:5]:
        summary.click()
    visitor.check()


@pytest.mark.parametrize("width", [1280, 390])
def test_a_token_is_made_seen_once_and_revoked(visit: Any, width: int):
    user = official()
    token_of(user)
    visitor = visit(width=width)
    visitor.sign_in(user)
    page = visitor.open("/my/tokens/")
    visitor.check()
    page.fill("#id_name", "园区系统")
    page.get_by_role("button", name="创建").click()
    assert page.locator("#secret").inner_text().startswith("qt_")
    visitor.check()
    page.get_by_role("button", name="撤销 园区系统").click()
    expect(page.get_by_text("已撤销")).to_have_count(1)
    expect(page.locator("#secret")).to_have_count(0)


def test_the_page_of_tokens_says_what_is_missing(visit: Any):
    visitor = visit()
    visitor.sign_in(official())
    page = visitor.open("/my/tokens/")
    page.fill("#id_expires_on", "2200-01-01")
    page.evaluate("document.querySelectorAll('main form').forEach(form => form.noValidate = true)")
    page.get_by_role("button", name="创建").click()
    expect(page.locator(".error-summary")).to_be_visible()
    visitor.check()
