from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from quintet.directory.divisions import division_name
from quintet.directory.industries import industry_name
from quintet.directory.queries.names import organisations_called
from quintet.ledger.models import Entry, Total
from quintet.ledger.queries import COLUMNS
from quintet.policies.engine import Policy
from quintet.policies.queries import said
from quintet.redemption.models import Claim, Entitlement, EntitlementRun, EntitlementTotal
from quintet.redemption.states import GRANT_STANDS, State

Data = dict[str, Any]
SUMS = ("committed", "paid", "returned")
# What an entry adds to 净拨付: what went out (拨付, less what banks sent back) less what payees returned (收回).
PAID_SIGNS = {Entry.Kind.PAYMENT: 1, Entry.Kind.REJECTION: -1, Entry.Kind.RETURN: -1}


def latest_run(pack: str, year: int) -> EntitlementRun | None:
    """The latest whole evaluation of the city for a year."""
    return EntitlementRun.objects.filter(pack=pack, year=year, ready=True).select_related("version").order_by("-created_at", "-pk").first()


def waiting_run(pack: str, year: int) -> EntitlementRun | None:
    """An evaluation of that year that is queued or running."""
    return (
        EntitlementRun.objects.filter(pack=pack, year=year, ready=False, job__state__in=["waiting", "running"])
        .select_related("job")
        .first()
    )


def filtered(totals: QuerySet, *, clause: str = "", division: str = "", industry: str = "") -> QuerySet:
    chosen = {"clause": clause, "division": division, "industry": industry}
    return totals.filter(**{name: value for name, value in chosen.items() if value})


def city_totals(run: EntitlementRun, chosen: Policy, filters: Data) -> Data:
    """Sums of the city by state, budget, clause, division and industry, from the totals of the run. One query."""
    cells = list(
        filtered(EntitlementTotal.objects.filter(run=run), **filters).values_list(
            "rule", "clause", "division", "industry", "budget", "state", "count", "amount"
        )
    )
    states = {state: {"count": 0, "amount": 0} for state in ("entitled", "decision", "unknown", "waiting", "superseded", "not_entitled")}
    clauses: dict[str, Data] = {}
    divisions: dict[str, Data] = {}
    industries: dict[str, Data] = {}
    budgets: dict[str, Data] = {}
    for rule, clause, division, industry, budget, state, count, amount in cells:
        states[state]["count"] += count
        states[state]["amount"] += amount if budget else 0
        line = clauses.setdefault(rule, _line(rule, _rule_title(chosen, rule), clause=clause, budget=budget))
        _add(line, state, count, amount)
        if state in ("entitled", "decision") and budget:
            _add(divisions.setdefault(division, _line(division, division_name(division) if division else "—")), state, count, amount)
            _add(industries.setdefault(industry, _line(industry, industry_name(industry) if industry else "—")), state, count, amount)
            _add(budgets.setdefault(budget, _line(budget, _budget_label(chosen, budget))), state, count, amount)
    for line in budgets.values():
        line["ceiling"] = ceiling_of(chosen, line["code"], run)
    order = {clause: place for place, clause in enumerate(chosen.pack.clauses)}
    return {
        "states": states, "clauses": sorted(clauses.values(), key=lambda line: order.get(line["clause"], 0)), "divisions": _largest(divisions),
        "industries": _largest(industries), "budgets": _largest(budgets),
    }  # fmt: skip


def _line(code: str, label: str, **more: Any) -> Data:
    return {
        "code": code,
        "label": label,
        "entitled": 0,
        "decision": 0,
        "unknown": 0,
        "entitled_count": 0,
        "decision_count": 0,
        "unknown_count": 0,
        **more,
    }


def _add(line: Data, state: str, count: int, amount: int) -> None:
    if state in ("entitled", "decision", "unknown"):
        line[state] += amount
        line[f"{state}_count"] += count


def _largest(lines: dict[str, Data]) -> list[Data]:
    return sorted(lines.values(), key=lambda line: -line["entitled"])


def _rule_title(chosen: Policy, rule: str) -> str:
    return next((said(item.title) for item in chosen.pack.rules if item.id == rule), rule)


