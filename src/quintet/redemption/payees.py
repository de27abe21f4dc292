"""Who gets the money of an award, and who may speak for them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from quintet.core import clock
from quintet.core.errors import NotAllowed
from quintet.core.models import User
from quintet.directory.models import Organisation, Person
from quintet.directory.queries import may_act_for, organisations_acted_for, organisations_of
from quintet.policies.engine import Policy
from quintet.redemption.models import Claim
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


def is_personal(rule: Any) -> bool:
    """Whether an award belongs to a person, who alone can apply for it."""
    return rule.subject == "talent" and rule.beneficiary in ("", "self")


def subjects_of_organisations(chosen: Policy) -> list[str]:
    """The kinds of subjects for which organisations are given something: the others are none of their business."""
    pack = chosen.pack
    return [name for name in pack.subjects if name == "enterprise" or not all(is_personal(rule) for rule in pack.rules_of(name))]


def may_speak_for(user: User, payee: Organisation | Person, on: date) -> bool:
    """A member with authority for an organisation on that day; a person for themselves."""
    if isinstance(payee, Person):
        return payee.user_id == user.pk
    return may_act_for(user, payee, on)


def require_speaker(user: User, payee: Organisation | Person, on: date) -> None:
    """For the acts of payees themselves, which no role gives (`acts.own`). Raises NotAllowed."""
    if not may_speak_for(user, payee, on):
        raise NotAllowed(_("您不能代表这家单位。"), where=str(payee), remedy=_("请联系单位的授权经办人、法定代表人或主管部门。"))


def claims_of(user: User) -> QuerySet[Claim]:
    """Claims that somebody sees today: of the organisations that they stand for, and their own."""
    return _claims(user, organisations_of(user, clock.today()))


def claims_acted_on(user: User) -> QuerySet[Claim]:
    """Those of them in which somebody may do something today: a contact only sees how it goes."""
    return _claims(user, organisations_acted_for(user, clock.today()))


def _claims(user: User, organisations: Sequence[Organisation]) -> QuerySet[Claim]:
    people = list(Person.objects.filter(user=user).values_list("pk", flat=True))
    return Claim.objects.filter(Q(organisation__in=[item.pk for item in organisations]) | Q(person__in=people))
