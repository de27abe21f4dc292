"""A grant of the policy's time that a changed fact sends back can be given again after the policy's end, up to its sum; its department is told."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from quintet.core import clock
from quintet.core.errors import DomainError
from quintet.core.models import Notification
from quintet.ledger.models import Fund
from quintet.redemption import actions
from quintet.redemption.actions.claims import decidable_on, why_ended
from quintet.redemption.actions.daily import go_on
from quintet.redemption.checks import cross_checks
from quintet.redemption.models import Claim
from quintet.redemption.openings import Granted, granted_in_time
from tests.directory.city import recognition
from tests.ledger.books import finance
from tests.redemption.batches import second_finance
from tests.redemption.city import newly_high_tech
from tests.redemption.claims import all_there, member, officer, proposed
from tests.redemption.test_commitments import funds
from tests.redemption.test_policy_time import AFTER, LAST, drawn_in_force
from tests.redemption.test_the_policys_end import LATE, decided_on
from tests.redemption.ways import applied, one_of

pytestmark = pytest.mark.django_db
LATER = date(2022, 1, 12)
AWARD = 100_000_00


@pytest.fixture(autouse=True)
def _day(settings: Any) -> None:
    settings.DEMO = True
    clock.move_to(LATE)


def sent_back(day: date = LATE) -> Claim:
    """Granted in December; its certificate was entered wrongly when finance wanted to set the money aside in January, and is right again."""
    fund, claim = funds()[0], decided_on(day)
    actions.confirm_decision(claim, confirmed=True, by=officer("officer2"), on=day)
    actions.publish_notice([claim], title="公示", by=officer("officer2"), on=day)
    assert actions.clear_notices(on=LATER) == 1
    clock.move_to(LATER)
    held = claim.organisation.recognitions.get()
    held.delete()
    claim = actions.commit_claim(Claim.objects.get(), fund=fund, by=finance(), on=LATER)
    assert (claim.state, claim.decided_fen) == ("handled", None)
    recognition(claim.organisation, held.kind, held.granted_on, held.expires_on)
    return claim


def seen(user: Any, claim: Claim) -> str:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return re.sub(r"<[^>]+>|\s+", "", client.get(f"/claims/{claim.pk}/").content.decode())


def in_time_line(claim: Claim) -> list[dict[str, str]]:
    today = clock.today()
    found = cross_checks(claim, duplicates=[], files=None, today=today, ended=why_ended(claim, today))
    return [line for line in found if "期限内" in line["text"]]


def test_it_is_checked_decided_by_two_and_committed_again():
    claim = actions.recheck(sent_back(), by=officer(), on=LATER)
    page = seen(officer(), claim)
    assert ("本件在期内已决定兑现" in page, "本件没有在此以前作出决定" in page, "予以兑现" in page) == (True, False, True)
    claim = actions.confirm_decision(proposed(claim, on=LATER), confirmed=True, by=officer("officer2"), on=LATER)
    assert (claim.state, claim.decided_fen) == ("granted", AWARD)
    actions.publish_notice([claim], title="公示", by=officer("officer2"), on=LATER)
    later = LATER + timedelta(days=21)
    clock.move_to(later)
    assert actions.clear_notices(on=later) == 1
    assert actions.commit_claim(Claim.objects.get(), fund=Fund.objects.order_by("pk")[0], by=finance(), on=later).state == "committed"


def test_no_more_than_was_granted_in_time():
    claim = sent_back()
    for amount in (AWARD - 1, AWARD, None):
        decidable_on(claim, LATER, amount)
    with pytest.raises(DomainError, match=r"只能在期内决定的 100,000.00 元 以内重新决定"):
        decidable_on(claim, LATER, AWARD + 1)
    decidable_on(claim, LAST, AWARD + 1)  # in time the facts alone say how much


@pytest.mark.parametrize("day", [LAST - timedelta(days=1), LAST])
def test_a_decision_by_the_last_day_counts(day: date):
    claim = sent_back(day)
    assert granted_in_time(claim) == Granted(day, AWARD)
    assert why_ended(claim, LATER) == ""


def test_a_decision_after_the_last_day_does_not():
    """Of a loan that the pack lets go on."""
    firm, day = newly_high_tech(), date(2022, 6, 1)
    clock.move_to(day)
    claim = applied("loan_interest_subsidy", drawn_in_force(firm).pk, member(firm), firm, on=day)
    unit = claim.unit
    actions.check_form(claim, checked=all_there(claim), by=one_of(unit), on=day)
    actions.review(claim, opinion="符合。", by=one_of(unit), on=day)
    actions.propose(claim, granted=True, reasons="核定", by=one_of(unit), on=day)
    actions.confirm_decision(claim, confirmed=True, by=one_of(unit, 2), on=day)
    assert Claim.objects.get().state == "granted"
    assert granted_in_time(claim) is None


def test_what_was_never_granted_is_not_helped():
    claim = decided_on()
    assert granted_in_time(claim) is None
    assert "政策已于2021年12月31日期满" in why_ended(claim, AFTER)


def test_the_department_is_told_by_name_and_reason():
    claim = sent_back()
    told = Notification.objects.filter(user=officer(), kind="reopened").get().text
    assert (claim.name in told, "退回重新核查" in told) == (True, True)


def test_of_what_was_granted_in_time_nobody_is_told_that_it_was_not():
    fund, claim = funds()[0], decided_on(date(2021, 12, 1))
    actions.confirm_decision(claim, confirmed=True, by=officer("officer2"), on=date(2021, 12, 1))
    actions.publish_notice([claim], title="公示", by=officer("officer2"), on=date(2021, 12, 1))
    actions.clear_notices(on=LATE)
    claim.organisation.recognitions.all().delete()
    assert actions.commit_claim(Claim.objects.get(), fund=fund, by=finance(), on=LATE).state == "handled"
    clock.move_to(AFTER)
    go_on(on=AFTER)
    assert not Notification.objects.filter(kind="ended").exists()


def test_released_money_is_told_to_the_department_that_decided():
    fund, claim = funds()[0], decided_on()
    actions.confirm_decision(claim, confirmed=True, by=officer("officer2"), on=LATE)
    actions.publish_notice([claim], title="公示", by=officer("officer2"), on=LATE)
    actions.clear_notices(on=LATER)
    claim = actions.commit_claim(Claim.objects.get(), fund=fund, by=finance(), on=LATER)
    actions.propose_release(claim, reasons="企业已注销", by=finance(), on=LATER)
    assert not Notification.objects.filter(kind="release").exists()
    actions.confirm_release(claim, confirmed=True, by=second_finance(), on=LATER)
    told = Notification.objects.filter(user=officer(), kind="release").get().text
    assert ("资金已释放" in told, "企业已注销" in told, claim.name in told) == (True, True, True)


class TestTheCrossCheckAfterTheEnd:
    def test_what_was_decided_in_time_is_met_with_its_day(self):
        claim = decided_on()
        actions.confirm_decision(claim, confirmed=True, by=officer("officer2"), on=LATE)
        clock.move_to(AFTER)
        (line,) = in_time_line(Claim.objects.get())
        assert (line["state"], "2021年12月20日" in line["note"]) == ("met", True)

    def test_what_was_refused_has_no_such_line(self):
        claim = decided_on()
        actions.confirm_decision(claim, confirmed=False, remark="退回", by=officer("officer2"), on=LATE)
        proposed(Claim.objects.get(), granted=False, reasons="证书有误。", on=LATE)
        actions.confirm_decision(Claim.objects.get(), confirmed=True, by=officer("officer2"), on=LATE)
        clock.move_to(AFTER)
        assert in_time_line(Claim.objects.get()) == []

    def test_what_was_sent_back_is_met(self):
        (line,) = in_time_line(sent_back())
        assert (line["state"], "已决定兑现" in line["note"]) == ("met", True)

    def test_what_is_undecided_is_unmet(self):
        claim = decided_on()
        clock.move_to(AFTER)
        (line,) = in_time_line(claim)
        assert line["state"] == "unmet"
