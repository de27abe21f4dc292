from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from quintet.core import clock


def demo(request: HttpRequest) -> dict[str, Any]:
    """The day on which a demo city lives; a real city has none."""
    return {"demo_day": SimpleLazyObject(clock.today)} if settings.DEMO else {}
