"""Compares Quintet with its peers on the nine rules of README.md and writes the table to docs/reference/benchmark.md.

    ./run benchmark                       every system, a million rows
    ./run benchmark --scale 10            ten million rows
    ./run benchmark --peers duckdb,zen    some systems; prints, does not write
    ./run benchmark --quick               ten thousand rows, one round: does everything still run and agree?

Needs nothing but the standard library; the peers get an environment of their own in benchmarks/.venv.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
OURS = ROOT / ".venv" / "bin"
PEERS = HERE / ".venv" / "bin" / "python"
PAGE = ROOT / "docs" / "reference" / "benchmark.md"
SYSTEMS = ["quintet", "polars", "duckdb", "policyengine", "openfisca", "zen"]
# One case from the command line: what a person waits for. {case} is a file with the first of the single cases.
COMMAND = [str(OURS / "quintet"), "evaluate", str(HERE / "packs" / "nine"), "--on", "2020-12-31", "--facts", "{case}"]
STARTS = 20
LOADING = (
    "from datetime import date; from quintet.engine.evaluate import quick_program; from quintet.engine.packs.home import find_pack; "
    "assert quick_program(find_pack('panjin-2019-29'), date(2020, 12, 31))"
)


def say(text):
    print(text, file=sys.stderr, flush=True)


def digest(*paths):
    return sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


def once(stamp, content, work):
    """Do the work unless the stamp says that it was done for the same content."""
    if not stamp.exists() or stamp.read_text() != content:
        work()
        stamp.write_text(content)


def make_environment():
    def install():
        say("Making benchmarks/.venv from benchmarks/requirements.lock (once)")
        if not PEERS.exists():
            subprocess.run([sys.executable, "-m", "venv", HERE / ".venv"], check=True)
        environment = os.environ | {"VIRTUAL_ENV": str(HERE / ".venv")}
        lock = HERE / "requirements.lock"
        subprocess.run([OURS / "uv", "pip", "install", "--quiet", "--require-hashes", "-r", lock], check=True, env=environment)

    (HERE / ".venv").mkdir(exist_ok=True)
    once(HERE / ".venv" / ".installed", digest(HERE / "requirements.lock") + str(HERE), install)


def make_data(scale):
    folder = HERE / "data" / scale

    def generate():
        say(f"Making benchmarks/data/{scale} and the oracle's answers (once; about half a minute a million rows)")
        subprocess.run([PEERS, HERE / "data.py", "--scale", scale], check=True)
        (folder / "oracle.npz").unlink(missing_ok=True)
        subprocess.run([PEERS, HERE / "oracle.py", "--scale", scale], check=True)

    folder.mkdir(parents=True, exist_ok=True)
    once(folder / "made", digest(HERE / "data.py", HERE / "oracle.py"), generate)
    (folder / "out").mkdir(exist_ok=True)
    return folder


def script(system):
    """The program of a system and the Python that runs it."""
    return (OURS / "python", HERE / "quintet_nine.py") if system == "quintet" else (PEERS, HERE / "peers" / f"{system}_nine.py")


def measure(system, folder, runs):
    """One process of one system: its JSON line, or None with the reason on standard error."""
    python, program = script(system)
    if not program.exists():
        say(f"{system}: {program.relative_to(ROOT)} is missing")
        return None
    command = [python, program, "--data", folder, "--out", folder / "out" / system, "--runs", str(runs)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(HERE)}, cwd=ROOT)
    if done.returncode:
        say(f"{system}: ended with {done.returncode}\n{done.stderr}")
        return None
    return json.loads(done.stdout.splitlines()[-1])


def compare(system, folder, figures, scale):
    """The differences from the oracle, with what the system has written."""
    arguments = []
    if "best_ms" in figures:
        arguments += ["--compare", folder / "out" / f"{system}.npz"]
    if figures.get("case_us"):
        arguments += ["--cases", folder / "out" / f"{system}.cases.jsonl"]
    done = subprocess.run([PEERS, HERE / "oracle.py", "--scale", scale, *arguments], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def together(rounds):
    """One set of figures from several processes: the best time, the middle of everything else."""
    figures = dict(rounds[0])
    if "best_ms" in figures:
        figures["best_ms"] = min(figure["best_ms"] for figure in rounds)
        for name in ("median_ms", "memory_mib"):
            figures[name] = statistics.median(figure[name] for figure in rounds)
    if figures.get("case_us"):
        figures["case_us"] = {kind: statistics.median(figure["case_us"][kind] for figure in rounds) for kind in figures["case_us"]}
    return figures


def as_tables(case):
    """A single case as the lists of subjects that the command line reads."""
    return {
        "enterprise": [{"id": "enterprise", **case["enterprise"]}],
        "loan": [{"id": f"loan-{n}", "enterprise": "enterprise", **loan} for n, loan in enumerate(case["loans"])],
        "carrier": [{"id": "carrier", "enterprise": "enterprise", **case["carrier"]}],
        "talent": [{"id": "talent", **case["talent"]}],
    }


def start_up(folder, runs):
    """Median milliseconds of `quintet evaluate` for one case, of loading a policy from the cache, and of bare Python, turn about."""
    case = folder / "out" / "case.json"
    with open(folder / "cases.jsonl", encoding="utf-8") as lines:
        case.write_text(json.dumps(as_tables(json.loads(next(lines)))), encoding="utf-8")
    python = str(OURS / "python")
    commands = {
        "quintet": [part.format(case=case) for part in COMMAND],
        "loading": [python, "-c", LOADING],
        "python": [python, "-c", "pass"],
    }
    fill = "from datetime import date; from quintet.engine import load; load('panjin-2019-29').program(date(2020, 12, 31))"
    subprocess.run([python, "-c", fill], check=True, cwd=ROOT)
    times = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            start = time.perf_counter()
            done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
            times[name].append((time.perf_counter() - start) * 1000)
            if done.returncode:
                say(f"{name}: {' '.join(command[1:2])} ended with {done.returncode}: {done.stderr.strip().splitlines()[-1:]}")
                return None
    return {name: statistics.median(values) for name, values in times.items()}


def number(value, digits=3):
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.{digits}g}"


def field(figures, *path):
    for name in path:
        figures = (figures or {}).get(name)
    return figures


COLUMNS = [
    ("batch, ms", ("best_ms",)),
    ("extra memory, MiB", ("memory_mib",)),
    ("one case, µs", ("case_us", "plain")),
    ("with its trace, µs", ("case_us", "trace")),
]
COUNTS = [("amounts wrong", "amounts"), ("loans wrong", "loans"), ("states and scores wrong", "states"), ("cases wrong", "cases_wrong")]


def table(results):
    """A row a system; each measure with its ratio to Quintet's, each count as it is."""
    ours = results.get("quintet")
    head = ["system", "threads", *(title for name, _ in COLUMNS for title in (name, "× Quintet")), *(name for name, _ in COUNTS)]
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    for figures in results.values():
        cells = [f"{figures['system']} {figures['version']}", str(figures["threads"])]
        for _, path in COLUMNS:
            value, base = field(figures, *path), field(ours, *path)
            cells += [number(value), f"{value / base:.2f}" if value is not None and base else "–"]
        cells += [number(figures["differences"].get(name)) for _, name in COUNTS]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def cpu():
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "unknown processor")


