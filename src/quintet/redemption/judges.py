"""Who ever judged a fact of a claim (主管部门认定): in the claim itself, or in the register of what the claim is about."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any

from django.utils import timezone

from quintet.core.models import RoleGrant
from quintet.core.permissions import Right
from quintet.directory.models import ImportBatch
from quintet.directory.permissions import register_of
from quintet.market.models import TransferProject
from quintet.market.queries import PROJECT_FACTS
from quintet.policies.engine import policy
from quintet.redemption.models import Claim, ClaimFact, Judgement
from quintet.talent.models import Talent, Team
from quintet.talent.queries import TALENT_FACTS, TEAM_FACTS

KEPT_IN: dict[str, tuple[Any, dict[str, str]]] = {
    "project": (TransferProject, dict(PROJECT_FACTS)),
    "talent": (Talent, dict(TALENT_FACTS)),
    "team": (Team, dict(TEAM_FACTS)),
}  # subject → its register, and the field in which it keeps a fact


def judges(claims: Sequence[Claim]) -> dict[int, set[int]]:
    """claim → users who judged one of its facts, whatever is in force now, and who had lent them a role. A constant number of queries.

    A judgement that a keeper enters into the register is one: there the row tells no role, so whoever had lent the keeper any counts.
    """
    found: dict[int, set[int]] = {claim.pk: set() for claim in claims}
    for judgement in Judgement.objects.filter(claim__in=list(found)).select_related("under"):
        found[judgement.claim_id] |= {judgement.by_id, *(Right.under(judgement.under).people if judgement.under else ())}
    for fact in ClaimFact.objects.filter(claim__in=list(found), kind=ClaimFact.Kind.JUDGED).select_related("under"):
        found[fact.claim_id] |= {fact.by_id, *(Right.under(fact.under).people if fact.under else ())}
    for subject in sorted({claim.subject for claim in claims} & set(KEPT_IN)):
        alike = [claim for claim in claims if claim.subject == subject]
        entered = _entered(subject, alike)
        for claim in alike:
            found[claim.pk] |= entered[claim.subject_id]
    return found


def judged_facts(claim: Claim) -> set[str]:
    """Names of the facts that the department finds, of what the claim is about."""
    known = policy(claim.pack).pack.subjects.get(claim.subject)
    return {name for name, fact in known.facts.items() if fact.judged} if known else set()


def _entered(subject: str, claims: Sequence[Claim]) -> dict[int, set[int]]:
    """key of the subject → who entered or changed a judged fact of it in its register, by hand or by workbook."""
    model, fields = KEPT_IN[subject]
    judged = sorted({fields[name] for claim in claims for name in judged_facts(claim) if name in fields})
    changes = list(_changes(model, {claim.subject_id for claim in claims}, judged)) if judged else []
    uploaded = _uploaders(model) if any(reason for _key, _user, _day, reason in changes) else {}
    people = {(key, user, day) for key, by, day, reason in changes for user in (by, *uploaded.get(reason, ())) if user is not None}
    lent = lenders_on({(user, day) for _key, user, day in people})
    found: dict[int, set[int]] = defaultdict(set)
    for key, user, day in people:
        found[key] |= {user, *lent.get((user, day), ())}
    return found


def _changes(model: Any, keys: set[int], fields: Sequence[str]) -> Iterator[tuple[int, int | None, date, str]]:
    """(key, user, day, file) of every version of these rows in which one of the fields is another than before."""
    versions = model.history.filter(id__in=keys).order_by("id", "history_date", "history_id")
    before: dict[int, list[Any]] = {}
    for key, user, at, reason, *values in versions.values_list("id", "history_user", "history_date", "history_change_reason", *fields):
        if values != before.get(key, [None] * len(fields)):
            yield key, user, timezone.localdate(at), (reason or "").partition(" ")[2]
        before[key] = values


def _uploaders(model: Any) -> dict[str, set[int]]:
    """name of a workbook, as the history keeps it → who uploaded one of that name; another may have confirmed it."""
    found: dict[str, set[int]] = defaultdict(set)
    files = ImportBatch.objects.filter(sheet=register_of(model), state=ImportBatch.State.DONE)
    for name, user in files.values_list("file_name", "uploaded_by"):
        found[name[-80:]].add(user)
    return found


def lenders_on(days: Collection[tuple[int, date]]) -> dict[tuple[int, date], set[int]]:
    """(user, day) → who had lent the user a role that day. One query."""
    found: dict[tuple[int, date], set[int]] = defaultdict(set)
    lent = RoleGrant.objects.filter(user__in={user for user, _day in days}, delegated_by__isnull=False) if days else ()
    for grant in lent:
        for user, day in days:
            if grant.user_id == user and grant.state(day) == "in_force":
                found[user, day].add(grant.delegated_by_id or 0)
    return found
