"""How long 免申即享 takes for a large city: every subject evaluated, every award without application offered, with progress.

    python benchmarks/offers.py [ENTERPRISES]       100,000 unless told; on DATABASE_URL, or a SQLite file in a temporary folder

Loads a fictional city first (that takes minutes), then times the evaluation of a year and the offers of that year, each once.
"""

import io
import os
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))
ENTERPRISES = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
TARGET = 30  # seconds for the offers (issue 3)


def main() -> None:
    folder = tempfile.TemporaryDirectory(prefix="quintet-offers-")
    os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder.name}/city.sqlite3")
    os.environ.update(QUINTET_DEMO="1", QUINTET_TESTING="1", DJANGO_SETTINGS_MODULE="quintet.config.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    began = time.perf_counter()
    call_command("demo", enterprises=ENTERPRISES, if_empty=True, stdout=io.StringIO())
    print(f"{connection.vendor}: city of {ENTERPRISES:,} enterprises loaded in {time.perf_counter() - began:.0f} s", flush=True)

    from quintet.core.models import User
    from quintet.redemption import actions
    from quintet.redemption.models import Claim, EntitlementRun

    by, day, slowest = User.objects.get(username="demo-operator"), date(2021, 12, 7), 0.0
    for year in (2019, 2021):  # one that is over, and the current one, in which what is due is asked for once more as of the day
        run = EntitlementRun.objects.filter(year=year).latest("pk")
        again = EntitlementRun.objects.create(version=run.version, pack=run.pack, year=run.year, on=run.on, created_by=by)
        began = time.perf_counter()
        actions.evaluate_city(again)
        print(f"{year}: evaluation of {sum(again.subjects.values()):,} subjects: {time.perf_counter() - began:.1f} s", flush=True)
        seen: list[int] = []
        began = time.perf_counter()
        count = actions.make_offers(again, by=by, on=day, progress=lambda done, total, text, seen=seen: seen.append(done))
        offered = time.perf_counter() - began
        slowest = max(slowest, offered)
        print(
            f"{year}: offers: {count['made']:,} made, {count['there']:,} there before, {count['left']:,} left: {offered:.1f} s, progress told {len(seen)} times",
            flush=True,
        )
        began = time.perf_counter()
        repeated = actions.make_offers(again, by=by, on=day)
        print(f"{year}: the same again: {repeated['made']:,} made in {time.perf_counter() - began:.1f} s", flush=True)
        assert repeated["made"] == 0
        assert Claim.objects.filter(run=again).count() == count["made"]
    print(f"at most {TARGET} s asked: {'kept' if slowest <= TARGET else 'MISSED'}")
    sys.exit(0 if slowest <= TARGET else 1)


if __name__ == "__main__":
    main()
