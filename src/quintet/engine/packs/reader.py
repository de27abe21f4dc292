"""YAML as packs use it: plain maps, lists and scalars, every one with its line; no tags, no anchors, no surprises."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import yaml

from quintet.engine.errors import PackError, Problem

MAX_BYTES = 2_000_000
MAX_DEPTH = 24
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN = "tag:yaml.org,2002:"


class Map(dict[str, Any]):
    """A YAML mapping that knows its file and the line of every key."""

    __slots__ = ("file", "line", "lines")

    def __init__(self, file: str, line: int) -> None:
        super().__init__()
        self.file, self.line = file, line
        self.lines: dict[str, int] = {}

    def problem(self, key: str | None, text: str, hint: str = "") -> Problem:
        return Problem(self.file, self.lines.get(key, self.line) if key else self.line, text, hint)


class Seq(list[Any]):
    """A YAML list that knows its file and the line of every item."""

    __slots__ = ("file", "line", "lines")

    def __init__(self, file: str, line: int) -> None:
        super().__init__()
        self.file, self.line = file, line
        self.lines: list[int] = []


def read_yaml(path: Path, shown: str) -> Map:
    """The mapping a pack file holds. Raises PackError for anything but plain YAML."""
    raw = path.read_bytes()
    if len(raw) > MAX_BYTES:
        raise PackError([Problem(shown, 0, f"is {len(raw):,} bytes; a pack file may have {MAX_BYTES:,}.", "Split it.")])
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise PackError([Problem(shown, 0, "is not UTF-8 text.", "Save it as UTF-8.")]) from None
    loader = _LOADER(text)
    try:
        _refuse_anchors(text, shown)
        node = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise PackError([Problem(shown, line, f"is not valid YAML: {error.problem}.")]) from None
    except yaml.YAMLError as error:
        raise PackError([Problem(shown, 0, f"is not valid YAML: {' '.join(str(error).split())}.")]) from None
    finally:
        loader.dispose()
    if node is None:
        return Map(shown, 1)
    value = _value(node, shown, loader, 0)
    if not isinstance(value, Map):
        raise PackError([Problem(shown, 1, "must be a mapping of sections.", "Begin with a key such as `rules:`.")])
    return value


def _refuse_anchors(text: str, shown: str) -> None:
    for token in yaml.scan(text, Loader=_LOADER) if ("&" in text or "*" in text or "!" in text) else ():
        if isinstance(token, (yaml.AnchorToken, yaml.AliasToken, yaml.TagToken)):
            what = "a tag" if isinstance(token, yaml.TagToken) else "an anchor or alias"
            raise PackError(
                [
                    Problem(
                        shown,
                        token.start_mark.line + 1,
                        f"uses {what}, which packs do not allow.",
                        "Write the value out; quote text that begins with & * or !.",
                    )
                ]
            )


def _value(node: Any, file: str, loader: Any, depth: int) -> Any:
    line = node.start_mark.line + 1
    if depth > MAX_DEPTH:
        raise PackError([Problem(file, line, f"is nested deeper than {MAX_DEPTH} levels.")])
    if isinstance(node, yaml.MappingNode):
        found = Map(file, line)
        for key_node, value_node in node.value:
            key, key_line = str(key_node.value), key_node.start_mark.line + 1
            if key in found:
                raise PackError([Problem(file, key_line, f"`{key}` stands twice in one mapping.", "Remove one of them.")])
            found[key] = _value(value_node, file, loader, depth + 1)
            found.lines[key] = key_line
        return found
    if isinstance(node, yaml.SequenceNode):
        items = Seq(file, line)
        for item in node.value:
            items.append(_value(item, file, loader, depth + 1))
            items.lines.append(item.start_mark.line + 1)
        return items
    return _scalar(node, file, line, loader)


def _scalar(node: Any, file: str, line: int, loader: Any) -> Any:
    tag, text = node.tag.removeprefix(_PLAIN), node.value
    if tag == "str":
        return text
    if tag == "int":
        if len(text) > 1 and text.lstrip("+-").startswith("0"):
            return text  # 0012 is the number of something, whose zeros count
        try:
            return int(text.replace(",", "").replace("_", ""))
        except ValueError:
            return text
    if tag == "float":
        return text  # exact: kept as written, never a binary float
    if tag == "bool":
        if text in ("true", "false"):
            return text == "true"
        return text  # `on`, `yes` and `no` are words here
    if tag == "null":
        return None
    if tag == "timestamp":
        try:
            return datetime.date.fromisoformat(text)
        except ValueError:
            raise PackError([Problem(file, line, f"{text!r} is not a date.", "Write it like 2020-12-31.")]) from None
    raise PackError([Problem(file, line, f"{text!r} has the tag {node.tag}, which packs do not allow.")])
