"""Account numbers are masked, and shown in clear to whoever has to compare them: with a reason, a line of the chain, and the person told."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from quintet.core import clock
from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import AuditEntry, Notification, RoleGrant, User
from quintet.directory.models import PersonalDataLook
from quintet.redemption import actions
from quintet.redemption.models import Claim, PaymentBatch
from quintet.redemption.permissions import lead_of
from quintet.talent.models import Talent
from tests.ledger.books import finance
from tests.redemption.batches import AFTER, batch_of, second_finance, signed
from tests.redemption.claims import account, checked, member, officer
from tests.redemption.ways import applied, somebody
from tests.scenes import arranged_once

pytestmark = pytest.mark.django_db
REASON = "与收款人提交的开户证明核对"
OTHER = "6222029999999999"


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "today", lambda: AFTER)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@arranged_once
def asked() -> Claim:
    """A claim whose payee wants its money in another account."""
    claim = checked()
    by = member(claim.organisation)
    actions.change_account(claim, account=account(claim.organisation, by, number=OTHER), by=by, on=AFTER)
    return Claim.objects.get(pk=claim.pk)


def page_of(batch: PaymentBatch, user: User, **posted: Any) -> Any:
    url = reverse("redemption:batch-accounts", args=[batch.pk])
    return signed_in(user).post(url, posted) if posted else signed_in(user).get(url)


def test_a_batch_shows_banks_and_masked_numbers_and_leads_to_the_clear_ones():
    batch = batch_of(1)
    line = batch.lines.get()
    page = signed_in(second_finance()).get(reverse("redemption:batch", args=[batch.pk])).content.decode()
    assert "示例银行盘锦分行" in page
    assert f"****{line.account[-4:]}" in page
    assert line.account not in page
    assert reverse("redemption:batch-accounts", args=[batch.pk]) in page


@pytest.mark.parametrize("who", [finance, second_finance])
def test_maker_and_signer_read_the_number_after_a_reason_and_the_chain_tells_it(who: Any):
    batch = batch_of(1)
    number = batch.lines.get().account
    assert number not in page_of(batch, who()).content.decode()
    assert AuditEntry.objects.filter(action="redemption.compare_accounts").count() == 0
    answer = page_of(batch, who(), reason=REASON)
    assert number in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    line = AuditEntry.objects.get(action="redemption.compare_accounts")
    assert (line.by_id, line.record, line.details["reason"]) == (who().pk, f"redemption.paymentbatch:{batch.pk}", REASON)
    assert number not in str(line.details)


@pytest.mark.parametrize("reason", ["", "核对账"])
def test_without_a_reason_of_four_letters_nothing_is_shown(reason: str):
    batch = batch_of(1)
    answer = page_of(batch, finance(), reason=reason, more="1")
    assert answer.status_code == 422
    assert batch.lines.get().account not in answer.content.decode()
    with pytest.raises(DomainError, match="请写明查看理由"):
        actions.compare_accounts(batch, reason=reason, by=finance())
    assert AuditEntry.objects.filter(action="redemption.compare_accounts").count() == 0
    assert page_of(batch, finance(), reason="核对账户").status_code == 200


@pytest.mark.parametrize(("role", "unit"), [("leader", ""), ("auditor", ""), ("officer", "stb"), ("operator", "")])
def test_no_other_role_reads_the_numbers_of_a_batch(role: str, unit: str):
    batch = signed(count=1)
    user = User.objects.create_user(username="other", display_name="旁人")
    RoleGrant.objects.create(user=user, role=role, unit=unit, granted_on=date(2019, 1, 1))
    assert page_of(batch, user, reason=REASON).status_code == 403
    with pytest.raises(NotAllowed):
        actions.compare_accounts(batch, reason=REASON, by=user)


def test_who_decided_or_keeps_away_does_not_read_the_numbers():
    batch = batch_of(1)
    claim = Claim.objects.get()
    decided = officer("officer2")
    RoleGrant.objects.create(user=decided, role="finance_officer", unit="finance", granted_on=date(2019, 1, 1))
    actions.recuse(claim, reason="亲属任职", by=second_finance())
    for user in (decided, second_finance()):
        answer = page_of(batch, User.objects.get(pk=user.pk), reason=REASON)
        assert answer.status_code == 409
        assert batch.lines.get().account not in answer.content.decode()
        page = signed_in(user).get(reverse("redemption:batch", args=[batch.pk])).content.decode()
        assert reverse("redemption:batch-accounts", args=[batch.pk]) not in page


def test_a_dropped_batch_shows_no_numbers_any_more():
    batch = batch_of(1)
    actions.drop_batch(batch, reason="金额有误", by=finance(), on=AFTER)
    assert page_of(batch, finance(), reason=REASON).status_code == 409


def test_who_verifies_a_changed_account_reads_both_numbers():
    claim = asked()
    before = claim.account.number
    who, url = officer(unit=lead_of(claim)), reverse("redemption:asked-account", args=[claim.pk])
    assert url in signed_in(who).get(reverse("redemption:claim", args=[claim.pk])).content.decode()
    assert OTHER not in signed_in(who).get(url).content.decode()
    page = signed_in(who).post(url, {"reason": REASON}).content.decode()
    assert (OTHER in page, before in page) == (True, True)
    assert AuditEntry.objects.get(action="redemption.compare_account").details["reason"] == REASON


def test_who_does_not_verify_it_reads_no_number_nor_does_anybody_once_it_is_settled():
    claim = asked()
    url = reverse("redemption:asked-account", args=[claim.pk])
    elsewhere = officer("elsewhere", unit="hrss")
    assert signed_in(elsewhere).post(url, {"reason": REASON}).status_code == 409
    assert signed_in(finance()).post(url, {"reason": REASON}).status_code == 403
    who = officer(unit=lead_of(claim))
    actions.confirm_account(claim, confirmed=True, by=who, on=AFTER)
    answer = signed_in(who).post(url, {"reason": REASON})
    assert answer.status_code == 409
    assert OTHER not in answer.content.decode()


def test_a_person_is_told_who_looked_at_their_account(settings: Any, tmp_path: Any):
    settings.MEDIA_ROOT = tmp_path
    by, someone = somebody()
    talent = Talent.objects.create(
        person=someone, category="other", phd=True, full_time_degree=True, graduated_on=date(2018, 6, 30), founded=True,
        founded_on=date(2020, 3, 1), first_business=True,
    )  # fmt: skip
    claim = applied("founder_subsidy", talent.pk, by, someone)
    kept = actions.register_account(claim.person, holder=claim.person.name, bank="示例银行", number=OTHER, by=by, on=AFTER)
    actions.change_account(claim, account=kept, by=by, on=AFTER)
    who = officer("hr", unit=lead_of(claim))
    actions.compare_account(Claim.objects.get(pk=claim.pk), reason=REASON, by=who)
    look = PersonalDataLook.objects.get()
    assert (look.person, look.looked_by, look.reference, look.reason) == (claim.person, who, claim.number, REASON)
    assert Notification.objects.filter(user=by, text__contains="完整的收款账号").count() == 1
