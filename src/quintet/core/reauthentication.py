"""Signing in again before what moves money, accounts or rights.

`@signed_in_again` stands below the decorator that says who may see a view. A POST of somebody who signed in longer ago than
`settings.SIGN_IN_AGAIN_MINUTES` gets a page that asks for the password; the typed form travels through that page and goes on
to the same address, so that nothing is lost. The table of all such addresses is tests/architecture/reauthentication.py.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from quintet.core import attempts, oidc, second_factors
from quintet.core.client import address
from quintet.core.models import User

SIGNED_IN_AT = "signed_in_at"  # in the session: seconds since 1970
KEY_STATE, KEPT = "again_key_state", "again_kept"  # in the session
MOST_KEPT = 200_000  # characters of a form that goes along to the identity provider and back
PASSWORD, CODE, KEY = "again_password", "again_code", "again_answer"
OWN_FIELDS = {PASSWORD, CODE, KEY, "csrfmiddlewaretoken"}


@dataclass(frozen=True)
class Again:
    """Left on the view as `view.again`: which POSTs need it. Empty means every POST."""

    actions: frozenset[str] = frozenset()
    posted: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def asks(self, request: HttpRequest, action: str | None) -> bool:
        if request.method != "POST" or (self.actions and action not in self.actions):
            return False
        return all(request.POST.get(name, "") in values for name, values in self.posted.items())


def signed_in_again(*, actions: Iterable[str] = (), **posted: Iterable[str]) -> Callable[[Any], Any]:
    """For functions and class-based views.

    `actions` narrows it to some values of the URL's argument `action`, every other keyword to some values of a posted field.
    """
    again = Again(frozenset(actions), {name: frozenset(values) for name, values in posted.items()})
    return lambda view: _guarded(view, again)


def _guarded(view: Any, again: Again) -> Any:
    if isinstance(view, type):
        dispatch = view.dispatch  # type: ignore[attr-defined]

        @wraps(dispatch)
        def method(self: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            return _question(request, again, kwargs.get("action")) or dispatch(self, request, *args, **kwargs)

        method.again = again  # type: ignore[attr-defined]
        view.dispatch = method  # type: ignore[attr-defined]
        return view

    @wraps(view)
    def function(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return _question(request, again, kwargs.get("action")) or view(request, *args, **kwargs)

    function.again = again  # type: ignore[attr-defined]
    return function


def remember(request: HttpRequest) -> None:
    """The person has just shown who they are."""
    request.session[SIGNED_IN_AT] = int(timezone.now().timestamp())


def is_fresh(request: HttpRequest) -> bool:
    age = timezone.now().timestamp() - request.session.get(SIGNED_IN_AT, 0)
    return bool(0 <= age <= settings.SIGN_IN_AGAIN_MINUTES * 60)


def _question(request: HttpRequest, again: Again, action: str | None) -> HttpResponse | None:
    """The page that asks, or None when the view may go on."""
    if not again.asks(request, action):
        return None
    answered = any(name in request.POST for name in (PASSWORD, CODE, KEY))
    if not answered and is_fresh(request):
        return None
    if answered and _is_right(request):
        remember(request)
        _without_own_fields(request)
        return None
    return _page(request, error=_("密码或验证码不对，请再输一次。") if answered else "")


def _is_right(request: HttpRequest) -> bool:
    """The password, or the second factor of who has one."""
    user = cast(User, request.user)
    attempt = attempts.begin("again", account=user.username, address=address(request))
    password, code, key = (request.POST.get(name, "")[:20_000] for name in (PASSWORD, CODE, KEY))
    if password:
        right = user.check_password(password)
    else:
        state = request.session.pop(KEY_STATE, None)
        where = {"host": request.get_host(), "city": settings.CITY}
        right = second_factors.is_right(user, code=code, answer=key, state=state, at=timezone.now(), **where)
    if not right:
        return False
    attempts.succeeded(attempt)
    return True


def _without_own_fields(request: HttpRequest) -> None:
    typed = request.POST.copy()
    for name in (PASSWORD, CODE, KEY):
        typed.pop(name, None)
    typed._mutable = False
    request.POST = typed  # type: ignore[assignment]


def _page(request: HttpRequest, *, error: str) -> HttpResponse:
    kept = [(name, value) for name, values in request.POST.lists() if name not in OWN_FIELDS for value in values]
    user = cast(User, request.user)
    asked = second_factors.key_question(user, host=request.get_host(), city=settings.CITY)
    if asked:
        request.session[KEY_STATE] = asked[1]
    context = {
        "kept": kept,
        "options": asked[0] if asked else "",
        "has_factor": second_factors.has_one(user),
        "has_password": user.has_usable_password(),
        "provider": oidc.provider_name() if _goes_to_provider(request, user, kept) else "",
        "files": list(request.FILES),
        "error": error,
        "target": request.get_full_path(),
        "minutes": settings.SIGN_IN_AGAIN_MINUTES,
    }
    page = render(request, "core/sign_in_again.html", context)
    if getattr(request, "htmx", False):
        page["HX-Retarget"], page["HX-Reswap"] = "body", "innerHTML"
    page["Cache-Control"] = "no-store"
    return page


def _goes_to_provider(request: HttpRequest, user: User, kept: list[tuple[str, Any]]) -> bool:
    """Whether the identity provider can be asked instead; the typed form then waits in the session."""
    if (
        not oidc.is_set()
        or request.FILES
        or sum(len(str(value)) for _name, value in kept) > MOST_KEPT
        or not user.outside_identities.exists()
    ):
        return False
    request.session[KEPT] = {"target": request.get_full_path(), "kept": kept}
    return True


def _signed_in(sender: Any, request: HttpRequest | None, **_kwargs: Any) -> None:
    if request is not None:
        remember(request)


def connect() -> None:
    user_logged_in.connect(_signed_in, dispatch_uid="signed_in_at")
