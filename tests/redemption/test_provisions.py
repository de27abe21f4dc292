"""Every provision with money or rights goes its whole way: offered or applied for, checked, decided, noticed, set aside and paid, or handed over."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from quintet.directory.models import Carrier
from quintet.finance.models import Loan
from quintet.ledger import check
from quintet.redemption import actions
from quintet.redemption.models import Claim
from quintet.talent.models import Talent, Team
from tests import guards
from tests.redemption.applications import project
from tests.redemption.city import incubator, newly_high_tech, run_of
from tests.redemption.claims import account, member, officer
from tests.redemption.ways import ON, applied, somebody, through
from tests.scenes import arranged_once

pytestmark = pytest.mark.django_db
YUAN = 100
TEN_THOUSAND = 10_000 * YUAN


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def offered(rule: str, make: Callable[[Any], Any]) -> Claim:
    firm = newly_high_tech()
    make(firm)
    actions.make_offers(run_of(), by=officer(), on=ON)
    claim = Claim.objects.get(rule=rule)
    by = member(firm)
    return actions.confirm_offer(claim, account=account(firm, by), by=by, on=ON)


def of_firm(rule: str, make: Callable[[Any], Any]) -> Claim:
    firm = newly_high_tech()
    return applied(rule, make(firm).pk, member(firm), firm)


@arranged_once
def of_talent(rule: str, **facts: Any) -> Claim:
    user, someone = somebody()
    talent = Talent.objects.create(person=someone, **{"category": "other", **facts})
    return applied(rule, talent.pk, user, someone)


def platform(level: str) -> Callable[[Any], Any]:
    return lambda firm: Carrier.objects.create(
        organisation=firm, name="示例中心", kind="enterprise_technology_center", level=level, recognised_on=date(2020, 5, 1)
    )


def loan(firm: Any) -> Loan:
    return Loan.objects.create(
        contract_number="L1", organisation=firm, pledge="intellectual_property", principal_fen=1_000 * TEN_THOUSAND, drawn_on=date(2020, 3, 1), due_on=date(2021, 3, 1), released=True,
        interest_paid_fen=50 * TEN_THOUSAND, interest_settled_on=date(2020, 3, 31),
    )  # fmt: skip


PHD = {"phd": True, "full_time_degree": True, "graduated_on": date(2018, 6, 30)}
MONEY: dict[str, tuple[Callable[[], Claim], int | None, int]] = {
    "T3 a national technology centre": (lambda: offered("national_rd_award", platform("national")), None, 100 * TEN_THOUSAND),
    "T6 newly high-tech": (lambda: offered("high_tech_award", lambda firm: None), None, 10 * TEN_THOUSAND),
    "T9 a pilot project, decided below its cap": (
        lambda: of_firm("transfer_grant", lambda firm: project(firm, significant_for_local_industry=True, significance_reason="带动配套")), 30 * TEN_THOUSAND, 30 * TEN_THOUSAND,
    ),
    "T13 interest of a loan pledged by patents": (lambda: of_firm("loan_interest_subsidy", loan), None, 220_520_83 // 1),
    "T15 a leading talent": (lambda: of_talent("arrival_grant", category="national_leading", newly_brought_in=True, brought_in_on=date(2020, 2, 1)), None, 100 * TEN_THOUSAND),
    "T16 matched one to one": (
        lambda: of_talent("provincial_matching", category="provincial_plan", provincial_support_fen=30 * TEN_THOUSAND + 1, provincial_support_on=date(2020, 4, 1)), None, 30 * TEN_THOUSAND + 1,
    ),
    "T16 a team of the second tier": (
        lambda: of_firm("team_grant", lambda firm: Team.objects.create(organisation=firm, name="示例团队", tier="key", selected_on=date(2020, 6, 1))), None, 50 * TEN_THOUSAND,
    ),
    "T16 an overseas project at its start": (
        lambda: of_firm("overseas_start_up_grant", lambda firm: project(firm, overseas_talent=True, start_up_stage=True, registered_on=date(2020, 3, 2), stage_reached_on=None, accepted_on=None)),
        80 * TEN_THOUSAND, 80 * TEN_THOUSAND,
    ),
    "T17 a PhD's first business": (lambda: of_talent("founder_subsidy", **PHD, founded=True, founded_on=date(2020, 3, 1), first_business=True), None, 36_000 * YUAN),
    "T17 salary of a top talent": (
        lambda: of_talent("salary_subsidy", category="international_top", first_full_time=True, brought_in_on=date(2020, 3, 1), contract_years=3, review_passed=True), None, 15 * TEN_THOUSAND,
    ),
    "T17 a PhD's first home": (
        lambda: of_talent("home_subsidy", **PHD, settled=True, settled_on=date(2019, 10, 1), works_in_city=True, home_bought=True, first_home=True, home_bought_on=date(2020, 5, 1)),
        12 * TEN_THOUSAND, 12 * TEN_THOUSAND,
    ),
    "T19 a national incubator": (lambda: offered("national_incubator_award", incubator), None, 20 * TEN_THOUSAND),
}  # fmt: skip
IN_KIND: dict[str, Callable[[], Claim]] = {
    "T11 free factory space": lambda: of_firm(
        "free_factory_space", lambda firm: project(firm, in_park=True, entered_park_on=date(2020, 2, 1))
    ),
    "T15 a post for a PhD": lambda: of_talent("phd_posts", **PHD, newly_brought_in=True, brings_results=True, fits_local_industry=True),
}


@pytest.mark.parametrize("name", MONEY)
def test_money_reaches_its_payee(name: str):
    make, decided, expected = MONEY[name]
    claim = through(make(), amount=decided)
    assert (claim.state, claim.step, claim.decided_fen) == ("paid", "appraisal", expected)
    assert claim.commitment.amount_fen == expected
    assert guards.problems() == check.problems() == []


@pytest.mark.parametrize("name", IN_KIND)
def test_what_is_no_money_is_noticed_and_handed_over_without_a_line_in_the_ledger(name: str):
    claim = through(IN_KIND[name]())
    assert (claim.state, claim.decided_fen, claim.commitment) == ("delivered", None, None)
    assert claim.notice_lines.count() == 1
    assert guards.problems() == check.problems() == []
