"""Every register needs a department, authority to act needs two of its officers, and every official is somebody of the register of people."""

from django.utils import timezone
from django.utils.translation import gettext as _

from quintet.core import clock
from quintet.core.models import RoleGrant, User
from quintet.core.roles import OFFICIALS, Role
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


def people(counted: Counted) -> list[str]:
    """Who an official is cannot be known from an account alone: without a person of the register nobody sees from what they keep away."""
    held = RoleGrant.objects.in_force(timezone.localdate()).filter(role__in=OFFICIALS)
    officials = User.objects.filter(pk__in=held.values("user"), is_active=True)
    alone = officials.filter(person=None, further_account=None).order_by("display_name", "pk")
    number = alone.count()
    if not number:
        return []
    names = listed(str(user) for user in alone[:NAMED])
    text = _(
        "%(n)d 位工作人员的账号没有关联人员名录（%(names)s）：他们应当回避的、近亲属和同一人的多个账号都查不出来。请在“账号”里逐一关联。"
    )
    return [text % {"n": number, "names": names if number <= NAMED else _("%(names)s等") % {"names": names}}]


NAMED = 5
needs = [registers, people]
