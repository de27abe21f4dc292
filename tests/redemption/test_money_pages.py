"""What pages say of money: when it was paid, to where, how much of it is still with its payee."""

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
    assert "拨付中" in page(payee(claim), f"/my/claims/{claim.pk}/")
    told(batch, (1, "paid", PAID_ON))
    for user, address in [
        (payee(claim), f"/my/claims/{claim.pk}/"),
        (officer(), f"/claims/{claim.pk}/"),
        (finance(), f"/batches/{batch.pk}/"),
    ]:
        shown = " ".join(page(user, address).split())
        assert "2021年1月13日" in shown.split("已到账", 1)[1][:200] or "2021年1月13日" in shown.rsplit("已到账", 1)[1][:60], address
    told(batch, (1, "returned", BACK_ON))
    for user, address in [
        (payee(claim), f"/my/claims/{claim.pk}/"),
        (officer(), f"/claims/{claim.pk}/"),
        (finance(), f"/batches/{batch.pk}/"),
    ]:
        shown = " ".join(page(user, address).split())
        assert (
            "2021年1月15日 " in shown.rsplit("账号已销户", 1)[0][-40:]
            or "2021年1月15日 账号已销户" in shown
            or "2021年1月15日 凭证1 账号已销户" in shown
        ), address


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
