"""What was handed in by a policy's last day: lost with it, or decided after it where the pack says so; and who is warned that there is too little time."""

import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from quintet.core import clock
from quintet.core.calendar import add_working_days
from quintet.core.errors import DomainError
from quintet.core.models import Notification
from quintet.engine import PackError, load
from quintet.policies.engine import policy
from quintet.redemption import actions, cases
from quintet.redemption.actions.claims import rule_of, why_ended
from quintet.redemption.actions.daily import go_on
from quintet.redemption.checks import cross_checks
from quintet.redemption.models import Call, Claim
from quintet.redemption.openings import decided_by, little_time, opening, too_late
from tests.redemption.applications import call_for, draft, submitted
from tests.redemption.city import newly_high_tech, run_of
from tests.redemption.claims import account, all_there, checked, member, officer, proposed

pytestmark = pytest.mark.django_db
PACK = "panjin-2019-29"
SWITCH = "handed_in_decided_after_end"
LAST, AFTER = date(2021, 12, 31), date(2022, 1, 1)
LATER = date(2022, 1, 4)


def switched(home: Path, monkeypatch: Any) -> None:
    """The packs as they are, but that what was handed in before the end is decided after it."""
    shutil.copytree(policy(PACK).folder.parent, home)
    file = home / PACK / "parameters.yaml"
    before, name, after = file.read_text(encoding="utf-8").partition(f"  {SWITCH}:")
    file.write_text(before + name + after.replace("value: false", "value: true", 1), encoding="utf-8")
    monkeypatch.setenv("QUINTET_PACKS", str(home))
    assert policy(PACK).pack.decides_what_was_handed_in


@pytest.fixture(params=[False, True], ids=["as it is", "switched"])
def on_after(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: Any, settings: Any) -> bool:
    settings.DEMO = True
    if request.param:
        switched(tmp_path / "packs", monkeypatch)
    return bool(request.param)


def offered(on: date) -> Claim:
    newly_high_tech()
    actions.make_offers(run_of(), by=officer(), on=on)
    return Claim.objects.get()


def confirmed(on: date) -> Claim:
    claim = offered(on)
    by = member(claim.organisation)
    return actions.confirm_offer(claim, account=account(claim.organisation, by), by=by, on=on)


def page(claim: Claim, user: Any, address: str) -> str:
    client = Client()
    client.force_login(user)
    return client.get(reverse(address, args=[claim.pk])).content.decode()


@pytest.mark.parametrize("on", [LAST - timedelta(days=1), LAST])
def test_what_was_handed_in_by_the_last_day_goes_its_way_where_the_pack_lets_it(on: date, on_after: bool):
    claim = checked(confirmed(on), on=on)
    clock.move_to(LATER)
    assert bool(why_ended(claim, LATER)) == (not on_after)
    time = next(
        check
        for check in cross_checks(claim, duplicates=[], files=None, today=LATER, ended=why_ended(claim, LATER))
        if "期限内" in check["text"]
    )
    assert (time["state"], "期满后仍可决定" in time["note"]) == (("met", True) if on_after else ("unmet", False))
    told = page(claim, officer("officer2"), "redemption:claim").split(f"/claims/{claim.pk}/propose/")[1].split("</form>")[0]
    assert ('value="yes"' in told, 'value="no"' in told, "期满" in told) == (on_after, True, not on_after)
    said = page(claim, member(claim.organisation), "redemption:my-claim")
    assert ("本件没有在此以前作出决定" in said, "正在办理" in said) == (not on_after, on_after)
    if not on_after:
        with pytest.raises(DomainError, match="政策已于2021年12月31日期满，不能再作出兑现决定"):
            proposed(claim, on=LATER)
        return
    decision = actions.confirm_decision(proposed(claim, on=LATER), confirmed=True, by=officer("officer2"), on=LATER)
    assert (decision.state, decision.decided_fen) == ("granted", 10_000_000)


