"""A finance officer opens a year, books an appropriation and reads a fund; with and without scripts, on a phone, in English."""

from typing import Any

import pytest
from playwright.sync_api import expect

from quintet.ledger import actions as ledger
from quintet.ledger.models import Fund
from tests.ledger.books import YUAN, committed, finance

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("width", [1280, 390])
def test_a_finance_officer_opens_a_year_and_follows_the_money(visit: Any, make_user: Any, width: int):
    visitor = visit(width=width)
    visitor.sign_in(make_user("finance_officer", unit="finance"))
    page = visitor.open("/funds/")
    visitor.check()
    page.select_option("#open-year", "2020")
    page.get_by_role("button", name="开立年度").click()
    expect(page.locator("main")).to_contain_text("上限内还余 2,000 万元")
    visitor.check()
    page.get_by_role("link", name="发展高新技术产业科技资金").click()
    expect(page.locator("main")).to_contain_text("尚未记账")
    visitor.check()
    page.get_by_role("link", name="登记安排").click()
    page.get_by_role("button", name="提交复核").click()
    visitor.check()
    page.fill("input[name=amount]", "8000000")
    page.fill("input[name=reference]", "财指〔2020〕1号")
    page.get_by_role("button", name="提交复核").click()
    expect(page.locator("main")).to_contain_text("须由另一位财政人员复核后入账")
    visitor.check()
    assert not Fund.objects.get(code="high_tech").entries.exists(), "nothing is booked by one person"
    visitor.sign_in(make_user("finance_officer", unit="finance"))
    page.reload()
    visitor.check()
    page.get_by_label("与下达文件一致，入账").check()
    page.get_by_role("button", name="提交复核").click()
    expect(page.locator("main")).to_contain_text("8,000,000.00 元")
    fund = Fund.objects.get(code="high_tech")
    today = fund.entries.get().booked_on
    commitment = committed(fund, 200_000 * YUAN, on=today, clause="T19", rule="national_incubator_award", payee="示例孵化器")
    ledger.pay(commitment, 200_000 * YUAN, key="p", reference="凭证1", by=finance(), on=today)
    page.get_by_role("link", name="发展高新技术产业科技资金").click()
    visitor.check()
    page.get_by_role("link", name="示例孵化器").first.click()
    expect(page.locator("main")).to_contain_text("国家级孵化器和众创空间奖励")
    visitor.check()