def _budget_label(chosen: Policy, budget: str) -> str:
    return said(chosen.pack.budgets[budget].label) if budget in chosen.pack.budgets else budget


def ceiling_of(chosen: Policy, budget: str, run: EntitlementRun) -> int | None:
    """The ceiling of a budget in fen on the run's day, if it has one. A year after the policy's last has none of its own: what is still given then
    takes from the year in which its event fell."""
    name = chosen.pack.budgets[budget].ceiling if budget in chosen.pack.budgets else ""
    return int(chosen.pack.parameters[name].on(run.on)) if name and not after_its_years(chosen, run.year) else None


def after_its_years(chosen: Policy, year: int) -> bool:
    """Whether a year lies behind that of the policy's last day in force."""
    ends = chosen.pack.document.ends
    return ends is not None and year > ends.year


def entitlements(run: EntitlementRun, filters: Data) -> QuerySet:
    """The lines of a run, filtered; highest amount first."""
    found = Entitlement.objects.filter(run=run).select_related("organisation")
    for name in ("clause", "rule", "division", "industry", "state", "subject"):
        if filters.get(name):
            found = found.filter(**{name: filters[name]})
    if filters.get("q"):
        found = found.filter(
            Q(name__icontains=filters["q"].strip()) | Q(organisation__in=organisations_called(filters["q"]).order_by().values("pk"))
        )
    return found


def clause_totals(pack: str, clause: str) -> list[Data]:
    """For a clause's page: what has been evaluated by it, year by year, in the latest run of each year."""
    latest: dict[int, int] = {}
    for pk, year in EntitlementRun.objects.filter(pack=pack, ready=True).order_by("created_at", "pk").values_list("pk", "year"):
        latest[year] = pk
    rows = EntitlementTotal.objects.filter(run__in=latest.values(), clause=clause).exclude(state="not_entitled")
    fen = Sum("amount", filter=~Q(budget=""), default=0)  # what is nobody's money but their own is no money of the city
    grouped = rows.values("run__year", "state").annotate(n=Sum("count"), fen=fen).order_by("-run__year")
    found: dict[int, Data] = {}
    for row in grouped:
        line = found.setdefault(
            row["run__year"], {"year": row["run__year"], "entitled": 0, "entitled_count": 0, "decision_count": 0, "unknown_count": 0}
        )
        if row["state"] == "entitled":
            line["entitled"] = row["fen"]
        if f"{row['state']}_count" in line:
            line[f"{row['state']}_count"] = row["n"]
    return list(found.values())


def runs_by_year(pack: str) -> dict[int, int]:
    """How many whole evaluations there are of each year."""
    return dict(EntitlementRun.objects.filter(pack=pack, ready=True).values_list("year").annotate(n=Count("pk")))


def newest_run(pack: str) -> EntitlementRun | None:
    """The latest whole evaluation of the latest year that has one."""
    return EntitlementRun.objects.filter(pack=pack, ready=True).defer("problems").order_by("-year", "-created_at", "-pk").first()


def rule_totals(run: EntitlementRun, chosen: Policy) -> list[Data]:
    """Rules that gave something in a run, with how many and how much of the city's money, in the order of the policy. One query."""
    rows = (
        EntitlementTotal.objects.filter(run=run, state="entitled")
        .values("rule", "clause", "budget")
        .annotate(n=Sum("count"), fen=Sum("amount"))
    )
    order = {rule.id: place for place, rule in enumerate(chosen.pack.rules)}
    lines = [
        {**row, "fen": row["fen"] if row["budget"] else 0, "title": _rule_title(chosen, row["rule"])}
        for row in rows
        if row["rule"] in order
    ]
    return sorted(lines, key=lambda line: order[line["rule"]])


