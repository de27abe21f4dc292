"""Hosted CI, the hook before a commit and CONTRIBUTING call the commands that `run` has, and the floor of coverage only rises."""

import os
import re
import runpy
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
RUN = (ROOT / "run").read_text(encoding="utf-8")
COMMANDS = set(re.findall(r"^    (\w+)\) ", RUN.split("case $command in")[1], re.M))
FLOOR = runpy.run_path(str(ROOT / ".ci" / "coverage_floor.py"))


def called(text: str) -> set[str]:
    return set(re.findall(r"\./run (\w+)", text))


@pytest.mark.parametrize("file", [".ci/run", ".github/workflows/ci.yml", ".pre-commit-config.yaml", "CONTRIBUTING.md", "README.md"])
def test_a_command_that_a_file_calls_is_there(file: str):
    assert called((ROOT / file).read_text(encoding="utf-8")) - COMMANDS == set()


def test_every_command_says_what_it_does():
    usage = RUN.split("set -eu")[0]
    assert COMMANDS - called(usage) == {"demo"}
    assert "./run [demo]" in usage
    assert subprocess.run([ROOT / "run", "help"], capture_output=True, text=True, check=True).stdout == usage.split("\n", 1)[1]


def test_hosted_ci_and_ci_run_the_same():
    jobs = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))["jobs"]
    steps = [step["run"] for step in jobs["checks"]["steps"] if "run" in step]
    assert steps == ["./run lint", "./run test"]
    assert called((ROOT / ".ci" / "run").read_text(encoding="utf-8")) == {"lint", "test"}


@pytest.mark.engine_only
def test_a_failure_on_either_database_is_told_and_the_other_runs_all_the_same(tmp_path: Path):
    test = tmp_path / "test_example.py"
    test.write_text("def test_example():\n    from django.db import connection\n    assert connection.vendor == ''\n", encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_") and name != "DATABASE_URL"}
    ended = subprocess.run(
        [ROOT / "run", "test", "--both", "-q", "-n0", test], capture_output=True, text=True, env=environment, check=False
    )
    assert (ended.returncode, ended.stderr.splitlines()[-1]) == (3, "== FAILED on SQLite and on PostgreSQL")
    assert re.findall(r"^E +AssertionError: assert '(\w+)' == ''", ended.stdout, re.M) == ["sqlite", "postgresql"]


@pytest.mark.parametrize(
    ("measured", "good", "floor"), [("89.99", False, "90.0"), ("90.00", True, "90.0"), ("90.09", True, "90.0"), ("90.10", True, "90.1")]
)
def test_the_floor_of_coverage_only_rises(measured: str, good: bool, floor: str):
    assert FLOOR["judged"](Decimal(measured), Decimal("90.0"))[:2] == (good, Decimal(floor))
