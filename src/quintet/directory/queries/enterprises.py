"""The facts of enterprises: register, recognitions, carriers and yearly figures in one dictionary each."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import Any

from django.db.models import Q, QuerySet

from quintet.directory.models import Carrier, Level, Organisation, Recognition, YearlyFact
from quintet.directory.models.figures import FEN, HUNDREDTHS, ITEMS, PEOPLE, YES_NO

Name, Kind = YearlyFact.Name, Recognition.Kind
THREE_YEAR_SUMS = {"rd_spending_3y": Name.RD_SPENDING, "revenue_3y": Name.REVENUE, "domestic_rd_spending_3y": Name.DOMESTIC_RD_SPENDING}
YEARLY_FACTS = [name for name in Name if name not in (Name.DOMESTIC_RD_SPENDING, Name.MAJOR_INCIDENT)]
REGISTER = ["division", "industry", "registered_on", "resident", "listed_field", "prohibited_industry", "abnormal_or_dishonest"]
# 研发机构： what counts as an R&D institution; alliances and places for founders do not.
RD_INSTITUTIONS = [
    Carrier.Kind.ENGINEERING_TECHNOLOGY_RESEARCH_CENTER,
    Carrier.Kind.ENTERPRISE_TECHNOLOGY_CENTER,
    Carrier.Kind.ENGINEERING_RESEARCH_CENTER,
    Carrier.Kind.ENGINEERING_LABORATORY,
    Carrier.Kind.TECHNOLOGY_INNOVATION_CENTER,
    Carrier.Kind.KEY_LABORATORY,
    Carrier.Kind.INDUSTRIAL_RESEARCH_INSTITUTE,
]
UNITS_OF_FACTS = {FEN: "yuan", PEOPLE: "people", ITEMS: "items", HUNDREDTHS: "points", YES_NO: ""}

# Plain texts: an enum looked up two million times costs seconds.
UNIT_OF = {name.value: unit for name, unit in YearlyFact.UNITS.items()}
NAMES = [name.value for name in YEARLY_FACTS]
SUMS = {fact: name.value for fact, name in THREE_YEAR_SUMS.items()}
INCIDENT = Name.MAJOR_INCIDENT.value
REVENUE = Name.REVENUE.value

Figures = dict[tuple[int, str], int]


def enterprise_facts(on: date, organisations: Any = None, *, declared: bool = True) -> list[dict[str, Any]]:
    """What the city knew of each organisation that can receive policy money (all but government departments), as of `on`.

    Register entries are those of today; recognitions and carriers count when granted on or before `on`. Yearly figures are those
    of the latest complete year: the year before `on`, or the year of `on` itself when `on` is 31 December and the organisation's
    revenue of that year is recorded (then its accounts are there, and no ratio mixes two years). Of several figures for one year
    the final counts before the preliminary, and that before the enterprise's own; `declared=False` leaves the last out. A
    three-year sum ends with the latest complete year and is absent when one of its years is. A major incident counts when
    recorded for the year of `on` or the year before. `high_tech_earlier` says that a certificate was granted before the latest
    one: a renewal or a new recognition after a lapse, in either case not a first one. Only enterprises are resident enterprises.

    Money in fen, dates as dates. A constant number of queries, whatever the number of organisations.
    """
    chosen = Organisation.objects.exclude(kind=Organisation.Kind.DEPARTMENT).order_by("pk")
    if organisations is not None:
        # A few keys are named one by one: with a query in their place a database may read the figures of the whole city for one organisation.
        organisations = organisations if isinstance(organisations, QuerySet) else list(organisations)
        chosen = chosen.filter(pk__in=organisations)
    figures = _figures(on, organisations, declared=declared)
    titles = _titles(on, organisations)
    institutions = _organisations_with_rd_institution(on, organisations)
    enterprises = []
    for pk, name, kind, *register in chosen.values_list("pk", "name", "kind", *REGISTER).iterator(chunk_size=10_000):
        facts: dict[str, Any] = {"id": pk, "name": name}
        facts.update((fact, value) for fact, value in zip(REGISTER, register, strict=True) if value is not None and value != "")
        if kind != Organisation.Kind.ENTERPRISE:
            facts["resident"] = False
        if pk in figures:
            _add_figures(facts, figures[pk], on)
        _add_titles(facts, titles.get(pk, ()), on)
        if pk in institutions:
            facts["provincial_rd_institution"] = True
        enterprises.append(facts)
    return enterprises


def latest_year(figures: Figures, on: date) -> int:
    """The latest complete year, by the rule of `enterprise_facts`; `figures` has one organisation's values by (year, name)."""
    year_is_over = (on.month, on.day) == (12, 31)
    return on.year if year_is_over and (on.year, REVENUE) in figures else on.year - 1


