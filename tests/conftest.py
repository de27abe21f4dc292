"""Fixtures for every test: people with roles, and a real browser that fails on what a visitor would not see.

Browser tests need Chromium; `./run test` installs it and says where it is in CHROMIUM.
"""

import os
import shutil
from collections.abc import Callable, Generator, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import hypothesis
import pytest
from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe


def zone_without_midnight(moment: datetime) -> str:
    """Where the tests take place: in Shanghai, or from late afternoon there until two at night in Arizona, where it is then morning.

    Rights are held in real time, by days: a day that ends while tests run would end what they rely on. Neither place changes its clocks;
    a run that begins now has seven hours left of its day.
    """
    return "Asia/Shanghai" if 2 <= moment.astimezone(ZoneInfo("Asia/Shanghai")).hour < 17 else "America/Phoenix"


os.environ.setdefault("QUINTET_TESTING", "1")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quintet.config.settings")
os.environ.setdefault("QUINTET_TEST_TIME_ZONE", zone_without_midnight(datetime.now(UTC)))
# Playwright's synchronous interface keeps an event loop in the test's thread; the ORM calls there are synchronous all the same.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

TESTS = Path(__file__).parent
PATIENCE = 60_000  # milliseconds for a page that ought to come at once: the machine may do other work meanwhile
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


# What an example costs depends on what else the machine does; how many there are does not.
hypothesis.settings.register_profile("quintet", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("quintet")


def pytest_configure() -> None:
    from quintet.core.locales import compile_changed
    from tests import guards

    compile_changed()
    _let_tests_empty_the_tables()
    guards.watch_requests()
    guards.seal_what_tests_arrange()


def _let_tests_empty_the_tables() -> None:
    """After a test with threads or a server Django empties every table, those that only ever grow among them: their guards step aside for that.

    Only tables that hold something are emptied, and what a migration writes (content types, permissions) stays: nothing has to be made anew.
    """
    from django.core.management import call_command
    from django.db import connection
    from django.test import TransactionTestCase

    from quintet.core import installation, triggers
    from tests import scenes

    operations = type(connection.ops)
    flush = operations.sql_flush
    kept = {"django_content_type", "auth_permission", "core_sealedcolumns"}

    def filled(tables: Any) -> list[str]:
        names = sorted(set(tables) - kept)
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM \"{name}\")" for name in names))
            return [row[0] for row in cursor.fetchall()]

    def sql_flush(self: Any, style: Any, tables: Any, **options: Any) -> list[str]:
        names = filled(tables)
        if connection.vendor == "postgresql":
            # A replica fires neither guards nor foreign keys, whose rows go in the same transaction.
            return ["SET LOCAL session_replication_role = replica", *(f'DELETE FROM "{name}"' for name in names)] if names else []
        guards = [
            text for text in triggers.statements() if triggers.named(text)[0] == "TRIGGER" and text.split(" ON ")[1].split()[0] in names
        ]
        found = flush(self, style, names, **options) if names else []
        return [f"DROP TRIGGER {triggers.named(text)[1]}" for text in guards] + found + guards

    def emptied(self: Any) -> None:
        for name in self._databases_names(include_mirrors=False):
            call_command(
                "flush",
                verbosity=0,
                interactive=False,
                database=name,
                reset_sequences=False,
                allow_cascade=False,
                inhibit_post_migrate=True,
            )
        installation.mark_new()  # as a migration does
        scenes.put_sequences_back()

    operations.sql_flush = sql_flush
    TransactionTestCase._fixture_teardown = emptied  # type: ignore[method-assign]


@pytest.hookimpl(tryfirst=True)  # before pytest itself looks at markers for -m
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    from django.db import connection

    if connection.vendor != "postgresql":
        elsewhere = [item for item in items if item.get_closest_marker("postgres_only")]
        config.hook.pytest_deselected(items=elsewhere)
        items[:] = [item for item in items if item not in elsewhere]
    for item in items:
        if not _asks_for_the_database(item):
            item.add_marker("engine_only")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Nothing skips quietly: what a test needs and does not find is a failure."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        report.outcome, report.longrepr = "failed", f"{item.nodeid} was skipped: {report.longrepr}"
    return report


