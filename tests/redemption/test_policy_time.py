"""What a policy's last day means for offers, applications and those who handle them: the day before, on it, after."""

import re
from contextlib import nullcontext
from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from quintet.core import clock
from quintet.core.calendar import add_working_days
from quintet.core.errors import DomainError
from quintet.directory.models import Organisation
from quintet.finance.models import Loan
from quintet.policies.engine import paying_years, policy
from quintet.policies.models import Evaluation
from quintet.policies.results import openings_now, sums
from quintet.redemption import actions
from quintet.redemption.actions.calls import within_policy
from quintet.redemption.actions.claims import why_ended
from quintet.redemption.checks import cross_checks
from quintet.redemption.models import Call, Claim
from quintet.redemption.openings import opening
from tests.directory.city import loan
from tests.redemption.applications import call_for
from tests.redemption.city import newly_high_tech, run_of
from tests.redemption.claims import ON, account, checked, confirmed, member, officer, proposed
from tests.redemption.ways import PACK, lead_of, one_of

pytestmark = pytest.mark.django_db
LAST = date(2021, 12, 31)
AFTER = date(2022, 1, 1)


def test_an_offer_is_made_on_the_last_day_and_not_after_it():
    newly_high_tech()
    with pytest.raises(DomainError, match="政策已于2021年12月31日期满"):
        actions.make_offers(run_of(), by=officer(), on=AFTER)
    assert not Claim.objects.exists()
    assert actions.make_offers(run_of(), by=officer(), on=LAST)["made"] == 1


def test_what_was_offered_in_time_is_not_confirmed_after_the_end():
    firm = newly_high_tech()
    actions.make_offers(run_of(), by=officer(), on=date(2021, 12, 30))
    claim, by = Claim.objects.get(), member(firm)
    kept = account(firm, by)
    with pytest.raises(DomainError, match="政策已于2021年12月31日期满"):
        actions.confirm_offer(claim, account=kept, by=by, on=AFTER)
    assert actions.confirm_offer(claim, account=kept, by=by, on=LAST).state == "handled"


def test_nothing_is_applied_for_after_the_end():
    firm = newly_high_tech()
    with pytest.raises(DomainError, match="政策已于2021年12月31日期满"):
        actions.start_application(pack=PACK, rule="transfer_grant", subject_id=firm.pk, year=2021, by=member(firm), on=AFTER)


def test_officers_are_told_when_the_procedure_may_outlast_the_policy(make_user: Any, client: Any):
    chosen = policy(PACK)
    days = [day for day in range(1, 31) if actions.little_time(chosen, date(2021, 11, day))]
    assert 0 < len(days) < 30
    assert days == list(range(days[0], 31))
    assert "2021年12月31日之后不能再决定" in actions.little_time(chosen, date(2021, 11, days[0]))


GOES_ON = "loan_interest_subsidy"  # settled after the end for a loan drawn in force
ENDS = "transfer_grant"


@pytest.mark.parametrize(
    ("today", "rule", "years"),
    [
        (date(2021, 12, 30), "", [2021, 2020, 2019]),
        (LAST, "", [2021, 2020, 2019]),
        (AFTER, "", [2022, 2021, 2020, 2019]),
        (AFTER, GOES_ON, [2022, 2021, 2020, 2019]),
        (AFTER, ENDS, [2021, 2020, 2019]),
        (date(2023, 6, 1), GOES_ON, [2023, 2022, 2021, 2020, 2019]),
    ],
)
def test_years_after_the_end_are_offered_where_a_rule_still_pays(today: date, rule: str, years: list[int]):
    assert paying_years(policy(PACK), today, rule) == years


@pytest.mark.parametrize("page", ["redemption:city", "redemption:my-entitlements", "redemption:check"])
def test_pages_offer_the_year_after_the_end_and_open_with_the_last_in_force(page: str, client: Any, settings: Any):
    settings.DEMO = True
    clock.move_to(AFTER)
    user = member(newly_high_tech()) if page == "redemption:my-entitlements" else officer()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    said = client.get(reverse(page)).content.decode()
    assert re.findall(r'<option value="(20\d\d)"', said) == ["2022", "2021", "2020", "2019"]
    assert re.findall(r'<option value="(20\d\d)" selected', said) == ["2021"]


def drawn_in_force(firm: Organisation) -> Loan:
    """Its interest was paid after the policy's end."""
    return loan(
        organisation=firm,
        principal_fen=1_000_000_000,
        interest_paid_fen=43_500_000,
        drawn_on=date(2021, 6, 1),
        due_on=date(2022, 5, 31),
        released=True,
    )


