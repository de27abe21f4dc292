from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from quintet.core import asked
from quintet.core.permissions import public
from quintet.core.search import Query
from quintet.look.registry import collect


@public
def search(request: HttpRequest) -> HttpResponse:
    """What the query names comes first, then the groups in their order. As many questions to the database as there are providers."""
    query = Query(asked.text(request, "q"))
    groups = []
    if query.text:
        providers = sorted(collect("search", "providers"), key=lambda provider: provider.order)
        answered = [(provider, provider.find(query, request.user)) for provider in providers]
        groups = [{"label": provider.label, "hits": hits, "exact": any(hit.exact for hit in hits)} for provider, hits in answered if hits]
        groups.sort(key=lambda group: not group["exact"])
    return render(request, "web/search.html", {"search_text": query.text, "groups": groups})
