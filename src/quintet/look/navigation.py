"""The links of both shells. A context declares its own in `nav.py`: `entries = [Entry(…), …]`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from django.urls import reverse
from django.utils.functional import Promise

from quintet.look.registry import collect

Text = str | Promise


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One link. In the work shell, entries of one `group` stand together; `count(user)` is asked on every page, so keep it to one query.

    `roles` empty means everybody. `order` is by tens; the lowest comes first.
    """

    label: Text
    url: str  # name of a URL without arguments
    shell: Literal["public", "work"]
    order: int
    roles: tuple[str, ...] = ()
    group: Text = ""
    count: Callable[[Any], int | None] | None = None

    def visible_to(self, held: frozenset[str]) -> bool:
        """To who holds these roles."""
        return not self.roles or not held.isdisjoint(self.roles)


@dataclass
class Link:
    label: Text
    href: str
    current: bool = False
    count: int | None = None


@dataclass
class Group:
    label: Text
    links: list[Link] = field(default_factory=list)


@cache
def entries() -> tuple[Entry, ...]:
    return tuple(sorted(collect("nav", "entries"), key=lambda entry: entry.order))


def links(shell: str, *, user: Any, path: str) -> list[Group]:
    """The groups of a shell with the links this user may follow; at most one is current: the longest that begins the path."""
    held = roles_of(user)
    shown = [entry for entry in entries() if entry.shell == shell and entry.visible_to(held)]
    hrefs = {entry: reverse(entry.url) for entry in shown}
    current = max((href for href in hrefs.values() if _leads_to(href, path)), key=len, default="")
    groups: dict[str, Group] = {}
    for entry in shown:
        group = groups.setdefault(str(entry.group), Group(entry.group))
        group.links.append(Link(entry.label, hrefs[entry], hrefs[entry] == current, entry.count(user) if entry.count else None))
    return list(groups.values())


def has_work(user: Any) -> bool:
    held = roles_of(user)
    return any(e.roles and e.shell == "work" and e.visible_to(held) for e in entries())


def roles_of(user: Any) -> frozenset[str]:
    return user.role_codes if user.is_authenticated else frozenset()


def _leads_to(href: str, path: str) -> bool:
    return path == href or (href != "/" and path.startswith(href if href.endswith("/") else href + "/"))
