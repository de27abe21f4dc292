"""The only door to the rule engine: installed policies, kept compiled in this process."""

from datetime import date
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from quintet.core.errors import DomainError
from quintet.engine import EngineError, FactsError, Policy, load
from quintet.engine.evaluate import close, status_on
from quintet.engine.explain import definition_value, explain, goes_on, may_go_on
from quintet.engine.groups import Earlier
from quintet.engine.packs.home import content_hash, installed_packs, pack_homes
from quintet.engine.packs.load import used_folders
from quintet.engine.packs.model import OWN_MONEY, FactSpec
from quintet.engine.values import EARLIEST, LATEST, UNIT_WORDS
from quintet.engine.vocabulary import vocabulary

__all__ = [
    "EARLIEST",
    "LATEST",
    "OWN_MONEY",
    "UNIT_WORDS",
    "Earlier",
    "EngineError",
    "FactSpec",
    "FactsError",
    "Policy",
    "close",
    "default_day",
    "definition_value",
    "explain",
    "goes_on",
    "main_policy",
    "may_go_on",
    "policies",
    "policy",
    "status_on",
    "vocabulary",
    "years",
]  # fmt: skip


@lru_cache(maxsize=16)
def _loaded(folder: Path, content: str) -> Policy:
    found = load(folder)
    found.pack  # noqa: B018 - read now, so that a broken pack is met here
    return found


@lru_cache(maxsize=64)
def _content(folder: Path, stamp: tuple[tuple[str, int], ...]) -> str:
    return content_hash(used_folders(folder))


def _stamp(folder: Path) -> tuple[tuple[str, int], ...]:
    """Names and times of the files of all packs, beside this one and wherever packs are kept: cheap, and changed when any of them is."""
    homes = {home.resolve() for home in (folder.parent, *pack_homes()) if home.is_dir()}
    return tuple(sorted({(str(path), path.stat().st_mtime_ns) for home in homes for path in home.rglob("*.yaml")}))


def policy(name: str) -> Policy:
    """An installed policy by its pack name; read anew when its files have changed. Raises DomainError."""
    for folder in installed_packs():
        if folder.name == name:
            return _loaded(folder, _content(folder, _stamp(folder)))
    raise DomainError(_("没有名为“%(name)s”的政策包。") % {"name": name}, remedy=_("请从政策文库选择。"))


def policies() -> list[Policy]:
    """All installed policies, municipal ones before the national rules they use."""
    found = [policy(folder.name) for folder in installed_packs()]
    return sorted(found, key=lambda item: (not item.pack.document.uses, item.pack.document.pack))


def main_policy() -> Policy:
    """The policy that self-check and city use unless another is named: QUINTET_MAIN_PACK, or the first that uses others."""
    return policy(settings.MAIN_PACK) if settings.MAIN_PACK else policies()[0]


def default_day(chosen: Policy, today: date) -> date:
    """The day to evaluate for unless one is named: today, or the last day of a policy that has ended."""
    ends = chosen.pack.document.ends
    return min(today, ends) if ends else today


def years(chosen: Policy, today: date) -> list[int]:
    """The calendar years in which a policy was in force, the latest first."""
    document = chosen.pack.document
    last = min(today, document.ends) if document.ends else today
    return list(range(last.year, document.in_force.year - 1, -1))
