"""What a clause's page in the policy library shows from here: what has been evaluated and paid by it."""

from typing import Any

from quintet.redemption.queries import clause_totals, paid_so_far


def evaluated(pack: str, clause: str, user: Any) -> dict[str, Any] | None:
    years = clause_totals(pack, clause)
    paid = paid_so_far(pack, clause)
    return {"template": "redemption/clause_panel.html", "years": years, "paid": paid} if years or paid else None


panels = [evaluated]
