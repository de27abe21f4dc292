"""`docs/glossary.md` holds every word that the packs use, with the same Chinese term."""

import re
from pathlib import Path

import pytest

from quintet.engine import load
from quintet.engine.packs.model import KINDS, STATES
from quintet.engine.values import UNITS

pytestmark = pytest.mark.engine_only

PACK = load("panjin-2019-29").pack
PAGE = (Path(__file__).resolve().parents[2] / "docs" / "glossary.md").read_text(encoding="utf-8")


def rows(section: str) -> list[tuple[str, str, str]]:
    """(Chinese term, identifier, meaning) of a section, by its heading."""
    found = re.search(rf"^##+ {re.escape(section)}\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"the glossary has no section {section}"
    return re.findall(r"^\| ([^|`]+) \| `([^`]+)` \| (.+) \|$", found[1], re.MULTILINE)


def terms(section: str) -> dict[str, str]:
    return {identifier: term for term, identifier, _ in rows(section)}


def test_departments() -> None:
    assert terms("Departments") == {code: name.zh for code, name in PACK.units.items()}


def test_subjects() -> None:
    assert terms("Subjects") == {subject.name: subject.label.zh for subject in PACK.subjects.values()}


@pytest.mark.parametrize("name", PACK.subjects)
def test_facts_and_their_choices(name: str) -> None:
    wanted = {}
    for fact in PACK.subjects[name].facts.values():
        wanted[fact.name] = fact.label.zh
        wanted |= {choice: words.zh for choice, words in fact.choices.items() if choice not in wanted}
    assert len(rows(f"Facts: {name}")) == sum(1 + len(fact.choices) for fact in PACK.subjects[name].facts.values())
    assert {identifier: terms(f"Facts: {name}")[identifier] for identifier in wanted} == wanted


def test_definitions() -> None:
    assert terms("Definitions") == {definition.id: definition.label.zh for definition in PACK.definitions.values()}


def test_rules() -> None:
    assert terms("Rules") == {rule.id: rule.title.zh for rule in PACK.rules}


def test_kinds_states_ways_and_measures() -> None:
    assert set(terms("What a rule gives")) == set(KINDS)
    assert set(STATES) <= set(terms("Outcomes"))
    assert set(terms("Ways to money")) == {"automatic", "fast", "ordinary"}
    assert {target.measure for target in PACK.targets} == set(terms("How a target is counted"))


def test_units_of_measure() -> None:
    assert set(terms("Units of measure")) == set(UNITS)


def test_budgets() -> None:
    assert set(PACK.budgets) <= set(terms("Money and cooperation"))


def test_every_line_has_a_meaning_in_english() -> None:
    for term, identifier, meaning in re.findall(r"^\| ([^|`]+) \| `([^`]+)` \| (.*) \|$", PAGE, re.MULTILINE):
        assert term.strip(), identifier
        assert meaning.strip(), identifier
        assert not any("一" <= letter <= "鿿" for letter in meaning), identifier


def test_one_section_never_gives_one_identifier_two_terms() -> None:
    for section in re.findall(r"^##+ (.+)$", PAGE, re.MULTILINE):
        named = [identifier for _, identifier, _ in rows(section)]
        assert len(named) == len(set(named)), section
