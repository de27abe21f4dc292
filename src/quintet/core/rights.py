"""Whether the registers stand as they were kept: who altered a row by hand is found by the history that does not say it.

What gives a right or moves money is bound into the audit chain itself (`core.seals`).
"""

from collections.abc import Iterator

from django.apps import apps
from django.db import connection, models

from quintet.core import seals
from quintet.core.fields import EncryptedTextField


def altered() -> Iterator[str]:
    """Sentences for an auditor: rows of registers that nobody entered by an action, that were changed by hand, or that are gone."""
    for model in apps.get_models():
        if hasattr(model._meta, "simple_history_manager_attribute") and _is_kept_by_history_alone(model):
            yield from _otherwise(model)


def _is_kept_by_history_alone(model: type[models.Model]) -> bool:
    of = seals.tables().get(model._meta.db_table)
    return of is None or bool(of.once)


def _otherwise(model: type[models.Model]) -> Iterator[str]:
    name, table = str(model._meta.verbose_name), model._meta.db_table
    history = model.history.model  # type: ignore[attr-defined]
    told, key = history._meta.db_table, model._meta.pk.column
    # Encrypted columns are written anew each time; their keyed hashes stand beside them.
    columns = [field.column for field in history.tracked_fields if not isinstance(field, EncryptedTextField) and field.column != key]
    differs = " OR ".join(f'm."{column}" {_unlike()} h."{column}"' for column in columns)
    latest = f'h.history_id = (SELECT max(history_id) FROM {told} WHERE "{key}" = m."{key}")'
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT m."{key}", h.history_id FROM {table} m LEFT JOIN {told} h ON {latest} WHERE h.history_id IS NULL OR {differs}'
        )
        for pk, known in cursor.fetchall():
            yield f"{name} {pk} 与办理记录不符：被直接改动过。" if known else f"{name} {pk} 没有办理记录：不是通过系统办理的。"
        ends = f'SELECT max(history_id) FROM {told} GROUP BY "{key}"'
        cursor.execute(
            f"SELECT h.\"{key}\" FROM {told} h WHERE h.history_id IN ({ends}) AND h.history_type <> '-'"
            f' AND NOT EXISTS (SELECT 1 FROM {table} m WHERE m."{key}" = h."{key}")'
        )
        yield from (f"{name} {pk} 有办理记录，现在却没有了。" for (pk,) in cursor.fetchall())


def _unlike() -> str:
    return "IS DISTINCT FROM" if connection.vendor == "postgresql" else "IS NOT"
