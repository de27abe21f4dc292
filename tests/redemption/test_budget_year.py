"""From which year's money an award is paid, and what the pages say of it."""

from datetime import date
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
from quintet.redemption.funding import first_year, funds_for
from quintet.redemption.models import Claim
from quintet.redemption.templatetags.redemption import net_sum
from quintet.redemption.views.doing import years_offered
from tests.ledger.books import appropriate, committed, finance
from tests.redemption.batches import cleared_claims, second_finance
from tests.redemption.claims import checked as form_checked
from tests.redemption.claims import officer, proposed
from tests.redemption.test_after import PAID_ON, demanded, paid
from tests.redemption.test_commitments import AFTER, MILLION, cleared, funds
from tests.redemption.test_nothing_unasked import by as payee_of
from tests.redemption.test_nothing_unasked import filled
from tests.scenes import arranged_once

pytestmark = pytest.mark.django_db
PACK = "panjin-2019-29"
LATE, CLEARED = date(2022, 6, 1), date(2022, 6, 20)


@pytest.fixture(autouse=True)
def _day(settings: Any) -> None:
    settings.DEMO = True
    clock.move_to(AFTER)


@arranged_once
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


@pytest.mark.parametrize(("year", "taken"), [(2020, False), (2021, True), (None, True)])
def test_what_is_settled_after_the_policys_end_takes_the_money_of_its_last_year(year: int | None, taken: bool):
    """No year of its own is ever opened (T13 of 盘政办发〔2019〕29号: a loan drawn in force)."""
    fund = both_years()
    clock.move_to(LATE)
    claim = filled()
    actions.save_draft(claim, {"none_repaid_on": "yes", "none_interest_settled_on": "yes"}, by=payee_of(claim), on=LATE)
    claim = actions.submit(claim, pledged=True, by=payee_of(claim), on=LATE)
    claim = form_checked(claim, on=LATE)
    claim = actions.review(claim, opinion="属实", by=officer(unit=claim.unit), on=LATE)
    claim, second = proposed(claim, on=LATE), officer("officer2", unit=claim.unit)
    claim = actions.confirm_decision(claim, confirmed=True, by=second, on=LATE)
    actions.publish_notice([claim], title="公示", by=second, on=LATE)
    assert actions.clear_notices(on=CLEARED) == 1
    claim.refresh_from_db()
    assert (claim.year, first_year(claim)) == (2022, 2021)
    fund = Fund.objects.get(pk=fund.pk) if fund in funds_for([claim]) else funds_for([claim])[0]
    assert [offered for offered, _words in years_offered(claim, CLEARED)] == [2021]
    if not taken:
        with pytest.raises(DomainError, match=f"不能从{year}年度的资金中安排"):
            actions.commit_claim(claim, fund=fund, year=year, by=finance(), on=CLEARED)
        return
    claim = actions.commit_claim(claim, fund=fund, year=year, by=finance(), on=CLEARED)
    assert (claim.state, claim.commitment.year) == ("committed", 2021)
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
    assert "2021年1月1日至2021年1月12日的拨付" in page
    assert "2020年度预算 10 万元" in page


def test_what_came_back_is_not_counted_as_paid_this_year_nor_what_was_released_as_committed():
    claim = paid()
    totals = lambda: (queries.paid_by_clause(2021), queries.paid_by_budget(2021), queries.paid_so_far(claim.pack, "T6"))
    assert totals() == ([{"clause": "T6", "fen": 10_000_000}], [{"year": 2020, "fen": 10_000_000}], 10_000_000)
    found = demanded(3_000_000, claim)
    actions.receive_return(found, amount_fen=3_000_000, reference="退1", by=finance(), on=PAID_ON)
    assert totals() == ([{"clause": "T6", "fen": 7_000_000}], [{"year": 2020, "fen": 7_000_000}], 7_000_000)
    page = Client().get("/").content.decode()
    assert "2020年度预算 7 万元" in page
    assert "减去同期银行退回和收款人退还的" in page
    (line,) = queries.claim_sums(claim.pack, "T6")
    assert {name: line[name] for name in ("count", "granted", "committed", "paid", "returned")} == {
        "count": 1, "granted": 10_000_000, "committed": 10_000_000, "paid": 10_000_000, "returned": 3_000_000,
    }  # fmt: skip


def test_more_that_came_back_than_went_out_is_told_as_that():
    claim = paid()
    found = demanded(3_000_000, claim)
    actions.receive_return(found, amount_fen=3_000_000, reference="退1", by=finance(), on=date(2022, 2, 1))
    assert queries.paid_by_clause(2022) == [{"clause": "T6", "fen": -3_000_000}]
    assert net_sum(-3_000_000) == "净收回 3 万元"
    assert net_sum(3_000_000) == "3 万元"


def test_released_money_is_committed_no_more():
    claim = actions.commit_claim(cleared(), fund=both_years(), by=finance(), on=AFTER)
    actions.propose_release(claim, reasons="企业已注销", by=finance(), on=AFTER)
    actions.confirm_release(claim, confirmed=True, by=second_finance(), on=AFTER)
    (line,) = queries.claim_sums(claim.pack, "T6")
    assert (line["granted"], line["committed"], line["paid"]) == (None, 0, 0)
