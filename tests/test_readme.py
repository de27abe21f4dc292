"""What the README and the guides name is there: commands, files, settings, addresses."""

import re
import subprocess
from pathlib import Path

import pytest
from django.urls import resolve

from quintet.core.locales import SOURCE

pytestmark = pytest.mark.engine_only

ROOT = Path(__file__).resolve().parents[1]
READMES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "benchmarks/README.md"]
DEPLOYED = [path for path in (ROOT / "deploy").iterdir() if path.is_file()]
SETTING = re.compile(r"\b(?:QUINTET_[A-Z_]+|DATABASE_URL)\b")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def settings_known() -> set[str]:
    """Variables that the settings, the engine or the scripts read."""
    readers = [*SOURCE.rglob("*.py"), ROOT / "run"]
    known = {found for path in readers for found in SETTING.findall(path.read_text())}
    return known | {"QUINTET_HOME"}


@pytest.mark.parametrize("page", READMES, ids=name)
def test_commands_of_the_readme_are_commands_of_run(page: Path):
    listed = subprocess.run([ROOT / "run", "--help"], capture_output=True, text=True, check=True).stdout
    known = set(re.findall(r"\./run (\w+)", listed))
    named = set(re.findall(r"^\s*\./run ([a-z]+)", page.read_text(), re.MULTILINE))
    assert named - known == set()
    assert {"test", "quintet"} <= named


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_linked_files_exist(page: Path):
    links = re.findall(r"\]\(([^)#\s]+)", re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL))
    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", [*PAGES, *DEPLOYED], ids=name)
def test_settings_that_are_named_are_read(page: Path):
    assert set(SETTING.findall(page.read_text())) - settings_known() == set()


@pytest.mark.parametrize("page", [*READMES, ROOT / "docs/tutorial/five-minutes.md"], ids=name)
def test_addresses_of_the_tour_are_addresses_of_the_site(page: Path):
    for address in re.findall(r"`(/[A-Za-z0-9/?=&._-]*)", page.read_text()):
        path = address.split("?")[0]
        if path != "/api/v1/":
            resolve(path)


def test_the_two_readmes_show_the_same_commands_and_accounts():
    english, chinese = (path.read_text() for path in READMES)
    for pattern in (r"demo-\w+", r"^\s*\./run (\w+)"):
        assert set(re.findall(pattern, english, re.MULTILINE)) == set(re.findall(pattern, chinese, re.MULTILINE))


def test_the_accounts_that_are_named_are_accounts_of_the_demo():
    from quintet.demo.accounts import ACCOUNTS

    known = {account[0] for account in ACCOUNTS}
    for page in READMES:
        assert set(re.findall(r"`(demo-[a-z]+)`", page.read_text())) - known == set()


@pytest.mark.parametrize("page", sorted((ROOT / "docs/guide").glob("*.md")), ids=name)
def test_pages_and_buttons_of_the_guides_are_pages_and_buttons_of_the_site(page: Path):
    sources = [*SOURCE.rglob("*.html"), *SOURCE.rglob("*.py")]
    site = {text for path in sources for text in re.findall(r"""(?:translate|_\(|gettext_lazy\() ?["']([^"']+)["']""", path.read_text())}
    named = {text for pair in re.findall("「([^」]+)」|【([^】]+)】", page.read_text()) for text in pair if text}
    assert named - site - {"页面", "按钮"} == set()


def test_pictures_are_small():
    pictures = list((ROOT / "docs/images").glob("*.png"))
    assert pictures
    assert [name(picture) for picture in pictures if picture.stat().st_size > 400_000] == []


def test_every_document_stands_in_the_index():
    index = (ROOT / "docs/README.md").read_text()
    assert [name(page) for page in PAGES if "docs" in page.parts and page.name != "README.md" and f"{page.name})" not in index] == []


@pytest.mark.parametrize("script", ["backup", "upgrade"])
def test_the_scripts_of_deploy_are_shell_that_can_be_run(script: str):
    path = ROOT / "deploy" / script
    assert path.stat().st_mode & 0o111
    subprocess.run(["sh", "-n", path], check=True)
