from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from quintet.directory.queries import FactSource, record_sources
from quintet.directory.queries.columns import facts_of, for_organisations
from quintet.market.models import TransferProject

PROJECT_FACTS = [
    ("id", "id"),
    ("enterprise", "organisation_id"),
    ("transfer_project", "transfer_project"),
    ("cooperation", "cooperation"),
    ("stage", "stage"),
    ("stage_reached_on", "stage_reached_on"),
    ("registered_on", "registered_on"),
    ("accepted_on", "accepted_on"),
    ("significant_for_local_industry", "significant_for_local_industry"),
    ("total_spending", "total_spending_fen"),
    ("in_park", "in_park"),
    ("entered_park_on", "entered_park_on"),
    ("overseas_talent", "overseas_talent"),
    ("start_up_stage", "start_up_stage"),
    ("net_income", "net_income_fen"),
    ("net_income_on", "net_income_on"),
    ("university_result", "university_result"),
    ("state_institution", "state_institution"),
    ("staff_reward", "staff_reward_fen"),
    ("own_rule_or_agreement", "own_rule_or_agreement"),
]


def project_facts(on: date, organisations: Iterable[int] | None = None) -> list[dict[str, Any]]:
    """Projects registered on or before `on` (or without a registration date), money in fen. One query."""
    rows = for_organisations(TransferProject.objects.exclude(registered_on__gt=on).order_by("pk"), organisations)
    return facts_of(rows, PROJECT_FACTS)


def fact_sources(subject_kind: str, id: int, on: date) -> dict[str, FactSource]:
    if subject_kind != "project":
        raise ValueError(f"market knows no subject {subject_kind!r}")
    project = TransferProject.objects.get(pk=id)
    return record_sources(project, PROJECT_FACTS, source=_("转化项目 %s 登记信息") % project.number)
