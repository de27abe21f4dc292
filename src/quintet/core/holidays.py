"""Holidays and shifted working days of a year: entered by one operator, confirmed by another, then every open term is moved on.

Lines as people paste them from the State Council's notice: `2027-01-01 至 2027-01-03 休 元旦`, `2027-02-14 班 春节`.
"""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quintet.core import acts, audit, calendar, clock, second_person
from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import HolidayPlan, User
from quintet.core.permissions import Right, apart, require_standing
from quintet.core.texts import fitting, shortened, within
from quintet.look.registry import collect
from quintet.look.words import cn_date
from quintet.reading import dates
from quintet.reading.errors import Unreadable

State = HolidayPlan.State
PAGE = "/system/holidays/"
EARLIEST, LATEST = 2000, 2100
LONGEST = 15  # days of one holiday
FEWEST, MOST = 7, 45  # days off of a year, weekends among them
ANNOUNCED_FROM = (10, 1)  # month and day from which operators are warned that next year's plan is missing
LINE = re.compile(
    r"(?P<first>\S+?)(?:\s*(?:至|到|~|～|—|–|--)\s*(?P<last>\S+?))?(?:[\s,，]+|(?<=[日号)）]))"
    r"(?P<kind>休息?|班|放假|上班)(?:[\s,，]+(?P<name>.*))?"
)
NO_NAME = re.compile(r"\d|休|班|放假")  # in the name of a holiday: a second entry on the line
NOTICE_DAY = re.compile(r"(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})[日号](?:[(（](?:周|星期)([一二三四五六日天])[)）])?", re.ASCII)

Item = tuple[date, bool, str]
Move = Callable[[date], date]


def read_days(text: str, year: int) -> list[Item]:
    """The days of a plan, in order. Raises DomainError that names the line and what is wrong with it."""
    found: dict[date, Item] = {}
    for number, line in enumerate(text.replace("\u3000", " ").splitlines(), 1):
        if line.strip():
            for item in _line(number, line.strip(), year):
                if item[0] in found:
                    raise _refused(number, _("%(day)s 写了两次。") % {"day": cn_date(item[0])})
                found[item[0]] = item
    days = [found[day] for day in sorted(found)]
    off = sum(not works for _day, works, _name in days)
    if not FEWEST <= off <= MOST:
        raise DomainError(
            _("放假的日子共 %(n)d 天，不像一整年的安排（应在 %(fewest)d 至 %(most)d 天之间）。")
            % {"n": off, "fewest": FEWEST, "most": MOST},
            remedy=_("请录入全年的放假日期（含其中的周末）和调休上班的日期。"),
        )
    return days


def _line(number: int, line: str, year: int) -> list[Item]:
    parts = LINE.fullmatch(line)
    if parts is None:
        raise _refused(number, _("应写成“日期 休 节日”或“日期 至 日期 休 节日”，调休上班写“日期 班 节日”。"))
    first = _day(number, parts["first"], year)
    last = _day(number, parts["last"], first.year, first.month) if parts["last"] else first
    if last < first or (last - first).days >= LONGEST:
        raise _refused(number, _("一个假期从 1 天到 %(n)d 天。") % {"n": LONGEST})
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    works = parts["kind"] in ("班", "上班")
    written = parts["name"] or ""
    if NO_NAME.search(written.replace("调休", "")):
        raise _refused(number, _("“%(text)s”不像节日名称：一行只写一个日期或一段日期。") % {"text": shortened(written, 30)})
    name = within(written, 40, label=_("节日名称"), where=_("第 %(n)d 行") % {"n": number})
    for day in days:
        if day.year != year:
            raise _refused(number, _("%(day)s 不在 %(year)d 年。") % {"day": cn_date(day), "year": year})
        if works and day.weekday() < 5:
            raise _refused(number, _("%(day)s 不是周末，不用写成上班。") % {"day": cn_date(day)})
    return [(day, works, name) for day in days]


def _day(number: int, text: str, year: int, month: int | None = None) -> date:
    """A day in full, or as the notice writes it: 1月1日（周五） of its year and, behind 至, 3日 of the month before it."""
    notice = NOTICE_DAY.fullmatch(text)
    try:
        if notice and (notice[2] or (month and not notice[1])):
            day = dates.day(f"{notice[1] or year}年{notice[2] or month}月{notice[3]}日")
        else:
            day = dates.day(text)
        if notice and notice[4] and day.weekday() != "一二三四五六日".index(notice[4].replace("天", "日")):
            raise _refused(number, _("%(day)s 不是周%(weekday)s。") % {"day": cn_date(day), "weekday": notice[4]})
        return day
    except Unreadable:
        raise _refused(number, _("“%(text)s”不是日期，应写成 2027-01-01。") % {"text": shortened(text, 20)}) from None


def _refused(number: int, problem: str) -> DomainError:
    return DomainError(problem, where=_("第 %(n)d 行") % {"n": number}, remedy=_("请更正后再提交；没有录入任何一天。"))


