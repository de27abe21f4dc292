"""Ids and references: one canonical form, so that what means the same is the same whatever file it came in.

`1`, `1.0` and `"1"` are one id, and so are `"E-1"`, `"e—1 "` and `"Ｅ－１"`; `"001"` and `"1"` are two. `reading.identifiers` has the form.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quintet.engine.errors import FactsError


def canonical(value: Any) -> str:
    """An id or a reference as it is compared, see `reading.identifiers.row_id`; nothing is an empty text. Raises FactsError."""
    if type(value) is int:
        return str(value)
    if value is None:
        return ""
    if type(value) is str and value.isascii() and value.isdigit():
        return value
    from quintet.reading.errors import Unreadable  # not for those whose ids are numbers: it would be loaded with every program
    from quintet.reading.identifiers import row_id

    try:
        return row_id(value)
    except Unreadable as error:
        zh, en = _WORDS[error.code]
        raise FactsError("", str(value)[:40], "id", zh=zh.format(**error.values), en=en.format(**error.values)) from None


_WORDS = {
    "number_empty": ("这不是编号；没有编号的请留空", "is no id; leave out what has none"),
    "number_placeholder": ("这不是编号；没有编号的请留空", "is no id; leave out what has none"),
    "number_letters": (
        "编号里的“{letter}”不是汉字、英文字母或数字（可能只是字形相似），请改用键盘重新输入",
        "{letter!r} is no Chinese or Latin letter nor a digit, it may only look like one; type it again",
    ),
    "number_lost_digits": (
        "这是被表格软件改写过的数字，后面的位数已经丢失，请按原件重新填写为文本",
        "is a figure that a spreadsheet program has rewritten; its last digits are lost. Write it as text",
    ),
}


def placed(value: Any, subject: str, row: object, fact: str) -> str:
    """`canonical`, with the place in what is raised."""
    try:
        return canonical(value)
    except FactsError as error:
        raise FactsError(subject, row, fact, zh=error.zh, en=error.en) from None


def refuse_strays(subjects: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
    """Refuse a reference that cannot be read, and one to nobody where the rows it refers to are given. Raises FactsError."""
    targets = {target for subject in facts for target in subjects[subject]["refs"].values()} & facts.keys()
    ids = {
        subject: {placed(row["id"], subject, place, "id") for place, row in enumerate(facts[subject], 1) if row.get("id") is not None}
        for subject in targets
    }
    for subject, rows in facts.items():
        for ref, target in subjects[subject]["refs"].items():
            for place, row in enumerate(rows, 1):
                value = row.get(ref)
                if type(value) not in (str, int):  # nothing, or told of as what it is when the row is read
                    continue
                name = placed(value, subject, row.get("id", place), ref)
                if target in ids and name not in ids[target]:
                    raise stray(subject, row.get("id", place), ref, target, value)


def stray(subject: str, row: object, ref: str, target: str, value: object) -> FactsError:
    return FactsError(
        subject, row, ref,
        zh=f"“{str(value)[:40]}”不在{target}之中，请核对编号",
        en=f"refers to {str(value)[:40]!r}, which is no {target} among the facts; check the id",
    )  # fmt: skip
