"""A rule of the database written once for both databases: what a statement may never bring about, as one condition in SQL.

A context lists its guards in `refusals.py`; `core.triggers` installs them. The condition may speak of NEW and OLD and is written with
`IS [NOT] DISTINCT FROM` where a value may be missing. A guard has one event and one word, so that each can be probed alone
(`tests/architecture/probes.py`).
"""

from collections.abc import Iterable
from dataclasses import dataclass

INSERT, UPDATE, DELETE = "INSERT", "UPDATE", "DELETE"


@dataclass(frozen=True)
class Guard:
    """`event` on `table` is refused with `quintet:<word>` when `when` holds. `lock` is a query whose rows PostgreSQL holds first; SQLite has one writer."""

    name: str
    table: str
    event: str
    word: str
    when: str
    lock: str = ""
    only: str = ""  # one database, where the other one cannot err in this way

    def statements(self, vendor: str) -> list[str]:
        if self.only and self.only != vendor:
            return []
        return self._postgresql() if vendor == "postgresql" else self._sqlite()

    def _sqlite(self) -> list[str]:
        # SQLite knows IS DISTINCT FROM from 3.39 on; its own words are older.
        when = self.when.replace("IS NOT DISTINCT FROM", "IS").replace("IS DISTINCT FROM", "IS NOT")
        return [
            f"CREATE TRIGGER quintet_{self.name} BEFORE {self.event} ON {self.table}\nWHEN {when.strip()}\n"
            f"BEGIN SELECT RAISE(ABORT, 'quintet:{self.word}'); END"
        ]

    def _postgresql(self) -> list[str]:
        lock = f"  PERFORM 1 FROM {self.lock};\n" if self.lock else ""
        row = "OLD" if self.event == DELETE else "NEW"
        return [
            f"CREATE OR REPLACE FUNCTION quintet_{self.name}() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n{lock}"
            f"  IF {self.when.strip()} THEN\n"
            f"    RAISE EXCEPTION 'quintet:{self.word}' USING ERRCODE = 'integrity_constraint_violation';\n"
            f"  END IF;\n  RETURN {row};\nEND $$",
            f"CREATE OR REPLACE TRIGGER quintet_{self.name} BEFORE {self.event} ON {self.table} FOR EACH ROW EXECUTE FUNCTION quintet_{self.name}()",
        ]


def changed(*columns: str) -> str:
    """Any of these columns would become another value."""
    return " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in columns)


def changed_once_set(*columns: str) -> str:
    """Any of these columns would become another value after it had one."""
    return " OR ".join(f"(OLD.{column} IS NOT NULL AND NEW.{column} IS DISTINCT FROM OLD.{column})" for column in columns)


def moved_off(moves: Iterable[tuple[str, str]]) -> str:
    """The state would go where no move leads; a row may stay in its state."""
    allowed = ", ".join(f"'{before}>{later}'" for before, later in moves)
    return f"OLD.state <> NEW.state AND OLD.state || '>' || NEW.state NOT IN ({allowed})"


def whole_fen(table: str, name: str, event: str, *columns: str) -> Guard:
    """SQLite's columns take any type: money there is whole fen by this guard."""
    when = " OR ".join(f"typeof(NEW.{column}) NOT IN ('integer', 'null')" for column in columns)
    return Guard(name, table, event, "whole_fen", when, only="sqlite")
