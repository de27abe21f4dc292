"""What every system of the benchmark is measured with: time and memory of a batch, time of a single case, one JSON line at the end.

Needs NumPy only. A system's script says how it holds the facts, how it computes, and how its results become the common outputs.
"""

import argparse
import ctypes
import gc
import json
import statistics
import time
from pathlib import Path

import numpy as np

NO, UNKNOWN, YES = 0, 1, 2
CALLS = 2_000


def kilobytes(field):
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(field))


def settle():
    """Give back what loading has left behind, and forget its peak."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
        file.write("5")


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True, help="folder with the tables and cases.jsonl")
    parser.add_argument("--out", type=Path, required=True, help="outputs go to OUT.npz and OUT.cases.jsonl")
    parser.add_argument("--runs", type=int, default=5)
    return parser.parse_args()


def batch(compute, facts, runs, before=lambda facts: None):
    """The figures of one warm-up and so many timed runs, and the last result. `before` is called ahead of each run and is not timed."""
    settle()
    resident = kilobytes("VmRSS")
    times, result = [], None
    for _ in range(runs + 1):
        result = None
        before(facts)
        start = time.perf_counter_ns()
        result = compute(facts)
        times.append((time.perf_counter_ns() - start) / 1e6)
    peak = kilobytes("VmHWM")
    times = times[1:]
    return result, {
        "runs_ms": [round(t, 3) for t in times],
        "best_ms": round(min(times), 3),
        "median_ms": round(statistics.median(times), 3),
        "memory_mib": round(max(peak - resident, 0) / 1024, 1),
    }


def single(answer, cases, calls=CALLS):
    """Median microseconds of a call that takes one case as JSON bytes and returns its outputs as JSON bytes; and the answers."""
    answers = [answer(case) for case in cases]
    times = []
    gc.collect()
    while len(times) < calls:
        for case in cases:
            start = time.perf_counter_ns()
            answer(case)
            times.append(time.perf_counter_ns() - start)
    return round(statistics.median(times) / 1e3, 2), answers


def read_cases(folder):
    return (folder / "cases.jsonl").read_bytes().splitlines()


def write_answers(path, answers):
    Path(f"{path}.cases.jsonl").write_bytes(b"\n".join(answers) + b"\n")


def write_outputs(path, outputs):
    np.savez(f"{path}.npz", **{name: np.ascontiguousarray(values) for name, values in outputs.items()})


def report(system, version, **figures):
    print(json.dumps({"system": system, "version": version, **figures}), flush=True)
