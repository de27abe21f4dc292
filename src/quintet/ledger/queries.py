"""Balances and sums for pages. Every figure can be asked for any past day: postings carry the balance after them, and never change."""

from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Max, OuterRef, Q, QuerySet, Subquery, Sum

from quintet.ledger.models import Account, Budget, Commitment, Entry, Fund, Posting, Total
from quintet.reading.errors import Unreadable
from quintet.reading.identifiers import document_number, voucher_number

ALERTS = (90, 70)  # percent of what may be committed; a city's usual marks, of no policy
Kind = Account.Kind


@dataclass(frozen=True)
class FundState:
    """How a fund stands at the end of a day, in fen. `committed` counts everything ever set aside and not released, paid or not."""

    fund: Fund
    appropriated: int
    available: int
    open: int
    paid: int
    returned: int
    room: int | None = None  # what the ceiling over all funds of its budget leaves; None where there is none

    @property
    def usable(self) -> int:
        """可用: what may still be committed, by the money that is there and by the ceiling."""
        return self.available if self.room is None else min(self.available, max(self.room, 0))

    @property
    def committed(self) -> int:
        return self.open + self.paid + self.returned

    @property
    def paid_out(self) -> int:
        """What has left the fund, money that came back later included."""
        return self.paid + self.returned

    @property
    def alert(self) -> int:
        return alert_of(self.committed, self.appropriated)


@dataclass(frozen=True)
class BudgetState:
    budget: Budget
    year: int
    ceiling: int | None
    used: int
    funds: list[FundState] = field(default_factory=list)

    @property
    def room(self) -> int | None:
        return None if self.ceiling is None else self.ceiling - self.used

    @property
    def alert(self) -> int:
        return 0 if self.ceiling is None else alert_of(self.used, self.ceiling)

    @property
    def usable(self) -> int:
        """What all funds together may still commit: less than the sum of theirs where they share what the ceiling leaves."""
        total = self.sum("available")
        return total if self.room is None else min(total, max(self.room, 0))

    @property
    def shared(self) -> bool:
        """Whether what is usable of each fund adds up to more than all of them may commit."""
        return self.sum("usable") > self.usable

    @property
    def above_ceiling(self) -> int:
        """Of what was set aside, what the ceiling lets nobody commit."""
        return 0 if self.ceiling is None else max(self.sum("appropriated") - self.ceiling, 0)

    def sum(self, name: str) -> int:
        return sum(getattr(fund, name) for fund in self.funds)


def alert_of(used: int, limit: int) -> int:
    """The highest mark that is reached, in percent; 0 below the first and where there is nothing to use."""
    return next((mark for mark in ALERTS if limit > 0 and used * 100 >= limit * mark), 0)


def years(pack: str) -> list[int]:
    """Years with open accounts, the latest first."""
    return list(Account.objects.filter(budget__pack=pack).order_by("-year").values_list("year", flat=True).distinct())


def latest_moved(pack: str, today: date) -> int | None:
    """The latest year out of whose money anything was set aside or paid until today; None where nothing was."""
    moved = Total.objects.filter(fund__budget__pack=pack, kind__in=COLUMNS, month__lte=f"{today:%Y-%m}", year__lte=today.year)
    year: int | None = moved.aggregate(last=Max("year"))["last"]
    return year


def rooms(budget: tuple[str, str], years: Iterable[int], on: date) -> list[tuple[int, list[FundState], int | None]]:
    """For a budget (pack, code): each opened year among these with its funds and what its ceiling still leaves. Two queries a year."""
    pack, code = budget
    opened = sorted(Account.objects.filter(budget__pack=pack, year__in=list(years)).values_list("year", flat=True).distinct())
    states_of = {year: next((state for state in states(pack, year, on) if state.budget.code == code), None) for year in opened}
    return [(year, state.funds, state.room) for year, state in states_of.items() if state is not None]


