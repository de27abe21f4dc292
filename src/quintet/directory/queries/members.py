"""Who may act for an organisation on a day."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from quintet.core.permissions import standing
from quintet.directory.models import Membership, Organisation
from quintet.look.words import listed


def organisations_of(user: Any, on: date) -> list[Organisation]:
    """The organisations of which this user sees what is kept on that day, by name: those that they act for, and those whose contact they are."""
    return _organisations(Membership.objects.in_force(on), user)


def organisations_acted_for(user: Any, on: date) -> list[Organisation]:
    """The organisations this user may act for on that day, by name."""
    return _organisations(Membership.objects.acting(on), user)


def _organisations(memberships: Any, user: Any) -> list[Organisation]:
    if not user.is_authenticated:
        return []
    return list(Organisation.objects.filter(pk__in=memberships.filter(person__user=user).values("organisation")).order_by("name"))


def may_act_for(user: Any, organisation: Organisation, on: date) -> bool:
    """The legal representative and agents act; a contact sees and is told."""
    return _is_one(Membership.objects.acting(on), user, organisation)


def may_see(user: Any, organisation: Organisation, on: date) -> bool:
    return _is_one(Membership.objects.in_force(on), user, organisation)


def _is_one(memberships: Any, user: Any, organisation: Organisation) -> bool:
    if not user.is_authenticated:
        return False
    return bool(memberships.filter(person__user=user, organisation=organisation).exists())


def said_of_those_without_account(organisation: Organisation, on: date, *, but: Membership | None = None) -> str:
    """Whom the organisation still has, none of them with an account in use; empty where there is nobody."""
    left = Membership.objects.acting(on).filter(organisation=organisation).exclude(person__user__is_active=True)
    people = [f"{one.person}（{one.get_part_display()}）" for one in left.exclude(pk=but.pk if but else 0).select_related("person")]
    return _("名录中仍有%(people)s，但没有可用的登录账号。") % {"people": listed(people)} if people else ""


def without_proposer(proposed: Collection[Membership], on: date) -> set[int]:
    """Keys of the proposals that nobody can confirm any more: who made them acts for the organisation no longer, or has lost account or role.
    A constant number of queries."""
    by_officials = {one.proposed_under.pk: one.proposed_under for one in proposed if one.proposed_under is not None}
    held = standing(list(by_officials.values()))
    own = [one for one in proposed if one.proposed_under_id is None and one.proposed_by_id is not None]
    there = Membership.objects.acting(on).filter(organisation__in={one.organisation_id for one in own}, person__user__is_active=True)
    acting = set(there.values_list("person__user", "organisation")) if own else set()
    left = {one.pk for one in own if (one.proposed_by_id, one.organisation_id) not in acting}
    return left | {one.pk for one in proposed if one.proposed_under_id is not None and one.proposed_under_id not in held}
