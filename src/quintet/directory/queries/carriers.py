from collections.abc import Iterable
from datetime import date
from typing import Any

from quintet.directory.models import Carrier
from quintet.directory.queries.columns import facts_of, for_organisations

CARRIER_FACTS = [
    ("id", "id"),
    ("enterprise", "organisation_id"),
    ("name", "name"),
    ("kind", "kind"),
    ("level", "level"),
    ("recognised_on", "recognised_on"),
    ("expires_on", "expires_on"),
]


def carrier_facts(on: date, organisations: Iterable[int] | None = None) -> list[dict[str, Any]]:
    """Carriers recognised on or before `on`, those whose recognition date is unknown included. One query."""
    rows = for_organisations(Carrier.objects.order_by("pk"), organisations).exclude(recognised_on__gt=on)
    return facts_of(rows, CARRIER_FACTS)
