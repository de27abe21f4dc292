"""Sentences on an applicant's page that depend on something: the policy's end, the call, who applies, whether money is given."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from quintet.core import clock
from quintet.core.models import Notification, User
from quintet.demo.accounts import ACCOUNTS
from quintet.redemption import actions, cases
from quintet.redemption.applications import pledge_text
from quintet.redemption.checks import checklist
from quintet.redemption.models import Call, Claim
from quintet.redemption.papers import papers_of
from tests.redemption import claims
from tests.redemption.applications import ON, call_for, draft, pdf, submitted
from tests.redemption.claims import account, member, offered, officer
from tests.redemption.test_notices import objected, published
from tests.redemption.test_provisions import IN_KIND

pytestmark = pytest.mark.django_db
LAST = date(2021, 12, 31)


@pytest.fixture(autouse=True)
def _day(settings: Any) -> None:
    settings.DEMO = True
    clock.move_to(ON)


def page_of(claim: Claim, user: User | None = None) -> str:
    client = Client(HTTP_ACCEPT_LANGUAGE="zh-hans")
    client.force_login(user or member(claim.organisation), backend="django.contrib.auth.backends.ModelBackend")
    return client.get(f"/my/claims/{claim.pk}/").content.decode()


@pytest.mark.parametrize(
    ("today", "said"),
    [
        (LAST, "撤回后本件就结束；部门再次发出邀请时可以确认。"),
        (LAST + timedelta(days=1), "撤回后本件就结束，不能重新申请。政策已于2021年12月31日期满"),
    ],
)
def test_giving_up_an_offer_says_whether_it_comes_again(today: date, said: str):
    clock.move_to(claims.ON)
    claim = offered()
    clock.move_to(today)
    assert said in page_of(claim)


@pytest.mark.parametrize("days", [-1, 0, 1])
def test_an_application_that_ended_is_copied_only_while_its_call_is_open(days: int):
    claim = draft()
    closes = Call.objects.get().closes_on
    clock.move_to(closes + timedelta(days=days))
    still = days <= 0
    assert ("撤回后本件就结束；符合条件时可以重新申请。" in page_of(claim), "不能重新申请" in page_of(claim)) == (still, not still)
    actions.withdraw(claim, by=member(claim.organisation), on=ON)
    claim.refresh_from_db()
    page = page_of(claim)
    assert ("复制为新的申报" in page, "已撤回；符合条件时可以重新申请。" in page) == (still, still)
    assert ("已撤回，现在不能重新申请。2020年度的申报已于2020年11月30日截止。" in page) is not still
    assert cases.opens_again(claim).open is still


def test_only_an_organisations_draft_is_filled_in_by_others_of_it():
    assert "本单位的其他人可以接着填" in page_of(draft())
    handed_in = IN_KIND["T15 a post for a PhD"]()
    by = User.objects.get(person=handed_in.person)
    page = page_of(begun_anew(handed_in, by), by)
    assert ("填写时自动保存" in page, "本单位的其他人" in page) == (True, False)


def begun_anew(claim: Claim, by: User) -> Claim:
    actions.withdraw(claim, by=by, on=ON)
    return actions.start_application(pack=claim.pack, rule=claim.rule, subject_id=claim.subject_id, year=claim.year, by=by, on=ON)


def test_what_gives_no_money_has_no_account_and_pledges_nothing_about_money():
    claim = IN_KIND["T11 free factory space"]()
    by = member(claim.organisation)
    account(claim.organisation, by)
    claim = begun_anew(claim, by)
    assert claim.account is None
    page = page_of(claim)
    assert "不用登记账户" in page
    assert "收款账户</dt>" not in page
    assert "资金" not in pledge_text(claim)
    call_for()
    assert "资金按规定用途使用" in pledge_text(draft(claim.organisation))


def test_a_paper_that_was_sent_back_is_not_said_to_be_there_until_another_comes():
    claim = submitted()
    first, second = papers_of(claim)[:2]
    checked = {item.key: item.key != f"paper:{first.key}" for item in checklist(claim)}
    actions.check_form(claim, checked=checked, by=officer(), on=ON)
    claim.refresh_from_db()
    page = page_of(claim)
    assert ("要求补正 1 项" in page, "已齐" in page) == (True, False)
    by = member(claim.organisation)
    actions.add_file(claim, pdf("另一项.pdf", "另一项"), paper=second.key, by=by, on=ON)
    assert "要求补正 1 项" in page_of(claim)
    actions.add_file(claim, pdf("新的.pdf", "新的"), paper=first.key, by=by, on=ON)
    page = page_of(claim)
    assert ("要求补正 1 项" in page, "已齐" in page) == (False, True)


def test_the_message_of_a_return_ends_before_the_next_sentence():
    claim = submitted()
    checked = dict.fromkeys((item.key for item in checklist(claim)), True)
    clock.move_to(date(2021, 12, 20))
    actions.check_form(claim, checked=checked, missing=["合作协议。"], opinion="证书缺页。", by=officer(), on=date(2021, 12, 20))
    told = Notification.objects.filter(text__contains="需要补正").latest("pk").text
    assert "合作协议；证书缺页。按各环节的期限" in told


def test_a_call_says_its_own_days_for_applications_and_a_clause_none():
    call, client = call_for(), Client(HTTP_ACCEPT_LANGUAGE="zh-hans")
    page = client.get(f"/calls/{call.pk}/").content.decode()
    assert ("2020年10月12日至2020年11月30日" in page, "30 个工作日" in page) == (True, False)
    page = client.get("/policies/panjin-2019-29/clauses/T9/").content.decode()
    assert ("起止日期见申报通知" in page, "30 个工作日" in page) == (True, False)
    assert "开始后 60 个工作日内提交" in client.get("/policies/panjin-2019-29/clauses/T13/").content.decode()


def test_an_objection_that_its_deciders_cannot_answer_names_who_can_or_what_to_do():
    clock.move_to(claims.ON)
    objection = objected(published())
    decider, address = officer(), f"/objections/{objection.pk}/"
    client = Client(HTTP_ACCEPT_LANGUAGE="zh-hans")
    client.force_login(decider, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(address).content.decode()
    assert "市科技局现在没有人可以办理这件异议" in page
    assert "经办人的角色授予没有参加过本件决定的其他人" in page
    free = officer("officer3")
    officer("elsewhere", unit="hrss")
    page = client.get(address).content.decode()
    assert f"可以由市科技局的这些工作人员办理：{free}。" in page
    client.force_login(free, backend="django.contrib.auth.backends.ModelBackend")
    assert "由谁办理" not in client.get(address).content.decode()


def test_the_demo_city_has_officers_who_can_uphold_an_objection_to_what_two_others_decided():
    officers = [name for name, _words, role, unit in ACCOUNTS if (role, unit) == ("officer", "stb")]
    assert len(officers) == 4
