from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from quintet.look import navigation


def shell(request: HttpRequest) -> dict[str, Any]:
    """What the shells need. `my_shell` is for pages that citizens and officers share: {% extends my_shell %}."""
    user = getattr(request, "user", None)
    english = (get_language() or "").startswith("en")
    known = {"city": settings.CITY_EN if english else settings.CITY, "is_demo": settings.DEMO, "english": english}
    if user is None:
        return known | {"my_shell": "look/public.html"}
    return known | {
        "public_links": SimpleLazyObject(lambda: navigation.links("public", user=user, path=request.path)),
        "work_links": SimpleLazyObject(lambda: navigation.links("work", user=user, path=request.path)),
        "has_work": navigation.has_work(user),
        "my_shell": "look/work.html" if navigation.has_work(user) else "look/public.html",
    }
