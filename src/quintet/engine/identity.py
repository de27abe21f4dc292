"""Ids and references: one canonical form, so that what means the same is the same whatever file it came in.

`1` and `"1"` are one id, and so are `"E1"`, `"E1 "` and `"Ｅ1"`; `"001"` and `"1"` are two.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from quintet.engine.errors import FactsError

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")


def canonical(value: Any) -> str:
    """An id or a reference as it is compared: full-width letters and digits plain, without invisible characters and blanks at its ends."""
    text = str(value)
    return text.strip() if text.isascii() else unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).strip()


def refuse_strays(subjects: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
    """Refuse a reference to nobody, where the rows it refers to are given. Raises FactsError."""
    ids = {subject: {canonical(row["id"]) for row in rows if row.get("id") is not None} for subject, rows in facts.items()}
    for subject, rows in facts.items():
        for ref, target in subjects[subject]["refs"].items():
            if target not in ids:
                continue
            for place, row in enumerate(rows, 1):
                value = row.get(ref)
                if value is not None and canonical(value) not in ids[target]:
                    raise stray(subject, row.get("id", place), ref, target, value)


def stray(subject: str, row: object, ref: str, target: str, value: object) -> FactsError:
    return FactsError(
        subject, row, ref,
        zh=f"“{str(value)[:40]}”不在{target}之中，请核对编号",
        en=f"refers to {str(value)[:40]!r}, which is no {target} among the facts; check the id",
    )  # fmt: skip
