"""Generated workbooks, half honest and half hostile, through the reader and through every way in; and the time of a large import.

    QUINTET_TESTING=1 python -m benchmarks.workbooks [--reader 10000] [--rows 100000] [--kept FILE]

Prints how many were read and refused, crashes, and the most memory a reading process took. The ways in run in the test suite's
database: `pytest benchmarks/workbooks.py` with 300 workbooks each.
"""

import argparse
import io
import json
import resource
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from tests.reading.generated import made
from tests.reading.test_generated import answered

EACH_WAY = 300


def through_the_reader(count: int, kept: Path) -> Counter[str]:
    """What came of `count` workbooks; what is neither read nor refused counts as a crash.

    Every hundred is written to `kept` with the most memory of a reading process, so that a run that was stopped goes on.
    """
    done = {line["from"]: line for line in map(json.loads, kept.read_text().splitlines())} if kept.exists() else {}
    with ThreadPoolExecutor(2) as pool, kept.open("a") as file:
        for first in range(0, count, 100):
            if first in done:
                continue
            came = Counter(pool.map(outcome, range(first, min(first + 100, count))))
            done[first] = {"from": first, "came": came, "mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024}
            file.write(json.dumps(done[first]) + "\n")
            file.flush()
    lines = [line for first, line in done.items() if first < count]
    print(f"most memory of a reading process: {max(line['mb'] for line in lines)} MB")
    return sum((Counter(line["came"]) for line in lines), Counter())


def outcome(seed: int) -> str:
    try:
        return f"{'honest' if seed % 2 else 'hostile'}, {answered(made(seed))}"
    except Exception as error:  # the count of these is what this is for
        print(f"crash: seed {seed}: {error!r}", flush=True)
        return "crash"


def large_workbook(rows: int) -> io.BytesIO:
    import xlsxwriter

    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    page, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
    for row in range(rows):
        page.write_row(row, 0, [f"HT-{row}", "91211100DEMB00001Q", "知识产权质押", row + 0.5])
        page.write_datetime(row, 4, date(2021, 3, 15), day)
        page.write_row(row, 5, ["2031-03-15", "是", "示例路1号", row, "否"])
    book.close()
    return target


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--reader", type=int, default=10_000)
    options.add_argument("--rows", type=int, default=100_000)
    options.add_argument(
        "--kept", type=Path, default=Path("var/workbooks.jsonl"), help="where each hundred is written; delete it to begin anew"
    )
    given = options.parse_args()
    import django

    django.setup()
    from python_calamine import CalamineWorkbook

    from quintet.reading import workbooks

    print("through the reader", dict(through_the_reader(given.reader, given.kept)), flush=True)
    if not given.rows:
        return
    file = large_workbook(given.rows)
    start = time.perf_counter()
    table = workbooks.read(file)
    ours = time.perf_counter() - start
    file.seek(0)
    start = time.perf_counter()
    CalamineWorkbook.from_filelike(file).get_sheet_by_index(0).to_python()
    print(f"{len(table.rows):,} rows in {ours:.1f} s, {ours / (time.perf_counter() - start):.1f} times what calamine takes in this process")
    print(f"most memory of a reading process: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f} MB")


@pytest.mark.django_db
@pytest.mark.parametrize("way", ["register", "self-check", "results"])
def test_every_way_in_answers(way: str):
    from quintet.core.errors import DomainError
    from quintet.directory.sheets.check import check_file, read_file
    from quintet.finance.sheets import LOANS
    from quintet.policies.engine import policy
    from quintet.redemption.batch_files import read_results
    from quintet.redemption.excel import sheet_of
    from tests.directory.city import organisation
    from tests.reading.corpus import CODE
    from tests.redemption.batches import signed
    from tests.redemption.city import PANJIN

    organisation(1, code=CODE)
    batch = signed(count=1) if way == "results" else None
    answers: Counter[str] = Counter()
    for seed in range(EACH_WAY):
        workbook = made(seed)
        file = io.BytesIO(workbook.content)
        try:
            if way == "register":
                checked = check_file(file, LOANS)
                assert workbook.rows is None or [(r.contract_number, r.principal_fen, r.drawn_on) for r in checked.created] == workbook.rows
            elif way == "self-check":
                checked, _rows = read_file(file, sheet_of(policy(PANJIN), "loan"))
            else:
                read_results(batch, file)
                raise AssertionError("a workbook of loans was read as results")
            answers["refused by cell" if checked.problems else "read"] += 1
        except DomainError:
            answers["refused"] += 1
    print(way, dict(answers))


if __name__ == "__main__":
    main()
