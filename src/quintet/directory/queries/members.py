from datetime import date
from typing import Any

from quintet.directory.models import Membership, Organisation


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
