"""Holidays that operators enter: read strictly, in force after another's look, before what the package knows, and open terms follow."""

from datetime import date, timedelta
from typing import Any

import chinese_calendar
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from quintet.core import calendar, holidays
from quintet.core.calendar import CalendarUnknown, add_working_days, is_working_day, working_days_between
from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import HolidayPlan, RoleGrant, User
from quintet.web.views.holidays import EXAMPLE, PlanForm
from tests import guards

pytestmark = pytest.mark.django_db

YEAR = 2097  # a year that the package does not know
KNOWN = 2026  # the last one that it does
TEXT = """
2097-01-01 至 2097-01-03 休 元旦
2097年2月11日 至 2097年2月17日 休 春节
2097-02-09 班 春节
2097/2/23，班，春节
2097.04.04 休 清明节
2097-10-01 到 2097-10-07 休 国庆节
"""


def in_force(make_user: Any, text: str = TEXT, year: int = YEAR, on: date = date(2096, 11, 20)) -> HolidayPlan:
    plan = holidays.propose_plan(year, text, source="国办发明电〔2096〕1号", by=make_user("operator"))
    holidays.confirm_plan(plan, by=make_user("operator"), on=on)
    return HolidayPlan.objects.get(pk=plan.pk)


def test_an_entered_year_counts_like_any_other(make_user: Any):
    with pytest.raises(CalendarUnknown, match="2097 年的放假安排尚未收录"):
        is_working_day(date(YEAR, 1, 4))
    in_force(make_user)
    days = [date(YEAR, 1, 3), date(YEAR, 1, 4), date(YEAR, 2, 9), date(YEAR, 2, 10), date(YEAR, 2, 11), date(YEAR, 2, 18)]
    assert [is_working_day(day) for day in days] == [False, True, True, False, False, True]
    assert add_working_days(date(YEAR, 2, 8), 1) == date(YEAR, 2, 9)


def test_what_was_entered_goes_before_what_the_package_knows(make_user: Any):
    assert not is_working_day(date(2026, 10, 1))
    in_force(make_user, "2026-01-01 至 2026-01-08 休 元旦", 2026, date(2025, 12, 1))
    assert is_working_day(date(2026, 10, 1))
    assert not is_working_day(date(2026, 1, 8))
    assert working_days_between(date(2025, 12, 31), date(2026, 1, 9)) == 1


def test_a_plan_counts_after_anothers_look_only(make_user: Any):
    first, second, leader = make_user("operator"), make_user("operator"), make_user("leader")
    plan = holidays.propose_plan(YEAR, TEXT, source="通知", by=first)
    assert not calendar.is_known(YEAR)
    with pytest.raises(NotAllowed, match="录入的人不能自己复核"):
        holidays.confirm_plan(plan, by=first, on=date(2096, 11, 20))
    with pytest.raises(NotAllowed):
        holidays.confirm_plan(plan, by=make_user("officer"), on=date(2096, 11, 20))
    holidays.confirm_plan(plan, by=leader, on=date(2096, 11, 20))
    assert calendar.is_known(YEAR)
    with pytest.raises(DomainError, match="不在待复核状态"):
        holidays.confirm_plan(plan, by=second, on=date(2096, 11, 20))
    assert [line.action for line in guards.lines_of_acts()] == ["core.propose_holidays", "core.confirm_holidays"]


def test_who_lent_the_role_does_not_confirm_what_was_entered_under_it(make_user: Any):
    lender, borrower, other = make_user("operator"), make_user("officer", unit="hrss"), make_user("leader")
    RoleGrant.objects.create(user=borrower, role="operator", granted_on=date(2019, 1, 1), revoked_on=date(2099, 1, 1), delegated_by=lender)
    borrower = User.objects.get(pk=borrower.pk)
    plan = holidays.propose_plan(YEAR, TEXT, source="通知", by=borrower)
    assert [user.pk for user in (lender, borrower, other) if holidays.may_confirm(plan, user)] == [other.pk]
    with pytest.raises(NotAllowed, match="录入的人不能自己复核"):
        holidays.confirm_plan(plan, by=lender, on=date(2096, 11, 20))
    holidays.confirm_plan(plan, by=other, on=date(2096, 11, 20))
    plan.refresh_from_db()
    assert (plan.entered_under, plan.confirmed_under) == (borrower.grants.get(role="operator"), other.grants.get())
    assert not holidays.may_confirm(plan, make_user("operator"))


