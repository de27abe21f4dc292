"""A guard that stands under its name and says less than it should is missed as one that is gone."""

from typing import Any

import pytest
from django.db import connection

from quintet.core import audit, triggers
from tests import guards

pytestmark = pytest.mark.django_db

LEGS = "SELECT kind, account, side, scope FROM (VALUES ('release', 'committed', -1, 'fund')) AS leg (kind, account, side, scope)"
WEAKENED: list[Any] = [
    pytest.param(
        "redemption_one_claim_a_fact",
        {
            vendor: [
                "DROP INDEX redemption_one_claim_a_fact",
                "CREATE UNIQUE INDEX redemption_one_claim_a_fact ON redemption_claim (pack, rule, awarded, instalment) WHERE state = 'paid'",
            ]
            for vendor in ("sqlite", "postgresql")
        },
        id="an index for fewer rows",
    ),
    pytest.param(
        "quintet_leg",
        {
            "sqlite": [
                "DROP VIEW quintet_leg",
                "CREATE VIEW quintet_leg AS SELECT 'release' AS kind, 'committed' AS account, -1 AS side, 'fund' AS scope",
            ],
            "postgresql": [f"CREATE OR REPLACE VIEW quintet_leg AS {LEGS}"],
        },
        id="a view with fewer rows",
    ),
    pytest.param(
        "quintet_batch_stays",
        {
            "sqlite": [
                "DROP TRIGGER quintet_batch_stays",
                "CREATE TRIGGER quintet_batch_stays BEFORE UPDATE ON redemption_paymentbatch WHEN NEW.year = 0 "
                "BEGIN SELECT RAISE(ABORT, 'quintet:redemption_batch_is_frozen'); END",
            ],
            "postgresql": [
                "CREATE OR REPLACE TRIGGER quintet_batch_stays BEFORE UPDATE ON redemption_paymentbatch FOR EACH ROW "
                "WHEN (NEW.year = 0) EXECUTE FUNCTION quintet_batch_stays()",
            ],
        },
        id="a condition before it",
    ),
]


@pytest.mark.parametrize(("name", "statements"), WEAKENED)
def test_what_was_weakened_under_its_name_is_reported(name: str, statements: dict[str, list[str]]):
    assert triggers.missing() == []
    guards.settle()
    with connection.cursor() as cursor:
        for statement in statements[connection.vendor]:
            cursor.execute(statement)
    assert triggers.missing() == [name]
    assert [finding.problem for finding in audit.verify()] == [f"数据库缺少保护：{name}"]


@pytest.mark.postgres_only
def test_so_is_a_check_that_allows_more():
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_posting DROP CONSTRAINT ledger_ceiling_not_exceeded")
        cursor.execute("ALTER TABLE ledger_posting ADD CONSTRAINT ledger_ceiling_not_exceeded CHECK (kind <> 'room' OR balance_fen >= -1)")
    assert [finding.problem for finding in audit.verify()] == ["数据库缺少保护：ledger_ceiling_not_exceeded"]


def test_histories_are_only_ever_added_to():
    """Who must keep away is read from them, too: a register that gets a history gets its guard."""
    kept = {table for table in guards.installed().values() if "_historical" in table}
    with connection.cursor() as cursor:
        assert kept == {table for table in connection.introspection.table_names(cursor) if "_historical" in table}
