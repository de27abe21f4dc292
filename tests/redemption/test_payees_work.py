"""What waits for a payee is among the payee's work, and what is asked of a payee can be done: papers, and accounts that the bank sent money back from."""

import re
from typing import Any

import pytest
from django.test import Client

from quintet.core import clock
from quintet.redemption import actions
from quintet.redemption.models import Claim
from tests.redemption.applications import pdf
from tests.redemption.batches import looked_at_again
from tests.redemption.claims import ON, all_there, confirmed, member, officer
from tests.redemption.test_said_of_payments import PAID_ON, sent_back

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _day(settings: Any) -> None:
    settings.DEMO = True
    clock.move_to(ON)


def of_payee(claim: Claim) -> Client:
    user = member(claim.organisation, f"member-{claim.organisation_id}") if claim.state == "committed" else member(claim.organisation)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


class TestAPaymentThatCameBack:
    def todo(self, claim: Claim) -> bool:
        claim.refresh_from_db()
        page = of_payee(claim).get("/my/claims/?show=todo").content.decode()
        return claim.number in page

    def test_is_work_until_the_payee_has_answered(self):
        clock.move_to(PAID_ON)
        claim = sent_back()
        assert self.todo(claim)
        assert "/my/claims/" in of_payee(claim).get("/").content.decode()
        by = member(claim.organisation, f"member-{claim.organisation_id}")
        actions.change_account(claim, account=claim.account, by=by, on=PAID_ON)
        assert not self.todo(claim)

    def test_is_none_once_the_account_is_verified(self):
        clock.move_to(PAID_ON)
        claim = sent_back()
        looked_at_again(claim, on=PAID_ON)
        assert not self.todo(claim)

    def test_is_work_again_where_the_department_does_not_agree(self):
        clock.move_to(PAID_ON)
        claim = sent_back()
        by = member(claim.organisation, f"member-{claim.organisation_id}")
        actions.change_account(claim, account=claim.account, by=by, on=PAID_ON)
        actions.confirm_account(claim, confirmed=False, remark="电话打不通", by=officer("looker"), on=PAID_ON)
        assert self.todo(claim)


class TestAPaperOfAnAwardWithoutApplication:
    def asked(self) -> Claim:
        claim = confirmed()
        answers = all_there(claim)
        answers[next(key for key in answers if key.startswith("paper:"))] = False
        return actions.check_form(claim, checked=answers, by=officer(), on=ON)

    def test_that_is_asked_for_can_be_handed_in_and_is_seen(self):
        claim = self.asked()
        client, address = of_payee(claim), f"/my/claims/{claim.pk}/"
        page = client.get(address).content.decode()
        assert ('type="file"' in page, "高新技术企业证书" in page) == (True, True)
        paper = re.search(r'name="paper" value="([^"]+)"', page)[1]
        client.post(re.search(r'action="([^"]+)" enctype', page)[1], {"paper": paper, "file": pdf()})
        assert claim.files.get().paper == paper
        client.post(f"{address}resubmit/", {})
        claim.refresh_from_db()
        assert claim.state == "handled"
        officer_client = Client()
        officer_client.force_login(officer(), backend="django.contrib.auth.backends.ModelBackend")
        assert "材料.pdf" in officer_client.get(f"/claims/{claim.pk}/").content.decode()

    def test_nothing_is_asked_before(self):
        claim = confirmed()
        assert 'type="file"' not in of_payee(claim).get(f"/my/claims/{claim.pk}/").content.decode()