def states(pack: str, year: int, on: date) -> list[BudgetState]:
    """All budgets of a policy in a year as of the end of a day. Two queries."""
    last = Posting.objects.filter(account=OuterRef("pk"), booked_on__lte=on).order_by("-booked_on", "-number").values("balance_fen")[:1]
    accounts = Account.objects.filter(budget__pack=pack, year=year).annotate(balance=Subquery(last))
    found: dict[tuple[int, int | None], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for of_budget, of_fund, kind, balance in accounts.values_list("budget", "fund", "kind", "balance"):
        found[of_budget, of_fund][kind] = balance or 0
    budgets: dict[int, BudgetState] = {}
    for fund in Fund.objects.filter(budget__pack=pack).select_related("budget").order_by("budget", "pk"):
        budget, own, joint = fund.budget, found.get((fund.budget_id, fund.pk)), found[fund.budget_id, None]
        if own is None:
            continue
        line = budgets.setdefault(
            budget.pk, BudgetState(budget, year, -joint[Kind.CEILING] if budget.has_ceiling else None, joint[Kind.USED])
        )
        line.funds.append(
            FundState(fund, -own[Kind.TREASURY], own[Kind.AVAILABLE], own[Kind.COMMITTED], own[Kind.PAID], own[Kind.RETURNED], line.room)
        )
    return list(budgets.values())


def would_exceed(fund: Fund, year: int, amount_fen: int, *, on: date) -> int:
    """By how much everything set aside in a year would lie above the ceiling with this amount; 0 up to it and where there is none."""
    state = budget_state(fund.budget, year, on=on)
    return 0 if state.ceiling is None else max(state.sum("appropriated") + amount_fen - state.ceiling, 0)


def budget_state(budget: Budget, year: int, *, on: date) -> BudgetState:
    """One budget of a policy in a year. Two queries."""
    return next(state for state in states(budget.pack, year, on) if state.budget.pk == budget.pk)


COLUMNS = {
    "commitment": ("committed", 1), "release": ("committed", -1), "payment": ("paid", 1), "rejection": ("paid", -1), "return": ("returned", 1),
}  # fmt: skip


def sums(fund: Fund, year: int, by: str, on: date) -> dict[str, dict[str, int]]:
    """By clause, division or month: {cell: {"committed": fen, "paid": fen, "returned": fen}} at the end of a day.

    Whole months come from the totals that the database keeps, the last one's days from its entries: two queries, however many entries.
    `paid` is what went out, less what the bank sent back; what payees returned later stands in `returned` alone.
    """
    month = f"{on:%Y-%m}"
    path = {"clause": "commitment__clause", "division": "commitment__division", "month": "booked_on"}[by]
    whole = (
        Total.objects.filter(fund=fund, year=year, kind__in=COLUMNS, month__lt=month).values_list(by, "kind").annotate(Sum("amount_fen"))
    )
    latest = Entry.objects.filter(fund=fund, year=year, kind__in=COLUMNS, booked_on__range=(on.replace(day=1), on))
    days = latest.values_list(path, "kind").annotate(Sum("amount_fen")).order_by()
    found: dict[str, dict[str, int]] = {}
    for cell, kind, amount in [*whole.order_by(), *((month if by == "month" else cell, kind, amount) for cell, kind, amount in days)]:
        name, side = COLUMNS[kind]
        found.setdefault(cell, {"committed": 0, "paid": 0, "returned": 0})[name] += side * amount
    return found


def entries(fund: Fund, year: int, *, on: date, kind: str = "", clause: str = "", division: str = "", q: str = "") -> QuerySet[Entry]:
    """The entries of a fund in a year up to a day, the latest first; those of its ceiling do not belong to one fund."""
    found = Entry.objects.filter(fund=fund, year=year, booked_on__lte=on).select_related("commitment", "by").order_by("-pk")
    if kind in Entry.Kind.values:
        found = found.filter(kind=kind)
    if clause:
        found = found.filter(commitment__clause=clause)
    if division:
        found = found.filter(commitment__division=division)
    if q:
        found = found.filter(Q(commitment__payee__icontains=q) | Q(reference__icontains=q) | _of_document(q))
    return found


def _of_document(text: str) -> Q:
    """Entries whose document has this number, however it is typed."""
    with suppress(Unreadable):
        return Q(document__in=[document_number(text), voucher_number(text)])
    return Q(pk__in=[])


def ceiling_entries(budget: Budget, year: int) -> QuerySet[Entry]:
    return Entry.objects.filter(budget=budget, fund=None, year=year).select_related("by").order_by("pk")


def history_of(commitment: Commitment) -> Iterable[dict[str, Any]]:
    """The entries of a commitment with how it stood after each, the first first."""
    for entry in commitment.entries.select_related("by", "step").order_by("pk"):
        yield {"entry": entry, "step": entry.step}
