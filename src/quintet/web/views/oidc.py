"""Signing in through the city's identity provider, and the operators' page of its identities."""

from typing import cast

from django.contrib import messages
from django.contrib.auth import login
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from quintet.core import account_proposals, acts, asked, attempts, clock, oidc
from quintet.core.client import address
from quintet.core.errors import DomainError
from quintet.core.models import AccountProposal, OutsideIdentity, SignedInSession, User
from quintet.core.permissions import public, roles
from quintet.core.reauthentication import KEPT, remember, signed_in_again
from quintet.core.second_factors import has_one
from quintet.core.sessions import opened_through, second_factor_shown
from quintet.web.forms import IdentityForm
from quintet.web.views import second_factor

BACKEND = "django.contrib.auth.backends.ModelBackend"
LEFT_FOR = "oidc_left_for"  # in the session
PER_PAGE = 50


@public
@require_safe
def leave(request: HttpRequest) -> HttpResponse:
    """To the provider. `again` is for somebody signed in who shows once more who they are."""
    if not oidc.is_set():
        return _by_password(request)
    page = asked.text(request, "next", 2_000)
    again = "again" in request.GET and request.user.is_authenticated
    kind = {"next": asked.own_page(request, page), "again": again}
    request.session[LEFT_FOR] = kind
    return oidc.leave_for_provider(request, request.build_absolute_uri(reverse("web:oidc-back")), again=again)


@public
@require_safe
def back(request: HttpRequest) -> HttpResponse:
    if not oidc.is_set():
        return _by_password(request)
    left_for = request.session.pop(LEFT_FOR, None) or {"next": "", "again": False}
    claimed = oidc.come_back(request)
    try:
        user = oidc.account_of(claimed, at=timezone.now())
    except oidc.Unlinked as error:
        return render(request, "look/domain_error.html", {"error": error}, status=error.status)
    if left_for["again"]:
        return _confirmed(request, user)
    provider = {"issuer": claimed.issuer, "sid": claimed.sid, "id_token": claimed.id_token}
    if has_one(user) and not claimed.second_factor:
        request.session[second_factor.PROVIDER] = provider
        return second_factor.begin(request, user, backend=BACKEND, next_page=left_for["next"])
    login(request, user, backend=BACKEND)
    if claimed.second_factor:
        second_factor_shown(request)
    opened_through(request, **provider)
    return redirect(left_for["next"] or second_factor.landing(user))


def _by_password(request: HttpRequest) -> HttpResponse:
    """An address kept from another installation, or from before the provider was taken away."""
    messages.info(request, f"{_('本系统没有接入统一身份认证。')}{_('请用用户名和密码登录。')}")
    return redirect("web:sign-in")


def _confirmed(request: HttpRequest, user: User) -> HttpResponse:
    """Signed in again: the page goes on with the form that was kept."""
    if user != request.user:
        raise oidc.SignInRefused(_("这是另一个人的统一身份。"), remedy=_("请用您自己的统一身份确认。"))
    remember(request)
    kept = request.session.pop(KEPT, None)
    if not kept:
        return redirect("web:profile")
    return render(request, "core/signed_in_again.html", kept)


@public
@csrf_exempt
@require_POST
def back_channel_sign_out(request: HttpRequest) -> HttpResponse:
    """OpenID Connect Back-Channel Logout 1.0: the provider's server tells."""
    attempt = attempts.begin("oidc", account="back-channel", address=address(request))
    try:
        oidc.back_channel(request.POST.get("logout_token", ""), at=timezone.now())
    except oidc.SignInRefused:
        return JsonResponse({"error": "invalid_request"}, status=400)
    attempts.succeeded(attempt)
    return HttpResponse(headers={"Cache-Control": "no-store"})


@public
@require_safe
def front_channel_sign_out(request: HttpRequest) -> HttpResponse:
    """OpenID Connect Front-Channel Logout 1.0: the provider's page opens this address; without a session's name nothing ends."""
    session = (
        SignedInSession.objects.filter(
            issuer=asked.text(request, "iss", oidc.LONGEST + 1), sid=asked.text(request, "sid", oidc.LONGEST + 1)
        )
        .exclude(sid="")
        .exclude(issuer="")
        .first()
    )
    if session is not None:
        oidc.end_there(session.issuer, sid=session.sid)
    return HttpResponse("ok\n", content_type="text/plain", headers={"Cache-Control": "no-store"})


@public
@require_safe
def signed_out(request: HttpRequest) -> HttpResponse:
    """After signing out here: the provider's own session may still be open, and its page is offered."""
    url = request.session.pop("oidc_sign_out", "")
    return render(request, "web/signed_out.html", {"url": url, "name": oidc.provider_name()})


# Operators


@roles(*acts.PROPOSALS[AccountProposal.Kind.IDENTITY].roles)
@signed_in_again()
def identities(request: HttpRequest) -> HttpResponse:
    """Whose identities wait, and which are linked."""
    form = IdentityForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        identity = get_object_or_404(OutsideIdentity, pk=form.cleaned_data["identity"])
        try:
            by = cast(User, request.user)
            account_proposals.propose_identity(identity, form.cleaned_data["account"], by=by, on=clock.today())
        except DomainError as error:
            form.add_error(None, f"{error.message}{error.remedy}")
        else:
            messages.success(request, _("已提出，等待另一位系统管理员复核。"))
            return redirect("web:identities")
    waiting = OutsideIdentity.objects.filter(user=None).prefetch_related("unlinkings__user")[:100]
    linked = Paginator(OutsideIdentity.objects.exclude(user=None).select_related("user", "linked_by"), PER_PAGE)
    context = {"form": form, "waiting": waiting, "page": linked.get_page(asked.text(request, "page"))}
    return render(request, "web/identities.html", context, status=422 if form.errors else 200)


@roles(*acts.UNLINK_IDENTITY.roles)
@signed_in_again()
@require_POST
def identity_unlink(request: HttpRequest, pk: int) -> HttpResponse:
    oidc.unlink(get_object_or_404(OutsideIdentity, pk=pk), by=cast(User, request.user))
    messages.success(request, _("已解除关联，此人的登录已退出。"))
    return redirect("web:identities")
