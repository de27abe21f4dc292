"""What an act about money or rights relies on is as the audit chain has it: looked at when it is done, not only when the chain is checked (decision 0019)."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from quintet.core import seals
from quintet.core.accounts import operators
from quintet.core.errors import NotAsSealed
from quintet.core.models import Notification, RoleGrant
from quintet.core.notify import tell
from quintet.core.permissions import Right
from quintet.core.roles import LENT

log = logging.getLogger("quintet.security")
NAMED = 5
PAGE = "/audit/"


def require_as_sealed(rows: Iterable[models.Model | None], *, where: str = "") -> None:
    """Raises NotAsSealed where one of the sealed rows was written past the actions. A constant number of queries, however many rows of a table."""
    altered = seals.unlike(row for row in rows if row is not None)
    if not altered:
        return
    with override("zh-hans"):
        names = [f"{row._meta.verbose_name} {row.pk}" for row in altered[:NAMED]]
    log.error("an act was refused, what it relies on is not as sealed: %s", ", ".join(f"{row._meta.db_table} {row.pk}" for row in altered))
    raise NotAsSealed(
        _("这件事所依据的记录（%(names)s）与审计链不一致：不是通过系统办理的，或者办理后被直接改动过，不能据以办理。")
        % {"names": "、".join(names)},
        where=where,
        remedy=_("系统管理员已收到通知。请等他们和审计人员查清；查清前不要换人重办。"),
        names=names,
    )


def grants_behind(*rights: Right) -> list[RoleGrant]:
    """The grants of these rights; of a lent one, too, the lender's own that it rests on and the borrower's own by which they work."""
    lent = Q(pk__in=())
    for right in rights:
        if right.lender is not None:
            lent |= Q(user=right.lender) | Q(user=right.actor, role__in=LENT)
    own = RoleGrant.objects.own().dated(timezone.localdate()).filter(lent)
    return list(RoleGrant.objects.filter(Q(pk__in=[right.grant for right in rights]) | Q(pk__in=own.values("pk"))))


@contextmanager
def operators_told() -> Iterator[None]:
    """Outside of the transaction that is undone."""
    try:
        yield
    except NotAsSealed as error:
        tell_operators(error)
        raise


def tell_operators(error: NotAsSealed) -> None:
    """Once for the same rows, as long as nobody has read it."""
    with override("zh-hans"):
        text = _("有人要据以办理的记录与审计链不一致，没有办理：%(names)s。请立即核对审计链。") % {"names": "、".join(error.names)}
    known = set(Notification.objects.filter(text=text, read_at=None).values_list("user", flat=True))
    tell(sorted(operators(timezone.localdate()) - known), text, kind="upkeep", url=PAGE, urgent=True)
