"""One clock: every "today" of the city is `core.clock.today()`. Who else reads the machine's, and why, stands here."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.conftest import zone_without_midnight

SOURCE = Path(__file__).parents[2] / "src/quintet"
READS_THE_MACHINE = re.compile(
    r"\bdate\.today\(|\bdatetime\.(?:today|now|utcnow)\(|\blocaldate\(\s*\)|\blocaltime\(\s*\)|\bnow\(\)\.date\(|\btime\.(?:time|localtime|gmtime)\(|{%\s*now\b"
)
# file → why the machine's day is right there; each must really read it
REASONS = {
    "core/clock.py": "the clock itself: a real city's day is the machine's",
    "core/models/accounts.py": "roles are held in real time, so that a demo's day opens nothing",
    "core/management/commands/audit.py": "the audit chain tells real time",
    "web/filters.py": "roles", "web/queries.py": "roles", "web/views/accounts.py": "roles and accounts", "web/views/account.py": "roles and delegations",
    "web/management/commands/create_operator.py": "roles", "redemption/tell.py": "roles: who is told",
    "core/permissions.py": "roles: whether who proposed still holds theirs",
    "directory/staffing.py": "roles: who is an official", "web/views/system.py": "roles: whether there are people enough",
    "core/second_person.py": "roles: who is asked", "core/reliance.py": "roles: what a lent one rests on",
    "core/upkeep.py": "nights: when the machine last backed up and ran",
    "core/limits.py": "windows of limits on public forms", "api/limits.py": "windows of limits on requests",
    "redemption/views/drafting.py": "the moment at which a draft was kept, as a time of day",
    "api/auth.py": "tokens", "api/actions.py": "tokens", "api/forms.py": "tokens", "api/views.py": "tokens", "api/signing_in.py": "tokens",
    "api/management/commands/api_token.py": "tokens",
}  # fmt: skip


def readers() -> set[str]:
    """Files that ask the machine what day or time it is; `timezone.now()` alone is a moment for the record and no day."""
    return {
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*")
        if path.suffix in {".py", ".html", ".txt"} and "migrations" not in path.parts and READS_THE_MACHINE.search(path.read_text())
    }


def test_only_the_named_files_read_the_machines_day():
    assert readers() - set(REASONS) == set()


def test_no_reason_outlives_its_reader():
    assert set(REASONS) - readers() == set()


def test_a_forbidden_reading_is_recognised():
    for line in ("date.today()", "timezone.localdate()", "timezone.now().date()", "datetime.now(UTC)", "localtime()", '{% now "Y" %}'):
        assert READS_THE_MACHINE.search(line), line
    for line in ("clock.today()", "timezone.now()", "timezone.localdate(moment)", "localtime(record.last_login)"):
        assert not READS_THE_MACHINE.search(line), line


@pytest.mark.parametrize("minutes", range(0, 24 * 60, 30))
def test_no_midnight_falls_into_a_run_of_the_tests(minutes: int):
    begins = datetime(2026, 11, 27, tzinfo=UTC) + timedelta(minutes=minutes)
    place = ZoneInfo(zone_without_midnight(begins))
    assert begins.astimezone(place).date() == (begins + timedelta(hours=6, minutes=59)).astimezone(place).date()
