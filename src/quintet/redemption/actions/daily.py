from datetime import date, timedelta

from quintet.core.calendar import CalendarUnknown, add_working_days, working_days_between
from quintet.look.words import cn_date
from quintet.policies.engine import may_go_on, policies
from quintet.redemption import tell
from quintet.redemption.actions.claims import lapse_overdue
from quintet.redemption.actions.notices import clear_notices
from quintet.redemption.cases import TABS
from quintet.redemption.demands import DEMANDED
from quintet.redemption.models import Claim, ClaimStep
from quintet.redemption.openings import UNDECIDED, decided_after_end
from quintet.redemption.states import State

ROUND = 1_000
SOON = 3  # working days
EVERY = 30  # days between reminders of money that has not come back
BEFORE_THE_END = (20, SOON)  # working days before a policy's last day for decisions


def remind(*, on: date) -> int:
    """Who has an offer, a draft or a correction with a last day three working days off is told once, on that day."""
    if (day := _soon(on)) is None:
        return 0
    waiting = list(
        Claim.objects.filter(state__in=[State.OFFERED, State.DRAFT, State.CORRECTION], due_on=day).select_related("organisation", "person")
    )
    tell.payees(waiting, "soon", on)
    return len(waiting)


def remind_of_returns(*, on: date) -> int:
    """Who has to give money back is told three working days before the last day, and after it with the department and finance: the next day, then every month."""
    told, soon = 0, _soon(on)
    for demand in DEMANDED.filter(claim__state=State.PAID).select_related("claim__organisation", "claim__person").order_by("pk"):
        late = (on - demand.due_on).days
        if demand.due_on != soon and not (late > 0 and late % EVERY == 1):
            continue
        kind = "return_overdue" if late > 0 else "return_soon"
        tell.payees([demand.claim], kind, on, urgent=True, amount=demand.left_fen, day=cn_date(demand.due_on))
        if late > 0:
            tell.of_overdue_demand(demand)
        told += 1
    return told


def remind_of_appraisals(*, on: date) -> int:
    """Departments, of what has to be appraised three working days later."""
    if (day := _soon(on)) is None:
        return 0
    units = list(Claim.objects.filter(TABS["appraisal"], due_on=day).values_list("unit", flat=True))
    tell.of_appraisals(units, day)
    return len(units)


def _soon(on: date) -> date | None:
    try:
        return add_working_days(on, SOON, provisional=True)
    except CalendarUnknown:
        return None


def tell_of_the_end(*, on: date) -> int:
    """Who has a claim that cannot be decided after a policy's end: told twice before that end, and once on the day after it; departments before it."""
    told = 0
    for chosen in policies():
        last = chosen.pack.document.last_decision
        if last is None:
            continue
        ending, ended = on in _days_before(last), on == last + timedelta(days=1)
        if not (ending or ended):
            continue
        bound = [rule.id for rule in chosen.pack.rules if not may_go_on(chosen, rule.subject, rule.id, last + timedelta(days=1))]
        states = (State.HANDLED, State.PROPOSED) if ended else UNDECIDED  # what waits for its payee lapses that night and is told so
        once = ClaimStep.objects.filter(kind="decision", outcome=ClaimStep.Outcome.PASSED)  # granted in time, taken up again: decided anew
        undecided = Claim.objects.filter(pack=chosen.pack.document.pack, rule__in=bound, state__in=states).exclude(
            pk__in=once.values("claim")
        )
        claims = [claim for claim in undecided.select_related("organisation", "person").order_by("pk") if not decided_after_end(claim)]
        before = "hand_in" if chosen.pack.decides_what_was_handed_in else "ending"
        tell.payees(claims, "ended" if ended else before, on, urgent=True, day=cn_date(last))
        if ending:
            tell.of_the_end([claim.unit for claim in claims if claim.unit], last)
        told += len(claims)
    return told


def _days_before(last: date) -> list[date]:
    """The days from which there are so many working days left until a day, that day included."""
    found = []
    for number in BEFORE_THE_END:
        day = last
        try:
            while working_days_between(day, last) < number:
                day -= timedelta(days=1)
        except CalendarUnknown:
            continue
        found.append(day)
    return found


def go_on(*, on: date) -> dict[str, int]:
    """What a new day brings by itself: notices that are over, offers and corrections that nobody took up. Returns {"cleared", "lapsed", "reminded"}."""
    told = tell_of_the_end(on=on)  # before what is overdue lapses and is told of that alone
    done = {"cleared": 0, "lapsed": 0}
    for name, work in (("cleared", clear_notices), ("lapsed", lapse_overdue)):
        while count := work(on=on, limit=ROUND):
            done[name] += count
    done["reminded"] = remind(on=on) + told + remind_of_returns(on=on) + remind_of_appraisals(on=on)
    return done
