"""Guards of the database taken away for a moment: what somebody with the rights of its owner can do."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from quintet.core import audit, seals, triggers
from quintet.core.models import AuditEntry, Seal


def installed() -> dict[str, str]:
    """Name of each trigger that should stand in the database in use → its table."""
    named = [(triggers.named(statement), statement) for statement in triggers.statements()]
    return {name: statement.split(" ON ")[1].split()[0] for (kind, name), statement in named if kind == "TRIGGER"}


def settle() -> None:
    """PostgreSQL changes no table while a foreign key of it waits to be checked."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def drop(*names: str) -> None:
    settle()
    tables = installed()
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(f"DROP TRIGGER {name}" + (f" ON {tables[name]}" if connection.vendor == "postgresql" else ""))


@contextmanager
def without(*names: str) -> Iterator[None]:
    """Without these guards, or without any when none is named; with all of them again afterwards."""
    drop(*(names or installed()))
    yield
    settle()
    triggers.make_room()
    triggers.install()


OF_ACTIONS = ("redemption_", "ledger_", "core_job")  # tables whose rows no test arranges by itself


def as_found() -> None:
    """What a test arranged without actions is sealed as it is."""
    audit.seal_as_found(by=None, why="arranged by a test")


def seal_what_tests_arrange() -> None:
    """From now on a role, an authority or an account that a test writes without an action is sealed as it is, as if two operators had decided it."""
    from django.db.models.signals import post_save

    from quintet.core.models import RoleGrant
    from quintet.directory.models import Membership
    from quintet.redemption.models import PayeeAccount

    def seal(sender: Any, instance: Any, created: bool, **_: Any) -> None:
        if created and not audit.is_open():
            sealed_as_arranged(instance)

    for model in (RoleGrant, Membership, PayeeAccount):
        post_save.connect(seal, sender=model, dispatch_uid=f"sealed_as_arranged_{model.__name__}", weak=False)


def sealed_as_arranged(*rows: Any) -> None:
    """What a test wrote without an action is sealed as it is."""
    with audit.recorded() as log:
        log.record("core.seal_as_found", "core.seal:", "arranged by a test", by=None, rows=len(rows))
        log.found = [_seal_of(row) for row in rows]


def _seal_of(row: Any) -> Seal:
    of, key = seals.tables()[row._meta.db_table], seals._key_of(row)
    return Seal(sealed_table=of.table, row_key=key, digest=seals._digest(seals._rows(of, [key])[key]), found_as_sealed=True)


def changed(rows: Any, **values: Any) -> None:
    """Rows of a query set as if an action had changed them so."""
    keys = list(rows.values_list("pk", flat=True))
    rows.update(**values)
    sealed_as_arranged(*rows.model._default_manager.filter(pk__in=keys))


def lines_of_acts() -> Any:
    """The lines of the chain in their order, without those that seal what a test arranged."""
    return AuditEntry.objects.exclude(action="core.seal_as_found").order_by("number")


def problems() -> list[str]:
    """What a check of the chain finds beside the people and registers that a test arranged without actions."""
    past_actions = [
        f"{seal.sealed_table} {seal.row_key} has no line" for seal in seals.unsealed() if seal.sealed_table.startswith(OF_ACTIONS)
    ]
    as_found()
    return past_actions + [finding.problem for finding in audit.verify()]


def watch_requests() -> None:
    """From now on a request of a test's client that changes a sealed row past `audit.recorded()` fails the test: a check of the chain would report
    an honest act as a forgery. Read below Django's cursor, so that no count of queries changes."""
    from django.test.client import ClientHandler

    answered = ClientHandler.get_response

    def noted() -> set[tuple[int, str, str]]:
        if connection.connection is None or connection.needs_rollback:
            return set()
        return {tuple(row) for row in connection.connection.execute("SELECT id, sealed_table, row_key FROM core_touch")}

    def get_response(self: ClientHandler, request: Any) -> Any:
        before = noted()
        response = answered(self, request)
        changed = {(table, key) for _number, table, key in noted() - before}
        if unsealed := [f"{table} {key}" for table, key in sorted(changed) if not _as_sealed(table, key)]:
            raise AssertionError(f"{request.method} {request.path} changed sealed rows past audit.recorded(): {', '.join(unsealed)}")
        return response

    ClientHandler.get_response = get_response  # type: ignore[method-assign]


def _as_sealed(table: str, key: str) -> bool:
    now = seals._rows(seals.tables()[table], [key]).get(key, "")
    return seals._digest(now) == seals._last(table, [key]).get(key, seals.GONE)