def propose_plan(year: int, text: str, *, source: str, by: User) -> HolidayPlan:
    """Enter a year's plan; it waits for another's look. One that waits already is dropped for it."""
    right = acts.PROPOSE_HOLIDAYS.right(by)
    if not EARLIEST <= year <= LATEST:
        raise DomainError(_("年份应在 %(first)d 至 %(last)d 之间。") % {"first": EARLIEST, "last": LATEST})
    if not source.strip():
        raise DomainError(_("请写明依据：国务院办公厅通知的文号。"))
    days = [[day.isoformat(), works, name] for day, works, name in read_days(text, year)]
    with audit.recorded() as lines:
        HolidayPlan.objects.filter(year=year, state=State.PROPOSED).update(state=State.DROPPED)
        plan = HolidayPlan.objects.create(
            year=year, source=fitting(HolidayPlan, "source", source), days=days, entered_by=by, entered_under_id=right.grant
        )
        lines.record(
            "core.propose_holidays",
            plan,
            _("录入 %(year)d 年放假安排") % {"year": year},
            by=by,
            days=days,
            source=plan.source,
            year=year,
            **right.details,
        )
        second_person.ask(WAITING, plan)
    return plan


def confirm_plan(plan: HolidayPlan, *, by: User, on: date) -> dict[str, int]:
    """Another's look: the plan is in force, and open terms are moved on. Returns how many of each kind were moved."""
    right = acts.CONFIRM_HOLIDAYS.right(by)
    with audit.recorded() as lines:
        plan = HolidayPlan.objects.select_for_update(of=("self",)).select_related("entered_under").get(pk=plan.pk)
        _require_second(plan, right)
        if plan.state != State.PROPOSED:
            raise DomainError(_("这份安排不在待复核状态。"), where=str(plan), remedy=_("请刷新页面查看。"))
        require_standing(plan.entered_under, where=str(plan))
        before = calendar.entered_plans()
        HolidayPlan.objects.filter(year=plan.year, state=State.IN_FORCE).update(state=State.REPLACED)
        plan.state, plan.confirmed_by, plan.confirmed_under_id, plan.confirmed_at = State.IN_FORCE, by, right.grant, timezone.now()
        plan.save(update_fields=["state", "confirmed_by", "confirmed_under", "confirmed_at"])
        moved = _move_terms(plan.year, before, calendar.entered_plans(), on)
        lines.record("core.confirm_holidays", plan, _("%(year)d 年放假安排生效") % {"year": plan.year}, by=by, moved=moved, **right.details)
    return moved


def drop_plan(plan: HolidayPlan, *, by: User) -> None:
    """Whoever finds a mistake takes a plan that is not yet in force back."""
    right = acts.DROP_HOLIDAYS.right(by)
    with audit.recorded() as lines:
        if not HolidayPlan.objects.filter(pk=plan.pk, state=State.PROPOSED).update(state=State.DROPPED):
            raise DomainError(_("这份安排不在待复核状态。"), where=str(plan), remedy=_("请刷新页面查看。"))
        lines.record("core.drop_holidays", plan, _("撤回 %(year)d 年放假安排") % {"year": plan.year}, by=by, **right.details)


def may_confirm(plan: HolidayPlan, user: Any) -> bool:
    """Whether the user is another pair of eyes for a plan that waits."""
    if plan.state != State.PROPOSED or not acts.CONFIRM_HOLIDAYS.may(user):
        return False
    try:
        _require_second(plan, acts.CONFIRM_HOLIDAYS.right(user))
    except NotAllowed:
        return False
    return True


WAITING = second_person.Kind(
    label=gettext_lazy("复核放假安排"),
    acts=(acts.PROPOSE_HOLIDAYS.title,),
    mine=lambda user: (
        [one for one in _waiting()[: second_person.MOST] if may_confirm(one, user)] if acts.CONFIRM_HOLIDAYS.may(user) else []
    ),
    candidates=lambda plan: second_person.holders(*acts.CONFIRM_HOLIDAYS.roles),
    able=lambda plan, users: [user for user in users if may_confirm(plan, user)],
    about=lambda plan: _("%(year)d 年（%(source)s）") % {"year": plan.year, "source": plan.source},
    address=lambda plan, user: f"{PAGE}{plan.pk}/",
    listed=lambda user: PAGE,
    topic="holidays",
)


def _waiting() -> QuerySet[HolidayPlan]:
    return HolidayPlan.objects.filter(state=State.PROPOSED).select_related("entered_under").order_by("pk")


def _require_second(plan: HolidayPlan, right: Right) -> None:
    first = Right.under(plan.entered_under) if plan.entered_under else Right(plan.entered_by_id, 0)
    if not apart(first, right):
        raise NotAllowed(_("录入的人不能自己复核。"), where=str(plan), remedy=_("请另一位系统管理员或领导复核。"))


def _move_terms(year: int, before: calendar.Plans, now: calendar.Plans, on: date) -> dict[str, int]:
    """Contexts name their open terms in `terms.py`: `movers = [(word, function of (first day, last day, move) → how many), …]`."""
    start = max(on, date(year - 1, 12, 31))
    move: Move = lambda day: calendar.postponed(day, after=start, before=before, now=now)
    return {word: mover(start, move) for word, mover in collect("terms", "movers")}


def missing_years(today: date) -> list[int]:
    """Years whose plan operators should enter now: this one, and from October the next."""
    wanted = [today.year, today.year + 1] if (today.month, today.day) >= ANNOUNCED_FROM else [today.year]
    return [year for year in wanted if not calendar.is_known(year)]


def warnings() -> list[str]:
    today = clock.today()
    return [_("%(year)d 年放假安排尚未录入。") % {"year": year} for year in missing_years(today)]
