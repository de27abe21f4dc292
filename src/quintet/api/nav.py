from django.utils.translation import gettext_lazy as _

from quintet.look.navigation import Entry

entries = [Entry(label=_("开放接口"), url="api:docs", shell="public", order=85)]
