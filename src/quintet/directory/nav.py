from django.utils.translation import gettext_lazy as _

from quintet.core.roles import Role
from quintet.directory.permissions import KEEPERS, READERS
from quintet.look.navigation import Entry

GROUP = _("名录")
entries = [
    Entry(label=_("我的单位"), url="directory:my-organisation", shell="public", order=45, roles=(Role.APPLICANT,)),
    Entry(label=_("单位"), url="directory:organisations", shell="work", group=GROUP, order=50, roles=READERS),
    Entry(label=_("曾用名"), url="directory:former_names", shell="work", group=GROUP, order=50, roles=READERS),
    Entry(label=_("资格认定"), url="directory:recognitions", shell="work", group=GROUP, order=51, roles=READERS),
    Entry(label=_("创新载体"), url="directory:carriers", shell="work", group=GROUP, order=52, roles=READERS),
    Entry(label=_("年度数据"), url="directory:facts", shell="work", group=GROUP, order=53, roles=READERS),
    Entry(label=_("人员"), url="directory:people", shell="work", group=GROUP, order=54, roles=READERS),
    Entry(label=_("代理授权"), url="directory:memberships", shell="work", group=GROUP, order=55, roles=READERS),
    Entry(label=_("持股"), url="directory:shareholdings", shell="work", group=GROUP, order=55, roles=READERS),
    Entry(label=_("近亲属关系"), url="directory:kinships", shell="work", group=GROUP, order=55, roles=READERS),
    Entry(label=_("登记有误的关系"), url="directory:wrong-ties", shell="work", group=GROUP, order=56, roles=KEEPERS),
    Entry(label=_("导入记录"), url="directory:imports", shell="work", group=GROUP, order=59, roles=KEEPERS),
    Entry(label=_("名录分工"), url="directory:duties", shell="work", group=GROUP, order=59, roles=READERS),
]