def test_nothing_is_handed_in_after_the_last_day_however_the_pack_reads_it(on_after: bool):
    claim = offered(date(2021, 12, 30))
    by = member(claim.organisation)
    kept = account(claim.organisation, by)
    with pytest.raises(DomainError, match="只有在此以前提交的" if on_after else "不能再作出兑现决定"):
        actions.confirm_offer(claim, account=kept, by=by, on=AFTER)
    with pytest.raises(DomainError, match="政策已于2021年12月31日期满"):
        actions.make_offers(run_of(), by=officer(), on=AFTER)
    with pytest.raises(DomainError, match="政策已于2021年12月31日期满"):
        actions.start_application(pack=PACK, rule="transfer_grant", subject_id=1, year=2021, by=by, on=AFTER)
    rule = next(rule for rule in policy(PACK).pack.rules if rule.id == "high_tech_award")
    assert ("期满以前已经提交的继续办理" in opening(policy(PACK), rule, AFTER, None, year=2021).words) == on_after


def test_terms_end_with_the_policy_only_for_what_ends_with_it(on_after: bool):
    claim = offered(date(2021, 12, 20))
    assert claim.due_on == LAST
    by = member(claim.organisation)
    claim = actions.confirm_offer(claim, account=account(claim.organisation, by), by=by, on=LAST)
    whole = add_working_days(LAST, policy(PACK).pack.procedure_of(rule_of(claim)).steps[1].days, provisional=True)
    assert claim.due_on == (whole if on_after else LAST)
    returned = actions.check_form(claim, checked={**all_there(claim), "facts": False}, by=officer(), on=LAST)
    assert (returned.due_on == LAST) == (not on_after)
    clock.move_to(LATER)
    if not on_after:
        with pytest.raises(DomainError, match="政策已于2021年12月31日期满"):
            actions.resubmit(returned, note="已更正", by=by, on=LATER)
    else:
        assert actions.resubmit(returned, note="已更正", by=by, on=LATER).due_on >= LATER


def test_who_has_still_to_hand_in_and_whose_case_is_lost_are_told_each_in_their_words(on_after: bool):
    claim = confirmed(date(2021, 11, 1))
    by = member(claim.organisation)
    day = date(2021, 11, 25)
    while day <= AFTER + timedelta(days=2):
        go_on(on=day)
        day += timedelta(days=1)
    counts = {kind: Notification.objects.filter(user=by, kind=kind).count() for kind in ("ending", "hand_in", "ended")}
    assert counts == ({"ending": 0, "hand_in": 0, "ended": 0} if on_after else {"ending": 2, "hand_in": 0, "ended": 1})


def test_an_offer_that_waits_near_the_end_is_told_what_has_to_be_done_by_then(on_after: bool):
    claim = offered(date(2021, 12, 1))
    by = member(claim.organisation)
    go_on(on=date(2021, 12, 28))
    kinds = {kind for kind in ("ending", "hand_in") if Notification.objects.filter(user=by, kind=kind).exists()}
    assert kinds == {"hand_in" if on_after else "ending"}
    clock.move_to(date(2021, 12, 28))
    assert ("按时提交的，期满后继续办理" in cases.expected(claim)) == on_after


def test_the_switch_stands_with_its_reading_on_the_page_of_its_clause(on_after: bool, client: Client):
    text = client.get(reverse("policies:clause", args=[PACK, "P2"])).content.decode()
    assert "期满以前提交的，期满后仍可决定" in text
    assert "期满即不再作出兑现决定" in text


@pytest.mark.parametrize(("unit", "wrong"), [("switch", "parameter"), ("ends", "an `ends`"), ("type", "not true or false")])
def test_a_pack_names_a_switch_of_its_own_and_has_an_end(unit: str, wrong: str, tmp_path: Path):
    home = tmp_path / "packs"
    shutil.copytree(policy(PACK).folder.parent, home)
    file = home / PACK / "pack.yaml"
    text = file.read_text(encoding="utf-8")
    name = f"decide_handed_in: {SWITCH}\n"
    changed = {
        "switch": text.replace(name, "decide_handed_in: nothing_there\n"),
        "ends": text.replace("ends: 2021-12-31\n", ""),
        "type": text.replace(name, "decide_handed_in: high_tech_award\n"),
    }[unit]
    file.write_text(changed, encoding="utf-8")
    with pytest.raises(PackError) as problems:
        load(home / PACK).pack  # noqa: B018
    assert wrong in str(problems.value) or "nothing_there" in str(problems.value)


# too little time -----------------------------------------------------------------------------------------------------------


def transfer_grant() -> Any:
    return next(rule for rule in policy(PACK).pack.rules if rule.id == "transfer_grant")


