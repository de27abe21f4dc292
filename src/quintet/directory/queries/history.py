"""Who changed what of a record, and when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.utils.translation import gettext as _

from quintet.core.fields import EncryptedTextField
from quintet.core.masking import mask_identity
from quintet.core.models import RoleGrant
from quintet.directory.models import YearlyFact
from quintet.directory.models.figures import FEN, HUNDREDTHS, UNIT_WORDS, YES_NO
from quintet.look import words
from quintet.policies.queries import unit_names

HIDDEN = {"id", "identity_hash", "phone_hash", "canonical_name"}


@dataclass(frozen=True)
class Change:
    when: datetime
    who: str
    kind: str
    reason: str
    fields: list[tuple[str, str, str]]  # (label, from, to)


def changes_of(record: Any, limit: int = 50) -> list[Change]:
    """The latest changes, newest first; personal data masked. Two queries and one more for each changed reference."""
    versions = list(record.history.select_related("history_user").order_by("-history_date", "-history_id")[: limit + 1])
    changes = []
    for n, version in enumerate(versions[:limit]):
        before = versions[n + 1] if n + 1 < len(versions) else None
        kind = {"+": _("新建"), "~": _("修改"), "-": _("删除")}[version.history_type]
        fields = _differences(before, version, type(record)) if before is not None and version.history_type == "~" else []
        changes.append(
            Change(version.history_date, str(version.history_user or _("系统")), kind, version.history_change_reason or "", fields)
        )
    return changes


def version_of(record: Any) -> int:
    """The number of a record's latest change; 0 for one without a history."""
    return record.history.order_by("-history_id").values_list("history_id", flat=True).first() or 0


def versions_of(model: Any, keys: Iterable[int]) -> dict[int, int]:
    """`version_of` of many records by primary key, in one query for 5,000 of them; those without a history are left out."""
    pks, found = list(keys), dict[int, int]()
    for start in range(0, len(pks), 5000):
        rows = (
            model.history.model.objects.filter(id__in=pks[start : start + 5000])
            .order_by()
            .values("id")
            .annotate(version=models.Max("history_id"))
        )
        found.update(rows.values_list("id", "version"))
    return found


def changed_since(record: Any, version: int) -> tuple[Any, list[str], list[tuple[str, str, str, str]]]:
    """What others changed after `version`: the record as it was then (None if that is not known), their names, and each field with
    (name, label, then, now)."""
    then = record.history.filter(history_id=version).first()
    later = record.history.filter(history_id__gt=version).select_related("history_user").order_by("history_id")
    who = list(dict.fromkeys(str(change.history_user or _("系统")) for change in later))
    if then is None:
        return None, who, []
    now = record.history.order_by("-history_id").first()
    return then.instance, who, _named_differences(then, now, type(record))


def _differences(before: Any, after: Any, model: type[models.Model]) -> list[tuple[str, str, str]]:
    return [row[1:] for row in _named_differences(before, after, model)]


def _named_differences(before: Any, after: Any, model: type[models.Model]) -> list[tuple[str, str, str, str]]:
    found = []
    for field in model._meta.concrete_fields:
        if field.name in HIDDEN:
            continue
        old, new = getattr(before, field.attname), getattr(after, field.attname)
        if old != new:
            found.append((field.name, str(field.verbose_name), _text(field, old, before), _text(field, new, after)))
    return found


def _text(field: models.Field, value: Any, version: Any) -> str:
    if value is None or value == "":
        return _("（空）")
    if isinstance(field, EncryptedTextField):
        return mask_identity(value)
    if isinstance(field, models.ForeignKey):
        try:
            related = getattr(version, field.name)
            return _grant(related) if isinstance(related, RoleGrant) else str(related)
        except ObjectDoesNotExist:
            return f"#{value}"
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, date):
        return words.cn_date(value)
    if field.name.endswith("_fen"):
        return words.yuan(value)
    if field.name == "value" and hasattr(version, "name"):
        return figure_text(version.name, value)
    return str(dict(field.flatchoices).get(value, value))


def _grant(grant: RoleGrant) -> str:
    """Who acted in which role, the department by its name."""
    role = str(grant.get_role_display())
    return f"{grant.user} " + (
        _("%(role)s（%(unit)s）") % {"role": role, "unit": unit_names().get(grant.unit, grant.unit)} if grant.unit else role
    )


def figure_text(name: str, value: int) -> str:
    """A stored figure as people read it: 1,200.00 元， 35 人， 是."""
    unit = YearlyFact.UNITS[YearlyFact.Name(name)]
    if unit == FEN:
        return words.yuan(value)
    if unit == YES_NO:
        return _("是") if value else _("否")
    number = f"{value / 100:g}" if unit == HUNDREDTHS else words.count(value)
    return f"{number} {UNIT_WORDS[unit]}"
