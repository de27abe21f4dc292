"""Contexts register what they offer by having a module of a known name; nobody imports a context to find it."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps


def collect(module: str, attribute: str, *, everywhere: bool = True) -> list[Any]:
    """All items of the list `attribute` in `<context>/<module>.py`, over all contexts that have such a module; `everywhere`: each of them must have it."""
    found: list[Any] = []
    for app in apps.get_app_configs():
        if app.name.startswith("quintet.") and find_spec(f"{app.name}.{module}"):
            there = import_module(f"{app.name}.{module}")
            found.extend(getattr(there, attribute) if everywhere else getattr(there, attribute, ()))
    return found
