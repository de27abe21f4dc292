"""Processes of their own that speak to the database of a test with threads (`transaction=True`)."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

from django.db import connection

ROOT = Path(__file__).parents[1]


def database_url(name: str = "") -> str:
    """The address of the test's database, or of another on the same server."""
    known = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{name or known['NAME']}"
    password = f":{quote(known['PASSWORD'])}" if known["PASSWORD"] else ""
    return f"postgres://{known['USER']}{password}@{known['HOST']}:{known['PORT']}/{name or known['NAME']}"


def environment(**more: str) -> dict[str, str]:
    """A demo's settings, whose jobs are queued, on the test's database."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("QUINTET_", "DATABASE_"))}
    return kept | {"QUINTET_DEMO": "1", "DATABASE_URL": database_url(), "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"} | more


def manage(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    return subprocess.run(command, env=environment(**more), capture_output=True, text=True, check=False, cwd=ROOT)


def start(*arguments: str, **more: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    return subprocess.Popen(
        command, env=environment(**more), text=True, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
