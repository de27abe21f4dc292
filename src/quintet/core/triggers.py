"""Rules that the database itself holds, on SQLite and on PostgreSQL: installed anew after every migration.

An app names tables whose rows are only ever added (`append_only` on its AppConfig; histories of registers are by themselves) and such
whose rows are changed and never deleted (`never_deleted`). Its `refusals.py` lists rules that both databases read (`core.guards`); what must be written for each database stands in `sql/sqlite.sql` and `sql/postgresql.sql`: statements separated by a line `--;;`. Triggers,
functions and views are named `quintet_…`, each statement can run again. A rule that says no raises an IntegrityError whose text holds
`quintet:<word>`.
"""

import re
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.apps import AppConfig, apps
from django.db import connection, transaction
from django.db.models import Model
from simple_history.utils import get_history_manager_for_model

from quintet.core import constraints, seals
from quintet.core.guards import Guard

MADE = re.compile(r"CREATE (?:OR REPLACE )?(TRIGGER|VIEW|FUNCTION) (quintet_\w+)")
SHAPE = re.compile(r"TRIGGER \w+ (BEFORE|AFTER) ([A-Z ]+?) ON ([\w.]+) .*?FOR EACH (ROW|STATEMENT) (.*?)EXECUTE FUNCTION (\w+)\(\)")
REFUSED = re.compile(r"quintet:(\w+)")

SQLITE_APPEND_ONLY = (
    """CREATE TRIGGER quintet_{table}_no_{what} BEFORE {what} ON {table} BEGIN SELECT RAISE(ABORT, 'quintet:append_only {table}'); END"""
)
POSTGRES_FUNCTION = """CREATE OR REPLACE FUNCTION quintet_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'quintet:append_only %', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END $$"""
POSTGRES_ROWS = (
    """CREATE OR REPLACE TRIGGER quintet_{table}_no_{name} BEFORE {events} ON {table} FOR EACH ROW EXECUTE FUNCTION quintet_append_only()"""
)
POSTGRES_WHOLE = """CREATE OR REPLACE TRIGGER quintet_{table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION quintet_append_only()"""


def statements() -> list[str]:
    """All statements for the database in use, in the order they run."""
    found = [POSTGRES_FUNCTION] if connection.vendor == "postgresql" else []
    tables = set(connection.introspection.table_names())
    for config in apps.get_app_configs():
        if config.name.startswith("quintet.") and tables.issuperset(guarded_tables(config)):  # else `migrate` of another app alone
            found += _of_an_app(config)
    return found


def guarded_tables(config: AppConfig) -> set[str]:
    sealed = {one.table for one in seals.of_an_app(config)}
    return {*append_only(config), *never_deleted(config), *(guard.table for guard in refusals(config)), *sealed}


def append_only(config: AppConfig) -> tuple[str, ...]:
    """What the app names, and the history of every register it has: who must keep away is read from there, too."""
    return (*getattr(config, "append_only", ()), *histories(config))


def histories(config: AppConfig) -> Iterator[str]:
    for model in config.get_models():
        if hasattr(model._meta, "simple_history_manager_attribute"):
            yield get_history_manager_for_model(model).model._meta.db_table


def never_deleted(config: AppConfig) -> tuple[str, ...]:
    return getattr(config, "never_deleted", ())


def refusals(config: AppConfig) -> tuple[Guard, ...]:
    there = find_spec(f"{config.name}.refusals") is not None
    return import_module(f"{config.name}.refusals").refusals if there else ()


def _of_an_app(config: AppConfig) -> Iterator[str]:
    for table in append_only(config):
        yield from _kept(table, ("UPDATE", "DELETE"))
    for table in never_deleted(config):
        yield from _kept(table, ("DELETE",))
    yield from _of(config)
    for guard in refusals(config):
        yield from guard.statements(connection.vendor)
    for sealed in seals.of_an_app(config):
        yield from sealed.statements(connection.vendor)


