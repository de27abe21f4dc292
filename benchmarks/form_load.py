"""The form of an application under load: 50 applicants at once, each at their own draft; the 95th percentile has to stay below 400 ms.

    python benchmarks/form_load.py [SECONDS]        60 unless told; needs locust (benchmarks/requirements.in); on DATABASE_URL, or a SQLite file in a temporary folder

Makes 50 firms with a draft each, serves the site as in production (gunicorn, two workers of four threads), runs benchmarks/locustfile.py against it and prints what it measured.
"""

import csv
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]
SECONDS = int(sys.argv[1]) if len(sys.argv) > 1 else 60
USERS, TARGET, PORT = 50, 400, 8127


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="quintet-load-") as folder:
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder}/load.sqlite3")
        os.environ.update(
            QUINTET_DEMO="1", DJANGO_SETTINGS_MODULE="quintet.config.settings", QUINTET_SESSIONS=f"{folder}/sessions", QUINTET_LOG="ERROR"
        )
        os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
        prepare(Path(folder))
        site = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{PORT}", "--workers", "2", "--threads", "4", "--no-control-socket", "--log-level", "error", "quintet.config.wsgi"], cwd=ROOT
        )  # fmt: skip
        try:
            wait()
            subprocess.run(
                [locust(), "-f", str(ROOT / "benchmarks/locustfile.py"), "--headless", "--users", str(USERS), "--spawn-rate", "5", "--run-time", f"{SECONDS}s",
                 "--host", f"http://127.0.0.1:{PORT}", "--csv", f"{folder}/load", "--only-summary", "--reset-stats", "--loglevel", "ERROR"], check=True, cwd=folder,
            )  # fmt: skip
        finally:
            site.terminate()
            site.wait()
        sys.exit(0 if judged(Path(folder) / "load_stats.csv") else 1)


def prepare(folder: Path) -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    from quintet.core import clock
    from quintet.redemption import actions

    call_command("migrate", verbosity=0)
    call_command("collectstatic", "--no-input", verbosity=0)
    from tests.redemption.applications import ON, PACK, call_for, project
    from tests.redemption.city import newly_high_tech
    from tests.redemption.claims import member

    clock.move_to(ON)
    call_for()
    with (folder / "sessions").open("w", encoding="utf-8") as file:
        for number in range(USERS):
            firm = newly_high_tech()
            by = member(firm, f"applicant{number}")
            claim = actions.start_application(
                pack=PACK, rule="transfer_grant", subject_id=project(firm, cooperation=None).pk, year=2020, by=by, on=ON
            )
            client = Client()
            client.force_login(by, backend="django.contrib.auth.backends.ModelBackend")
            file.write(f"{client.cookies[settings.SESSION_COOKIE_NAME].value} {claim.pk}\n")
    print(f"{connection.vendor}: {USERS} drafts", flush=True)


def locust() -> str:
    """The locust of this interpreter, of the benchmark's environment, or of the path."""
    places = [Path(sys.executable).with_name("locust"), ROOT / "benchmarks/.venv/bin/locust"]
    return next((str(place) for place in places if place.is_file()), "locust")


def wait() -> None:
    for _attempt in range(100):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{PORT}/healthz").read()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit("the site did not start")


def judged(stats: Path) -> bool:
    rows = list(csv.DictReader(stats.open(encoding="utf-8")))
    good = True
    for row in rows:
        worst, failed = float(row["95%"]), int(row["Failure Count"])
        good = good and failed == 0 and worst <= TARGET
        print(f"{row['Name']:16} {row['Request Count']:>6} requests, {failed} failed, median {row['50%']} ms, 95 % within {row['95%']} ms")
    print(f"at most {TARGET} ms asked: {'kept' if good else 'MISSED'}")
    return good


if __name__ == "__main__":
    main()
