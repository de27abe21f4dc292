"""The written decision on a claim, to be kept: for officials, and for who may speak for its payee."""

from typing import cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from quintet.core.models import User
from quintet.core.permissions import roles, signed_in
from quintet.core.roles import OFFICIALS
from quintet.redemption.decision_paper import decision_pdf, paper_of
from quintet.redemption.models import Claim
from quintet.redemption.paper import word
from quintet.redemption.payees import claims_of
from quintet.redemption.views.claims import one
from quintet.redemption.views.notices import WORD


@roles(*OFFICIALS)
def decision(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    return _file(one(pk), form)


@signed_in
def own_decision(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    claims = claims_of(cast(User, request.user)).select_related("organisation", "person", "evaluation").distinct()
    return _file(get_object_or_404(claims, pk=pk), form)


def _file(claim: Claim, form: str) -> HttpResponse:
    """As a Word file (docx) or as a PDF, as the notice."""
    told = paper_of(claim)
    if told is None:
        raise Http404
    as_word = form == "docx"
    answer = HttpResponse(word(told) if as_word else decision_pdf(told), content_type=WORD if as_word else "application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="decision-{claim.number}.{"docx" if as_word else "pdf"}"'
    return answer
