"""A reading of bank results that is killed again and again ends as if nothing had happened. The full size runs in benchmarks/interrupted_batch.py."""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection

from tests import databases

ROOT = Path(__file__).parents[2]


@pytest.fixture
def empty_database(tmp_path: Path, django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a migrated database of its own: the killed process must not share a transaction with the test."""
    if connection.vendor == "sqlite":
        name = str(tmp_path / "batch.sqlite3")
        address = f"sqlite:///{name}"
    else:
        name = f"quintet_killed_{uuid.uuid4().hex[:8]}"
        address = urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        databases.copy(name)
        try:
            yield address
        finally:
            databases.drop(name)


def test_killed_again_and_again_it_ends_the_same(empty_database: str):
    wanted = ["--lines", "400", "--kills", "6", "--longest", "1"]
    environment = {**os.environ, "DATABASE_URL": empty_database, "QUINTET_TESTING": "1"}
    done = subprocess.run([sys.executable, ROOT / "benchmarks" / "interrupted_batch.py", *wanted], env=environment, capture_output=True, text=True, cwd=ROOT, check=False)  # fmt: skip
    assert "the same as undisturbed: 392 paid, 8 returned" in done.stdout, done.stdout + done.stderr
