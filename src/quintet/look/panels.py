"""Blocks of the home page and of the desk. A context declares its own in `home.py`: `panels = [Panel(…), …]`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.functional import Promise

from quintet.look.registry import collect


@dataclass(frozen=True, kw_only=True)
class Panel:
    """`query(user)` returns the context of `template`, or None when there is nothing to show; its `title` goes before the panel's."""

    title: str | Promise
    order: int
    template: str
    query: Callable[[Any], dict[str, Any] | None]
    wide: bool = False
    shell: Literal["public", "work"] = "public"


def panels(request: HttpRequest, *, shell: str = "public") -> list[dict[str, Any]]:
    shown = []
    for panel in sorted((panel for panel in collect("home", "panels") if panel.shell == shell), key=lambda panel: panel.order):
        content = panel.query(request.user)
        if content is not None:
            shown.append(
                {
                    "title": content.get("title") or panel.title,
                    "wide": panel.wide,
                    "html": render_to_string(panel.template, content, request),
                }
            )
    return shown
