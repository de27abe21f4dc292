"""The pages with account numbers in clear: a reason is typed first, nothing of them is kept by a browser."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from quintet.core.errors import DomainError
from quintet.core.models import User
from quintet.core.permissions import roles
from quintet.core.roles import Role
from quintet.redemption import actions
from quintet.redemption.forms import CompareForm
from quintet.redemption.permissions import batch_refusal, refusal
from quintet.redemption.views import batches, claims


@roles(Role.FINANCE_OFFICER)
def batch_accounts(request: HttpRequest, pk: int) -> HttpResponse:
    """Every line of a batch with its account, for who makes or signs it."""
    shown, user = batches.one(pk), cast(User, request.user)
    context = {"of": shown.number, "back": reverse("redemption:batch", args=[pk])}
    context |= {"list": reverse("redemption:batches"), "list_title": _("拨付批次")}
    look = lambda reason: {"lines": actions.compare_accounts(shown, reason=reason, by=user)}
    return _page(request, context, batch_refusal(user, shown, "compare"), look)


@roles(Role.OFFICER)
def asked_account(request: HttpRequest, pk: int) -> HttpResponse:
    """The account before and the one asked for, for who verifies the change with the payee."""
    shown, user = claims.one(pk), cast(User, request.user)
    context = {"of": shown.number, "back": reverse("redemption:claim", args=[pk])}
    context |= {"list": reverse("redemption:claims"), "list_title": _("全部申报")}
    look = lambda reason: {"change": actions.compare_account(shown, reason=reason, by=user)}
    return _page(request, context, refusal(user, shown, "compare_account"), look)


def _page(request: HttpRequest, context: dict[str, Any], error: DomainError | None, look: Any) -> HttpResponse:
    form, status = CompareForm(request.POST or None), 409 if error else 200
    if error is None and form.is_bound:
        status = 422
        if form.is_valid():
            try:
                context, status = {**context, **look(form.cleaned_data["reason"])}, 200
            except DomainError as refused:
                error, status = refused, 409
    answer = render(request, "redemption/account_numbers.html", {**context, "form": form, "error": error}, status=status)
    answer["Cache-Control"] = "no-store"
    return answer
