"""After the money: instalments of later years, appraisal, money given back, money released; and the books agree."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import AuditEntry
from quintet.ledger import check
from quintet.ledger.errors import AlreadyBooked
from quintet.ledger.models import Entry
from quintet.redemption import actions
from quintet.redemption.actions.payments import LineResult
from quintet.redemption.models import Claim, Clawback
from quintet.redemption.queries import paid_so_far
from quintet.redemption.states import State
from quintet.talent.models import Talent
from tests.guards import without
from tests.ledger.books import finance
from tests.redemption.batches import AFTER, batch_of, committed_claims, second_finance, signed
from tests.redemption.claims import officer
from tests.redemption.test_commitments import funds
from tests.redemption.ways import applied, one_of, somebody, through
from tests.scenes import arranged_once

pytestmark = pytest.mark.django_db
PAID_ON = date(2021, 1, 15)


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@arranged_once
def paid() -> Claim:
    """A high-tech award of 100,000 that has reached its payee."""
    batch = signed(count=1)
    actions.record_results(batch, [LineResult(number=1, kind="paid", on=PAID_ON, reference="凭证1")], by=finance(), on=PAID_ON)
    return Claim.objects.get()


@arranged_once
def demanded(amount: int = 10_000_000, claim: Claim | None = None) -> Clawback:
    found = actions.propose_clawback(claim or paid(), amount_fen=amount, reasons="证书被撤销", by=officer(), on=PAID_ON)
    return actions.confirm_clawback(found, confirmed=True, by=officer("officer2"), on=PAID_ON)


def sound() -> None:
    assert list(check.problems()) == []


def test_what_a_clause_has_paid_is_less_what_was_given_back():
    claim = paid()
    assert paid_so_far(claim.pack, claim.clause) == 10_000_000
    actions.receive_return(demanded(3_000_000, claim), amount_fen=3_000_000, reference="退1", by=finance(), on=PAID_ON)
    assert paid_so_far(claim.pack, claim.clause) == 7_000_000
    assert paid_so_far(claim.pack, "T1") == 0


class TestClawback:
    def test_all_of_it_in_two_sums_ends_the_case_and_the_fact_can_be_awarded_again(self):
        found = demanded()
        actions.receive_return(found, amount_fen=4_000_000, reference="退1", by=finance(), on=PAID_ON)
        found = actions.receive_return(found, amount_fen=6_000_000, reference="退2", by=finance(), on=PAID_ON)
        claim = Claim.objects.get()
        assert (found.state, claim.state) == ("done", "returned")
        sound()
        again = Claim.objects.get()
        again.pk, again.state, again.commitment, again.submitted_by, again.submitted_on = None, State.OFFERED, None, None, None
        again.decided_fen, again.closed_on = None, None
        again.save()

    def test_a_part_leaves_the_claim_paid(self):
        found = actions.receive_return(demanded(3_000_000), amount_fen=3_000_000, reference="退1", by=finance(), on=PAID_ON)
        assert (found.state, Claim.objects.get().state) == ("done", "paid")
        sound()

    def test_a_voucher_is_booked_once_and_never_more_than_is_due(self):
        found = demanded(3_000_000)
        actions.receive_return(found, amount_fen=1_000_000, reference="退1", by=finance(), on=PAID_ON)
        with pytest.raises(AlreadyBooked):
            actions.receive_return(found, amount_fen=1_000_000, reference="退1", by=finance(), on=PAID_ON)
        with pytest.raises(DomainError, match=r"不超过还应退的 20,000\.00 元"):
            actions.receive_return(found, amount_fen=2_000_001, reference="退2", by=finance(), on=PAID_ON)
        sound()

    def two_demands(self) -> list[Clawback]:
        lines = [LineResult(number=number, kind="paid", on=PAID_ON, reference=f"凭证{number}") for number in (1, 2)]
        actions.record_results(signed(count=2), lines, by=finance(), on=PAID_ON)
        return [demanded(3_000_000, claim) for claim in Claim.objects.order_by("pk")]

    @pytest.mark.parametrize("number", ["RV-0", " rv－0"])
    def test_a_voucher_of_one_payee_is_not_booked_for_another_unless_it_is_said_to_hold_both(self, number: str):
        first, second = self.two_demands()
        actions.receive_return(first, amount_fen=1_000_000, reference="RV-0", by=finance(), on=PAID_ON)
        with pytest.raises(AlreadyBooked, match="已登记为另一笔资金的退款") as refused:
            actions.receive_return(second, amount_fen=3_000_000, reference=number, by=finance(), on=PAID_ON)
        assert refused.value.where == f"RV-0 {first.claim.commitment} 10,000.00 元"
        assert second.claim.commitment.entries.filter(kind="return").count() == 0
        actions.receive_return(second, amount_fen=2_000_000, reference=number, joint_voucher=True, by=finance(), on=PAID_ON)
        actions.receive_return(second, amount_fen=1_000_000, reference="RV-1", by=finance(), on=PAID_ON)
        told = AuditEntry.objects.filter(action="ledger.return").order_by("number")
        assert [line.details.get("joint_voucher", False) for line in told] == [False, True, False]
        sound()

    def test_the_same_payee_does_not_get_a_voucher_twice_whatever_is_said(self):
        first, second = self.two_demands()
        for found, joint in ((first, False), (second, True)):
            actions.receive_return(found, amount_fen=1, reference="RV-0", joint_voucher=joint, by=finance(), on=PAID_ON)
        for joint in (False, True):
            with pytest.raises(AlreadyBooked):
                actions.receive_return(second, amount_fen=1, reference="RV-0", joint_voucher=joint, by=finance(), on=PAID_ON)

    def test_a_voucher_booked_twice_past_the_guard_is_told(self):
        first, second = self.two_demands()
        with without("quintet_entry_voucher_once"):
            for found in (first, second):
                actions.receive_return(found, amount_fen=1, reference="RV-0", by=finance(), on=PAID_ON)
        entries = Entry.objects.filter(kind="return").order_by("pk")
        assert check.problems() == [
            f"分录 {entries[1].pk}（{entries[1].commitment}）的退款凭证 RV-0 已记为分录 {entries[0].pk}（{entries[0].commitment}），没有说明一张凭证含几笔退款。"
        ]

    def test_the_page_asks_whether_a_voucher_holds_several(self, client: Client, monkeypatch: pytest.MonkeyPatch):
        first, second = self.two_demands()
        monkeypatch.setattr("quintet.core.clock.today", lambda: PAID_ON)
        client.force_login(finance())
        given = {"amount": "30000", "reference": "RV-0"}
        for found, ticked, booked in ((first, {}, 1), (second, {}, 1), (second, {"joint_voucher": "on"}, 2)):
            client.post(reverse("redemption:claim-do", args=[found.claim_id, "clawback_receive"]), given | ticked)
            assert Entry.objects.filter(kind="return").count() == booked

    def test_nobody_confirms_their_own_and_the_database_holds_it(self):
        found = actions.propose_clawback(paid(), amount_fen=1, reasons="理由", by=officer(), on=PAID_ON)
        with pytest.raises(NotAllowed):
            actions.confirm_clawback(found, confirmed=True, by=officer(), on=PAID_ON)
        with pytest.raises(IntegrityError), transaction.atomic():
            Clawback.objects.update(confirmed_by=found.proposed_by)
        with pytest.raises(DomainError, match="现在不能登记退款"):
            actions.receive_return(found, amount_fen=1, reference="退1", by=finance(), on=PAID_ON)

    @pytest.mark.parametrize("amount", [0, -1, 10_000_001])
    def test_not_more_than_was_paid(self, amount: int):
        with pytest.raises(DomainError, match="应退金额应大于零"):
            actions.propose_clawback(paid(), amount_fen=amount, reasons="理由", by=officer(), on=PAID_ON)

    def test_the_payee_is_told(self):
        demanded()
        from quintet.core.models import Notification

        told = [one.text for one in Notification.objects.filter(kind="clawback") if not one.user.grants.exists()]
        assert ["需要退回 100,000.00 元" in text for text in told] == [True]


class TestRelease:
    def test_money_that_will_not_be_paid_is_free_again(self):
        fund = funds()[0]
        claim = committed_claims(1, fund)[0]
        actions.propose_release(claim, reasons="企业已注销", by=finance(), on=AFTER)
        actions.confirm_release(claim, confirmed=True, by=second_finance(), on=AFTER)
        claim.refresh_from_db()
        assert claim.state == "refused"
        sound()

    def test_not_while_a_payment_is_on_its_way(self):
        batch = batch_of(1)
        with pytest.raises(DomainError):
            actions.propose_release(batch.lines.get().claim, reasons="理由", by=finance(), on=AFTER)


class TestAppraisal:
    def test_the_last_one_ends_the_case_an_earlier_one_names_the_next_day(self):
        claim = paid()
        assert claim.step == "appraisal"
        actions.appraise(
            claim, promised="新增 3 人", reached="新增 1 人", result="partly", again_on=date(2022, 1, 20), by=officer(), on=PAID_ON
        )
        claim.refresh_from_db()
        assert (claim.step, claim.due_on) == ("appraisal", date(2022, 1, 20))
        actions.appraise(claim, promised="新增 3 人", reached="新增 3 人", result="met", by=officer(), on=date(2022, 1, 20))
        claim.refresh_from_db()
        assert (claim.step, claim.due_on, claim.closed_on) == ("", None, date(2022, 1, 20))

    def test_not_before_the_money_and_not_by_another_department(self):
        claim = batch_of(1).lines.get().claim
        with pytest.raises(DomainError):
            actions.appraise(claim, promised="一", reached="二", result="met", by=finance(), on=AFTER)


class TestInstalments:
    def founder(self) -> Claim:
        """36,000 for a PhD who founded a business in 2019, paid for 2019 by the whole way."""
        user, someone = somebody()
        talent = Talent.objects.create(
            person=someone, category="other", phd=True, full_time_degree=True, graduated_on=date(2018, 6, 30), founded=True, founded_on=date(2020, 3, 1), first_business=True,
        )  # fmt: skip
        return through(applied("founder_subsidy", talent.pk, user, someone))

    def test_the_second_year_is_opened_without_applying_and_goes_the_whole_way(self):
        first = self.founder()
        assert (first.state, first.instalment) == ("paid", 0)
        assert list(actions.awaiting_instalment(2021)) == [first]
        found = actions.open_instalments(2021, by=one_of("party_organisation"), on=date(2021, 11, 2))
        assert found == {"opened": 1, "not_due": []}
        second = Claim.objects.get(follows=first)
        assert (second.instalment, second.year, second.step, second.amount_fen, second.account) == (
            1,
            2021,
            "form_check",
            3_600_000,
            first.account,
        )
        assert actions.open_instalments(2021, by=one_of("party_organisation"), on=date(2021, 11, 2))["opened"] == 0
        second = through(second, date(2021, 11, 3))
        assert second.state == "paid"
        sound()

    def test_who_is_not_entitled_any_more_is_named_and_not_opened(self):
        self.founder()
        Talent.objects.update(first_business=False)
        found = actions.open_instalments(2021, by=one_of("party_organisation"), on=date(2021, 11, 2))
        assert found["opened"] == 0
        assert found["not_due"][0][0] == "赵博士"
        assert Claim.objects.count() == 1
