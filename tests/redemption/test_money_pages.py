"""What pages say of money: when it was paid, to where, how much of it is still with its payee."""

import re
from datetime import date
from typing import Any

import pytest
from django.test import Client

from quintet.core import clock
from quintet.redemption import actions
from quintet.redemption.actions.payments import LineResult
from quintet.redemption.models import Claim
from tests.ledger.books import finance
from tests.redemption.batches import batch_of, signed
from tests.redemption.claims import member, officer

pytestmark = pytest.mark.django_db
PAID_ON, BACK_ON = date(2021, 1, 13), date(2021, 1, 15)


@pytest.fixture(autouse=True)
def _day(settings: Any) -> None:
    settings.DEMO = True
    clock.move_to(BACK_ON)


def page(user: Any, address: str) -> str:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client.get(address).content.decode()


def text(markup: str) -> str:
    """As it is read, without its tags."""
    return " ".join(re.sub(r"<[^>]*>", " ", markup).split())


def payee(claim: Claim) -> Any:
    return member(claim.organisation, f"member-{claim.organisation_id}")


def told(batch: Any, *results: tuple[int, str, date]) -> None:
    found = [
        LineResult(number=n, kind=kind, on=on, reference="凭证1", reason="账号已销户" if kind == "returned" else "")
        for n, kind, on in results
    ]
    actions.record_results(batch, found, by=finance(), on=BACK_ON)


def test_a_payment_has_the_day_of_the_bank_for_its_payee_and_for_officials():
    batch = signed(batch_of(count=1))
    claim = Claim.objects.get()
    seen_by = [(payee(claim), f"/my/claims/{claim.pk}/"), (officer(), f"/claims/{claim.pk}/"), (finance(), f"/batches/{batch.pk}/")]
    assert "拨付中" in text(page(*seen_by[0]))
    told(batch, (1, "paid", PAID_ON))
    assert ["已到账 2021年1月13日" in text(page(*whose)) for whose in seen_by] == [True] * 3
    told(batch, (1, "returned", BACK_ON))
    assert ["退回 2021年1月15日" in text(page(*whose)) for whose in seen_by] == [True] * 3


def test_a_batch_counts_payments_and_not_what_the_bank_said():
    batch = signed(batch_of(count=2))
    counted = lambda: (lambda answer: (answer["paid"], answer["returned"]))(_context(finance(), batch))
    assert counted() == (0, 0)
    told(batch, (1, "paid", PAID_ON))
    assert counted() == (1, 0)
    told(batch, (1, "returned", BACK_ON), (2, "returned", BACK_ON))
    assert counted() == (0, 2)


def _context(user: Any, batch: Any) -> Any:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client.get(f"/batches/{batch.pk}/").context
