from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from quintet.core.errors import DomainError


class DomainErrorPages:
    """A DomainError nobody caught becomes a page that says what happened, where, and what to do; an address with a zero byte, which no database takes, too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "%00" in request.META.get("QUERY_STRING", "") or "\0" in request.path:
            error = DomainError(_("网址里有不能识别的字符。"), remedy=_("请从页面上的链接进入，或重新填写查询条件。"))
            return render(request, "look/domain_error.html", {"error": error}, status=400)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, DomainError):
            return None
        return render(request, "look/domain_error.html", {"error": exception}, status=exception.status)
