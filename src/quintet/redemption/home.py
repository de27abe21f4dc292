from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quintet.core import clock
from quintet.core.permissions import holds
from quintet.core.roles import OFFICIALS, Role
from quintet.look.panels import Panel
from quintet.policies import engine
from quintet.redemption import applications, cases, queries, queues
from quintet.redemption.demands import to_do
from quintet.redemption.models import Notice
from quintet.redemption.payees import claims_acted_on

Data = dict[str, Any]


def year_in_sums(user: Any) -> Data | None:
    """For everybody: what was evaluated as entitled by each rule in the latest year. Counts and sums only."""
    if not engine.policies():
        return None
    chosen = engine.main_policy()
    run = queries.newest_run(chosen.pack.document.pack)
    lines = queries.rule_totals(run, chosen) if run else []
    title = _("%(year)d 年测算") % {"year": run.year} if run else ""
    return {"run": run, "lines": lines, "document": chosen.pack.document, "title": title} if lines else None


def city_state(user: Any) -> Data | None:
    """For officials: which years were evaluated, when, with what sum, and whether the policy pack has changed since."""
    if not holds(user, *OFFICIALS) or not engine.policies():
        return None
    chosen = engine.main_policy()
    in_force = engine.years(chosen, clock.today())
    listed = queries.years_evaluated(chosen, engine.paying_years(chosen, clock.today()))
    # A year after the policy's end pays what began before it: it stands here once somebody has evaluated it.
    shown = [year for year in listed if year["year"] in in_force or year["run"] or year["job"]]
    return {"years": shown, "document": chosen.pack.document}


def open_calls(user: Any) -> Data | None:
    """For everybody: what can be applied for now, the nearest last day first."""
    today, titles = clock.today(), cases.rule_titles()
    found = list(applications.calls_seen(today)[:FEW])
    lines = [{"call": call, "title": titles.get(call.rule, call.rule), "left": (call.closes_on - today).days} for call in found]
    return {"lines": lines} if lines else None


def public_notices(user: Any) -> Data | None:
    """For everybody: notices that are public now, the nearest end first."""
    found = list(Notice.objects.filter(ends_on__gte=clock.today()).order_by("ends_on", "pk")[:FEW])
    return {"notices": found} if found else None


def paid_this_year(user: Any) -> Data | None:
    """For everybody: what was paid this year, by clause."""
    lines = queries.paid_by_clause(clock.today().year)
    return (
        {
            "lines": lines,
            "year": clock.today().year,
            "day": clock.today(),
            "budgets": queries.paid_by_budget(clock.today().year),
            "pack": engine.main_policy().pack.document.pack,
        }
        if lines
        else None
    )


def my_waiting(user: Any) -> Data | None:
    """For applicants: how many of my claims wait for me."""
    if not user.is_authenticated:
        return None
    mine = claims_acted_on(user)
    number = mine.filter(to_do(mine)).count()
    return {"number": number} if number else None


def desk_waiting(user: Any) -> Data | None:
    """For departments and finance: with what the user can go on, by step; what waits for a second person stands elsewhere on the page."""
    if not holds(user, Role.OFFICER, Role.FINANCE_OFFICER):
        return None
    found = queues.counts(user)
    shown = [tab for tab in cases.TAB_LABELS if found.get(tab) and tab not in ("proposed", "unsigned")]
    lines = [{"tab": tab, "label": cases.TAB_LABELS[tab], "count": found[tab]} for tab in shown]
    return {"lines": lines} if lines else None


FEW = 6
panels = [
    Panel(title=gettext_lazy("等您办理"), order=0, template="redemption/home_mine.html", query=my_waiting),
    Panel(title=gettext_lazy("正在申报"), order=1, template="redemption/home_calls.html", query=open_calls),
    Panel(title=gettext_lazy("正在公示"), order=2, template="redemption/home_notices.html", query=public_notices),
    Panel(title=gettext_lazy("今年净拨付"), order=16, template="redemption/home_paid.html", query=paid_this_year),
    Panel(title=gettext_lazy("本部门待办"), order=5, template="redemption/desk_waiting.html", query=desk_waiting, shell="work"),
    Panel(title=gettext_lazy("年度测算"), order=15, template="redemption/home_year.html", query=year_in_sums),
    Panel(title=gettext_lazy("全市评估"), order=20, template="redemption/desk_city.html", query=city_state, shell="work", wide=True),
]
