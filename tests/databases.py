"""A migrated database is made once and copied: migrating anew for every worker and every run would take longer than most tests.

The template is kept (`var/` on SQLite, `quintet_template_…` beside the test database on PostgreSQL) and made anew when one
of the files changes that decide what migrating leaves behind.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection

ROOT = Path(__file__).parents[1]
DECIDING = [
    "*/migrations/*.py",
    "*/sql/*",
    "*/models.py",
    "*/models/**/*.py",
    "*/apps.py",
    "*/refusals.py",
    "core/*.py",
    "config/settings.py",
]
LOCK = 5_201_936  # PostgreSQL's advisory lock of those who make or copy a template


@contextmanager
def migrated(name: str) -> Iterator[None]:
    """The default connection speaks to a migrated database of this name, which is dropped at the end."""
    before = connection.settings_dict["NAME"]
    connection.close()
    copy(name)
    _use(name)
    try:
        yield
    finally:
        connection.close()
        _use(before)
        drop(name)


def copy(name: str) -> None:
    """Make a migrated database of this name (a path on SQLite), in place of one that a killed run may have left."""
    before = connection.settings_dict["NAME"]
    drop(name)
    try:
        if connection.vendor == "sqlite":
            _sqlite_copy(name)
        else:
            _postgres_copy(name, f"quintet_template_{before.removeprefix('test_').split('_gw')[0]}"[:63])
    finally:
        _use(before)


def drop(name: str) -> None:
    if connection.vendor == "sqlite":
        for ending in ("", "-wal", "-shm"):
            Path(f"{name}{ending}").unlink(missing_ok=True)
    else:
        with _server() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def content() -> str:
    """The hash of what decides how a migrated database looks."""
    source = ROOT / "src" / "quintet"
    files = sorted({path for pattern in DECIDING for path in source.glob(pattern) if path.is_file()})
    digest = hashlib.sha256((ROOT / "requirements-dev.lock").read_bytes())
    for path in files:
        digest.update(f"{path.relative_to(source)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _use(name: str) -> None:
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name


def _migrate(name: str) -> None:
    _use(name)
    call_command("migrate", verbosity=0, interactive=False, run_syncdb=True)
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _sqlite_copy(name: str) -> None:
    folder = ROOT / "var" / "test-template"
    folder.mkdir(parents=True, exist_ok=True)
    template = folder / f"{content()}.sqlite3"
    with open(folder / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not template.exists():
            for old in folder.glob("*.sqlite3*"):
                old.unlink()
            partial = template.with_suffix(".sqlite3-partial")
            _migrate(str(partial))
            partial.rename(template)
        shutil.copyfile(template, name)


def _postgres_copy(name: str, template: str) -> None:
    wanted = content()
    with _server() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        cursor.execute("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [template])
        if cursor.fetchone() != (wanted,):
            cursor.execute(f'DROP DATABASE IF EXISTS "{template}" WITH (FORCE)')
            cursor.execute(f'CREATE DATABASE "{template}"')
            _migrate(template)
            cursor.execute(f"COMMENT ON DATABASE \"{template}\" IS '{wanted}'")
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


@contextmanager
def _server() -> Iterator[Any]:
    """A cursor of a connection of its own to the server, outside any transaction and any test database."""
    from django.db.backends.postgresql.base import DatabaseWrapper

    server = DatabaseWrapper({**connection.settings_dict, "NAME": "postgres"}, alias="server")
    try:
        with server.cursor() as cursor:
            yield cursor
    finally:
        server.close()
