"""Who is told what became of a proposal; what a page offers can be done; what it says of sums, marks and telephones is so."""

import html
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from quintet.core import clock
from quintet.core.models import Job, Notification, RoleGrant, User
from quintet.redemption import actions, cases
from quintet.redemption.actions.payments import _marks
from quintet.redemption.forms import CompareForm
from quintet.redemption.models import Claim, PaymentLine
from tests.ledger.books import finance
from tests.redemption.applications import panel_of, submitted
from tests.redemption.batches import AFTER, batch_of, came_back, committed_claims, second_finance, signed
from tests.redemption.claims import ON, account, member, officer, proposed
from tests.redemption.test_after import PAID_ON, paid
from tests.redemption.test_commitments import funds
from tests.redemption.test_said_of_payments import paid as result

pytestmark = pytest.mark.django_db
LAST = date(2021, 12, 31)


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def at(monkeypatch: pytest.MonkeyPatch, day: date) -> None:
    monkeypatch.setattr(clock, "today", lambda: day)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def auditor() -> User:
    user, new = User.objects.get_or_create(username="auditor", defaults={"display_name": "审计"})
    if new:
        RoleGrant.objects.create(user=user, role="auditor", granted_on=date(2019, 1, 1))
    return user


def told(user: User) -> list[str]:
    return [text for text in Notification.objects.filter(user=user).order_by("pk").values_list("text", flat=True) if "没有通过" in text]


# what became of a proposal ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("agreed", [True, False])
def test_who_proposed_a_decision_is_told_that_it_was_sent_back(agreed: bool):
    claim = proposed()
    actions.confirm_decision(claim, confirmed=agreed, remark="" if agreed else "证书日期请再核对", by=officer("officer2"), on=ON)
    found = told(officer())
    assert len(found) == (0 if agreed else 1)
    assert agreed or (claim.number in found[0] and "证书日期请再核对" in found[0])
    assert told(officer("officer2")) == []


@pytest.mark.parametrize("by_another", [True, False])
def test_who_made_a_batch_is_told_that_another_dropped_it(by_another: bool):
    batch = batch_of(1)
    actions.drop_batch(batch, reason="金额有误", by=second_finance() if by_another else finance(), on=AFTER)
    found = told(finance())
    assert len(found) == (1 if by_another else 0)
    assert not by_another or (batch.number in found[0] and "金额有误" in found[0])


def test_who_proposed_a_demand_is_told_that_it_was_sent_back():
    claim = paid()
    found = actions.propose_clawback(claim, amount_fen=100, reasons="证书被撤销", by=officer(), on=PAID_ON)
    actions.confirm_clawback(found, confirmed=False, by=officer("officer2"), on=PAID_ON)
    assert len(told(officer())) == 1


def test_who_proposed_a_release_is_told_that_it_was_sent_back():
    (other,) = committed_claims(1, funds()[0])
    actions.propose_release(other, reasons="企业已注销", by=finance(), on=AFTER)
    actions.confirm_release(other, confirmed=False, remark="企业仍在经营", by=second_finance(), on=AFTER)
    (text,) = told(finance())
    assert "企业仍在经营" in text


# payments -----------------------------------------------------------------------------------------------------------------


def test_an_account_that_was_paid_to_carries_no_mark_of_a_first_payment_after_a_change():
    """Changed in this very case, to an account to which money of another case came."""
    fund = funds()[0]
    first, second = committed_claims(2, fund)
    assert first.organisation != second.organisation
    batch = actions.make_batch([first], fund=fund, year=2020, by=finance(), on=AFTER)
    actions.record_results(signed(batch), [result()], by=finance(), on=date(2021, 1, 13))
    known = PaymentLine.objects.get().account
    by = member(second.organisation, f"member-{second.organisation_id}")
    for number, marked in ((known, False), ("6222029999999999", True)):
        wanted = account(second.organisation, by, number=number)
        actions.change_account(Claim.objects.get(pk=second.pk), account=wanted, by=by, on=AFTER)
        actions.confirm_account(Claim.objects.get(pk=second.pk), confirmed=True, by=officer("looker"), on=AFTER)
        assert ("首次拨付" in _marks([Claim.objects.get(pk=second.pk)])[second.pk]) == marked


