"""What a clause's page in the policy library shows from here: what has been evaluated by it."""

from typing import Any

from quintet.redemption.queries import clause_totals


def evaluated(pack: str, clause: str, user: Any) -> dict[str, Any] | None:
    years = clause_totals(pack, clause)
    return {"template": "redemption/clause_panel.html", "years": years} if years else None


panels = [evaluated]
