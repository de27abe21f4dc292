from django.utils.translation import gettext_lazy as _

from quintet.directory.permissions import READERS
from quintet.look.navigation import Entry

GROUP = _("名录")
entries = [
    Entry(label=_("转化项目"), url="market:projects", shell="work", group=GROUP, order=57, roles=READERS),
    Entry(label=_("项目成员"), url="market:members", shell="work", group=GROUP, order=57, roles=READERS),
]
