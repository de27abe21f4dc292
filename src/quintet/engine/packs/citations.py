"""Statements of what the text says or does not say: none stands in a pack without naming its clause and the words it asserts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from quintet.engine.packs import model as m
from quintet.engine.packs.draft import Draft
from quintet.engine.packs.reader import Map, Seq

OF_THE_TEXT = re.compile(r"原文|\bthe text\b", re.IGNORECASE)
HINT = "Declare it: `cites: {clause: T3, says: [当年], silent: [期限]}` beside it."


def read_citations(draft: Draft, item: Map, declared: Map | None = None) -> None:
    """Keep the citations of an entry and of what stands in it; a statement of the text without one is a problem that `check` tells."""
    if "cites" in item:
        declared = _declared(draft, item)
    statements = tuple(_statements(item))
    if declared is None:
        for statement in statements:
            draft.pack.uncited.append(item.problem(None, f"“{statement.zh[:30]}” says what the text says, without a citation.", HINT))
    elif statements:
        draft.pack.citations.append(
            m.Citation(draft.clause(declared), draft.texts(declared, "says"), draft.texts(declared, "silent"), statements, item)
        )
    for key, value in item.items():
        if key != "cites":
            for inner in _maps(value):
                read_citations(draft, inner)


def _declared(draft: Draft, item: Map) -> Map:
    own = item["cites"]
    if not isinstance(own, Map) or "clause" not in own or not {"says", "silent"} & set(own):
        raise draft.fail(item, "cites", "`cites` needs clause and says or silent.", HINT)
    draft.known(own, "clause", "says", "silent")
    return own


def _statements(item: Map) -> Iterator[m.Words]:
    """Words of this entry itself that speak of the text."""
    for value in [item, *item.values()]:
        if isinstance(value, Map) and {"zh", "en"} <= set(value):
            words = m.Words(str(value["zh"]), str(value["en"]))
            if OF_THE_TEXT.search(words.zh) or OF_THE_TEXT.search(words.en):
                yield words


def _maps(value: object) -> Iterator[Map]:
    """The entries below, words themselves left out: they belong to the entry they stand in."""
    if isinstance(value, Map):
        if set(value) != {"zh", "en"}:
            yield value
    elif isinstance(value, Seq):
        for item in value:
            yield from _maps(item)
