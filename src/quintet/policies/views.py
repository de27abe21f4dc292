from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from quintet.core import clock
from quintet.core.errors import DomainError
from quintet.core.permissions import public
from quintet.look.registry import collect
from quintet.policies import engine, pdf, queries
from quintet.policies.models import Evaluation
from quintet.policies.results import openings_now, sums, view_of


@public
def library(request: HttpRequest) -> HttpResponse:
    today = clock.today()
    listed = [
        {
            "document": policy.pack.document,
            "status": queries.status_of(policy.pack.document, today),
            "rules": len(policy.pack.rules),
            "clauses": len(policy.pack.clauses),
        }
        for policy in engine.policies()
    ]
    return render(request, "policies/library.html", {"listed": listed})


@public
def policy_page(request: HttpRequest, pack: str) -> HttpResponse:
    policy = _policy_or_404(pack)
    document = policy.pack.document
    context = {
        "document": document, "status": queries.status_of(document, clock.today()), "tree": queries.clause_tree(policy),
        "targets": [target for target in policy.pack.targets if policy.pack.clauses[target.clause].document == document.pack],
        "rules": [rule for rule in policy.pack.rules if policy.pack.clauses[rule.clause].document == document.pack],
        "treatments": [spec for spec in policy.pack.parameters.values() if spec.treatment and policy.pack.clauses[spec.clause].document == document.pack],
    }  # fmt: skip
    return render(request, "policies/policy.html", context)


@public
def clause_page(request: HttpRequest, pack: str, clause: str) -> HttpResponse:
    context = queries.clause_page(_policy_or_404(pack), clause, clock.today())
    panels = [panel(pack, clause, request.user) for panel in collect("clauses", "panels")]
    return render(request, "policies/clause.html", {**context, "panels": [panel for panel in panels if panel]})


@public
def evaluation(request: HttpRequest, token: str) -> HttpResponse:
    """Shown to whoever has its address; the address cannot be guessed."""
    return render(request, "policies/evaluation.html", _evaluation(token))


@public
def evaluation_pdf(request: HttpRequest, token: str) -> HttpResponse:
    context = _evaluation(token)
    response = HttpResponse(
        pdf.evaluation(context["evaluation"], request.build_absolute_uri(context["evaluation"].get_absolute_url())),
        content_type="application/pdf",
    )
    response["Content-Disposition"] = f'inline; filename="quintet-{context["evaluation"].on}.pdf"'
    return response


def _evaluation(token: str) -> dict[str, Any]:
    found = get_object_or_404(Evaluation.objects.select_related("version"), token=token)
    openings = openings_now(found.result)
    return {"evaluation": found, "subjects": view_of(found.result, openings), "sums": sums(found.result, openings)}


def _policy_or_404(pack: str) -> engine.Policy:
    try:
        return engine.policy(pack)
    except DomainError:
        raise Http404 from None