def figure_value(name: str, value: int) -> bool | int | Fraction:
    """A stored figure in the engine's terms: fen, people, pieces, points, yes or no."""
    unit = UNIT_OF[name]
    if unit == YES_NO:
        return bool(value)
    if unit == HUNDREDTHS:
        return value // 100 if value % 100 == 0 else Fraction(value, 100)
    return value


def _figures(on: date, organisations: Any, *, declared: bool) -> dict[int, Figures]:
    """organisation → (year, name) → value, only the figures that can matter on `on`; one query for each standing, the best last."""
    years = [on.year - 1] + ([on.year] if (on.month, on.day) == (12, 31) else [])
    summed = range(min(years) - 2, max(years) + 1)
    wanted = Q(year__in=years) | Q(year__in=summed, name__in=THREE_YEAR_SUMS.values()) | Q(year=on.year, name=Name.MAJOR_INCIDENT)
    rows = YearlyFact.objects.filter(wanted)
    if organisations is not None:
        rows = rows.filter(organisation__in=organisations)
    found: dict[int, Figures] = defaultdict(dict)
    for standing in YearlyFact.Standing:
        if standing == YearlyFact.Standing.DECLARED and not declared:
            continue
        rows_of_standing = rows.filter(standing=standing).order_by().values_list("organisation_id", "year", "name", "value")
        for organisation, year, name, value in rows_of_standing.iterator(chunk_size=50_000):
            found[organisation][year, name] = value
    return found


def _add_figures(facts: dict[str, Any], figures: Figures, on: date) -> None:
    year = latest_year(figures, on)
    for name in NAMES:
        value = figures.get((year, name))
        if value is not None:
            facts[name] = figure_value(name, value)
    for fact, name in SUMS.items():
        parts = [figures.get((past, name)) for past in (year - 2, year - 1, year)]
        if None not in parts:
            facts[fact] = sum(parts)
    incidents = [figures[key] for key in ((on.year - 1, INCIDENT), (on.year, INCIDENT)) if key in figures]
    if incidents:
        facts["major_incident"] = any(incidents)


def _titles(on: date, organisations: Any) -> dict[int, list[tuple[str, str, date, date | None]]]:
    """organisation → its recognitions granted on or before `on`, the earliest first."""
    rows = Recognition.objects.filter(granted_on__lte=on)
    if organisations is not None:
        rows = rows.filter(organisation__in=organisations)
    found: dict[int, list[tuple[str, str, date, date | None]]] = defaultdict(list)
    for organisation, *title in rows.order_by("granted_on", "pk").values_list(
        "organisation_id", "kind", "level", "granted_on", "expires_on"
    ):
        found[organisation].append(tuple(title))  # type: ignore[arg-type]
    return found


def _add_titles(facts: dict[str, Any], titles: Iterable[tuple[str, str, date, date | None]], on: date) -> None:
    facts |= {"high_tech_recognised": False, "technology_sme_registered": False, "innovation_leader": False, "high_tech_earlier": False}
    five_years_ago = years_before(on, 5)
    certificates = 0
    for kind, level, granted_on, expires_on in titles:
        in_force = expires_on is None or expires_on >= on
        if kind == Kind.HIGH_TECH_ENTERPRISE:
            certificates += 1
            facts["high_tech_recognised"], facts["high_tech_recognised_on"] = in_force, granted_on
            facts.pop("high_tech_expires_on", None)
            if expires_on:
                facts["high_tech_expires_on"] = expires_on
            facts["high_tech_earlier"] = certificates > 1
        elif kind == Kind.TECHNOLOGY_SME:
            facts["technology_sme_registered"], facts["technology_sme_registered_on"] = in_force, granted_on
        elif kind == Kind.INNOVATION_LEADER:
            facts["innovation_leader"] = facts["innovation_leader"] or in_force
        elif kind == Kind.SCIENCE_AWARD and level == Level.NATIONAL and granted_on > five_years_ago:
            facts["national_award_5y"] = True
        elif kind == Kind.LED_STANDARD and granted_on > five_years_ago:
            facts["led_standard_5y"] = True


def _organisations_with_rd_institution(on: date, organisations: Any) -> set[int]:
    rows = Carrier.objects.in_force(on).filter(kind__in=RD_INSTITUTIONS, level__in=[Level.PROVINCIAL, Level.NATIONAL])
    if organisations is not None:
        rows = rows.filter(organisation__in=organisations)
    return set(rows.order_by().values_list("organisation_id", flat=True))


def years_before(on: date, years: int) -> date:
    try:
        return on.replace(year=on.year - years)
    except ValueError:  # 29 February
        return on.replace(year=on.year - years, day=28)
