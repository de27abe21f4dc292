"""From rows of the database to facts of the engine: what nobody recorded is left out."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import QuerySet


def facts_of(rows: QuerySet, columns: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """One dictionary a row; `columns` are (fact, field). Null and empty text are absent. One query."""
    names = [fact for fact, _field in columns]
    found = rows.values_list(*(field for _fact, field in columns)).iterator(chunk_size=10_000)
    return [{name: value for name, value in zip(names, row, strict=True) if value is not None and value != ""} for row in found]


def for_organisations(rows: QuerySet, organisations: Iterable[int] | None) -> QuerySet:
    """Only the rows of these organisations (primary keys or a query set of organisations); all of them for None."""
    if organisations is None:
        return rows
    return rows.filter(organisation__in=organisations if isinstance(organisations, QuerySet) else list(organisations))
