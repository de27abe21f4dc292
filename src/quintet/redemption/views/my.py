from datetime import date
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from quintet.core import asked, clock
from quintet.core.masking import mask_name
from quintet.core.models import User
from quintet.core.permissions import signed_in
from quintet.directory.models import Organisation, Person
from quintet.directory.queries import organisations_of
from quintet.policies import engine
from quintet.policies.engine import Policy
from quintet.policies.results import openings_now, sums, view_of
from quintet.redemption import actions, cases
from quintet.redemption.openings import unless_invited
from quintet.redemption.states import State
from quintet.talent.models import Talent

OWN = "own"


@signed_in
def entitlements(request: HttpRequest) -> HttpResponse:
    """What the organisation, or the person as a talent, may get in a year, with everything the city knows of it and where each award stands."""
    user, today = cast(User, request.user), clock.today()
    chosen, organisations = engine.main_policy(), organisations_of(user, today)
    me = Person.objects.filter(user=user, talent__isnull=False).first()
    years = engine.paying_years(chosen, today)
    year = next((year for year in years if str(year) == asked.text(request, "year")), engine.years(chosen, today)[0])
    wanted = asked.text(request, "organisation")
    organisation = next((item for item in organisations if str(item.pk) == wanted), organisations[0] if organisations else None)
    whose: Organisation | Person | None = me if me is not None and (wanted == OWN or organisation is None) else organisation
    context = {"organisations": organisations, "me": me, "whose": whose, "years": years, "year": year, "document": chosen.pack.document}
    if whose is None:
        return render(request, "redemption/my_nothing.html", context)
    evaluate: Any = actions.evaluate_person if isinstance(whose, Person) else actions.evaluate_organisation
    evaluation = evaluate(whose, chosen, on=actions.evaluation_day(chosen, year), by=user)
    openings, claims = openings_now(evaluation.result), cases.under_way(whose, chosen.pack.document.pack, year)
    shown = {
        "evaluation": evaluation, "subjects": _with_claims(_with_years(view_of(evaluation.result, openings), whose, chosen, today), claims, chosen, today),
        "sums": sums(evaluation.result, openings, cases.taken(claims), {key for key, claim in claims.items() if claim.state == State.OFFERED}),
        "staff": _staff(whose), "own": isinstance(whose, Person),
    }  # fmt: skip
    return render(request, "redemption/my_entitlements.html", {**context, **shown})


def _with_claims(subjects: list[dict[str, Any]], claims: Any, chosen: Policy, today: date) -> list[dict[str, Any]]:
    rules = {rule.id: rule for rule in chosen.pack.rules}
    for row in subjects:
        for outcomes in row["by_state"].values():
            for outcome in outcomes:
                if claim := claims.get((row["subject"], row["id"], outcome["rule"])):
                    outcome["claim"] = cases.shown_with(claim)
                else:
                    outcome["uninvited"] = unless_invited(chosen, rules[outcome["rule"]], today)
    return subjects


def _with_years(subjects: list[dict[str, Any]], whose: Organisation | Person, chosen: Policy, today: date) -> list[dict[str, Any]]:
    """Awards by instalments with what became of each year for which there is a claim."""
    years = cases.instalment_years(whose, chosen.pack.document.pack, today)
    for row in subjects:
        for outcomes in row["by_state"].values():
            for outcome in outcomes:
                outcome["years"] = years.get((row["subject"], row["id"], outcome["rule"]))
    return subjects


def _staff(whose: Organisation | Person) -> list[str]:
    """The talents of an organisation by masked names: what they are given, and why, is theirs."""
    if isinstance(whose, Person):
        return []
    return [mask_name(name) for name in Talent.objects.filter(organisation=whose).order_by("pk").values_list("person__name", flat=True)]
