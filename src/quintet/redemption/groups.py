"""就高不重复 with decisions and history: what a beneficiary was awarded in a stacking group before, as the engine takes it."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from quintet.policies.engine import Earlier, Policy
from quintet.redemption.models import Claim, Decision
from quintet.redemption.states import CLOSED


def group_rules(chosen: Policy, group: str = "") -> list[Any]:
    """The rules of one stacking group, or of all."""
    return [rule for rule in chosen.pack.rules if rule.group and rule.group == (group or rule.group)]


def group_subjects(chosen: Policy, rule: Any) -> list[str]:
    """The subjects whose facts decide about a rule: its own, and those of the other rules of its group."""
    return list(dict.fromkeys([rule.subject, *(other.subject for other in group_rules(chosen, rule.group) if rule.group)]))


def earlier_awards(chosen: Policy, *, beside: Claim | None = None) -> list[Earlier]:
    """Awards decided for rules in groups, all of them or those to the payee of a claim, without that claim. One query, none without groups."""
    rules = {rule.id: rule for rule in group_rules(chosen)}
    if not rules:
        return []
    claims = _decided(chosen.pack.document.pack, rules)
    if beside is not None:
        whose = Q(organisation=beside.organisation_id) if beside.organisation_id else Q(person=beside.person_id)
        claims = claims.filter(whose).exclude(pk=beside.pk)
    columns = claims.values_list("rule", "subject", "subject_id", "organisation_id", "year", "decided_fen")
    return [
        Earlier(rule, subject, str(row), str(row if rules[rule].beneficiary in ("", "self") else organisation), year, fen or 0)
        for rule, subject, row, organisation, year, fen in columns
    ]


def _decided(pack: str, rules: Iterable[str]) -> QuerySet[Claim]:
    granted = Decision.objects.filter(claim=OuterRef("pk"), granted=True, confirmed=True)
    return (
        Claim.objects.filter(Q(decided_fen__isnull=False) | Exists(granted), pack=pack, rule__in=list(rules))
        .exclude(state__in=CLOSED)
        .order_by("pk")
    )
