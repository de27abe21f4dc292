"""What each year of an award in instalments really pays: one function, which results, explanations and pages all read.

A year is asked for as a year of its own, with the figures of that year and the facts as they are known now: the current year on the day of the
evaluation, another on its last day. After the policy's end nothing is paid, unless the pack lets the rule go on (`beyond_end`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from quintet.engine.runtime import Program

LAST_YEAR = 2150  # the last that can be evaluated
GIVEN = ("entitled", "decision")
Programs = Callable[[date], "Program"]


class Instalment(TypedDict):
    """One year of an award. `state` is payable, beyond_end (needs a following policy) or not_payable; `amount` in fen, None where nothing can be said."""

    year: int
    number: int
    amount: int | None
    state: str


def instalments(
    programs: Programs, meta: Mapping[str, Any], subject: str, row: Mapping[str, Any], rule: str, *, begins: int, years: int, on: date,
    now: int | None = None,
) -> list[Instalment]:  # fmt: skip
    """The instalments of a rule for one row, first to last. `programs` gives the program of a day; `now` is this year's amount as it was settled."""
    ends = date.fromisoformat(meta["ends"]) if meta["ends"] else None
    first = date.fromisoformat(meta["in_force"]).year
    return [
        _instalment(programs, ends, first, subject, row, rule, year, year - begins + 1, on, now)
        for year in range(begins, min(begins + years, LAST_YEAR + 1))
    ]


def total(items: list[Instalment]) -> int:
    """What is paid in all, in fen: of the payable years alone."""
    return sum(item["amount"] or 0 for item in items if item["state"] == "payable")


def _instalment(
    programs: Programs, ends: date | None, first: int, subject: str, row: Mapping[str, Any], rule: str, year: int, number: int, on: date,
    now: int | None,
) -> Instalment:  # fmt: skip
    last = date(year, 12, 31)
    day = on if year == on.year else min(last, ends) if ends and year == ends.year else last
    if year < first:
        return {"year": year, "number": number, "amount": None, "state": "not_payable"}
    beyond = ends is not None and day > ends
    outcome = _outcome(programs(day), subject, row, rule, day)
    if not beyond:
        amount = now if year == on.year and now is not None else outcome["amount"]
        return {"year": year, "number": number, "amount": amount, "state": "payable" if outcome["state"] in GIVEN else "not_payable"}
    if outcome["state"] in GIVEN and _pays_out(programs(day), subject, rule):
        return {"year": year, "number": number, "amount": outcome["amount"], "state": "payable"}
    figure = _outcome(programs(ends), subject, row, rule, day)["amount"] if ends else None  # as the last figures in force would have it
    return {"year": year, "number": number, "amount": figure, "state": "beyond_end"}


def _outcome(program: Program, subject: str, row: Mapping[str, Any], rule: str, day: date) -> Mapping[str, Any]:
    found = next((outcome for outcome in program.case(subject, row, day) if outcome["rule"] == rule), None)
    return found or {"state": "not_entitled", "amount": None}


def _pays_out(program: Program, subject: str, rule: str) -> bool:
    return any(item["rule"] == rule and item["pays_out"] for item in program.subjects[subject]["rules"])
