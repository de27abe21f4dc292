"""What docs/reference says of ASVS and of 等保: nothing left out, and every test and file it names exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`(tests/[\w/]+\.py)((?:::\w+)*)`")
FILES = re.compile(r"(?<![\w/`])((?:docs|deploy)/[\w./-]*\w)")
PAGES = ["asvs", "dengbao"]
# How many requirements of levels 1 and 2 each chapter of ASVS 5.0.0 has.
CHAPTERS = {1: 27, 2: 11, 3: 19, 4: 10, 5: 9, 6: 35, 7: 18, 8: 7, 9: 7, 10: 29, 11: 14, 12: 9, 13: 13, 14: 9, 15: 13, 16: 16, 17: 7}
# How many control points each section of the general requirements of level 2 has in GB/T 22239-2019.
SECTIONS = {1: 10, 2: 3, 3: 6, 4: 10, 5: 2, 6: 4, 7: 5, 8: 4, 9: 10, 10: 14}
ROW = re.compile(r"^\| (\d+)\.(\d+)\.(\d+) \| ([12]) \| [^|]+ \| (met|not applicable|\*\*not met\*\*) \| ([^|]+) \|$", re.M)


def text(page: str) -> str:
    return (ROOT / f"docs/reference/{page}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_every_test_that_is_named_exists(page: str):
    named = NAMED.findall(text(page))
    assert named
    missing = []
    for file, names in named:
        path = ROOT / file
        source = path.read_text(encoding="utf-8") if path.exists() else ""
        wanted = [name for name in names.split("::") if name]
        missing += (
            [file] if not source else [f"{file}::{name}" for name in wanted if not re.search(rf"^\s*(?:def|class) {name}\b", source, re.M)]
        )
    assert missing == []


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_is_named_exists(page: str):
    assert [file for file in FILES.findall(text(page)) if not (ROOT / file).exists()] == []


def test_asvs_is_walked_requirement_by_requirement():
    rows = ROW.findall(text("asvs"))
    numbers = [tuple(map(int, row[:3])) for row in rows]
    assert numbers == sorted(set(numbers))
    assert {chapter: sum(number[0] == chapter for number in numbers) for chapter in CHAPTERS} == CHAPTERS
    assert len([line for line in text("asvs").splitlines() if re.match(r"\| \d", line)]) == len(rows)


def test_the_sums_of_asvs_are_those_of_its_table():
    states = [row[4] for row in ROW.findall(text("asvs"))]
    said = re.search(r"(\d+) met, (\d+) not applicable, (\d+) not met", text("asvs"))
    assert said is not None
    assert [int(number) for number in said.groups()] == [states.count(state) for state in ("met", "not applicable", "**not met**")]


def test_what_is_not_met_says_why():
    assert all(len(row[5].strip()) > 10 for row in ROW.findall(text("asvs")) if row[4] == "**not met**")


def test_dengbao_is_walked_control_by_control():
    rows = re.findall(r"^\| 7\.1\.(\d+)\.(\d+) \| [^|]+ \| ([^|]+) \| ([^|]+) \|$", text("dengbao"), re.M)
    numbers = [(int(section), int(point)) for section, point, _software, _operator in rows]
    assert numbers == [(section, point) for section, most in SECTIONS.items() for point in range(1, most + 1)]
    assert all(software.strip() and (operator.strip() or software.strip() != "不涉及") for _section, _point, software, operator in rows)
