"""How a case goes from its start to money or right: `procedures:` of a pack."""

from __future__ import annotations

from quintet.engine.packs import model as m
from quintet.engine.packs.draft import Draft
from quintet.engine.packs.reader import Map, Seq

STARTS = {"automatic": "confirmation", "fast": "application", "ordinary": "application"}
NEEDED = ("form_check", "decision", "public_notice", "payment")
MOST_DAYS = 250  # a year of working days
FEWEST_EXPERTS, MOST_EXPERTS = 3, 15
MOST_POINTS = 100


def read_procedure(draft: Draft, name: str, item: Map) -> None:
    draft.known(item, "label", "ways", "steps")
    listed = item.get("steps")
    if not isinstance(listed, Seq) or not listed:
        raise draft.fail(item, "steps", f"procedure {name} has no steps.", "Write `steps:` as a list of {step: …, unit: …, days: …}.")
    ways = tuple(draft.one_of(way, item, "ways", m.WAYS) for way in draft.texts(item, "ways"))
    for other in draft.pack.procedures.values():
        if taken := sorted(set(ways) & set(other.ways)):
            raise draft.fail(
                item, "ways", f"way {taken[0]} already follows procedure {other.id}.", "Name the procedure at the rule instead."
            )
    steps = [_step(draft, item, entry) for entry in listed]
    _in_order(draft, name, item, [step.kind for step in steps], ways)
    draft.pack.procedures[name] = m.Procedure(name, draft.words(item, "label", needed=True), ways, steps, item)


def _step(draft: Draft, procedure: Map, item: object) -> m.Step:
    if not isinstance(item, Map):
        raise draft.fail(procedure, "steps", "a step is not a mapping.", "Write {step: form_check, unit: lead, days: 5}.")
    draft.known(item, "step", "unit", "days", "experts", "pass", "criteria", "answer_days")
    kind = draft.one_of(draft.text(item, "step"), item, "step", m.STEPS)
    by_applicant = kind in ("confirmation", "application")
    if by_applicant and "unit" in item:
        raise draft.fail(item, "unit", f"{kind} is done by the applicant, not by a unit.", "Remove `unit`.")
    unit = "" if by_applicant else draft.one_of(draft.text(item, "unit"), item, "unit", ("lead", "responsible", *draft.pack.units))
    experts = _number(draft, item, "experts", FEWEST_EXPERTS, MOST_EXPERTS) if kind == "expert_review" else 0
    if kind == "expert_review" and experts % 2 == 0:
        raise draft.fail(item, "experts", f"{experts} experts can be divided evenly.", "Write an odd number.")
    criteria, pass_points = _sheet(draft, item) if kind == "expert_review" else ((), 0)
    answer_days = _number(draft, item, "answer_days", 1, MOST_DAYS) if kind == "public_notice" else 0
    for key, wanted in (
        ("experts", "expert_review"),
        ("pass", "expert_review"),
        ("criteria", "expert_review"),
        ("answer_days", "public_notice"),
    ):
        if key in item and kind != wanted:
            raise draft.fail(item, key, f"`{key}` belongs to {wanted}, not to {kind}.")
    return m.Step(kind, unit, _number(draft, item, "days", 1, MOST_DAYS), experts, answer_days, criteria, pass_points)


def _sheet(draft: Draft, item: Map) -> tuple[tuple[m.Criterion, ...], int]:
    """What experts score, and the mean from which a case passes."""
    listed = item.get("criteria")
    if not isinstance(listed, Seq) or not listed:
        raise draft.fail(item, "criteria", "an expert review has no `criteria`.", "Write a list of {id: …, points: …, label: {…}}.")
    found: list[m.Criterion] = []
    for entry in listed:
        if not isinstance(entry, Map):
            raise draft.fail(item, "criteria", "a criterion is not a mapping.", "Write {id: …, points: …, label: {…}}.")
        draft.known(entry, "id", "points", "label")
        name = draft.text(entry, "id")
        if not name.isidentifier() or any(name == other.id for other in found):
            raise draft.fail(entry, "id", f"criterion `{name}` stands twice or cannot be a name.", "Use small letters, digits and _.")
        found.append(m.Criterion(name, _number(draft, entry, "points", 1, MOST_POINTS), draft.words(entry, "label", needed=True)))
    if (total := sum(criterion.points for criterion in found)) != MOST_POINTS:
        raise draft.fail(item, "criteria", f"the criteria give {total} points together.", f"They must give {MOST_POINTS}.")
    return tuple(found), _number(draft, item, "pass", 1, MOST_POINTS)


def _number(draft: Draft, item: Map, key: str, least: int, most: int) -> int:
    value = item.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise draft.fail(
            item, key, f"`{key}` must be a whole number from {least} to {most}.", "Limits are working days." if "days" in key else ""
        )
    return value


def _in_order(draft: Draft, name: str, item: Map, kinds: list[str], ways: tuple[str, ...]) -> None:
    if kinds != [kind for kind in m.STEPS if kind in kinds]:
        raise draft.fail(
            item, "steps", f"the steps of procedure {name} stand twice or out of order.", f"The order is {', '.join(m.STEPS)}."
        )
    for way in ways:
        if kinds[0] != STARTS[way]:
            raise draft.fail(item, "steps", f"a case of the way {way} begins with {STARTS[way]}, not with {kinds[0]}.")
    if missing := [kind for kind in NEEDED if kind not in kinds]:
        raise draft.fail(item, "steps", f"procedure {name} has no {missing[0]}.", "Nothing is paid without check, decision and notice.")
