"""Server time and number of queries of the officer's pages with a million claims.

    python benchmarks/many_claims.py [CLAIMS]       1,000,000 unless told; on DATABASE_URL, or a SQLite file in a temporary folder

Writes claims straight into the table (states, departments, clauses, years and days spread as a city's are), then asks each page five times and
prints the middle one. A page over 300 ms, or one that asks more queries than with a tenth of the claims, fails.
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]
CLAIMS = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
TARGET = 300  # ms (issue 3)
TIMES = 5
PAGES = [
    "/desk/", "/desk/?tab=decision", "/desk/?tab=proposed&page=20", "/desk/?tab=committed&clause=T6", "/desk/?tab=form_check&due=over", "/desk/?tab=form_check&q=示例企业012345",
    "/claims/", "/claims/?page=19000", "/claims/?state=paid", "/claims/?state=handled&sort=due", "/claims/?sort=amount", "/claims/?clause=T17&year=2020", "/claims/?division=211104&state=granted",
    "/claims/?unit=stb&due=over", "/claims/?q=示例企业054321", "/claims/?q=2020-T6-000777", "/my/claims/", "/my/claims/?show=todo",
]  # fmt: skip
STATES = (
    ["paid"] * 70
    + ["refused"] * 8
    + ["lapsed"] * 6
    + ["handled"] * 6
    + ["proposed"] * 2
    + ["granted"] * 2
    + ["public"] * 2
    + ["committed"] * 3
    + ["ordered"]
)
STEPS = {"handled": ["form_check", "department_review", "decision"], "proposed": ["decision"], "granted": ["public_notice"], "public": ["public_notice"], "committed": ["payment"], "ordered": ["payment"], "paid": ["appraisal"]}  # fmt: skip
RULES = [
    ("high_tech_award", "T6", "stb"),
    ("founder_subsidy", "T17", "party_organisation"),
    ("loan_interest_subsidy", "T13", "financial_development"),
    ("national_rd_award", "T3", "drc"),
]


def main() -> None:
    folder = tempfile.TemporaryDirectory(prefix="quintet-claims-")
    os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder.name}/claims.sqlite3")
    os.environ.update(QUINTET_DEMO="1", QUINTET_TESTING="1", DJANGO_SETTINGS_MODULE="quintet.config.settings", QUINTET_LOG="ERROR")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    from tests.redemption.claims import member, offered, officer

    claim, by = offered(), officer()
    applicant = member(claim.organisation)
    small = CLAIMS // 10
    fill(claim, small)
    few = {page: queries(page, applicant if page.startswith("/my/") else by) for page in PAGES}
    fill(claim, CLAIMS - small)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    print(f"{connection.vendor}: {CLAIMS:,} claims")
    failed = []
    for page in PAGES:
        user = applicant if page.startswith("/my/") else by
        asked = queries(page, user)
        took = statistics.median(milliseconds(page, user) for _time in range(TIMES))
        bad = (
            ""
            if took <= TARGET and asked <= few[page]
            else "  <-- too slow"
            if took > TARGET
            else f"  <-- {few[page]} with a tenth of the claims"
        )
        failed += [page] if bad else []
        print(f"{took:7.0f} ms {asked:3d} queries  {page}{bad}", flush=True)
    sys.exit(1 if failed else 0)


def fill(claim: object, number: int) -> None:
    """Copies of a claim, spread over states, departments, clauses, divisions, years, days and amounts; each for a fact of its own."""
    from django.db import connection

    from quintet.directory.divisions import DIVISIONS
    from quintet.directory.models import Person
    from quintet.redemption.models import Claim

    someone = Person.objects.get_or_create(name="示例个人")[0].pk
    start, sqlite = Claim.objects.count(), connection.vendor == "sqlite"
    state = _case("n * 7919", STATES)
    step = "CASE " + " ".join(f"WHEN {state} = '{name}' THEN {_case('n / 100', steps)}" for name, steps in STEPS.items()) + " ELSE '' END"
    unit = f"CASE WHEN {state} IN ('committed', 'ordered') THEN 'finance' WHEN {state} IN ('refused', 'lapsed') THEN '' ELSE {_case('n', [unit for _rule, _clause, unit in RULES])} END"
    day = "date('2019-07-04', '+' || (n % 900) || ' days')" if sqlite else "date '2019-07-04' + (n % 900)::int"
    name = "printf('示例企业%06d有限公司', n)" if sqlite else "'示例企业' || lpad(n::text, 6, '0') || '有限公司'"
    changed = {
        "rule": _case("n", [rule for rule, _clause, _unit in RULES]), "clause": _case("n", [clause for _rule, clause, _unit in RULES]), "unit": unit, "state": state, "step": step,
        "year": "2019 + n % 3", "division": _case("n", list(DIVISIONS)), "awarded": "'benchmark=' || n", "name": name, "amount_fen": "1000000 + n % 997 * 10000",
        "due_on": f"CASE WHEN {state} IN ('paid', 'refused', 'lapsed') THEN NULL ELSE {day} END",
        "organisation_id": "CASE WHEN n % 5000 = 0 THEN organisation_id END", "person_id": f"CASE WHEN n % 5000 = 0 THEN NULL ELSE {someone} END",
    }  # fmt: skip
    columns = [field.column for field in Claim._meta.concrete_fields if field.column != "id"]
    series = (
        f"WITH RECURSIVE s(n) AS (SELECT {start} UNION ALL SELECT n + 1 FROM s WHERE n < {start + number - 1})"
        if sqlite
        else f"WITH s AS (SELECT generate_series({start}::bigint, {start + number - 1}) AS n)"
    )
    quoted = [f'"{column}"' for column in columns]
    cells = ", ".join(changed.get(column, f'"{column}"') for column in columns)
    with connection.cursor() as cursor:
        sql = f"INSERT INTO redemption_claim ({', '.join(quoted)}) {series} SELECT {cells} FROM s, redemption_claim WHERE id = {claim.pk}"
        cursor.execute(sql)


def _case(number: str, values: list[str]) -> str:
    """One of the values, by a number."""
    return f"CASE ({number}) % {len(values)} " + " ".join(f"WHEN {n} THEN '{value}'" for n, value in enumerate(values)) + " END"


def asking(user: object) -> object:
    from django.test import Client

    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def queries(page: str, user: object) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = asking(user)
    client.get(page)
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(page)
    assert answer.status_code == 200, (page, answer.status_code)
    return len(asked)


def milliseconds(page: str, user: object) -> float:
    client = asking(user)
    began = time.perf_counter()
    answer = client.get(page)
    took = (time.perf_counter() - began) * 1000
    assert answer.status_code == 200
    return took


if __name__ == "__main__":
    main()
