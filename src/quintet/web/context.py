from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from quintet.core import clock, notify
from quintet.core.permissions import holds
from quintet.core.roles import OFFICIALS


def demo(request: HttpRequest) -> dict[str, Any]:
    """The day on which a demo city lives, for who may move it; a real city has none."""
    user = getattr(request, "user", None)  # none where a request is refused before anybody is known
    return {"demo_day": SimpleLazyObject(clock.today)} if settings.DEMO and user is not None and holds(user, *OFFICIALS) else {}


def messages_waiting(request: HttpRequest) -> dict[str, Any]:
    """How many notifications are unread; asked only where a page shows it."""
    user = getattr(request, "user", None)
    return {"unread": SimpleLazyObject(lambda: notify.unread(user) if user is not None and user.is_authenticated else 0)}
