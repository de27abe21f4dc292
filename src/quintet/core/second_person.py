"""What waits for a second person: told to those who may decide on it, and on their 今日工作 until one of them has. One registry of kinds.

A context lists its kinds in `proposals.py`: `kinds = [Kind(…), …]`. Whom a proposal is for is asked of the function that the confirming act asks.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import override

from quintet.core import notify
from quintet.core.models import Notification, RoleGrant, User
from quintet.look.registry import collect

PAGE = "/work/second/"
MOST = 500  # of one kind looked through for a count, the oldest first


@dataclass(frozen=True, kw_only=True, eq=False)
class Kind:
    """One kind of proposal. `address` is that of one proposal, `listed` where several stand together, each for the user who will open it;
    without `listed` that is a page that names each."""

    label: str | Promise  # what the second person does
    acts: tuple[str | Promise, ...]  # titles of the proposing acts in docs/reference/acts.md
    mine: Callable[[User], Sequence[Any]]  # those that wait and that the user may decide on; at most MOST are looked through
    candidates: Callable[[Any], Sequence[User]]  # holders of the roles for it
    able: Callable[[Any, Sequence[User]], list[User]]  # those of the candidates who may decide on it
    about: Callable[[Any], str]
    address: Callable[[Any, User], str]
    topic: str  # kind of the notification
    listed: Callable[[User], str] = lambda user: PAGE
    urgent: bool = False
    gathered: bool = False  # proposed by the dozen: one unread message, which leads to all of them, is enough


def holders(*roles: str, unit: str = "") -> list[User]:
    """Users with an account in use who hold one of the roles today, for that unit if one is named; each with today's grants. Two queries."""
    held: dict[int, list[RoleGrant]] = defaultdict(list)
    today = timezone.localdate()
    named = RoleGrant.objects.dated(today).filter(role__in=roles, **({"unit": unit} if unit else {})).values("user")
    for grant in RoleGrant.objects.in_force(today).filter(user__is_active=True, user__in=named):
        held[grant.user_id].append(grant)
    wanted = [user for user, grants in held.items() if any(grant.role in roles and (not unit or grant.unit == unit) for grant in grants)]
    users = list(User.objects.filter(pk__in=wanted).order_by("pk"))
    for user in users:
        user.__dict__["grants_today"] = held[user.pk]
    return users


def ask(kind: Kind, proposal: Any) -> set[int]:
    """Tell everybody who may decide on a new proposal, within the transaction that is open. Returns the primary keys of who was told."""
    with override("zh-hans"):
        what = _("有新提出的事项") if kind.gathered else kind.about(proposal)
        text = _("请%(act)s：%(what)s") % {"act": kind.label, "what": what}
    users = kind.candidates(proposal)
    if kind.gathered:
        known = set(Notification.objects.filter(user__in=users, text=text, read_at=None).values_list("user", flat=True))
        users = [user for user in users if user.pk not in known]
    told = [(user.pk, text, kind.listed(user) if kind.gathered else kind.address(proposal, user)) for user in kind.able(proposal, users)]
    notify.tell_all(told, kind=kind.topic, urgent=kind.urgent)
    return {user for user, _text, _address in told}


def ask_of_several(kind: Kind, proposals: Sequence[Any], users: Iterable[User]) -> int:
    """One message to each of these users, for many that were proposed at once."""
    with override("zh-hans"):
        text = _("请%(act)s：共 %(n)d 项") % {"act": kind.label, "n": len(proposals)}
    return notify.tell_all([(user.pk, text, kind.listed(user)) for user in users], kind=kind.topic, urgent=kind.urgent)


def sent_back(kind: Kind, proposal: Any, proposer: User, *, by: User, remark: str = "") -> None:
    """Tell who proposed something that a second person did not agree to it, and why; within the transaction that is open."""
    if proposer.pk == by.pk:
        return
    with override("zh-hans"):
        text = _("您提出的没有通过：%(what)s") % {"what": kind.about(proposal)} + (f"。{remark}" if remark else "")
    notify.tell([proposer.pk], text, kind=kind.topic, url=kind.address(proposal, proposer))


def kinds() -> list[Kind]:
    return collect("proposals", "kinds")


def waiting_for(user: User) -> list[dict[str, Any]]:
    """What waits for this user's decision, as {"label", "count", "url", "more", "items"}, one a kind; `more` when not all were looked through."""
    found = [(kind, kind.mine(user)) for kind in kinds()]
    return [
        {
            "label": kind.label,
            "count": len(mine),
            "url": kind.address(mine[0], user) if len(mine) == 1 else kind.listed(user),
            "more": len(mine) == MOST,
            "items": [(kind, one) for one in mine],
        }
        for kind, mine in found
        if mine
    ]


def named(user: User) -> list[dict[str, Any]]:
    """The same with each proposal named, as {"label", "lines": [(words, address), …]}."""
    return [
        {"label": line["label"], "lines": [(kind.about(one), kind.address(one, user)) for kind, one in line["items"]]}
        for line in waiting_for(user)
    ]
