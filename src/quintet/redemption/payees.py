"""Who gets the money of an award, and who may speak for them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from quintet.core import clock
from quintet.core.errors import NotAllowed
from quintet.core.models import User
from quintet.directory.models import Membership, Organisation, Person
from quintet.directory.queries import may_act_for, organisations_of
from quintet.redemption.interests import interest_of
from quintet.redemption.models import Claim, Recusal
from quintet.redemption.states import State
from quintet.talent.models import Talent

MINE_TO_DO = (State.OFFERED, State.DRAFT, State.CORRECTION)


def payees_of(rule: Any, rows: Sequence[Mapping[str, Any]]) -> dict[int, dict[str, int]]:
    """Row id → {"organisation_id": …} or {"person_id": …}; rows whose payee is not recorded are left out. At most one query."""
    if rule.beneficiary not in ("", "self"):
        return {row["id"]: {"organisation_id": row[rule.beneficiary]} for row in rows if row.get(rule.beneficiary)}
    if rule.subject == "enterprise":
        return {row["id"]: {"organisation_id": row["id"]} for row in rows}
    if rule.subject == "talent":
        people = Talent.objects.filter(pk__in=[row["id"] for row in rows]).values_list("pk", "person")
        return {pk: {"person_id": person} for pk, person in people}
    return {}


def may_speak_for(user: User, payee: Organisation | Person, on: date) -> bool:
    """A member with authority for an organisation on that day; a person for themselves."""
    if isinstance(payee, Person):
        return payee.user_id == user.pk
    return may_act_for(user, payee, on)


def has_interest(user: User, claim: Claim) -> bool:
    """Whether somebody must keep away from deciding: made or handed in the claim, is its payee, or ever acted for that organisation."""
    if user.pk in (claim.created_by_id if claim.run_id is None and claim.follows_id is None else None, claim.submitted_by_id):
        return True
    if Recusal.objects.filter(claim=claim, user=user).exists():
        return True
    someone = Person.objects.filter(user=user).first()
    if someone is not None and interest_of(someone, claim):
        return True
    if claim.person_id:
        return Person.objects.filter(pk=claim.person_id, user=user).exists()
    return Membership.objects.filter(organisation=claim.organisation_id, person__user=user, granted_on__isnull=False).exists()


def free_of_interest(user: User, claims: Sequence[Claim]) -> None:
    """For actions on many claims at once: raises NotAllowed naming the first from which the user must keep away. A constant number of queries."""
    recused = set(Recusal.objects.filter(user=user, claim__in=[claim.pk for claim in claims]).values_list("claim", flat=True))
    tied = set(Membership.objects.filter(person__user=user, granted_on__isnull=False).values_list("organisation", flat=True))
    someone = Person.objects.filter(user=user).first()
    for claim in claims:
        own = claim.created_by_id if claim.run_id is None and claim.follows_id is None else None
        if (
            claim.pk in recused
            or claim.organisation_id in tied
            or user.pk in (own, claim.submitted_by_id)
            or (someone and interest_of(someone, claim))
        ):
            raise NotAllowed(
                _("您与其中一件有利害关系，应当回避。"), where=f"{claim}（{claim.payee}）", remedy=_("请由其他人员办理，或先把本件除外。")
            )


def claims_of(user: User) -> QuerySet[Claim]:
    """Claims of the organisations that somebody may act for today, and their own."""
    organisations = [item.pk for item in organisations_of(user, clock.today())]
    people = list(Person.objects.filter(user=user).values_list("pk", flat=True))
    return Claim.objects.filter(Q(organisation__in=organisations) | Q(person__in=people))
