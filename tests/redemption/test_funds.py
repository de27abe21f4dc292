"""The pages of the money: what they show, who may book, and that a refusal loses nothing."""

import io
from datetime import date
from typing import Any

import openpyxl
import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import Notification
from quintet.ledger import actions as ledger
from quintet.ledger.models import Account, Appropriation, Budget, Entry, Fund
from quintet.policies.engine import policy
from quintet.redemption.actions import open_policy_year, propose_appropriation
from tests.ledger.books import MILLION, YUAN, committed, confirming_finance, finance, special_funds

pytestmark = pytest.mark.django_db
PANJIN = "panjin-2019-29"


@pytest.fixture
def officer(client: Client, make_user: Any) -> Client:
    client.force_login(make_user("finance_officer", unit="finance"), backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_a_year_is_opened_with_the_funds_and_the_ceiling_of_the_pack():
    open_policy_year(policy(PANJIN), 2020, by=finance(), on=date(2020, 1, 2))
    budget = Budget.objects.get(code="special_funds")
    assert (budget.clause, budget.label_zh, ledger.ceiling_of(budget, 2020)) == ("S2", "科技专项资金", 20 * MILLION)
    assert list(Fund.objects.order_by("pk").values_list("code", flat=True)) == ["high_tech", "agriculture", "municipal_treasury"]
    before = Entry.objects.count(), Account.objects.count()
    open_policy_year(policy(PANJIN), 2020, by=finance(), on=date(2020, 1, 2))
    assert (Entry.objects.count(), Account.objects.count()) == before


@pytest.mark.parametrize("year", [2019, 2021, 99_999, 10**20])
def test_nothing_is_appropriated_to_a_year_that_is_not_open(officer: Client, year: int):
    fund, _other = special_funds()
    given = {"change": "appropriation", "amount": "100", "reference": "财指9号"}
    with pytest.raises(DomainError, match=f"{year} 年度尚未开立"):
        propose_appropriation(fund, year, 100, reference="财指9号", by=finance(), on=date(2020, 1, 2))
    before = Appropriation.objects.count()
    for answer in (
        officer.get(f"/funds/{fund.pk}/{year}/appropriate/", follow=True),
        officer.post(f"/funds/{fund.pk}/{year}/appropriate/", given, follow=True),
    ):
        assert answer.status_code == 200
        assert "尚未开立，不能登记资金安排" in answer.content.decode()
    assert Appropriation.objects.count() == before
    officer.post(f"/funds/{fund.pk}/2020/appropriate/", given)
    assert Appropriation.objects.count() == before + 1


def test_nor_does_the_database_take_it(make_user: Any):
    fund, _other = special_funds()
    by = finance()
    kept = {"kind": "appropriation", "fund": fund, "amount_fen": 1, "reference": "x", "document": "x", "proposed_on": date(2020, 1, 2)}
    with pytest.raises(IntegrityError, match="appropriation_begins"), transaction.atomic():
        Appropriation.objects.create(**kept, year=2021, proposed_by=by, proposed_under=by.grants.get())
    Appropriation.objects.create(**kept, year=2020, proposed_by=by, proposed_under=by.grants.get())


@pytest.mark.parametrize("year", [2018, 2022])
def test_no_year_is_opened_outside_the_policy(year: int):
    with pytest.raises(DomainError, match="有效期"):
        open_policy_year(policy(PANJIN), year, by=finance(), on=date(2020, 1, 2))


def test_only_finance_opens_a_year(make_user: Any):
    with pytest.raises(NotAllowed):
        open_policy_year(policy(PANJIN), 2020, by=make_user("operator"), on=date(2020, 1, 2))


def test_before_a_year_is_open_the_page_says_what_will_appear(officer: Client):
    page = officer.get(reverse("redemption:funds")).content.decode()
    assert "尚未开账" in page
    assert officer.post(reverse("redemption:funds-open"), {"year": "2020"}, follow=True).status_code == 200
    assert (
        "年度合计上限 2,000 万元，已占用 0 万元，上限内还余 2,000 万元"
        in officer.get(reverse("redemption:funds"), {"year": 2020}).content.decode()
    )


def test_the_page_shows_a_past_day_as_it_was(officer: Client):
    fund, _other = special_funds()
    committed(fund, 15 * MILLION, on=date(2020, 7, 1))
    now = officer.get(reverse("redemption:funds"), {"year": 2020}).content.decode()
    assert "已占用 1,500 万元" in now
    assert "已用七成以上" in now
    then = officer.get(reverse("redemption:funds"), {"year": 2020, "on": "2020-06-30"}).content.decode()
    assert "已占用 0 万元" in then
    assert "截至2020年6月30日" in then


@pytest.mark.parametrize(
    "query",
    [{"year": "x"}, {"year": 1999}, {"on": "2020-99-99"}, {"year": 2020, "on": "0001-01-01"}, {"page": "x", "kind": "x", "clause": "x"}],
)
def test_a_strange_address_shows_the_page_all_the_same(officer: Client, query: dict[str, Any]):
    fund, _other = special_funds()
    for url in (
        reverse("redemption:funds"),
        reverse("redemption:fund", args=[fund.pk]),
        reverse("redemption:entries-export", args=[fund.pk]),
    ):
        assert officer.get(url, query).status_code == 200


def test_an_appropriation_is_entered_by_one_and_booked_by_another_and_a_refusal_loses_nothing(officer: Client):
    fund, _other = special_funds()
    url = reverse("redemption:fund-appropriate", args=[fund.pk, 2020])
    given = {"change": "appropriation", "amount": "1,000,000.50", "reference": "财指〔2020〕88号", "memo": "追加"}
    page = officer.post(url, given)["Location"]
    again = officer.post(url, {**given, "reference": "财指[2020] 88号"}).content.decode()
    assert "已经登记过" in again
    assert 'value="财指[2020] 88号"' in again
    assert "须由另一位财政人员复核" in officer.get(page).content.decode()
    assert officer.post(page, {"confirmed": "yes"}).status_code == 422
    assert not Entry.objects.filter(reference="财指〔2020〕88号").exists()
    another, second = Client(), confirming_finance()
    another.force_login(second, backend="django.contrib.auth.backends.ModelBackend")
    assert "请写明意见" in another.post(page, {"confirmed": "no"}).content.decode()
    assert another.post(page, {"confirmed": "yes"}).status_code == 302
    assert Entry.objects.get(reference="财指〔2020〕88号").amount_fen == 1_000_000_50
    assert Notification.objects.filter(user=second, kind="fund").count() == 2


@pytest.mark.parametrize("amount", ["0", "-5", "1.005", "abc", "", "1e30"])
def test_an_amount_that_cannot_be_is_refused_at_its_field(officer: Client, amount: str):
    fund, _other = special_funds()
    before = Entry.objects.count()
    answer = officer.post(
        reverse("redemption:fund-appropriate", args=[fund.pk, 2020]), {"change": "appropriation", "amount": amount, "reference": "x"}
    )
    assert answer.status_code == 200
    assert answer.context["form"].errors["amount"]
    assert Entry.objects.count() == before


def test_the_export_holds_exactly_the_entries_seen(officer: Client):
    fund, _other = special_funds()
    commitment = committed(fund, 100_000 * YUAN, payee="=SUM(A1)")
    committed(fund, 1, "b", clause="T19")
    ledger.pay(commitment, 99_999_99, key="p", reference="凭证1", by=finance(), on=date(2020, 6, 2))
    answer = officer.get(reverse("redemption:entries-export", args=[fund.pk]), {"year": 2020, "clause": "T6"})
    rows = list(openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active.iter_rows(values_only=True))
    assert rows[0][:6] == ("记账日期", "事项", "收款人", "条款", "区划", "金额（元）")
    assert [(row[1], row[2], row[5]) for row in rows[1:]] == [("拨付", "'=SUM(A1)", 99_999.99), ("承诺", "'=SUM(A1)", 100_000)]


def test_the_pages_ask_as_much_for_many_entries_as_for_few(officer: Client, django_assert_max_num_queries: Any):
    fund, _other = special_funds()
    for n in range(60):
        committed(fund, 100, f"f{n}")
    with django_assert_max_num_queries(18):
        page = officer.get(reverse("redemption:fund", args=[fund.pk]), {"year": 2020}).content.decode()
    assert page.count("示例公司") == 50
    with django_assert_max_num_queries(9):
        officer.get(reverse("redemption:funds"), {"year": 2020})
