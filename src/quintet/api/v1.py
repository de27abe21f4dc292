"""Version 1: its endpoints, its OpenAPI document, and who may ask for which address."""

import json
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from ninja import NinjaAPI
from ninja.operation import Operation

from quintet.api import errors
from quintet.api.endpoints import evaluations, jobs, organisations, packs
from quintet.api.limits import PerMinute, StrictParser
from quintet.core.permissions import Access

PREFIX = "api/v1/"


class Api(NinjaAPI):
    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__


api = Api(
    title="Quintet 五方协同",
    version="1.0",
    description=_("创新政策的条款、规则与评估。金额以分计，日期为 ISO 8601；没有提供的事实是未知，不是零。"),  # type: ignore[arg-type]
    urls_namespace="v1",
    docs_url=None,
    openapi_url=None,
    parser=StrictParser(),
    throttle=[PerMinute()],
)
for part in (packs, evaluations, jobs, organisations):
    api.add_router("", part.router)
errors.register(api)

# GET of a job asks for a token or a session; everything else answers strangers too, if with less.
SIGNED_IN = {"jobs", "job", "job-result"}


def guarded(view: Callable[..., HttpResponseBase], access: Access) -> Callable[..., HttpResponseBase]:
    """The endpoint checks its caller itself (auth.Bearer); this says whom it lets in, and puts 405 into the form of all errors."""

    @wraps(view)
    def endpoint(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if response.status_code != 405:
            return response
        allowed = response["Allow"]
        zh, en = f"这里只接受 {allowed}。", f"Only {allowed} is accepted here."
        refused = errors.refusal(errors.ApiError(405, "method_not_allowed", zh, en))
        refused["Allow"] = allowed
        return refused

    endpoint.access = access  # type: ignore[attr-defined]
    return endpoint


def urls() -> tuple[list[URLPattern], str, str]:
    patterns, app_name, namespace = api.urls
    endpoints = [pattern for pattern in patterns if isinstance(pattern, URLPattern) and pattern.name != "api-root"]
    for pattern in endpoints:
        pattern.callback = guarded(pattern.callback, Access("signed_in" if pattern.name in SIGNED_IN else "public"))
    return endpoints, app_name, namespace


def openapi() -> dict[str, Any]:
    """The OpenAPI document in the language of the request."""
    return _openapi(get_language() or "")


@lru_cache(maxsize=4)
def _openapi(language: str) -> dict[str, Any]:
    text = api.renderer.render(HttpRequest(), api.get_openapi_schema(path_prefix=PREFIX), response_status=200)
    found: dict[str, Any] = json.loads(text)
    for path in found["paths"].values():
        for operation in path.values():
            # A token is never asked for where strangers are answered.
            if operation["tags"] != ["jobs"]:
                operation["security"] = [{}, *operation["security"]]
    return found
