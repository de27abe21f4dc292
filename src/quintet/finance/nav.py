from django.utils.translation import gettext_lazy as _

from quintet.directory.permissions import READERS
from quintet.look.navigation import Entry

GROUP = _("名录")
entries = [
    Entry(label=_("质押贷款"), url="finance:loans", shell="work", group=GROUP, order=56, roles=READERS),
]
