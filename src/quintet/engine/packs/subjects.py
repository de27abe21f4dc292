"""Subjects and their facts: what a policy asks of whom, in which unit and within which range."""

from __future__ import annotations

from quintet.engine.packs import model as m
from quintet.engine.packs.draft import Draft
from quintet.engine.packs.reader import Map, Seq
from quintet.engine.values import BOOL, DATE, EARLIEST, INT64, LATEST, UNITS, Type, days_of, number


def read_subject(draft: Draft, name: str, item: Map) -> None:
    draft.known(item, "label", "refs", "facts")
    subject = draft.pack.subjects.get(name)
    if subject is None:
        subject = draft.pack.subjects[name] = m.Subject(name, draft.words(item, "label", needed=True), {})
    for ref, target in (item.get("refs") or {}).items():
        subject.refs[ref] = draft.one_of(str(target), item, "refs", [*draft.pack.subjects])
    facts = item.get("facts") or Map(item.file, item.line)
    for fact, spec in facts.items():
        if not isinstance(spec, Map):
            raise draft.fail(facts, fact, f"fact {fact} must be a mapping.")
        if fact in subject.facts:
            raise draft.fail(spec, None, f"fact {fact} of {name} stands twice.")
        if not fact.isidentifier():
            raise draft.fail(spec, None, f"`{fact}` cannot be a name.", "Use small letters, digits and _.")
        with draft.attempt():
            _fact(draft, subject, fact, spec)


def _fact(draft: Draft, subject: m.Subject, name: str, item: Map) -> None:
    draft.known(item, "type", "range", "label", "question", "help", "choices", "period", "judged", "halves", "not_before")
    kind = draft.one_of(draft.text(item, "type"), item, "type", ("bool", "date", "text", *UNITS))
    if kind in ("percent", "ratio"):
        raise draft.fail(
            item, "type", f"fact {name} is a share, and facts are whole numbers.", "Ask for the part and the whole, and divide."
        )
    choices: dict[str, m.Words] = {}
    low, high = 0, 0
    if kind == "text":
        listed = item.get("choices")
        if not isinstance(listed, Map) or not listed:
            raise draft.fail(
                item, "choices", f"fact {name} is a text and needs its closed list.", "Write `choices: {national: {zh: …, en: …}}`."
            )
        choices = {choice: draft.words(listed, choice, needed=True) for choice in listed}
        type_ = Type("text", choices=tuple(choices))
    elif kind == "bool":
        type_ = BOOL
    elif kind == "date":
        type_, low, high = DATE, days_of(EARLIEST), days_of(LATEST)
    else:
        type_ = number(kind)
        low, high = _range(draft, item, name, kind)
    scale = 2 if item.get("halves") is True else 1
    if scale == 2 and (type_.kind != "number" or kind == "yuan"):
        raise draft.fail(item, "halves", f"fact {name} cannot have halves.", "Halves are for points, years and other counts.")
    if item.get("judged") and kind != "bool":
        raise draft.fail(item, "judged", f"fact {name} is judged and must be a bool.", "The department finds yes or no, with reasons.")
    label = draft.words(item, "label", needed=True)
    subject.facts[name] = m.FactSpec(
        name,
        subject.name,
        type_,
        low * scale,
        high * scale,
        label,
        draft.words(item, "question"),
        draft.words(item, "help"),
        choices,
        draft.text(item, "period", ""),
        item.get("judged") is True,
        item,
        scale,
        draft.text(item, "not_before", ""),
    )


def check_order(draft: Draft) -> None:
    """`not_before` names another date of the same subject, and no two days wait for each other."""
    for subject in draft.pack.subjects.values():
        for spec in subject.facts.values():
            if not spec.not_before or spec.at.file.split("/")[0] != draft.document.pack:
                continue
            with draft.attempt():
                dates = [name for name, other in subject.facts.items() if other.type.kind == "date" and name != spec.name]
                if spec.type.kind != "date":
                    raise draft.fail(
                        spec.at, "not_before", f"fact {spec.name} is no date.", "Only a date comes before or after another one."
                    )
                draft.one_of(spec.not_before, spec.at, "not_before", dates)
                if _earlier(subject, spec, spec.name):
                    raise draft.fail(
                        spec.at, "not_before", f"{spec.name} comes before itself.", "Take one `not_before` of the circle away."
                    )


def _earlier(subject: m.Subject, spec: m.FactSpec, wanted: str) -> bool:
    """Whether a fact stands before this one, over however many others."""
    met: set[str] = set()
    name = spec.not_before
    while name and name not in met:
        if name == wanted:
            return True
        met.add(name)
        name = subject.facts[name].not_before if name in subject.facts else ""
    return False


def _range(draft: Draft, item: Map, name: str, unit: str) -> tuple[int, int]:
    bounds = item.get("range")
    if not isinstance(bounds, Seq) or len(bounds) != 2:
        raise draft.fail(
            item,
            "range" if bounds else None,
            f"fact {name} has no range.",
            "Write `range: [least, most]`, so that nothing can overflow.",
        )
    low, high = (draft.quantity(item, "range", bound, unit) for bound in bounds)
    if low.denominator != 1 or high.denominator != 1 or low > high or abs(high) > INT64 or abs(low) > INT64:
        raise draft.fail(item, "range", f"the range of {name} must be two whole numbers in order, below 2^63.")
    return int(low), int(high)
