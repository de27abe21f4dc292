"""What the books allow and what the database refuses, through the actions and past them."""

from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from quintet.core.actions import delegate
from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import AuditEntry, RoleGrant, User
from quintet.ledger import actions, check
from quintet.ledger.errors import AlreadyAwarded, AlreadyBooked, CeilingExceeded, Overdrawn, Refused
from quintet.ledger.models import Account, Appropriation, Commitment, CommitmentStep, Entry, Fund, Posting, Total
from tests import guards
from tests.ledger.books import (
    MILLION,
    ON,
    YUAN,
    appropriate,
    award,
    balance,
    balances,
    committed,
    confirming_finance,
    finance,
    special_funds,
)

pytestmark = pytest.mark.django_db


class TestFlow:
    def test_money_goes_from_the_treasury_through_the_fund_to_the_payee_and_back(self):
        fund, _other = special_funds()
        commitment = committed(fund, 300_000 * YUAN)
        assert balances(fund) == {
            "treasury": -15 * MILLION,
            "available": 15 * MILLION - 30_000_000,
            "committed": 30_000_000,
            "paid": 0,
            "returned": 0,
        }
        actions.pay(commitment, 20_000_000, key="b1:1", reference="凭证1", by=finance(), on=ON)
        actions.reject(commitment, 20_000_000, key="b1:1:back", reference="退票1", memo="账号有误", by=finance(), on=ON)
        actions.pay(commitment, 25_000_000, key="b2:1", reference="凭证2", by=finance(), on=ON)
        actions.release(commitment, 5_000_000, key="r1", memo="核减", by=finance(), on=ON)
        actions.take_back(commitment, 10_000_000, key="t1", reference="缴款1", memo="未达绩效", by=finance(), on=ON)
        assert balances(fund) == {
            "treasury": -15 * MILLION,
            "available": 15 * MILLION - 25_000_000,
            "committed": 0,
            "paid": 15_000_000,
            "returned": 10_000_000,
        }
        assert balance(fund.budget, "used") == 25_000_000
        step = commitment.steps.order_by("-number").first()
        assert (step.number, step.open_fen, step.paid_fen, step.returned_fen) == (6, 0, 15_000_000, 10_000_000)

    def test_every_entry_balances_and_leaves_a_line_of_the_audit_chain(self):
        fund, _other = special_funds()
        actions.pay(committed(fund), 100, key="p", reference="凭证", by=finance(), on=ON)
        for entry in Entry.objects.all():
            assert sum(entry.postings.values_list("amount_fen", flat=True)) == 0
        booked = AuditEntry.objects.filter(record__startswith="ledger.entry:")
        assert booked.count() == Entry.objects.count() == 5
        assert booked.get(action="ledger.payment").title == "拨付 1.00 元：示例公司 2020"
        assert guards.problems() == []

    def test_a_ceiling_can_be_raised_and_cut_down_to_what_is_used(self):
        fund, _other = special_funds(each_fen=20 * MILLION)
        committed(fund, 8 * MILLION)
        actions.open_year(fund.budget, 2020, ceiling_fen=10 * MILLION, by=finance(), on=ON)
        assert actions.ceiling_of(fund.budget, 2020) == 10 * MILLION
        with pytest.raises(CeilingExceeded):
            actions.open_year(fund.budget, 2020, ceiling_fen=7 * MILLION, by=finance(), on=ON)
        actions.open_year(fund.budget, 2020, ceiling_fen=30 * MILLION, by=finance(), on=ON)
        actions.open_year(fund.budget, 2020, ceiling_fen=30 * MILLION, by=finance(), on=ON)
        assert balance(fund.budget, "room") == 22 * MILLION

    def test_a_line_without_a_ceiling_is_bounded_by_its_money_alone(self):
        fund, _other = special_funds(ceiling_fen=None, each_fen=30 * MILLION)
        committed(fund, 30 * MILLION)
        assert not Account.objects.filter(kind="room").exists()

    def test_the_totals_of_a_month_are_kept(self):
        fund, _other = special_funds()
        committed(fund, 100, "a")
        committed(fund, 200, "b")
        committed(fund, 400, "c", clause="T19", rule="x", on=date(2020, 7, 1))
        kept = set(Total.objects.filter(kind="commitment").values_list("month", "clause", "division", "count", "amount_fen"))
        assert kept == {("2020-06", "T6", "211102", 2, 300), ("2020-07", "T19", "211102", 1, 400)}


