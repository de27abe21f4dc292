"""The open terms of this context, which are moved on when the plan of a year is confirmed (core.holidays)."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from quintet.core import clock
from quintet.look.words import cn_date
from quintet.redemption import tell
from quintet.redemption.models import Appraisal, Claim, ClaimStep, Clawback, Objection
from quintet.redemption.payees import MINE_TO_DO
from quintet.redemption.states import CLOSED, State

Move = Callable[[date], date]
Told = Callable[[list[int], date], None]  # keys of what was moved, and to which day
CHUNK = 500


def _moved(rows: QuerySet[Any], after: date, move: Move, told: Told | None = None) -> int:
    """One statement for each day on which terms end. From the last to the first: a day that was moved is not met again. Then whom it concerns is told."""
    count = 0
    for day in sorted(set(rows.filter(due_on__gt=after).values_list("due_on", flat=True)), reverse=True):
        if (later := move(day)) != day:
            moving = rows.filter(due_on=day)
            keys = list(moving.values_list("pk", flat=True)) if told else []
            count += moving.update(due_on=later)
            for start in range(0, len(keys), CHUNK):
                told(keys[start : start + CHUNK], later)  # type: ignore[misc]  # there are keys only where somebody is told
    return count


def move_claims(after: date, move: Move) -> int:
    """Not what ends with a call, whose last day is a day of the calendar, nor with a notice, which is published as it is, nor the next appraisal,
    whose day was chosen at the last one."""
    appraised = Exists(Appraisal.objects.filter(claim=OuterRef("pk")))
    by_day = Q(state=State.DRAFT, call__isnull=False) | Q(state=State.PUBLIC) | Q(appraised, step="appraisal")
    return _moved(Claim.objects.exclude(state__in=CLOSED).exclude(by_day), after, move, _tell_of_claims)


def _tell_of_claims(keys: list[int], later: date) -> None:
    """The payee where the payee has to act, else the department."""
    claims = list(Claim.objects.filter(pk__in=keys))
    tell.payees([claim for claim in claims if claim.state in MINE_TO_DO], "postponed", clock.today(), day=cn_date(later))
    tell.of_postponed([claim.unit for claim in claims if claim.state not in MINE_TO_DO], later, reverse("redemption:desk"))


def _tell_of_objections(keys: list[int], later: date) -> None:
    units = Objection.objects.filter(pk__in=keys).values_list("line__notice__unit", flat=True)
    tell.of_postponed(list(units), later, reverse("redemption:objections"))


def _tell_of_clawbacks(keys: list[int], later: date) -> None:
    demanded = Clawback.objects.filter(pk__in=keys, state=Clawback.State.DEMANDED).select_related("claim")
    tell.payees([one.claim for one in demanded], "return_postponed", clock.today(), day=cn_date(later))


def move_steps(after: date, move: Move) -> int:
    appraised = Exists(Appraisal.objects.filter(claim=OuterRef("claim")))
    by_day = Q(claim__call__isnull=False, kind="application") | Q(appraised, kind="appraisal")
    return _moved(ClaimStep.objects.filter(ended_on=None).exclude(by_day), after, move)


movers = [
    ("claims", move_claims),
    ("steps", move_steps),
    ("objections", lambda after, move: _moved(Objection.objects.filter(upheld=None), after, move, _tell_of_objections)),
    (
        "clawbacks",
        lambda after, move: _moved(Clawback.objects.filter(state__in=["proposed", "demanded"]), after, move, _tell_of_clawbacks),
    ),
]
