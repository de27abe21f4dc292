"""The open terms of this context, which are moved on when the plan of a year is confirmed (core.holidays)."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from quintet.redemption.models import Claim, ClaimStep, Clawback, Objection
from quintet.redemption.states import CLOSED, State

Move = Callable[[date], date]


def _moved(rows: QuerySet[Any], after: date, move: Move) -> int:
    """One statement for each day on which terms end. From the last to the first: a day that was moved is not met again."""
    count = 0
    for day in sorted(set(rows.filter(due_on__gt=after).values_list("due_on", flat=True)), reverse=True):
        if (later := move(day)) != day:
            count += rows.filter(due_on=day).update(due_on=later)
    return count


def move_claims(after: date, move: Move) -> int:
    """Not what ends with a call, whose last day is a day of the calendar, nor with a notice, which is published as it is."""
    by_day = Q(state=State.DRAFT, call__isnull=False) | Q(state=State.PUBLIC)
    return _moved(Claim.objects.exclude(state__in=CLOSED).exclude(by_day), after, move)


def move_steps(after: date, move: Move) -> int:
    return _moved(ClaimStep.objects.filter(ended_on=None).exclude(claim__call__isnull=False, kind="application"), after, move)


movers = [
    ("claims", move_claims),
    ("steps", move_steps),
    ("objections", lambda after, move: _moved(Objection.objects.filter(upheld=None), after, move)),
    ("clawbacks", lambda after, move: _moved(Clawback.objects.filter(state__in=["proposed", "demanded"]), after, move)),
]