class TestCeiling:
    def test_the_twenty_first_million_is_refused_with_a_sentence_that_says_what_is_left(self):
        first, second = special_funds()
        committed(first, 12 * MILLION, "a")
        committed(second, 8 * MILLION, "b")
        with pytest.raises(CeilingExceeded) as caught:
            committed(first, 1 * MILLION, "c")
        assert caught.value.message == (
            "科技专项资金 2020 年度合计上限 20,000,000.00 元，已占用 20,000,000.00 元，只余 0.00 元；本笔 1,000,000.00 元，超出 1,000,000.00 元，不能承诺。"
        )
        assert caught.value.where == str(first)
        assert Commitment.objects.count() == 2
        assert balance(first, "committed") == 12 * MILLION
        assert not AuditEntry.objects.filter(details__amount_fen=1 * MILLION).exists()

    def test_the_last_fen_below_the_ceiling_is_committed_and_the_next_refused(self):
        first, second = special_funds()
        committed(first, 12 * MILLION, "a")
        committed(second, 8 * MILLION - 1, "b")
        committed(first, 1, "c")
        with pytest.raises(CeilingExceeded):
            committed(second, 1, "d")

    def test_each_year_has_its_own_ceiling(self):
        special_funds(each_fen=20 * MILLION)
        fund, _other = special_funds(year=2021, each_fen=20 * MILLION)
        committed(fund, 20 * MILLION, "a", year=2020)
        committed(fund, 20 * MILLION, "b", year=2021)

    def test_released_money_makes_room_and_returned_money_does_not(self):
        fund, _other = special_funds(each_fen=25 * MILLION)
        commitment = committed(fund, 20 * MILLION, "a")
        actions.release(commitment, 5 * MILLION, key="r", memo="核减", by=finance(), on=ON)
        actions.pay(commitment, 15 * MILLION, key="p", reference="凭证", by=finance(), on=ON)
        actions.take_back(commitment, 15 * MILLION, key="t", reference="缴款", memo="", by=finance(), on=ON)
        committed(fund, 5 * MILLION, "b")
        with pytest.raises(CeilingExceeded):
            committed(fund, 1, "c")


