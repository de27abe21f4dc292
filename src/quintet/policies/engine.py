"""The only door to the rule engine: installed policies, kept compiled in this process."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
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
    "held",
    "main_policy",
    "may_go_on",
    "paying_years",
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
    homes = {_identity(str(home)): str(home) for home in (*pack_homes(), folder.parent)}
    homes.pop(None, None)
    return tuple(sorted(stamp for home in homes.values() for pack in _folders_in(home) for stamp in _times(pack)))


def _folders_in(home: str) -> Iterator[str]:
    with os.scandir(home) as entries:
        yield from (entry.path for entry in entries if entry.is_dir())


def _identity(folder: str) -> tuple[int, int] | None:
    """The same for two names of one folder; None where there is none."""
    try:
        found = os.stat(folder)
    except OSError:
        return None
    return (found.st_dev, found.st_ino)


def _times(folder: str) -> Iterator[tuple[str, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _times(entry.path)
            elif entry.name.endswith(".yaml"):
                yield entry.path, entry.stat().st_mtime_ns


_held: ContextVar[dict[str, Policy] | None] = ContextVar("held_packs", default=None)
_held_facts: ContextVar[dict[tuple[str, str], tuple[FactSpec, ...]] | None] = ContextVar("held_facts", default=None)


@contextmanager
def held() -> Iterator[None]:
    """Packs are looked for once as long as this lasts, such as a request: all of it goes by the same text."""
    token, facts = _held.set({}), _held_facts.set({})
    try:
        yield
    finally:
        _held.reset(token)
        _held_facts.reset(facts)


def policy(name: str) -> Policy:
    """An installed policy by its pack name; read anew when its files have changed. Raises DomainError."""
    kept = _held.get()
    if kept is not None and name in kept:
        return kept[name]
    for folder in installed_packs():
        if folder.name == name:
            found = _loaded(folder, _content(folder, _stamp(folder)))
            if kept is not None:
                kept[name] = found
            return found
    raise DomainError(_("没有名为“%(name)s”的政策包。") % {"name": name}, remedy=_("请从政策文库选择。"))


def policies() -> list[Policy]:
    """All installed policies, municipal ones before the national rules they use."""
    found = [policy(folder.name) for folder in installed_packs()]
    return sorted(found, key=lambda item: (not item.pack.document.uses, item.pack.document.pack))


def fact_specs(subject: str, name: str) -> tuple[FactSpec, ...]:
    """A fact in every installed policy that has it: what a register keeps for it must be taken by all of them."""
    kept = _held_facts.get()
    if kept is not None and (subject, name) in kept:
        return kept[subject, name]
    subjects = [one.pack.subjects[subject] for one in policies() if subject in one.pack.subjects]
    found = tuple(one.facts[name] for one in subjects if name in one.facts)
    if kept is not None:
        kept[subject, name] = found
    return found


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


def paying_years(chosen: Policy, today: date, rule: str = "") -> list[int]:
    """`years`, and before them those after the policy's end until today in which a rule (this one, or any) may still pay: what `beyond_end` lets go on."""
    going_on = [one for one in chosen.pack.rules if one.beyond_end is not None and rule in ("", one.id)]
    listed = years(chosen, today)
    later = [
        year
        for year in range(today.year, listed[0], -1)
        if any(may_go_on(chosen, one.subject, one.id, date(year, 12, 31)) for one in going_on)
    ]
    return later + listed
