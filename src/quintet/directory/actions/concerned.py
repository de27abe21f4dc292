"""Whoever an entry of a register is about is told of it: relations of people, from which somebody keeps away or to whom money goes."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from quintet.core import notify
from quintet.core.models import User
from quintet.directory.models import Membership, Person
from quintet.directory.recusals import about

ADDED, CHANGED, DELETED = "added", "changed", "deleted"


def tell_concerned(records: Sequence[Any], what: str, *, by: User | None) -> int:
    """The people of these records, all of one model, by their accounts; for somebody without one, who acts for the organisation beside them.

    One message each: of one record by its name, of many with their number. Returns how many were told. A person's own data and an authority
    to act have their own messages (`look_at_personal_data`, `members`).
    """
    model = type(records[0]) if records else None
    if model is None or model in (Person, Membership):
        return 0
    fields = [attribute for _name, attribute, target in about(model) if target is Person]  # type: ignore[arg-type]
    if not fields:
        return 0
    people = {getattr(record, field) for record in records for field in fields} - {None}
    users = dict(Person.objects.filter(pk__in=people, user__isnull=False).values_list("pk", "user"))
    firms = _organisations(records) if len(users) < len(people) else [None] * len(records)
    agents = _agents({firm for firm in firms if firm is not None})
    counted: Counter[int] = Counter()
    for record, firm in zip(records, firms, strict=True):
        whose = [getattr(record, field) for field in fields if getattr(record, field) is not None]
        reached = {users[person] for person in whose if person in users}
        if firm is not None and any(person not in users for person in whose):
            reached |= agents.get(firm, set())
        counted.update(reached - {by.pk if by else 0})
    with override("zh-hans"):
        told = [(user, _text(records, what, number), "/my/information/") for user, number in counted.items()]
    return notify.tell_all(told, kind="personal")


def _organisations(records: Sequence[Any]) -> list[int | None]:
    """The organisation of each record, or of the project that it is about. At most one query."""
    if hasattr(records[0], "organisation_id"):
        return [record.organisation_id for record in records]
    if not hasattr(records[0], "project_id"):
        return [None] * len(records)
    register = type(records[0])._meta.get_field("project").related_model
    owners = dict(register._default_manager.filter(pk__in={record.project_id for record in records}).values_list("pk", "organisation"))
    return [owners.get(record.project_id) for record in records]


def _agents(organisations: set[int]) -> dict[int, set[int]]:
    """organisation → users who act for it."""
    found: dict[int, set[int]] = {}
    open_ones = Membership.objects.filter(
        organisation__in=organisations, granted_on__isnull=False, revoked_on=None, person__user__isnull=False
    )
    for organisation, user in open_ones.values_list("organisation", "person__user"):
        found.setdefault(organisation, set()).add(user)
    return found


def _text(records: Sequence[Any], what: str, number: int) -> str:
    kind = str(type(records[0])._meta.verbose_name)
    words = {ADDED: _("登记了"), CHANGED: _("修改了"), DELETED: _("删除了")}[what]
    named = str(records[0]) if len(records) == 1 else _("%(n)d 条") % {"n": number}
    return _("名录%(what)s与您或贵单位有关的%(kind)s：%(named)s。有误的，请联系名录的经办部门更正。") % {
        "what": words, "kind": kind, "named": named,
    }  # fmt: skip
