"""What deploy/ promises: a backup can be restored, nothing is overwritten, and wrong keys are named before the site starts."""

import hashlib
import logging
import os
import pwd
import re
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.core.checks import run_checks
from django.db import connection
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone
from gunicorn.config import Config

from quintet.config import logs
from quintet.core import upkeep
from quintet.core.models import User
from tests.architecture.test_access import patterns

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


@pytest.mark.django_db
def test_sqlite_in_production_is_warned_of():
    assert ("quintet.W002" in ids(include_deployment_checks=True)) == (connection.vendor == "sqlite")


@pytest.mark.parametrize("script", sorted(path.name for path in (ROOT / "deploy").iterdir() if path.read_bytes().startswith(b"#!")))
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


def units() -> dict[str, str]:
    return {path.name: path.read_text() for path in (ROOT / "deploy").glob("*.service")}


def test_every_unit_has_a_limit_of_memory_and_tells_when_it_fails():
    for name, text in units().items():
        assert "MemoryMax=" in text, name
        assert ("OnFailure=quintet-failed@%n.service" in text) == (name != "quintet-failed@.service"), name


def test_the_timer_goes_by_the_citys_zone():
    assert "OnCalendar=*-*-* 02:30:00 Asia/Shanghai\n" in (ROOT / "deploy/quintet-daily.timer").read_text()


def test_systemd_takes_the_units(tmp_path: Path):
    """With the paths of this machine: systemd looks whether the programs are there."""
    verify = shutil.which("systemd-analyze")
    if verify is None:  # what it would look at first is looked at above
        assert all("[Service]" in text and "ExecStart=" in text for text in units().values())
        return
    (tmp_path / "quintet.env").touch()
    for path in [*(ROOT / "deploy").glob("*.service"), *(ROOT / "deploy").glob("*.timer")]:
        text = (
            path.read_text().replace("/opt/quintet/.venv/bin/gunicorn", "/bin/true").replace("/opt/quintet/.venv/bin/python", "/bin/true")
        )
        text = text.replace("/opt/quintet", str(ROOT)).replace("/etc/quintet/quintet.env", str(tmp_path / "quintet.env"))
        (tmp_path / path.name).write_text(text)
    names = [
        str(tmp_path / name) for name in ("quintet-web.service", "quintet-worker.service", "quintet-daily.service", "quintet-daily.timer")
    ]
    done = subprocess.run([verify, "verify", "--man=no", *names], capture_output=True, text=True, check=False)
    complaints = [line for line in done.stderr.splitlines() if "quintet" in line]
    assert complaints == []


def test_the_night_does_every_step_whatever_became_of_the_others(tmp_path: Path):
    home = tmp_path / "home"
    (home / "deploy").mkdir(parents=True)
    (home / ".venv/bin").mkdir(parents=True)
    shutil.copy(ROOT / "deploy/daily", home / "deploy/daily")
    python = home / ".venv/bin/python"
    python.write_text('#!/bin/sh\necho "$3" >>steps\n[ "$3" != backup ] && [ "$3" != verify ]\n')
    python.chmod(0o755)
    done = subprocess.run([home / "deploy/daily", tmp_path], capture_output=True, text=True, check=False)
    assert (home / "steps").read_text().split() == [step.value for step in upkeep.NIGHT]
    assert done.returncode == 1
    assert done.stderr == "daily: failed: backup verify\n"


