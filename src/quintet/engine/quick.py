"""`quintet evaluate` in its plain form, answered from the cache: importing the option parser would take longer than the answer."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from quintet.engine.runtime import Program


def answered(words: list[str]) -> bool:
    """Whether `evaluate PACK --facts FILE --on DATE [--json] [--trace]` was understood and answered; all else is for the full command line."""
    from quintet.engine.evaluate import evaluated, quick_program, read_facts
    from quintet.engine.packs.home import find_pack

    given: dict[str, str] = {}
    flags = {word for word in words if word in ("--json", "--trace")}
    rest = [word for word in words if word not in flags]
    while rest:
        word = rest.pop(0)
        name = word if word in ("--facts", "--on") else "pack"
        if name in given or (name != "pack" and not rest) or (name == "pack" and word.startswith("-")):
            return False
        given[name] = word if name == "pack" else rest.pop(0)
    if set(given) != {"pack", "--facts", "--on"} or not Path(given["--facts"]).is_file():
        return False
    try:
        on = date.fromisoformat(given["--on"])
    except ValueError:
        return False
    folder = find_pack(given["pack"])
    program = quick_program(folder, on)
    if program is None:
        return False
    facts = read_facts(Path(given["--facts"]))
    try:
        answer = evaluated(lambda day: program if day == on else _cached(folder, day), facts, on, trace="--trace" in flags)
    except LookupError:
        return False
    sys.stdout.write(shown(program.subjects, answer, as_json="--json" in flags))
    return True


def _cached(folder: Path, day: date) -> Program:
    """The program of another year's day, for instalments. Raises LookupError when the cache does not have it."""
    from quintet.engine.evaluate import quick_program

    program = quick_program(folder, day)
    if program is None:
        raise LookupError(day)
    return program


def shown(subjects: Mapping[str, Any], answer: Mapping[str, Any], *, as_json: bool) -> str:
    """An answer as `quintet evaluate` prints it."""
    if as_json:
        import json

        return json.dumps(answer, ensure_ascii=False, indent=1) + "\n"
    lines = []
    if answer["status"] != "in_force":
        lines.append(f"{answer['pack']}: {'not yet in force' if answer['status'] == 'not_yet' else 'ended'} on {answer['on']}")
    titles = {rule["rule"]: rule["title"][0] for subject in subjects.values() for rule in subject["rules"]}
    for subject, rows in answer["results"].items():
        for row in rows:
            lines.append(f"{subject} {row['id']}")
            for outcome in row["outcomes"]:
                amount = "" if outcome["amount"] is None else f"{outcome['amount'] // 100:,}.{outcome['amount'] % 100:02d}"
                lines.append(f"  {outcome['state']:<13} {amount:>16}  {outcome['clause']:<6} {titles[outcome['rule']]}")
    return "\n".join([*lines, ""])
