"""An auditor reads the chain and hands out a receipt; anybody checks it; on a desk and on a phone."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.core.test_audit import lines

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("width", [1280, 390])
def test_a_receipt_goes_from_the_auditor_to_the_public_page(visit: Any, make_user: Any, width: int):
    lines(60)
    visitor = visit(width=width)
    visitor.sign_in(make_user("auditor"))
    page = visitor.open("/audit/")
    visitor.check()
    page.get_by_role("link", name="58", exact=True).click()
    expect(page.locator("main")).to_contain_text("决定第 57 件")
    visitor.check()
    with page.expect_download() as download:
        page.get_by_role("link", name="下载回执").click()
    receipt = download.value.path().read_text(encoding="utf-8")

    stranger = visit(width=width)
    page = stranger.open("/audit/digests/")
    stranger.check()
    page.fill("textarea[name=receipt]", receipt)
    page.get_by_role("button", name="核对").click()
    expect(page.locator("main")).to_contain_text("与审计链中的第 58 条一致")
    stranger.check()
    page.fill("textarea[name=receipt]", receipt.replace("第 57 件", "第 58 件"))
    page.get_by_role("button", name="核对").click()
    expect(page.locator("main")).to_contain_text("内容被改动过")
    stranger.check()
