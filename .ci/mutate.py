"""Change the money code in one small place after another and see whether a test notices: what nobody notices is a missing example.

    ./run mutate                    go on where the last run ended; prints the score and the mutants that survived
    ./run mutate ledger claims      some areas
    ./run mutate claims --with tests/redemption/test_claims.py    let these tests alone try what no test has noticed yet
    ./run mutate --report           what is known so far, without running anything

cosmic-ray says how code is changed. Each mutant lives in a fork of this process, which has imported everything once and there swaps the
code of one function; it runs the tests that reach the changed line, the quickest first, on a copy of a migrated SQLite database.
Results are kept in .ci/mutation by the text of the changed function, so that a run can be ended at any time and goes on on another machine.
Only bodies of functions are changed: figures of classes and modules are held by `makemigrations --check` and by the tests of packs.
"""

import argparse
import ast
import contextlib
import gc
import hashlib
import json
import os
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
STATE = ROOT / "var" / "mutation"  # what a run measures for itself
MEASURED = STATE / "measured.log"  # what the tests of the unchanged program said
RESULTS = ROOT / ".ci" / "mutation"  # what it found: one file an area, committed
SOURCE = ROOT / "src" / "quintet"
PAGE = ROOT / "docs" / "reference" / "mutation.md"
AREAS = {
    "ledger": ["ledger/actions.py", "ledger/check.py", "ledger/errors.py", "ledger/models.py", "ledger/queries.py"],
    "claims": ["redemption/actions/claims.py", "redemption/actions/evaluation.py"],
    "money": [f"redemption/actions/{name}.py" for name in ("commitments", "notices", "payments", "after", "funds", "daily")],
}
TESTS = {"ledger": ["tests/ledger"], "claims": ["tests/redemption"], "money": ["tests/redemption"]}
LEFT_OUT = ["test_at_once.py", "test_interrupted.py", "test_city.py", "test_home.py", "test_self_check.py", "test_claim_pages.py"]
TOO_LONG = ["tests/redemption/test_machine.py", "tests/redemption/test_killed_worker.py"]  # minutes each, for every mutant that survives
FIRST = 6  # tests that are run before the others are even collected: they notice most
PATIENCE = 600  # seconds for the tests of one mutant: what takes longer goes round in circles
OPERATORS = [
    *(f"core/ReplaceComparisonOperator_{pair}" for pair in (
        "Eq_NotEq", "NotEq_Eq", "Lt_LtE", "LtE_Lt", "Gt_GtE", "GtE_Gt", "Lt_GtE", "LtE_Gt", "Gt_LtE", "GtE_Lt", "Is_IsNot", "IsNot_Is",
    )),
    *(f"core/ReplaceBinaryOperator_{pair}" for pair in ("Add_Sub", "Sub_Add", "Mul_FloorDiv", "FloorDiv_Mul", "BitOr_BitAnd", "BitAnd_BitOr")),
    "core/ReplaceUnaryOperator_Delete_USub", "core/ReplaceUnaryOperator_Delete_Not", "core/AddNot", "core/ReplaceTrueWithFalse",
    "core/ReplaceFalseWithTrue", "core/ReplaceAndWithOr", "core/ReplaceOrWithAnd", "core/ReplaceBreakWithContinue",
    "core/ReplaceContinueWithBreak", "core/NumberReplacer", "core/ZeroIterationForLoop",
]  # fmt: skip


Live = dict[tuple[str, str, int], list[FunctionType]]  # by file, name and first line


@dataclass(frozen=True)
class Mutant:
    module: str  # below src/quintet
    function: str
    line: int
    statement: int  # its first line
    before: str
    after: str
    code: CodeType
    key: str  # what was changed and how, independent of where the function stands


# Making mutants


def mutants(module: str) -> Iterator[Mutant]:
    """Every change of a function's body that still compiles and is another program than before."""
    path = SOURCE / module
    text = path.read_text(encoding="utf-8")
    original = functions(compile(text, str(path), "exec"))
    seen: set[str] = set()
    for operator, changed in changes(text):
        try:
            code = functions(compile(changed, str(path), "exec"))
        except (SyntaxError, ValueError):
            continue
        names = [name for name, body in code.items() if name in original and body != original[name]]
        if len(names) != 1 or set(code) != set(original):
            continue
        line, before, after = difference(text, changed)
        key = hashlib.sha256(f"{module} {names[0][0]} {operator} {function_text(text, names[0][1])} {after}".encode()).hexdigest()[:24]
        if key not in seen:
            seen.add(key)
            yield Mutant(module, names[0][0], line, statement_at(text, line), before, after, code[names[0]], key)


