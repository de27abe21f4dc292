"""What applicants and officials read before and after a policy's last day is true, and who is affected is told in time and once at the end."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from quintet.core import clock
from quintet.core.models import Notification
from quintet.redemption import actions, cases
from quintet.redemption.actions.daily import go_on
from quintet.redemption.models import Claim
from quintet.talent.models import Talent
from tests.redemption.city import newly_high_tech, run_of
from tests.redemption.claims import account, checked, member, officer, proposed
from tests.redemption.test_after import TestInstalments as _Instalments
from tests.redemption.test_policy_time import AFTER, LAST
from tests.redemption.ways import applied, somebody
from tests.scenes import arranged_once

pytestmark = pytest.mark.django_db
EARLY, LATE = date(2021, 10, 11), date(2021, 12, 20)


@pytest.fixture(autouse=True)
def _day(settings: Any) -> None:
    settings.DEMO = True


@arranged_once
def offered(on: date = LATE) -> Claim:
    newly_high_tech()
    actions.make_offers(run_of(), by=officer(), on=on)
    return Claim.objects.get()


@arranged_once
def confirmed(on: date = LATE) -> Claim:
    claim = offered(on)
    by = member(claim.organisation)
    return actions.confirm_offer(claim, account=account(claim.organisation, by), by=by, on=on)


def decided_on(on: date = LATE) -> Claim:
    return proposed(checked(confirmed(on), on=on), on=on)


def lapsed() -> Claim:
    claim = offered(EARLY)
    actions.lapse_overdue(on=claim.due_on + timedelta(days=1))
    claim.refresh_from_db()
    return claim


@pytest.mark.parametrize(
    ("made", "before", "on_the_last_day", "after"),
    [
        (offered, "请尽早办理，临近期满才办的可能来不及", "请尽早办理，临近期满才办的可能来不及", "没有办结的不能再确认、提交或兑现"),
        (lambda: confirmed(date(2021, 12, 29)), "没有作出决定的，此后不能兑现", "没有作出决定的，此后不能兑现", "本件没有在此以前作出决定"),
        (
            lambda: decided_on(date(2021, 12, 29)),
            "没有作出决定的，此后不能兑现",
            "没有作出决定的，此后不能兑现",
            "本件没有在此以前作出决定",
        ),
        (lapsed, "部门再次发出邀请时可以确认", "部门再次发出邀请时可以确认", "不能重新申请"),
    ],
)
def test_what_is_waited_for_is_true_before_on_and_after_the_last_day(
    made: Callable[[], Claim], before: str, on_the_last_day: str, after: str
):
    claim = made()
    told = []
    for day in (LAST - timedelta(days=1), LAST, AFTER):
        clock.move_to(day)
        told.append(cases.expected(claim))
    assert [words in text for words, text in zip((before, on_the_last_day, after), told, strict=True)] == [True] * 3
    assert "正在办理" not in told[2]
    assert "重新申请。" not in told[0] + told[1]


def test_a_term_that_ends_before_the_policy_says_nothing_of_it():
    claim = offered(EARLY)
    assert claim.due_on < LAST
    clock.move_to(EARLY)
    assert "政策到" not in cases.expected(claim)
    assert not Notification.objects.filter(kind="offered", text__contains="政策到").exists()


def test_the_first_message_says_that_the_policy_ends():
    firm = newly_high_tech()
    by = member(firm)
    actions.make_offers(run_of(), by=officer(), on=LATE)
    assert "部门也须在这一天以前作出决定" in Notification.objects.get(kind="offered", user=by).text


@pytest.mark.parametrize(("day", "grant"), [(LAST - timedelta(days=1), True), (LAST, True), (AFTER, False)])
@pytest.mark.parametrize(("made", "act"), [(lambda: checked(confirmed(), on=LATE), "propose"), (decided_on, "confirm")])
def test_a_grant_is_offered_until_the_last_day_alone(made: Callable[[], Claim], act: str, day: date, grant: bool):
    claim = made()
    clock.move_to(day)
    client = Client()
    client.force_login(officer("officer2"))
    text = client.get(f"/claims/{claim.pk}/").content.decode()
    form = text.split(f"/claims/{claim.pk}/{act}/")[1].split("</form>")[0]
    assert ('value="yes"' in form, 'value="no"' in form, "期满" in form) == (grant, True, not grant)


def test_a_refusal_that_was_proposed_is_confirmed_after_the_end():
    claim = checked(confirmed(), on=LATE)
    claim = proposed(claim, granted=False, reasons="不符", on=LATE)
    clock.move_to(AFTER)
    client = Client()
    client.force_login(officer("officer2"))
    form = client.get(f"/claims/{claim.pk}/").content.decode().split(f"/claims/{claim.pk}/confirm/")[1].split("</form>")[0]
    assert 'value="yes"' in form


def told(user: Any, kind: str) -> int:
    return Notification.objects.filter(user=user, kind=kind).count()


def test_who_is_affected_is_told_twice_before_the_end_and_once_after_it():
    claim = confirmed(date(2021, 11, 1))
    by, handling = member(claim.organisation), officer()
    found = []
    day = date(2021, 11, 25)
    while day <= AFTER + timedelta(days=5):
        go_on(on=day)
        found.append((day, told(by, "ending"), told(handling, "ending"), told(by, "ended")))
        day += timedelta(days=1)
    first = next(on for on, payee, _officer, _ended in found if payee == 1)
    second = next(on for on, payee, _officer, _ended in found if payee == 2)
    assert date(2021, 11, 30) <= first <= date(2021, 12, 6)
    assert date(2021, 12, 25) <= second <= date(2021, 12, 29)
    assert next(on for on, _payee, _officer, ended in found if ended) == AFTER
    assert found[-1][1:] == (2, 2, 1)


def test_what_was_decided_in_time_is_told_of_nothing():
    claim = actions.confirm_decision(decided_on(), confirmed=True, by=officer("officer2"), on=LATE)
    by = member(claim.organisation)
    for day in (date(2021, 12, 26), date(2021, 12, 27), date(2021, 12, 28), date(2021, 12, 29), AFTER):
        go_on(on=day)
    assert (told(by, "ending"), told(by, "ended")) == (0, 0)


@pytest.mark.parametrize(("day", "offered"), [(LAST, True), (AFTER, False)])
def test_instalments_are_not_offered_after_the_end(day: date, offered: bool, settings: Any, tmp_path: Any):
    settings.MEDIA_ROOT = tmp_path
    _Instalments().founder()
    clock.move_to(day)
    client = Client()
    client.force_login(officer())
    text = client.get("/instalments/?year=2021").content.decode()
    assert ("全部核查并进入办理</button>" in text, "不能再核查和兑现" in text) == (offered, not offered)


SECOND = date(2021, 12, 6)
NONE_LEFT = "现在没有还能办理的年度"


@pytest.mark.parametrize(
    ("day", "left"), [(LAST - timedelta(days=1), "1 年，合计 36,000.00 元"), (LAST, "1 年，合计 36,000.00 元"), (AFTER, NONE_LEFT)]
)
def test_a_sum_of_several_years_counts_only_what_can_still_be_had(day: date, left: str, settings: Any, tmp_path: Any):
    settings.MEDIA_ROOT = tmp_path
    claim = _Instalments().founder()  # founded in 2020, whose call is over; paid for it
    clock.move_to(day)
    client = Client()
    client.force_login(claim.person.user)
    stored = client.get(f"/evaluations/{claim.evaluation.token}/").content.decode()
    own = client.get("/my/entitlements/?year=2020&organisation=own").content.decode()
    assert (left in stored, left in own) == (True, True)
    assert "已决定 1 年，计 36,000.00 元" in own
    assert "72,000" not in stored + own


@pytest.mark.parametrize(
    ("state", "day", "said"),
    [
        ("paid", SECOND, ["settled", "payable"]),
        ("handled", SECOND, ["payable"]),
        ("handled", LAST, ["payable"]),
        ("handled", AFTER, ["gone"]),
        ("withdrawn", SECOND, []),
    ],
)
def test_what_became_of_each_year_goes_by_its_claim(state: str, day: date, said: list[str], settings: Any, tmp_path: Any):
    settings.MEDIA_ROOT = tmp_path
    if state == "paid":
        claim = _Instalments().founder()
    else:
        user, someone = somebody()
        facts = {"category": "other", "phd": True, "full_time_degree": True, "graduated_on": date(2018, 6, 30), "first_business": True}
        talent = Talent.objects.create(person=someone, founded=True, founded_on=date(2020, 3, 1), **facts)
        claim = applied("founder_subsidy", talent.pk, user, someone)
    if state == "withdrawn":
        claim = actions.withdraw(claim, by=claim.person.user, on=claim.created_on)
    assert claim.state == state
    found = cases.instalment_years(claim.person, claim.pack, day)
    assert list(found.get((claim.subject, claim.subject_id, claim.rule), {}).values()) == said