class TestRefusals:
    def test_a_fund_cannot_commit_more_than_it_has(self):
        fund, _other = special_funds(each_fen=1 * MILLION)
        with pytest.raises(Overdrawn, match=r"可用余额 1,000,000.00 元，不足 1,000,000.01 元"):
            committed(fund, 1 * MILLION + 1)

    def test_the_same_award_is_committed_once(self):
        fund, other = special_funds()
        committed(fund)
        for again in (fund, other):
            with pytest.raises(AlreadyAwarded):
                committed(again)
        committed(fund, instalment=1)
        committed(fund, rule="another_rule")

    def test_the_same_award_is_possible_again_after_all_of_it_was_released(self):
        fund, _other = special_funds()
        first = committed(fund, 1000)
        actions.release(first, 999, key="r1", memo="", by=finance(), on=ON)
        with pytest.raises(AlreadyAwarded):
            committed(fund, 1000)
        actions.release(first, 1, key="r2", memo="", by=finance(), on=ON)
        assert committed(fund, 1000).attempt == 2
        with pytest.raises(AlreadyAwarded):
            committed(fund, 1000)

    def test_nothing_is_paid_beyond_the_commitment(self):
        fund, _other = special_funds()
        commitment = committed(fund, 1000)
        committed(fund, 5000, "another")
        actions.pay(commitment, 600, key="p1", reference="凭证", by=finance(), on=ON)
        with pytest.raises(Overdrawn, match=r"本笔 4.01 元，可用 4.00 元"):
            actions.pay(commitment, 401, key="p2", reference="凭证", by=finance(), on=ON)
        with pytest.raises(Overdrawn, match=r"本笔 6.01 元，可用 6.00 元"):
            actions.take_back(commitment, 601, key="t", reference="缴款", memo="", by=finance(), on=ON)

    def test_an_entry_is_booked_once_by_its_key(self):
        fund, _other = special_funds()
        commitment = committed(fund, 1000)
        actions.pay(commitment, 100, key="batch:1:line:1", reference="凭证", by=finance(), on=ON)
        with pytest.raises(AlreadyBooked):
            actions.pay(commitment, 100, key="batch:1:line:1", reference="凭证", by=finance(), on=ON)
        assert balance(fund, "paid") == 100

    @pytest.mark.parametrize("amount", [0, -1])
    def test_an_amount_is_positive(self, amount: int):
        fund, _other = special_funds()
        with pytest.raises(DomainError):
            committed(fund, amount)
        assert not Commitment.objects.exists()

    def test_nothing_is_booked_before_a_day_in_the_books(self):
        fund, _other = special_funds()
        committed(fund, on=date(2020, 8, 1))
        with pytest.raises(Refused, match="不能倒记"):
            committed(fund, fact="b", on=date(2020, 7, 31))

    def test_a_year_that_was_not_opened(self):
        fund, _other = special_funds()
        with pytest.raises(Refused, match="尚未开"):
            committed(fund, year=2021)

    def test_money_of_the_treasury_needs_its_document(self):
        fund, _other = special_funds()
        with pytest.raises(DomainError, match="文号"):
            actions.propose_appropriation(fund, 2020, 100, reference=" ", by=finance(), on=ON)

    @pytest.mark.parametrize("role", ["applicant", "officer", "leader", "auditor", "operator"])
    def test_only_finance_books(self, make_user: Any, role: str):
        fund, _other = special_funds()
        commitment, by = committed(fund), make_user(role)
        for work in (
            lambda: actions.propose_appropriation(fund, 2020, 1, reference="x", by=by, on=ON),
            lambda: actions.propose_appropriation(fund, 2020, 1, kind="reduction", reference="x", by=by, on=ON),
            lambda: actions.commit(fund, 2020, award("b"), 1, by=by, on=ON),
            lambda: actions.pay(commitment, 1, key="k", reference="", by=by, on=ON),
            lambda: actions.release(commitment, 1, key="k", memo="", by=by, on=ON),
            lambda: actions.reject(commitment, 1, key="k", reference="", memo="", by=by, on=ON),
            lambda: actions.take_back(commitment, 1, key="k", reference="", memo="", by=by, on=ON),
        ):
            with pytest.raises(NotAllowed):
                work()