def test_only_operators_enter_and_take_back(make_user: Any):
    with pytest.raises(NotAllowed):
        holidays.propose_plan(YEAR, TEXT, source="通知", by=make_user("leader"))
    plan = holidays.propose_plan(YEAR, TEXT, source="通知", by=make_user("operator"))
    holidays.drop_plan(plan, by=make_user("operator"))
    with pytest.raises(DomainError, match="不在待复核状态"):
        holidays.confirm_plan(plan, by=make_user("operator"), on=date(2096, 11, 20))
    assert not calendar.is_known(YEAR)


def test_a_second_plan_replaces_the_first(make_user: Any):
    first = in_force(make_user)
    second = in_force(make_user, TEXT.replace("2097.04.04", "2097.04.05"))
    first.refresh_from_db()
    assert (first.state, second.state) == ("replaced", "in_force")
    assert is_working_day(date(YEAR, 4, 4))


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("2097-01-01", "应写成“日期 休 节日”"),
        ("2097-02-01 至 2097-02-03 休 春节 2097-02-05 至 2097-02-11 休 春节", "不像节日名称"),
        ("2097-10-01 休 国庆节 2097-10-12 班 国庆节", "不像节日名称"),
        ("2097-10-01 休 国庆节 班", "不像节日名称"),
        ("2097-10-01 休假 国庆节", "应写成“日期 休 节日”"),
        ("2097年2月1日（周一） 休 春节", "2097年2月1日 不是周一"),
        ("1日 休 春节", "不是日期"),
        ("元旦 休", "“元旦”不是日期"),
        ("2097-02-30 休 春节", "“2097-02-30”不是日期"),
        ("97-02-01 休 春节", "不是日期"),
        ("2096-12-31 休 元旦", "2096年12月31日 不在 2097 年"),
        ("2097-01-03 至 2097-01-01 休 元旦", "一个假期从 1 天到 15 天"),
        ("2097-05-01 至 2097-05-16 休 劳动节", "一个假期从 1 天到 15 天"),
        ("2097-02-12 班 春节", "不是周末"),
        ("2097-01-02 休 元旦", "写了两次"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_entered(line: str, problem: str, make_user: Any):
    text = TEXT + line
    with pytest.raises(DomainError, match=problem) as error:
        holidays.propose_plan(YEAR, text, source="通知", by=make_user("operator"))
    assert error.value.where == f"第 {len(text.splitlines())} 行"
    assert HolidayPlan.objects.count() == 0


@pytest.mark.parametrize(
    "line",
    [
        "2097年1月1日至7日 休 元旦",
        "2097年1月1日（周二）至7日（周一）放假 元旦",
        "1月1日（星期二）至1月7日 休息 元旦",
        "2097-01-01–2097-01-07 休 元旦",
    ],
)
def test_days_may_be_written_as_the_notice_writes_them(line: str):
    assert holidays.read_days(line, YEAR) == [(date(YEAR, 1, n), False, "元旦") for n in range(1, 8)]


def test_text_and_file_together_are_refused():
    file = {"file": SimpleUploadedFile("days.txt", TEXT.encode())}
    both = PlanForm({"year": YEAR, "source": "通知", "days": TEXT}, file)
    assert "只能用一种" in str(both.errors["file"])
    assert PlanForm({"year": YEAR, "source": "通知", "days": ""}, file).is_valid()


@pytest.mark.parametrize(("days", "fits"), [(14, True), (15, True)])
def test_the_longest_holiday(days: int, fits: bool):
    last = date(YEAR, 5, 1) + timedelta(days=days - 1)
    assert len(holidays.read_days(f"2097-05-01 至 {last} 休 劳动节", YEAR)) == days


@pytest.mark.parametrize(("off", "fits"), [(6, False), (7, True), (45, True), (46, False)])
def test_a_year_has_a_plausible_number_of_days_off(off: int, fits: bool):
    text = "\n".join(f"{date(YEAR, 1, 1) + timedelta(days=n)} 休" for n in range(off))
    if fits:
        assert len(holidays.read_days(text, YEAR)) == off
    else:
        with pytest.raises(DomainError, match=f"共 {off} 天，不像一整年的安排"):
            holidays.read_days(text, YEAR)


def test_what_the_package_ships_can_be_entered_again_and_says_the_same(make_user: Any):
    days = calendar.shipped_days(2025)
    text = "\n".join(f"{day} {'班' if works else '休'}" for day, works in days)
    every = [date(2025, 1, 1) + timedelta(days=n) for n in range(365)]
    before = [chinese_calendar.is_workday(day) for day in every]
    in_force(make_user, text, 2025, date(2024, 12, 1))
    assert [is_working_day(day) for day in every] == before


class TestProvisional:
    """A term that reaches from a known year into one that is not announced."""

    def test_it_goes_by_the_week_when_that_is_asked_for_and_not_else(self):
        start = date(KNOWN, 12, 29)
        assert add_working_days(start, 2) == date(KNOWN, 12, 31)
        with pytest.raises(CalendarUnknown):
            add_working_days(start, 3)
        assert add_working_days(start, 3, provisional=True) == date(2027, 1, 1)
        assert calendar.is_provisional(date(2027, 1, 1))
        assert not calendar.is_provisional(date(KNOWN, 12, 31))

    def test_people_see_that_it_is(self):
        assert calendar.term_day(date(KNOWN, 12, 31)) == "2026年12月31日"
        assert calendar.term_day(date(2027, 1, 1)) == "2027年1月1日（暂定）"

    def test_it_never_begins_in_a_year_that_is_unknown(self):
        with pytest.raises(CalendarUnknown):
            add_working_days(date(2027, 1, 4), 1, provisional=True)

    def test_counting_agrees_with_adding(self):
        start = date(KNOWN, 11, 26)
        for days in (1, 25, 26, 30, 60):
            assert working_days_between(start, add_working_days(start, days, provisional=True)) == days

    def test_it_is_moved_on_by_the_days_off_and_keeps_its_working_days(self, make_user: Any):
        start = date(KNOWN, 11, 26)
        told = add_working_days(start, 30, provisional=True)
        text = "2027-01-01 至 2027-01-03 休 元旦\n2027-02-05 至 2027-02-11 休 春节"
        before = calendar.entered_plans()
        in_force(make_user, text, 2027, date(KNOWN, 11, 27))
        moved = calendar.postponed(told, after=date(KNOWN, 12, 31), before=before, now=calendar.entered_plans())
        assert told < moved == add_working_days(start, 30)

    def test_a_day_that_was_told_is_never_moved_to_an_earlier_one(self):
        before, now = {2027: ((date(2027, 1, 1), False),)}, {2027: ((date(2027, 1, 2), True), (date(2027, 1, 3), True))}
        told = date(2027, 1, 5)
        assert calendar.postponed(told, after=date(2026, 12, 31), before=before, now=now) == told

    def test_a_day_that_has_passed_stays(self):
        assert calendar.postponed(date(2027, 1, 5), after=date(2027, 1, 5), before={}, now={}) == date(2027, 1, 5)

    @pytest.mark.parametrize(("confirmed_on", "moved"), [(date(2026, 12, 31), True), (date(2027, 1, 5), True), (date(2027, 1, 6), False)])
    def test_a_plan_confirmed_in_its_own_year_moves_what_is_still_to_come(self, make_user: Any, confirmed_on: date, moved: bool):
        told = add_working_days(date(KNOWN, 12, 29), 6, provisional=True)
        before = calendar.entered_plans()
        in_force(make_user, "\n".join(f"2027-01-{n:02} 休" for n in range(4, 13)), 2027, confirmed_on)
        later = calendar.postponed(told, after=confirmed_on, before=before, now=calendar.entered_plans())
        assert (later > told) is moved


@pytest.mark.parametrize(
    ("today", "missing"),
    [
        (date(KNOWN, 9, 30), []),
        (date(KNOWN, 10, 1), [2027]),
        (date(KNOWN, 12, 31), [2027]),
        (date(2027, 1, 1), [2027]),
    ],
)
def test_operators_are_warned_from_october_on(today: date, missing: list[int]):
    assert holidays.missing_years(today) == missing


def test_a_request_reads_the_plans_once_and_the_next_one_sees_the_change(make_user: Any, django_assert_num_queries: Any):
    with calendar.held(), django_assert_num_queries(1):
        for _time in range(3):
            assert not calendar.is_known(YEAR)
    in_force(make_user)
    with calendar.held(), django_assert_num_queries(1):
        for _time in range(3):
            assert calendar.is_known(YEAR)


def test_the_example_beside_the_form_is_written_as_the_form_asks():
    lines = EXAMPLE.splitlines()
    year = int(lines[0][:4])
    found = holidays.read_days("\n".join([*lines, f"{year}-10-01 至 {year}-10-07 休 国庆节"]), year)
    assert {works for _day, works, _name in found} == {True, False}
