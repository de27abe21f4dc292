"""The engine's front door: load a policy, evaluate facts on a date."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quintet.engine import runtime
from quintet.engine.errors import FactsError
from quintet.engine.identity import refuse_strays

if TYPE_CHECKING:
    from quintet.engine.backends.arrays import ArrayProgram
    from quintet.engine.groups import Earlier
    from quintet.engine.instalments import Programs
    from quintet.engine.packs.model import Bound, Pack


class Policy:
    """A pack ready to be asked. Cheap to make; what is costly is built when it is first needed and kept."""

    def __init__(self, folder: Path) -> None:
        from quintet.engine.packs.home import content_hash
        from quintet.engine.packs.load import used_folders

        self.folder = folder
        self.hash = content_hash(used_folders(folder))
        self._bound: dict[Any, Bound] = {}
        self._programs: dict[Any, runtime.Program] = {}

    @cached_property
    def pack(self) -> Pack:
        """Everything the pack says. Raises PackError."""
        from quintet.engine.packs.load import load_pack

        return load_pack(self.folder)

    def bound(self, on: date, parameters: Mapping[str, Any] | None = None) -> Bound:
        """The pack with the figures of a day, as typed trees."""
        from quintet.engine.packs.bind import bind, epoch

        key = (epoch(self.pack, on), tuple(sorted((parameters or {}).items())))
        if key not in self._bound:
            self._bound[key] = bind(self.pack, on, parameters)
        return self._bound[key]

    def program(self, on: date, parameters: Mapping[str, Any] | None = None) -> runtime.Program:
        """The compiled rules for one case at a time; days with the same figures share one program."""
        from quintet.engine.packs.bind import epoch

        key = (epoch(self.pack, on), tuple(sorted((parameters or {}).items())))
        if key not in self._programs:
            self._programs[key] = self._compiled(on, parameters)
        return self._programs[key]

    def _compiled(self, on: date, parameters: Mapping[str, Any] | None) -> runtime.Program:
        from quintet.engine.backends.scalar import generate
        from quintet.engine.packs.bind import epoch, epochs
        from quintet.engine.packs.home import content_hash
        from quintet.engine.packs.load import used_folders

        source, subjects = generate(self.bound(on, parameters))
        document = self.pack.document
        meta = {
            "pack": document.pack, "hash": self.hash, "title": tuple(document.title), "number": document.number, "subjects": subjects, "groups": {group.id: (group.years, group.earlier) for group in self.pack.groups.values()},
            "in_force": document.in_force.isoformat(), "ends": document.ends.isoformat() if document.ends else None,
        }  # fmt: skip
        program = runtime.Program(compile(source, f"<{document.pack}>", "exec"), meta)
        if not parameters:
            runtime.keep(self.hash, epoch(self.pack, on), program)
            runtime.keep_index(content_hash([self.folder]), used_folders(self.folder), epochs(self.pack))
        return program

    def arrays(self, on: date, parameters: Mapping[str, Any] | None = None, **wanted: Any) -> ArrayProgram:
        """The compiled rules for whole columns; `rules` and `definitions` as ArrayProgram takes them."""
        from quintet.engine.backends.arrays import ArrayProgram

        return ArrayProgram(self.bound(on, parameters), **wanted)

    def evaluate(
        self,
        facts: Mapping[str, Any],
        on: date,
        *,
        parameters: Mapping[str, Any] | None = None,
        trace: bool = False,
        earlier: Iterable[Earlier] = (),
    ) -> dict[str, Any]:
        """Outcomes of all rows, as plain data: see `docs/reference/json.md`. A policy not in force on the day gives nothing new.

        `earlier` are awards decided before, which stacking groups look at.

        Raises FactsError for facts that cannot be read, EngineError for an override that is not one.
        """
        return evaluated(lambda day: self.program(day, parameters), facts, on, trace=trace, earlier=earlier)


def evaluated(
    programs: Programs, facts: Mapping[str, Any], on: date, *, trace: bool = False, earlier: Iterable[Earlier] = ()
) -> dict[str, Any]:
    """What a policy says of facts on a day, with its own dates applied; `programs` gives its program of a day."""
    program = programs(on)
    meta = program.meta
    well_formed(program, facts)
    status = status_on(meta, on)
    answer: dict[str, Any] = {"pack": meta["pack"], "hash": meta["hash"], "on": on.isoformat(), "status": status}
    results = program.evaluate(dict(facts), on, trace=trace, earlier=earlier)
    for subject, rows in results.items():
        rules = program.subjects[subject]["rules"]
        if status != "in_force":
            close(rows, rules, status)
        for row, item in zip(facts[subject], rows, strict=True):
            for outcome in item["outcomes"]:
                if "instalment" in outcome:
                    _with_instalments(programs, meta, subject, row, outcome, on)
    answer["results"] = results
    return answer


def well_formed(program: runtime.Program, facts: Mapping[str, Any]) -> None:
    """References lead to rows that are there; everything else is checked as it is read. Raises FactsError."""
    plain = all(subject in program.subjects and isinstance(rows, list) for subject, rows in facts.items())
    if plain and all(isinstance(row, dict) for rows in facts.values() for row in rows):
        refuse_strays(program.subjects, facts)


def close(rows: Iterable[dict[str, Any]], rules: Sequence[Mapping[str, Any]], status: str) -> None:
    """Outside its dates a policy gives nothing; of an ended one only what a rule pays `beyond_end` stays."""
    for row in rows:
        for outcome, rule in zip(row["outcomes"], rules, strict=True):
            if status == "ended" and rule["pays_out"] and outcome["state"] != "not_entitled":
                continue
            outcome["state"], outcome["amount"] = "not_entitled", None
            outcome["reason"] = status


def _with_instalments(programs: Programs, meta: Mapping[str, Any], subject: str, row: Any, outcome: dict[str, Any], on: date) -> None:
    years = outcome.pop("years")
    if outcome["state"] not in ("entitled", "decision"):
        return
    from quintet.engine.instalments import instalments, total

    begins = on.year - outcome["instalment"] + 1
    items = instalments(programs, meta, subject, row, outcome["rule"], begins=begins, years=years, on=on, now=outcome["amount"])
    outcome["instalments"], outcome["total"] = items, total(items)


def status_on(meta: Mapping[str, Any], on: date) -> str:
    """not_yet, in_force or ended."""
    day = on.isoformat()
    return "not_yet" if day < meta["in_force"] else "ended" if meta["ends"] and day > meta["ends"] else "in_force"


def quick_program(folder: Path, on: date) -> runtime.Program | None:
    """The program from the cache alone, without reading a line of YAML; None when the cache does not have it."""
    from quintet.engine.packs.home import content_hash

    index = runtime.cached_index(content_hash([folder]))
    if index is None:
        return None
    folders, starts = index
    if not all((folder / "pack.yaml").is_file() for folder in folders):
        return None
    day = max((start for start in starts if start <= on.isoformat()), default=None)
    return runtime.cached(content_hash(folders), date.fromisoformat(day)) if day else None


def load(name: str | Path) -> Policy:
    """A policy by pack name or folder. Raises PackError when there is none."""
    from quintet.engine.packs.home import find_pack

    return Policy(find_pack(name))


def read_facts(path: Path) -> dict[str, Any]:
    """Facts from a JSON or YAML file: {"enterprise": [{"id": …, "staff": 120}], …}. Raises FactsError."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise FactsError(str(path), "", "", zh=f"无法读取文件：{error.strerror}", en=f"cannot be read: {error.strerror}") from None
    if path.suffix.lower() in (".yaml", ".yml"):
        from quintet.engine.errors import PackError
        from quintet.engine.packs.reader import read_yaml

        try:
            return _plain(read_yaml(path, path.name))  # type: ignore[no-any-return]
        except PackError as error:
            raise FactsError(str(path), "", "", zh=f"不是有效的 YAML：{error}", en=str(error)) from None
    try:
        found = json.loads(raw, parse_constant=_refuse_constant, parse_float=str, object_pairs_hook=_once_each)
        if b"\\u" in raw:
            json.dumps(found, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError:
        zh, en = (
            "含有不成对的代理字符（\\ud800 一类），不是文字",
            "holds half of a character (a lone surrogate such as \\ud800), which is no text",
        )
        raise FactsError(str(path), "", "", zh=zh, en=en) from None
    except (ValueError, RecursionError) as error:
        raise FactsError(str(path), "", "", zh=f"不是有效的 JSON：{error}", en=f"is not valid JSON: {error}") from None
    if not isinstance(found, dict):
        raise FactsError(str(path), "", "", zh="应为一组“对象: 列表”", en="must map subjects to lists of rows")
    return found


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object in which no name stands twice: the second would silently replace the first."""
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"“{twice}”重复出现 / {twice!r} stands twice in one object")
    return found


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
