"""Stacking groups (就高不重复): of a group's rules a beneficiary is given only the highest, over all rows, and over what was awarded before.

What cannot be decided yet waits: a lower award is not given while a higher one is still unknown, or is for a person to decide.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from quintet.engine.identity import canonical

Data = dict[str, Any]
OPEN = ("entitled", "decision", "unknown")


class Earlier(NamedTuple):
    """An award decided before: by which rule, for which row, whose, of which calendar year, in fen."""

    rule: str
    subject: str
    row: str
    beneficiary: str
    year: int
    fen: int


class Member(NamedTuple):
    """A rule of a group: whose facts it reads, its place among the subject's rules, the subject of its beneficiary and the reference to it ("" is the row itself)."""

    rule: str
    subject: str
    position: int
    whose: str
    ref: str
    most: int


class Candidate(NamedTuple):
    """An outcome that may be the one given. `most` is what it can give at most: its amount, or for an unknown one what its rule can ever give."""

    rule: str
    subject: str
    row: str
    state: str
    most: int


class Verdict(NamedTuple):
    """What becomes of a candidate: its state, its amount (None: as it was), the rule it waits for."""

    state: str
    fen: int | None = None
    waits_for: str = ""


def members_of(subjects: Mapping[str, Any]) -> dict[str, list[Member]]:
    """The rules of each group, in the order of subjects and rules."""
    found: dict[str, list[Member]] = defaultdict(list)
    for subject, about in subjects.items():
        for position, rule in enumerate(about["rules"]):
            if rule["group"]:
                ref = "" if rule["beneficiary"] in ("", "self") else rule["beneficiary"]
                whose = about["refs"][ref] if ref else subject
                found[rule["group"]].append(Member(rule["rule"], subject, position, whose, ref, rule["most"] or 0))
    return dict(found)


def key_of(member: Member, row: Mapping[str, Any], place: int) -> str:
    """The beneficiary as text; a row whose beneficiary is not known stands for itself."""
    value = row.get(member.ref or "id")
    return f"{member.whose} {canonical(value)}" if value is not None else f"{member.subject} row {place}"


def settle_groups(
    groups: Mapping[str, tuple[str, str]], members: Mapping[str, list[Member]], tables: Mapping[str, tuple[list[Data], list[Data]]], year: int,
    earlier: Iterable[Earlier] = (),
) -> None:  # fmt: skip
    """Change state and amount of the outcomes in place. `groups` gives (years, earlier) of each; `tables` the rows and items of each subject."""
    awarded = list(earlier)
    for name, rules in members.items():
        pools: dict[str, list[tuple[Candidate, Data]]] = defaultdict(list)
        for member in rules:
            rows, items = tables.get(member.subject, ((), ()))
            for place, (row, item) in enumerate(zip(rows, items, strict=True)):
                outcome = item["outcomes"][member.position]
                if outcome["state"] in OPEN:
                    most = member.most if outcome["state"] == "unknown" else outcome["amount"]
                    candidate = Candidate(member.rule, member.subject, canonical(row.get("id")), outcome["state"], most)
                    pools[key_of(member, row, place)].append((candidate, outcome))
        for whose, pool in pools.items():
            before = relevant(awarded, rules, groups[name][0], whose, year)
            for (candidate, outcome), verdict in zip(pool, judged([one for one, _ in pool], before, groups[name][1]), strict=True):
                _apply(candidate, outcome, verdict)


def relevant(earlier: Iterable[Earlier], rules: Sequence[Member], years: str, whose: str, year: int) -> list[Earlier]:
    """The earlier awards of the group to one beneficiary that count in a year."""
    whose_of = {member.rule: member.whose for member in rules}
    return [
        award
        for award in earlier
        if award.rule in whose_of
        and f"{whose_of[award.rule]} {canonical(award.beneficiary)}" == whose
        and (award.year == year if years == "each" else award.year <= year)
    ]


def judged(pool: Sequence[Candidate], before: Sequence[Earlier], earlier: str) -> Iterator[Verdict]:
    """What becomes of each candidate of one beneficiary.

    Who was awarded before keeps it. Beside it nothing is given, or (`earlier: difference`) what a higher award exceeds it by.
    Of the rest the highest entitled one is given unless another may be higher still; then it waits.
    """
    holders = {(award.rule, award.subject, award.row) for award in before}
    held = [(one.rule, one.subject, one.row) in holders for one in pool]
    spent = sum(award.fen for award in before)
    most = [one.most - spent if before else one.most for one in pool]
    shut = [not kept and bool(before) and (earlier == "nothing" or left <= 0) for kept, left in zip(held, most, strict=True)]
    asked = [place for place in range(len(pool)) if not held[place] and not shut[place]]
    best = max((place for place in asked if pool[place].state == "entitled"), key=lambda place: (most[place], -place), default=None)
    rivals = [place for place in asked if place != best and (best is None or most[place] > most[best])]
    top = max(rivals, key=lambda place: (most[place], pool[place].state == "decision", -place), default=None)
    for place, one in enumerate(pool):
        amount = most[place] if one.state != "unknown" and before else None
        if held[place]:
            yield Verdict(one.state)
        elif shut[place]:
            yield Verdict("superseded")
        elif place == best:
            yield Verdict("entitled", amount) if top is None else Verdict("waiting", None, pool[top].rule)
        elif place not in rivals:
            yield Verdict("superseded")
        elif one.state == "decision" and place != top:
            yield Verdict("waiting", None, pool[top].rule if top is not None else "")
        else:
            yield Verdict(one.state, amount)


def _apply(candidate: Candidate, outcome: Data, verdict: Verdict) -> None:
    if verdict.state in ("superseded", "waiting"):
        if verdict.waits_for:
            outcome["waits_for"] = verdict.waits_for
        outcome["state"], outcome["amount"] = verdict.state, None
    elif verdict.fen is not None and verdict.fen != outcome["amount"]:
        outcome["before_group"], outcome["amount"] = outcome["amount"], verdict.fen
