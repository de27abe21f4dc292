from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views import defaults
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from quintet.api import actions, reference, v1
from quintet.api.errors import not_found, refusal
from quintet.api.forms import TokenForm
from quintet.api.limits import BODY, EXPLAINED_ROWS, MEGABYTE, ROWS, per_minute
from quintet.api.models import ApiToken
from quintet.core.permissions import public, signed_in
from quintet.core.reauthentication import signed_in_again


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The site's 404: a program that mistypes an address below /api/ gets the API's form of an error, a person the page."""
    if request.path.startswith("/api/"):
        return refusal(not_found(f"没有这个地址：{request.path}", f"There is no such address: {request.path}"))
    return defaults.page_not_found(request, exception)


@public
def openapi(request: HttpRequest) -> HttpResponse:
    return JsonResponse(v1.openapi(), json_dumps_params={"ensure_ascii": False})


@public
def docs(request: HttpRequest) -> HttpResponse:
    """The reference drawn from the OpenAPI document: no script, nothing from elsewhere."""
    schema = v1.openapi()
    limits = {
        who: {
            "megabytes": BODY[who] // MEGABYTE,
            "rows": ROWS[who],
            "explained": EXPLAINED_ROWS.get(who),
            "minute": per_minute("token" if who == "bulk" else who),
        }
        for who in BODY
    }
    base = request.build_absolute_uri(reverse("web:home"))
    return render(
        request,
        "api/docs.html",
        {"groups": reference.groups(schema, base), "schemas": reference.schemas(schema), "limits": limits, "info": schema["info"]},
    )


@never_cache
@signed_in
@signed_in_again()
def tokens(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    form, secret = TokenForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        today = timezone.localdate()
        _token, secret = actions.create_token(user, **form.cleaned_data, by=user, on=today)
        form = TokenForm()
    today = timezone.localdate()
    listed = [(token, _state(token, today)) for token in ApiToken.objects.filter(user=user)[:100]]
    return render(request, "api/tokens.html", {"form": form, "secret": secret, "listed": listed})


def _state(token: ApiToken, today: Any) -> tuple[str, str]:
    if token.revoked_on:
        return _("已撤销"), "muted"
    return (_("有效"), "ok") if token.is_valid(today) else (_("已到期"), "muted")


@signed_in
@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    user: Any = request.user
    token = get_object_or_404(ApiToken, pk=pk, user=user)
    actions.revoke_token(token, by=user, on=timezone.localdate())
    return redirect("api:tokens")