@pytest.mark.django_db
def test_a_backup_of_the_night_is_kept_for_thirty_days(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any):
    (tmp_path / "deploy").mkdir()
    script = tmp_path / "deploy/backup"
    script.write_text('#!/bin/sh\nmkdir -p "$1/20991231T000000Z" && echo "$1/20991231T000000Z"\n')
    script.chmod(0o755)
    settings.BASE_DIR = tmp_path
    backups = tmp_path / "backups"
    day = timezone.now() - timedelta(days=30)
    names = {text: (day + delta).strftime("%Y%m%dT%H%M%SZ") for text, delta in (("old", -timedelta(hours=1)), ("kept", timedelta(hours=1)))}
    for name in (*names.values(), "2019-my-own"):
        (backups / name).mkdir(parents=True)
    row = upkeep.carried_out(upkeep.Step.BACKUP, backups=backups)
    assert (row.ok, row.note) == (True, str(backups / "20991231T000000Z"))
    assert sorted(path.name for path in backups.iterdir()) == sorted([names["kept"], "2019-my-own", "20991231T000000Z"])

    script.write_text("#!/bin/sh\necho no room >&2\nexit 1\n")
    (backups / names["old"]).mkdir()
    row = upkeep.carried_out(upkeep.Step.BACKUP, backups=backups)
    assert (row.ok, row.note) == (False, "no room")
    assert (backups / names["old"]).is_dir()


class TestUpgrade:
    """What would stop an upgrade half-way is told before anything is stopped."""

    @pytest.fixture
    def checkout(self, tmp_path: Path) -> Path:
        home = tmp_path / "opt"
        (home / "packs/shipped").mkdir(parents=True)
        (home / "packs/shipped/pack.yaml").write_text("pack: shipped\n")
        (home / "deploy").mkdir()
        shutil.copy(ROOT / "deploy/upgrade", home / "deploy/upgrade")
        git = ["git", "-C", str(home), "-c", "user.name=x", "-c", "user.email=x@example", "-c", "commit.gpgsign=false"]
        subprocess.run([*git, "init", "-q", "-b", "main"], check=True)
        subprocess.run([*git, "add", "-A"], check=True)
        subprocess.run([*git, "commit", "-qm", "one"], check=True)
        subprocess.run([*git, "tag", "old"], check=True)
        (home / "packs/new").mkdir()
        (home / "packs/new/pack.yaml").write_text("pack: new\n")
        subprocess.run([*git, "add", "-A"], check=True)
        subprocess.run([*git, "commit", "-qm", "two"], check=True)
        subprocess.run([*git, "tag", "new"], check=True)
        subprocess.run([*git, "checkout", "-q", "--detach", "old"], check=True)
        return home

    def looked(self, home: Path) -> subprocess.CompletedProcess[str]:
        look = (home / "deploy/upgrade").read_text().split("look_before() {", 1)[1].split("\n}\n", 1)[0]
        return subprocess.run(
            ["sh", "-euc", f'cd "$0"; look_before() {{{look}\n}}; look_before new; echo goes on', home],
            capture_output=True,
            text=True,
            check=False,
        )

    def test_an_untouched_checkout_goes_on(self, checkout: Path):
        assert self.looked(checkout).stdout == "goes on\n"

    def test_a_shipped_pack_that_was_changed_is_told_with_the_way_out(self, checkout: Path):
        (checkout / "packs/shipped/pack.yaml").write_text("pack: changed\n")
        done = self.looked(checkout)
        assert (done.returncode, done.stdout) == (1, "")
        assert "Nothing was stopped" in done.stderr
        assert "cp -R packs/shipped /etc/quintet/packs/my-shipped" in done.stderr

    def test_an_own_pack_in_the_way_is_told(self, checkout: Path):
        (checkout / "packs/new").mkdir()
        (checkout / "packs/new/pack.yaml").write_text("pack: mine\n")
        assert "one of your own has this name" in self.looked(checkout).stderr

    def test_an_own_pack_that_is_in_nobodys_way_goes_on(self, checkout: Path):
        (checkout / "packs/mine").mkdir()
        (checkout / "packs/mine/pack.yaml").write_text("pack: mine\n")
        assert self.looked(checkout).stdout == "goes on\n"

    def test_it_is_looked_at_before_anything_is_stopped(self):
        text = (ROOT / "deploy/upgrade").read_text()
        assert text.index('look_before "$1"') < text.index("systemctl stop")


