"""Who may see a view. Every view carries one of these decorators; tests/architecture/test_access.py holds that."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from quintet.core import typed
from quintet.core.errors import NotAllowed
from quintet.core.models import RoleGrant
from quintet.core.roles import Role
from quintet.look.words import listed

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Access:
    """Left on the view as `view.access`."""

    kind: str  # "public", "signed_in" or "roles"
    roles: frozenset[str] = frozenset()

    def allows(self, user: Any) -> bool:
        if self.kind == "public":
            return True
        if not user.is_authenticated:
            return False
        return self.kind == "signed_in" or bool(self.roles & user.role_codes)


def public(view: View) -> View:
    return cast(View, _guarded(view, Access("public")))


def signed_in(view: View) -> View:
    return cast(View, _guarded(view, Access("signed_in")))


def roles(*allowed: Role) -> Callable[[View], View]:
    if not allowed:
        raise ValueError("name at least one role")
    access = Access("roles", frozenset(role.value for role in allowed))
    return lambda view: _guarded(view, access)


def holds(user: Any, *wanted: Role, unit: str = "") -> bool:
    """Whether the user holds one of the roles today, for that unit if one is named."""
    if not user.is_authenticated:
        return False
    return any(grant.role in wanted and (not unit or grant.unit == unit) for grant in user.grants_today)


def require(user: Any, *wanted: Role, unit: str = "") -> None:
    """For actions: the one permission check, raised as a domain error."""
    if not holds(user, *wanted, unit=unit):
        names = listed(str(role.label) for role in wanted)
        raise NotAllowed(
            _("您没有办理这件事的权限。"),
            where=_("需要的角色：%(roles)s") % {"roles": names},
            remedy=_("如确需办理，请联系系统管理员授予角色。"),
        )


@dataclass(frozen=True)
class Right:
    """Under what somebody acts: their own grant, or one that was lent to them. Each act that a second person must confirm keeps its grant."""

    actor: int
    grant: int
    lender: int | None = None
    of: Any = field(default=None, compare=False, repr=False)  # the user who acts now, where it is not one that was kept

    @classmethod
    def under(cls, grant: RoleGrant, of: Any = None) -> "Right":
        return cls(grant.user_id, grant.pk, grant.delegated_by_id, of)

    @classmethod
    def without_grant(cls, user: Any) -> "Right":
        """Of who acts for an organisation."""
        return cls(user.pk, 0, of=user)

    @property
    def people(self) -> frozenset[int]:
        """Everybody (users' keys) who stands behind the act: who does it, and who lent the role for it."""
        return frozenset({self.actor} if self.lender is None else {self.actor, self.lender})

    @property
    def everybody(self) -> frozenset[int]:
        """The same with all other accounts of these people: nobody is their own second person through another account."""
        known = self.of.accounts_together if self.of is not None else {}
        return self.people.union(*(known[user] for user in self.people if user in known))

    @property
    def details(self) -> dict[str, int | None]:
        """For a line of the audit chain."""
        return {"grant": self.grant, "lender": self.lender}


def right_of(user: Any, *wanted: Role, unit: str = "") -> Right:
    """The right under which the user does what one of these roles may; their own before one that was lent. Raises NotAllowed."""
    require(user, *wanted, unit=unit)
    grants = [grant for grant in user.grants_today if grant.role in wanted and (not unit or grant.unit == unit)]
    return Right.under(min(grants, key=lambda grant: (grant.delegated_by_id is not None, grant.pk)), user)


def apart(first: Right, second: Right) -> bool:
    """Whether two acts have nobody in common, neither as actor nor as lender, under whatever account: whoever lent the right for one is not the
    other's second person."""
    return not (first.people & second.people or first.people & second.everybody or first.everybody & second.people)


def second_pair_of_eyes(first: Right, second: Right, *, message: str = "", where: str = "") -> None:
    """Raises NotAllowed when the second act is done by, or under a role lent by, somebody who stands behind the first."""
    if not apart(first, second):
        raise NotAllowed(
            message or _("同一件事须由两个人办理：前一步的办理人、把角色委托给他的人和受他委托的人都不能办理后一步。"),
            where=where,
            remedy=_("请由另一位工作人员办理；经办权限不能都来自同一个人。"),
        )


SECONDS = "可以复核的人"  # whom the site tells of what waits for a second person (`core.second_person`)


def standing(grants: Collection[RoleGrant]) -> set[int]:
    """Keys of the grants under which what was proposed may still be confirmed today: the actor has an account in use and a role of their own, and the
    actor or the lender still holds the same role by a grant of their own. A loan that came to its end does not undo what was proposed under it.
    One query."""
    people = {person for grant in grants for person in Right.under(grant).people}
    own = RoleGrant.objects.own().dated(timezone.localdate()).filter(user__is_active=True, user__in=people)
    held = set(own.values_list("user", "role", "unit")) if people else set()
    present = {user for user, _role, _unit in held}
    return {
        grant.pk
        for grant in grants
        if grant.user_id in present and any((person, grant.role, grant.unit) in held for person in Right.under(grant).people)
    }


def stands(grant: RoleGrant) -> bool:
    return bool(standing([grant]))


def require_standing(grant: RoleGrant | None, *, where: str = "", remedy: str = "") -> None:
    """Every confirmation asks this: nobody confirms for somebody who has left. Raises NotAllowed. What names no grant is from before they were kept."""
    if grant is not None and not stands(grant):
        raise NotAllowed(
            _("提出人的账号已停用，或者提出时所据的角色已经结束，这件事不能再复核通过。"),
            where=where,
            remedy=remedy or _("请退回或撤回，由现在在岗的人重新提出。"),
        )


@dataclass(frozen=True, kw_only=True)
class OfficeAct:
    """An act that a role allows, whichever record it is about: one line of docs/reference/acts.md, in that page's language.

    The action asks `right`, the page `may` (or `units`); both are one rule. Acts on one claim stand in `redemption.permissions`.
    """

    title: str
    roles: tuple[Role, ...]
    unit: str = ""  # whose officer it takes, in words; then the caller says which department that is
    away: str = ""  # who does not do it
    confirmed_by: str = ""  # who confirms it, and how
    told: str = ""  # whom the site tells
    records: tuple[str, ...] = ()  # actions of the audit chain

    def units(self, user: Any) -> frozenset[str]:
        """The departments for which the user does this today."""
        return frozenset(grant.unit for grant in user.grants_today if grant.role in self.roles) if user.is_authenticated else frozenset()

    def may(self, user: Any, *, unit: str = "") -> bool:
        """Where it takes a department's officer and no department is known, nobody may."""
        return (bool(unit) or not self.unit) and holds(user, *self.roles, unit=unit if self.unit else "")

    def right(self, by: Any, *, unit: str = "", where: str = "") -> Right:
        """The right under which it is done. Raises NotAllowed exactly where `may` says no."""
        if not self.may(by, unit=unit):
            whose = f"（{self.unit}）" if self.unit else ""
            names = listed(f"{role.label}{whose if role == Role.OFFICER else ''}" for role in self.roles)
            raise NotAllowed(
                _("您没有办理这件事的权限。"),
                where=where or _("需要的角色：%(roles)s") % {"roles": names},
                remedy=_("如确需办理，请联系系统管理员授予角色。"),
            )
        return right_of(by, *self.roles, unit=unit if self.unit else "")


def _guarded(view: Any, access: Access) -> Any:
    if isinstance(view, type):
        # as_view() copies the attributes of dispatch to the view it returns, and so `access`, too.
        view.dispatch = _method(view.dispatch, access)  # type: ignore[attr-defined]
        view.access = access  # type: ignore[attr-defined]
        return view
    return _function(view, access)


def _function(view: Callable[..., Any], access: Access) -> Callable[..., Any]:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return _refusal(request, access) or view(request, *args, **kwargs)

    guarded.access = access  # type: ignore[attr-defined]
    return guarded


def _method(dispatch: Callable[..., Any], access: Access) -> Callable[..., Any]:
    @wraps(dispatch)
    def guarded(self: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return _refusal(request, access) or dispatch(self, request, *args, **kwargs)

    guarded.access = access  # type: ignore[attr-defined]
    return guarded


def _refusal(request: HttpRequest, access: Access) -> HttpResponse | None:
    if access.allows(request.user):
        return None
    if request.user.is_authenticated:
        raise PermissionDenied
    here = request.headers.get("HX-Current-URL", "") if getattr(request, "htmx", False) else ""
    page = urlsplit(here).path or request.get_full_path()
    if request.method == "POST":
        typed.keep(request, page)
    sign_in = redirect_to_login(page)
    # htmx would follow a redirect and put the sign-in page into a corner of this one.
    return HttpResponseClientRedirect(sign_in.url) if getattr(request, "htmx", False) else sign_in
