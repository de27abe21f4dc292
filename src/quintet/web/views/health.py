"""What the site says of itself: to anybody whether it works, to whoever is on this machine or shows the token everything."""

import ipaddress
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

import quintet
from quintet.core import asked, health
from quintet.core.permissions import public

LEVELS = {"ok": 0, "warn": 1, "bad": 2}


@never_cache
@public
def healthz(request: HttpRequest) -> HttpResponse:
    """`ok`, `degraded` (somebody should look) or, with status 503, `failing`. As JSON with every point for those who may know."""
    with override("zh-hans"):
        points = health.points()
    state = health.state_of(points)
    status = 503 if state == "failing" else 200
    if asked.text(request, "format") != "json" and "application/json" not in request.headers.get("Accept", ""):
        return HttpResponse(f"{state}\n", content_type="text/plain", status=status)
    told: dict[str, Any] = {"state": state}
    if _may_know(request):
        told |= {
            "version": quintet.__version__,
            "points": [{"name": p.name, "state": p.state, "words": p.words, **p.figures} for p in points],
        }
    return JsonResponse(told, status=status, json_dumps_params={"ensure_ascii": False})


@never_cache
@public
def metrics(request: HttpRequest) -> HttpResponse:
    """The same as numbers, in the text format of Prometheus."""
    if not _may_know(request):
        return HttpResponse("only from this machine, or with the token\n", content_type="text/plain", status=403)
    registry = CollectorRegistry()
    states = Gauge("quintet_point", "0 ok, 1 to be looked at, 2 not working", ["point"], registry=registry)
    Gauge("quintet_info", "Version of the site", ["version"], registry=registry).labels(quintet.__version__).set(1)
    points = health.points()
    for point in points:
        states.labels(point.name).set(LEVELS[point.state])
        for name, value in point.figures.items():
            Gauge(f"quintet_{point.name}_{name}", point.name, registry=registry).set(value)
    Gauge("quintet_up", "1 unless database or disk fail", registry=registry).set(health.state_of(points) != "failing")
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _may_know(request: HttpRequest) -> bool:
    """A proxy on this machine asks from loopback, too, for anybody: it says so in a header."""
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if settings.METRICS_TOKEN and constant_time_compare(shown, settings.METRICS_TOKEN):
        return True
    if any(header in request.headers for header in ("X-Forwarded-For", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via")):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:  # over a Unix socket there is no address
        return False
