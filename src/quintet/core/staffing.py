"""Whether there are enough people for what takes two: told to operators before a case stands still.

A context lists what it needs in `staffing.py`: `needs = [function(counted) → sentences, …]`, where `counted(role, unit)` says how many hold
the role for that unit today by a grant of their own. Lent roles do not count: who lent one and who borrowed it are one for four eyes.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import date

from django.utils.translation import gettext as _

from quintet.core.models import RoleGrant
from quintet.core.owners import owned_together
from quintet.core.roles import Role
from quintet.look.registry import collect

Counted = Callable[..., int]


def shortages(on: date) -> list[str]:
    """Sentences for operators: what cannot be done, or not by two, for want of people on a day of real time. A constant number of queries."""
    counted = count(on)
    return [sentence for need in collect("staffing", "needs") for sentence in need(counted)]


def count(on: date) -> Counted:
    """How many people can sign in and hold a role, for a unit or (without one) for any. Several accounts of one human being are one."""
    grants = list(
        RoleGrant.objects.in_force(on)
        .filter(user__is_active=True, delegated_by=None)
        .order_by()
        .values_list("role", "unit", "user")
        .distinct()
    )
    owners = {user: min(accounts) for user, accounts in owned_together({user for _role, _unit, user in grants}).items()}
    held: dict[tuple[str, str], set[int]] = defaultdict(set)
    for role, unit, user in grants:
        held[role, unit].add(owners[user])
        held[role, ""].add(owners[user])

    def counted(role: str, unit: str = "") -> int:
        return len(held[str(role), unit]) if (str(role), unit) in held else 0

    return counted


def operators(counted: Counted) -> list[str]:
    """Two decide about an account, and its owner is neither of them: for operators' own accounts it takes a third."""
    there = counted(Role.OPERATOR)
    if there >= 3:
        return []
    if there == 2:
        return [_("系统管理员有 2 位：他们自己的账号需要第三位才能办理角色、邮箱和密码链接。")]
    return [_("系统管理员只有 %(n)d 位：授予角色、签发密码链接等须由两位办理，请在服务器上运行 manage.py create_operator。") % {"n": there}]


needs = [operators]
