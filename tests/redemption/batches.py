"""Claims ready to be paid, and batches of them, for tests."""

import io
from datetime import date
from typing import Any

import openpyxl

from quintet.core.models import RoleGrant, User
from quintet.ledger.models import Fund
from quintet.redemption import actions
from quintet.redemption.batch_files import COLUMNS, HEAD, treasury_workbook
from quintet.redemption.models import Claim, PaymentBatch
from quintet.redemption.permissions import lead_of
from tests.ledger.books import finance
from tests.redemption.claims import ON, account, confirmed, granted, member, newly_high_tech, officer, proposed, run_of
from tests.redemption.claims import checked as form_checked
from tests.scenes import arranged_once

AFTER = date(2021, 1, 12)


@arranged_once
def second_finance() -> User:
    user, new = User.objects.get_or_create(username="finance2", defaults={"display_name": "finance2"})
    if new:
        RoleGrant.objects.create(user=user, role="finance_officer", unit="finance", granted_on=date(2019, 1, 1))
    return user


@arranged_once
def granted_claims(count: int) -> list[Claim]:
    firms = [newly_high_tech() for _number in range(count)]
    actions.make_offers(run_of(), by=officer(), on=ON)
    found = []
    for firm in firms:
        by = member(firm, f"member-{firm.pk}")
        claim = Claim.objects.get(organisation=firm, rule="high_tech_award")
        claim = actions.confirm_offer(claim, account=account(firm, by, number=f"62220212345{firm.pk:05d}"), by=by, on=ON)
        found.append(granted(proposed(form_checked(claim))))
    return found


@arranged_once
def cleared_claims(count: int) -> list[Claim]:
    claims = granted_claims(count)
    actions.publish_notice(claims, title="公示", by=officer("officer2"), on=ON)
    assert actions.clear_notices(on=AFTER) == count
    return list(Claim.objects.filter(pk__in=[claim.pk for claim in claims]).order_by("pk"))


def committed_claims(count: int, fund: Fund) -> list[Claim]:
    return [actions.commit_claim(claim, fund=fund, by=finance(), on=AFTER) for claim in cleared_claims(count)]


def looked_at_again(claim: Claim, *, on: date = AFTER) -> Claim:
    """The payee says that the account from which the bank sent money back is right; an official agrees."""
    by = member(claim.organisation, f"member-{claim.organisation_id}") if claim.organisation else claim.person.user
    actions.change_account(claim, account=claim.account, by=by, on=on)
    unit = lead_of(claim)
    looker = officer() if unit == "stb" else officer(f"{unit}-9", unit=unit)
    return actions.confirm_account(Claim.objects.get(pk=claim.pk), confirmed=True, by=looker, on=on)


@arranged_once
def batch_of(count: int = 2, *, fund: Fund | None = None) -> PaymentBatch:
    from tests.redemption.test_commitments import funds

    fund = fund or funds()[0]
    return actions.make_batch(committed_claims(count, fund), fund=fund, year=2020, by=finance(), on=AFTER)


@arranged_once
def signed(batch: PaymentBatch | None = None, **made: Any) -> PaymentBatch:
    return actions.sign_batch(batch or batch_of(**made), by=second_finance(), on=AFTER)


def came_back(batch: PaymentBatch, results: dict[int, tuple[Any, ...]], edits: dict[str, Any] | None = None) -> io.BytesIO:
    """The exported workbook with results (number → result, day, voucher, reason) and edits (cell → value)."""
    book = openpyxl.load_workbook(treasury_workbook(batch))
    page = book.active
    for number, cells in results.items():
        for column, value in enumerate(cells, COLUMNS.index("结果") + 1):
            page.cell(HEAD + number, column, value)
    for place, value in (edits or {}).items():
        page[place] = value
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    return file


__all__ = ["batch_of", "came_back", "cleared_claims", "committed_claims", "confirmed", "looked_at_again", "second_finance", "signed"]
