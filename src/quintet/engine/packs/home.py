"""Where packs are found, and what their contents hash to. Light: the command line starts here."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from quintet.engine.errors import PackError, Problem, nearest


def pack_files(folder: Path) -> list[Path]:
    """The YAML files of a pack, in a fixed order."""
    return sorted(path for path in folder.rglob("*.yaml") if path.is_file())


def find_pack(name: str | Path) -> Path:
    """The folder of a pack given by path, or by name below `packs/`. Raises PackError."""
    given = Path(name)
    if (given / "pack.yaml").is_file():
        return given.resolve()
    for base in pack_homes():
        if (base / str(name) / "pack.yaml").is_file():
            return (base / str(name)).resolve()
    near = nearest(str(name), [path.name for path in installed_packs()])
    raise PackError(
        [Problem(str(name), 0, "is not a pack: it has no pack.yaml.", f"Did you mean {near}?" if near else "See `quintet packs`.")]
    )


def pack_homes() -> list[Path]:
    """Folders that hold packs: QUINTET_PACKS (separated by colons), ./packs, and packs/ beside the source."""
    named = [Path(part) for part in os.environ.get("QUINTET_PACKS", "").split(os.pathsep) if part]
    return [*named, Path.cwd() / "packs", Path(__file__).resolve().parents[4] / "packs"]


def installed_packs() -> list[Path]:
    """Every pack folder that can be found by name, once each."""
    found: dict[str, Path] = {}
    for base in pack_homes():
        try:
            names = sorted(os.listdir(base))
        except OSError:
            continue
        for name in names:
            if name not in found and os.path.isfile(f"{base}/{name}/pack.yaml"):
                found[name] = base / name
    return list(found.values())


def content_hash(folders: Iterable[Path]) -> str:
    """SHA-256 over the names and contents of all files of the packs."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in pack_files(folder):
            body = path.read_bytes()
            digest.update(f"{folder.name}/{path.relative_to(folder).as_posix()}\0{len(body)}\0".encode())
            digest.update(body)
    return digest.hexdigest()
