"""Two funds under one ceiling, as S2 of the notice has them, and a line without one."""

from datetime import date
from typing import Any

from quintet.core.models import RoleGrant, User
from quintet.ledger import actions
from quintet.ledger.models import Account, Budget, Commitment, Entry, Fund, Posting
from tests.scenes import arranged_once

ON = date(2020, 6, 1)
YUAN = 100
MILLION = 1_000_000 * YUAN


@arranged_once
def finance() -> User:
    user, new = User.objects.get_or_create(username="finance", defaults={"display_name": "财政"})
    if new:
        RoleGrant.objects.create(user=user, role="finance_officer", unit="finance", granted_on=date(2019, 1, 1))
    return user


def confirming_finance() -> User:
    user, new = User.objects.get_or_create(username="finance-confirms", defaults={"display_name": "财政复核"})
    if new:
        RoleGrant.objects.create(user=user, role="finance_officer", unit="finance", granted_on=date(2019, 1, 1))
    return user


def appropriate(
    fund: Fund,
    year: int,
    amount_fen: int,
    *,
    reference: str,
    kind: str = "appropriation",
    memo: str = "",
    by: User | None = None,
    on: date = ON,
) -> Entry:
    """Entered by one, confirmed by another."""
    made = actions.propose_appropriation(fund, year, amount_fen, kind=kind, reference=reference, memo=memo, by=by or finance(), on=on)
    return actions.confirm_appropriation(made, confirmed=True, by=confirming_finance(), on=on).entry


@arranged_once
def special_funds(ceiling_fen: int | None = 20 * MILLION, *, year: int = 2020, each_fen: int = 15 * MILLION) -> tuple[Fund, Fund]:
    by = finance()
    budget = actions.open_budget(
        pack="panjin-2019-29", code="special_funds", clause="S2", label={"zh": "科技专项资金", "en": "Special funds"}, has_ceiling=ceiling_fen is not None, by=by,
        funds={"high_tech": {"zh": "高新技术产业资金", "en": "High-tech"}, "agriculture": {"zh": "农业科技资金", "en": "Agriculture"}},
    )  # fmt: skip
    actions.open_year(budget, year, ceiling_fen=ceiling_fen, by=by, on=ON)
    funds = list(budget.funds.order_by("pk"))
    for fund in funds:
        if each_fen:
            appropriate(fund, year, each_fen, reference=f"财指〔{year}〕{fund.pk}号", by=by, on=ON)
    return funds[0], funds[1]


def award(fact: str = "enterprise:1", **changes: Any) -> actions.Award:
    return actions.Award(
        **{
            "pack": "panjin-2019-29",
            "rule": "high_tech_award",
            "clause": "T6",
            "fact": fact,
            "payee": "示例公司",
            "division": "211102",
            **changes,
        }
    )


def committed(
    fund: Fund, amount_fen: int = 100_000 * YUAN, fact: str = "enterprise:1", *, year: int = 2020, on: date = ON, **changes: Any
) -> Commitment:
    return actions.commit(fund, year, award(fact, **changes), amount_fen, by=finance(), on=on)


def balance(fund: Fund | Budget, kind: str, year: int = 2020) -> int:
    where = {"fund": fund} if isinstance(fund, Fund) else {"budget": fund, "fund": None}
    account = Account.objects.get(kind=kind, year=year, **where)
    return Posting.objects.filter(account=account).order_by("-number").values_list("balance_fen", flat=True).first() or 0


def balances(fund: Fund, year: int = 2020) -> dict[str, int]:
    return {str(kind): balance(fund, kind, year) for kind in Account.OF_A_FUND}
