"""我应当回避本件 is offered to whoever may come to handle a case, also while nothing of it waits for them, and where objections are answered."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from quintet.core import clock
from quintet.redemption import actions
from quintet.redemption.models import Claim, Objection
from tests.ledger.books import finance
from tests.redemption.applications import ON as NOVEMBER
from tests.redemption.applications import scored
from tests.redemption.claims import ON, all_there, confirmed, granted, officer, proposed
from tests.redemption.test_notices import objected, published

pytestmark = pytest.mark.django_db
WORD = "我应当回避本件"


@pytest.fixture(autouse=True)
def _day(settings: Any) -> None:
    settings.DEMO = True
    clock.move_to(NOVEMBER)


def offers(user: Any, address: str) -> bool:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return WORD in client.get(address).content.decode()


def in_correction() -> Claim:
    claim = confirmed()
    answers = dict.fromkeys(all_there(claim), False)
    return actions.check_form(claim, checked=answers, by=officer(), on=ON)


def in_joint_review() -> Claim:
    scored()
    return Claim.objects.get()


def contested() -> Claim:
    objected(published())
    return Claim.objects.get()


@pytest.mark.parametrize("made", [in_correction, in_joint_review, contested, granted])
def test_it_is_offered_to_departments_of_the_clause_and_to_finance_and_to_nobody_else(made: Callable[[], Claim]):
    address = f"/claims/{made().pk}/"
    assert offers(officer("officer7"), address)
    assert offers(finance(), address)
    assert not offers(officer("elsewhere", unit="hrss"), address)


def test_it_is_offered_where_objections_are_answered():
    contested()
    address = f"/objections/{Objection.objects.get().pk}/"
    assert offers(officer("officer7"), address)
    actions.recuse(Claim.objects.get(), reason="申请人是我的老同学。", by=officer("officer7"))
    assert not offers(officer("officer7"), address)


def test_not_to_who_keeps_away_already_nor_once_a_case_is_closed():
    claim = proposed(granted=False, reasons="证书有误。")
    actions.recuse(claim, reason="申请人是我的老同学。", by=officer("officer7"))
    assert not offers(officer("officer7"), f"/claims/{claim.pk}/")
    assert offers(officer("officer8"), f"/claims/{claim.pk}/")
    actions.confirm_decision(claim, confirmed=True, by=officer("officer2"), on=ON)
    assert not offers(officer("officer8"), f"/claims/{claim.pk}/")
