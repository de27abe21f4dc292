from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from quintet.directory.queries import FactSource, record_sources
from quintet.directory.queries.columns import facts_of, for_organisations
from quintet.talent.models import Talent, Team

TALENT_FACTS = [
    ("id", "id"),
    ("enterprise", "organisation_id"),
    ("category", "category"),
    ("newly_brought_in", "newly_brought_in"),
    ("newly_trained", "newly_trained"),
    ("brought_in_on", "brought_in_on"),
    ("first_full_time", "first_full_time"),
    ("contract_years", "contract_years"),
    ("review_passed", "review_passed"),
    ("phd", "phd"),
    ("full_time_degree", "full_time_degree"),
    ("graduated_on", "graduated_on"),
    ("founded", "founded"),
    ("founded_on", "founded_on"),
    ("first_business", "first_business"),
    ("settled", "settled"),
    ("settled_on", "settled_on"),
    ("works_in_city", "works_in_city"),
    ("home_bought", "home_bought"),
    ("first_home", "first_home"),
    ("home_bought_on", "home_bought_on"),
    ("provincial_support", "provincial_support_fen"),
    ("provincial_support_on", "provincial_support_on"),
    ("brings_results", "brings_results"),
    ("fits_local_industry", "fits_local_industry"),
]
TEAM_FACTS = [("id", "id"), ("enterprise", "organisation_id"), ("tier", "tier"), ("selected_on", "selected_on")]


def talent_facts(on: date, organisations: Iterable[int] | None = None, *, person: int | None = None) -> list[dict[str, Any]]:
    """Talents brought in on or before `on` (or on an unknown day), money in fen; of some organisations, or one person. One query."""
    rows = for_organisations(Talent.objects.exclude(brought_in_on__gt=on).order_by("pk"), organisations)
    if person is not None:
        rows = rows.filter(person=person)
    return facts_of(rows, TALENT_FACTS)


def team_facts(on: date, organisations: Iterable[int] | None = None) -> list[dict[str, Any]]:
    """Teams selected on or before `on`. One query."""
    return facts_of(for_organisations(Team.objects.filter(selected_on__lte=on).order_by("pk"), organisations), TEAM_FACTS)


def fact_sources(subject_kind: str, id: int, on: date) -> dict[str, FactSource]:
    if subject_kind == "talent":
        return record_sources(Talent.objects.get(pk=id), TALENT_FACTS, source=_("人才登记信息"))
    if subject_kind == "team":
        return record_sources(Team.objects.get(pk=id), TEAM_FACTS, source=_("创新团队登记信息"))
    raise ValueError(f"talent knows no subject {subject_kind!r}")
