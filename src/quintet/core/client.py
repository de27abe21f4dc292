import ipaddress

from django.conf import settings
from django.http import HttpRequest


def ip(text: str) -> str | None:
    """An address as a database keeps it; None for what is none (a socket, or what a proxy made up)."""
    try:
        return str(ipaddress.ip_address(text.strip().partition("%")[0]))
    except ValueError:
        return None


def address(request: HttpRequest) -> str:
    """Where a request comes from. Behind a proxy it is the last address the proxy added; those before it are the client's own claims."""
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.BEHIND_PROXY else ""
    return forwarded.split(",")[-1].strip() or request.META.get("REMOTE_ADDR", "")