def days_to_decide() -> int:
    steps = policy(PACK).pack.procedure_of(transfer_grant()).steps
    kinds = [step.kind for step in steps]
    return sum(step.days for step in steps[1 : kinds.index("decision") + 1])


def last_safe_day(days: int = 0) -> date:
    day = LAST
    while add_working_days(day, days or days_to_decide(), provisional=True) > LAST:
        day -= timedelta(days=1)
    return day


@pytest.mark.parametrize(("beyond", "late"), [(-1, False), (0, False), (1, True)])
def test_a_decision_takes_as_long_as_the_steps_of_its_procedure(beyond: int, late: bool):
    start = last_safe_day() + timedelta(days=beyond)
    chosen, rule = policy(PACK), transfer_grant()
    assert decided_by(chosen, rule, start) == add_working_days(start, days_to_decide(), provisional=True)
    assert (too_late(chosen, rule, start) is not None) == late
    loans = next(rule for rule in chosen.pack.rules if rule.id == "loan_interest_subsidy")
    assert too_late(chosen, loans, LAST) is None  # the pack lets it go on


def closing(on: date) -> Call:
    opens = min(on, date(2021, 9, 1))
    return call_for(year=2021, opens_on=opens, closes_on=on, on=opens)


@pytest.mark.parametrize(("beyond", "late"), [(-1, False), (0, False), (1, True)])
def test_a_call_that_closes_too_late_says_until_when_to_hand_in(beyond: int, late: bool, on_after: bool, client: Client):
    safe = last_safe_day()
    call = closing(safe + timedelta(days=beyond))
    clock.move_to(call.opens_on)
    wanted = late and not on_after
    now = opening(policy(PACK), transfer_grant(), clock.today(), call, year=2021)
    assert (bool(now.late), now.open, now.late in now.words) == (wanted, True, True)
    for address in (reverse("redemption:call", args=[call.pk]), reverse("redemption:calls")):
        text = client.get(address).content.decode()
        assert ("可能来不及" in text, f"最晚在{safe.year}年{safe.month}月{safe.day}日提交" in text) == (wanted, wanted)


def test_a_call_in_which_nothing_can_be_decided_any_more_says_so_to_who_publishes_and_who_applies(client: Client, settings: Any):
    settings.DEMO = True
    safe = last_safe_day()
    today = safe + timedelta(days=1)
    clock.move_to(today)
    client.force_login(officer())
    given = {"rule": "transfer_grant", "year": 2021, "opens_on": today.isoformat(), "closes_on": LAST.isoformat(), "contact": "市科技局"}
    told = client.post(reverse("redemption:call-add"), given, follow=True).content.decode()
    assert "现在提交也要到" in told
    assert "现在提交也要到" in client.get(reverse("redemption:calls")).content.decode()


@pytest.mark.parametrize(("beyond", "late"), [(-1, False), (0, False), (1, True)])
@pytest.mark.parametrize(("made", "words"), [(draft, "今天办理也要到"), (submitted, "本件要到")])
def test_a_draft_and_a_claim_on_its_way_say_that_their_steps_end_too_late(
    made: Callable[[], Claim], words: str, beyond: int, late: bool, on_after: bool
):
    claim = made()
    assert claim.step in ("application", "form_check")
    today = last_safe_day() + timedelta(days=beyond)
    if claim.state == "handled":  # the step that goes on ends today, as one that began so long ago does
        of_the_step = policy(PACK).pack.procedure_of(rule_of(claim)).steps[1].days
        claim.due_on = today = last_safe_day(days_to_decide() - of_the_step) + timedelta(days=beyond)
    clock.move_to(today)
    told = little_time(claim, today)
    assert (words in told, words in cases.expected(claim)) == (late and not on_after,) * 2
    assert cases.rows([claim], today)[0]["late"] == (late and not on_after)


def test_a_case_that_is_overdue_at_the_office_names_what_its_payee_can_do(settings: Any):
    settings.DEMO = True
    claim = confirmed(date(2021, 11, 1))
    told = []
    for day in (claim.due_on, claim.due_on + timedelta(days=1)):
        clock.move_to(day)
        told.append("部门没有在期限内办理的" in page(claim, member(claim.organisation), "redemption:my-claim"))
    assert told == [False, True]
