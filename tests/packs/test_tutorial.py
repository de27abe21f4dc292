"""The tutorial of `docs/how-to/write-a-pack.md`: its files make a pack that checks, and its figures are what the pack gives."""

import re
from datetime import date
from pathlib import Path

import pytest

from quintet.engine import PackError, load
from quintet.engine.evaluate import Policy, read_facts
from quintet.engine.packs.check import check

pytestmark = pytest.mark.engine_only

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "how-to" / "write-a-pack.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"^\*\*`([a-z.]+\.yaml)`\*\*\n\n```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
FIGURES = [
    (row, rule, state, round(float(yuan.replace(",", "")) * 100) if yuan else None)
    for row, rule, state, yuan in re.findall(
        r"^\| (\S+) \| ([a-z_]+) \| (entitled|not_entitled|decision|unknown) \| ?([\d,.]*) ?\|$", PAGE, re.MULTILINE
    )
]
DAY = date(2024, 12, 31)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The pack's folder as the page describes it, the facts beside it."""
    pack = tmp_path / "qinglan-2024-7"
    pack.mkdir()
    for name, text in FILES.items():
        (tmp_path if name == "facts.yaml" else pack).joinpath(name).write_text(text, encoding="utf-8")
    return pack


def outcomes(policy: Policy, folder: Path, **parameters: str) -> dict[tuple[str, str], tuple[str, int | None]]:
    answer = policy.evaluate(read_facts(folder.parent / "facts.yaml"), DAY, parameters=parameters)
    return {
        (row["id"], item["rule"]): (item["state"], item["amount"] if item["state"] in ("entitled", "decision") else None)
        for rows in answer["results"].values()
        for row in rows
        for item in row["outcomes"]
    }


def test_every_yaml_block_of_the_page_is_a_file() -> None:
    assert list(FILES) == ["pack.yaml", "clauses.yaml", "subjects.yaml", "parameters.yaml", "rules.yaml", "duties.yaml", "facts.yaml"]
    assert len(FILES) == PAGE.count("```yaml")


def test_the_tutorial_pack_is_in_order(folder: Path) -> None:
    assert check(load(folder)) == ([], [])


def test_the_figures_of_the_page_are_what_the_pack_gives(folder: Path) -> None:
    assert outcomes(load(folder), folder) == {(row, rule): (state, fen) for row, rule, state, fen in FIGURES}
    assert len(FIGURES) == 8


def test_the_open_question_can_be_read_the_other_way(folder: Path) -> None:
    found = outcomes(load(folder), folder, training_ceiling="100000 yuan")
    assert found[("培训二", "training_support")] == ("entitled", 45_000_00)


def test_the_mistake_that_the_page_shows_is_answered_as_it_says(folder: Path) -> None:
    rules = folder / "rules.yaml"
    rules.write_text(
        rules.read_text(encoding="utf-8").replace("workshop_award(staff)", "workshop_award(workshop_certified_on)"), encoding="utf-8"
    )
    stated = re.search(r"^```text\n(.*?)\n```$", PAGE, re.MULTILINE | re.DOTALL)
    assert stated
    try:
        problems = check(load(folder))[0]
    except PackError as error:
        problems = error.problems
    assert str(problems[0]) == stated[1]
