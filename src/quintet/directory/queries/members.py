from datetime import date
from typing import Any

from quintet.directory.models import Membership, Organisation


def organisations_of(user: Any, on: date) -> list[Organisation]:
    """The organisations this user may act for on that day, by name."""
    if not user.is_authenticated:
        return []
    ids = Membership.objects.in_force(on).filter(person__user=user).values("organisation")
    return list(Organisation.objects.filter(pk__in=ids).order_by("name"))


def may_act_for(user: Any, organisation: Organisation, on: date) -> bool:
    if not user.is_authenticated:
        return False
    return Membership.objects.in_force(on).filter(person__user=user, organisation=organisation).exists()
