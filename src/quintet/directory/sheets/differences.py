"""What an import would do, record by record, for those who confirm it: what is new, and what changes from what to what."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from quintet.directory.sheets.columns import Column, Reference, Text, cell_shown
from quintet.directory.sheets.sheet import Sheet
from quintet.reading import names

MOST_TOLD = 5_000  # records; all are counted
AT_ONCE = 5_000  # keys in one query
NEW, CHANGED = "new", "changed"
LONGEST = 120  # letters of a value


class Differences:
    """Collected while the rows are compared; other records that fields refer to are read at the end, all at once."""

    def __init__(self, sheet: Sheet, columns: list[Column], cells: dict[int, list[Any]]) -> None:
        self.columns = [
            (column, column.attribute if isinstance(column, Reference) else column.target) for column in columns if column.imported
        ]
        self._cells = cells
        self._titles = [
            (place, column)
            for place, column in enumerate(columns)
            if (column.id in sheet.key and not column.personal)
            or (isinstance(column, Text) and column.name and column.id == "name")
            or column.beside
        ]
        self._told: list[tuple[int, str, list[tuple[Column, Any, Any]]]] = []

    def new(self, number: int, record: Any) -> None:
        """Keep what was understood of a row that is new: a cell may show one thing and be read as another."""
        if len(self._told) < MOST_TOLD:
            read = [(column, None, _value(column, attribute, record)) for column, attribute in self.columns]
            self._told.append((number, NEW, [one for one in read if one[2] not in (None, "")]))

    def change(self, number: int, record: Any, row: dict[str, Any]) -> None:
        """Set the values of a row on its record, and keep what they were."""
        differing = [(column, attribute) for column, attribute in self.columns if getattr(record, attribute) != row[column.id]]
        tells = len(self._told) < MOST_TOLD
        before = [_value(column, attribute, record) for column, attribute in differing] if tells else []
        for column, attribute in differing:
            setattr(record, attribute, row[column.id])
        if tells:
            after = [_value(column, attribute, record) for column, attribute in differing]
            told = [(column, old, new) for (column, _attribute), old, new in zip(differing, before, after, strict=True)]
            self._told.append((number, CHANGED, told))

    def as_json(self) -> list[list[Any]]:
        """[row, state, title, [[header, old, new], …]], what changes before what is new; a new record has no old values, and no empty ones."""
        related = self._related()

        def text(column: Column, value: Any) -> str:
            return related.get((column.id, value), _said(None)) if isinstance(column, Reference) else _said(value)

        told = []
        for number, state, changes in sorted(self._told, key=lambda one: (one[1] != CHANGED, one[0])):
            fields = [[column.title, text(column, old) if state == CHANGED else "", text(column, new)] for column, old, new in changes]
            fields = [[title, old, new if new != old else _("%(new)s（隐去的部分有改动）") % {"new": new}] for title, old, new in fields]
            told.append([number, state, self._title(number), fields])
        return told

    def _title(self, number: int) -> str:
        cells = self._cells.get(number, [])
        parts = [
            cell_shown(cells[place])[:LONGEST] for place, _column in self._titles if place < len(cells) and cells[place] not in (None, "")
        ]
        return " · ".join(dict.fromkeys(parts))

    def _related(self) -> dict[tuple[str, Any], str]:
        wanted: dict[str, tuple[Reference, set[int]]] = {}
        for _number, _state, changes in self._told:
            for column, *values in changes:
                if isinstance(column, Reference):
                    wanted.setdefault(column.id, (column, set()))[1].update(pk for pk in values if pk)
        return {
            (id, pk): _said(getattr(record, column.personal or column.by))
            for id, (column, pks) in wanted.items()
            for pk, record in _in_bulk(column.model, pks)
        }


def _value(column: Column, attribute: str, record: Any) -> Any:
    return getattr(record, attribute) if isinstance(column, Reference) else column.write(record)


def _said(value: Any) -> str:
    if value is None or value == "":
        return _("（空）")
    if isinstance(value, float):
        return f"{value:,.2f}"
    return (value.isoformat() if isinstance(value, date) else str(value))[:LONGEST]


def _in_bulk(model: Any, pks: set[int]) -> list[tuple[int, Any]]:
    keys = sorted(pks)
    found: dict[int, Any] = {}
    for start in range(0, len(keys), AT_ONCE):
        found |= model._default_manager.in_bulk(keys[start : start + AT_ONCE])
    return list(found.items())


def contradictions(values: dict[tuple, tuple], columns: list[Column], cells: dict[int, list[Any]], most: int) -> list[tuple[int, int, str]]:
    """Where a column that is only shown says something else than the record that its row refers to: row, place of the column, words."""
    found: list[tuple[int, int, str]] = []
    for place, column in enumerate(columns):
        if not column.beside or len(found) >= most:
            continue
        written = [
            (number, row[column.beside], cell_shown(cells[number][place]))
            for number, row in values.values()
            if row.get(column.beside) and place < len(cells[number]) and cells[number][place] not in (None, "")
        ]
        reference = next(other for other in columns if other.id == column.beside)
        known = {pk: record.name for pk, record in _in_bulk(reference.model, {pk for _number, pk, _text in written})}  # type: ignore[attr-defined]
        for number, pk, text in written:
            if pk in known and not names.same(text, known[pk]) and len(found) < most:
                message = _("写的是“%(text)s”，而“%(header)s”一格指的是“%(name)s”。读入的是后者，请核对。")
                found.append((number, place, message % {"text": text[:40], "header": reference.title, "name": known[pk]}))
    return found


__all__ = ["CHANGED", "MOST_TOLD", "NEW", "Differences", "contradictions"]
