"""Claims about whom a register was written since their last evaluation: they alone are judged anew before money goes out."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max

from quintet.directory.models import Organisation
from quintet.directory.recusals import about
from quintet.directory.sheets.sheet import sheets
from quintet.policies.engine import policy
from quintet.redemption.models import Claim

MEANWHILE = timedelta(minutes=5)  # an entry may have been written while the evaluation read


def may_differ(claims: Sequence[Claim]) -> list[Claim]:
    """Of these, all whose facts or rules may be others than at their last evaluation. A constant number of queries, however many claims; a claim of
    a person is always among them, as what is known of people stands in many registers."""
    keys = [claim.pk for claim in claims]
    last = {
        pk: (at, of)
        for pk, at, of in Claim.objects.filter(pk__in=keys).values_list("pk", "evaluation__created_at", "evaluation__version__hash")
    }
    begun = min((at for at, _hash in last.values() if at), default=None)
    firms = {claim.organisation_id for claim in claims if claim.organisation_id}
    written = _last_written(firms, begun - MEANWHILE) if begun and firms else {}

    def differs(claim: Claim) -> bool:
        at, version = last[claim.pk]
        if at is None or claim.person_id is not None or version != policy(claim.pack).hash:
            return True
        latest = written.get(claim.organisation_id or 0)
        return latest is not None and latest > at - MEANWHILE

    return [claim for claim in claims if differs(claim)]


def _last_written(firms: Collection[int], since: datetime) -> dict[int, datetime]:
    """organisation → when an entry about it was last added, changed or deleted, where that was after `since`. One query for each register."""
    latest: dict[int, datetime] = {}
    models: set[Any] = {sheet.model for sheet in sheets().values()}
    for model in models:
        for _name, attribute, target in about(model):
            if target is Organisation:
                column = "id" if attribute == "pk" else attribute
                versions = model.history.model.objects.filter(history_date__gt=since, **{f"{column}__in": firms})
                for firm, at in versions.order_by().values(column).annotate(at=Max("history_date")).values_list(column, "at"):
                    latest[firm] = max(latest.get(firm, at), at)
    return latest
