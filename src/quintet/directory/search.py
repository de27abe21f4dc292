from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from quintet.core.fields import containing
from quintet.core.search import Hit, Provider, Query
from quintet.directory.models import Carrier, Organisation
from quintet.directory.permissions import is_reader
from quintet.directory.queries.names import former_names_of, organisations_called


def organisations_named(query: Query) -> list[tuple[Organisation, bool]]:
    """Organisations by credit code or by a name, former ones too, with whether the query names exactly this one. Two queries."""
    wanted = Q(code__startswith=query.code) if query.code else query.names("name") | Q(pk__in=organisations_called(query.name).values("pk"))
    rows = list(Organisation.objects.filter(wanted).order_by("name", "pk")[: query.limit])
    former = former_names_of(rows)
    named = [(row, query.code == row.code or any(map(query.is_name, [row.name, *former.get(row.pk, [])]))) for row in rows]
    return sorted(named, key=lambda pair: not pair[1])


def find_organisations(query: Query, user: Any) -> list[Hit]:
    """For officials the record itself; what anybody may know of a company is found by `redemption`."""
    if not is_reader(user):
        return []
    return [
        Hit(title=row.name, url=row.get_absolute_url(), text=f"{row.code} · {row.get_kind_display()}", exact=exact)
        for row, exact in organisations_named(query)
    ]


def find_carriers(query: Query, user: Any) -> list[Hit]:
    if not is_reader(user) or query.code:
        return []
    rows = Carrier.objects.filter(query.names("name") | containing(Carrier, query.name, "name")).select_related("organisation")[
        : query.limit
    ]
    return [
        Hit(
            title=row.name, url=row.get_absolute_url(), text=f"{row.get_kind_display()} · {row.organisation}", exact=query.is_name(row.name)
        )
        for row in rows
    ]


providers = [Provider(label=_("单位"), order=10, find=find_organisations), Provider(label=_("创新载体"), order=40, find=find_carriers)]
