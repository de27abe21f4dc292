"""Ways round the money rules that somebody might try: each is closed, by an action or by the database."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from quintet.core import audit, triggers
from quintet.core.actions import delegate, end_delegation
from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import RoleGrant, User
from quintet.directory.models import Recognition
from quintet.finance.models import Loan
from quintet.ledger import actions as ledger
from quintet.ledger import check
from quintet.redemption import actions, books
from quintet.redemption.actions.payments import LineResult
from quintet.redemption.models import Claim, Clawback, Decision, NoticeLine, Objection, PaymentBatch, PaymentLine, PaymentResult
from tests import guards
from tests.guards import without
from tests.ledger.books import award, finance
from tests.redemption import test_after
from tests.redemption.batches import AFTER, cleared_claims, committed_claims, looked_at_again, second_finance, signed
from tests.redemption.city import newly_high_tech, patent_loan, run_of
from tests.redemption.claims import ON, checked, confirmed, granted, member, officer, proposed
from tests.redemption.test_after import PAID_ON, demanded, paid
from tests.redemption.test_commitments import funds
from tests.redemption.ways import PACK, applied, one_of, through

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def again(user: User) -> User:
    """The same user, asked anew for their roles."""
    return User.objects.get(pk=user.pk)


def run_sql(text: str, *values: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(text, values)


def result(number: int = 1, kind: str = "paid", on: date = PAID_ON) -> LineResult:
    return LineResult(number=number, kind=kind, on=on, reference=f"凭证{number}", reason="账号有误" if kind == "returned" else "")


class TestFourEyes:
    def stand_in(self, of: User, role: str) -> tuple[User, RoleGrant]:
        other = User.objects.create(username="stand-in", display_name="代办")
        RoleGrant.objects.create(user=other, role="officer", unit="hrss", granted_on=date(2019, 1, 1))
        given = delegate(
            of.grants.get(role=role), again(other), first_day=TODAY, last_day=TODAY + timedelta(days=3), by=again(of), on=TODAY
        )
        return again(other), given

    def test_a_decision_is_not_confirmed_by_who_had_lent_the_proposer_the_role_even_after_taking_it_back(self):
        lender, claim = officer(), checked()
        borrower, given = self.stand_in(lender, "officer")
        actions.propose(claim, granted=True, by=borrower, on=ON)
        end_delegation(given, by=lender, on=TODAY)
        with pytest.raises(NotAllowed, match="受承办人委托"):
            actions.confirm_decision(claim, confirmed=True, by=again(lender), on=ON)

    def test_nor_is_a_batch_signed(self):
        fund, lender = funds()[0], finance()
        claims = committed_claims(1, fund)
        borrower, given = self.stand_in(lender, "finance_officer")
        batch = actions.make_batch(claims, fund=fund, year=2020, by=borrower, on=AFTER)
        end_delegation(given, by=lender, on=TODAY)
        with pytest.raises(NotAllowed, match="受编制人委托"):
            actions.sign_batch(batch, by=again(lender), on=AFTER)

    def test_who_confirmed_a_decision_does_not_answer_the_objection_to_it(self):
        claim = granted()
        line = actions.publish_notice([claim], title="公示", by=officer(), on=ON).lines.get()
        objection = actions.object_to(
            line, objector="张三", contact="1", text="研发人员数与事实不符，请核查。", by=officer("citizen", unit="elsewhere"), on=ON
        )
        for decided in (officer(), officer("officer2")):
            with pytest.raises(NotAllowed, match="作出决定的人"):
                actions.answer_objection(objection, upheld=False, finding="不成立", by=decided, on=ON)


class TestRecusal:
    def test_finance_that_recused_neither_commits_nor_orders_nor_reads_back(self):
        fund, claim = funds()[0], cleared_claims(1)[0]
        actions.recuse(claim, reason="亲属", by=finance())
        with pytest.raises(NotAllowed, match="应当回避"):
            actions.commit_claim(claim, fund=fund, by=finance(), on=AFTER)
        claim = actions.commit_claim(claim, fund=fund, by=second_finance(), on=AFTER)
        with pytest.raises(NotAllowed, match="应当回避"):
            actions.make_batch([claim], fund=fund, year=2020, by=finance(), on=AFTER)
        third = User.objects.create(username="finance3", display_name="finance3")
        RoleGrant.objects.create(user=third, role="finance_officer", unit="finance", granted_on=date(2019, 1, 1))
        batch = actions.sign_batch(actions.make_batch([claim], fund=fund, year=2020, by=second_finance(), on=AFTER), by=third, on=AFTER)
        with pytest.raises(NotAllowed, match="应当回避"):
            actions.record_results(batch, [result()], by=finance(), on=PAID_ON)

    def test_an_officer_who_recused_does_not_publish_and_their_proposal_falls(self):
        claim = proposed()
        actions.recuse(claim, reason="亲属", by=officer())
        with pytest.raises(NotAllowed, match="承办人已经回避"):
            actions.confirm_decision(claim, confirmed=True, by=officer("officer2"), on=ON)
        actions.confirm_decision(claim, confirmed=False, remark="换人", by=officer("officer2"), on=ON)
        actions.propose(claim, granted=True, by=officer("officer3"), on=ON)
        claim = actions.confirm_decision(claim, confirmed=True, by=officer("officer2"), on=ON)
        with pytest.raises(NotAllowed, match="应当回避"):
            actions.publish_notice([claim], title="公示", by=officer(), on=ON)


class TestClawback:
    def lead(self, claim: Claim, number: int = 1) -> User:
        return one_of("party_organisation", number)

    def called_back(self, claim: Claim, on: date) -> Clawback:
        found = actions.propose_clawback(claim, amount_fen=claim.decided_fen, reasons="材料不实", by=self.lead(claim), on=on)
        return actions.confirm_clawback(found, confirmed=True, by=self.lead(claim, 2), on=on)

    def test_no_instalment_is_opened_while_the_one_before_is_called_back_nor_before_its_year(self):
        first = test_after.TestInstalments().founder()
        with pytest.raises(DomainError, match="2021 年尚未开始"):
            actions.open_instalments(2021, by=self.lead(first), on=date(2020, 12, 2))
        self.called_back(first, date(2021, 11, 2))
        assert actions.open_instalments(2021, by=self.lead(first), on=date(2021, 11, 2)) == {"opened": 0, "not_due": []}

    def another_call(self, first: Claim) -> Claim:
        """The second instalment, handed in for another call: it follows nobody."""
        return applied(first.rule, first.subject_id, first.created_by, first.person, date(2021, 11, 2))

    def test_one_that_came_through_another_call_stops_too(self):
        first, on = test_after.TestInstalments().founder(), date(2021, 11, 2)
        second = self.another_call(first)
        assert (second.follows, second.instalment) == (None, 1)
        found = self.called_back(first, on)
        with pytest.raises(DomainError, match="上一期的资金已经或正在追回"):
            through(second, on)
        actions.receive_return(found, amount_fen=first.decided_fen, reference="退1", by=finance(), on=on)
        with pytest.raises(DomainError, match="上一期的资金已经或正在追回"):
            actions.propose(second, granted=True, reasons="核定。", by=one_of(second.unit), on=on)

    def test_nor_does_the_database_set_its_money_aside_or_order_it(self):
        first, on = test_after.TestInstalments().founder(), date(2021, 11, 2)
        second = through(self.another_call(first), on)
        assert second.state == "paid"
        day = second.payment_lines.get().batch.made_on
        batch = second.payment_lines.get().batch
        actions.record_results(batch, [result(kind="returned", on=day)], by=finance(), on=day)
        second = looked_at_again(Claim.objects.get(pk=second.pk), on=day)
        self.called_back(first, day)
        with pytest.raises(DomainError, match="上一期的资金已经或正在追回"):
            actions.make_batch([second], fund=batch.fund, year=2021, by=finance(), on=day)
        made = PaymentBatch.objects.create(
            fund=batch.fund, year=2021, count=1, sum_fen=1, seal="", made_by=finance(), made_under=finance().grants.get(), made_on=day
        )
        with pytest.raises(IntegrityError, match="redemption_called_back"), transaction.atomic():
            PaymentLine.objects.create(
                batch=made, number=1, claim=second, payee="赵博士", bank="示例银行", account="6222", amount_fen=1, purpose=""
            )

    def test_an_instalment_under_way_stops_when_the_one_before_is_called_back(self):
        first, on = test_after.TestInstalments().founder(), date(2021, 11, 2)
        actions.open_instalments(2021, by=self.lead(first), on=on)
        second = Claim.objects.get(follows=first)
        found = self.called_back(first, on)
        with pytest.raises(DomainError, match="上一期的资金已经或正在追回"):
            through(second, date(2021, 11, 3))
        actions.receive_return(found, amount_fen=first.decided_fen, reference="退1", by=finance(), on=on)
        with pytest.raises(DomainError, match="上一期的资金已经或正在追回"):
            actions.propose(second, granted=True, reasons="核定。", by=one_of(second.unit), on=date(2021, 11, 3))

    def test_a_second_demand_is_for_what_is_left_and_with_the_last_of_it_all_is_returned(self):
        claim = paid()
        actions.receive_return(demanded(6_000_000, claim), amount_fen=6_000_000, reference="退1", by=finance(), on=PAID_ON)
        with pytest.raises(DomainError, match=r"不超过已拨付的 40,000\.00 元"):
            actions.propose_clawback(claim, amount_fen=4_000_001, reasons="理由", by=officer(), on=PAID_ON)
        actions.receive_return(demanded(4_000_000, claim), amount_fen=4_000_000, reference="退2", by=finance(), on=PAID_ON)
        claim.refresh_from_db()
        assert claim.state == "returned"
        assert check.problems() == []

    def test_what_bounced_while_it_was_called_back_is_not_paid_again_until_the_demand_is_given_up(self):
        claim = paid()
        found, batch = demanded(claim=claim), claim.payment_lines.get().batch
        actions.record_results(batch, [result(kind="returned")], by=finance(), on=PAID_ON)
        claim = looked_at_again(Claim.objects.get(), on=PAID_ON)
        with pytest.raises(DomainError, match="正在追回"):
            actions.make_batch([claim], fund=batch.fund, year=2020, by=finance(), on=PAID_ON)
        actions.propose_drop(found, reasons="钱没有到账", by=officer("officer2"), on=PAID_ON)
        with pytest.raises(NotAllowed, match="提出人不能复核"):
            actions.confirm_drop(found, confirmed=True, by=officer(), on=PAID_ON)
        actions.confirm_drop(found, confirmed=True, by=officer("officer3"), on=PAID_ON)
        assert actions.make_batch([claim], fund=batch.fund, year=2020, by=finance(), on=PAID_ON).count == 1

    def test_releasing_the_money_ends_the_demand(self):
        claim = paid()
        demanded(claim=claim)
        actions.record_results(claim.payment_lines.get().batch, [result(kind="returned")], by=finance(), on=PAID_ON)
        claim.refresh_from_db()
        actions.propose_release(claim, reasons="企业已注销", by=finance(), on=PAID_ON)
        actions.confirm_release(claim, confirmed=True, by=second_finance(), on=PAID_ON)
        assert Clawback.objects.get().state == "dropped"
        assert check.problems() == []


class TestTheSameAgain:
    def test_a_corrected_register_makes_no_second_award(self):
        claim = paid()
        Recognition.objects.update(granted_on=date(2020, 9, 16))
        assert actions.make_offers(run_of(), by=officer(), on=AFTER)["made"] == 0
        second = Claim.objects.get()
        second.pk, second.awarded, second.commitment = None, f"enterprise={claim.subject_id}|high_tech_recognised_on=2020-09-16", None
        second.state, second.step = "handled", "decision"
        second.follows, second.decided_fen = claim, None
        second.save()
        guards.sealed_as_arranged(second)
        second.steps.create(number=1, kind="decision", unit="stb", started_on=AFTER, due_on=AFTER)
        with pytest.raises(DomainError, match="事实后来在名录中被更正"):
            actions.propose(second, granted=True, by=officer(), on=AFTER)

    def test_a_yearly_limit_counts_what_was_decided_whatever_the_register_says_now(self):
        firm, on = newly_high_tech(), date(2020, 11, 2)
        by = member(firm)
        loans = [patent_loan(firm, 22_000_000, number) for number in ("A", "B")]
        first = through(applied("loan_interest_subsidy", loans[0].pk, by, firm, on), on)
        Loan.objects.filter(pk=loans[0].pk).update(released=False)
        second = applied("loan_interest_subsidy", loans[1].pk, by, firm, date(2020, 11, 20))
        assert first.decided_fen + second.amount_fen == 50_000_000
        assert "本年度上限内只余" in second.changed

    def test_nothing_is_claimed_for_a_year_to_come(self):
        firm = newly_high_tech()
        one = patent_loan(firm, 5_000_000)
        with pytest.raises(DomainError, match="2021 年的申报现在没有开放"):
            actions.start_application(
                pack=PACK, rule="loan_interest_subsidy", subject_id=one.pk, year=2021, by=member(firm), on=date(2020, 11, 2)
            )

    def test_a_renamed_payee_registers_the_same_number_anew(self):
        claim = confirmed()
        firm = claim.organisation
        firm.name = "改名后的有限公司"
        firm.save()
        found = actions.register_account(firm, holder=firm.name, bank="示例银行", number=claim.account.number, by=member(firm), on=ON)
        assert (found.pk != claim.account_id, found.holder) == (True, firm.name)


class TestReadingBack:
    def test_a_line_whose_money_came_back_stops_the_whole_file_beforehand(self):
        batch = signed(count=2)
        actions.record_results(batch, [result(1), result(2)], by=finance(), on=PAID_ON)
        found = demanded(1, batch.lines.get(number=2).claim)
        actions.receive_return(found, amount_fen=1, reference="退1", by=finance(), on=PAID_ON)
        with pytest.raises(DomainError, match="一笔也没有记"):
            actions.record_results(batch, [result(1, "returned"), result(2, "returned")], by=finance(), on=PAID_ON, chunk=1)
        assert not PaymentResult.objects.filter(kind="returned").exists()

    def test_a_day_to_come_is_refused(self):
        with pytest.raises(DomainError, match="一笔也没有记") as refused:
            actions.record_results(signed(count=1), [result(on=date(2099, 1, 1))], by=finance(), on=PAID_ON)
        assert refused.value.where == "第 1 笔：日期晚于今天"

    def test_paid_bounced_and_paid_again_leaves_an_appraisal_to_be_made(self):
        claim = paid()
        batch = claim.payment_lines.get().batch
        actions.record_results(batch, [result(kind="returned")], by=finance(), on=PAID_ON)
        claim.refresh_from_db()
        assert (claim.state, claim.step) == ("committed", "payment")
        claim = looked_at_again(claim, on=PAID_ON)
        second = actions.make_batch([claim], fund=batch.fund, year=2020, by=finance(), on=PAID_ON)
        actions.record_results(actions.sign_batch(second, by=second_finance(), on=PAID_ON), [result()], by=finance(), on=PAID_ON)
        claim.refresh_from_db()
        assert (claim.state, claim.step) == ("paid", "appraisal")
        steps = list(claim.steps.order_by("number").values_list("kind", "outcome"))[-4:]
        assert steps == [("payment", "passed"), ("appraisal", "returned"), ("payment", "passed"), ("appraisal", "")]


class TestDatabase:
    """With SQL, as the application's own role."""

    @pytest.mark.parametrize(
        ("text", "word"),
        [
            ("UPDATE redemption_decision SET amount_fen = 1", "decision_stays"),
            ("DELETE FROM redemption_decision", "decision_stays|append_only"),
            ("UPDATE redemption_claimstep SET opinion = 'x' WHERE number = 1", "step_stays"),
            ("DELETE FROM redemption_claimstep", "step_stays|append_only"),
            ("UPDATE redemption_clawback SET received_fen = amount_fen, state = 'done'", "clawback_stays"),
            ("UPDATE redemption_clawback SET amount_fen = 1", "clawback_stays"),
            ("DELETE FROM redemption_clawback", "clawback_stays|append_only"),
            ("UPDATE redemption_claim SET decided_fen = 1, amount_fen = 1", "claim_stays|granted_without_decision"),
            ("UPDATE redemption_claim SET commitment_id = NULL, state = 'cleared'", "claim_stays|claim_moves"),
            ("UPDATE redemption_claim SET awarded = 'x'", "claim_stays"),
            ("DELETE FROM redemption_claim", "claim_stays|append_only"),
            ("UPDATE redemption_payeeaccount SET holder = 'x'", "append_only"),
        ],
    )
    def test_what_was_decided_stays(self, text: str, word: str):
        demanded()
        with pytest.raises(IntegrityError, match=word):
            run_sql(text)

    def test_an_objection_stays_and_nothing_is_committed_while_it_is_open_or_the_notice_runs(self):
        claim = granted()
        line = actions.publish_notice([claim], title="公示", by=officer(), on=ON).lines.get()
        actions.object_to(
            line, objector="张三", contact="1", text="研发人员数与事实不符，请核查。", by=officer("citizen", unit="elsewhere"), on=ON
        )
        with pytest.raises(IntegrityError, match=r"objection_stays|append_only"):
            run_sql("DELETE FROM redemption_objection")
        with pytest.raises(IntegrityError, match="objection_stays"):
            run_sql("UPDATE redemption_objection SET text = 'x'")
        with without("quintet_claim_moves", "quintet_claim_cleared"):
            run_sql("UPDATE redemption_claim SET state = 'cleared', step = 'payment'")
        guards.sealed_as_arranged(Claim.objects.get())  # the guard of the database alone
        with pytest.raises(IntegrityError, match="committed_before_its_time"), transaction.atomic():
            actions.commit_claim(Claim.objects.get(), fund=funds()[0], by=finance(), on=date(2021, 3, 1))
        assert Objection.objects.count() == NoticeLine.objects.count() == Decision.objects.count() == 1

    def test_nor_before_the_last_day_of_the_notice_is_over(self):
        claim = granted()
        notice = actions.publish_notice([claim], title="公示", by=officer(), on=ON)
        run_sql("UPDATE redemption_claim SET state = 'cleared', step = 'payment'")
        guards.sealed_as_arranged(Claim.objects.get())
        with pytest.raises(IntegrityError, match="committed_before_its_time"), transaction.atomic():
            actions.commit_claim(Claim.objects.get(), fund=funds()[0], by=finance(), on=notice.ends_on)
        assert check.problems() == []

    def test_a_batch_with_a_result_is_not_signed(self):
        fund = funds()[0]
        batch = actions.make_batch(committed_claims(1, fund), fund=fund, year=2020, by=finance(), on=AFTER)
        PaymentResult.objects.create(line=batch.lines.get(), kind="dropped", on=AFTER, reason="x", by=finance())
        with pytest.raises(IntegrityError, match="batch_is_frozen"), transaction.atomic():
            actions.sign_batch(batch, by=second_finance(), on=AFTER)

    def test_money_is_whole_fen(self):
        fund = funds()[0]
        text = (
            "INSERT INTO ledger_entry (kind, budget_id, fund_id, year, amount_fen, booked_on, key, reference, document, memo, by_id, made_at) "
            "VALUES ('appropriation', %s, %s, 2020, {}, '2021-03-01', 'k', '', 'd', '', %s, '2021-03-01')"
        )
        before = ledger.Entry.objects.count()
        for amount in ("0.5", "9e999", "'abc'"):
            if connection.vendor == "postgresql" and amount == "0.5":
                continue  # PostgreSQL rounds it to a whole number before anything can look
            with (
                without("quintet_entry_appropriated"),
                pytest.raises(Exception, match=r"(?i)whole_fen|out of range|invalid input|too large"),
            ):
                run_sql(text.format(amount), fund.budget_id, fund.pk, finance().pk)
        assert ledger.Entry.objects.count() == before

    def test_money_booked_without_a_case_is_named(self):
        fund = funds()[0]
        commitment = ledger.commit(fund, 2020, award(1), 100, by=finance(), on=AFTER)
        ledger.pay(commitment, 100, key="p", reference="r", by=finance(), on=AFTER)
        assert check.problems() == []
        assert [sentence for found in books.checks for sentence in found()] == [
            f"承诺 {commitment.pk}（{commitment}）没有对应的兑现事项。",
            f"分录 {commitment.entries.get(kind='payment').pk}（p）不是任何拨付批次的回盘结果。",
        ]

    def test_a_batch_paid_through_leaves_nothing_to_name(self):
        paid()
        assert [sentence for found in books.checks for sentence in found()] == []


