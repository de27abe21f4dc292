"""Many records at once, history included."""

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from quintet.core import clock
from quintet.core.models import User
from quintet.directory.actions.concerned import ADDED, CHANGED, tell_concerned
from quintet.directory.actions.former_names import keep_former_names, names_of
from quintet.directory.actions.oneself import refuse_about_oneself
from quintet.directory.models import Organisation


@transaction.atomic
def write_records(
    created: Sequence[Any], changed: Sequence[Any] = (), *, fields: Sequence[str] = (), by: User | None, reason: str, batch: int = 5000
) -> None:
    """Insert `created` and write `fields` of `changed`, all of one model, in one transaction, each with its line in the history.

    The caller has checked permission and values; the database still holds its constraints. A derived hash is written with its field.
    Raises NotAllowed, and writes nothing, where a record concerns who writes it.
    """
    if by is not None:
        refuse_about_oneself([*created, *changed], by)
    if by is not None:
        tell_concerned(created, ADDED, by=by)
        tell_concerned(changed, CHANGED, by=by)
    if created:
        model = type(created[0])
        model._default_manager.bulk_create(created, batch_size=batch)
        _write_history(model, [record.pk for record in created], "+", by=by, reason=reason, batch=batch)
    if changed:
        model = type(changed[0])
        names = {field.name for field in model._meta.concrete_fields}
        wanted = {*fields, "canonical_name", *(f"{name}_hash" for name in ("identity", "phone") if f"{name}_hash" in names)}
        before = names_of(changed) if model is Organisation and "name" in fields else {}
        # An upsert on the primary key: for 100,000 rows ten times as fast as bulk_update's CASE … WHEN.
        model._default_manager.bulk_create(
            changed, batch_size=batch, update_conflicts=True, unique_fields=["pk"], update_fields=sorted(wanted & names)
        )
        _write_history(model, [record.pk for record in changed], "~", by=by, reason=reason, batch=batch)
        keep_former_names(before, changed, by=by, on=clock.today())


def _write_history(model: Any, keys: Sequence[int], kind: str, *, by: User | None, reason: str, batch: int) -> None:
    """A line in the history for each of these rows as it now stands, copied by the database: half the time of an import otherwise."""
    history = model.history.model
    kept = {field.column for field in history._meta.concrete_fields}
    columns = ", ".join(f'"{field.column}"' for field in model._meta.concrete_fields if field.column in kept)
    statement = (
        f'INSERT INTO "{history._meta.db_table}" ({columns}, history_date, history_change_reason, history_type, history_user_id) '
        f'SELECT {columns}, %s, %s, %s, %s FROM "{model._meta.db_table}" WHERE id IN ({{keys}}) ORDER BY id'
    )
    said = [connection.ops.adapt_datetimefield_value(timezone.now()), reason, kind, by.pk if by else None]
    with connection.cursor() as cursor:
        for start in range(0, len(keys), batch):
            cursor.execute(statement.format(keys=", ".join(map(str, map(int, keys[start : start + batch])))), said)
