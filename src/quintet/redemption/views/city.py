import re
from datetime import date
from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from quintet.core import asked, clock, jobs
from quintet.core.models import User
from quintet.core.permissions import roles
from quintet.core.roles import OFFICIALS, Role
from quintet.directory.divisions import OF_THE_CITY
from quintet.look import charts
from quintet.look.words import about_wan, cn_date
from quintet.policies import engine
from quintet.policies.queries import said
from quintet.policies.results import view_of
from quintet.redemption import actions, acts, queries
from quintet.redemption.export import COLUMNS, is_own_money, workbook
from quintet.redemption.models import Entitlement
from quintet.redemption.openings import over

FILTERS = ("clause", "division", "industry")
PER_PAGE = 50


@roles(*OFFICIALS)
def city(request: HttpRequest) -> HttpResponse:
    """The entitlements of all subjects in a year: sums by clause, division, industry, against the ceiling."""
    chosen, year, years = _chosen(request)
    pack = chosen.pack.document.pack
    run = queries.latest_run(pack, year)
    filters = {name: asked.text(request, name) for name in FILTERS}
    context: dict[str, Any] = {
        "years": years,
        "year": year,
        "run": run,
        "document": chosen.pack.document,
        "filters": filters,
        "waiting": queries.waiting_run(pack, year),
        "offers_over": _offers_over(chosen),
        "ended": chosen.pack.document.ends if queries.after_its_years(chosen, year) else None,
    }
    if run:
        totals = queries.city_totals(run, chosen, filters)
        context |= {"totals": totals, "charts": _charts(totals), "clauses": _clauses(chosen), "divisions": OF_THE_CITY.items()}
    return render(request, "redemption/city.html", context)


def _offers_over(chosen: engine.Policy) -> bool:
    """Whether nothing can be offered any more: past the policy's last day for decisions (`in_policy_time`)."""
    last = chosen.pack.document.last_decision
    return bool(last and clock.today() > last)


def _charts(totals: dict[str, Any]) -> list[Any]:
    found = []
    for title, lines in ((_("按区划"), totals["divisions"]), (_("按行业"), few(totals["industries"]))):
        found.append(
            charts.bars(
                title,
                [
                    charts.Bar(label=re.split("[（(]", line["label"])[0].strip(), value=line["entitled"])
                    for line in lines
                    if line["entitled"]
                ],
                unit=_("元"),
                write=about_wan,
            )
        )
    return found


MOST_BARS = 10


