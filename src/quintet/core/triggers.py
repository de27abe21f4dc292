"""Rules that the database itself holds, on SQLite and on PostgreSQL: installed anew after every migration.

An app names tables whose rows are only ever added (`append_only` on its AppConfig) and may have `sql/sqlite.sql` and
`sql/postgresql.sql`: statements separated by a line `--;;`. Triggers, functions and views in them are named `quintet_…`, each
statement can run again. A rule that says no raises an IntegrityError whose text holds `quintet:<word>`.
"""

import re
from pathlib import Path
from typing import Any

from django.apps import AppConfig, apps
from django.db import connection, transaction

MADE = re.compile(r"CREATE (?:OR REPLACE )?(TRIGGER|VIEW|FUNCTION) (quintet_\w+)")
REFUSED = re.compile(r"quintet:(\w+)")

SQLITE_APPEND_ONLY = (
    """CREATE TRIGGER quintet_{table}_no_{what} BEFORE {what} ON {table} BEGIN SELECT RAISE(ABORT, 'quintet:append_only {table}'); END"""
)
POSTGRES_FUNCTION = """CREATE OR REPLACE FUNCTION quintet_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'quintet:append_only %', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END $$"""
POSTGRES_ROWS = """CREATE OR REPLACE TRIGGER quintet_{table}_no_change BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION quintet_append_only()"""
POSTGRES_WHOLE = """CREATE OR REPLACE TRIGGER quintet_{table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION quintet_append_only()"""


def statements() -> list[str]:
    """All statements for the database in use, in the order they run."""
    found = [POSTGRES_FUNCTION] if connection.vendor == "postgresql" else []
    tables = set(connection.introspection.table_names())
    for config in apps.get_app_configs():
        guarded = getattr(config, "append_only", ())
        if tables.issuperset(guarded):  # else `migrate` of another app alone
            found += [statement for table in guarded for statement in _append_only(table)] + _of(config)
    return found


def _append_only(table: str) -> list[str]:
    if connection.vendor == "postgresql":
        return [POSTGRES_ROWS.format(table=table), POSTGRES_WHOLE.format(table=table)]
    return [SQLITE_APPEND_ONLY.format(table=table, what=what) for what in ("UPDATE", "DELETE")]


def _of(config: AppConfig) -> list[str]:
    file = Path(config.path) / "sql" / f"{connection.vendor}.sql"
    if not config.name.startswith("quintet.") or not file.is_file():
        return []
    return [part.strip().rstrip(";") for part in file.read_text(encoding="utf-8").split("\n--;;\n") if part.strip()]


def install(**_: Any) -> None:
    """After a migration: put every rule in place."""
    with transaction.atomic(), connection.cursor() as cursor:
        make_room()
        for statement in statements():
            cursor.execute(statement)


def make_room(**_: Any) -> None:
    """Before a migration: SQLite cannot make a table anew while rules speak of it, and the text of a rule may have changed."""
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for kind, name in sorted(_present(cursor, with_text=False)):
                cursor.execute(f"DROP {kind} IF EXISTS {name}")


def _present(cursor: Any, *, with_text: bool) -> set[tuple[str, str]]:
    """(kind, name) of what stands in the database, or (name, text)."""
    if connection.vendor == "sqlite":
        cursor.execute(
            "SELECT upper(type), name, sql FROM sqlite_master WHERE name LIKE 'quintet\\_%' ESCAPE '\\' AND type IN ('trigger', 'view')"
        )
        return {(name, text) if with_text else (kind, name) for kind, name, text in cursor.fetchall()}
    cursor.execute(
        "SELECT 'TRIGGER', tgname FROM pg_trigger WHERE tgname LIKE 'quintet\\_%' AND tgenabled = 'O' "
        "UNION SELECT 'VIEW', viewname FROM pg_views WHERE viewname LIKE 'quintet\\_%' "
        "UNION SELECT 'FUNCTION', proname FROM pg_proc WHERE proname LIKE 'quintet\\_%'"
    )
    return set(cursor.fetchall())


def missing() -> list[str]:
    """Rules that should stand in the database and do not, or stand there switched off or (SQLite) with another text."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            present = _present(cursor, with_text=True)
            return [named(statement)[1] for statement in statements() if (named(statement)[1], statement) not in present]
        present = _present(cursor, with_text=False)
        return [named(statement)[1] for statement in statements() if named(statement) not in present]


def named(statement: str) -> tuple[str, str]:
    found = MADE.search(statement)
    if found is None:
        raise ValueError(f"a rule of the database has no name quintet_…: {statement[:60]}")
    return found[1], found[2]


def refused_by(error: Exception) -> str:
    """The word behind `quintet:` in what the database said, or the name of the constraint; empty if it is neither."""
    found = REFUSED.search(str(error)) or re.search(r"(?:CHECK constraint failed: |constraint \")(\w+)", str(error))
    return found[1] if found else ""
