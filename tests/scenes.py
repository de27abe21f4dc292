"""Scenes that many tests ask for: what those of a file only read is arranged once for the file, what others go on from once in a process."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import wraps
from typing import Any, TypeVar, cast

import pytest
from django.db import connection, models, transaction
from django.utils import timezone
from django.utils.translation import get_language

from quintet.core import clock
from quintet.core.models import StoredFile


def scene(arrange: Callable[[], Any]) -> Any:
    """A fixture of a module, whose tests run each in a transaction within that of the scene: what `arrange` gives back, with the rows that it made; all of it is taken back after the last test of the file."""

    @pytest.fixture(scope="module")
    def arranged(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
        with django_db_blocker.unblock(), transaction.atomic():
            yield arrange()
            transaction.set_rollback(True)

    return arranged


# The same scene in many tests: arranged by the actions once in a process, and laid out again from what they wrote.
#
# Where a test's transaction has written nothing yet (or only such scenes), a builder marked `@arranged_once` with plain arguments finds the same
# database each time. On SQLite its statements are repeated, with every trigger and so with the same keys; on PostgreSQL, whose sequences go on, the rows
# are put back with the keys that they had. Days, language and what stood there before are part of what a scene is known by.

KEPT_TABLES = {"django_content_type", "auth_permission", "django_migrations"}  # what migrating left and no test writes
READS = ("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK", "SET", "SHOW", "EXPLAIN", "PRAGMA", "BEGIN", "COMMIT", "DECLARE", "FETCH", "CLOSE")
BESIDE_READS = ("SAVEPOINT", "RELEASE", "ROLLBACK")  # repeated with the writes: what was undone stays undone
PLAIN = (str, int, bool, float, date, type(None))


@dataclass
class _Watch:
    """What a test's transaction has written, and which scenes it stands on."""

    written: int = 0  # statements of this process, ever
    marked: int = -1  # `written` when nothing but `scenes` had been laid out
    scenes: Any = ()
    arranging: bool = False
    statements: list[tuple[str, Any, bool]] = field(default_factory=list)

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        word = sql.lstrip("( ")[:9].upper()
        writes = not word.startswith(READS)
        self.written += writes
        if self.arranging and (writes or word.startswith(BESIDE_READS)):
            params = list(params) if many else params
            self.statements.append((sql, params, many))
        return execute(sql, params, many, context)

    def begin(self) -> None:
        self.marked, self.scenes = self.written, ()

    def stand_on(self, scenes: Any) -> None:
        self.marked, self.scenes = self.written, scenes

    @contextmanager
    def recording(self) -> Iterator[list[tuple[str, Any, bool]]]:
        self.arranging, self.statements = True, []
        try:
            yield self.statements
        finally:
            self.arranging = False

    @property
    def untouched(self) -> bool:
        return self.marked == self.written and connection.in_atomic_block and not self.arranging


watch = _Watch()
_scenes: dict[Any, "tuple[_Statements | _Tables, Any]"] = {}  # what a scene is known by → its rows, what its builder gave back
Builder = TypeVar("Builder", bound=Callable[..., Any])


def arranged_once(build: Builder) -> Builder:
    """A builder of rows, by actions; gives back rows (read anew), plain values, or lists, tuples and dicts of them. One that keeps files is built each time."""

    @wraps(build)
    def scene_of(*args: Any, **kwargs: Any) -> Any:
        if not watch.untouched or not all(isinstance(value, PLAIN) for value in (*args, *kwargs.values())):
            return build(*args, **kwargs)
        known = (build, args, tuple(sorted(kwargs.items())), watch.scenes, clock.today(), timezone.localdate(), get_language())
        if known in _scenes:
            rows, given_back = _scenes[known]
            rows.lay_out()
        else:
            with watch.recording() as statements:
                given_back = build(*args, **kwargs)
            if StoredFile.objects.exists():
                return given_back
            rows = _rows_of(statements)
            _scenes[known] = rows, given_back
        watch.stand_on(known)
        return _read_anew(given_back)

    return cast(Builder, scene_of)


def _read_anew(value: Any) -> Any:
    if isinstance(value, models.Model):
        return type(value)._default_manager.get(pk=value.pk)
    if isinstance(value, dict):
        return {key: _read_anew(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_read_anew(one) for one in value)
    if isinstance(value, PLAIN):
        return value
    raise TypeError(f"a scene gives back rows and plain values, not {value!r}")


def _rows_of(statements: list[Any]) -> "_Statements | _Tables":
    return _Statements(statements) if connection.vendor == "sqlite" else _Tables()


class _Statements:
    """Of SQLite: what was written, in its order."""

    def __init__(self, statements: list[Any]) -> None:
        self.statements = statements

    def lay_out(self) -> None:
        with connection.cursor() as cursor:
            for sql, params, many in self.statements:
                if many:
                    cursor.executemany(sql, params)
                else:
                    cursor.execute(sql, params)
                    cursor.fetchall()  # what it returns belongs to it: left unread it would not be done


class _Tables:
    """Of PostgreSQL: every row that stands there now, without guards and foreign keys, which it had to pass before."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(_all_rows(self._filled(cursor)))
            self.rows = cursor.fetchall()

    def _filled(self, cursor: Any) -> list[str]:
        names = sorted(set(connection.introspection.table_names(cursor)) - KEPT_TABLES)
        cursor.execute(" UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM \"{name}\")" for name in names))
        return [row[0] for row in cursor.fetchall()]

    def lay_out(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET LOCAL session_replication_role = replica")
            for name in self._filled(cursor):
                cursor.execute(f'DELETE FROM "{name}"')
            for name, rows in self.rows:
                cursor.execute(f'INSERT INTO "{name}" SELECT * FROM json_populate_recordset(NULL::"{name}", %s)', [rows])
            cursor.execute("UPDATE core_touch SET transaction_id = txid_current()")
            cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def _all_rows(tables: list[str]) -> str:
    return " UNION ALL ".join(f"SELECT '{name}', json_agg(t)::text FROM \"{name}\" t" for name in tables)
