"""Whether rights stand as they were given: who altered one by hand is found by the records that do not say it.

Accounts, roles and authorisations are compared with their histories; what two operators decide (about accounts, second factors, holidays) and whose
an identity of the city's provider is, with the lines of the audit chain.
"""

import json
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any

from django.apps import apps
from django.db import models

from quintet.core.models import AccountProposal, AuditEntry, HolidayPlan, OutsideIdentity, SecondFactorReset
from quintet.look.registry import collect

# model → the fields that make a right
RIGHTS = {
    "core.User": ("username", "email", "is_active", "is_superuser"),
    "core.RoleGrant": ("user_id", "role", "unit", "granted_on", "revoked_on", "delegated_by_id"),
    "directory.Membership": ("person_id", "organisation_id", "part", "proposed_by_id", "confirmed_by_id", "granted_on", "revoked_on"),
    "directory.RegisterDuty": ("register", "unit", "proposed_by_id", "confirmed_by_id", "granted_on", "revoked_on"),
}


def altered() -> Iterator[str]:
    """Sentences for an auditor: rights that nobody granted by an action, that were changed by hand, or that are gone."""
    for label, fields in RIGHTS.items():
        if apps.is_installed(f"quintet.{label.split('.')[0]}"):
            yield from _altered(apps.get_model(label), fields)
    for model, told in (
        (AccountProposal, _proposals()),
        (SecondFactorReset, _resets()),
        (HolidayPlan, _plans()),
        (OutsideIdentity, _identities()),
    ):
        yield from _otherwise(model, told)
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


# What two people decide: key → the values of the row that the audit chain tells of

Told = dict[int, dict[str, Any]]
PROPOSED = (
    *("kind", "user_id", "role", "unit", "first_day", "last_day", "email", "target", "target_name", "reason"),
    *("proposed_by_id", "proposed_under_id"),
)


def check_value(proposal: AccountProposal) -> str:
    """Binds what is proposed of an account, addresses included, to the line that tells of it; hexadecimal, 64 characters."""
    values = [str(getattr(proposal, name) or "") for name in PROPOSED]
    return sha256(json.dumps([proposal.pk, *values]).encode()).hexdigest()


def _proposals() -> Told:
    told: Told = {}
    for action, by, record, details in _lines("core.propose_account", "core.confirm_account", "core.drop_account"):
        key, right = int(details["proposal"]), {"decided_by_id": by, **_under("decided", details)}
        if action == "core.propose_account":
            told[key] = {"user_id": _key(record), "proposed_by_id": by, **_under("proposed", details)}
            told[key] |= {"decided_by_id": None, "decided_under_id": None, "confirmed": False}
            told[key] |= _given(details, "check")
        else:
            told.setdefault(key, {}).update(right, confirmed=action == "core.confirm_account")
    return told


def _resets() -> Told:
    told: Told = {}
    for action, by, record, details in _lines(
        "core.ask_second_factor_reset", "core.reset_second_factor", "core.refuse_second_factor_reset"
    ):
        key, right = _key(record), _under("answered", details) | {"answered_by_id": by}
        if action == "core.ask_second_factor_reset":
            told[key] = {"user_id": details["account"], "asked_by_id": by, **_under("asked", details), **_given(details, "reason")}
            told[key] |= {"answered_by_id": None, "answered_under_id": None, "confirmed": False}
        else:
            told.setdefault(key, {}).update(right, confirmed=action == "core.reset_second_factor")
    return told


def _plans() -> Told:
    """A plan proposed drops the one of its year that waits; a plan confirmed replaces the one in force."""
    told: Told = {}
    years = dict(HolidayPlan.objects.values_list("pk", "year"))
    for action, by, record, details in _lines("core.propose_holidays", "core.confirm_holidays", "core.drop_holidays"):
        key = _key(record)
        year = told.get(key, {}).get("year") or details.get("year") or years.get(key)
        others = [plan for plan in told.values() if plan.get("year") == year]
        if action == "core.propose_holidays":
            _leave(others, "proposed", "dropped")
            told[key] = {"year": year, "entered_by_id": by, **_given(details, "days", "source")}
            told[key] |= {**_under("entered", details), "state": "proposed", "confirmed_by_id": None, "confirmed_under_id": None}
        elif action == "core.confirm_holidays":
            _leave(others, "in_force", "replaced")
            told.setdefault(key, {}).update({"state": "in_force", "confirmed_by_id": by, **_under("confirmed", details)})
        else:
            told.setdefault(key, {}).update(state="dropped")
    return told


def _leave(plans: Iterable[dict[str, Any]], state: str, later: str) -> None:
    for plan in plans:
        if plan.get("state") == state:
            plan["state"] = later


def _identities() -> Told:
    """Who waits is told of by no line, and may be forgotten."""
    told: Told = {key: {"user_id": None, "linked_by_id": None} for key in OutsideIdentity.objects.values_list("pk", flat=True)}
    kept = set(told)
    for action, by, record, details in _lines("core.link_identity", "core.link_identity_by_claim", "core.unlink_identity"):
        linked = action != "core.unlink_identity"
        told[_key(record)] = {"user_id": details["account"] if linked else None, "linked_by_id": by if linked else None}
    return {key: values for key, values in told.items() if key in kept or values["user_id"] is not None}


def _lines(*actions: str) -> Iterator[tuple[str, int | None, str, dict[str, Any]]]:
    """(action, key of who did it, record, details), in the order of the chain."""
    lines = AuditEntry.objects.filter(action__in=actions).order_by("number").values_list("action", "by", "record", "details")
    yield from lines.iterator(chunk_size=5_000)


def _key(record: str) -> int:
    return int(record.partition(":")[2])


def _under(act: str, details: dict[str, Any]) -> dict[str, Any]:
    """The right under which it was done; lines of earlier versions do not say it."""
    return {f"{act}_under_id": details["grant"]} if "grant" in details else {}


def _given(details: dict[str, Any], *names: str) -> dict[str, Any]:
    """What the line says of these; lines of earlier versions may not."""
    return {name: details[name] for name in names if name in details}


def _otherwise(model: type[models.Model], told: Told) -> Iterator[str]:
    name = str(model._meta.verbose_name)
    for row in model._default_manager.order_by("pk").iterator(chunk_size=5_000):
        wanted = told.pop(row.pk, None)
        if wanted is None:
            yield f"{name} {row.pk} 在审计链中没有记录：不是通过系统办理的。"
        elif any(_value(row, field) != value for field, value in wanted.items()):
            yield f"{name} {row.pk} 与审计链不符：被直接改动过。"
    yield from (f"{name} {key} 在审计链中有记录，现在却没有了。" for key in told)


def _value(row: models.Model, field: str) -> Any:
    return check_value(row) if field == "check" and isinstance(row, AccountProposal) else getattr(row, field)
