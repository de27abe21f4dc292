from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from quintet.core import calendar
from quintet.core.errors import DomainError


class HeldCalendar:
    """The entered holidays are read once a request, and only where it asks for them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with calendar.held():
            return self.get_response(request)


class PersonalPages:
    """What was made for one person is kept nowhere: every answer to somebody signed in, and pages whose address opens them.

    Such an address leads on to no other page: only the site's name goes along as Referer.
    """

    SECRETS = frozenset({"token", "uidb64"})  # arguments of URLs

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        match = request.resolver_match
        by_address = match is not None and not self.SECRETS.isdisjoint(match.kwargs)
        if by_address:
            answer["Referrer-Policy"] = "strict-origin"
        if (
            by_address
            or "Authorization" in request.headers
            or self._is_signed_in(request)
            or (match is not None and match.view_name == "web:sign-in")
        ):
            answer["Cache-Control"] = "no-store, private"
        return answer

    def _is_signed_in(self, request: HttpRequest) -> bool:
        return settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated


class DomainErrorPages:
    """A DomainError nobody caught becomes a page that says what happened, where, and what to do."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, DomainError):
            return None
        return render(request, "look/domain_error.html", {"error": exception}, status=exception.status)
