"""Every register needs a department, and authority to act needs two of its officers."""

from django.utils.translation import gettext as _

from quintet.core import clock
from quintet.core.roles import Role
from quintet.core.staffing import Counted
from quintet.directory.models import RegisterDuty
from quintet.directory.permissions import MEMBERSHIPS
from quintet.directory.sheets.sheet import sheets
from quintet.look.words import listed


def registers(counted: Counted) -> list[str]:
    kept: dict[str, int] = {}
    for register, unit in RegisterDuty.objects.in_force(clock.today()).values_list("register", "unit").distinct():
        kept[register] = kept.get(register, 0) + counted(Role.OFFICER, unit)
    titles = listed(str(sheet.title) for sheet in sheets().values() if not kept.get(sheet.id))
    told = [_("没有人经办的名录：%(titles)s。请在“名录分工”里指定部门。") % {"titles": titles}] if titles else []
    if kept.get(MEMBERSHIPS) == 1:
        told.append(_("代理授权的经办人只有 1 位：他提出的授权只能由单位的法定代表人确认。"))
    return told


needs = [registers]
