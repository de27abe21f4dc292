"""What the page of one organisation shows beside its own row."""

from collections import defaultdict
from datetime import date
from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _

from quintet.core import clock
from quintet.directory.divisions import division_name
from quintet.directory.industries import industry_name
from quintet.directory.models import Organisation, YearlyFact
from quintet.directory.queries.history import figure_text
from quintet.directory.queries.labels import FACT_LABELS
from quintet.directory.queries.sources import fact_sources
from quintet.directory.sheets.sheet import sheets
from quintet.look import words


def organisation_panels(request: Any, organisation: Organisation) -> dict[str, Any]:
    today = clock.today()
    return organisation_overview(organisation, today) | {"elsewhere": _elsewhere(organisation)}


def organisation_overview(organisation: Organisation, on: date) -> dict[str, Any]:
    years, figures = figures_by_year(organisation, on)
    return {
        "on": on,
        "recognitions": [(row, _state(row.granted_on, row.expires_on, on)) for row in organisation.recognitions.all()[:50]],
        "carriers": organisation.carriers.all()[:50],
        "memberships": organisation.memberships.select_related("person__user")[:50],
        "years": years,
        "figures": figures,
    }


def _state(granted: date, expires: date | None, on: date) -> tuple[str, str]:
    if granted > on:
        return _("尚未生效"), "muted"
    if expires and expires < on:
        return _("已到期"), "bad"
    return _("有效"), "ok"


def figures_by_year(organisation: Organisation, on: date) -> tuple[list[int], list[dict[str, Any]]]:
    """The last five years, newest first, and a row for each figure; of several standings the best, marked when it is not final. What the organisation
    declared itself stands beside a figure that counts before it."""
    best: dict[str, dict[int, YearlyFact]] = defaultdict(dict)
    declared: dict[tuple[str, int], str] = {}
    for fact in organisation.yearly_facts.filter(year__gt=on.year - 5).order_by("standing"):
        best[fact.name][fact.year] = fact
        if fact.standing == YearlyFact.Standing.DECLARED:
            declared[fact.name, fact.year] = figure_text(fact.name, fact.value)
        elif (fact.name, fact.year) in declared:
            fact.declared = declared[fact.name, fact.year]  # type: ignore[attr-defined]
    years = sorted({year for row in best.values() for year in row}, reverse=True)
    rows = []
    for name in YearlyFact.Name:
        if name.value in best:
            cells = [(year, best[name.value].get(year)) for year in years]
            rows.append(
                {"label": name.label, "cells": [(year, fact, figure_text(fact.name, fact.value) if fact else "") for year, fact in cells]}
            )
    return years, rows


def _elsewhere(organisation: Organisation) -> list[dict[str, Any]]:
    """Links to the lists of the other registers, filtered by this organisation, with their counts."""
    own = {"recognitions", "carriers", "facts", "memberships"}
    links = []
    for sheet in sheets().values():
        if sheet.id not in own and any(column.target == "organisation" for column in sheet.columns):
            count = sheet.model._default_manager.filter(organisation=organisation).aggregate(n=Count("pk"))["n"]
            links.append({"label": sheet.title, "count": count, "url": f"{reverse(sheet.list_url)}?q={organisation.code}", "active": False})
    return links


def sources_table(organisation: Organisation, on: date) -> list[dict[str, Any]]:
    """Each fact the engine gets for the organisation, as people read it, with period and source."""
    rows = []
    for fact, source in fact_sources("enterprise", organisation.pk, on).items():
        if fact in FACT_LABELS:
            rows.append(
                {
                    "label": FACT_LABELS[fact],
                    "value": _code_text(fact, source.value) or _value_text(source.value, source.unit),
                    "period": words.days_said(source.period),
                    "source": source.source,
                }
            )
    return rows


def _code_text(fact: str, value: Any) -> str:
    """The name behind a code of a division or an industry; "" for facts that are no codes."""
    naming = {"division": division_name, "industry": industry_name}.get(fact)
    return naming(str(value)) if naming and value else ""


def _value_text(value: Any, unit: str) -> str:
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, date):
        return words.cn_date(value)
    if unit == "yuan":
        return words.yuan(value)
    if unit == "points":
        value = f"{float(value):g}"
    text: str = {"people": _("%s 人"), "items": _("%s 件"), "points": _("%s 分")}.get(unit, "%s") % value
    return text
