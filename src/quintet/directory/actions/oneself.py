"""Nobody registers, changes or deletes what a register says of themself, of a close relative, or of an organisation to which either is tied: by hand
or by workbook, new rows and old ones."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from quintet.core.errors import NotAllowed
from quintet.core.models import User
from quintet.directory.permissions import kept_right, register_of
from quintet.directory.recusals import away

BATCH = 5000


def who_acts(by: User, model: type[Model]) -> frozenset[int]:
    """Users behind an entry into the register of `model`: who makes it, and who lent them the role for it."""
    right = kept_right(by, register_of(model))
    return right.everybody if right else by.accounts_together[by.pk]


def refuse_about_oneself(records: Sequence[Any], by: User) -> None:
    """Raises NotAllowed for the first record, all of one model, from which who acts keeps away: as it is to be, or as it is stored."""
    if not records:
        return
    model = type(records[0])
    kept_from = away(who_acts(by, model))
    if not kept_from:
        return
    for record in records:
        if (found := kept_from.of(record)) is not None:
            refuse(record, found[1])
    stored = model._default_manager.filter(kept_from.condition(model)).order_by()
    keys = [record.pk for record in records if record.pk is not None]
    for start in range(0, len(keys), BATCH):
        if record := stored.filter(pk__in=keys[start : start + BATCH]).first():
            refuse(record, (kept_from.of(record) or ("", ""))[1])


def refuse(record: Any, why: str) -> None:
    """Raises NotAllowed: about oneself where there is no reason, else because of the tie."""
    about_oneself = _("不能登记、修改或删除与自己有关的记录；与把角色委托给您的人有关的也一样。")
    raise NotAllowed(
        _("您（或把角色委托给您的人）与这条记录有利害关系，不能登记、修改或删除它。") if why else about_oneself,
        where=_("%(record)s（%(why)s）") % {"record": record, "why": why} if why else str(record),
        remedy=_("请由与此无关的另一位工作人员办理；历史上的关系同样须回避。"),
    )