def few(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The largest, and the rest of those that have something as one line that says how many they are: the bars add up to the whole."""
    paying = [line for line in lines if line["entitled"]]
    if len(paying) <= MOST_BARS:
        return paying
    rest = paying[MOST_BARS - 1 :]
    label = _("其余 %(n)d 个行业") % {"n": len(rest)}
    return [*paying[: MOST_BARS - 1], {"label": label, "entitled": sum(line["entitled"] for line in rest)}]


def _clauses(chosen: engine.Policy) -> list[str]:
    return list(dict.fromkeys(rule.clause for rule in chosen.pack.rules))


@roles(*OFFICIALS)
def entitlements(request: HttpRequest) -> HttpResponse:
    """The lines themselves, filtered; filters stay in the address."""
    chosen, year, years = _chosen(request)
    run = queries.latest_run(chosen.pack.document.pack, year)
    filters = _list_filters(request)
    context: dict[str, Any] = {
        "years": years, "year": year, "run": run, "filters": filters, "clauses": _clauses(chosen), "divisions": OF_THE_CITY.items(), "columns": COLUMNS,
        "states": Entitlement.State.choices, "subjects": [(name, subject.label) for name, subject in chosen.pack.subjects.items()],
    }  # fmt: skip
    if run:
        page = Paginator(queries.entitlements(run, filters), 50).get_page(asked.text(request, "page"))
        rules = {rule.id: rule for rule in chosen.pack.rules}
        context |= {
            "page": page,
            "rows": [(row, rules[row.rule].title if row.rule in rules else None, is_own_money(row, rules)) for row in page],
        }
    return render(request, "redemption/entitlements.html", context)


def _list_filters(request: HttpRequest) -> dict[str, str]:
    return {name: asked.text(request, name) for name in ("clause", "rule", "division", "industry", "state", "subject", "q")}


@roles(*OFFICIALS)
def export(request: HttpRequest) -> FileResponse | HttpResponse:
    """Exactly the lines seen, as Excel; columns by their stable names."""
    chosen, year, _years = _chosen(request)
    run = queries.latest_run(chosen.pack.document.pack, year)
    if run is None:
        messages.info(request, _("这一年暂无评估结果，不能导出。"))
        return redirect(f"{request.path.removesuffix('entitlements/export/')}?year={year}")
    wanted = [name for name in asked.texts(request, "column") if name in COLUMNS] or list(COLUMNS)
    file = workbook(queries.entitlements(run, _list_filters(request)), wanted, chosen, title=f"{year}")
    return FileResponse(file, as_attachment=True, filename=_("全市应享待遇-%(year)s.xlsx") % {"year": year})


@roles(*OFFICIALS)
def explanation(request: HttpRequest, pk: int) -> HttpResponse:
    entitlement = get_object_or_404(Entitlement.objects.select_related("run__version", "evaluation__version", "organisation"), pk=pk)
    evaluation = actions.explain_entitlement(entitlement, by=request.user)
    row = next(
        (row for row in view_of(evaluation.result) if row["subject"] == entitlement.subject and row["id"] == entitlement.subject_id), None
    )
    outcome = next((o for outcomes in row["by_state"].values() for o in outcomes if o["rule"] == entitlement.rule), None) if row else None
    return render(request, "redemption/entitlement.html", {"entitlement": entitlement, "evaluation": evaluation, "outcome": outcome})


@roles(*acts.START_RUN.roles)
@require_POST
def run(request: HttpRequest) -> HttpResponse:
    chosen, year, _years = _chosen(request)
    jobs.release_stale()
    waiting = queries.waiting_run(chosen.pack.document.pack, year)
    found = waiting or actions.start_run(chosen, year, by=request.user)
    return redirect("web:job", found.job_id)


@roles(*acts.MAKE_OFFERS.roles)
@require_POST
def offers(request: HttpRequest) -> HttpResponse:
    """Offer what needs no application to everybody whom the latest evaluation of the year found entitled; in the background."""
    chosen, year, _years = _chosen(request)
    found = queries.latest_run(chosen.pack.document.pack, year)
    if found is None:
        messages.info(request, _("这一年暂无评估结果，请先评估。"))
        return redirect(f"{reverse('redemption:city')}?year={year}")
    if _offers_over(chosen):
        day = cn_date(cast(date, chosen.pack.document.last_decision))
        messages.error(request, _("政策已于%(day)s期满，不能再发出确认邀请。") % {"day": day})
        return redirect(f"{reverse('redemption:city')}?year={year}")
    if hurry := actions.little_time(chosen, clock.today()):
        messages.warning(request, hurry)
    job = jobs.start(_("%(year)d 年免申即享：发出确认邀请") % {"year": year}, actions.offers_job, by=cast(User, request.user), run=found.pk, user=request.user.pk, on=clock.today().isoformat())  # fmt: skip
    return redirect("web:job", job.pk)


def _chosen(request: HttpRequest) -> tuple[engine.Policy, int, list[int]]:
    chosen = engine.main_policy()
    years = engine.paying_years(chosen, clock.today())
    given = request.POST.get("year") or asked.text(request, "year")
    return chosen, next((year for year in years if str(year) == given), engine.years(chosen, clock.today())[0]), years


@roles(*acts.OPEN_INSTALMENTS.roles, Role.AUDITOR)
def instalments(request: HttpRequest) -> HttpResponse:
    """Who was paid an instalment last year and waits for this year's; opened with one button, each re-checked with the facts of today."""
    chosen, year, years = _chosen(request)
    waiting = actions.awaiting_instalment(year)
    may_open = acts.OPEN_INSTALMENTS.may(request.user)
    if request.method == "POST":
        acts.OPEN_INSTALMENTS.right(cast(User, request.user))
        job = jobs.start(
            _("核查 %(year)s 年分期") % {"year": year},
            actions.instalments_job,
            by=cast(User, request.user),
            year=year,
            user=request.user.pk,
            on=clock.today().isoformat(),
        )
        return redirect("web:job", job.pk)
    page = Paginator(waiting, PER_PAGE).get_page(asked.text(request, "page"))
    titles = {rule.id: said(rule.title) for rule in chosen.pack.rules}
    rows = [{"claim": claim, "title": titles.get(claim.rule, claim.rule)} for claim in page]
    rules = [rule for rule in chosen.pack.rules if rule.kind == "instalments"]
    ended = chosen.pack.document.last_decision if any(over(chosen, rule, clock.today()) for rule in rules) else None
    return render(
        request,
        "redemption/instalments.html",
        {"page": page, "rows": rows, "year": year, "years": years, "ended": ended, "may_open": may_open},
    )
