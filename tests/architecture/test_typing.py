"""mypy is strict everywhere; what is relaxed is listed by name, and never an action or a query."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

import quintet

SOURCE = Path(quintet.__file__).parent
ROOT = SOURCE.parents[1]
MYPY: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]
STRICTER = {"disallow_any_generics", "warn_return_any"}


def module_name(path: Path) -> str:
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = sorted(module_name(path) for path in SOURCE.rglob("*.py"))
SEAMS = [name for name in MODULES if {"actions", "queries"} & set(name.split("."))]


def covers(pattern: str, module: str) -> bool:
    """As mypy reads a pattern: a star stands for any number of names, at the end for none, too."""
    return re.fullmatch(re.escape(pattern).replace(r"\.\*", r"(?:\.[^.]+)*"), module) is not None


@pytest.mark.parametrize(
    ("pattern", "module", "does"),
    [
        ("quintet.*.actions.*", "quintet.redemption.actions", True),
        ("quintet.*.actions.*", "quintet.redemption.actions.claims", True),
        ("quintet.*.actions", "quintet.redemption.actions.claims", False),
        ("quintet.core.*", "quintet.coreless", False),
    ],
)
def test_a_pattern_covers_what_mypy_says_it_does(pattern: str, module: str, does: bool):
    assert covers(pattern, module) is does


def test_strictness_is_the_rule():
    assert MYPY["strict"] is True
    assert {name for name, value in MYPY.items() if value is False} <= STRICTER


@pytest.mark.parametrize("pattern", [pattern for override in MYPY["overrides"] for pattern in override["module"]])
def test_every_pattern_is_about_something(pattern: str):
    assert [name for name in MODULES if covers(pattern, name)] != []


def test_actions_and_queries_say_what_they_return():
    held = [pattern for override in MYPY["overrides"] if override.get("warn_return_any") for pattern in override["module"]]
    assert [name for name in SEAMS if not any(covers(pattern, name) for pattern in held)] == []


def test_nothing_is_relaxed_for_actions_and_queries():
    relaxed = [
        pattern
        for override in MYPY["overrides"]
        if set(override) - {"module"} - {name for name in STRICTER if override.get(name) is True}
        for pattern in override["module"]
    ]
    assert [name for name in SEAMS if any(covers(pattern, name) for pattern in relaxed)] == []
