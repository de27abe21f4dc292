"""Several people at the same claim at the same moment: one of them does it, the others are told."""

from collections.abc import Callable
from typing import Any

import pytest

from quintet.core.errors import DomainError
from quintet.core.models import User
from quintet.ledger import check
from quintet.redemption import actions
from quintet.redemption.models import Claim, JointVote, PaymentBatch, Seat
from tests import guards
from tests.ledger.books import finance
from tests.ledger.test_at_once import together
from tests.redemption.applications import ON as NOVEMBER
from tests.redemption.applications import PACK, call_for, panel_of, project, submitted
from tests.redemption.batches import AFTER, cleared_claims, committed_claims
from tests.redemption.city import newly_high_tech
from tests.redemption.claims import ON, member, officer, proposed
from tests.redemption.test_commitments import funds

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 8


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def tried(work: Callable[[int], Any]) -> Callable[[int], str]:
    def one(n: int) -> str:
        try:
            work(n)
        except DomainError:
            return "told"
        return "done"

    return one


def sound() -> None:
    assert guards.problems() == check.problems() == []


def test_officers_who_confirm_the_same_decision():
    claim = proposed()
    people = [officer(f"second{n}") for n in range(MANY)]
    assert together(tried(lambda n: actions.confirm_decision(claim, confirmed=True, by=people[n], on=ON)), MANY) == {
        "done": 1,
        "told": MANY - 1,
    }
    assert claim.decisions.get().confirmed
    sound()


def test_one_confirms_while_another_sends_back():
    claim = proposed()
    people = [officer(f"second{n}") for n in range(MANY)]
    said = together(tried(lambda n: actions.confirm_decision(claim, confirmed=bool(n % 2), remark="再核", by=people[n], on=ON)), MANY)
    assert said == {"done": 1, "told": MANY - 1}
    assert Claim.objects.get().state in ("granted", "handled")


def test_finance_officers_who_set_the_same_money_aside():
    claim = cleared_claims(1)[0]
    fund = funds()[0]
    finance()
    assert together(tried(lambda n: actions.commit_claim(claim, fund=fund, by=User.objects.get(username="finance"), on=AFTER)), MANY) == {
        "done": 1,
        "told": MANY - 1,
    }
    sound()


def test_batches_made_of_the_same_claim():
    fund = funds()[0]
    claims = committed_claims(1, fund)
    assert together(
        tried(lambda n: actions.make_batch(claims, fund=fund, year=2020, by=User.objects.get(username="finance"), on=AFTER)), MANY
    ) == {"done": 1, "told": MANY - 1}
    assert PaymentBatch.objects.count() == 1


def test_colleagues_who_begin_the_same_application():
    firm = newly_high_tech()
    by, found = member(firm), project(firm)
    call_for()
    begun: list[int] = []
    work = lambda n: begun.append(
        actions.start_application(pack=PACK, rule="transfer_grant", subject_id=found.pk, year=2020, by=by, on=NOVEMBER).pk
    )
    assert together(tried(work), MANY) == {"done": MANY}
    assert set(begun) == {Claim.objects.get().pk}


def test_a_panel_is_drawn_once_and_two_who_recuse_get_two_others():
    panel = panel_of(count=12)
    claim = panel.claim
    assert together(tried(lambda n: actions.draw_panel(claim, by=User.objects.get(username="officer1"), on=NOVEMBER)), MANY) == {
        "told": MANY
    }
    seats = list(panel.seats.select_related("expert__person__user"))
    people = [seat.expert.person.user for seat in seats]
    assert together(tried(lambda n: actions.declare(seats[n], free=False, reason="同事", by=people[n], on=NOVEMBER)), 5) == {"done": 5}
    assert Seat.objects.filter(panel=panel).exclude(state="recused").count() == 5
    assert sorted(Seat.objects.values_list("number", flat=True)) == list(range(1, 11))


def test_a_department_votes_once():
    claim = submitted()
    guards.changed(Claim.objects.filter(pk=claim.pk), step="joint_review")
    step = claim.steps.get(ended_on=None)
    JointVote.objects.create(claim=claim, step=step, unit="finance")
    JointVote.objects.create(claim=claim, step=step, unit="counties")
    guards.as_found()
    people = [officer(f"voter{n}", unit="finance") for n in range(MANY)]
    said = together(tried(lambda n: actions.vote(claim, unit="finance", agree="agree", by=people[n], on=NOVEMBER)), MANY)
    assert said == {"done": 1, "told": MANY - 1}
