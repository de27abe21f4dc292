from typing import Any

from django.utils.translation import gettext_lazy as _

from quintet.core.search import Hit, Provider, Query
from quintet.directory.models import Carrier, Organisation
from quintet.directory.permissions import is_reader


def find_organisations(query: Query, user: Any) -> list[Hit]:
    """For officials only: what the city knows of a company is not public."""
    if not is_reader(user):
        return []
    rows = Organisation.objects.filter(code=query.code) if query.code else Organisation.objects.filter(query.matches("name"))
    return [Hit(title=row.name, url=row.get_absolute_url(), text=f"{row.code} · {row.get_kind_display()}") for row in rows[: query.limit]]


def find_carriers(query: Query, user: Any) -> list[Hit]:
    if not is_reader(user):
        return []
    rows = Carrier.objects.filter(query.matches("name")).select_related("organisation")[: query.limit]
    return [Hit(title=row.name, url=row.get_absolute_url(), text=f"{row.get_kind_display()} · {row.organisation}") for row in rows]


providers = [Provider(label=_("单位"), order=10, find=find_organisations), Provider(label=_("创新载体"), order=40, find=find_carriers)]
