"""What `trail.py` of a context lists is what its source records in the audit chain: each action has its words there."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation

import quintet
from quintet.look.registry import collect

SOURCE = Path(quintet.__file__).parent
CODE = re.compile(r"[a-z]+\.[a-z_]+")


def recorded(source: str) -> Iterator[str]:
    """The actions that a module records: codes, or patterns where a part is worked out, or "?" where nothing can be told.

    `log.record("a.b", …)` says it outright; in `log.record(action, …)` it is one of the module's texts that look like a code.
    """
    tree = ast.parse(source)
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "record" and len(call.args) > 1:
            codes = list(_codes(call.args[0], tree))
            yield from codes or ["?"]


def _codes(first: ast.expr, tree: ast.Module) -> Iterator[str]:
    if isinstance(first, ast.JoinedStr):
        yield "".join(re.escape(part.value) if isinstance(part, ast.Constant) else "[a-z_]+" for part in first.values)
    elif isinstance(first, ast.IfExp):
        yield from _codes(first.body, tree)
        yield from _codes(first.orelse, tree)
    elif isinstance(first, ast.Constant):
        yield re.escape(str(first.value))
    else:
        texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
        yield from (re.escape(text) for text in texts if CODE.fullmatch(text))


@pytest.mark.parametrize(
    ("source", "codes"),
    [
        ("log.record('a.b', claim, title)", [r"a\.b"]),
        ("log.record('a.b' if x else 'a.c', claim, title)", [r"a\.b", r"a\.c"]),
        ("log.record(f'a.{kind}', claim, title)", [r"a\.[a-z_]+"]),
        ("code = 'a.b' if x else 'a.c'\nlog.record(code, claim, title)", [r"a\.b", r"a\.c"]),
        ("log.record(code, claim, title)", ["?"]),
        ("cursor.execute('a.b')", []),
    ],
)
def test_what_a_module_records_is_read_from_its_source(source: str, codes: list[str]):
    assert list(recorded(source)) == codes


def everything_recorded() -> dict[str, list[str]]:
    """By module: what it records."""
    modules = {path.relative_to(SOURCE).as_posix(): path.read_text(encoding="utf-8") for path in sorted(SOURCE.rglob("*.py"))}
    return {name: codes for name, text in modules.items() if (codes := list(recorded(text)))}


def test_every_recorded_action_has_its_words_in_the_trail_of_its_context():
    listed = [code for code, _ in collect("trail", "actions")]
    missing = {
        f"{module}: {code}"
        for module, codes in everything_recorded().items()
        for code in codes
        if not any(re.fullmatch(code, known) and known.startswith(module.split("/")[0] + ".") for known in listed)
    }
    assert missing == set(), "add these, with their words, to trail.py of their context"


def test_the_trail_lists_nothing_that_no_action_records():
    codes = [code for codes in everything_recorded().values() for code in codes]
    assert [known for known, _ in collect("trail", "actions") if not any(re.fullmatch(code, known) for code in codes)] == []


def test_no_action_stands_twice_and_no_two_have_the_same_words():
    actions = collect("trail", "actions")
    assert len({code for code, _ in actions}) == len(actions)
    for language in ("zh-hans", "en"):
        with translation.override(language):
            words = [(code.split(".")[0], str(text)) for code, text in actions]
        assert len(set(words)) == len(words)
