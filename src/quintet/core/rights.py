"""Whether roles and authorisations stand as their history tells: who altered a right by hand is found by the history that does not say it."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import models

from quintet.look.registry import collect

# model → the fields that make a right
RIGHTS = {
    "core.RoleGrant": ("user_id", "role", "unit", "granted_on", "revoked_on", "delegated_by_id"),
    "directory.Membership": ("person_id", "organisation_id", "part", "proposed_by_id", "confirmed_by_id", "granted_on", "revoked_on"),
    "directory.RegisterDuty": ("register", "unit", "proposed_by_id", "confirmed_by_id", "granted_on", "revoked_on"),
}


def altered() -> Iterator[str]:
    """Sentences for an auditor: rights that nobody granted by an action, that were changed by hand, or that are gone."""
    for label, fields in RIGHTS.items():
        if apps.is_installed(f"quintet.{label.split('.')[0]}"):
            yield from _altered(apps.get_model(label), fields)
    for of_a_context in collect("tampering", "altered"):
        yield from of_a_context()


def _altered(model: type[models.Model], fields: tuple[str, ...]) -> Iterator[str]:
    name = str(model._meta.verbose_name)
    told: dict[int, tuple[Any, ...]] = {}
    for key, *values in model.history.order_by("history_id").values_list("id", *fields).iterator(chunk_size=5_000):  # type: ignore[attr-defined]
        told[key] = tuple(values)
    for key, *values in model._default_manager.order_by("pk").values_list("pk", *fields).iterator(chunk_size=5_000):
        before = told.pop(key, None)
        if before is None:
            yield f"{name} {key} 没有办理记录：不是通过系统授予的。"
        elif before != tuple(values):
            yield f"{name} {key} 与办理记录不符：被直接改动过。"
    yield from (f"{name} {key} 有办理记录，现在却没有了。" for key in told)
