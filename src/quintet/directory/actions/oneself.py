"""Nobody registers, changes or deletes what a register says of themself: by hand or by workbook, new rows and old ones."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Model, Q
from django.utils.translation import gettext as _

from quintet.core.errors import NotAllowed
from quintet.core.models import User
from quintet.directory.models import Person
from quintet.directory.permissions import kept_right, register_of

BATCH = 5000


def concerns(model: type[Model]) -> tuple[str, ...]:
    """Names of the model's fields with the people whom a row is about; empty where it is about nobody's own interest."""
    return getattr(model, "concerns", ())


def own_people(users: frozenset[int]) -> frozenset[int]:
    """Keys of the people in the register who sign in as one of these users. One query."""
    return frozenset(Person.objects.filter(user__in=users).values_list("pk", flat=True))


def who_acts(by: User, model: type[Model]) -> frozenset[int]:
    """Users behind an entry into the register of `model`: who makes it, and who lent them the role for it."""
    right = kept_right(by, register_of(model))
    return right.people if right else frozenset({by.pk})


def refuse_about_oneself(records: Sequence[Any], by: User) -> None:
    """Raises NotAllowed for the first record, all of one model, that concerns who acts: as it is to be, or as it is stored."""
    names = concerns(type(records[0])) if records else ()
    own = own_people(who_acts(by, type(records[0]))) if names else frozenset()
    if not own:
        return
    for record in records:
        if any(getattr(record, f"{name}_id") in own for name in names):
            _refuse(record)
    stored = type(records[0])._default_manager.filter(_any_of(names, own)).order_by()
    keys = [record.pk for record in records if record.pk is not None]
    for start in range(0, len(keys), BATCH):
        if record := stored.filter(pk__in=keys[start : start + BATCH]).first():
            _refuse(record)


def _any_of(names: Sequence[str], people: frozenset[int]) -> Q:
    found = Q()
    for name in names:
        found |= Q(**{f"{name}__in": people})
    return found


def _refuse(record: Any) -> None:
    raise NotAllowed(
        _("不能登记、修改或删除与自己有关的记录；与把角色委托给您的人有关的也一样。"),
        where=str(record),
        remedy=_("请由与此无关的另一位工作人员办理；历史上的关系同样须回避。"),
    )
