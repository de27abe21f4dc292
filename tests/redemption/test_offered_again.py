"""What was refused, released or called back is offered again only by name; what nobody decided is offered with the others (decision 0021)."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from quintet.core import clock, jobs
from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import AuditEntry, Job
from quintet.redemption import actions
from quintet.redemption.models import Claim
from quintet.redemption.states import WrongState
from tests import guards
from tests.ledger.books import finance
from tests.redemption.batches import AFTER, committed_claims, second_finance
from tests.redemption.city import run_of
from tests.redemption.claims import ON, confirmed, member, offered, officer, proposed, upheld
from tests.redemption.test_after import PAID_ON, demanded
from tests.redemption.test_commitments import funds
from tests.redemption.test_notices import objected, published
from tests.scenes import arranged_once

pytestmark = pytest.mark.django_db


@arranged_once
def refused() -> Claim:
    return actions.confirm_decision(proposed(granted=False, reasons="证书不实"), confirmed=True, by=officer("officer2"), on=ON)


def objected_away() -> Claim:
    upheld(objected(published()))
    return Claim.objects.get()


def released() -> Claim:
    (claim,) = committed_claims(1, funds()[0])
    actions.propose_release(claim, reasons="企业已注销", by=finance(), on=AFTER)
    return actions.confirm_release(claim, confirmed=True, by=second_finance(), on=AFTER)


@arranged_once
def called_back(amount: int = 10_000_000) -> Claim:
    actions.receive_return(demanded(amount), amount_fen=amount, reference="退1", by=finance(), on=PAID_ON)
    return Claim.objects.get()


def withdrawn() -> Claim:
    claim = offered()
    return actions.withdraw(claim, by=member(claim.organisation), on=ON)


def lapsed() -> Claim:
    claim = offered()
    actions.lapse_overdue(on=date(2021, 2, 20))
    claim.refresh_from_db()
    return claim


def offers(on: date = PAID_ON) -> dict[str, int]:
    return actions.make_offers(run_of(), by=officer(), on=on)


@pytest.mark.parametrize("ended", [refused, objected_away, released, called_back])
def test_what_two_decided_is_not_offered_with_the_others(ended: Callable[[], Claim]):
    claim = ended()
    assert claim.state in ("refused", "returned")
    assert offers() == {"made": 0, "there": 0, "settled": 1, "left": 0}
    assert Claim.objects.count() == 1


@pytest.mark.parametrize("ended", [withdrawn, lapsed])
def test_what_nobody_decided_is(ended: Callable[[], Claim]):
    ended()
    assert offers(date(2021, 2, 22)) == {"made": 1, "there": 0, "settled": 0, "left": 0}


@pytest.mark.parametrize(("amount", "found"), [(9_999_999, {"there": 1, "settled": 0}), (10_000_000, {"there": 0, "settled": 1})])
def test_a_part_called_back_leaves_the_award_there(amount: int, found: dict[str, int]):
    called_back(amount)
    assert offers() == {"made": 0, "left": 0, **found}


def test_who_makes_the_offers_is_told_how_many_were_left_out():
    refused()
    by = officer()
    job = jobs.start("确认邀请", actions.offers_job, by=by, run=run_of().pk, user=by.pk, on=ON.isoformat())
    assert "决定过不予兑现、不再拨付或者已全部追回的 1 件不再自动邀请" in Job.objects.get(pk=job.pk).message


@pytest.mark.parametrize("ended", [refused, called_back])
def test_an_officer_offers_it_again_by_name_with_a_reason_and_it_goes_the_whole_way(ended: Callable[[], Claim]):
    claim = ended()
    with pytest.raises(DomainError, match="请写明再次邀请的理由"):
        actions.offer_again(claim, reasons=" ", by=officer(), on=PAID_ON)
    again = actions.offer_again(claim, reasons="复议撤销了原决定", by=officer(), on=PAID_ON)
    assert (again.state, again.amount_fen, again.awarded, again.organisation) == ("offered", 10_000_000, claim.awarded, claim.organisation)
    assert again.steps.get().kind == "confirmation"
    line = AuditEntry.objects.get(action="redemption.offer_again")
    assert (line.details["before"], line.details["reasons"]) == (claim.pk, "复议撤销了原决定")
    assert offers() == {"made": 0, "there": 1, "settled": 0, "left": 0}
    with pytest.raises(DomainError, match="同一事项另有一件在办或已经兑现"):
        actions.offer_again(claim, reasons="复议撤销了原决定", by=officer(), on=PAID_ON)
    by = member(again.organisation, "again")
    assert actions.confirm_offer(again, account=claim.account, by=by, on=PAID_ON).state == "handled"
    assert guards.problems() == []


def test_lapsed_anew_it_still_waits_for_an_official():
    again = actions.offer_again(refused(), reasons="复议撤销了原决定", by=officer(), on=PAID_ON)
    assert actions.lapse_overdue(on=date(2022, 1, 4)) == 1
    again.refresh_from_db()
    assert again.state == "lapsed"
    assert offers(date(2021, 3, 1)) == {"made": 0, "there": 0, "settled": 1, "left": 0}


def test_not_by_others_and_not_what_is_open_or_was_withdrawn():
    claim = refused()
    for by in (officer("elsewhere", unit="hrss"), finance()):
        with pytest.raises(NotAllowed):
            actions.offer_again(claim, reasons="理由", by=by, on=PAID_ON)


@pytest.mark.parametrize("claim", [withdrawn, confirmed])
def test_only_what_was_settled(claim: Callable[[], Claim]):
    with pytest.raises(WrongState):
        actions.offer_again(claim(), reasons="理由", by=officer(), on=PAID_ON)


@pytest.mark.parametrize(("on", "possible"), [(date(2021, 12, 30), True), (date(2021, 12, 31), True), (date(2022, 1, 1), False)])
def test_not_after_the_end_of_the_policy(on: date, possible: bool):
    claim = refused()
    if possible:
        assert actions.offer_again(claim, reasons="理由", by=officer(), on=on).due_on == date(2021, 12, 31)
    else:
        with pytest.raises(DomainError, match="期满"):
            actions.offer_again(claim, reasons="理由", by=officer(), on=on)


def test_the_page_offers_it_and_leads_to_the_new_case(client: Client, settings: Any):
    settings.DEMO = True
    claim = refused()
    clock.move_to(PAID_ON)
    client.force_login(officer())
    where = reverse("redemption:claim-do", args=[claim.pk, "offer_again"])
    assert where in client.get(reverse("redemption:claim", args=[claim.pk])).content.decode()
    answer = client.post(where, {"reasons": "复议撤销了原决定"})
    again = Claim.objects.get(state="offered")
    assert answer.url == reverse("redemption:claim", args=[again.pk])
