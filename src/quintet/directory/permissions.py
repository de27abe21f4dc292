"""Who keeps a register: officers of the departments whose duty it is (`models.RegisterDuty`). All officials read registers."""

from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from quintet.core import clock
from quintet.core.errors import NotAllowed
from quintet.core.permissions import Right, holds
from quintet.core.reliance import grants_behind, operators_told, require_as_sealed
from quintet.core.roles import OFFICIALS
from quintet.directory import acts
from quintet.directory.models import RegisterDuty
from quintet.directory.sheets.sheet import sheets

KEEPERS = acts.KEEP.roles
READERS = OFFICIALS
PEOPLE, MEMBERSHIPS = "people", "memberships"


def is_reader(user: Any) -> bool:
    return holds(user, *READERS)


def register_of(model: type[Model]) -> str:
    """The id of the register whose records these are."""
    return next(sheet.id for sheet in sheets().values() if sheet.model is model)


def departments(register: str) -> list[str]:
    """Codes of the departments whose duty the register is today."""
    return list(
        RegisterDuty.objects.in_force(clock.today()).filter(register=register).values_list("unit", flat=True).distinct().order_by("unit")
    )


def kept_registers(user: Any) -> frozenset[str]:
    """Ids of the registers that the user keeps today. One query, none for who is no officer."""
    units = acts.KEEP.units(user) - {""}
    if not units:
        return frozenset()
    return frozenset(RegisterDuty.objects.in_force(clock.today()).filter(unit__in=units).values_list("register", flat=True))


def keeps(user: Any, register: str) -> bool:
    return register in kept_registers(user)


def kept_right(by: Any, register: str, *, act: Any = acts.KEEP) -> Right | None:
    """The right under which `by` keeps the register today, if any."""
    mine = acts.KEEP.units(by)
    unit = next((unit for unit in departments(register) if unit in mine), "") if mine else ""
    return act.right(by, unit=unit) if unit else None


def keeping_right(by: Any, register: str, *, act: Any = acts.KEEP) -> Right:
    """The right under which `by` keeps the register. Raises NotAllowed, which names the departments that keep it."""
    if right := kept_right(by, register, act=act):
        return right
    raise NotAllowed(
        _("您没有办理这件事的权限。"),
        where=_("名录：%(title)s") % {"title": sheets()[register].title},
        remedy=_("名录由经办部门的工作人员登记和修改；哪个部门经办哪本名录，见“名录分工”。"),
    )


def require_keeper(by: Any, register: str) -> None:
    """Raises NotAllowed; NotAsSealed where somebody wrote the role into the database."""
    with operators_told():
        require_as_sealed(grants_behind(keeping_right(by, register)), where=str(sheets()[register].title))
