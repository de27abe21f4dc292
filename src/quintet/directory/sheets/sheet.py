from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db.models import Model

from quintet.core.fields import keyed_hash
from quintet.directory.sheets.columns import CellError, Column, Reference, Words
from quintet.look.registry import collect


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A registry as a sheet. `key` names the columns (by id) that say which record a row is; they are required.

    `in_order` are pairs of date columns, (earlier, later). `finish(values)` may change a row's values (by model attribute) and
    raise RowError; `whole(record)` may set derived attributes before a record is written.
    """

    id: str
    title: Words
    model: type[Model]
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    in_order: tuple[tuple[str, str], ...] = ()
    finish: Callable[[dict[str, Any]], None] | None = None
    whole: Callable[[Any], None] | None = None
    list_url: str = ""
    hashed_key: str = ""  # the column with the keyed hash, where the key itself is encrypted
    related: tuple[str, ...] = ()  # for select_related in lists and exports
    new: Callable[[Any], None] | None = None  # raises RowError for a record that may not be added
    only_new: Words = ""  # why an import changes no record that is there, where it may not
    alone: tuple[str, ...] = ()  # ids of columns: of the records without a day in `ends` there is one for each
    ends: str = ""
    called: str = ""  # id of the column with a name that seldom two records have: those of one name are remarked upon

    @property
    def imported(self) -> list[Column]:
        return [column for column in self.columns if column.imported]

    @property
    def lookup(self) -> tuple[str, Callable[[Any], Any]]:
        """The database column that finds records by the first part of the key, and what to do with a value before asking."""
        first = self.column(self.key[0])
        if isinstance(first, Reference):
            return first.attribute, _same
        return self.hashed_key or first.target, keyed_hash if self.hashed_key else _same

    def column(self, id: str) -> Column:
        return next(column for column in self.columns if column.id == id)


class RowError(Exception):
    """A row whose cells do not fit together; `column` is the id of the column to look at."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column


def _same(value: Any) -> Any:
    return value


@cache
def sheets() -> dict[str, Sheet]:
    """Every sheet of every context by id; a context declares its own in `sheets`: `sheets = [Sheet(…), …]`."""
    return {sheet.id: sheet for sheet in collect("sheets", "sheets")}


__all__ = ["CellError", "RowError", "Sheet", "sheets"]
