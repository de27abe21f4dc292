"""T13: one subsidy a loan over its whole interest, whatever year the interest is paid in; the cap is that of the year of drawing."""

from datetime import date
from typing import Any

import pytest

from quintet.finance.models import Loan
from quintet.redemption import actions
from quintet.redemption.models import Claim, Entitlement
from quintet.redemption.states import State
from tests.directory.city import loan
from tests.redemption.city import newly_high_tech, run_of
from tests.redemption.claims import member
from tests.redemption.ways import applied, through

pytestmark = pytest.mark.django_db
RULE = "loan_interest_subsidy"


def drawn_in_december(firm: Any, **more: Any) -> Loan:
    """Ten million for a year from 1 December 2020; a month's interest is paid by the year's end."""
    given: dict[str, Any] = {
        "principal_fen": 1_000_000_000,
        "interest_paid_fen": 3_625_000,
        "drawn_on": date(2020, 12, 1),
        "due_on": date(2021, 12, 1),
        "released": True,
    }
    return loan(organisation=firm, **given | more)


def of_year(year: int) -> dict[str, int | None]:
    return dict(Entitlement.objects.filter(run=run_of(year), rule=RULE).values_list("state", "amount"))


@pytest.mark.parametrize(
    ("paid", "repaid", "second"),
    [
        (44_104_167, date(2021, 12, 1), {"entitled": 22_052_083}),
        (22_052_084, None, {"entitled": 22_052_083}),
        (22_052_083, None, {"waiting": None}),
    ],
)
def test_a_loan_over_two_years_is_subsidised_once_and_in_full(paid: int, repaid: date | None, second: dict[str, int | None]) -> None:
    one = drawn_in_december(newly_high_tech())
    assert of_year(2020) == {"waiting": None}
    one.interest_paid_fen, one.repaid_on = paid, repaid
    one.save()
    assert of_year(2020) == {"waiting": None}
    assert of_year(2021) == second


def test_what_was_settled_in_one_year_is_not_given_in_the_next() -> None:
    drawn_in_december(
        newly_high_tech(), drawn_on=date(2020, 1, 2), due_on=date(2020, 12, 20), repaid_on=date(2020, 12, 20), interest_paid_fen=44_104_167
    )
    assert list(of_year(2020)) == ["entitled"]
    assert of_year(2021) == {}


def test_the_cap_of_the_year_of_drawing_holds_over_the_years_of_settlement() -> None:
    firm, on = newly_high_tech(), date(2020, 11, 2)
    by = member(firm)
    terms = {"principal_fen": 2_200_000_000, "interest_paid_fen": 100_000_000, "drawn_on": date(2020, 3, 2), "due_on": date(2021, 3, 2)}
    first = drawn_in_december(firm, contract_number="A", interest_settled_on=date(2020, 10, 1), **terms)
    second = drawn_in_december(firm, contract_number="B", interest_settled_on=date(2021, 3, 2), **terms)
    third = drawn_in_december(
        firm,
        contract_number="C",
        **terms | {"drawn_on": date(2021, 1, 4), "due_on": date(2021, 6, 4), "interest_settled_on": date(2021, 6, 4)},
    )
    paid = through(applied(RULE, first.pk, by, firm, on), on)
    assert paid.decided_fen == 48_514_583
    Loan.objects.filter(pk=first.pk).update(released=False)  # what was decided counts whatever the register says now
    later = applied(RULE, second.pk, by, firm, date(2021, 6, 7))
    assert later.amount_fen == 50_000_000 - 48_514_583
    other = applied(RULE, third.pk, by, firm, date(2021, 6, 8))
    assert other.amount_fen == 20_070_417  # 22,000,000 × 4.35 % × 151 ÷ 360 ÷ 2: a cap of its own


def test_a_loan_drawn_in_force_is_granted_after_the_end() -> None:
    firm = newly_high_tech()
    one = drawn_in_december(
        firm, drawn_on=date(2021, 12, 1), due_on=date(2022, 12, 1), interest_settled_on=date(2022, 12, 1), interest_paid_fen=44_104_167
    )
    claim = applied(RULE, one.pk, member(firm), firm, date(2022, 12, 5))
    assert (claim.state, claim.amount_fen, claim.year) == (State.HANDLED, 22_052_083, 2022)
    assert Claim.objects.get() == claim
    assert actions.claims.decidable_on(claim, date(2022, 12, 6)) is None
