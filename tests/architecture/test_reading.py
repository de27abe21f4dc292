"""What people write is read in one place: nothing outside `quintet.reading` makes a figure, a day or a name of a text by itself.

Each place that may is named with its reason; one that needs no leave any more fails, too.
"""

import ast
from collections import defaultdict
from pathlib import Path

import pytest

import quintet

pytestmark = pytest.mark.engine_only
ROOT = Path(quintet.__file__).parent
CALLS = {  # the last words of what is called
    "Decimal", "fromisoformat", "strptime", "isdigit", "isdecimal", "isnumeric", "CalamineWorkbook", "load_workbook", "DictReader", "read_csv",
    "IntegerField", "DecimalField", "FloatField", "DateField", "NumberFilter", "DateFilter", "normalize",
}  # fmt: skip
OURS, STORED, FIGURE, CODE, SEARCH = (
    "a value that this system wrote", "a column of the database", "a figure that is calculated, not read", "a code of a list, checked against it",
    "words to look for, which need not be right",
)  # fmt: skip
LEFT = {
    "api/schemas.py": {"fromisoformat": "the interface takes ISO days alone, checked before"},
    "config/settings.py": {"isdigit": "the operator's environment"},
    "core/asked.py": {"isdigit": "the one reader of numbers in addresses"},
    "core/attachments.py": {"normalize": "names of files keep what they are"},
    "core/audit.py": {"fromisoformat": OURS},
    "core/calendar.py": {"fromisoformat": OURS},
    "core/management/commands/audit.py": {"fromisoformat": "the operator's command line"},
    "core/search.py": {"normalize": SEARCH},
    "core/second_factors.py": {"isdigit": "a code of six digits, compared letter for letter"},
    "core/typed.py": {"isdigit": "what is worth keeping of a text, not what it says"},
    "demo/fiction.py": {"isdigit": "texts that this system makes"},
    "directory/actions/numbers.py": {"isdigit": SEARCH},
    "directory/forms/fields.py": {"Decimal": FIGURE},
    "directory/forms/records.py": {"IntegerField": "the version of a page, hidden"},
    "directory/industries.py": {"isdigit": CODE},
    "directory/sheets/columns.py": {"Decimal": FIGURE, "normalize": "texts keep what they are"},
    "engine/backends/llvm_rows.py": {"isdigit": OURS},
    "engine/columns.py": {"read_csv": "millions of rows; ids and figures are checked as single ones are"},
    "engine/describe.py": {"fromisoformat": "the pack's own words"},
    "engine/identity.py": {"isdigit": "digits alone are their own form; all else goes to `reading.identifiers`"},
    "engine/instalments.py": {"fromisoformat": "the pack's own days"},
    "engine/packs/bind.py": {"fromisoformat": "the pack's own days"},
    "engine/packs/reader.py": {"fromisoformat": "the pack's own days", "replace of widths": "the pack's own figures"},
    "engine/evaluate.py": {"fromisoformat": "the pack's own days"},
    "engine/explain.py": {"isdigit": "how a figure is set, not what it says"},
    "engine/quick.py": {"fromisoformat": "the quick way of the command line; all else goes to the long one"},
    "engine/runtime.py": {"fromisoformat": "ISO days, told before; all else goes to `reading.dates`"},
    "engine/values.py": {"isdecimal": "digits alone, told by a pattern before"},
    "engine/wording.py": {"isdigit": "how a figure is set, not what it says"},
    "look/words.py": {"Decimal": FIGURE},
    "policies/search.py": {"isdigit": SEARCH},
    "policies/templatetags/policies.py": {"fromisoformat": OURS},
    "policies/results.py": {"fromisoformat": OURS},
    "redemption/actions/after.py": {"fromisoformat": OURS},
    "redemption/actions/claims.py": {"fromisoformat": OURS},
    "redemption/actions/payments.py": {"fromisoformat": OURS},
    "redemption/cases.py": {"fromisoformat": OURS},
    "redemption/selfcheck.py": {"fromisoformat": OURS},
    "web/forms.py": {"IntegerField": "the key of a row, hidden"},
    "web/records.py": {"isdigit": OURS, "fromisoformat": OURS},
    "web/views/holidays.py": {"fromisoformat": OURS},
}  # fmt: skip


def parsers(source: str) -> set[str]:
    """What reads a text by itself in this source; columns of models and fields of migrations are none."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        owner = called.value.id if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) else ""
        if name in CALLS and owner != "models":
            found.add(name)
        if name in ("int", "float") and any(_is_typed(part) for argument in node.args for part in ast.walk(argument)):
            found.add(f"{name} of a request")
        if (
            name == "replace"
            and node.args
            and isinstance(node.args[0], ast.Constant)
            and node.args[0].value in ("（", "，", ",", "－", "．")
        ):
            found.add("replace of widths")
    return found


def _is_typed(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in ("GET", "POST", "cleaned_data") and getattr(node.value, "id", "") == "request"


def test_nothing_outside_reading_reads_by_itself():
    found = defaultdict(set)
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith("reading/") and "/migrations/" not in name:
            found[name] |= parsers(path.read_text(encoding="utf-8"))
    strays = {name: sorted(what - set(LEFT.get(name, {}))) for name, what in found.items() if what - set(LEFT.get(name, {}))}
    unused = {name: sorted(set(left) - found[name]) for name, left in LEFT.items() if set(left) - found[name]}
    assert strays == {}, "read it with quintet.reading, or name the place in LEFT with its reason"
    assert unused == {}, "LEFT names what is not there any more"


@pytest.mark.parametrize(
    "source",
    [
        "Decimal(text)", "date.fromisoformat(text)", "datetime.strptime(text, '%Y')", "int(request.POST['n'])", "float(request.GET.get('n'))",
        "text.replace('（', '(')", "forms.DateField()", "filters.NumberFilter()", "text.isdigit()", "unicodedata.normalize('NFKC', text)",
    ],
)  # fmt: skip
def test_what_reads_by_itself_is_found(source: str):
    assert parsers(source)


@pytest.mark.parametrize("source", ["models.DateField()", "int(3.5)", "text.replace('a', 'b')", "amounts.fen(text)"])
def test_what_does_not_is_left(source: str):
    assert not parsers(source)
