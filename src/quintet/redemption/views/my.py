from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from quintet.core import asked, clock
from quintet.core.permissions import signed_in
from quintet.directory.queries import organisations_of
from quintet.policies import engine
from quintet.policies.results import openings_now, sums, view_of
from quintet.redemption import actions


@signed_in
def entitlements(request: HttpRequest) -> HttpResponse:
    """What the organisation may get in a year, with everything the city knows of it."""
    today = clock.today()
    chosen, organisations = engine.main_policy(), organisations_of(request.user, today)
    years = engine.paying_years(chosen, today)
    year = next((year for year in years if str(year) == asked.text(request, "year")), engine.years(chosen, today)[0])
    organisation = next(
        (item for item in organisations if str(item.pk) == asked.text(request, "organisation")), organisations[0] if organisations else None
    )
    context = {"organisations": organisations, "organisation": organisation, "years": years, "year": year, "document": chosen.pack.document}
    if organisation is None:
        return render(request, "redemption/my_nothing.html", context)
    evaluation = actions.evaluate_organisation(organisation, chosen, on=actions.evaluation_day(chosen, year), by=request.user)
    openings = openings_now(evaluation.result)
    shown = {"evaluation": evaluation, "subjects": view_of(evaluation.result, openings), "sums": sums(evaluation.result, openings)}
    return render(request, "redemption/my_entitlements.html", {**context, **shown})
