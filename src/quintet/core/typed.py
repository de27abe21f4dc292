"""What somebody typed while their session ended: kept until they have signed in again, then handed back. Nothing is lost to a timeout.

It waits in the session that is not signed in yet, without passwords and files, for half an hour, and goes on to where it was meant for
when the person says so. It belongs to the account whose session ended: whoever else signs in at the same browser never sees it, and
with them it is gone. Where nobody's session ended by itself (idle, over), nothing is kept. The same middleware leads away from addresses that only take forms, when somebody opens them (a bookmark).
"""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.translation import gettext as _

from quintet.core import asked, limits
from quintet.core.client import address

KEPT = "typed_text"  # in the session: whose, target, page, at, fields, files
WHOSE = "typed_text_of"  # in the session: the account that was signed in last, where its session ended by itself
MOST_LETTERS = 200_000
MINUTES = 30
AN_HOUR = 60  # forms kept for one address
DROP = "typed"  # ?typed=drop


def session_ended(session: SessionBase, user_id: int) -> None:
    """The session of this account has ended by itself, and `session` is what its browser goes on with."""
    session[WHOSE] = user_id


def keep(request: HttpRequest, page: str) -> None:
    """Keep the posted text for the time after signing in; `page` is where the person was."""
    whose = request.session.get(WHOSE)
    if whose is None:
        return
    fields = [
        (name, value)
        for name, values in request.POST.lists()
        if name != "csrfmiddlewaretoken" and "password" not in name
        for value in values
    ]
    small = sum(len(name) + len(str(value)) for name, value in fields) <= MOST_LETTERS
    if fields and small and limits.allow(f"typed:{address(request)}", times=AN_HOUR, per=3600):
        now = int(timezone.now().timestamp())
        request.session[KEPT] = {
            "whose": whose,
            "target": request.get_full_path(),
            "page": page,
            "at": now,
            "fields": fields,
            "files": bool(request.FILES),
        }


class TypedTextReturns:
    """Stands below the session and sign-in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._handed_back(request) or _led_on(request, self.get_response(request))

    def _handed_back(self, request: HttpRequest) -> HttpResponse | None:
        kept: dict[str, Any] | None = request.session.get(KEPT) if request.COOKIES else None
        if not kept or not request.user.is_authenticated:
            return None
        if not _is_theirs(request, kept) or asked.text(request, DROP) == "drop" or _goes_on(request, kept):
            del request.session[KEPT]
            return None
        if request.method != "GET" or request.path not in (kept["page"].partition("?")[0], kept["target"].partition("?")[0]):
            return None
        shown = [value for name, value in kept["fields"] if len(value.strip()) > 1 and not value.isdigit() and not name.endswith("-id")]
        return render(
            request, "core/typed_text.html", {"kept": kept, "shown": shown, "drop": f"{kept['page'].partition('?')[0]}?{DROP}=drop"}
        )


def _is_theirs(request: HttpRequest, kept: dict[str, Any]) -> bool:
    """Typed by the account that is signed in now, within the last MINUTES."""
    return kept.get("whose") == request.user.pk and timezone.now().timestamp() - kept["at"] <= 60 * MINUTES


def _goes_on(request: HttpRequest, kept: dict[str, Any]) -> bool:
    return request.method == "POST" and request.get_full_path() == kept["target"]


def _led_on(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """Who opens an address that only takes forms comes to the nearest page above it."""
    if answer.status_code != 405 or request.method not in ("GET", "HEAD") or request.path.startswith("/api/"):
        return answer
    above = request.path.rstrip("/")
    while above := above.rpartition("/")[0]:
        try:
            resolve(f"{above}/")
        except Resolver404:
            continue
        break
    messages.info(request, _("刚才的地址只接收表单，不能直接打开，已转到相关页面。"))
    return HttpResponseRedirect(f"{above}/")
