"""Kill the reading-back of a payment batch again and again, at random moments, and compare with what an undisturbed reading leaves.

    DATABASE_URL=sqlite:////tmp/batch.sqlite3 .venv/bin/python benchmarks/interrupted_batch.py --lines 10000 --kills 100

The database must be empty; it is filled and left as it is. `kill -9` hits the process that books, not the database.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quintet.config.settings")
ON, YEAR, PACK = date(2021, 1, 12), 2020, "panjin-2019-29"
RETURNED_EVERY = 50


def fill(lines: int) -> int:
    """A signed batch of so many lines of one yuan each; its number."""
    from django.contrib.auth.hashers import make_password
    from django.db import connection

    from quintet.core import audit, triggers
    from quintet.core.models import RoleGrant, User
    from quintet.directory.models import Organisation
    from quintet.ledger import actions as ledger
    from quintet.ledger.models import Fund
    from quintet.policies.actions import record_version
    from quintet.policies.engine import policy
    from quintet.redemption import actions
    from quintet.redemption.models import Claim, PayeeAccount

    users = []
    for name in ("maker", "signer"):
        user = User.objects.create(username=name, display_name=name, password=make_password(None))
        RoleGrant.objects.create(user=user, role="finance_officer", unit="finance", granted_on=date(2019, 1, 1))
        users.append(user)
    maker, signer = users
    applicant = User.objects.create(username="applicant", display_name="applicant", password=make_password(None))
    audit.seal_as_found(by=None, why="people of the benchmark")
    chosen = policy(PACK)
    actions.open_policy_year(chosen, YEAR, by=maker, on=date(2020, 1, 2))
    fund = Fund.objects.get(code="high_tech")
    made = ledger.propose_appropriation(fund, YEAR, lines * 100, reference="示例财指1号", by=maker, on=date(2020, 1, 2))
    ledger.confirm_appropriation(made, confirmed=True, by=signer, on=date(2020, 1, 2))
    version, claims = record_version(chosen), []
    # The claims are put down as committed at once, which the database allows to nobody else.
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER quintet_claim_begins" + (" ON redemption_claim" if connection.vendor == "postgresql" else ""))
    for n in range(lines):
        firm = Organisation.objects.create(code=f"B{n:017d}", name=f"示例企业{n}", kind="enterprise", division="211103", industry="2614")
        account = PayeeAccount.objects.create(organisation=firm, holder=firm.name, bank="示例银行", number=f"62220000{n:08d}", by=maker)
        award = ledger.Award(pack=PACK, rule="high_tech_award", clause="T6", fact=f"enterprise={n}", payee=firm.name)
        claims.append(Claim.objects.create(
            version=version, pack=PACK, rule="high_tech_award", clause="T6", way="automatic", year=YEAR, on=date(2020, 12, 31), subject="enterprise",
            subject_id=firm.pk, name=firm.name, organisation=firm, budget="special_funds", awarded=f"enterprise={n}", state="committed", step="payment", unit="finance",
            decided_fen=100, account=account, created_by=applicant, created_on=ON, commitment=ledger.commit(fund, YEAR, award, 100, by=maker, on=ON),
        ))  # fmt: skip
    triggers.make_room()
    triggers.install()
    audit.seal_as_found(by=None, why="claims of the benchmark")
    return actions.sign_batch(actions.make_batch(claims, fund=fund, year=YEAR, by=maker, on=ON), by=signer, on=ON).pk


def read_back(batch: int) -> None:
    """What the killed process does: book the bank's whole answer."""
    from quintet.core.models import User
    from quintet.redemption import actions
    from quintet.redemption.actions.payments import LineResult
    from quintet.redemption.models import PaymentBatch

    found = PaymentBatch.objects.select_related("fund").get(pk=batch)
    results = [
        LineResult(number=n, kind="returned", on=ON, reason="账号已销户") if n % RETURNED_EVERY == 0 else LineResult(number=n, kind="paid", on=ON, reference=f"P{n}")
        for n in range(1, found.count + 1)
    ]  # fmt: skip
    print("begun", flush=True)
    count = actions.record_results(found, results, by=User.objects.get(username="maker"), on=ON)
    print(count, flush=True)


def told() -> int:
    from django.db import connection

    from quintet.redemption.models import PaymentResult

    connection.close()
    return PaymentResult.objects.count()


def kill_once(batch: int, wait: float) -> bool:
    """Start reading, kill it after so many seconds of work. Whether it was still at work."""
    child = subprocess.Popen([sys.executable, __file__, "--batch", str(batch)], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert child.stdout is not None
    child.stdout.readline()
    time.sleep(wait)
    child.send_signal(signal.SIGKILL)
    return child.wait() == -signal.SIGKILL


def main() -> None:
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("--lines", type=int, default=10_000)
    wanted.add_argument("--kills", type=int, default=100)
    wanted.add_argument("--longest", type=float, default=1.5, help="seconds of work before a kill, at most")
    wanted.add_argument("--seed", type=int, default=29)
    wanted.add_argument("--batch", type=int, help="book the results of this batch (what is killed)")
    given = wanted.parse_args()
    import django

    django.setup()
    if given.batch:
        return read_back(given.batch)
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    start = time.monotonic()
    batch = fill(given.lines)
    print(f"{given.lines} lines filled in {time.monotonic() - start:.0f} s", flush=True)
    chance, killed, progress = random.Random(given.seed), 0, []
    for _n in range(given.kills):
        killed += kill_once(batch, chance.uniform(0, given.longest))
        progress.append(told())
    last = subprocess.run([sys.executable, __file__, "--batch", str(batch)], capture_output=True, text=True, cwd=ROOT, check=True)
    print(
        f"killed {killed} times at work; lines booked after each kill: {progress[:5]} … {progress[-3:]}; the last reading: {last.stdout.split(chr(10))[1]}"
    )
    return verdict(batch, given.lines)


def verdict(batch: int, lines: int) -> None:
    """Every line told once, the books right, the chain whole; else the process ends with an error."""
    from django.db.models import Count, Sum

    from quintet.core import audit
    from quintet.ledger import check
    from quintet.ledger.models import Entry
    from quintet.redemption.models import Claim, PaymentBatch, PaymentResult

    returned = lines // RETURNED_EVERY
    paid = Entry.objects.filter(kind="payment").aggregate(count=Count("pk"), sum=Sum("amount_fen"))
    found = {
        "results": dict(PaymentResult.objects.order_by().values_list("kind").annotate(Count("pk"))), "payments": (paid["count"], paid["sum"]),
        "claims": dict(Claim.objects.order_by().values_list("state").annotate(Count("pk"))), "batch": PaymentBatch.objects.get(pk=batch).state,
        "problems": [str(problem) for problem in [*check.problems(), *audit.verify()]],
    }  # fmt: skip
    expected = {
        "results": {"paid": lines - returned, **({"returned": returned} if returned else {})}, "payments": (lines - returned, (lines - returned) * 100),
        "claims": {"paid": lines - returned, **({"committed": returned} if returned else {})}, "batch": "done", "problems": [],
    }  # fmt: skip
    if found != expected:
        sys.exit(f"not the same as undisturbed: {found} instead of {expected}")
    print(f"the same as undisturbed: {lines - returned} paid, {returned} returned, books and audit chain without a problem")


if __name__ == "__main__":
    main()
