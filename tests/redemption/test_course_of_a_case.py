"""What a case's page says of each step as it went, whom it waits for, and which lines of the audit chain stand behind a payment."""

import re
from typing import Any

import pytest
from django.test import Client

from quintet.core import clock
from quintet.core.models import AuditEntry
from quintet.directory.models import Recognition
from quintet.redemption import actions, cases
from quintet.redemption.models import Claim
from tests.ledger.books import finance
from tests.redemption.applications import ON as NOVEMBER
from tests.redemption.applications import scored
from tests.redemption.batches import AFTER, cleared_claims
from tests.redemption.claims import officer
from tests.redemption.test_after import PAID_ON, paid
from tests.redemption.test_commitments import funds
from tests.redemption.test_said_of_payments import sent_back
from tests.redemption.ways import one_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _day(settings: Any) -> None:
    settings.DEMO = True
    clock.move_to(NOVEMBER)


def words(claim: Claim, kind: str) -> list[tuple[str, str]]:
    return [(item["word"], item["tone"]) for item in cases.history(claim) if item["step"].kind == kind]


def seen(address: str) -> str:
    client = Client()
    client.force_login(officer("looker"), backend="django.contrib.auth.backends.ModelBackend")
    return re.sub(r"<[^>]+>|\s+", "", client.get(address).content.decode())


@pytest.mark.parametrize(("result", "word"), [("met", ("达到", "ok")), ("partly", ("部分达到", "warn")), ("unmet", ("未达到", "bad"))])
def test_an_appraisal_says_its_result(result: str, word: tuple[str, str]):
    claim = paid()
    actions.appraise(claim, promised="三项专利", reached="两项专利", result=result, by=officer(), on=PAID_ON)
    assert words(claim, "appraisal") == [word]


def test_a_second_appraisal_has_a_word_of_its_own():
    claim = paid()
    again = PAID_ON.replace(year=PAID_ON.year + 1)
    actions.appraise(claim, promised="三项专利", reached="零", result="unmet", again_on=again, by=officer(), on=PAID_ON)
    assert words(claim, "appraisal") == [("", ""), ("未达到", "bad")]
    actions.appraise(claim, promised="三项专利", reached="三项", result="met", by=officer(), on=again)
    assert words(claim, "appraisal") == [("达到", "ok"), ("未达到", "bad")]


def test_a_banks_return_is_no_correction():
    assert words(sent_back(), "payment") == [("", ""), ("银行退回", "warn")]


def test_what_finance_sends_back_for_its_facts_says_so():
    fund, claim = funds()[0], cleared_claims(1)[0]
    Recognition.objects.all().delete()
    claim = actions.commit_claim(claim, fund=fund, by=finance(), on=AFTER)
    assert words(claim, "payment") == [("事实有变，退回部门", "warn")]


class TestTheJointReview:
    def voted(self, vote: str, units: list[str]) -> Claim:
        claim = Claim.objects.get()
        for unit in units:
            opinion = "县里另有安排" if vote == "object" else ""
            actions.vote(claim, unit=unit, agree=vote, opinion=opinion, by=one_of(unit), on=NOVEMBER)
        claim.refresh_from_db()
        return claim

    def units(self) -> list[str]:
        scored()
        return list(Claim.objects.get().votes.order_by("pk").values_list("unit", flat=True))

    def test_waits_for_the_departments_that_have_not_voted(self):
        first, *others = self.units()
        claim = Claim.objects.get()
        both, (row,) = cases.awaited_votes([claim])[claim.pk], cases.rows([claim], NOVEMBER)
        assert (len(both), row["unit"]) == (1 + len(others), "、".join(both))
        assert f"等待{'、'.join(both)}联审表决" in cases.expected(claim)
        claim = self.voted("agree", [first])
        (row,) = cases.rows([claim], NOVEMBER)
        assert row["unit"] == "、".join(both[1:])
        assert both[0] not in cases.expected(claim)
        claim = self.voted("agree", others)
        assert cases.awaited_votes([claim]) == {}
        assert "联审表决" not in cases.expected(claim)

    @pytest.mark.parametrize(("vote", "word"), [("agree", ("各部门同意", "ok")), ("object", ("表决完毕，有部门不同意", "warn"))])
    def test_says_whether_all_agreed_and_bears_no_voters_name(self, vote: str, word: tuple[str, str]):
        claim = self.voted(vote, self.units())
        assert words(claim, "joint_review") == [word]
        assert [item["by"] for item in cases.history(claim) if item["step"].kind == "joint_review"] == [None]


def test_the_chain_names_who_made_and_signed_the_batch_and_their_lines():
    claim = paid()
    (link,) = [link for link in cases.chain(claim) if link["kind"] == "payment"]
    batch = link["line"].batch
    assert [entry.action.removeprefix("redemption.") for entry in link["audit"]] == ["order", "make_batch", "sign_batch", "paid"]
    signed = AuditEntry.objects.get(action="redemption.sign_batch", record=f"redemption.paymentbatch:{batch.pk}")
    page = seen(f"/claims/{claim.pk}/chain/")
    assert f"编制{batch.made_by}" in page
    assert f"签发{batch.signed_by}" in page
    assert f"第{signed.number}条" in page
