"""Foreign keys and templates respect the order of the layers; import-linter holds the same for imports."""

import re
from pathlib import Path

import pytest
from django.apps import apps

import quintet

SOURCE = Path(quintet.__file__).parent
# A context may use those with a lower number; contexts with the same number do not know each other.
LAYER = {
    "look": 0,
    "core": 1,
    "policies": 2,
    "ledger": 2,
    "directory": 3,
    "market": 4,
    "finance": 4,
    "talent": 4,
    "redemption": 5,
    "api": 6,
    "web": 6,
    "demo": 7,
}
CONTEXTS = [app.name.removeprefix("quintet.") for app in apps.get_app_configs() if app.name.startswith("quintet.")]


def may_use(user: str, used: str) -> bool:
    return user == used or used not in LAYER or LAYER[used] < LAYER[user]


def test_every_context_has_its_layer():
    assert sorted(CONTEXTS) == sorted(LAYER)


def test_foreign_keys_point_down():
    relations = [
        (model._meta.app_label, field.name, field.related_model._meta.app_label)
        for context in CONTEXTS
        for model in apps.get_app_config(context).get_models()
        for field in model._meta.get_fields()
        if field.remote_field and not field.auto_created and field.related_model
    ]
    assert [relation for relation in relations if not may_use(relation[0], relation[2])] == []


@pytest.mark.parametrize("context", sorted(LAYER))
def test_templates_extend_and_include_from_below(context: str):
    wrong = []
    for template in SOURCE.glob(f"{context}/templates/**/*.html"):
        for used in re.findall(r"""{%\s*(?:extends|include)\s+["']([\w-]+)/""", template.read_text()):
            if not may_use(context, used):
                wrong.append((template.name, used))
    assert wrong == []


@pytest.mark.parametrize("context", sorted(LAYER))
def test_templates_hold_no_inline_style_and_no_inline_script(context: str):
    bad = re.compile(r"""\sstyle\s*=|\son\w+\s*=\s*["']|<style|<script(?![^>]*\ssrc=)""")
    assert [path.name for path in SOURCE.glob(f"{context}/templates/**/*.html") if bad.search(path.read_text())] == []


def test_only_policies_imports_the_engine():
    pattern = re.compile(r"^\s*(?:from|import) quintet\.engine", re.M)
    users = {path.relative_to(SOURCE).parts[0] for path in SOURCE.glob("**/*.py") if pattern.search(path.read_text())}
    assert users - {"engine", "cli.py"} <= {"policies"}  # the command line hands over to the engine