def test_a_loan_drawn_in_force_is_applied_for_after_the_end(client: Any, settings: Any):
    settings.DEMO = True
    firm = newly_high_tech()
    kept = drawn_in_force(firm)
    clock.move_to(date(2022, 6, 1))
    by = member(firm)
    client.force_login(by, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("redemption:apply", args=[PACK, GOES_ON]), {"year": 2022}).content.decode()
    assert re.findall(r"<option( selected)?>(20\d\d)", page) == [(" selected", "2022"), ("", "2021"), ("", "2020"), ("", "2019")]
    claim = actions.start_application(pack=PACK, rule=GOES_ON, subject_id=kept.pk, year=2022, by=by, on=clock.today())
    assert (claim.year, claim.state) == (2022, "draft")
    page = client.get(reverse("redemption:apply", args=[PACK, ENDS]), {"year": 2022}).content.decode()
    assert "2022</option>" not in page


def in_time(claim: Claim, today: date) -> tuple[str, str]:
    checks = cross_checks(claim, duplicates=[], files=[], today=today, ended=why_ended(claim, today))
    return next((check["state"], check["note"]) for check in checks if check["text"] == "仍在可以作出决定的期限内")


def test_the_cross_check_of_the_time_left_says_what_a_decision_would_be_told():
    firm = newly_high_tech()
    kept = drawn_in_force(firm)
    later = actions.start_application(pack=PACK, rule=GOES_ON, subject_id=kept.pk, year=2022, by=member(firm), on=date(2022, 6, 1))
    assert in_time(later, LAST) == ("met", "至2021年12月31日；按政策包的规定，期内发生而期满后才能结算的，期满后继续办理")
    assert in_time(later, AFTER) == ("met", "政策期满后，这一项按期内发生的事项继续办理")
    kept.drawn_on, kept.due_on = AFTER, date(2022, 12, 31)
    kept.save()
    assert in_time(later, LAST)[0] == "met"
    assert in_time(later, AFTER) == ("unmet", "至2021年12月31日")
    actions.make_offers(run_of(), by=officer(), on=LAST)
    offered = Claim.objects.get(rule="high_tech_award")
    assert in_time(offered, LAST) == ("met", "至2021年12月31日")
    assert in_time(offered, AFTER) == ("unmet", "至2021年12月31日")


@pytest.mark.parametrize(
    ("rule", "closes_on", "fits"), [(ENDS, date(2021, 12, 30), True), (ENDS, LAST, True), (ENDS, AFTER, False), (GOES_ON, AFTER, True)]
)
def test_a_call_closes_while_its_award_may_still_be_decided(rule: str, closes_on: date, fits: bool):
    chosen = policy(PACK)
    found = next(one for one in chosen.pack.rules if one.id == rule)
    with nullcontext() if fits else pytest.raises(DomainError, match="政策到2021年12月31日为止，申报应在此前截止"):
        within_policy(chosen, found, closes_on)


def of(today: date, rule: str, *, year: int = 2021) -> tuple[bool, str]:
    chosen = policy(PACK)
    found = next(one for one in chosen.pack.rules if one.id == rule)
    call = Call.objects.filter(pack=PACK, rule=rule, year=year).first()
    now = opening(chosen, found, today, call, year=year)
    return now.open, now.words


def test_an_award_is_promised_only_while_it_can_be_had():
    ended = "政策已于2021年12月31日期满，没有办结的现在不能再申报、确认或兑现，除非另有过渡规定。"
    assert of(LAST, "high_tech_award") == (True, "")
    assert of(AFTER, "high_tech_award") == (False, ended)
    assert of(LAST, GOES_ON) == (True, "")
    assert of(AFTER, GOES_ON) == (True, "政策已于2021年12月31日期满，只有期内发生、按规定期满后结算的还可以申报。")
    assert of(date(2021, 10, 1), ENDS) == (False, "2021年度尚未发布申报通知，现在不能申报。")
    call_for(
        ENDS,
        unit=lead_of(ENDS),
        year=2021,
        by=one_of(lead_of(ENDS)),
        opens_on=date(2021, 10, 8),
        closes_on=date(2021, 10, 20),
        on=date(2021, 10, 1),
    )
    assert of(date(2021, 10, 7), ENDS) == (False, "2021年10月8日开始申报。")
    assert of(date(2021, 10, 8), ENDS) == of(date(2021, 10, 20), ENDS) == (True, "正在申报，2021年10月20日截止。")
    assert of(date(2021, 10, 21), ENDS) == (False, "2021年度的申报已于2021年10月20日截止。")
    assert of(AFTER, ENDS) == (False, ended)


