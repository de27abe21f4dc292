"""Whoever confirms sees what was proposed: by whom, how much, why; one by one, in the queue, on the way to several at once and after it."""

import re
from typing import Any

import pytest
from django.test import Client

from quintet.core import clock
from quintet.core.models import User
from quintet.directory.models import Recognition
from quintet.redemption import actions
from quintet.redemption.models import Claim
from tests.ledger.books import finance
from tests.redemption.applications import ON as NOVEMBER
from tests.redemption.applications import scored
from tests.redemption.batches import AFTER, cleared_claims
from tests.redemption.claims import ON, checked, officer, proposed
from tests.redemption.test_commitments import funds
from tests.redemption.ways import one_of

pytestmark = pytest.mark.django_db
PART = 350_000_00


@pytest.fixture(autouse=True)
def _day(settings: Any) -> None:
    settings.DEMO = True
    clock.move_to(NOVEMBER)


def seen(answer: Any) -> str:
    """The words of a page, without any space."""
    return re.sub(r"<[^>]+>|\s+", "", answer.content.decode())


def as_(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def below_the_cap() -> Claim:
    """An award up to 500,000 for which less is proposed."""
    scored()
    claim = Claim.objects.get()
    for unit in list(claim.votes.values_list("unit", flat=True)):
        actions.vote(claim, unit=unit, agree="agree", by=one_of(unit), on=NOVEMBER)
    actions.propose(claim, granted=True, amount_fen=PART, reasons="按合同额核定。", by=officer(), on=NOVEMBER)
    claim.refresh_from_db()
    assert claim.amount_fen > PART
    return claim


class TestOneByOne:
    def test_a_grant_below_the_cap_is_shown_with_its_sum_its_reasons_and_who_proposed_it(self):
        claim = below_the_cap()
        page = seen(as_(officer("officer2")).get(f"/claims/{claim.pk}/"))
        assert "承办人拟予兑现350,000.00元（officer1）：按合同额核定。" in page
        assert "承办人拟不予兑现" not in page

    def test_a_refusal_is_shown_with_its_reasons(self):
        clock.move_to(ON)
        claim = proposed(granted=False, reasons="证书已撤销。")
        page = seen(as_(officer("officer2")).get(f"/claims/{claim.pk}/"))
        assert "承办人拟不予兑现（officer1）：证书已撤销。" in page
        assert "承办人拟予兑现" not in page

    def test_after_one_was_sent_back_the_new_proposal_is_shown(self):
        clock.move_to(ON)
        claim = proposed(granted=False, reasons="证书已撤销。")
        actions.confirm_decision(claim, confirmed=False, remark="请再核实。", by=officer("officer2"), on=ON)
        proposed(Claim.objects.get(), reasons="证书有效。")
        page = seen(as_(officer("officer2")).get(f"/claims/{claim.pk}/"))
        assert "承办人拟予兑现100,000.00元（officer1）：证书有效。" in page


class TestSeveralAtOnce:
    def test_the_queue_the_look_ahead_and_the_answer_say_the_sum_proposed(self):
        claim = below_the_cap()
        second, asked = as_(officer("officer2")), {"tab": "proposed", "claim": claim.pk}
        for page in (seen(second.get("/desk/?tab=proposed")), seen(second.post("/desk/several/", asked))):
            assert ("350,000.00元" in page, "500,000.00元" in page) == (True, False)
        done = seen(second.post("/desk/several/", {**asked, "confirmed": "1", "looked": "1"}))
        assert "1件，金额合计350,000.00元" in done
        assert Claim.objects.get().decided_fen == PART

    def test_a_refusal_is_named_and_brings_nothing(self):
        clock.move_to(ON)
        claim = proposed(granted=False, reasons="证书已撤销。")
        second, asked = as_(officer("officer2")), {"tab": "proposed", "claim": claim.pk}
        for page in (seen(second.get("/desk/?tab=proposed")), seen(second.post("/desk/several/", asked))):
            assert ("拟不予兑现" in page, "100,000.00元" in page) == (True, False)
        assert "1件，金额合计0.00元" in seen(second.post("/desk/several/", {**asked, "confirmed": "1", "looked": "1"}))

    def test_what_went_back_to_its_department_counts_to_no_sum(self):
        clock.move_to(AFTER)
        fund, claims = funds()[0], cleared_claims(2)
        Recognition.objects.filter(organisation=claims[0].organisation).delete()
        asked = {"tab": "cleared", "claim": [claim.pk for claim in claims], "fund": fund.pk, "confirmed": "1"}
        done = seen(as_(finance()).post("/desk/several/", asked))
        assert "1件，金额合计100,000.00元" in done
        assert "事实有变，已退回部门" in done
        assert sorted(Claim.objects.values_list("state", flat=True)) == ["committed", "handled"]


def test_a_claim_that_waits_for_no_second_person_shows_the_sum_of_the_facts():
    clock.move_to(ON)
    checked()
    assert "100,000.00元" in seen(as_(officer()).get("/desk/?tab=decision"))


def test_what_somebody_proposed_who_has_left_is_said_to_be_only_sent_back():
    clock.move_to(ON)
    claim, second = proposed(), as_(officer("officer2"))
    assert "提出人已不在岗" not in seen(second.get("/desk/?tab=proposed"))
    User.objects.filter(pk=officer().pk).update(is_active=False)
    page = second.get("/desk/?tab=proposed")
    assert ("提出人已不在岗" in seen(page), 'name="claim"' in page.content.decode()) == (True, False)
    second.post("/desk/several/", {"tab": "proposed", "claim": claim.pk, "confirmed": "1", "looked": "1"})
    assert Claim.objects.get().state == "proposed"
