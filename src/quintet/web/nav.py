from django.utils.translation import gettext_lazy as _

from quintet.core.roles import OFFICIALS
from quintet.look.navigation import Entry

entries = [
    Entry(label=_("首页"), url="web:home", shell="public", order=10),
    Entry(label=_("今日工作"), url="web:work", shell="work", order=10, roles=tuple(OFFICIALS)),
]
