"""Guards of the database taken away for a moment: what somebody with the rights of its owner can do."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from quintet.core import audit, seals, triggers


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
