"""Authorities to act compared with the audit chain: a change that no line tells of is found, even one that wrote itself a history."""

from collections.abc import Iterator
from typing import Any

from quintet.core.models import AuditEntry
from quintet.directory.models import Membership

PROPOSED, CONFIRMED, ENDED = (f"directory.{step}_membership" for step in ("propose", "confirm", "end"))


def changed_behind_the_chain() -> Iterator[str]:
    """Sentences for an auditor. Authorities from before the chain told of them have no line and are left to their history."""
    told = _lines()
    if not told:
        return
    rows = Membership.objects.order_by("pk").values_list("pk", "proposed_by_id", "confirmed_by_id", "granted_on", "revoked_on")
    for key, proposed_by, confirmed_by, granted_on, revoked_on in rows.iterator(chunk_size=5_000):
        lines = told.pop(key, None)
        if lines is None:
            continue
        begins, end = lines.get(CONFIRMED), ENDED in lines
        if PROPOSED in lines and lines[PROPOSED][0] not in (None, proposed_by):
            yield f"代理授权 {key} 的提出人与审计链不符：被直接改动过。"
        if begins is not None and (str(granted_on) != begins[1] or begins[0] not in (None, confirmed_by)):
            yield f"代理授权 {key} 的生效日期或确认人与审计链不符：被直接改动过。"
        if begins is None and PROPOSED in lines and granted_on is not None:
            yield f"代理授权 {key} 已经生效，审计链里却没有确认：被直接改动过。"
        if end != (revoked_on is not None):
            yield f"代理授权 {key} 的终止与审计链不符：被直接改动过。"
    yield from (f"代理授权 {key} 在审计链里有记录，现在却没有了。" for key in sorted(told))


def _lines() -> dict[int, dict[str, tuple[int | None, Any]]]:
    """Key of the authority → what was done → (by whom, the day from which it is in force)."""
    told: dict[int, dict[str, tuple[int | None, Any]]] = {}
    entries = AuditEntry.objects.filter(action__in=(PROPOSED, CONFIRMED, ENDED)).order_by("number")
    for action, record, by, details in entries.values_list("action", "record", "by_id", "details").iterator(chunk_size=5_000):
        told.setdefault(int(record.rpartition(":")[2]), {})[action] = (by, details.get("granted_on"))
    return told


altered = [changed_behind_the_chain]