def _kept(table: str, events: tuple[str, ...]) -> list[str]:
    """Rows of the table are not changed, or only not deleted, and never thrown away as a whole."""
    if connection.vendor == "postgresql":
        name = "change" if "UPDATE" in events else "delete"
        return [POSTGRES_ROWS.format(table=table, name=name, events=" OR ".join(events)), POSTGRES_WHOLE.format(table=table)]
    return [SQLITE_APPEND_ONLY.format(table=table, what=what) for what in events]


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
    """Rules that should stand in the database and do not, or stand there switched off, with another text or on another table.

    Constraints of the models that are gone or weaker than the models have them are named, too, and triggers that the system does not know:
    they act with every line that is written, in its name.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            present = _present(cursor, with_text=True)
            gone = [named(statement)[1] for statement in statements() if (named(statement)[1], statement) not in present]
        else:
            gone = _changed(cursor)
        foreign = [f"{name}（不是本系统的触发器）" for name in _foreign(cursor)]
    return [*gone, *foreign, *constraints.weakened(_guarded_models())]


def _foreign(cursor: Any) -> list[str]:
    if connection.vendor == "sqlite":
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    else:
        cursor.execute(
            "SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
            "WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace"
        )
    known = {name for kind, name in map(named, statements()) if kind == "TRIGGER"}
    return sorted({name for (name,) in cursor.fetchall()} - known)


def _changed(cursor: Any) -> list[str]:
    """Of PostgreSQL: functions are compared by their text, triggers by when, what, table and function, views by what they select."""
    cursor.execute("SELECT proname, prosrc FROM pg_proc WHERE proname LIKE 'quintet\\_%'")
    bodies = dict(cursor.fetchall())
    cursor.execute("SELECT tgname, pg_get_triggerdef(oid, true) FROM pg_trigger WHERE tgname LIKE 'quintet\\_%' AND tgenabled = 'O'")
    triggers = {name: _shape(text) for name, text in cursor.fetchall()}
    gone = []
    for statement in statements():
        kind, name = named(statement)
        if kind == "FUNCTION":
            fits = bodies.get(name) == statement.split("$$")[1]
        elif kind == "TRIGGER":
            fits = triggers.get(name) == _shape(statement)
        else:
            fits = _view_stands(cursor, name, statement)
        if not fits:
            gone.append(name)
    return gone


def _view_stands(cursor: Any, name: str, statement: str) -> bool:
    """A view is as it should be when PostgreSQL tells the same of it as of one made anew."""
    definition = "SELECT pg_get_viewdef(oid) FROM pg_class WHERE oid = to_regclass(%s)"
    cursor.execute(definition, [name])
    present = cursor.fetchone()
    with transaction.atomic():
        cursor.execute(statement.replace(f"CREATE OR REPLACE VIEW {name}", "CREATE TEMP VIEW quintet_shape"))
        cursor.execute(definition, ["pg_temp.quintet_shape"])
        wanted = cursor.fetchone()
        transaction.set_rollback(True)
    return bool(present == wanted)


def _shape(statement: str) -> tuple[str, ...] | None:
    """(BEFORE or AFTER, events, table, ROW or STATEMENT, condition, function) of a CREATE TRIGGER, however it is spelt."""
    found = SHAPE.search(" ".join(statement.split()))
    if found is None:
        return None
    when, events, table, each, condition, function = found.groups()
    return when, " ".join(sorted(events.split(" OR "))), table.removeprefix("public."), each, re.sub(r"[() ]", "", condition), function


def _guarded_models() -> Iterator[type[Model]]:
    """Of the apps that have rules of the database, those whose tables are there."""
    tables = set(connection.introspection.table_names())
    for config in apps.get_app_configs():
        if config.name.startswith("quintet.") and guarded_tables(config):
            yield from (model for model in config.get_models() if model._meta.db_table in tables)


def named(statement: str) -> tuple[str, str]:
    found = MADE.search(statement)
    if found is None:
        raise ValueError(f"a rule of the database has no name quintet_…: {statement[:60]}")
    return found[1], found[2]


def refused_by(error: Exception) -> str:
    """The word behind `quintet:` in what the database said, or the name of the constraint; empty if it is neither."""
    found = REFUSED.search(str(error)) or re.search(r"(?:CHECK constraint failed: |constraint \")(\w+)", str(error))
    return found[1] if found else ""
