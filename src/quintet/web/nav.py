from django.utils.translation import gettext_lazy as _

from quintet.core.roles import OFFICIALS, Role
from quintet.look.navigation import Entry

entries = [
    Entry(label=_("首页"), url="web:home", shell="public", order=10),
    Entry(label=_("今日工作"), url="web:work", shell="work", order=10, roles=(*OFFICIALS, Role.EXPERT)),
    Entry(label=_("审计"), url="web:audit", shell="work", group=_("系统"), order=105, roles=(Role.AUDITOR, Role.OPERATOR)),
    Entry(label=_("运行状况"), url="web:system", shell="work", group=_("系统"), order=107, roles=(Role.OPERATOR, Role.AUDITOR)),
    Entry(
        label=_("放假安排"), url="web:holidays", shell="work", group=_("系统"), order=108, roles=(Role.OPERATOR, Role.LEADER, Role.AUDITOR)
    ),
    Entry(
        label=_("待复核的账号事项"),
        url="web:account-proposals",
        shell="work",
        group=_("系统"),
        order=109,
        roles=(Role.OPERATOR, Role.AUDITOR),
    ),
    Entry(label=_("账号与角色"), url="web:accounts", shell="work", group=_("系统"), order=110, roles=(Role.OPERATOR, Role.AUDITOR)),
]