@pytest.mark.postgres_only
class TestGuardsTakenOut:
    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("CREATE OR REPLACE FUNCTION quintet_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$", "quintet_append_only"),
            ("ALTER TABLE ledger_posting DROP CONSTRAINT ledger_ceiling_not_exceeded", "ledger_ceiling_not_exceeded"),
            ("DROP INDEX redemption_one_claim_a_fact", "redemption_one_claim_a_fact"),
            ("ALTER TABLE ledger_entry DISABLE TRIGGER quintet_entry_posted", "quintet_entry_posted"),
            ("DROP TRIGGER quintet_batch_stays ON redemption_paymentbatch; CREATE TRIGGER quintet_batch_stays BEFORE DELETE ON redemption_paymentbatch FOR EACH ROW EXECUTE FUNCTION quintet_batch_stays()", "quintet_batch_stays"),
        ],
    )  # fmt: skip
    def test_they_are_missed(self, text: str, name: str):
        assert triggers.missing() == []
        run_sql(text)
        assert triggers.missing() == [name]
        assert any(name in finding.problem for finding in audit.verify())

    @pytest.mark.parametrize("table", ["jointvote", "seat", "panel", "objection", "recusal", "decision"])
    def test_tables_are_not_emptied(self, table: str):
        with pytest.raises(IntegrityError, match="append_only"):
            run_sql(f"TRUNCATE redemption_{table} CASCADE")

    def test_totals_are_written_by_the_books_alone(self):
        paid()
        with pytest.raises(IntegrityError, match="append_only"):
            run_sql("UPDATE ledger_total SET amount_fen = 0")
