"""All that the city knows of its subjects, joined from the registers into the vocabulary of a policy."""

import math
from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import Any

from quintet.directory import queries as directory
from quintet.finance import queries as finance
from quintet.finance.models import Loan
from quintet.market import queries as market
from quintet.market.models import TransferProject
from quintet.policies.engine import Policy
from quintet.talent import queries as talent
from quintet.talent.models import Talent, Team

Row = dict[str, Any]
FEW = 500  # so many rows are looked up by their keys, more by reading all
REGISTERS = {
    "enterprise": (directory.enterprise_facts, directory.fact_sources), "carrier": (directory.carrier_facts, directory.fact_sources),
    "loan": (finance.loan_facts, finance.fact_sources), "project": (market.project_facts, market.fact_sources),
    "talent": (talent.talent_facts, talent.fact_sources), "team": (talent.team_facts, talent.fact_sources),
}  # fmt: skip
NAMES = (
    ("loan", Loan, "contract_number"),
    ("project", TransferProject, "name"),
    ("talent", Talent, "person__name"),
    ("team", Team, "name"),
)
# An event with a date has happened. Where the city itself makes the entry, no entry means that it has not.
DATED = {
    "project": {"registered": ("registered_on", True), "accepted": ("accepted_on", True)},
    "talent": {"founded": ("founded_on", False), "settled": ("settled_on", False), "home_bought": ("home_bought_on", False)},
    "team": {"selected": ("selected_on", True)},
}


def subject_rows(
    policy: Policy, on: date, organisations: Iterable[int] | None = None, *, only: Iterable[str] | None = None
) -> dict[str, list[Row]]:
    """Rows of every subject the policy knows, or of those in `only`, as of `on`; only facts of its vocabulary. A constant number of queries."""
    chosen = None if organisations is None else list(organisations)
    found = {}
    for subject, (facts_of, _) in REGISTERS.items():
        known = policy.pack.subjects.get(subject)
        if known and (only is None or subject in only):
            names = {"id", "name", *known.refs, *known.facts}
            found[subject] = [_fitted(subject, row, names) for row in facts_of(on, chosen)]
    return found


def person_rows(policy: Policy, on: date, person: int) -> dict[str, list[Row]]:
    """What the city knows of one person as a talent. One query."""
    known = policy.pack.subjects["talent"]
    names = {"id", "name", *known.refs, *known.facts}
    return {"talent": [_fitted("talent", row, names) for row in talent.talent_facts(on, person=person)]}


def named(rows: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """The same rows, each with the name people know its subject by. One query a kind."""
    for subject, model, field in NAMES:
        if rows.get(subject):
            wanted = model.objects.all()
            if len(rows[subject]) <= FEW:
                wanted = wanted.filter(pk__in=[row["id"] for row in rows[subject]])
            names = dict(wanted.values_list("pk", field))
            for row in rows[subject]:
                row["name"] = names.get(row["id"], "")
    return rows


def sources_of(subject: str, row_id: int, on: date) -> dict[str, Row]:
    """fact → where it comes from, for explanations."""
    found = REGISTERS[subject][1](subject, row_id, on)
    return {fact: {"source": item.source, "period": item.period} for fact, item in found.items()}


def _fitted(subject: str, row: Row, names: set[str]) -> Row:
    for flag, (day, ours) in DATED.get(subject, {}).items():
        if row.get(day) is not None:
            row[flag] = True
        elif ours:
            row[flag] = False
    if subject == "project":
        row.setdefault("transfer_project", True)  # it stands in the register of them, unless somebody found that it is none
    score = row.get("innovation_score")
    if isinstance(score, Fraction):
        halves = math.ceil(score * 2)  # the rule asks for more than a whole number of points: rounding up to a half keeps the answer
        row["innovation_score"] = halves // 2 if halves % 2 == 0 else f"{halves // 2}.5"
    return {name: value for name, value in row.items() if name in names}
