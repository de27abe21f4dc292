from datetime import date

from quintet.core.calendar import CalendarUnknown, add_working_days
from quintet.redemption import tell
from quintet.redemption.actions.claims import lapse_overdue
from quintet.redemption.actions.notices import clear_notices
from quintet.redemption.models import Claim
from quintet.redemption.states import State

ROUND = 1_000
SOON = 3  # working days


def remind(*, on: date) -> int:
    """Who has an offer, a draft or a correction with a last day three working days off is told once, on that day."""
    try:
        day = add_working_days(on, SOON, provisional=True)
    except CalendarUnknown:
        return 0
    waiting = list(
        Claim.objects.filter(state__in=[State.OFFERED, State.DRAFT, State.CORRECTION], due_on=day).select_related("organisation", "person")
    )
    tell.payees(waiting, "soon", on)
    return len(waiting)


def go_on(*, on: date) -> dict[str, int]:
    """What a new day brings by itself: notices that are over, offers and corrections that nobody took up. Returns {"cleared", "lapsed", "reminded"}."""
    done = {"cleared": 0, "lapsed": 0}
    for name, work in (("cleared", clear_notices), ("lapsed", lapse_overdue)):
        while count := work(on=on, limit=ROUND):
            done[name] += count
    done["reminded"] = remind(on=on)
    return done
