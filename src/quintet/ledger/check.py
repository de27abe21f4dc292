"""The books read again from their entries alone; what does not agree is named."""

from collections import Counter
from collections.abc import Iterator

from django.db.models import F, Max, Sum

from quintet.ledger.models import Account, Commitment, CommitmentStep, Entry, Posting, Total
from quintet.look.words import yuan

OPEN = {"commitment": 1, "rejection": 1, "release": -1, "payment": -1}
PAID = {"payment": 1, "rejection": -1, "return": -1}


def problems() -> list[str]:
    """Sentences for an auditor; empty when everything agrees."""
    return [*_entries(), *_accounts(), *_commitments(), *_totals(), *_vouchers()]


def _entries() -> Iterator[str]:
    for found in Posting.objects.values("entry").annotate(sum=Sum("amount_fen")).exclude(sum=0).order_by("entry"):
        yield f"分录 {found['entry']} 借贷不平，差 {yuan(found['sum'])}。"
    for pk in Entry.objects.filter(postings=None).values_list("pk", flat=True):
        yield f"分录 {pk} 没有记入任何账户。"


def _accounts() -> Iterator[str]:
    for account in (
        Account.objects.annotate(sum=Sum("postings__amount_fen"), last=Max("postings__number"))
        .exclude(last=None)
        .select_related("fund", "budget")
    ):
        balance = Posting.objects.get(account=account, number=account.last).balance_fen
        if balance != account.sum:
            yield f"账户“{account}”余额 {yuan(balance)}，逐笔相加是 {yuan(account.sum)}。"


def _commitments() -> Iterator[str]:
    booked: dict[int, Counter[str]] = {}
    for pk, kind, amount in Entry.objects.filter(commitment__isnull=False).values_list("commitment", "kind", "amount_fen").iterator():
        booked.setdefault(pk, Counter())[kind] += amount
    latest = CommitmentStep.objects.annotate(last=Max("commitment__steps__number")).filter(number=F("last"))
    steps = {step.commitment_id: step for step in latest.iterator()}
    for commitment in Commitment.objects.iterator():
        sums, step = booked.get(commitment.pk), steps.get(commitment.pk)
        if sums is None or step is None:
            yield f"承诺 {commitment.pk}（{commitment}）没有分录。"
            continue
        wanted = (
            sum(sums[kind] * side for kind, side in OPEN.items()), sum(sums[kind] * side for kind, side in PAID.items()), sums["return"],
        )  # fmt: skip
        if wanted != (step.open_fen, step.paid_fen, step.returned_fen):
            yield f"承诺 {commitment.pk}（{commitment}）的余额与分录不符。"


def _totals() -> Iterator[str]:
    booked: Counter[tuple[int, int, str, str]] = Counter()
    for fund, year, kind, day, amount in (
        Entry.objects.filter(fund__isnull=False).values_list("fund", "year", "kind", "booked_on", "amount_fen").iterator()
    ):
        booked[fund, year, kind, f"{day:%Y-%m}"] += amount
    kept: Counter[tuple[int, int, str, str]] = Counter()
    for fund, year, kind, month, amount in Total.objects.values_list("fund", "year", "kind", "month", "amount_fen"):
        kept[fund, year, kind, month] += amount
    for cell in sorted({*booked, *kept}):
        if booked[cell] != kept[cell]:
            fund, year, kind, month = cell
            yield f"资金 {fund} {year} 年度 {month} 的“{Entry.Kind(kind).label}”合计是 {yuan(kept[cell])}，逐笔相加是 {yuan(booked[cell])}。"


def _vouchers() -> Iterator[str]:
    """A voucher holds one refund, unless who booked the next said that it holds several."""
    first: dict[str, Entry] = {}
    for entry in Entry.objects.filter(kind=Entry.Kind.RETURN).select_related("commitment").order_by("pk").iterator():
        before = first.setdefault(entry.document, entry)
        if before != entry and not entry.joint_voucher:
            yield f"分录 {entry.pk}（{entry.commitment}）的退款凭证 {entry.reference} 已记为分录 {before.pk}（{before.commitment}），没有说明一张凭证含几笔退款。"
