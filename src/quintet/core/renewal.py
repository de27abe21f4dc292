"""Stored canonical forms made anew when `quintet.reading` has learnt another way of writing, for migrations."""

from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, models, transaction

from quintet.reading.errors import Unreadable
from quintet.reading.names import canonical

BATCH = 5000


def renew_names(model: type[models.Model], *, apart: bool = False) -> None:
    """Every `canonical_name` as `reading.names` writes it now.

    Where another record has that form already both stay as they are, for people to decide; `apart` tells them apart by their key, where
    a constraint is about to be laid over forms that were not there before.
    """
    taken: set[tuple[Any, str]] = set()

    def form_of(record: Any) -> str:
        form = canonical(record.name)[:240]
        if apart:
            owner = getattr(record, "organisation_id", None)
            form = f"{form[:220]}#{record.pk}" if (owner, form) in taken else form
            taken.add((owner, form))
        return form

    _renew(model, "canonical_name", form_of)


def renew_numbers(model: type[models.Model], field: str, read: Callable[[str], str]) -> None:
    """Every number as `reading.identifiers` writes it now; what cannot be read, or is another record's number by now, stays."""

    def form_of(record: Any) -> str:
        number = str(getattr(record, field))
        try:
            return read(number) if number else number
        except Unreadable:
            return number

    _renew(model, field, form_of)


def _renew(model: type[models.Model], field: str, form_of: Callable[[Any], str]) -> None:
    waiting: list[models.Model] = []
    for record in model._default_manager.order_by("pk").iterator(chunk_size=BATCH):
        if getattr(record, field) != (form := form_of(record)):
            setattr(record, field, form)
            waiting.append(record)
        if len(waiting) == BATCH:
            _write(model, field, waiting)
            waiting.clear()
    _write(model, field, waiting)


def _write(model: type[models.Model], field: str, records: list[models.Model]) -> None:
    """All at once or, where one of them is in the way of another, each that can be."""
    try:
        with transaction.atomic():
            model._default_manager.bulk_update(records, [field], batch_size=500)
    except IntegrityError:
        if len(records) > 1:
            for record in records:
                _write(model, field, [record])