def years_evaluated(chosen: Policy, years: list[int]) -> list[Data]:
    """Each year with its latest whole evaluation, its sums and what is under way. Three queries."""
    pack = chosen.pack.document.pack
    runs: dict[int, EntitlementRun] = {}
    for run in EntitlementRun.objects.filter(pack=pack, ready=True, year__in=years).select_related("version").order_by("created_at", "pk"):
        runs[run.year] = run
    waiting = dict(
        EntitlementRun.objects.filter(pack=pack, ready=False, job__state__in=["waiting", "running"]).values_list("year", "job_id")
    )
    sums: dict[int, dict[str, Data]] = {}
    for row in (
        EntitlementTotal.objects.filter(run__in=runs.values())
        .values("run", "state")
        .annotate(n=Sum("count"), fen=Sum("amount", filter=~Q(budget=""), default=0))
    ):
        sums.setdefault(row["run"], {})[row["state"]] = dict(row)
    nothing = {"n": 0, "fen": 0}
    return [
        {
            "year": year, "run": run, "job": waiting.get(year), "changed": bool(run and run.version.hash != chosen.hash),
            "problems": len(run.problems) if run else 0, "subjects": sum(run.subjects.values()) if run else 0,
            **{state: sums.get(run.pk, {}).get(state, nothing) if run else nothing for state in ("entitled", "decision", "unknown")},
        }
        for year, run in ((year, runs.get(year)) for year in years)
    ]  # fmt: skip


def claim_sums(pack: str, clause: str) -> list[dict[str, Any]]:
    """Claims under a clause by rule and year: {"rule", "year", "count", "granted", "committed", "paid", "returned"}; sums in fen. Two queries.

    The sums mean what they mean on the pages of the funds (`ledger.queries.COLUMNS`); a year is that of the claims. Drafts are nobody's but their applicant's.
    """
    claims = Claim.objects.filter(pack=pack, clause=clause).exclude(state=State.DRAFT).order_by()
    lines = claims.values("rule", "year").annotate(count=Count("pk"), granted=Sum("decided_fen", filter=Q(state__in=GRANT_STANDS)))
    sums: dict[tuple[str, int], Data] = {}
    entries = Entry.objects.filter(commitment__pack=pack, commitment__clause=clause).order_by()
    for rule, year, kind, fen in entries.values_list("commitment__claim__rule", "commitment__claim__year", "kind").annotate(
        Sum("amount_fen")
    ):
        if kind in COLUMNS:
            name, side = COLUMNS[kind]
            sums.setdefault((rule, year), dict.fromkeys(SUMS, 0))[name] += side * fen
    nothing = dict.fromkeys(SUMS, 0)
    return [{**line, **sums.get((line["rule"], line["year"]), nothing)} for line in lines.order_by("-year", "rule")]


def paid_so_far(pack: str, clause: str) -> int:
    """Fen that have gone out under a clause in all years, less what the bank sent back or was returned. One query."""
    entries = Entry.objects.filter(commitment__pack=pack, commitment__clause=clause, kind__in=PAID_SIGNS).order_by()
    return sum(PAID_SIGNS[kind] * fen for kind, fen in entries.values_list("kind").annotate(Sum("amount_fen")))


def paid_by_clause(year: int) -> list[dict[str, Any]]:
    """{"clause", "fen"} of what went out in a calendar year, less what banks and payees sent back in it; the largest first. One query.

    `fen` is below zero where more came back than went out, such as money that was paid the year before.
    """
    found = _net_of_year(year, "clause")
    return [{"clause": clause, "fen": fen} for clause, fen in sorted(found.items(), key=lambda item: -item[1]) if fen]


def paid_by_budget(year: int) -> list[dict[str, int]]:
    """{"year", "fen"}: the same by the years out of whose money it was paid, the earliest first. One query."""
    return [{"year": of_year, "fen": fen} for of_year, fen in sorted(_net_of_year(year, "year").items()) if fen]


def _net_of_year(year: int, cell: str) -> dict[Any, int]:
    """Cell of the totals of the books (clause, or the year of the money) → fen that went out in a calendar year, less what came back in it."""
    rows = Total.objects.filter(kind__in=PAID_SIGNS, month__startswith=f"{year}-").values_list(cell, "kind").annotate(Sum("amount_fen"))
    found: dict[Any, int] = {}
    for of, kind, fen in rows.order_by():
        found[of] = found.get(of, 0) + PAID_SIGNS[kind] * fen
    return found
