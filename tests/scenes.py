"""Scenes that many tests ask for: what those of a file only read is arranged once for the file, what others go on from once in a process."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest
from django.conf import settings
from django.db import connection, models, transaction
from django.utils import timezone
from django.utils.translation import get_language

from quintet.core import clock
from quintet.core.attachments import place_of
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

# Signing in is no part of a scene: a visitor may do it before one is laid out.
SIGNING_IN = {"django_session", "core_signedinsession", "axes_accesslog"}
OF_SIGNING_IN = re.compile(rf"""(INSERT INTO|UPDATE|DELETE FROM) "({"|".join(sorted(SIGNING_IN))}|core_user" SET "last_login)\"""")
LEFT_ALONE = {"django_content_type", "auth_permission", "django_migrations", *SIGNING_IN}  # what migrating left and no test writes
READS = ("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK", "SET", "SHOW", "EXPLAIN", "PRAGMA", "BEGIN", "COMMIT", "DECLARE", "FETCH", "CLOSE")
BESIDE_READS = ("SAVEPOINT", "RELEASE", "ROLLBACK")  # repeated with the writes: what was undone stays undone
PLAIN = (str, int, bool, float, date, type(None))


@dataclass
class _Watch:
    """What a test's transaction has written, and which scenes it stands on."""

    written: int = 0  # statements of this process, ever
    marked: int = -1  # `written` when nothing but `scenes` had been laid out
    scenes: Any = ()
    savepoints: dict[str, tuple[bool, Any]] = field(default_factory=dict)
    arranging: bool = False
    statements: list[tuple[str, Any, bool]] = field(default_factory=list)

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        word = sql.lstrip("( ")[:9].upper()
        writes = not word.startswith(READS) and not OF_SIGNING_IN.match(sql)
        self.written += writes
        if word.startswith(BESIDE_READS):
            self._at_savepoint(word, sql.rsplit(" ", 1)[-1])
        if self.arranging and (writes or word.startswith(BESIDE_READS)):
            params = list(params) if many else params
            self.statements.append((sql, params, many))
        return execute(sql, params, many, context)

    def _at_savepoint(self, word: str, name: str) -> None:
        """What is rolled back stands as it stood when the savepoint was made."""
        if word.startswith("SAVEPOINT"):
            self.savepoints[name] = (self.marked == self.written, self.scenes)
        elif word.startswith("ROLLBACK"):
            clean, self.scenes = self.savepoints.get(name, (False, ()))
            self.marked = self.written if clean else -1

    def begin(self) -> None:
        """Of a test's transaction. A browser brings an event loop with it, and with that Django another connection: the one in use is watched."""
        if self not in connection.execute_wrappers:
            connection.execute_wrappers.append(self)
        self.marked, self.scenes = self.written, ()
        self.savepoints.clear()

    def end(self) -> None:
        self.marked = -1

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
        """Packs of a test's own may change under its hands: nothing is kept then."""
        own_packs = "QUINTET_PACKS" in os.environ
        watched = self in connection.execute_wrappers
        return watched and self.marked == self.written and connection.in_atomic_block and not self.arranging and not own_packs


watch = _Watch()
_scenes: dict[
    Any, "tuple[_Statements | _Tables, dict[str, bytes], Any]"
] = {}  # what a scene is known by → its rows, its files, what its builder gave back
Builder = TypeVar("Builder", bound=Callable[..., Any])


def arranged_once(build: Builder) -> Builder:
    """A builder of rows, by actions; gives back rows (read anew), plain values, or lists, tuples and dicts of them."""

    @wraps(build)
    def scene_of(*args: Any, **kwargs: Any) -> Any:
        if not watch.untouched or not all(isinstance(value, PLAIN) for value in (*args, *kwargs.values())):
            return build(*args, **kwargs)
        begun = watch.scenes or (tuple(_sequences_now()) if connection.vendor == "sqlite" else ())
        known = (build, args, tuple(sorted(kwargs.items())), begun, clock.today(), timezone.localdate(), get_language())
        if known in _scenes:
            rows, files, given_back = _scenes[known]
            rows.lay_out()
            for path, content in files.items():
                path = Path(settings.MEDIA_ROOT) / path
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        else:
            with watch.recording() as statements:
                given_back = build(*args, **kwargs)
            rows = _Statements(statements) if connection.vendor == "sqlite" else _Tables()
            files = {stored.path: place_of(stored).read_bytes() for stored in StoredFile.objects.all()}
            _scenes[known] = rows, files, given_back
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


# SQLite's sequences go on after a test with threads or a server has written: put back, the same statements make the same keys.
_sequences: list[tuple[str, int]] = []


def keep_sequences() -> None:
    """As the migrated database of this process has them."""
    if connection.vendor == "sqlite":
        _sequences[:] = _sequences_now()


def put_sequences_back() -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM sqlite_sequence")
            cursor.executemany("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", _sequences)


def _sequences_now() -> list[tuple[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, seq FROM sqlite_sequence ORDER BY name")
        return [(name, number) for name, number in cursor.fetchall()]


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
            cursor.execute(" UNION ALL ".join(f"SELECT '{name}', json_agg(t)::text FROM \"{name}\" t" for name in self._filled(cursor)))
            self.rows = cursor.fetchall()

    def _filled(self, cursor: Any) -> list[str]:
        names = sorted(set(connection.introspection.django_table_names()) - LEFT_ALONE)
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
