from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from quintet.policies import engine


class HeldPacks:
    """Packs are looked for once a request, and only where it asks for them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with engine.held():
            return self.get_response(request)
