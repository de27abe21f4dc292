"""Texts that people type: kept whole or refused, never cut. A decision that ends in the middle of its reason is another decision."""

from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from quintet.core.errors import DomainError

LONGEST_REASON = 100  # letters of the line in a record's history; the audit chain keeps the reason whole


def within(text: str, most: int, *, label: str, where: str = "") -> str:
    """The text without the spaces around it. Raises DomainError where it has more than `most` letters."""
    text = text.strip()
    if len(text) > most:
        raise DomainError(
            _("%(label)s最多 %(most)d 个字，现在是 %(n)d 个字。") % {"label": label, "most": most, "n": len(text)},
            where=where,
            remedy=_("请缩短后再提交，没有保存任何改动。"),
        )
    return text


def fitting(model: type[Model], field: str, text: str, *, most: int | None = None, where: str = "") -> str:
    """The text as the column of a model takes it, see `within`; the column says how long (unless `most` does) and under which name."""
    column: Any = model._meta.get_field(field)
    return within(text, most or column.max_length, label=str(column.verbose_name), where=where)


def shortened(text: object, most: int) -> str:
    """For a line that only points at what stands whole elsewhere: at most `most` letters, a cut is seen."""
    whole = " ".join(str(text).split())
    return whole if len(whole) <= most else whole[: most - 1] + "…"
