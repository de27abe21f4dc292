"""A pack while it is read: what was found, what is wrong so far, and how a single key of an entry is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from fractions import Fraction
from typing import Any

from quintet.engine.errors import PackError, Problem, nearest
from quintet.engine.packs import model as m
from quintet.engine.packs.reader import Map, Seq
from quintet.engine.values import EARLIEST, LATEST, parse_quantity

NO_WORDS = m.Words("", "")


class Draft:
    """Its readers raise PackError for a key that cannot be read; `attempt` collects that, so that the next entry is read all the same."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        none: Any = None
        self.pack = m.Pack(none, "", {}, {}, {}, {}, {}, {}, [], [], [], [], {}, {}, {}, {}, [], [])
        self.document: m.Document = none

    @contextmanager
    def attempt(self) -> Iterator[None]:
        try:
            yield
        except PackError as error:
            self.problems.extend(error.problems)

    def fail(self, item: Map, key: str | None, text: str, hint: str = "") -> PackError:
        return PackError([item.problem(key, text, hint)])

    def known(self, item: Map, *keys: str) -> None:
        """Notes every key that is none of these."""
        for key in item:
            if key not in keys and key not in ("id", "cites"):
                near = nearest(key, keys)
                self.problems.append(
                    item.problem(key, f"`{key}` is not known here.", f"Did you mean {near}?" if near else f"Known: {', '.join(keys)}.")
                )

    def words(self, item: Map, key: str, *, needed: bool = False) -> m.Words:
        value = item.get(key)
        if value is None:
            if needed:
                raise self.fail(item, key, f"`{key}` is missing.", f"Write `{key}: {{zh: …, en: …}}`.")
            return NO_WORDS
        if isinstance(value, Map) and set(value) == {"zh", "en"} and all(isinstance(v, str) for v in value.values()):
            return m.Words(value["zh"], value["en"])
        raise self.fail(item, key, f"`{key}` must have zh and en.", f"Write `{key}: {{zh: …, en: …}}`.")

    def text(self, item: Map, key: str, default: str | None = None) -> str:
        value = item.get(key, default)
        if value is None:
            raise self.fail(item, key, f"`{key}` is missing.")
        if isinstance(value, (Map, Seq)):
            raise self.fail(item, key, f"`{key}` must be a text.")
        return str(value)

    def day(self, item: Map, key: str) -> date | None:
        value = item.get(key)
        if value is None:
            return None
        if not isinstance(value, date):
            raise self.fail(item, key, f"`{key}` is not a date.", "Write it like 2020-12-31.")
        if not EARLIEST <= value <= LATEST:
            raise self.fail(item, key, f"{value} lies outside {EARLIEST} to {LATEST}.")
        return value

    def texts(self, item: Map, key: str) -> tuple[str, ...]:
        value = item.get(key)
        if value is None:
            return ()
        if isinstance(value, str):
            return (value,)
        if not isinstance(value, Seq) or not all(isinstance(v, (str, int)) for v in value):
            raise self.fail(item, key, f"`{key}` must be a list of texts.")
        return tuple(str(v) for v in value)

    def quantity(self, item: Map, key: str, value: Any, unit: str) -> Fraction:
        try:
            return parse_quantity(value, unit)
        except ValueError as error:
            raise self.fail(item, key, f"{error}.") from None

    def one_of(self, text: str, item: Map, key: str, allowed: Iterable[str]) -> str:
        allowed = tuple(allowed)
        if text not in allowed:
            near = nearest(text, allowed)
            known = f"One of {', '.join(allowed)}." if allowed else "There is none yet."
            raise self.fail(item, key, f"`{key}: {text}` is not known.", f"Did you mean {near}?" if near else known)
        return text

    def clause(self, item: Map) -> str:
        clause = self.text(item, "clause")
        if clause not in self.pack.clauses:
            near = nearest(clause, self.pack.clauses)
            raise self.fail(item, "clause", f"there is no clause {clause}.", f"Did you mean {near}?" if near else "Add it to `clauses:`.")
        return clause

    def units(self, item: Map, key: str) -> tuple[str, ...]:
        units = self.texts(item, key)
        for unit in units:
            if unit not in self.pack.units:
                near = nearest(unit, self.pack.units)
                raise self.fail(item, key, f"there is no unit {unit}.", f"Did you mean {near}?" if near else "Add it to `units:`.")
        return units

    def subject(self, item: Map) -> str:
        return self.one_of(self.text(item, "subject"), item, "subject", self.pack.subjects)
