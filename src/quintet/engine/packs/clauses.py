"""Clauses, and what they ask of the city itself: duties, targets and services."""

from __future__ import annotations

from quintet.engine.packs import model as m
from quintet.engine.packs.draft import Draft
from quintet.engine.packs.reader import Map
from quintet.engine.values import UNITS


def read_clause(draft: Draft, name: str, item: Map) -> None:
    draft.known(item, "parent", "number", "title", "gist", "lead", "responsible", "assigned", "informative")
    if name in draft.pack.clauses:
        raise draft.fail(item, None, f"clause {name} stands twice.")
    parent = draft.text(item, "parent", "")
    if parent and parent not in draft.pack.clauses:
        raise draft.fail(item, "parent", f"there is no clause {parent} above.", "Parents stand before their children.")
    draft.pack.clauses[name] = m.Clause(
        name, parent, draft.text(item, "number", name), draft.words(item, "title", needed=True), draft.words(item, "gist"),
        draft.units(item, "lead"), draft.units(item, "responsible"), draft.document.pack, item.get("informative") is True,
        draft.units(item, "assigned"), item,
    )  # fmt: skip


def read_duty(draft: Draft, name: str, item: Map) -> None:
    draft.known(item, "clause", "text", "lead", "responsible")
    clause = draft.clause(item)
    draft.pack.duties.append(
        m.Duty(
            name,
            clause,
            draft.words(item, "text", needed=True),
            draft.units(item, "lead") or draft.pack.clauses[clause].lead or draft.pack.clauses[clause].assigned,
            draft.units(item, "responsible") or draft.pack.clauses[clause].responsible,
            item,
        )
    )


def read_target(draft: Draft, name: str, item: Map) -> None:
    draft.known(item, "clause", "label", "measure", "unit", "word", "target", "due", "owner", "method")
    unit = draft.one_of(draft.text(item, "unit"), item, "unit", UNITS)
    text = draft.text(item, "target")
    op = next((sign for sign in (">=", "<=", "==") if text.startswith(sign)), "")
    if not op:
        raise draft.fail(item, "target", f"{text!r} has no comparison.", "Begin with >=, <= or ==.")
    due = None if item.get("due") == "none" else draft.day(item, "due")
    if due is None and item.get("due") != "none":
        raise draft.fail(item, None, f"target {name} has no `due`.", "Write its last day, or `due: none` where the text names none.")
    clause = draft.clause(item)
    owner = draft.text(item, "owner", "") or (draft.pack.clauses[clause].lead or draft.pack.clauses[clause].assigned or ("",))[0]
    measure = draft.one_of(draft.text(item, "measure"), item, "measure", ("stock", "cumulative", "per_year", "growth", "ratio", "event"))
    draft.pack.targets.append(
        m.Target(
            name,
            clause,
            draft.words(item, "label", needed=True),
            measure,
            unit,
            op,
            draft.quantity(item, "target", text[2:].strip(), unit),
            due,
            owner,
            draft.words(item, "method"),
            draft.words(item, "word"),
            item,
        )
    )


def read_service(draft: Draft, name: str, item: Map) -> None:
    draft.known(item, "clause", "label", "text", "lead")
    clause = draft.clause(item)
    draft.pack.services.append(
        m.Service(
            name,
            clause,
            draft.words(item, "label", needed=True),
            draft.words(item, "text"),
            draft.units(item, "lead") or draft.pack.clauses[clause].lead or draft.pack.clauses[clause].assigned,
            item,
        )
    )
