"""Where each fact of one subject comes from, for explanations: value, unit, period, source."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from quintet.directory.models import Carrier, Organisation, YearlyFact
from quintet.directory.queries.carriers import CARRIER_FACTS
from quintet.directory.queries.enterprises import (
    REGISTER,
    THREE_YEAR_SUMS,
    UNITS_OF_FACTS,
    Name,
    enterprise_facts,
    latest_year,
)
from quintet.look.words import cn_date


@dataclass(frozen=True)
class FactSource:
    """`unit` is a unit of the packs ("yuan" values are in fen); `period` and `source` are Chinese text; `url` shows the record."""

    value: Any
    unit: str = ""
    period: str = ""
    source: str = ""
    url: str = ""


def fact_sources(subject_kind: str, id: int, on: date) -> dict[str, FactSource]:
    """fact → its source, for the subjects `enterprise` and `carrier`; the values are exactly those given to the engine."""
    if subject_kind == "carrier":
        carrier = Carrier.objects.get(pk=id)
        return record_sources(carrier, CARRIER_FACTS, source=carrier.authority or _("创新载体名录"))
    if subject_kind != "enterprise":
        raise ValueError(f"directory knows no subject {subject_kind!r}")
    return _enterprise_sources(Organisation.objects.get(pk=id), on)


def record_sources(record: Model, columns: Sequence[tuple[str, str]], *, source: str) -> dict[str, FactSource]:
    """Sources of facts that are fields of one record; money fields end in _fen."""
    url = record.get_absolute_url()  # type: ignore[attr-defined]
    found = {}
    for fact, field in columns:
        value = getattr(record, field)
        if value is not None and value != "":
            period = cn_date(value) if isinstance(value, date) else ""
            found[fact] = FactSource(value, "yuan" if field.endswith("_fen") else "", period, source, url)
    return found


def _enterprise_sources(organisation: Organisation, on: date) -> dict[str, FactSource]:
    (facts,) = enterprise_facts(on, [organisation.pk]) or ({},)
    url = organisation.get_absolute_url()
    rows = organisation.yearly_facts.filter(year__gte=on.year - 3, year__lte=on.year).order_by("standing")
    best = {(row.year, row.name): row for row in rows}
    year = latest_year({key: row.value for key, row in best.items()}, on)
    titles = {
        "high_tech": _("高新技术企业认定记录"),
        "technology": _("科技型中小企业入库记录"),
        "innovation_leader": _("创新型领军企业认定记录"),
    }
    found = {}
    for fact, value in facts.items():
        if fact in {"id", "name", *REGISTER}:
            found[fact] = FactSource(value, "", _("现行登记"), _("单位登记信息"), url)
        elif fact in THREE_YEAR_SUMS:
            parts = [best[past, THREE_YEAR_SUMS[fact]] for past in (year - 2, year - 1, year)]
            found[fact] = FactSource(value, "yuan", _("%d—%d 年") % (year - 2, year), _sources_of(parts), url)
        elif fact == "major_incident":
            parts = [best[past, fact] for past in (on.year - 1, on.year) if (past, fact) in best]
            found[fact] = FactSource(value, "", "、".join(_("%d 年") % row.year for row in parts), _sources_of(parts), url)
        elif (year, fact) in best and not _overruled(fact, value, best[year, fact]):
            row = best[year, fact]
            found[fact] = FactSource(value, UNITS_OF_FACTS[row.unit], _("%d 年") % year, _sources_of([row]), row.get_absolute_url())
        else:
            source = next((text for start, text in titles.items() if fact.startswith(start)), _("资格认定与创新载体名录"))
            found[fact] = FactSource(value, "", _("截至 %s") % cn_date(on), source, url)
    return found


def _overruled(fact: str, value: Any, row: YearlyFact) -> bool:
    """A title in the register makes a yes of a yearly 'no'."""
    return fact in {Name.NATIONAL_AWARD_5Y, Name.LED_STANDARD_5Y, Name.PROVINCIAL_RD_INSTITUTION} and value is True and not row.value


def _sources_of(rows: Sequence[YearlyFact]) -> str:
    return ";".join(dict.fromkeys(f"{row.source}（{row.get_standing_display()}）" for row in rows))
