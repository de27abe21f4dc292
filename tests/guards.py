"""Guards of the database taken away for a moment: what somebody with the rights of its owner can do."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from quintet.core import audit, triggers


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


def as_found() -> None:
    """What a test arranged without actions is sealed as it is."""
    audit.seal_as_found(by=None, why="arranged by a test")


def problems() -> list[str]:
    """What a check of the chain finds beside what a test arranged without actions."""
    as_found()
    return [finding.problem for finding in audit.verify()]