def write_page(scale, text):
    """Put the text between the markers of this scale; add them at the end where there are none."""
    begin, end = f"<!-- benchmark {scale} begin -->", f"<!-- benchmark {scale} end -->"
    page = (
        PAGE.read_text(encoding="utf-8")
        if PAGE.exists()
        else "# Benchmark\n\nWritten by `./run benchmark`; the rules and the data are in `benchmarks/README.md`.\n"
    )
    if begin not in page:
        page += f"\n{begin}\n{end}\n"
    before, rest = page.split(begin, 1)
    after = rest.split(end, 1)[1]
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", choices=["1", "10"], default="1", help="million rows")
    parser.add_argument("--peers", help=f"some of {','.join(SYSTEMS[1:])}; Quintet always runs")
    parser.add_argument("--quick", action="store_true", help="ten thousand rows, one round, writes no page")
    parser.add_argument("--rounds", type=int, default=3, help="processes of each system, turn about (3)")
    options = parser.parse_args()
    wanted = ["quintet", *options.peers.split(",")] if options.peers else SYSTEMS
    if unknown := [system for system in wanted if system not in SYSTEMS]:
        parser.error(f"no such peer: {', '.join(unknown)}; there are {', '.join(SYSTEMS[1:])}")
    scale, rounds, runs, starts = ("0.01", 1, 2, 3) if options.quick else (options.scale, options.rounds, 5, STARTS)

    make_environment()
    folder = make_data(scale)
    measured = {system: [] for system in wanted}
    for turn in range(rounds):
        for system in wanted:
            say(f"round {turn + 1} of {rounds}: {system}")
            if figures := measure(system, folder, runs):
                measured[system].append(figures)
    results = {system: together(figures) for system, figures in measured.items() if len(figures) == rounds}
    for system, figures in results.items():
        figures["differences"] = compare(system, folder, figures, scale)
        if wrong := figures["differences"].get("wrong"):
            say(f"{system}: differs from the oracle in {wrong}, by up to {figures['differences']['worst_fen']} fen")
        if missing := figures["differences"].get("missing"):
            say(f"{system}: has not written {', '.join(missing)}")
            results[system]["incomplete"] = True
    starts_ms = start_up(folder, starts)

    rows = f"{float(scale) * 1e6:,.0f} rows"
    text = (
        f"**{rows}**, {datetime.now(UTC).date()}, {cpu()}, {os.cpu_count()} cores, {rounds} × {runs} runs, "
        f"the best; memory and single cases: the median.\n\n{table(results)}\n"
    )
    if values := field(results.get("quintet"), "case_us", "values"):
        text += f"\nOne case from and to Python's own values, checked, without JSON and trace (Quintet): {number(values)} µs.\n"
    if starts_ms:
        text += (
            f"\nOne case on the command line, whole process, median of {starts}: `quintet evaluate` {starts_ms['quintet']:.0f} ms, "
            f"starting and ending bare Python {starts_ms['python']:.0f} ms: {starts_ms['quintet'] / starts_ms['python']:.1f} times as long.\n"
            f"Loading the Panjin policy from the cache, whole process: {starts_ms['loading']:.0f} ms, "
            f"{starts_ms['loading'] / starts_ms['python']:.1f} times bare Python.\n"
        )
    (folder / "out" / "results.json").write_text(json.dumps({"results": results, "start_up": starts_ms}, indent=1), encoding="utf-8")
    print(text)

    failed = [system for system in wanted if system not in results or results[system].get("incomplete")]
    ours_wrong = "quintet" in results and any(results["quintet"]["differences"].get(name) for _, name in COUNTS)
    if ours_wrong:
        say("quintet differs from the oracle")
    if not starts_ms:
        say("`quintet evaluate` could not be timed")
    if failed:
        say(f"not measured: {', '.join(failed)}")
    if failed or ours_wrong or not starts_ms:
        sys.exit(1)
    if not options.quick and not options.peers:
        write_page(scale, text)
        say(f"Written to {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