def test_results_are_confirmed_with_their_sums(monkeypatch: pytest.MonkeyPatch):
    at(monkeypatch, date(2021, 1, 14))
    batch = signed(count=3)
    day = date(2021, 1, 13)
    file = came_back(batch, {1: ("到账", day, "凭证1", ""), 2: ("到账", day, "凭证2", ""), 3: ("退回", day, "", "账号已销户")})
    file.name = "回盘.xlsx"
    page = text_of(signed_in(finance()).post(reverse("redemption:batch-results", args=[batch.pk]), {"file": file}))
    assert "到账 2 笔 200,000.00 元，退回 1 笔 100,000.00 元" in page


# auditors -----------------------------------------------------------------------------------------------------------------


def test_an_auditor_sees_reviews_and_instalments_and_starts_nothing():
    panel_of()
    client = signed_in(auditor())
    page = text_of(client.get("/reviews/"))
    assert reverse("redemption:claim", args=[Claim.objects.get().pk]) in page
    assert client.get("/instalments/").status_code == 200
    assert "全部核查并进入办理" not in text_of(client.get("/instalments/"))
    assert client.post("/instalments/?year=2021").status_code == 403
    assert Job.objects.filter(kind__contains="分期").count() == 0


def test_the_telephone_of_a_contact_is_masked_for_an_auditor():
    claim = submitted()
    url = reverse("redemption:claim", args=[claim.pk])
    phone = claim.phone
    of_auditor, of_officer = text_of(signed_in(auditor()).get(url)), text_of(signed_in(officer(unit=claim.unit)).get(url))
    assert (phone in of_auditor, f"{phone[:3]}****" in of_auditor) == (False, True)
    assert phone in of_officer


# words --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("length", "refused"), [(3, True), (4, False), (200, False), (201, True)])
def test_the_limits_of_a_text_are_said_in_our_words(length: int, refused: bool):
    form = CompareForm({"reason": "字" * length})
    errors = form.errors.get("reason", [])
    assert bool(errors) == refused
    assert "确保" not in str(errors)
    assert not refused or f"现在是 {length} 个" in str(errors)


def test_no_form_says_it_in_djangos_words():
    from django.core import validators

    for kind in (validators.MinLengthValidator, validators.MaxLengthValidator, validators.MinValueValidator, validators.MaxValueValidator):
        assert "确保" not in str(kind.message)


def test_a_refusal_points_to_where_its_reasons_are():
    claim = actions.confirm_decision(proposed(granted=False, reasons="证书已撤销"), confirmed=True, by=officer("officer2"), on=ON)
    assert cases.expected(claim) == "不予兑现，理由见本件页面。"


# after the end ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "there"), [(date(2021, 12, 30), True), (LAST, True), (date(2022, 1, 1), False)])
def test_offers_are_not_offered_after_the_end(day: date, there: bool, monkeypatch: pytest.MonkeyPatch):
    claim = proposed()
    at(monkeypatch, day)
    client = signed_in(officer())
    assert ("发出确认邀请" in text_of(client.get("/city/?year=2020"))) == there
    before = Job.objects.count()
    client.post("/city/offers/", {"year": "2020"})
    assert (Job.objects.count() > before) == there
    page = text_of(signed_in(officer("officer2")).get("/desk/?tab=proposed"))
    assert claim.name in page
    assert (f'name="claim" value="{claim.pk}"' in page) == there


def test_a_refusal_can_be_confirmed_with_others_after_the_end(monkeypatch: pytest.MonkeyPatch):
    claim = proposed(granted=False, reasons="证书已撤销")
    at(monkeypatch, date(2022, 1, 4))
    page = text_of(signed_in(officer("officer2")).get("/desk/?tab=proposed"))
    assert f'name="claim" value="{claim.pk}"' in page
    answer = text_of(signed_in(officer("officer2")).post("/desk/several/", {"tab": "proposed", "claim": [claim.pk]}))
    assert claim.name in answer
