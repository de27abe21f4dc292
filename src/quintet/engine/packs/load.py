"""A pack's folder → `Pack`. Everything that is wrong is collected, then raised together as one PackError."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from quintet.engine.errors import PackError, Problem, nearest
from quintet.engine.packs import model as m
from quintet.engine.packs.citations import read_citations
from quintet.engine.packs.clauses import read_clause, read_duty, read_service, read_target
from quintet.engine.packs.draft import Draft
from quintet.engine.packs.home import content_hash, find_pack, pack_files
from quintet.engine.packs.parameters import read_parameter
from quintet.engine.packs.procedures import read_procedure
from quintet.engine.packs.reader import Map, Seq, read_yaml
from quintet.engine.packs.rules import read_budget, read_definition, read_group, read_ladder, read_rule
from quintet.engine.packs.subjects import check_order, read_subject

FORMAT = 1
# In this order, so that what an entry names has been read before it:
SECTIONS: dict[str, Callable[[Draft, str, Map], None]] = {
    "clauses": read_clause,
    "subjects": read_subject,
    "parameters": read_parameter,
    "budgets": read_budget,
    "procedures": read_procedure,
    "groups": read_group,
    "definitions": read_definition,
    "rules": read_rule,
    "duties": read_duty,
    "targets": read_target,
    "services": read_service,
    "ladders": read_ladder,
}


def load_pack(name: str | Path) -> m.Pack:
    """Read a pack and what it uses. Raises PackError with every problem of form; `check` looks deeper."""
    folder = find_pack(name)
    folders = used_folders(folder)
    draft = Draft()
    for part in folders:
        _read(draft, part)
    if draft.problems:
        raise PackError(draft.problems)
    draft.pack.document = draft.pack.documents[folder.name]
    draft.pack.hash = content_hash(folders)
    return draft.pack


def used_folders(folder: Path) -> list[Path]:
    """The pack's folder and those of the packs it uses, used ones first."""
    order: list[Path] = []
    _collect(folder, order, [])
    return order


def _collect(folder: Path, order: list[Path], path: list[Path]) -> None:
    if folder in path:
        names = " → ".join(part.name for part in [*path, folder])
        raise PackError([Problem(f"{folder.name}/pack.yaml", 0, f"packs use each other in a circle: {names}.", "Remove one `uses`.")])
    if folder in order:
        return
    head = read_yaml(folder / "pack.yaml", f"{folder.name}/pack.yaml")
    for name in head.get("uses") or ():
        near = folder.parent / str(name)
        _collect(near.resolve() if (near / "pack.yaml").is_file() else find_pack(str(name)), order, [*path, folder])
    order.append(folder)


def _read(draft: Draft, folder: Path) -> None:
    head = read_yaml(folder / "pack.yaml", f"{folder.name}/pack.yaml")
    _head(draft, folder.name, head)
    pending: list[tuple[str, Any, Map]] = []
    for path in pack_files(folder):
        top = (
            head
            if path.name == "pack.yaml" and path.parent == folder
            else read_yaml(path, f"{folder.name}/{path.relative_to(folder).as_posix()}")
        )
        for key, section in top.items():
            if key in SECTIONS:
                pending.append((key, section, top))
            elif top is not head:
                near = nearest(key, SECTIONS)
                draft.problems.append(
                    top.problem(key, f"`{key}` is not a section.", f"Did you mean {near}?" if near else f"Sections: {', '.join(SECTIONS)}.")
                )
    for wanted, read_entry in SECTIONS.items():
        for key, section, top in pending:
            if key == wanted:
                for item_id, item in _items(draft, key, section, top):
                    with draft.attempt():
                        read_entry(draft, item_id, item)
                    with draft.attempt():
                        read_citations(draft, item)
    check_order(draft)
    _handed_in(draft, head)
    _cited(draft, head)


def _handed_in(draft: Draft, item: Map) -> None:
    """What `decide_handed_in` names is a switch of a policy that ends, with its treatment."""
    document = draft.document
    if not document.decide_handed_in:
        return
    with draft.attempt():
        if document.ends is None:
            raise draft.fail(
                item, "decide_handed_in", "`decide_handed_in` needs an `ends` before it.", "A policy without an end decides at any time."
            )
        name = draft.one_of(document.decide_handed_in, item, "decide_handed_in", draft.pack.parameters)
        if draft.pack.parameters[name].type.kind != "bool":
            raise draft.fail(item, "decide_handed_in", f"{name} is not true or false.", "Name a parameter with `unit: bool`.")


def _cited(draft: Draft, item: Map) -> None:
    """What the document's own notes say of the text, once its clauses are known."""
    head = Map(item.file, item.line)
    head.update({key: value for key, value in item.items() if key not in SECTIONS})
    with draft.attempt():
        read_citations(draft, head)


def _items(draft: Draft, key: str, section: Any, top: Map) -> list[tuple[str, Map]]:
    if isinstance(section, Map):
        pairs = [(name, item) for name, item in section.items()]
    elif isinstance(section, Seq):
        pairs = [(str(item.get("id", "")) if isinstance(item, Map) else "", item) for item in section]
    else:
        draft.problems.append(top.problem(key, f"`{key}` must be a mapping or a list."))
        return []
    good = []
    for name, item in pairs:
        if isinstance(item, Map) and name:
            good.append((name, item))
        else:
            draft.problems.append(top.problem(key, f"an entry of `{key}` has no id or is not a mapping.", "Write `id:` and its keys."))
    return good


def _head(draft: Draft, name: str, item: Map) -> None:
    draft.known(
        item,
        "pack",
        "format",
        "title",
        "number",
        "issuer",
        "region",
        "signed",
        "published",
        "in_force",
        "ends",
        "decide_until",
        "decide_handed_in",
        "note",
        "standing",
        "standing_source",
        "uses",
        "units",
        *SECTIONS,
    )
    if item.get("format") != FORMAT:
        raise draft.fail(item, "format", f"`format: {item.get('format')}` cannot be read by this version.", f"Write `format: {FORMAT}`.")
    if draft.text(item, "pack") != name:
        raise draft.fail(item, "pack", f"`pack: {item['pack']}` must be the folder's name, {name}.")
    in_force = draft.day(item, "in_force")
    if in_force is None:
        raise draft.fail(item, "in_force", "`in_force` is missing.", "Write the first day in force.")
    ends = draft.day(item, "ends")
    if ends and ends < in_force:
        raise draft.fail(item, "ends", "`ends` lies before `in_force`.")
    until = draft.day(item, "decide_until")
    if until and (ends is None or until < ends):
        raise draft.fail(
            item,
            "decide_until",
            "`decide_until` needs an `ends` before it.",
            "It is the last day on which events in force may still be decided.",
        )
    draft.pack.documents[name] = draft.document = m.Document(
        name, draft.words(item, "title", needed=True), draft.text(item, "number", ""), draft.words(item, "issuer"), draft.text(item, "region", ""),
        draft.day(item, "signed"), draft.day(item, "published"), in_force, ends, draft.words(item, "note"),
        draft.words(item, "standing"), draft.words(item, "standing_source"), draft.texts(item, "uses"), until,
        draft.text(item, "decide_handed_in", ""),
    )  # fmt: skip
    units = item.get("units") or Map(item.file, item.line)
    for unit in units:
        draft.pack.units[unit] = draft.words(units, unit, needed=True)
