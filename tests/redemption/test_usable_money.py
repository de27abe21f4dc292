"""可用 is what may still be committed, by the money that is there and by the ceiling of the policy; more set aside than that is said."""

import html
from datetime import date
from typing import Any

import pytest
from django.test import Client

from quintet.core import clock
from quintet.ledger import queries
from quintet.ledger.models import Appropriation, Fund
from quintet.look.words import yuan
from quintet.redemption.views.doing import years_offered
from tests.ledger.books import MILLION, appropriate, committed, finance, special_funds
from tests.redemption.batches import cleared_claims, second_finance

pytestmark = pytest.mark.django_db
DAY = date(2020, 6, 2)
CEILING = 20 * MILLION


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "today", lambda: DAY)


def page(url: str, user: Any = None) -> str:
    client = Client()
    client.force_login(user or finance())
    return html.unescape(client.get(url).content.decode())


def state(fund: Fund) -> Any:
    return queries.budget_state(fund.budget, 2020, on=DAY)


@pytest.mark.parametrize(("more", "usable"), [(-1, 13 * MILLION - 1), (0, 13 * MILLION), (1, 13 * MILLION)])
def test_what_is_usable_ends_at_the_ceiling(more: int, usable: int):
    fund, other = special_funds(each_fen=0)
    appropriate(other, 2020, 7 * MILLION, reference="财指1")
    committed(other, 7 * MILLION)
    appropriate(fund, 2020, 13 * MILLION + more, reference="财指2")  # the ceiling leaves 13 million
    line = next(line for line in state(fund).funds if line.fund == fund)
    assert (line.available, line.usable) == (13 * MILLION + more, usable)
    text = page("/funds/?year=2020")
    assert f'data-label="可用">{yuan(usable)}<' in text
    assert ("比年度合计上限多" in text) == (more > 0)


def test_funds_that_share_what_the_ceiling_leaves_say_so():
    fund, _other = special_funds(each_fen=15 * MILLION)
    assert [line.usable for line in state(fund).funds] == [15 * MILLION, 15 * MILLION]
    assert (state(fund).usable, state(fund).shared) == (CEILING, True)
    assert f"合计还可承诺 {yuan(CEILING)}" in page("/funds/?year=2020")


def test_a_budget_without_a_ceiling_is_bound_by_its_money_alone():
    fund, _other = special_funds(None)
    assert [line.usable for line in state(fund).funds] == [15 * MILLION, 15 * MILLION]
    assert (state(fund).usable, state(fund).shared, state(fund).above_ceiling) == (30 * MILLION, False, 0)
    assert "合计还可承诺" not in page("/funds/?year=2020")


def test_who_commits_is_offered_no_more_than_may_be_committed():
    _fund, other = special_funds(each_fen=15 * MILLION)
    committed(other, 14 * MILLION)
    (claim,) = cleared_claims(1)
    ((_year, words),) = years_offered(claim, DAY)
    assert f"可用 {yuan(6 * MILLION)}" in words
    assert yuan(15 * MILLION) not in words


@pytest.mark.parametrize(("more", "warned"), [(-1, False), (0, False), (1, True)])
def test_setting_aside_more_than_the_ceiling_is_said_to_who_enters_and_who_confirms(more: int, warned: bool):
    fund, _other = special_funds(each_fen=5 * MILLION)
    client = Client()
    client.force_login(finance())
    amount = 10 * MILLION + more
    given = {"change": "appropriation", "amount": f"{amount / 100:.2f}", "reference": "财指9号"}
    told = html.unescape(client.post(f"/funds/{fund.pk}/2020/appropriate/", given, follow=True).content.decode())
    made = Appropriation.objects.get(reference="财指9号")
    for text in (told, page(f"/funds/appropriations/{made.pk}/", second_finance())):
        assert ("比政策的年度合计上限多 0.01 元" in text) == warned


def test_taking_money_back_exceeds_nothing():
    fund, _other = special_funds(each_fen=15 * MILLION)
    client = Client()
    client.force_login(finance())
    given = {"change": "reduction", "amount": "100", "reference": "财指9号"}
    told = client.post(f"/funds/{fund.pk}/2020/appropriate/", given, follow=True).content.decode()
    assert "比政策的年度合计上限多" not in told
