from collections.abc import Callable

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
