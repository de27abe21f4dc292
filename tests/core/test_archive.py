"""A real PostgreSQL server, archived by deploy/archive-wal, brought back to a moment between two payments by deploy/restore-to-time."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import ROOT

pytestmark = pytest.mark.postgres_only

BIN = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), default=Path("/usr/bin"))


class Server:
    """A cluster of its own on a free port; as root it runs as postgres, as PostgreSQL demands."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.running = folder, ""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    def run(self, *command: str | Path) -> str:
        as_postgres = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        environment = {
            **os.environ,
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "PGHOST": str(self.folder),
            "PGPORT": str(self.port),
            "PGUSER": "quintet",
        }
        done = subprocess.run(
            [*as_postgres, *map(str, command)], env=environment, capture_output=True, text=True, check=False, cwd=self.folder
        )
        assert done.returncode == 0, done.stderr + done.stdout + "".join(path.read_text() for path in self.folder.glob("log-*"))
        return done.stdout.strip()

    def start(self, data: str) -> None:
        self.running = data
        options = f"-c listen_addresses= -p {self.port} -k {self.folder}"
        command = f'{BIN}/pg_ctl -D "{self.folder / data}" -w -l "{self.folder}/log-{data}" -o "{options}" start >/dev/null 2>&1'
        self.run("sh", "-c", command)

    def stop(self) -> None:
        if self.running:
            self.run(BIN / "pg_ctl", "-D", self.folder / self.running, "-m", "fast", "stop")
            self.running = ""

    def sql(self, question: str) -> str:
        return self.run(BIN / "psql", "--no-psqlrc", "-At", "-d", "postgres", "-c", question)


@pytest.fixture
def server() -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="quintet-archive-"))  # short: the path of a socket has 107 characters
    made = Server(folder)
    for script in ("archive-wal", "base-backup", "restore-to-time"):
        shutil.copy(ROOT / "deploy" / script, folder / script)
    (folder / "wal").mkdir()
    if os.getuid() == 0:
        owner = pwd.getpwnam("postgres")
        for path in (folder, *folder.iterdir()):
            os.chown(path, owner.pw_uid, owner.pw_gid)
    yield made
    made.stop()
    shutil.rmtree(folder)


def test_money_stands_as_it_stood_at_a_moment(server: Server):
    server.run(BIN / "initdb", "-D", server.folder / "data", "-U", "quintet", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
    example = (ROOT / "deploy/postgresql-archive.conf.example").read_text()
    here = example.replace("/opt/quintet/deploy/", f"{server.folder}/").replace("/var/lib/postgresql/quintet-wal", f"{server.folder}/wal")
    server.run("sh", "-c", f"cat >>data/postgresql.conf <<'CONF'\n{here}\nCONF")
    server.start("data")
    server.sql("CREATE TABLE payment (fen bigint)")
    server.sql("INSERT INTO payment VALUES (10000000)")
    backup = server.run(server.folder / "base-backup", server.folder / "base")
    server.sql("INSERT INTO payment VALUES (22052083)")
    moment = server.sql("SELECT now()")
    server.sql("INSERT INTO payment VALUES (99999999)")
    server.sql("SELECT pg_switch_wal()")
    server.stop()

    restore = (server.folder / "restore-to-time", backup, server.folder / "wal", server.folder / "restored", moment)
    server.run(*restore)
    server.start("restored")
    assert server.sql("SELECT fen FROM payment ORDER BY fen") == "10000000\n22052083"

    refused = subprocess.run([str(part) for part in restore], capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert "is there; name a new folder" in refused.stderr


def test_a_segment_is_never_written_over(tmp_path: Path):
    (tmp_path / "one").write_bytes(b"first")
    (tmp_path / "wal").mkdir()
    archive = [str(ROOT / "deploy/archive-wal"), str(tmp_path / "one"), "000000010000000000000001", str(tmp_path / "wal")]
    assert subprocess.run(archive, check=False).returncode == 0
    assert subprocess.run(archive, check=False).returncode == 0
    (tmp_path / "one").write_bytes(b"other")
    assert subprocess.run(archive, check=False, capture_output=True).returncode == 1
    assert [path.read_bytes() for path in (tmp_path / "wal").iterdir()] == [b"first"]


@pytest.mark.parametrize(("missing", "said"), [("base", "is no base backup"), ("wal", "is no folder of archived log")])
def test_what_is_missing_is_named(missing: str, said: str, tmp_path: Path):
    (tmp_path / "base/data").mkdir(parents=True)
    (tmp_path / "base/data/backup_label").touch()
    (tmp_path / "wal").mkdir()
    shutil.rmtree(tmp_path / missing)
    names = [str(tmp_path / name) for name in ("base", "wal", "new")]
    done = subprocess.run(
        [str(ROOT / "deploy/restore-to-time"), *names, "2026-11-26 14:05:00+08"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, said in done.stderr) == (1, True)
