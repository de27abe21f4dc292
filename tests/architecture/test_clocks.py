"""No test reads a clock: what a test measures depends on what else the machine does. Times are printed by `benchmarks/`."""

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
CLOCKS = {"perf_counter", "perf_counter_ns", "process_time", "process_time_ns", "thread_time", "monotonic", "monotonic_ns", "time_ns"}
CLOCKS |= {"timeit", "default_timer", "getrusage", "sleep", "clock_gettime"}


def clock_reads(source: str) -> list[str]:
    """Names of clocks in a program, also in programs that it holds as text."""
    names: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names if alias.name in {"time", "timeit"}]
        elif isinstance(node, ast.ImportFrom) and node.module in {"time", "timeit", "resource"}:
            names.append(node.module)
        elif isinstance(node, ast.Attribute) and node.attr in CLOCKS:
            names.append(node.attr)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "import" in node.value:
            names += _within(node.value)
    return names


def _within(text: str) -> list[str]:
    try:
        return clock_reads(text)
    except (SyntaxError, ValueError):
        return []


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import time", ["time"]),
        ("from time import perf_counter", ["time"]),
        ("import asyncio\nasyncio.sleep(1)", ["sleep"]),
        ("CODE = '''\nimport time\nprint(time.monotonic())\n'''", ["time", "monotonic"]),
        ("from datetime import time\n'time is important'", []),
    ],
)
def test_a_clock_is_seen(source: str, names: list[str]):
    assert clock_reads(source) == names


def test_no_test_reads_a_clock():
    tests = sorted(set(TESTS.rglob("*.py")) - {Path(__file__)})
    readers = {path.relative_to(TESTS).as_posix(): clock_reads(path.read_text(encoding="utf-8")) for path in tests}
    assert {path: names for path, names in readers.items() if names} == {}