def secret_addresses() -> set[str]:
    """Addresses of the site one part of which opens something by itself."""
    secret = set()
    for name, _view in patterns(get_resolver()):
        for address in get_resolver_addresses(name):
            if re.search(r"%\((?:token|uidb64)\)s", address):
                secret.add("/" + re.sub(r"%\((\w+)\)s", r"\1-secret", address))
    return secret


def get_resolver_addresses(name: str) -> list[str]:
    space, _colon, last = name.rpartition(":")
    resolver = get_resolver()
    prefix = ""
    for part in filter(None, space.split(":")):
        more, resolver = resolver.namespace_dict[part]
        prefix += more
    return [prefix + address for possibility in resolver.reverse_dict.getlist(last) for address, _names in possibility[0]]


def test_no_log_holds_an_address_that_opens_something():
    addresses = secret_addresses()
    assert {"/check/token-secret/", "/evaluations/token-secret/pdf/", "/set-password/uidb64-secret/token-secret/"} <= addresses
    for address in addresses:
        assert "secret" not in logs.without_secrets(f"Not Found: {address}?x=1"), address
    in_nginx = re.search(r"\^\(\?<kept>/\(\?:([^)]*)\)/\)", (ROOT / "deploy/nginx.conf.example").read_text())
    assert in_nginx is not None
    assert tuple(in_nginx[1].split("|")) == logs.SECRET_PARTS


def test_other_addresses_are_logged_as_they_are():
    for line in ("Not Found: /policies/panjin-2019-29/", "GET /checks/abc", "/directory/organisations/12/"):
        assert logs.without_secrets(line) == line


def test_the_lines_of_gunicorn_hold_neither_secret_nor_query():
    class Answer:
        status, headers, sent, response_length = "200 OK", (), 10, 10

    class Question:
        headers = (("REFERER", "https://city.example/set-password/MQ/abc/"),)

    environ = {
        "REQUEST_METHOD": "GET",
        "RAW_URI": "/set-password/MQ/abc/?as=wang",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
    }
    atoms = logs.Logger(Config()).atoms(Answer(), Question(), environ, timedelta(seconds=1))
    assert (atoms["r"], atoms["U"], atoms["q"], atoms["f"]) == ("GET /set-password/-", "/set-password/-", "", "-")


def test_the_sites_own_lines_go_through_the_filter(capfd: pytest.CaptureFixture[str]):
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler) and handler.__class__ is logging.StreamHandler:
            record = logging.LogRecord("django.request", logging.WARNING, "", 0, "Not Found: %s", ("/check/abcdef/",), None)
            assert handler.filter(record)
            assert record.getMessage() == "Not Found: /check/-"
            return
    raise AssertionError("the site logs to no stream")


def test_a_foreign_host_leaves_no_line(settings: Any, capfd: pytest.CaptureFixture[str]):
    settings.ALLOWED_HOSTS = ["city.example"]
    assert Client().get("/", headers={"host": "evil.example"}).status_code == 400
    assert "evil.example" not in capfd.readouterr().err
    assert logging.getLogger("django.security.DisallowedHost").propagate is False


@pytest.mark.parametrize("demo", [False, True])
def test_a_foreign_host_is_answered_in_a_demo_as_well_and_prints_nothing_as_it_is_run(demo: bool):
    """In a process of its own: pytest listens to loggers, so that a test sees no line of last resort."""
    asked = (
        "import django; django.setup(); from django.conf import settings; settings.ALLOWED_HOSTS = ['city.example']; "
        f"settings.DEMO = {demo}; from django.test import Client; "
        "print(Client(raise_request_exception=False).get('/', headers={'host': 'evil.example'}).status_code)"
    )
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "quintet.config.settings", "QUINTET_TESTING": "1"}
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, env=environment, check=False)
    assert (done.stdout.strip(), "evil.example" in done.stderr, "Traceback" in done.stderr) == ("400", False, False)


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", "/policies/", "/healthz", "/api/v1/packs", "/api/v1/organisations"])
def test_head_is_answered_like_get_and_logs_nothing(address: str, caplog: pytest.LogCaptureFixture):
    answer = Client().head(address)
    assert (answer.status_code, answer.content) == (200, b"")
    assert [record for record in caplog.records if record.name == "django.request"] == []


