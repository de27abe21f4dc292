from typing import Any

from django.utils.translation import gettext_lazy as _

from quintet.core import clock
from quintet.core.permissions import holds
from quintet.core.roles import OFFICIALS
from quintet.look.panels import Panel
from quintet.policies import engine
from quintet.redemption import queries

Data = dict[str, Any]


def year_in_sums(user: Any) -> Data | None:
    """For everybody: what was evaluated as entitled by each rule in the latest year. Counts and sums only."""
    if not engine.policies():
        return None
    chosen = engine.main_policy()
    run = queries.newest_run(chosen.pack.document.pack)
    lines = queries.rule_totals(run, chosen) if run else []
    return {"run": run, "lines": lines, "document": chosen.pack.document} if lines else None


def city_state(user: Any) -> Data | None:
    """For officials: which years were evaluated, when, with what sum, and whether the policy pack has changed since."""
    if not holds(user, *OFFICIALS) or not engine.policies():
        return None
    chosen = engine.main_policy()
    return {"years": queries.years_evaluated(chosen, engine.years(chosen, clock.today())), "document": chosen.pack.document}


panels = [
    Panel(title=_("最近一年的评估"), order=15, template="redemption/home_year.html", query=year_in_sums),
    Panel(title=_("全市评估"), order=20, template="redemption/desk_city.html", query=city_state, shell="work", wide=True),
]
