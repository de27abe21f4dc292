"""What somebody with the rights of the database's owner did to the books is named by `check.problems`, with figures in yuan."""

from collections.abc import Callable
from datetime import date

import pytest
from django.db import IntegrityError, transaction

from quintet.ledger import actions, check
from quintet.ledger.models import Commitment, CommitmentStep, Entry, Fund, Posting, Total
from tests.guards import without
from tests.ledger.books import ON, YUAN, balance, committed, finance, special_funds

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def fund() -> Fund:
    """Two commitments: one paid, returned in part, one open."""
    fund, _other = special_funds()
    first = committed(fund, 1_000 * YUAN, "a")
    committed(fund, 500 * YUAN, "b")
    actions.pay(first, 700 * YUAN, key="p", reference="凭证1", by=finance(), on=ON)
    actions.reject(first, 200 * YUAN, key="p back", reference="退票1", memo="", by=finance(), on=ON)
    actions.release(first, 100 * YUAN, key="r", memo="核减", by=finance(), on=ON)
    actions.take_back(first, 50 * YUAN, key="t", reference="缴款1", memo="未达绩效", by=finance(), on=ON)
    return fund


def told(change: Callable[[], object]) -> list[str]:
    with without():
        change()
    return check.problems()


def test_books_that_nobody_touched_agree(fund: Fund):
    assert check.problems() == []


def test_an_entry_whose_sides_differ(fund: Fund):
    entry = Entry.objects.get(key="r")
    posting = entry.postings.filter(amount_fen__gt=0).first()
    found = told(lambda: Posting.objects.filter(pk=posting.pk).update(amount_fen=posting.amount_fen + 1))
    assert f"分录 {entry.pk} 借贷不平，差 0.01 元。" in found
    assert any("逐笔相加是" in line and str(posting.account) in line for line in found)


def test_an_entry_without_postings(fund: Fund):
    entry = Entry.objects.get(key="p")
    found = told(lambda: entry.postings.all().delete())
    assert f"分录 {entry.pk} 没有记入任何账户。" in found


def test_a_balance_that_is_not_the_sum(fund: Fund):
    last = Posting.objects.filter(account__fund=fund, account__kind="paid").order_by("-number")[0]
    found = told(lambda: Posting.objects.filter(pk=last.pk).update(balance_fen=last.balance_fen + 5 * YUAN))
    assert found == [f"账户“{last.account}”余额 455.00 元，逐笔相加是 450.00 元。"]


def test_below_zero_stand_what_the_treasury_gave_and_the_ceiling_alone(fund: Fund):
    """The rest is held by a constraint, which `triggers.missing` watches."""
    assert balance(fund, "treasury") < 0
    assert balance(fund.budget, "ceiling") < 0
    posting = Posting.objects.filter(account__fund=fund, account__kind="available").order_by("number")[0]
    with without(), pytest.raises(IntegrityError), transaction.atomic():
        Posting.objects.filter(pk=posting.pk).update(balance_fen=-1)


@pytest.mark.parametrize("field", ["open_fen", "paid_fen", "returned_fen"])
def test_a_commitment_whose_step_does_not_agree_with_its_entries(fund: Fund, field: str):
    commitment = Commitment.objects.get(fact="a")
    last = CommitmentStep.objects.filter(commitment=commitment).order_by("-number")[0]
    assert (last.open_fen, last.paid_fen, last.returned_fen) == (400 * YUAN, 450 * YUAN, 50 * YUAN)
    found = told(lambda: CommitmentStep.objects.filter(pk=last.pk).update(**{field: getattr(last, field) - 1}))
    assert found == [f"承诺 {commitment.pk}（{commitment}）的余额与分录不符。"]


@pytest.mark.parametrize(("without", "wrong"), [("a", "b"), ("b", "a")])
def test_a_commitment_without_steps_and_every_one_after_it_is_named(fund: Fund, without: str, wrong: str):
    lost, other = Commitment.objects.get(fact=without), Commitment.objects.get(fact=wrong)
    last = CommitmentStep.objects.filter(commitment=other).order_by("-number")[0]

    def change() -> None:
        CommitmentStep.objects.filter(commitment__fact=without).delete()
        CommitmentStep.objects.filter(pk=last.pk).update(open_fen=last.open_fen - 1)

    assert sorted(told(change)) == sorted([f"承诺 {lost.pk}（{lost}）没有分录。", f"承诺 {other.pk}（{other}）的余额与分录不符。"])


def test_a_total_that_is_not_the_sum(fund: Fund):
    kept = Total.objects.get(fund=fund, kind="release", month="2020-06")
    found = told(lambda: Total.objects.filter(pk=kept.pk).update(amount_fen=kept.amount_fen + 30 * YUAN))
    assert found == [f"资金 {fund.pk} 2020 年度 2020-06 的“释放”合计是 130.00 元，逐笔相加是 100.00 元。"]


def test_a_total_that_nothing_stands_behind(fund: Fund):
    kept = Total.objects.filter(fund=fund, kind="return").get()
    found = told(lambda: Total.objects.filter(pk=kept.pk).update(month=f"{date(2020, 9, 1):%Y-%m}"))
    assert len(found) == 2
    assert found[0].endswith("2020-06 的“收回”合计是 0.00 元，逐笔相加是 50.00 元。")
    assert found[1].endswith("2020-09 的“收回”合计是 50.00 元，逐笔相加是 0.00 元。")
