"""Whether the constraints of the models stand in the database as the models have them: a weaker one under the same name is missed, too."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import connection, models, transaction

SHAPE = "quintet_shape"  # a temporary table with the columns of a real one, on which PostgreSQL writes a constraint in its own words


def weakened(tables: Iterable[type[models.Model]]) -> list[str]:
    """Names of constraints (`table.column` for a single unique column) that are gone or defined otherwise."""
    reader = _postgresql if connection.vendor == "postgresql" else _sqlite
    return [name for model in tables if model._meta.managed for name in reader(model)]


def _editor() -> Any:
    editor = connection.SchemaEditorClass(connection, collect_sql=True)
    editor.deferred_sql = []
    return editor


def _is_an_index(constraint: models.BaseConstraint) -> bool:
    return isinstance(constraint, models.UniqueConstraint) and bool(constraint.condition or constraint.expressions)


def _sql_of(constraint: models.BaseConstraint, model: type[models.Model]) -> str:
    if _is_an_index(constraint):
        return str(constraint.create_sql(model, _editor()))
    return str(constraint.constraint_sql(model, _editor()))


def _unique_columns(model: type[models.Model]) -> list[str]:
    return [str(field.column) for field in model._meta.local_fields if field.unique and not field.primary_key]


def _sqlite(model: type[models.Model]) -> Iterator[str]:
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("SELECT sql FROM sqlite_master WHERE tbl_name = %s AND type IN ('table', 'index') AND sql IS NOT NULL", [table])
        texts = [_plain(text) for (text,) in cursor.fetchall()]
        cursor.execute(f'PRAGMA index_list("{table}")')
        whole = [name for _number, name, unique, _origin, partial in cursor.fetchall() if unique and not partial]
        unique = set()
        for name in whole:
            cursor.execute(f'PRAGMA index_info("{name}")')
            unique.add(tuple(column for _place, _number, column in cursor.fetchall()))
    for constraint in model._meta.constraints:
        if not any(_plain(_sql_of(constraint, model)) in text for text in texts):
            yield constraint.name
    for column in _unique_columns(model):
        if (column,) not in unique:
            yield f"{table}.{column}"


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace('"', "").replace(", ", ",").strip()


def _postgresql(model: type[models.Model]) -> Iterator[str]:
    table = model._meta.db_table
    with transaction.atomic(), connection.cursor() as cursor:
        present = _definitions(cursor, table)
        cursor.execute(f'CREATE TEMP TABLE {SHAPE} (LIKE "{table}")')
        for constraint in model._meta.constraints:
            text = _sql_of(constraint, model)
            if _is_an_index(constraint):
                cursor.execute(text.replace(f' ON "{table}" ', f" ON pg_temp.{SHAPE} ", 1))
            else:
                cursor.execute(f"ALTER TABLE pg_temp.{SHAPE} ADD {text}")
        wanted = _definitions(cursor, f"pg_temp.{SHAPE}")
        transaction.set_rollback(True)
    yield from (name for name in wanted if present.get(name) != wanted[name])
    unique = {text for text in present.values() if text.startswith("UNIQUE (")}
    yield from (
        f"{table}.{column}" for column in _unique_columns(model) if f"UNIQUE ({column})" not in {text.replace('"', "") for text in unique}
    )


def _definitions(cursor: Any, table: str) -> dict[str, str]:
    """name → definition in the database's words, of constraints and of indexes that stand for one."""
    cursor.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('c', 'u') "
        "UNION ALL SELECT c.relname, regexp_replace(pg_get_indexdef(i.indexrelid), ' ON [^ ]+ ', ' ON it ') || CASE WHEN i.indisvalid THEN '' ELSE ' INVALID' END "
        "FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = %s::regclass AND i.indisunique AND i.indpred IS NOT NULL",
        [table, table],
    )
    return dict(cursor.fetchall())
