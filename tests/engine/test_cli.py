"""The command line: what each command writes, its exit code, and how lightly it starts."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from quintet.engine import load

ROOT = Path(__file__).resolve().parents[2]
NINE = str(ROOT / "benchmarks" / "packs" / "nine")
CASE = {"enterprise": [{"id": "E1", "high_tech_recognised": True, "high_tech_recognised_on": "2020-09-15"}]}


def environment(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT / "src"), "QUINTET_CACHE": str(tmp_path / "cache"), "PYTHONIOENCODING": "utf-8"}


def run(tmp_path: Path, *words: str) -> Any:
    return subprocess.run(
        [sys.executable, "-m", "quintet.engine.cli", *words], capture_output=True, text=True, env=environment(tmp_path), cwd=ROOT
    )


@pytest.fixture
def facts(tmp_path: Path) -> str:
    path = tmp_path / "facts.json"
    path.write_text(json.dumps(CASE), encoding="utf-8")
    return str(path)


def test_evaluate_prints_outcomes_or_json(tmp_path: Path, facts: str) -> None:
    shown = run(tmp_path, "evaluate", NINE, "--facts", facts, "--on", "2020-12-31")
    assert shown.returncode == 0, shown.stderr
    assert "100,000.00" in shown.stdout
    answer = json.loads(run(tmp_path, "evaluate", NINE, "--facts", facts, "--on", "2020-12-31", "--json", "--trace").stdout)
    assert answer["results"]["enterprise"][0]["outcomes"][0]["amount"] == 10_000_000
    assert answer["results"]["enterprise"][0]["outcomes"][0]["conditions"] == [True, True]


def test_a_parameter_can_be_overridden(tmp_path: Path, facts: str) -> None:
    shown = run(tmp_path, "evaluate", NINE, "--facts", facts, "--on", "2020-12-31", "--set", "high_tech_award=5 万元")
    assert "50,000.00" in shown.stdout


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["evaluate", "nowhere", "--facts", "{facts}", "--on", "2020-12-31"], 1, "is not a pack"),
        (["evaluate", NINE, "--facts", "{facts}", "--on", "31.12.2020"], 2, "is not a date"),
        (["evaluate", NINE, "--facts", "{facts}", "--on", "0001-01-01"], 1, "lies outside 1900 to 2150"),
        (["evaluate", NINE, "--facts", "{facts}", "--on", "2020-12-31", "--set", "x"], 2, "is not NAME=VALUE"),
        (["evaluate", NINE, "--facts", "{facts}", "--on", "2020-12-31", "--set", "loan_cp=1 yuan"], 1, "Did you mean loan_cap"),
        (["check", NINE], 1, "has no examples"),
        (["check", "packs/national"], 0, "all in order"),
        (["packs"], 0, "panjin-2019-29"),
        (["--help"], 0, "quintet books"),
        (["vocabulary", NINE], 0, "high_tech_recognised"),
        (["explain", NINE, "--facts", "{facts}", "--on", "2020-12-31", "--lang", "en"], 0, "Entitled to 100,000.00 yuan"),
        (["explain", NINE, "--facts", "{facts}", "--on", "2022-01-01"], 0, "到期失效"),
    ],
)
def test_commands_end_with_the_right_code_and_no_stack_trace(words: list[str], code: int, says: str, tmp_path: Path, facts: str) -> None:
    done = run(tmp_path, *(word.format(facts=facts) for word in words))
    assert done.returncode == code, done.stderr
    assert says in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_batch_writes_a_whole_file_and_shows_progress_aside(tmp_path: Path) -> None:
    pq.write_table(
        pa.table({"id": [1, 2], "high_tech_recognised": [True, False], "high_tech_recognised_on": [date(2020, 9, 15), None]}),
        tmp_path / "enterprise.parquet",
    )
    done = run(tmp_path, "batch", NINE, "--facts", str(tmp_path), "--on", "2020-12-31", "--output", str(tmp_path / "out.parquet"))
    assert done.returncode == 0, done.stderr
    assert "1 outcomes" in done.stdout
    assert "100%" in done.stderr or done.stderr == "" or "nine" in done.stderr
    assert pq.read_table(tmp_path / "out.parquet").to_pylist() == [
        {"subject": "enterprise", "id": "1", "rule": "T6", "clause": "nine", "state": "entitled", "amount": 10_000_000}
    ]
    assert not list(tmp_path.glob("*.partial"))


def test_the_engine_never_imports_django(tmp_path: Path) -> None:
    code = "import sys, quintet.engine.cli, quintet.engine.explain, quintet.engine.batch, quintet.engine.packs.check; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(ROOT / "src")}).returncode == 0


COMPILER = {"yaml", "click", "quintet.engine.packs.load", "quintet.engine.packs.bind", "quintet.engine.backends", "quintet.engine.commands"}
HEAVY = {"numpy", "pyarrow", "orjson", "llvmlite", "django"}
LOADING = """
import sys
from datetime import date
from quintet.engine.evaluate import quick_program
from quintet.engine.packs.home import find_pack
program = quick_program(find_pack("panjin-2019-29"), date(2020, 12, 31))
print(program is not None and program.meta["pack"], *sys.modules)
"""
ANSWERING = """
import sys
from quintet.engine.cli import main
main()
print(*sys.modules, file=sys.stderr)
"""


def test_one_case_is_answered_without_the_compiler_once_its_program_is_cached(tmp_path: Path, facts: str) -> None:
    """What that saves in time, benchmarks/run.py measures."""
    words = ("evaluate", NINE, "--facts", facts, "--on", "2020-12-31")
    assert run(tmp_path, *words).returncode == 0  # fills the cache
    done = subprocess.run([sys.executable, "-c", ANSWERING, *words], capture_output=True, text=True, env=environment(tmp_path), cwd=ROOT)
    assert "100,000.00" in done.stdout, done.stderr
    assert set(done.stderr.split()) & (COMPILER | HEAVY) == set()


def test_the_panjin_policy_is_loaded_from_the_cache_without_the_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def loading() -> tuple[str, set[str]]:
        done = subprocess.run(
            [sys.executable, "-c", LOADING], check=True, capture_output=True, text=True, env=environment(tmp_path), cwd=ROOT
        )
        pack, *modules = done.stdout.split()
        return pack, set(modules)

    assert loading()[0] == "False"  # nothing is in the cache yet
    monkeypatch.setenv("QUINTET_CACHE", str(tmp_path / "cache"))
    load("panjin-2019-29").program(date(2020, 12, 31))
    pack, modules = loading()
    assert pack == "panjin-2019-29"
    assert modules & (COMPILER | HEAVY) == set()


def test_a_changed_file_is_not_answered_from_the_cache(tmp_path: Path, facts: str) -> None:
    shutil.copytree(NINE, tmp_path / "nine")
    words = ("evaluate", str(tmp_path / "nine"), "--facts", facts, "--on", "2020-12-31")
    assert "100,000.00" in run(tmp_path, *words).stdout
    path = tmp_path / "nine" / "pack.yaml"
    text = path.read_text(encoding="utf-8")
    changed = re.sub(r"(high_tech_award: .*value:) [^}]*", r'\1 "70,000 yuan"', text)
    assert changed != text
    path.write_text(changed, encoding="utf-8")
    assert "70,000.00" in run(tmp_path, *words).stdout
    path.write_text(text, encoding="utf-8")
    assert "100,000.00" in run(tmp_path, *words).stdout


def test_an_edited_generator_does_not_answer_from_old_programs(tmp_path: Path, facts: str) -> None:
    source = tmp_path / "src"
    shutil.copytree(ROOT / "src" / "quintet" / "engine", source / "quintet" / "engine")
    for name in ("__init__.py", "cli.py"):
        shutil.copy(ROOT / "src" / "quintet" / name, source / "quintet" / name)
    if (ROOT / "src" / "quintet" / "reading").exists():
        shutil.copytree(ROOT / "src" / "quintet" / "reading", source / "quintet" / "reading")
    env = {**environment(tmp_path), "PYTHONPATH": str(source)}
    words = [sys.executable, "-m", "quintet.engine.cli", "evaluate", NINE, "--facts", facts, "--on", "2020-12-31"]

    def programs() -> set[str]:
        assert "100,000.00" in subprocess.run(words, check=True, capture_output=True, text=True, env=env, cwd=ROOT).stdout
        return {path.name for path in (tmp_path / "cache").iterdir() if path.suffix != ".index"}

    first = programs()
    assert len(first) == 1
    assert programs() == first
    generator = source / "quintet" / "engine" / "backends" / "scalar.py"
    generator.write_text(generator.read_text(encoding="utf-8") + "# edited\n", encoding="utf-8")
    second = programs()
    assert len(second - first) == 1
    # An edit that leaves the file's size and time as they were is an edit.
    times = generator.stat().st_atime_ns, generator.stat().st_mtime_ns
    generator.write_text(generator.read_text(encoding="utf-8").replace("# edited", "# EDITED"), encoding="utf-8")
    os.utime(generator, ns=times)
    assert len(programs() - second) == 1


def test_every_command_and_option_is_in_the_reference() -> None:
    from quintet.engine.commands import commands

    page = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    from quintet.cli import SITE

    assert set(re.findall(r"^## quintet (\w+)", page, re.M)) == {*commands.commands, *SITE}
    for name, command in commands.commands.items():
        section = page.split(f"## quintet {name}")[1].split("\n## ")[0]
        options = {option for param in command.params for option in param.opts if option.startswith("--") and option != "--help"}
        assert options <= set(re.findall(r"--\w+", section)), name


def test_the_documented_example_of_the_json_runs() -> None:
    page = (ROOT / "docs" / "reference" / "json.md").read_text(encoding="utf-8")
    given, wanted = (json.loads(block) for block in re.findall(r"```json\n(.*?)```", page, re.S)[:2])
    found = load(NINE).evaluate(given, date(2020, 12, 31))
    found.pop("hash")
    assert found == wanted
