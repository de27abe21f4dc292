from collections.abc import Callable
from itertools import chain
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from quintet.core import calendar
from quintet.core.errors import DomainError, NotAsSealed
from quintet.core.reliance import tell_operators


class HeadOfTheApi:
    """HEAD asks for what GET answers, without its body, which the server leaves out; the API's endpoints know GET alone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method != "HEAD" or not request.path.startswith("/api/"):
            return self.get_response(request)
        request.method = "GET"
        answer = self.get_response(request)
        request.method = "HEAD"
        return answer


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


API = "/api/v1/"
LONGEST_QUERY = 8_000  # characters; the longest that a page makes, with every column chosen, has some 2,000


class PlainText:
    """Zero bytes end here: no text of ours has them, and PostgreSQL refuses them in the middle of a query.

    Before the session: a cookie that holds one is as if it were not there. Programs of the API are told in its own form, see api.limits.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.COOKIES = {name: value for name, value in request.COOKIES.items() if "\0" not in value}
        return self.get_response(request)

    def process_view(self, request: HttpRequest, _view: Any, _args: Any, _kwargs: Any) -> HttpResponse | None:
        if request.path.startswith(API):
            return None
        if "\0" in request.path or _holds_zero(request.GET):
            return _refused(request, where=_("地址"))
        if len(request.META.get("QUERY_STRING", "")) > LONGEST_QUERY:
            error = DomainError(_("地址太长。"), where=_("地址"), remedy=_("请减少筛选条件后再试。"))
            return render(request, "look/domain_error.html", {"error": error}, status=400)
        if request.method == "POST" and (_holds_zero(request.POST) or any("\0" in (file.name or "") for file in _files(request))):
            return _refused(request, where=_("填写的内容"))
        return None


def _holds_zero(values: Any) -> bool:
    return any("\0" in text for text in chain(values, *(many for _name, many in values.lists())))


def _files(request: HttpRequest) -> list[Any]:
    return [file for _name, files in request.FILES.lists() for file in files]


def _refused(request: HttpRequest, *, where: str) -> HttpResponse:
    remedy = _("请返回上一页，删去看不见的字符后重新输入；数据没有改变。")
    error = DomainError(_("其中有一个不能使用的字符（零字节）。"), where=where, remedy=remedy)
    return render(request, "look/domain_error.html", {"error": error}, status=400)


class DomainErrorPages:
    """A DomainError nobody caught becomes a page that says what happened, where, and what to do."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, DomainError):
            return None
        if isinstance(exception, NotAsSealed):  # where a transaction of the view's took the message back with it
            tell_operators(exception)
        return render(request, "look/domain_error.html", {"error": exception}, status=exception.status)
