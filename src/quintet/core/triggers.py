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
SHAPE = re.compile(r"TRIGGER \w+ (BEFORE|AFTER) ([A-Z ]+?) ON ([\w.]+) .*?FOR EACH (ROW|STATEMENT) .*?EXECUTE FUNCTION (\w+)\(\)")
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
    """Rules that should stand in the database and do not, or stand there switched off, with another text or on another table; constraints of the models that are gone."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            present = _present(cursor, with_text=True)
            gone = [named(statement)[1] for statement in statements() if (named(statement)[1], statement) not in present]
        else:
            gone = _changed(cursor)
        return [*gone, *_constraints_gone(cursor)]


def _changed(cursor: Any) -> list[str]:
    """Of PostgreSQL: functions are compared by their text, triggers by when, what, table and function, views by their name."""
    cursor.execute("SELECT proname, prosrc FROM pg_proc WHERE proname LIKE 'quintet\\_%'")
    bodies = dict(cursor.fetchall())
    cursor.execute("SELECT tgname, pg_get_triggerdef(oid, true) FROM pg_trigger WHERE tgname LIKE 'quintet\\_%' AND tgenabled = 'O'")
    triggers = {name: _shape(text) for name, text in cursor.fetchall()}
    cursor.execute("SELECT viewname FROM pg_views WHERE viewname LIKE 'quintet\\_%'")
    views = {name for (name,) in cursor.fetchall()}
    gone = []
    for statement in statements():
        kind, name = named(statement)
        if kind == "FUNCTION":
            fits = bodies.get(name) == statement.split("$$")[1]
        elif kind == "TRIGGER":
            fits = triggers.get(name) == _shape(statement)
        else:
            fits = name in views
        if not fits:
            gone.append(name)
    return gone


def _shape(statement: str) -> tuple[str, frozenset[str], str, str, str] | None:
    """(BEFORE or AFTER, events, table, ROW or STATEMENT, function) of a CREATE TRIGGER, however it is spelt."""
    found = SHAPE.search(" ".join(statement.split()))
    if found is None:
        return None
    when, events, table, each, function = found.groups()
    return when, frozenset(events.split(" OR ")), table.removeprefix("public."), each, function


def _constraints_gone(cursor: Any) -> list[str]:
    tables = set(connection.introspection.table_names(cursor))
    gone = []
    for config in apps.get_app_configs():
        if getattr(config, "append_only", ()):
            for model in config.get_models():
                wanted = {constraint.name for constraint in model._meta.constraints}
                if wanted and model._meta.db_table in tables:
                    gone += sorted(wanted - set(connection.introspection.get_constraints(cursor, model._meta.db_table)))
    return gone


def named(statement: str) -> tuple[str, str]:
    found = MADE.search(statement)
    if found is None:
        raise ValueError(f"a rule of the database has no name quintet_…: {statement[:60]}")
    return found[1], found[2]


def refused_by(error: Exception) -> str:
    """The word behind `quintet:` in what the database said, or the name of the constraint; empty if it is neither."""
    found = REFUSED.search(str(error)) or re.search(r"(?:CHECK constraint failed: |constraint \")(\w+)", str(error))
    return found[1] if found else ""
