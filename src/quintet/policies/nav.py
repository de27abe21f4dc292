from django.utils.translation import gettext_lazy as _

from quintet.look.navigation import Entry

entries = [
    Entry(label=_("政策文库"), url="policies:library", shell="public", order=20),
    Entry(label=_("政策文库"), url="policies:library", shell="work", group=_("政策"), order=15),
]
