"""What deploy/ promises: a backup can be restored, nothing is overwritten, and wrong keys are named before the site starts."""

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.core.checks import run_checks
from django.db import connection

from quintet.core.models import User

ROOT = Path(__file__).parents[2]


def run(script: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("QUINTET_", "DATABASE_"))}
    command = [str(ROOT / "deploy" / script), str(folder)]
    return subprocess.run(command, env=kept | environment, capture_output=True, text=True, check=False)


@pytest.fixture
def var(tmp_path: Path) -> Path:
    """A site's folder with one uploaded file, and an empty one beside it."""
    for name in ("site", "empty"):
        (tmp_path / name).mkdir()
    (tmp_path / "site/files/evidence").mkdir(parents=True)
    (tmp_path / "site/files/evidence/证书.pdf").write_bytes(b"%PDF")
    return tmp_path


def restored_file(var: Path) -> bytes:
    return (var / "empty/files/evidence/证书.pdf").read_bytes()


@pytest.fixture
def small_database(var: Path) -> sqlite3.Connection:
    """In use, with its newest row still in the write-ahead log: a plain copy of the file would miss it."""
    database = sqlite3.connect(var / "site/quintet.sqlite3")
    database.executescript("PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; CREATE TABLE award (fen INTEGER);")
    database.execute("INSERT INTO award VALUES (22052083)")
    database.commit()
    return database


@pytest.mark.skipif(Path(sys.executable) != ROOT / ".venv/bin/python", reason="the scripts use the checkout's own Python")
class TestSqlite:
    def test_a_backup_can_be_restored(self, var: Path, small_database: sqlite3.Connection):
        done = run("backup", var / "backups", QUINTET_VAR=str(var / "site"))
        assert done.returncode == 0, done.stderr
        folder = Path(done.stdout.strip())
        assert sorted(path.name for path in folder.iterdir()) == ["SHA256SUMS", "files.tar.gz", "quintet.sqlite3"]
        assert {path.stat().st_mode & 0o077 for path in [folder, *folder.iterdir()]} == {0}

        back = run("restore", folder, QUINTET_VAR=str(var / "empty"))
        assert back.returncode == 0, back.stderr
        assert sqlite3.connect(var / "empty/quintet.sqlite3").execute("SELECT fen FROM award").fetchall() == [(22052083,)]
        assert restored_file(var) == b"%PDF"

    def test_a_site_that_is_in_use_is_not_overwritten(self, var: Path, small_database: sqlite3.Connection):
        folder = Path(run("backup", var / "backups", QUINTET_VAR=str(var / "site")).stdout.strip())
        refused = run("restore", folder, QUINTET_VAR=str(var / "site"))
        assert refused.returncode == 1
        assert "is not empty; move it aside first" in refused.stderr
        shutil.rmtree(var / "site/files")
        refused = run("restore", folder, QUINTET_VAR=str(var / "site"))
        assert "is there; move it aside first" in refused.stderr

    def test_a_backup_that_was_changed_is_refused(self, var: Path, small_database: sqlite3.Connection):
        folder = Path(run("backup", var / "backups", QUINTET_VAR=str(var / "site")).stdout.strip())
        with (folder / "quintet.sqlite3").open("ab") as copy:
            copy.write(b"x")
        refused = run("restore", folder, QUINTET_VAR=str(var / "empty"))
        assert "not whole or was changed" in refused.stderr
        assert list((var / "empty").iterdir()) == []

    def test_a_backup_of_nothing_fails_and_leaves_no_database(self, var: Path):
        failed = run("backup", var / "backups", QUINTET_VAR=str(var / "empty"))
        assert failed.returncode != 0
        assert list((var / "backups").rglob("quintet.*")) == []
        assert not (var / "empty/quintet.sqlite3").exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres_only
def test_a_backup_of_postgresql_can_be_restored(var: Path, make_user: Any):
    make_user("operator", name="wang")
    there = address(connection.settings_dict["NAME"])
    done = run("backup", var / "backups", QUINTET_VAR=str(var / "site"), DATABASE_URL=there)
    assert done.returncode == 0, done.stderr
    folder = done.stdout.strip()
    refused = run("restore", Path(folder), QUINTET_VAR=str(var / "empty"), DATABASE_URL=there)
    assert "create an empty one" in refused.stderr

    name = f"quintet_restored_{os.getpid()}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
        try:
            back = run("restore", Path(folder), QUINTET_VAR=str(var / "empty"), DATABASE_URL=address(name))
            assert back.returncode == 0, back.stderr
            asked = subprocess.run(
                ["psql", "--no-psqlrc", "-At", "-c", "SELECT username FROM core_user", address(name)],
                capture_output=True,
                text=True,
                check=True,
            )
            assert asked.stdout.split() == list(User.objects.values_list("username", flat=True))
            assert restored_file(var) == b"%PDF"
        finally:
            cursor.execute(f"DROP DATABASE {name}")


def address(name: str) -> str:
    known = connection.settings_dict
    password = f":{quote(known['PASSWORD'])}" if known["PASSWORD"] else ""
    return f"postgres://{known['USER']}{password}@{known['HOST']}:{known['PORT']}/{name}"


def ids(**kwargs: Any) -> set[str | None]:
    return {message.id for message in run_checks(tags=["security"], **kwargs)} & {f"quintet.{n}" for n in ("E001", "E002", "W001", "W002")}


def test_the_keys_of_a_demo_pass():
    assert ids() == set()


def test_keys_that_cannot_serve_are_named(settings: Any):
    settings.SECRET_KEY = "short"
    settings.FIELD_KEYS = ["c" * 64]
    assert ids() == {"quintet.E001", "quintet.E002"}


def test_one_key_for_everything_is_warned_of(settings: Any):
    settings.LOOKUP_KEY = settings.SECRET_KEY = settings.FIELD_KEYS[0]
    assert ids() == {"quintet.W001"}


def test_sqlite_in_production_is_warned_of():
    assert ("quintet.W002" in ids(include_deployment_checks=True)) == (connection.vendor == "sqlite")


@pytest.mark.parametrize("script", ["backup", "daily", "restore", "sqlite-file", "upgrade"])
def test_a_script_is_shell_that_can_be_run(script: str):
    assert os.access(ROOT / "deploy" / script, os.X_OK)
    subprocess.run(["sh", "-n", ROOT / "deploy" / script], check=True)


def test_units_and_timer_name_what_is_there():
    deploy = ROOT / "deploy"
    for unit in [*deploy.glob("*.service")]:
        command = (
            next(line for line in unit.read_text().splitlines() if line.startswith("ExecStart=")).removeprefix("ExecStart=").split()[0]
        )
        path = ROOT / command.removeprefix("/opt/quintet/")
        assert path.parent == ROOT / ".venv/bin" or (path.exists() and os.access(path, os.X_OK))
    assert {path.stem for path in deploy.glob("*.timer")} <= {path.stem for path in deploy.glob("*.service")}
