"""A full disk: what only reads is answered, what writes ends with a page that says so, and nothing is lost or half done.

The disk is full in two ways: a process that can write no file any more, and a PostgreSQL that says so itself (class 53).
"""

import errno
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from quintet.core import full_disk
from quintet.core.models import Attachment, Job, SignedInSession
from quintet.directory.models import ImportBatch, Organisation
from tests import processes
from tests.directory.city import organisation, organisation_row, workbook
from tests.duties import keeps_every_register

pytestmark = pytest.mark.django_db(transaction=True)

PAGES = ["/", "/search/?q=贷款", "/policies/", "/accessibility/", "/notices/", "/sign-in/", "/audit/digests/"]
OWN_PAGES = ["/work/", "/directory/organisations/", "/me/", "/city/", "/notifications/"]

Ask = Callable[..., tuple[int, str]]


@pytest.fixture
def officer_cookie(make_user: Any) -> str:
    keeps_every_register("stb")
    client = Client()
    client.force_login(make_user("officer", unit="stb"), backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session["seen_at"] = session["seen_at"] - 120  # old enough to be written anew by the next page
    session.save()
    return client.cookies["sessionid"].value


@pytest.fixture
def process(tmp_path: Path) -> Iterator[tuple[Ask, subprocess.Popen[str]]]:
    from django.conf import settings

    keys = {
        "QUINTET_SECRET_KEY": settings.SECRET_KEY,
        "QUINTET_FIELD_KEY": ",".join(settings.FIELD_KEYS),
        "QUINTET_LOOKUP_KEY": settings.LOOKUP_KEY,
    }
    environment = processes.environment(QUINTET_VAR=str(tmp_path), QUINTET_TESTING="1", QUINTET_DEMO="", **keys)
    started = subprocess.Popen(
        [sys.executable, str(processes.ROOT / "tests/full_disk_process.py")],
        env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert started.stdin is not None
    assert started.stdout is not None
    to, back = started.stdin, started.stdout

    def ask(path: str, **request: Any) -> tuple[int, str]:
        to.write(json.dumps({"path": path, **request}) + "\n")
        to.flush()
        line = back.readline()
        assert line, log_of(started)
        status, text = json.loads(line)
        return status, text

    yield ask, started
    log_of(started)


def log_of(started: subprocess.Popen[str]) -> str:
    """What it logged until it ended; a file could not take it."""
    if started.stdin is not None and not started.stdin.closed:
        started.stdin.close()
    if started.stderr is None or started.stderr.closed:
        return ""
    text = started.stderr.read()
    started.stderr.close()
    started.wait()
    return text


def test_pages_that_read_are_answered_and_writes_are_told(process: Any, officer_cookie: str):
    ask, started = process
    organisation(1)
    ask("full")
    for path in PAGES:
        assert (path, ask(path)[0]) == (path, 200)
    for path in OWN_PAGES:
        assert (path, ask(path, cookie=officer_cookie)[0]) == (path, 200)

    status, text = ask("/healthz")
    assert (status, text) == ((503, "failing\n") if connection.vendor == "sqlite" else (200, text))

    if connection.vendor == "sqlite":
        status, text = ask("/notifications/read/", cookie=officer_cookie, post={})
        assert status in (302, 507)
        status, text = ask("/sign-in/", post={"username": "user1", "password": "a long password"})
        assert status == 507
        assert "服务器的存储空间已满，这次提交没有保存" in text
    assert "Traceback" not in log_of(started)


def test_an_upload_that_finds_no_room_is_told_and_leaves_nothing(process: Any, officer_cookie: str):
    ask, started = process
    ask("full")
    content = workbook_bytes()
    status, text = ask("/directory/organisations/import/", cookie=officer_cookie, post={"file": content.hex()})
    assert status == 507, log_of(started)
    assert "已有的数据没有改变" in text
    assert (ImportBatch.objects.count(), Job.objects.count(), Attachment.objects.count(), Organisation.objects.count()) == (0, 0, 0, 0)
    log = log_of(started)
    assert "nothing can be written" in log
    assert "Traceback" not in log


def workbook_bytes() -> bytes:
    from quintet.directory.sheets import ORGANISATIONS

    file = workbook(ORGANISATIONS, [organisation_row(1)])
    file.seek(0)
    return bytes(file.read())


@pytest.mark.postgres_only
def test_a_postgresql_without_room_is_met_the_same(officer_cookie: str):
    client = Client(raise_request_exception=False)
    client.cookies["sessionid"] = officer_cookie
    with postgresql_is_full():
        stranger = Client(raise_request_exception=False)
        for asked, paths in ((stranger, PAGES), (client, OWN_PAGES)):
            for path in paths:
                assert (path, asked.get(path).status_code) == (path, 200)
        answer = stranger.post("/sign-in/", {"username": "user1", "password": "a long password"})
        assert answer.status_code == 507
        answer = client.get("/healthz")
        assert (answer.status_code, answer.content) == (503, b"failing\n")
        answer = client.get("/api/v1/packs")
        assert answer.status_code == 200
    assert SignedInSession.objects.count() == 1
    assert client.get("/healthz").status_code == 200


class postgresql_is_full:
    """Every write says what PostgreSQL says when it cannot extend a file."""

    def __enter__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                "RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$"
            )
            self.tables = connection.introspection.table_names(cursor)
            for table in self.tables:
                cursor.execute(
                    f'CREATE TRIGGER a_full_disk BEFORE INSERT OR UPDATE OR DELETE ON "{table}" FOR EACH STATEMENT EXECUTE FUNCTION full_disk()'
                )

    def __exit__(self, *_: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION full_disk() CASCADE")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS])
def test_errors_of_files_that_mean_it(number: int):
    assert full_disk.is_full(OSError(number, "no room"))


@pytest.mark.parametrize("error", [None, OSError(errno.ENOENT, "no file"), ValueError("x"), OperationalError("database is locked")])
def test_errors_that_do_not(error: BaseException | None):
    assert not full_disk.is_full(error)


def test_what_came_from_it_is_found_and_a_circle_ends():
    outer, inner = ValueError("outer"), OSError(errno.ENOSPC, "no room")
    outer.__context__ = inner
    assert full_disk.is_full(outer)
    circle = ValueError("a")
    other = ValueError("b")
    circle.__context__, other.__context__ = other, circle
    assert not full_disk.is_full(circle)
