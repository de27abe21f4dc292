"""The guides in Chinese are held true: the pages, buttons and commands that they name are there, and each is drawn inside the site."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po
from django.core.management import get_commands, load_command_class
from django.test import Client

from quintet.core.roles import Role
from quintet.look.navigation import entries
from quintet.redemption.models import Objection
from quintet.web.views.guides import GUIDES, drawn

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "docs/guide").glob("*.zh-CN.md"))
NAMES = [file.name.removesuffix(".zh-CN.md") for file in FILES]


def texts() -> set[str]:
    """Every text that some page shows, as it stands in the source."""
    shown: set[str] = set()
    for po in (ROOT / "src/quintet").glob("*/locale/en/LC_MESSAGES/django.po"):
        with po.open("rb") as stream:
            shown |= {message.id for message in read_po(stream, locale="en") if isinstance(message.id, str)}
    return shown


def test_every_guide_is_served_and_no_other():
    assert sorted(GUIDES) == NAMES


@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_pages_and_buttons_that_a_guide_names_are_there(file: Path):
    text, shown = file.read_text(), texts()
    pages = set(re.findall(r"「([^」]+)」", text)) - {"页面"}
    headings = {re.sub(r'.*translate "([^"]+)".*', r"\1", line) for line in headings_of_pages()}
    known = {str(entry.label) for entry in entries()} | headings
    assert pages - known == set()
    buttons = set(re.findall(r"【([^】]+)】", text)) - {"按钮"}
    assert buttons - shown == set()
    assert buttons or file.name.startswith("operator")


def headings_of_pages() -> list[str]:
    templates = (ROOT / "src/quintet").glob("*/templates/*/*.html")
    return [line for path in templates for line in path.read_text().splitlines() if "block h1" in line]


def commands(text: str) -> list[list[str]]:
    blocks = re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL)
    return [line.split() for block in blocks for line in block.splitlines() if line.strip()]


@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_commands_that_a_guide_names_are_there_with_their_arguments(file: Path):
    for words in commands(file.read_text()):
        words = [word for word in words if not re.match(r"[A-Z_]+=", word)]
        if words[0] in ("systemctl", "journalctl"):
            assert (ROOT / f"deploy/{words[2]}.service").is_file(), words
            continue
        assert words[0] == "./run", words
        help_text = subprocess.run([ROOT / "run", "--help"], capture_output=True, text=True, check=True).stdout
        assert f"./run {words[1]} " in help_text, words
        if words[1] == "manage" or words[1:3] in (["quintet", "audit"], ["quintet", "books"]):
            name = words[2]
            load_command_class(get_commands()[name], name).create_parser("manage.py", name).parse_args(words[3:])


@pytest.mark.parametrize("page", ["run-in-production", "use-your-own-data"])
def test_commands_of_a_how_to_are_there_with_their_arguments(page: str):
    """Of `./run` and of deploy/: what else an installation calls is the system's."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / f"docs/how-to/{page}.md").read_text(), flags=re.DOTALL)
    lines = [line.split(" #")[0].split() for block in blocks for line in block.splitlines()]
    own = [words for words in lines if any(word.startswith(("./run", "deploy/")) for word in words)]
    assert own
    for words in own:
        for word in words:
            if word.startswith("deploy/"):
                assert list(ROOT.glob(word)), words
        if "./run" in words:
            name, *arguments = words[words.index("./run") + 2 :]
            load_command_class(get_commands()[name], name).create_parser("manage.py", name).parse_args(arguments)


@pytest.mark.django_db
def test_the_commands_of_auditors_and_finance_can_be_run(capsys: pytest.CaptureFixture[str]):
    from django.core.management import call_command

    ran = [words[2:] for name in ("auditor", "finance") for words in commands((ROOT / f"docs/guide/{name}.zh-CN.md").read_text())]
    assert ran == [["audit", "verify"], ["audit", "digests"], ["books"]]
    for words in ran:
        call_command(*words)
    assert "审计链完整" in capsys.readouterr().out


def test_packs_that_a_guide_names_are_shipped():
    named = {words[3] for words in commands((ROOT / "docs/guide/operator.zh-CN.md").read_text()) if words[1:3] == ["quintet", "check"]}
    assert named
    assert all((ROOT / "packs" / name / "pack.yaml").is_file() for name in named)


def test_markup_in_a_guide_is_shown_as_text(tmp_path: Path):
    file = tmp_path / "x.md"
    file.write_text("# 题\n\n<script>alert(1)</script>\n\n[链接](javascript:alert)\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")
    html = drawn(file, 1)
    assert "<script>" not in html
    assert "<a " not in html
    assert '<table class="data">' in html
    assert "<h1>" not in html


def test_a_guide_that_is_not_there_is_no_page():
    assert Client().get("/help/settings/").status_code == 404


@pytest.mark.parametrize("width", [1280, 390])
def test_guides_are_led_to_by_every_page_and_read_well(width: int, visit: Any, transactional_db: None):
    visitor = visit(width=width)
    page = visitor.open("/")
    page.get_by_role("contentinfo").get_by_role("link", name="帮助").click()
    visitor.check()
    for name, (title, _about) in GUIDES.items():
        page = visitor.open(f"/help/{name}/")
        assert page.locator("h1").inner_text() == str(title)
        visitor.check()


def test_every_role_that_works_here_has_its_guide():
    """The public has one, too."""
    named = {"finance": Role.FINANCE_OFFICER}
    assert {named.get(name, name) for name in GUIDES} == {role.value for role in Role} | {"citizen"}


def test_the_public_guide_says_how_long_an_objection_is_at_least():
    assert f"（至少 {Objection.LEAST_TEXT} 个字）" in (ROOT / "docs/guide/citizen.zh-CN.md").read_text()
