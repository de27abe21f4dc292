"""Each trigger of the database refuses what it is for, and nothing else refuses it."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import override_settings

from quintet.core import triggers
from quintet.redemption.states import MOVES, State
from tests import guards
from tests.architecture.money_world import World, arranged
from tests.architecture.probes import Probe, new_claim, probes

PROBES = probes()


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Arranged once; each probe leaves it as it was."""
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("kept")), transaction.atomic():
        yield arranged()
        transaction.set_rollback(True)


def run(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(text)


def foreign_keys_of(table: str) -> list[tuple[str, str]]:
    """(table, constraint) of what points at this one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE confrelid = %s::regclass AND contype = 'f'", [table]
        )
        return list(cursor.fetchall())


def ready(probe: Probe, world: World, statement: str) -> None:
    """Everything before the statement itself."""
    guards.settle()
    if statement.startswith("TRUNCATE"):
        for table, name in foreign_keys_of(statement.split()[1]):
            run(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    if connection.vendor == "postgresql":
        run("SET CONSTRAINTS ALL DEFERRED")
    if probe.before:
        run(probe.before(world))


@pytest.mark.parametrize("probe", PROBES, ids=str)
def test_a_guard_refuses_and_is_the_one_that_does(probe: Probe, world: World):
    statement = probe.statement(world)
    with transaction.atomic():
        ready(probe, world, statement)
        with pytest.raises(IntegrityError, match=f"quintet:{probe.word}"), transaction.atomic():
            run(statement)
        transaction.set_rollback(True)
    with transaction.atomic():
        guards.drop(f"quintet_{probe.trigger}")
        ready(probe, world, statement)
        run(statement)
        transaction.set_rollback(True)


def test_every_guard_of_the_database_is_probed(world: World):
    """Those that only note a change refuse nothing (test_seals)."""
    refusing = {name for name in guards.installed() if not name.startswith("quintet_touched_")}
    assert {f"quintet_{probe.trigger}" for probe in PROBES} == refusing


def test_what_is_installed_is_what_stands_in_the_database(world: World):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        assert {name for (name,) in cursor.fetchall()} == set(guards.installed())


def refused(statement: str) -> str:
    """The word with which the database refuses it; empty where it passes."""
    try:
        with transaction.atomic():
            run(statement)
            transaction.set_rollback(True)
    except IntegrityError as error:
        return triggers.refused_by(error)
    return ""


def test_a_claim_goes_from_state_to_state_as_the_moves_say(world: World):
    """Every pair of states; the other guards of the table step aside, some forbid more."""
    allowed = {(before, later) for (before, _event), later in MOVES.items()} | {(state, state) for state in State}
    of_claims = [name for name, table in guards.installed().items() if table == "redemption_claim"]
    with transaction.atomic():
        guards.drop(*(name for name in of_claims if name != "quintet_claim_moves"))
        for state in State:
            run(new_claim(world, state=f"'{state.value}'").replace("'another'", f"'{state.value}'"))
        words = {
            (before, later): refused(f"UPDATE redemption_claim SET state = '{later.value}' WHERE awarded = '{before.value}'")
            for before in State
            for later in State
        }
        transaction.set_rollback(True)
    assert words == {pair: "" if pair in allowed else "redemption_claim_moves" for pair in words}
