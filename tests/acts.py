"""docs/reference/acts.md as a table, and its line of an act that a role allows."""

from pathlib import Path
from typing import Any

from django.utils.translation import override

from quintet.core.permissions import OfficeAct
from quintet.core.roles import Role
from quintet.look.registry import collect

DOCS = Path(__file__).parents[1] / "docs" / "reference" / "acts.md"


def lines() -> list[str]:
    return [line for line in DOCS.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]


def roles_in(title: str) -> set[str]:
    """The roles that the page names for an act of that title."""
    (cells,) = [cells for line in lines() if (cells := [cell.strip() for cell in line.strip("|").split("|")])[0] == title]
    with override("zh-hans"):
        known = {str(role.label): role.value for role in Role}
    return {known[name.split("（")[0]] for name in cells[1].split("、")}


def line_of(act: OfficeAct) -> str:
    with override("zh-hans"):
        who = "、".join(str(role.label) + (f"（{act.unit}）" if act.unit and role == Role.OFFICER else "") for role in act.roles)
    records = "、".join(f"`{name}`" for name in act.records) or "—"
    return f"| {act.title} | {who} | {act.away or '—'} | {act.confirmed_by or '—'} | {act.told or '—'} | {records} |"


def line_of_own(act: Any) -> str:
    return f"| {act.title} | {act.told or '—'} | {'、'.join(f'`{name}`' for name in act.records)} |"


def office_acts() -> list[OfficeAct]:
    return collect("acts", "acts")
