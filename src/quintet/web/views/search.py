from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from quintet.core.permissions import public
from quintet.core.search import Query
from quintet.look.registry import collect

LONGEST = 200


@public
def search(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "").strip()[:LONGEST]
    groups = []
    if text:
        query = Query(text)
        providers = sorted(collect("search", "providers"), key=lambda provider: provider.order)
        found = [(provider, provider.find(query, request.user)) for provider in providers]
        groups = [{"label": provider.label, "hits": hits} for provider, hits in found if hits]
    return render(request, "web/search.html", {"search_text": text, "groups": groups})
