"""Small packs for the tests of the engine."""

from __future__ import annotations

from pathlib import Path

from quintet.engine import Policy, load

HEAD = """
pack: {name}
format: 1
title: {{zh: 小政策, en: A small policy}}
number: 试〔2020〕1号
in_force: 2019-07-04
ends: 2021-12-31
units:
  stb: {{zh: 市科技局, en: Municipal Science and Technology Bureau}}
clauses:
  C1: {{number: 一, title: {{zh: 一条, en: One clause}}, lead: [stb]}}
"""


def write_pack(folder: Path, body: str, name: str = "small", head: str = HEAD) -> Path:
    """A pack folder below `folder` with the usual head and this body."""
    home = folder / name
    home.mkdir(parents=True, exist_ok=True)
    (home / "pack.yaml").write_text(head.format(name=name) + body, encoding="utf-8")
    return home


def small(folder: Path, body: str) -> Policy:
    """The policy of such a pack."""
    return load(write_pack(folder, body))
