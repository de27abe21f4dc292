"""Server time and queries of the officers' lists on the database at DATABASE_URL, such as a demo city of 100,000 enterprises.

DATABASE_URL=sqlite:////tmp/large.sqlite3 ./run manage migrate
DATABASE_URL=sqlite:////tmp/large.sqlite3 ./run manage demo --enterprises 100000
DATABASE_URL=sqlite:////tmp/large.sqlite3 .venv/bin/python benchmarks/city.py
"""

import os
import time

os.environ.setdefault("QUINTET_TESTING", "1")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quintet.config.settings")

import django

django.setup()  # the imports below need it


from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from quintet.core.models import User  # noqa: E402
from quintet.directory.models import Organisation  # noqa: E402

PAGES = (
    "/city/?year=2020",
    "/city/?year=2020&clause=T6",
    "/city/entitlements/?year=2020",
    "/city/entitlements/?year=2020&page=200",
    "/city/entitlements/?year=2020&q=材料",
    "/directory/organisations/",
)


def main() -> None:
    client = Client()
    client.force_login(User.objects.get(username="demo-officer"), backend="django.contrib.auth.backends.ModelBackend")
    print(f"{Organisation.objects.filter(kind='enterprise').count():,} enterprises\n\n| page | queries | best of 5, ms |\n|---|---:|---:|")
    for page in PAGES:
        taken = []
        for _ in range(5):
            with CaptureQueriesContext(connection) as queries:
                start = time.perf_counter()
                answer = client.get(page, headers={"host": "localhost"})
                taken.append(time.perf_counter() - start)
            assert answer.status_code == 200, page
        print(f"| `{page}` | {len(queries)} | {min(taken) * 1000:.0f} |")


if __name__ == "__main__":
    main()
