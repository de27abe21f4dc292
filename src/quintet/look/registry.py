"""Contexts register what they offer by having a module of a known name; nobody imports a context to find it."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps


def collect(module: str, attribute: str) -> list[Any]:
    """All items of the list `attribute` in `<context>/<module>.py`, over all contexts that have such a module."""
    found: list[Any] = []
    for app in apps.get_app_configs():
        if app.name.startswith("quintet.") and find_spec(f"{app.name}.{module}"):
            found.extend(getattr(import_module(f"{app.name}.{module}"), attribute))
    return found
