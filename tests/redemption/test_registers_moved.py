"""What the registers say now stands beside an open claim; an entry on which one rests is not deleted in silence; a bank's return changes no fact."""

import html
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from quintet.core import clock
from quintet.core.models import Notification, User
from quintet.directory.actions import delete_record
from quintet.directory.actions.records import Rests
from quintet.directory.models import Recognition
from quintet.redemption import actions, cases
from quintet.redemption.actions.claims import changed_since
from quintet.redemption.checks import cross_checks
from quintet.redemption.models import Claim
from tests.directory.city import recognition
from tests.duties import keeps_every_register
from tests.redemption.batches import AFTER
from tests.redemption.city import newly_high_tech
from tests.redemption.claims import ON, checked, granted, offered, officer
from tests.redemption.test_after import paid
from tests.redemption.test_said_of_payments import PAID_ON, sent_back

pytestmark = pytest.mark.django_db
CHANGED = "名录在上次核对以后有变化"
WHY = "证书已被认定机构撤销"


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "today", lambda: AFTER)


def keeper() -> User:
    keeps_every_register("stb")
    return officer("keeper")


def page(user: User, url: str, **posted: Any) -> tuple[int, str]:
    client = Client()
    client.force_login(user)
    answer = client.post(url, posted) if posted else client.get(url)
    return answer.status_code, html.unescape(answer.content.decode())


def of_claim(claim: Claim) -> str:
    return page(officer("looker"), reverse("redemption:claim", args=[claim.pk]))[1]


def of_the_register(claim: Claim, since: str = "") -> tuple[str, str]:
    check = cross_checks(claim, duplicates=[], files=None, today=AFTER, ended="", since=since)[0]
    return check["state"], check["note"]


def deletion(of: Recognition) -> str:
    return reverse("directory:recognition-delete", args=[of.pk])


@pytest.mark.parametrize("at", [offered, checked, granted])
def test_an_entry_that_is_gone_is_said_beside_an_open_claim_until_it_is_checked_again(at: Any):
    claim = at()
    assert changed_since(claim) == ""
    assert CHANGED not in of_claim(claim)
    Recognition.objects.all().delete()
    assert CHANGED in of_claim(claim)
    assert of_the_register(claim, changed_since(claim))[0] == "unmet"
    claim.refresh_from_db()
    assert claim.changed == ""  # a page stores nothing


def test_checked_again_the_evaluation_says_it_itself():
    claim = checked()
    Recognition.objects.all().delete()
    claim = actions.recheck(claim, by=officer(), on=ON)
    assert (changed_since(claim) == claim.changed, claim.changed != "") == (True, True)
    assert of_the_register(claim)[0] == "unmet"


def test_an_entry_that_is_there_again_is_nothing_new():
    claim = checked()
    held = Recognition.objects.get()
    Recognition.objects.all().delete()
    recognition(claim.organisation, held.kind, held.granted_on, held.expires_on)
    assert changed_since(claim) == ""
    assert of_the_register(claim)[0] == "met"


def test_what_is_paid_is_not_asked_again():
    claim = paid()
    Recognition.objects.all().delete()
    assert CHANGED not in of_claim(claim)


def test_the_entry_on_which_an_open_claim_rests_is_deleted_with_a_reason_alone():
    claim, by = granted(), keeper()
    held = Recognition.objects.get()
    with pytest.raises(Rests):
        delete_record(held, by=by)
    held = Recognition.objects.get()
    status, text = page(by, deletion(held), reason=" ")
    assert (status, claim.number in text, Recognition.objects.count()) == (409, True, 1)
    Notification.objects.all().delete()
    assert page(by, deletion(held), reason=WHY)[0] == 302
    assert Recognition.objects.count() == 0
    assert Recognition.history.filter(history_type="-").get().history_change_reason == WHY
    ((text, urgent),) = Notification.objects.filter(user=officer(), kind="facts").values_list("text", "urgent")
    assert (WHY in text, claim.number in text, urgent) == (True, True, True)


def test_an_entry_on_which_nothing_rests_is_deleted_without_one():
    by, claim = keeper(), granted()
    newly_high_tech(7)
    other = Recognition.objects.exclude(organisation=claim.organisation).get()
    assert page(by, deletion(other), more="1")[0] == 302
    beside = recognition(claim.organisation, "technology_center", ON, None)
    assert page(by, deletion(beside), more="1")[0] == 302
    assert Notification.objects.filter(kind="facts").count() == 0


def test_the_entry_of_a_paid_or_refused_claim_needs_no_reason():
    paid()
    assert page(keeper(), deletion(Recognition.objects.get()), more="1")[0] == 302


def test_a_banks_return_is_no_changed_fact(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(clock, "today", lambda: PAID_ON)
    claim = sent_back()
    assert claim.changed == ""
    assert of_the_register(claim) == ("met", "以2020年12月31日的事实评估")
    assert "拨付被银行退回：账号与户名不符" in cases.expected(claim)
    from tests.ledger.books import finance

    text = page(finance(), reverse("redemption:desk") + "?tab=committed")[1]
    assert ("银行退回" in text, "事实有变" in text) == (True, False)
