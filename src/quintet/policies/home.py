from functools import lru_cache
from typing import Any

from django.utils.translation import gettext_lazy as _

from quintet.core import clock
from quintet.engine.describe import clause_rules
from quintet.look.panels import Panel
from quintet.policies import engine
from quintet.policies.engine import Policy, default_day
from quintet.policies.queries import status_of

Data = dict[str, Any]


def library(user: Any) -> Data | None:
    """The policies installed, with their state today."""
    today = clock.today()
    listed = [{"document": item.pack.document, "status": status_of(item.pack.document, today)} for item in engine.policies()]
    return {"listed": listed} if listed else None


def awards(user: Any) -> Data | None:
    """What the main policy gives: its rules about money, with the figures of the day it is asked for."""
    if not engine.policies():
        return None
    chosen = engine.main_policy()
    document, on = chosen.pack.document, default_day(chosen, clock.today())
    return {"document": document, "awards": _awards(chosen, on), "status": status_of(document, clock.today())}


@lru_cache(maxsize=4)
def _awards(chosen: Policy, on: Any) -> list[Data]:
    document = chosen.pack.document.pack
    found = []
    for clause in chosen.pack.clauses.values():
        if clause.document == document:
            found += [{**card, "clause": clause.id} for card in clause_rules(chosen, clause.id, on) if card["amounts"] or card["limit"]]
    return found


panels = [
    Panel(title=_("支持内容"), order=10, template="policies/home_awards.html", query=awards),
    Panel(title=_("政策文库"), order=20, template="policies/home_library.html", query=library),
]
