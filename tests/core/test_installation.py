"""The database knows that it was made for a trial, and by which keys it was written."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.checks import run_checks
from django.db import IntegrityError, connection, transaction

from quintet.core import installation
from quintet.core.models import KeyProbe, TrialMark
from tests import processes

pytestmark = pytest.mark.django_db

KEYS = {f"QUINTET_{name}_KEY": Fernet.generate_key().decode() for name in ("SECRET", "FIELD", "LOOKUP")}


@pytest.fixture
def real(make_user: Any) -> None:
    """A city's own database: somebody has an account, nothing marks it."""
    make_user("operator")
    remove_mark()


def remove_mark() -> None:
    from quintet.core import triggers

    with connection.cursor() as cursor:
        triggers.make_room()
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE core_trialmark DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM core_trialmark")


def test_a_database_made_by_tests_is_marked_for_ever():
    assert TrialMark.objects.get().kind == "test"
    with pytest.raises(IntegrityError, match="append_only"), transaction.atomic():
        TrialMark.objects.all().delete()
    with pytest.raises(IntegrityError, match="append_only"), transaction.atomic():
        TrialMark.objects.update(kind="demo")


@pytest.mark.parametrize(("kind", "word"), [("demo", "演示"), ("test", "测试")])
def test_production_refuses_a_marked_database(kind: str, word: str, settings: Any):
    settings.PRODUCTION, settings.TESTING = True, False
    remove_mark()
    TrialMark.objects.create(pk=1, kind=kind)
    assert f"这个数据库是{word}数据库" in installation.mismatch()


def test_production_takes_a_database_without_a_mark(settings: Any, real: None):
    settings.PRODUCTION, settings.TESTING = True, False
    assert installation.mismatch() == ""


@pytest.mark.parametrize("mode", ["DEMO", "TESTING"])
def test_a_citys_own_database_is_not_opened_in_a_trial_mode(mode: str, settings: Any, real: None):
    settings.DEMO, settings.TESTING = mode == "DEMO", mode == "TESTING"
    assert f"不能在 QUINTET_{mode} 下打开" in installation.mismatch()


def test_an_empty_database_may_become_either(settings: Any):
    remove_mark()
    for production, demo in ((True, False), (False, True)):
        settings.PRODUCTION, settings.DEMO, settings.TESTING = production, demo, False
        assert installation.mismatch() == ""


def test_the_keys_of_the_probe_fit():
    assert KeyProbe.objects.count() == 1
    assert installation.wrong_keys() == []


def test_a_wrong_key_is_named(settings: Any):
    right = settings.FIELD_KEYS
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    assert installation.wrong_keys() == ["QUINTET_FIELD_KEY"]
    assert "quintet.E006" in ids()
    settings.FIELD_KEYS = [Fernet.generate_key().decode(), *right]
    assert installation.wrong_keys() == []
    settings.LOOKUP_KEY = "another key to look up with, 32+"
    assert installation.wrong_keys() == ["QUINTET_LOOKUP_KEY"]


def ids(**more: Any) -> set[str | None]:
    return {message.id for message in run_checks(tags=["security"], include_deployment_checks=True)}


def test_trial_modes_are_errors_of_a_deployment(settings: Any):
    assert "quintet.E003" in ids()
    settings.TESTING = settings.DEMO = settings.DEBUG = False
    assert "quintet.E003" not in ids()


def test_mail_without_the_sites_address_is_warned_of(settings: Any):
    settings.EMAIL_HOST, settings.SITE = "mail.example", ""
    assert {"quintet.W004"} == ids() & {"quintet.W004", "quintet.W005"}
    settings.SITE = "https://city.example"
    assert not ids() & {"quintet.W004", "quintet.W005", "quintet.W006"}
    settings.EMAIL_HOST = ""
    assert {"quintet.W005"} == ids() & {"quintet.W004", "quintet.W005"}


@pytest.mark.parametrize(("length", "told"), [(0, False), (31, True), (32, False)])
def test_a_short_token_of_the_metrics_is_refused(length: int, told: bool, settings: Any):
    settings.METRICS_TOKEN = "x" * length
    assert ("quintet.E004" in ids()) is told


@pytest.mark.django_db(transaction=True)
class TestProcesses:
    """The site, the worker and commands under production settings on a demo's database."""

    def production(self, *arguments: str, **more: str) -> Any:
        return processes.manage(*arguments, **{"QUINTET_DEMO": "", **KEYS, **more})

    @pytest.mark.parametrize(
        "command", [("db_worker", "--batch"), ("migrate",), ("audit", "verify"), ("go_on",), ("create_operator", "wang")]
    )
    def test_a_command_refuses_with_a_sentence(self, command: tuple[str, ...]):
        done = self.production(*command)
        assert done.returncode == 1
        assert "这个数据库是测试数据库" in done.stderr
        assert "Traceback" not in done.stderr

    def test_the_deployment_check_says_so(self):
        done = self.production("check", "--deploy", QUINTET_HOSTS="city.example")
        assert done.returncode == 1
        assert "quintet.E005" in done.stderr
        assert "Traceback" not in done.stderr

    def test_the_web_server_refuses_to_start_with_a_sentence(self):
        done = gunicorn("--bind", "127.0.0.1:0", **{"QUINTET_DEMO": "", **KEYS})
        assert done.returncode == 4, done.stderr
        assert "这个数据库是测试数据库" in done.stderr
        assert "Traceback" not in done.stderr

    def test_a_demos_own_commands_work_without_keys(self):
        assert "QUINTET_SECRET_KEY" not in processes.environment()
        done = processes.manage("audit", "verify")
        assert "审计链完整" in done.stdout, done.stderr


def gunicorn(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """The web server with what its unit says, until it stops."""
    unit = (processes.ROOT / "deploy/quintet-web.service").read_text()
    said = next(line for line in unit.splitlines() if line.startswith("ExecStart=")).split()[1:]
    command = [sys.executable, "-m", "gunicorn", *said[:-1], "--workers", "1", *arguments, said[-1]]
    return subprocess.run(command, env=processes.environment(**more), capture_output=True, text=True, check=False, timeout=120)


def test_importing_the_application_asks_no_database(tmp_path: Path):
    """Tools, tests and `gunicorn --preload` import it where no database is, or another's."""
    nowhere = tmp_path / "no/such/folder/quintet.sqlite3"
    script = "import quintet.config.wsgi as wsgi; print(callable(wsgi.application))"
    environment = processes.environment(DATABASE_URL=f"sqlite:///{nowhere}", QUINTET_VAR=str(tmp_path))
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("True\n", 0), done.stderr
    assert "does not answer" not in done.stderr


def test_a_server_whose_database_does_not_answer_yet_starts(tmp_path: Path):
    """PostgreSQL may start after the site: what waits is looked at on the first connection."""
    script = "import quintet.config.wsgi, quintet.config.server as server; server.post_worker_init(None)"
    environment = processes.environment(DATABASE_URL=f"sqlite:///{tmp_path}/no/such/folder/x", QUINTET_VAR=str(tmp_path))
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "the database does not answer" in done.stderr