def _asks_for_the_database(item: pytest.Item) -> bool:
    """By its marker, its fixtures, or a fixture of ours that opens the database by itself. A test that asks for none says the same on both, and runs once."""
    if any(item.get_closest_marker(name) for name in ("django_db", "postgres_only")):
        return True
    definitions: dict[str, Any] = cast(Any, item)._fixtureinfo.name2fixturedefs
    own = {
        name for fixtures in definitions.values() for one in fixtures if one.func.__module__.startswith("tests.") for name in one.argnames
    }
    return bool({"db", "transactional_db", "live_server"} & set(definitions) or {"django_db_setup", "django_db_blocker"} & own)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: Any) -> Generator[None, Any, Any]:
    """Where a test's transaction begins, nothing is written yet. A test with threads has no transaction of its own, and no scenes."""
    given = yield
    if fixturedef.argname == "_django_db_helper":
        from django.db import connection

        from tests.scenes import watch

        if connection.in_atomic_block:
            watch.begin()
    return given


def pytest_fixture_post_finalizer(fixturedef: Any) -> None:
    """Where it ends all is taken back, the scenes that it stood on too."""
    if fixturedef.argname == "_django_db_helper":
        from tests.scenes import watch

        watch.end()


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_modify_db_settings: None, django_db_blocker: Any) -> Iterator[None]:
    """The test database of this process: a copy of one that was migrated once, see databases.py."""
    from django.db import connection

    from tests import scenes
    from tests.databases import migrated

    with django_db_blocker.unblock():
        name = connection.settings_dict["TEST"].get("NAME") or f"test_{connection.settings_dict['NAME']}"
        with migrated(name):
            scenes.keep_sequences()
            yield


@pytest.fixture
def make_user(db: None) -> Callable[..., Any]:
    """make_user("officer", unit="stb") → a user who holds that role since 2019."""
    from tests.core.users import user_with

    return user_with


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    executable = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    assert executable, "browser tests need Chromium; ./run test installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_ARGS)
        yield browser
        browser.close()


class Visitor:
    """A browser window at the live site. Whatever the console complains about is a failure of the test."""

    def __init__(self, browser: Any, address: str, *, width: int, also: tuple[int, ...] = (), javascript: bool = True) -> None:
        self.address, self.width, self.also = address, width, also
        self.context = browser.new_context(
            base_url=address, locale="zh-CN", viewport={"width": width, "height": 800}, java_script_enabled=javascript
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.complaints: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, path: str) -> Any:
        self.page.goto(path)
        return self.page

    def sign_in(self, user: Any) -> None:
        from django.conf import settings
        from django.test import Client

        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        self.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie.value, "url": self.address}])

    def check(self) -> None:
        """Nothing for axe to find, nothing wider than the window, in the other widths too that this visitor looks at pages in.

        A click returns when the next page begins to arrive, so the whole page is waited for first.
        """
        self.page.wait_for_load_state("load")
        self._looked_at()
        for width in self.also:
            self.page.set_viewport_size({"width": width, "height": 800})
            self._looked_at()
        if self.also:
            self.page.set_viewport_size({"width": self.width, "height": 800})

    def _looked_at(self) -> None:
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(_axe_script())
        found = self.page.evaluate("axe.run({resultTypes: ['violations']}).then(({violations}) => ({violations}))")
        assert not found["violations"], AxeResults(found).generate_report()
        wide, window = self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert wide <= window, f"{self.page.url} is {wide} px wide in a window of {window} px"


@cache
def _axe_script() -> str:
    return Axe().axe_script


@pytest.fixture
def visit(chromium: Any, live_server: Any) -> Iterator[Callable[..., Visitor]]:
    """visit() → a Visitor at 1280 px; visit(width=390) is a phone, visit(javascript=False) goes without scripts.

    `also` are widths in which each page that is checked is looked at too, without going the whole way again.
    """
    visitors: list[Visitor] = []

    def start(width: int = 1280, also: tuple[int, ...] = (), javascript: bool = True) -> Visitor:
        visitors.append(Visitor(chromium, live_server.url, width=width, also=also, javascript=javascript))
        return visitors[-1]

    yield start
    for visitor in visitors:
        visitor.context.close()
    complaints = [complaint for visitor in visitors for complaint in visitor.complaints]
    assert not complaints, complaints