def changes(text: str) -> Iterator[tuple[str, str]]:
    """(operator, the whole text with one change), by cosmic-ray and by the two operators it lacks."""
    import cosmic_ray.plugins
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.mutating import mutate_code

    tree = get_ast(text)
    for name in OPERATORS:
        operator = cosmic_ray.plugins.get_operator(name)()
        count = sum(len(list(operator.mutation_positions(node))) for node in ast_nodes(tree))
        for occurrence in range(count):
            changed = mutate_code(text, operator, occurrence)
            if changed is not None:
                yield name.removeprefix("core/"), changed
    yield from without_a_call(text)
    yield from other_extreme(text)


def without_a_call(text: str) -> Iterator[tuple[str, str]]:
    """A statement that only calls something (a check, a booking, a line of the audit chain) is left out."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            yield "RemoveCall", replaced(text, node, "pass")


def other_extreme(text: str) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Name) and node.id in ("min", "max"):
            yield "MinMax", replaced(text, node, "max" if node.id == "min" else "min")


def replaced(text: str, node: ast.expr | ast.stmt, by: str) -> str:
    """The text with a node written anew; lines keep their numbers."""
    lines = text.encode().splitlines(keepends=True)
    assert node.end_lineno is not None
    first, last = node.lineno - 1, node.end_lineno - 1
    head, tail = lines[first][: node.col_offset], lines[last][node.end_col_offset :]
    lines[first : last + 1] = [head + by.encode() + tail + b"\n" * (last - first)]
    return b"".join(lines).decode()


def functions(code: CodeType) -> dict[tuple[str, int], CodeType]:
    """(qualified name, first line) → code, of the functions of a module and the methods of its classes."""
    known: dict[tuple[str, int], CodeType] = {}
    for part in code.co_consts:
        if isinstance(part, CodeType):
            if part.co_flags & 2:  # CO_NEWLOCALS: a function, not the body of a class
                known[part.co_qualname, part.co_firstlineno] = part
            else:
                known.update(functions(part))
    return known


def difference(text: str, changed: str) -> tuple[int, str, str]:
    """(line, before, after) of the first line that differs."""
    for number, (before, after) in enumerate(zip(text.splitlines(), changed.splitlines(), strict=False), 1):
        if before != after:
            return number, before.strip(), after.strip()
    return 0, "", ""


def statement_at(text: str, line: int) -> int:
    """The first line of the innermost statement that a line belongs to."""
    begun = [
        node.lineno for node in ast.walk(ast.parse(text)) if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or 0)
    ]
    return max(begun, default=line)


def function_text(text: str, first: int) -> str:
    """The source of the function that begins on a line (decorators included)."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and first == min([node.lineno, *(part.lineno for part in node.decorator_list)]):
            return ast.unparse(node)
    return ""


# Running tests


