"""Nobody alone moves money: authority over a firm, its account and an operator's grant of a role each take two, and whom it concerns is told."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import expect

from quintet.core import clock
from quintet.core.models import User
from quintet.core.permissions import holds
from quintet.directory.models import Membership, Person
from tests import guards
from tests.duties import keeps_every_register
from tests.ledger.books import finance
from tests.redemption.batches import committed_claims
from tests.redemption.claims import officer
from tests.redemption.test_commitments import funds

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def on(settings: Any) -> Callable[[date], None]:
    """on(day): the city's today, as in a demo."""
    settings.DEMO = True
    clock.move_to(date(2021, 1, 12))
    return clock.move_to


def someone(name: str) -> User:
    """A person with an account and no authority yet."""
    user = User.objects.create(username=name, display_name=name)
    Person.objects.create(name=name, user=user)
    return user


@pytest.mark.parametrize("width", [1280, 390])
def test_two_officials_make_an_agent_and_change_an_account_and_the_firm_is_told_of_both(visit: Any, on: Any, width: int):
    keeps_every_register("stb")
    fund = funds()[0]
    (claim,) = committed_claims(1, fund)
    firm = claim.organisation
    agent, before = someone("李经办"), claim.account
    head = User.objects.get(username=f"member-{firm.pk}")

    desk, second, home, newcomer = visit(width=width), visit(width=width), visit(width=width), visit(width=width)
    desk.sign_in(officer("officer1"))
    page = desk.open("/directory/memberships/add/")
    page.get_by_label("单位").fill(firm.code)
    page.get_by_label("人员").fill("李经办")
    page.locator("main form.narrow button").last.click()
    expect(page.locator("main")).to_contain_text("待确认")
    desk.check()
    expect(page.get_by_role("button", name="确认授权")).to_have_count(0)
    proposal = Membership.objects.get(person__user=agent)
    newcomer.sign_in(agent)
    page = newcomer.open("/my/claims/")
    expect(page.locator("main")).not_to_contain_text(firm.name)

    home.sign_in(head)
    page = home.open("/notifications/")
    expect(page.locator("main")).to_contain_text(f"提出授权（待确认）：{firm.name}")

    second.sign_in(officer("officer2"))
    page = second.open(f"/directory/memberships/{proposal.pk}/")
    second.check()
    page.get_by_role("button", name="确认授权").click()
    expect(page.locator("main")).to_contain_text("已确认，授权从今天起有效")
    page = home.open("/notifications/")
    expect(page.locator("main")).to_contain_text(f"授权生效：{firm.name}")

    page = newcomer.open(f"/my/claims/{claim.pk}/")
    page.fill("input[name=holder]", firm.name)
    page.fill("input[name=bank]", "示例银行大连分行")
    page.fill("input[name=number]", "6222 0299 9999 9999")
    newcomer.check()
    page.get_by_role("button", name="用这个账户", exact=True).click()
    expect(page.locator("main")).to_contain_text("主管部门与您核实收款账户后生效")
    claim.refresh_from_db()
    assert claim.account == before
    page = home.open("/notifications/")
    expect(page.locator("main")).to_contain_text("账户")
    home.check()

    money = visit(width=width)
    money.sign_in(finance())
    page = money.open("/desk/?tab=committed")
    expect(page.locator("main")).to_contain_text("收款账户的更换尚未核实，不能拨付")
    expect(page.locator("input[name=claim]")).to_have_count(0)

    page = desk.open(f"/claims/{claim.pk}/")
    expect(page.locator("main")).to_contain_text("李经办 2021年1月12日提出由 示例银行盘锦分行")
    desk.check()
    page.get_by_label("与收款人核实一致，用这个账户").check()
    page.locator("section", has_text="核实收款账户的更换").get_by_role("button", name="提交").click()
    expect(page.locator("main")).to_contain_text("已办理")
    desk.check()
    page = home.open("/notifications/")
    expect(page.locator("main")).to_contain_text("收款账户已更换为 示例银行大连分行")

    page = money.open("/desk/?tab=committed")
    page.check("input[name=claim]")
    page.get_by_role("button", name="编制拨付批次…").click()
    page.get_by_role("button", name="编制拨付批次").click()
    expect(page.locator("main")).to_contain_text("账户更换后首次拨付")
    money.check()
    assert guards.problems() == []


@pytest.mark.parametrize("width", [1280, 390])
def test_an_operator_needs_another_one_to_give_a_role_and_its_owner_is_told(visit: Any, make_user: Any, width: int):
    one, two, official = make_user("operator", name="one"), make_user("operator", name="two"), make_user(name="wang")
    first, second, owner = visit(width=width), visit(width=width), visit(width=width)
    first.sign_in(one)
    page = first.open(f"/accounts/{official.pk}/")
    first.check()
    page.get_by_role("link", name="授予角色").click()
    first.check()
    page.get_by_label("角色").select_option("finance_officer")
    page.locator("main form.narrow button").last.click()
    expect(page.locator("main")).to_contain_text("另一位")
    first.check()
    assert not holds(official, "finance_officer")
    page = first.open("/accounts/proposals/")
    first.check()
    expect(page.get_by_role("button", name="复核", exact=False)).to_have_count(0)

    second.sign_in(two)
    page = second.open("/accounts/proposals/")
    second.check()
    page.locator("main button.link").first.click()
    second.check()
    assert holds(User.objects.get(pk=official.pk), "finance_officer")
    owner.sign_in(official)
    page = owner.open("/notifications/")
    expect(page.locator("main")).to_contain_text("财政经办人")
    owner.check()
    assert guards.problems() == []