class TestSetUp:
    """./run in a copy of the checkout, with a lock file of one wheel that is made here: nothing is asked of any network."""

    @pytest.fixture
    def copy(self, tmp_path: Path) -> Path:
        for name in ("run", "manage.py", "requirements-setup.lock"):
            shutil.copy(ROOT / name, tmp_path / name)
        (tmp_path / "src").mkdir()
        wheels = tmp_path / "wheels"
        wheels.mkdir()
        wheel = wheels / "tried-1.0-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr("tried.py", "WORD = 'from the wheelhouse'\n")
            archive.writestr("tried-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tried\nVersion: 1.0\n")
            archive.writestr("tried-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            archive.writestr("tried-1.0.dist-info/RECORD", "")
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        (tmp_path / "requirements.lock").write_text(f"tried==1.0 --hash=sha256:{digest}\n")
        (tmp_path / "requirements-dev.lock").write_text("")
        return tmp_path

    def ran(self, copy: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("QUINTET_", "DATABASE_", "PIP_", "UV_"))}
        nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0", "PIP_NO_CACHE_DIR": "1", "PYTHON": sys.executable}
        return subprocess.run([copy / "run", *arguments], env=kept | nowhere | more, capture_output=True, text=True, check=False)

    def test_without_a_network_from_a_wheelhouse(self, copy: Path):
        (copy / "src/quintet").mkdir()
        (copy / "src/quintet/__init__.py").touch()
        (copy / "src/quintet/cli.py").write_text("def main():\n    import tried\n    print(tried.WORD)\n")
        done = self.ran(copy, "quintet", QUINTET_WHEELHOUSE=str(copy / "wheels"))
        assert done.stdout == "from the wheelhouse\n", done.stderr

    def test_a_wheel_that_was_changed_is_refused(self, copy: Path):
        with (copy / "wheels/tried-1.0-py3-none-any.whl").open("ab") as wheel:
            wheel.write(b"x")
        done = self.ran(copy, "quintet", QUINTET_WHEELHOUSE=str(copy / "wheels"))
        assert done.returncode == 1
        assert "could not install requirements.lock from" in done.stderr

    def test_a_wheelhouse_that_is_not_there_is_named(self, copy: Path):
        done = self.ran(copy, "quintet", QUINTET_WHEELHOUSE=str(copy / "nowhere"))
        assert "is no folder; make it with ./run wheelhouse" in done.stderr

    def test_uv_is_pinned_with_its_hashes(self):
        text = (ROOT / "requirements-setup.lock").read_text()
        assert re.match(r"uv==[\d.]+ \\\n    --hash=sha256:", text)

    def test_on_a_server_commands_run_with_its_settings(self, copy: Path):
        (copy / "src/quintet").mkdir()
        (copy / "src/quintet/__init__.py").touch()
        (copy / "src/quintet/cli.py").write_text(
            "import getpass, os\ndef main():\n    print(os.environ['QUINTET_CITY'], getpass.getuser())\n"
        )
        file = copy / "quintet.env"
        file.write_text("QUINTET_SECRET_KEY=abc\nQUINTET_CITY='示例 市'\n")
        who = pwd.getpwuid(os.getuid()).pw_name
        done = self.ran(copy, "quintet", QUINTET_WHEELHOUSE=str(copy / "wheels"), QUINTET_ENV=str(file), QUINTET_USER=who)
        assert done.stdout == f"示例 市 {who}\n", done.stderr
        done = self.ran(copy, "quintet", QUINTET_ENV=str(file), QUINTET_USER=who, QUINTET_SECRET_KEY="set", QUINTET_CITY="already")
        assert done.stdout == f"already {who}\n"
