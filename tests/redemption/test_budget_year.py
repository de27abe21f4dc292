"""From which year's money an award is paid, and what the pages say of it."""

from typing import Any

import pytest
from django.test import Client

from quintet.core import clock
from quintet.core.errors import DomainError
from quintet.ledger import check
from quintet.ledger.actions import pay
from quintet.ledger.errors import CeilingExceeded
from quintet.ledger.models import Fund
from quintet.policies.engine import policy
from quintet.redemption import actions, queries
from quintet.redemption.models import Claim
from quintet.redemption.views.doing import years_offered
from tests.ledger.books import appropriate, committed, finance
from tests.redemption.batches import cleared_claims
from tests.redemption.test_commitments import AFTER, MILLION, cleared, funds

pytestmark = pytest.mark.django_db
PACK = "panjin-2019-29"


@pytest.fixture(autouse=True)
def _day(settings: Any) -> None:
    settings.DEMO = True
    clock.move_to(AFTER)


def both_years() -> Fund:
    fund = funds()[0]
    actions.open_policy_year(policy(PACK), 2021, by=finance(), on=AFTER)
    appropriate(fund, 2021, MILLION, reference="财指2021", by=finance(), on=AFTER)
    return fund


def as_user(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize(("year", "taken"), [(2019, False), (2020, True), (2021, True), (2022, False), (None, True)])
def test_money_comes_from_the_claims_year_or_a_later_one_until_this_year(year: int | None, taken: bool):
    fund, claim = both_years(), cleared()
    assert claim.year == 2020
    if not taken:
        with pytest.raises(DomainError, match=f"不能从{year}年度的资金中安排"):
            actions.commit_claim(claim, fund=fund, year=year, by=finance(), on=AFTER)
        assert Claim.objects.get().state == "cleared"
        return
    claim = actions.commit_claim(claim, fund=fund, year=year, by=finance(), on=AFTER)
    assert claim.commitment.year == (year or 2020)
    assert check.problems() == []


def test_the_ceiling_of_the_chosen_year_holds():
    fund = both_years()
    appropriate(fund, 2021, 29 * MILLION, reference="财指2021-2", by=finance(), on=AFTER)
    claim = cleared()
    committed(fund, 20 * MILLION - 5_000_000, rule="national_rd_award", clause="T3", year=2021, on=AFTER)
    with pytest.raises(CeilingExceeded):
        actions.commit_claim(claim, fund=fund, year=2021, by=finance(), on=AFTER)
    claim.refresh_from_db()
    assert actions.commit_claim(claim, fund=fund, year=2020, by=finance(), on=AFTER).state == "committed"


def test_the_form_offers_years_with_money_left_and_the_claims_own():
    fund, claim = both_years(), cleared()
    assert [year for year, _words in years_offered(claim, AFTER)] == [2020, 2021]
    page = as_user(finance()).get(f"/claims/{claim.pk}/").content.decode()
    assert "从哪一年度的资金中安排" in page
    claim.decided_fen = MILLION + 1
    assert [year for year, _words in years_offered(claim, AFTER)] == [2020]
    as_user(finance()).post(f"/claims/{claim.pk}/commit/", {"fund": fund.pk, "year": 2021})
    assert Claim.objects.get().commitment.year == 2021


def test_without_a_fund_chosen_nothing_is_set_aside():
    both_years()
    claim = cleared()
    assert as_user(finance()).post(f"/claims/{claim.pk}/commit/", {"year": 2020}).status_code == 422
    assert Claim.objects.get().state == "cleared"


def test_several_are_set_aside_from_the_year_that_is_named():
    fund = both_years()
    claims = cleared_claims(2)
    sent = {"tab": "cleared", "claim": [claim.pk for claim in claims], "confirmed": "1", "fund": fund.pk, "year": "2021"}
    as_user(finance()).post("/desk/several/", sent)
    assert set(Claim.objects.values_list("commitment__year", flat=True)) == {2021}


def test_the_funds_open_on_the_latest_year_with_movement_and_say_so():
    fund = both_years()
    page = as_user(finance()).get("/funds/").content.decode()
    assert "2021年度资金" in page
    actions.commit_claim(cleared(), fund=fund, by=finance(), on=AFTER)
    page = as_user(finance()).get("/funds/").content.decode()
    assert "2020年度资金" in page
    assert "没有选择年度，这里是最近有承诺或拨付的2020年度。" in page
    assert "2021年度资金" in as_user(finance()).get("/funds/?year=2021").content.decode()


def test_what_was_paid_tells_its_budget_and_its_day():
    claim = actions.commit_claim(cleared(), fund=both_years(), by=finance(), on=AFTER)
    pay(claim.commitment, 10_000_000, key="payment:1", reference="凭证1", by=finance(), on=AFTER)
    assert queries.paid_by_budget(2021) == [{"year": 2020, "fen": 10_000_000}]
    assert queries.paid_by_budget(2020) == queries.paid_by_budget(2022) == []
    page = Client().get("/").content.decode()
    assert "2021年1月1日至2021年1月12日拨付" in page
    assert "2020年度预算 10 万元" in page
