from django.utils.translation import gettext_lazy as _

from quintet.directory.permissions import READERS
from quintet.look.navigation import Entry

GROUP = _("名录")
entries = [
    Entry(label=_("人才"), url="talent:talents", shell="work", group=GROUP, order=58, roles=READERS),
    Entry(label=_("创新团队"), url="talent:teams", shell="work", group=GROUP, order=58, roles=READERS),
]