class TestDatabase:
    """Somebody who goes past the actions, with SQL."""

    @pytest.mark.parametrize("table", ["budget", "fund", "account", "commitment", "entry", "posting", "commitmentstep"])
    @pytest.mark.parametrize("change", ["UPDATE ledger_{} SET id = id", "DELETE FROM ledger_{}"])
    def test_no_row_is_changed_or_deleted(self, table: str, change: str):
        fund, _other = special_funds()
        committed(fund)
        with pytest.raises(IntegrityError, match="append_only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change.format(table))

    @pytest.mark.parametrize(
        ("table", "key"), [("entry", "key"), ("posting", "id"), ("commitment", "id"), ("commitmentstep", "id"), ("account", "id")]
    )
    def test_no_row_is_replaced(self, table: str, key: str):
        """SQLite's way to delete a row without saying so; PostgreSQL has an upsert instead."""
        fund, _other = special_funds()
        committed(fund)
        columns = [field.column for field in apps.get_model("ledger", table)._meta.concrete_fields if key == "id" or field.column != "id"]
        names = ", ".join(columns)
        replace = f"INSERT OR REPLACE INTO ledger_{table} ({names}) SELECT {names} FROM ledger_{table} WHERE TRUE"
        upsert = (
            f"INSERT INTO ledger_{table} ({names}) SELECT {names} FROM ledger_{table} WHERE TRUE ON CONFLICT ({key}) DO UPDATE SET id = 0"
        )
        before = Entry.objects.count(), Posting.objects.count()
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(replace if connection.vendor == "sqlite" else upsert)
        assert (Entry.objects.count(), Posting.objects.count()) == before

    def entry(self, **fields: Any) -> Entry:
        return Entry.objects.create(
            **{"year": 2020, "amount_fen": 100, "booked_on": ON, "key": str(timezone.now()), "by": finance(), **fields}
        )

    def test_a_payment_without_a_commitment(self):
        fund, _other = special_funds()
        committed(fund)
        with pytest.raises(IntegrityError, match="ledger_entry_names_its_commitment"), transaction.atomic():
            self.entry(kind="payment", budget=fund.budget, fund=fund)

    def test_a_payment_for_a_commitment_whose_money_was_never_set_aside(self):
        fund, _other = special_funds()
        committed(fund, fact="other")
        empty = Commitment.objects.create(fund=fund, year=2020, pack="p", rule="r", clause="T6", fact="f", payee="x", amount_fen=100)
        with pytest.raises(IntegrityError, match="does_not_fit"), transaction.atomic():
            self.entry(kind="payment", budget=fund.budget, fund=fund, commitment=empty)

    def test_a_commitment_above_the_ceiling(self):
        fund, _other = special_funds(each_fen=30 * MILLION)
        large = Commitment.objects.create(
            fund=fund, year=2020, pack="p", rule="r", clause="T6", fact="f", payee="x", amount_fen=20 * MILLION + 1
        )
        with pytest.raises(IntegrityError, match="ledger_ceiling_not_exceeded"), transaction.atomic():
            self.entry(kind="commitment", budget=fund.budget, fund=fund, commitment=large, amount_fen=20 * MILLION + 1)

    def test_an_entry_of_another_amount_fund_or_year_than_its_commitment(self):
        fund, other = special_funds()
        special_funds(year=2021)
        wanted = Commitment.objects.create(fund=fund, year=2020, pack="p", rule="r", clause="T6", fact="f", payee="x", amount_fen=100)
        for wrong in ({"amount_fen": 99}, {"fund": other}, {"year": 2021}):
            with pytest.raises(IntegrityError, match="does_not_fit"), transaction.atomic():
                self.entry(**{"kind": "commitment", "budget": fund.budget, "fund": fund, "commitment": wanted, **wrong})

    def test_a_commitment_booked_twice(self):
        fund, _other = special_funds()
        commitment = committed(fund, 100)
        with pytest.raises(IntegrityError), transaction.atomic():
            self.entry(kind="commitment", budget=fund.budget, fund=fund, commitment=commitment)

    def test_a_posting_that_no_entry_made(self):
        fund, _other = special_funds()
        committed(fund)
        last = Posting.objects.filter(kind="available").order_by("-number").first()
        for fields in ({"number": last.number + 1, "balance_fen": last.balance_fen + 100}, {"number": last.number + 1, "balance_fen": 100}):
            with pytest.raises(IntegrityError), transaction.atomic():
                Posting.objects.create(entry=last.entry, account=last.account, kind="available", amount_fen=100, booked_on=ON, **fields)

    def test_a_step_that_no_entry_made(self):
        fund, _other = special_funds()
        step = CommitmentStep.objects.get(commitment=committed(fund))
        with pytest.raises(IntegrityError), transaction.atomic():
            CommitmentStep.objects.create(commitment=step.commitment, entry=step.entry, number=2, open_fen=1, paid_fen=1, returned_fen=0)

    def test_a_second_award_under_another_attempt(self):
        fund, _other = special_funds()
        first = committed(fund)
        with pytest.raises(IntegrityError, match="ledger_no_second_award"), transaction.atomic():
            Commitment.objects.create(
                fund=fund, year=2020, pack=first.pack, rule=first.rule, clause="T6", fact=first.fact, payee="x", amount_fen=1, attempt=2
            )


SAME_DOCUMENT = ["盘财[2021]9号", "盘财 〔2021〕 9 号", "盘财〔２０２１〕９号", "盘财［2021］9号", "盘财〔2021〕9号\u200b", "盘财(2021)9号",
    "盘财〈2021〉9号", "盘财《2021》9", "盘财<2021>第9号", "盘财❨2021❩9号文", "盘财⟨2021⟩09号", "盤財〔2021〕9號", "盘财〔2021〕9",
]  # fmt: skip


class TestAppropriation:
    def proposed(self, fund: Fund, reference: str = "盘财〔2021〕9号", **changes: Any) -> Appropriation:
        given = {"amount_fen": 100, "by": finance(), "on": ON, **changes}
        return actions.propose_appropriation(fund, 2020, given.pop("amount_fen"), reference=reference, **given)

    def test_it_is_booked_when_another_finance_officer_has_confirmed_it(self):
        fund, _other = special_funds(each_fen=0)
        made = self.proposed(fund)
        assert balance(fund, "available") == 0
        made = actions.confirm_appropriation(made, confirmed=True, by=confirming_finance(), on=ON)
        assert (made.state, made.entry.document, balance(fund, "available")) == ("confirmed", "盘财〔2021〕9号", 100)
        with pytest.raises(DomainError, match="已经复核"):
            actions.confirm_appropriation(made, confirmed=True, by=confirming_finance(), on=ON)
        assert guards.problems() == check.problems() == []

    def test_not_by_who_entered_it_nor_by_who_lent_them_the_role(self, make_user: Any):
        fund, _other = special_funds(each_fen=0)
        lender, today = confirming_finance(), timezone.localdate()
        borrower = make_user("finance_officer", unit="other")
        delegate(lender.grants.get(), borrower, first_day=today, last_day=today, by=lender, on=today)
        RoleGrant.objects.create(user=borrower, role="officer", unit="other", granted_on=date(2019, 1, 1))
        RoleGrant.objects.filter(user=borrower, role="finance_officer", delegated_by=None).update(revoked_on=today)
        own = self.proposed(fund)
        with pytest.raises(NotAllowed):
            actions.confirm_appropriation(own, confirmed=True, by=finance(), on=ON)
        lent = self.proposed(fund, "盘财〔2021〕10号", by=User.objects.get(pk=borrower.pk))
        with pytest.raises(NotAllowed):
            actions.confirm_appropriation(lent, confirmed=True, by=User.objects.get(pk=lender.pk), on=ON)
        assert balance(fund, "available") == 0

    @pytest.mark.parametrize("typed", SAME_DOCUMENT)
    def test_a_document_is_one_however_it_is_typed(self, typed: str):
        fund, other = special_funds(each_fen=0)
        self.proposed(fund)
        with pytest.raises(AlreadyBooked, match="已经登记过"):
            self.proposed(fund, typed)
        self.proposed(other, typed)
        self.proposed(fund, typed, kind="reduction")
        assert Appropriation.objects.first().reference == typed.strip()

    def test_a_document_that_was_booked_under_an_earlier_form_is_found(self):
        fund, _other = special_funds(each_fen=0)
        earlier = self.proposed(fund, "盘财〔2021〕8号")
        earlier.pk, earlier.document = None, "盘财〔2021〕9"  # as it was stored once; what is booked is never rewritten
        earlier.save()
        with pytest.raises(AlreadyBooked, match="已经登记过"):
            self.proposed(fund, "盘财〔2021〕9号")
        self.proposed(fund, "盘财〔2021〕10号")

    def test_what_was_not_confirmed_is_booked_nowhere_and_can_be_entered_anew(self):
        fund, _other = special_funds(each_fen=0)
        made = self.proposed(fund)
        with pytest.raises(DomainError, match="请写明意见"):
            actions.confirm_appropriation(made, confirmed=False, by=confirming_finance(), on=ON)
        actions.confirm_appropriation(made, confirmed=False, remark="金额不符", by=confirming_finance(), on=ON)
        assert not Entry.objects.filter(kind="appropriation").exists()
        assert self.proposed(fund).pk != made.pk

    def test_a_wrong_one_is_corrected_by_a_counter_entry_by_two(self):
        fund, _other = special_funds(each_fen=100)
        appropriate(fund, 2020, 100, kind="reduction", reference="盘财〔2021〕9号")
        assert balance(fund, "available") == 0
        assert check.problems() == []

    @pytest.mark.parametrize("typed", ["退 A1", "退Ａ1", "退a1", "退A\u200b1"])
    def test_a_voucher_of_a_return_is_one_however_it_is_typed(self, typed: str):
        fund, _other = special_funds()
        commitment = committed(fund)
        actions.pay(commitment, 100, key="p", reference="凭证", by=finance(), on=ON)
        actions.take_back(commitment, 1, key="t1", reference="退A1", memo="", by=finance(), on=ON)
        with pytest.raises(AlreadyBooked, match="凭证"):
            actions.take_back(commitment, 1, key="t2", reference=typed, memo="", by=finance(), on=ON)
