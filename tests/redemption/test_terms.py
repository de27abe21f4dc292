"""In late November offers can be sent though next year's holidays are not announced; when they are, every open term follows."""

from datetime import date
from typing import Any

import pytest

from quintet.core import holidays
from quintet.core.calendar import add_working_days
from quintet.core.models import Notification
from quintet.redemption import actions, terms
from quintet.redemption.cases import clock
from quintet.redemption.models import Claim, ClaimStep, Objection
from tests.redemption.claims import ON, checked, granted, member, offered, officer
from tests.redemption.test_after import PAID_ON, paid

pytestmark = pytest.mark.django_db

PLAN = "2027-01-01 至 2027-01-03 休 元旦\n2027-02-05 至 2027-02-11 休 春节\n2027-02-14 班 春节"


def confirm(make_user: Any, on: date) -> dict[str, int]:
    plan = holidays.propose_plan(2027, PLAN, source="国办发明电〔2026〕1号", by=make_user("operator"))
    return holidays.confirm_plan(plan, by=make_user("operator"), on=on)


def waiting_until(day: date, **changes: Any) -> Claim:
    claim = offered()
    Claim.objects.filter(pk=claim.pk).update(due_on=day, **changes)
    ClaimStep.objects.filter(claim=claim).update(due_on=day)
    claim.refresh_from_db()
    return claim


def test_an_open_term_and_its_step_are_moved_on(make_user: Any):
    start = date(2026, 11, 26)
    claim = waiting_until(add_working_days(start, 30, provisional=True))
    assert confirm(make_user, date(2026, 11, 27)) == {"claims": 1, "steps": 1, "objections": 0, "clawbacks": 0}
    claim.refresh_from_db()
    assert claim.due_on == add_working_days(start, 30) == date(2027, 1, 8)
    assert claim.steps.get().due_on == claim.due_on


def test_a_term_that_ends_before_the_year_stays(make_user: Any):
    claim = waiting_until(date(2026, 12, 31))
    assert confirm(make_user, date(2026, 11, 27))["claims"] == 0
    claim.refresh_from_db()
    assert claim.due_on == date(2026, 12, 31)


def far(_day: date) -> date:
    return date(2028, 1, 1)


def test_what_is_public_stays():
    actions.publish_notice([granted()], title="公示", by=officer("officer2"), on=ON)
    assert terms.move_claims(date(2000, 1, 1), far) == 0


@pytest.mark.parametrize("again", [True, False])
def test_the_day_chosen_for_the_next_appraisal_stays_and_the_term_of_the_first_does_not(again: bool):
    claim = paid()
    if again:
        actions.appraise(
            claim, promised="产值", reached="达到", result="partly", again_on=date(2022, 6, 30), by=officer(unit=claim.unit), on=PAID_ON
        )
    claim.refresh_from_db()
    day = claim.due_on
    moved = 0 if again else 1
    assert (terms.move_claims(date(2000, 1, 1), far), terms.move_steps(date(2000, 1, 1), far)) == (moved, moved)
    claim.refresh_from_db()
    assert claim.due_on == (day if again else far(day))


def test_what_is_closed_stays():
    claim = waiting_until(date(2027, 1, 8))
    Claim.objects.filter(pk=claim.pk).update(state="lapsed")
    assert terms.move_claims(date(2026, 12, 31), far) == 0


def test_one_row_is_moved_once_even_where_its_new_day_is_anothers_old_one():
    days = [date(2027, 1, 8), date(2027, 1, 11)]
    claims = []
    for number, day in enumerate(days, 1):
        claim = offered(number)
        Claim.objects.filter(pk=claim.pk).update(due_on=day)
        claims.append(claim)
    assert terms.move_claims(date(2026, 12, 31), lambda day: {days[0]: days[1], days[1]: date(2027, 1, 12)}[day]) == 2
    for claim in claims:
        claim.refresh_from_db()
    assert [claim.due_on for claim in claims] == [date(2027, 1, 11), date(2027, 1, 12)]


def test_nothing_lapses_that_another_process_moved_on(make_user: Any):
    claim = waiting_until(add_working_days(date(2026, 11, 26), 30, provisional=True))
    told = claim.due_on
    confirm(make_user, date(2026, 11, 27))
    assert actions.lapse_overdue(on=told.replace(day=told.day + 1)) == 0
    assert officer()


def test_objections_show_a_provisional_term_as_one(make_user: Any, client: Any):
    line = actions.publish_notice([granted()], title="公示", by=officer("officer2"), on=ON).lines.get()
    objection = actions.object_to(line, objector="张三丰", contact="13912345678", text="研发人员数与事实不符，请核查。", on=ON)
    client.force_login(make_user("auditor"))
    for day, shown in ((date(2026, 12, 31), "2026年12月31日</"), (date(2027, 1, 8), "2027年1月8日（暂定）</")):
        Objection.objects.update(due_on=day)
        for address in ("/objections/", f"/objections/{objection.pk}/"):
            assert shown in client.get(address).content.decode()


def test_a_case_shows_a_provisional_term_as_one(make_user: Any):
    today = date(2026, 11, 26)
    claim = waiting_until(add_working_days(today, 30, provisional=True))
    shown = clock(claim, today)
    assert shown is not None
    assert shown["text"] == "还有 30 个工作日（暂定）"
    confirm(make_user, date(2026, 11, 27))
    claim.refresh_from_db()
    shown = clock(claim, today)
    assert shown is not None
    assert shown["text"] == "还有 30 个工作日"


class TestWhomItConcerns:
    """Whoever has to act by a day is told that it is another one now."""

    def told(self, user: Any) -> list[str]:
        return [one.text for one in Notification.objects.filter(user=user, kind__endswith="postponed").order_by("pk")]

    def test_the_payee_where_the_payee_acts(self, make_user: Any):
        claim = waiting_until(add_working_days(date(2026, 11, 26), 30, provisional=True))
        speaker = member(claim.organisation)
        confirm(make_user, date(2026, 11, 27))
        (text,) = self.told(speaker)
        assert text.endswith("的办理期限因放假安排顺延至 2027年1月8日。")
        assert self.told(officer()) == []

    def test_the_department_where_it_acts_once_for_many(self, make_user: Any):
        day = add_working_days(date(2026, 11, 26), 30, provisional=True)
        first = checked()
        speaker = member(first.organisation)
        Claim.objects.filter(pk=first.pk).update(due_on=day)
        confirm(make_user, date(2026, 11, 27))
        assert self.told(officer()) == ["1 件在办事项的办理期限因放假安排顺延至 2027年1月8日。"]
        assert self.told(speaker) == []

    def test_nobody_where_no_term_is_moved(self, make_user: Any):
        claim = waiting_until(date(2026, 12, 31))
        confirm(make_user, date(2026, 11, 27))
        assert self.told(member(claim.organisation)) == [] == self.told(officer())