class Timed:
    """How long each test took, and whether all passed."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    def pytest_runtest_logreport(self, report: Any) -> None:
        self.seconds[report.nodeid] += report.duration


def prepare() -> None:
    """Import the project and everything its tests need, once for all forks."""
    os.environ.update(QUINTET_TESTING="1", DJANGO_SETTINGS_MODULE="quintet.config.settings")
    os.environ.pop("DATABASE_URL", None)
    os.chdir(ROOT)
    sys.path[:0] = [str(ROOT / "src"), str(ROOT)]
    import django
    import hypothesis.stateful
    import pytest

    django.setup()
    from django.urls import get_resolver

    assert get_resolver().url_patterns, (pytest, hypothesis.stateful)
    for module in (name for names in AREAS.values() for name in names):
        __import__("quintet." + module.removesuffix(".py").replace("/", "."))


def fork(work: Callable[[], int]) -> int:
    """Start work in a fork with a database of its own; the number of the process."""
    child = os.fork()
    if child:
        return child
    status = 70
    try:
        os.setpgid(0, 0)
        quiet = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(quiet, stream)
        from django.conf import settings
        from django.db import connection

        connection.settings_dict["TEST"]["NAME"] = settings.DATABASES["default"]["TEST"]["NAME"] = database(os.getpid())
        status = work()
    finally:
        os._exit(status)


def database(process: int) -> str:
    folder = "/dev/shm" if os.access("/dev/shm", os.W_OK) else tempfile.gettempdir()
    return f"{folder}/quintet-mutant-{process}.sqlite3"


def ended(child: int, at: float) -> int | None:
    """The exit status of a fork, None while it runs, -1 where it did not end in time and was killed."""
    done, status = os.waitpid(child, os.WNOHANG)
    if done:
        return os.waitstatus_to_exitcode(status)
    if time.monotonic() < at:
        return None
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    for ending in ("", "-wal", "-shm"):
        Path(database(child) + ending).unlink(missing_ok=True)
    return -1


def pytest_run(arguments: list[str], plugins: list[Any] | None = None) -> int:
    import pytest

    common = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "--hypothesis-seed=0", "-o", "faulthandler_timeout=0"]
    return int(pytest.main([*common, *arguments], plugins=plugins))


def reach(folders: list[str]) -> tuple[dict[str, dict[int, list[str]]], str]:
    """For each module, line → the tests of these folders that run it, quickest first; measured once for a state of sources and tests."""
    files = sorted(
        path for folder in (SOURCE, ROOT / "tests", ROOT / "packs") for path in folder.rglob("*") if path.suffix in {".py", ".yaml", ".sql"}
    )
    state = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]
    name = "reach-" + "-".join(folder.replace("/", "-") for folder in folders)
    kept = STATE / f"{name}.{state}.json"
    if not kept.exists():
        say("Measuring which test reaches which line (once for this state of sources and tests)")
        child = fork(lambda: measured(folders, kept))
        while (status := ended(child, float("inf"))) is None:
            time.sleep(1)
        if status:
            said = MEASURED.read_text(encoding="utf-8", errors="replace").splitlines()[-40:]
            sys.exit("\n".join([*said, f"The tests do not pass as they are (status {status}): ./run test {' '.join(folders)}"]))
        for old in STATE.glob(f"{name}.*.json"):
            if old != kept:
                old.unlink()
    read = json.loads(kept.read_text(encoding="utf-8"))
    return {module: {int(line): tests for line, tests in lines.items()} for module, lines in read.items()}, state


def measured(folders: list[str], kept: Path) -> int:
    timed = Timed()
    said = os.open(MEASURED, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(said, stream)
    database = STATE / "reach.coverage"
    database.unlink(missing_ok=True)
    os.environ["COVERAGE_FILE"] = str(database)
    left_out = [f"--ignore={path}" for path in [*(f"{folder}/{name}" for folder in folders for name in LEFT_OUT), *TOO_LONG]]
    status = pytest_run([*folders, *left_out, "-n0", "--cov=quintet", "--cov-context=test", "--cov-report="], [timed])
    if status:
        return status
    modules: dict[str, dict[int, list[str]]] = {}
    rows = sqlite3.connect(database).execute(
        "SELECT file.path, context.context, line_bits.numbits FROM line_bits JOIN file ON file.id = file_id JOIN context ON context.id = context_id"
    )
    from coverage.numbits import numbits_to_nums

    for path, context, bits in rows:
        if not context or not Path(path).is_relative_to(SOURCE):
            continue
        lines = modules.setdefault(Path(path).relative_to(SOURCE).as_posix(), {})
        test = context.rpartition("|")[0]
        for line in numbits_to_nums(bits):
            if test not in lines.setdefault(line, []):
                lines[line].append(test)
    for lines in modules.values():
        for tests in lines.values():
            tests.sort(key=lambda test: timed.seconds[test])
    kept.write_text(json.dumps(modules), encoding="utf-8")
    return 0


def live_functions() -> Live:
    known: Live = defaultdict(list)
    for thing in gc.get_objects():
        if type(thing) is FunctionType and thing.__code__.co_filename.startswith(str(SOURCE)):
            code = thing.__code__
            known[code.co_filename, code.co_qualname, code.co_firstlineno].append(thing)
    return known


def started(mutant: Mutant, tests: list[str], live: Live) -> int:
    """Start the tests of a mutant; the number of the process."""
    changed = live[str(SOURCE / mutant.module), mutant.function, mutant.code.co_firstlineno]
    if not changed:
        sys.exit(f"{mutant.module}: {mutant.function} was not imported")

    def work() -> int:
        for function in changed:
            function.__code__ = mutant.code
        status = 0
        for part in (tests[:FIRST], tests[FIRST:]):
            status = status or (pytest_run([*part, "-n0", "-p", "no:cov"]) if part else 0)
        return status

    return fork(work)


# What is known


def remembered(area: str) -> dict[str, dict[str, Any]]:
    path = RESULTS / f"{area}.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {entry["key"]: entry for entry in map(json.loads, lines)}


def tidy(area: str, all_mutants: list[Mutant]) -> None:
    """Keep one line for each mutant that there still is, in their order, so that a committed file shows what changed."""
    known = remembered(area)
    kept = [known[mutant.key] for mutant in all_mutants if mutant.key in known]
    (RESULTS / f"{area}.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in kept), encoding="utf-8")


def remember(area: str, mutant: Mutant, result: str, state: str) -> None:
    entry = {"key": mutant.key, "result": result, "state": state}
    with open(RESULTS / f"{area}.jsonl", "a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")


def equivalent() -> set[tuple[str, str, str]]:
    """(module, function, changed line) of the mutants that docs/reference/mutation.md lists as the same program."""
    rows = [line.strip("| ").split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    return {(row[0].strip("` "), row[1].strip("` "), row[2].strip("` ").replace("\\|", "|")) for row in rows if len(row) == 4}


def say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def report(area: str, all_mutants: list[Mutant]) -> float:
    known, same = remembered(area), equivalent()
    counted = [m for m in all_mutants if (m.module, m.function, m.after) not in same]
    results = Counter(known[m.key]["result"] if m.key in known else "not tried" for m in counted)
    tried = len(counted) - results["not tried"]
    score = 100 * results["killed"] / tried if tried else 0.0
    for mutant in counted:
        result = known.get(mutant.key, {}).get("result")
        if result in ("survived", "unreached"):
            print(f"{result:9} {mutant.module}:{mutant.line} {mutant.function}\n    - {mutant.before}\n    + {mutant.after}")
    equal = len(all_mutants) - len(counted)
    print(
        f"{area}: {score:.1f} % of {tried} mutants killed; {results['survived']} survived, {results['unreached']} in lines that no test reaches, "
        f"{results['not tried']} not tried, {equal} equivalent"
    )
    return score


def main() -> None:
    parser = argparse.ArgumentParser(prog="./run mutate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("areas", nargs="*", metavar="AREA", help=f"{', '.join(AREAS)} (all)")
    parser.add_argument("--workers", type=int, default=max(1, (os.cpu_count() or 2) - 1))
    parser.add_argument(
        "--with",
        nargs="+",
        dest="tests",
        metavar="TEST",
        help="with these tests alone: what they notice is kept, what they do not is left as it was",
    )
    parser.add_argument("--report", action="store_true", help="print what is known, run nothing")
    options = parser.parse_args()
    if unknown := set(options.areas) - set(AREAS):
        parser.error(f"no such area: {', '.join(sorted(unknown))}; there are {', '.join(AREAS)}")
    STATE.mkdir(parents=True, exist_ok=True)
    RESULTS.mkdir(parents=True, exist_ok=True)
    areas = {area: [m for module in AREAS[area] for m in mutants(module)] for area in options.areas or AREAS}
    if not options.report:
        os.nice(5)
        prepare()
        gc.collect()
        live = live_functions()
        for area, all_mutants in areas.items():
            lines, state = reach(options.tests or TESTS[area])
            run(area, all_mutants, lines, "" if options.tests else state, live, options.workers)
            tidy(area, all_mutants)
    for area, all_mutants in areas.items():
        report(area, all_mutants)


def run(area: str, all_mutants: list[Mutant], lines: dict[str, dict[int, list[str]]], state: str, live: Live, workers: int) -> None:
    """Try what is not known: a killed mutant stays killed, a surviving one is tried again when sources or tests have changed.

    Without a `state` some tests alone try: only what they kill is kept.
    """
    known = remembered(area)
    waiting = [m for m in all_mutants if m.key not in known or (known[m.key]["result"] != "killed" and known[m.key]["state"] != state)]
    say(f"{area}: {len(all_mutants)} mutants, {len(waiting)} to try")
    if waiting:
        control(lines, waiting)

    def note(mutant: Mutant, result: str) -> None:
        if state or result == "killed":
            remember(area, mutant, result, state)
        if state and result != "killed":
            say(f"{result:9} {mutant.module}:{mutant.line} {mutant.function}: {mutant.after}")

    running: dict[int, tuple[Mutant, float]] = {}
    waiting.reverse()
    while waiting or running:
        while waiting and len(running) < workers:
            mutant = waiting.pop()
            if tests := reaching(lines.get(mutant.module, {}), mutant):
                running[started(mutant, tests, live)] = mutant, time.monotonic() + PATIENCE
            else:
                note(mutant, "unreached")
        time.sleep(0.02)
        for child, (mutant, at) in list(running.items()):
            if (status := ended(child, at)) is not None:
                del running[child]
                note(mutant, "killed" if status else "survived")


def control(lines: dict[str, dict[int, list[str]]], waiting: list[Mutant]) -> None:
    """Run in the same way, the program as it is passes: else every mutant would count as killed."""
    reached = [tests for mutant in waiting if (tests := reaching(lines.get(mutant.module, {}), mutant))]
    tests = min(reached, key=len, default=[])
    child = fork(lambda: pytest_run([*tests, "-n0", "-p", "no:cov"]))
    while (status := ended(child, float("inf"))) is None:
        time.sleep(0.1)
    if status:
        sys.exit(f"Without any change these tests end with {status}: {' '.join(tests)}")


def reaching(lines: dict[int, list[str]], mutant: Mutant) -> list[str]:
    """The tests that run the changed line, or the nearest line of the same statement that is counted."""
    return next((lines[line] for line in range(mutant.line, mutant.statement - 1, -1) if line in lines), [])


if __name__ == "__main__":
    main()