@pytest.mark.parametrize(("today", "said"), [(LAST, "随时可以申报"), (AFTER, "期满后仍可申报")])
def test_the_page_of_calls_does_not_say_any_time_after_the_end(today: date, said: str, client: Any, settings: Any):
    settings.DEMO = True
    clock.move_to(today)
    for page in (reverse("redemption:calls"), reverse("redemption:guide", args=[PACK, GOES_ON])):
        told = client.get(page).content.decode()
        assert (said in told, "随时可以申报" in told) == (True, today == LAST)
    guide = client.get(reverse("redemption:guide", args=[PACK, "high_tech_award"])).content.decode()
    assert ("政策已期满" in guide, "部门会直接发来确认邀请" in guide) == (today == AFTER, today == LAST)


@pytest.mark.parametrize(("today", "closed", "confirm"), [(LAST, 0, 10_000_000), (AFTER, 10_000_000, 0)])
def test_what_can_be_had_is_summed_apart_from_what_cannot_any_more(today: date, closed: int, confirm: int, client: Any, settings: Any):
    settings.DEMO = True
    firm = newly_high_tech()
    by = member(firm)
    clock.move_to(today)
    client.force_login(by, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("redemption:my-entitlements"), {"year": 2020}).content.decode()
    assert ("另有 1 项条件已满足而现在不能办理，计 10 万元" in page, "尚未发来确认邀请" in page) == (bool(closed), not closed)
    evaluation = Evaluation.objects.latest("pk")
    found = sums(evaluation.result, openings_now(evaluation.result))
    assert (found["closed"], found["confirm"], found["entitled"]) == (closed, confirm, 10_000_000)


@pytest.mark.parametrize(
    ("invited", "answered", "uninvited", "confirm"),
    [(False, "", 10_000_000, 0), (True, "", 0, 10_000_000), (True, "withdraw", 10_000_000, 0), (True, "confirm", 0, 0)],
)
def test_nothing_is_there_to_confirm_before_the_invitation_has_come(
    invited: bool, answered: str, uninvited: int, confirm: int, client: Any, settings: Any
):
    settings.DEMO = True
    clock.move_to(ON)
    firm = newly_high_tech()
    by = member(firm)
    if invited:
        actions.make_offers(run_of(), by=officer(), on=ON)
    if answered == "withdraw":
        actions.withdraw(Claim.objects.get(), by=by, on=ON)
    if answered == "confirm":
        confirmed(Claim.objects.get())
    client.force_login(by, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(reverse("redemption:my-entitlements"), {"year": 2020})
    found, page = answer.context["sums"], answer.content.decode()
    assert (found["uninvited"], found["confirm"]) == (uninvited, confirm)
    assert ("另有 1 项条件已满足，等部门发来确认邀请，计 10 万元" in page) is bool(uninvited)
    waits = "市科技局尚未发来确认邀请，现在没有要确认的" in page
    assert waits is (not invited)
    assert ("政策到2021年12月31日为止，在这一天以前没有发来、确认并作出决定的，此后不能兑现" in page) is waits
    assert "确认领取即可" not in page


@pytest.mark.parametrize("on", [date(2021, 11, 1), date(2021, 12, 3), date(2021, 12, 20), LAST])
def test_nobody_is_promised_more_time_than_the_policy_leaves(on: date):
    newly_high_tech()
    actions.make_offers(run_of(), by=officer(), on=on)
    claim, chosen = Claim.objects.get(), policy(PACK)
    term = chosen.pack.procedure_of(next(rule for rule in chosen.pack.rules if rule.id == claim.rule)).steps[0].days
    due = min(add_working_days(on, term, provisional=True), LAST)
    assert (claim.due_on, claim.steps.get().due_on) == (due, due)
    assert (due < LAST) == (on.month == 11)


def test_the_steps_before_a_decision_end_with_the_policy_and_those_after_it_do_not():
    on = date(2021, 12, 30)
    claim = through_decision(on)
    assert claim.steps.get(kind="form_check").due_on == claim.steps.get(kind="decision").due_on == LAST
    assert claim.steps.get(kind="public_notice").due_on > LAST


def through_decision(on: date) -> Claim:
    firm = newly_high_tech()
    actions.make_offers(run_of(), by=officer(), on=on)
    claim = actions.confirm_offer(Claim.objects.get(), account=account(firm, member(firm)), by=member(firm), on=on)
    claim = checked(claim, on=on)
    claim = proposed(claim, on=on)
    return actions.confirm_decision(claim, confirmed=True, by=officer("officer2"), on=on)
