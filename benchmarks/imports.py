"""A whole import, checks and writing included, against an earlier version of Quintet: processor seconds of both, and their ratio.

    git worktree add --detach ../base 575e3c8
    QUINTET_TESTING=1 python -m benchmarks.imports ../base [--rows 100000] [--runs 3]

Each version imports the same workbooks into an empty SQLite database of its own: upload, check, confirm, check anew, write with history.
Time is that of the processor, reading processes included, and the best of the runs counts, so that other work on the machine tells little.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
BODY = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def code(number: int) -> str:
    body = f"91211100MA{number:07d}"
    return body + BODY[-sum(BODY.index(letter) * weight for letter, weight in zip(body, WEIGHTS, strict=True)) % 31]


def organisations(rows: int) -> list[list[object]]:
    head = ["统一社会信用代码", "单位名称", "单位类型", "行政区划代码", "行业代码", "成立日期", "住所", "居民企业", "属于重点支持领域"]
    kinds, day = ("企业", "高等学校"), date(2001, 1, 1)
    lines = (
        [code(n), f"示例化工（{n}）有限公司", kinds[n % 9 == 0], "211103", "2614", day + timedelta(n % 7000), f"示例路{n}号", "是", "否"]
        for n in range(rows)
    )
    return [head, *lines]


def loans(rows: int) -> list[list[object]]:
    head = ["合同编号", "借款单位代码", "质押方式", "贷款本金（元）", "放款日期", "到期日期", "银行已放款"]
    day = date(2015, 1, 1)
    lines = (
        [
            f"示借{n:06d}",
            code(n % 500),
            "知识产权质押",
            100_000 + n + 0.25,
            day + timedelta(n % 2000),
            day + timedelta(n % 2000 + 365),
            "是",
        ]
        for n in range(rows)
    )
    return [head, *lines]


SHEETS = {"organisations": organisations, "loans": loans}


def written(lines: list[list[object]], path: Path) -> None:
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path))  # with shared texts, as Excel and WPS write them
    page, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
    for row, cells in enumerate(lines):
        for column, cell in enumerate(cells):
            page.write_datetime(row, column, cell, day) if isinstance(cell, date) else page.write(row, column, cell)
    book.close()


def seconds() -> float:
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def carried_out(folder: Path, names: list[str]) -> None:
    """In a process of the version that is measured: every workbook imported, its seconds written as JSON."""
    import django

    django.setup()
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.core.management import call_command
    from django.test.utils import override_settings

    from quintet.core.models import RoleGrant, User
    from quintet.directory.actions.imports import confirm_import, upload_workbook
    from quintet.directory.sheets.sheet import sheets

    call_command("migrate", verbosity=0)
    user = User.objects.create(username="keeper", display_name="张经办")
    RoleGrant.objects.create(user=user, role="officer", unit="stb", granted_on=date(2019, 1, 1))
    keep_registers("stb")
    found = {}
    names = ["warming up", *names]
    with override_settings(MEDIA_ROOT=str(folder / "media")):
        for name in names:
            sheet = "organisations" if name == "warming up" else name  # with modules, patterns and statements that are made once
            content = (folder / f"{name}.xlsx").read_bytes()
            start = seconds()
            batch = upload_workbook(sheets()[sheet], SimpleUploadedFile(f"{name}.xlsx", content), by=user)
            batch.refresh_from_db()
            checked = seconds()
            assert batch.state == "ready", (batch.state, batch.problems[:3])
            confirm_import(batch, by=user)
            batch.refresh_from_db()
            assert batch.state == "done", batch.state
            found[name] = {"check": checked - start, "whole": seconds() - start, "rows": batch.created}
    print(json.dumps(found))


def keep_registers(unit: str) -> None:
    """Where the version knows duties, the department keeps what is imported."""
    from quintet.core.models import User

    try:
        from quintet.directory.models import RegisterDuty
    except ImportError:
        return
    one, two = (User.objects.create(username=name, display_name=name) for name in ("one", "two"))
    said = {"unit": unit, "proposed_by": one, "confirmed_by": two, "proposed_on": date(2019, 1, 1), "granted_on": date(2019, 1, 1)}
    for register in SHEETS:
        RegisterDuty.objects.create(register=register, **said)


def measured(tree: Path, folder: Path, names: list[str]) -> dict[str, dict[str, float]]:
    with tempfile.TemporaryDirectory() as database:
        env = os.environ | {
            "PYTHONPATH": str(tree / "src"),
            "DJANGO_SETTINGS_MODULE": "quintet.config.settings",
            "QUINTET_TESTING": "1",
            "DATABASE_URL": f"sqlite:///{database}/city.sqlite3",
        }
        command = [sys.executable, str(Path(__file__).resolve()), "--carry-out", str(folder), *names]
        done = subprocess.run(command, env=env, cwd=tree, stdout=subprocess.PIPE, text=True, check=True)
        found: dict[str, dict[str, float]] = json.loads(done.stdout.strip().splitlines()[-1])
        return found


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("earlier", type=Path, help="a checkout of the earlier version")
    options.add_argument("--rows", type=int, default=100_000)
    options.add_argument("--runs", type=int, default=3)
    given = options.parse_args()
    best: dict[tuple[str, str, str], float] = {}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for name, make in SHEETS.items():
            written(make(max(given.rows, 500)), folder / f"{name}.xlsx")
        written(organisations(3), folder / "warming up.xlsx")
        for _run in range(given.runs):
            for version, tree in (("earlier", given.earlier.resolve()), ("now", HERE)):
                for name, figures in measured(tree, folder, list(SHEETS)).items():
                    for part in ("check", "whole"):
                        key = (version, name, part)
                        best[key] = min(figures[part], best.get(key, figures[part]))
    print(f"{given.rows:,} rows, best of {given.runs}: earlier, now (processor seconds), ratio")
    for name in SHEETS:
        for part in ("check", "whole"):
            earlier, now = best["earlier", name, part], best["now", name, part]
            print(f"{name:14} {part:6} {earlier:6.1f} {now:6.1f}  {now / earlier:.2f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--carry-out"]:
        carried_out(Path(sys.argv[2]), sys.argv[3:])
    else:
        main()
