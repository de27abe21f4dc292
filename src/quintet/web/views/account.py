from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import INTERNAL_RESET_SESSION_TOKEN, LoginView, LogoutView, PasswordChangeView, PasswordResetConfirmView
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from quintet.core import actions, asked, oidc
from quintet.core.audit import recorded
from quintet.core.client import address
from quintet.core.errors import DomainError
from quintet.core.models import RoleGrant, User
from quintet.core.passwords import link_code
from quintet.core.permissions import public, signed_in
from quintet.core.reauthentication import signed_in_again
from quintet.core.second_factors import has_one
from quintet.core.sessions import ID_TOKEN, password_changed
from quintet.look.words import listed
from quintet.policies.queries import unit_names
from quintet.web.forms import DelegationForm, FirstPasswordForm, PasswordForm, SignInForm
from quintet.web.queries import grant_text, grants_of
from quintet.web.views import second_factor

DEMO_PASSWORD = "quintet-demo"


@public
class SignIn(LoginView):
    template_name = "web/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: Any) -> HttpResponse:
        user = form.get_user()
        if has_one(user):
            return second_factor.begin(self.request, user, backend=user.backend, next_page=self.get_redirect_url())
        return super().form_valid(form)

    def get_default_redirect_url(self) -> str:
        if self.request.user.is_authenticated and self.request.user.role_codes - {"applicant"}:
            return str(reverse_lazy("web:work"))
        return super().get_default_redirect_url()

    def get_initial(self) -> dict[str, Any]:
        return {"username": self._chosen().username} if self._chosen() else {}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        chosen = self._chosen()
        demo = (
            {"accounts": _with_roles(demo_accounts()), "chosen": chosen, "demo_password": DEMO_PASSWORD if chosen else ""}
            if settings.DEMO
            else {}
        )
        return super().get_context_data(**kwargs) | {"provider": oidc.provider_name() if oidc.is_set() else ""} | demo

    def _chosen(self) -> User | None:
        name = asked.text(self.request, "as") if settings.DEMO else None
        return next((user for user in demo_accounts() if user.username == name), None)


def demo_accounts() -> list[User]:
    """Accounts of the fictional city; they share the demo's password, and so only they may be listed."""
    return list(User.objects.filter(is_active=True, username__startswith="demo-").order_by("pk").prefetch_related("grants")[:60])


def _with_roles(accounts: list[User]) -> list[dict[str, Any]]:
    """Each with what it may do and for which department: fifteen officers are told apart."""
    names = unit_names()
    return [{"account": account, "roles": listed(grant_text(grant, names) for grant in account.grants.all())} for account in accounts]


@signed_in
class SignOut(LogoutView):
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Here always; where the session came through the identity provider, its own sign-out is offered next."""
        id_token = request.session.get(ID_TOKEN)
        answer = super().post(request, *args, **kwargs)
        if id_token is None:
            return answer
        request.session["oidc_sign_out"] = oidc.provider_sign_out(id_token, request.build_absolute_uri(reverse_lazy("web:home")))
        return redirect("web:signed-out")


@signed_in
class ChangePassword(PasswordChangeView):
    template_name = "web/password.html"
    form_class = PasswordForm
    success_url = reverse_lazy("web:profile")
    extra_context = {"heading": gettext_lazy("修改密码")}

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"address": address(self.request)}

    def form_valid(self, form: Any) -> HttpResponse:
        with recorded():
            answer = super().form_valid(form)
            password_changed(form.user, keep=self.request.session.session_key, with_tokens=form.cleaned_data["end_tokens"])
        messages.success(self.request, _("密码已修改，其他登录已退出。"))
        return answer


@public
class SetPassword(PasswordResetConfirmView):
    """Where the link leads that an operator has issued. Django takes the token out of the address before the page is drawn."""

    template_name = "web/set_password.html"
    form_class = FirstPasswordForm
    success_url = reverse_lazy("web:sign-in")

    def get_user(self, uidb64: str) -> User | None:
        user = super().get_user(uidb64)
        return user if user is not None and user.is_active else None

    def dispatch(self, *args: Any, **kwargs: Any) -> Any:
        self.uidb64 = kwargs["uidb64"]
        return super().dispatch(*args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        # Django keeps the token in the session while the page without it in the address is open.
        token = self.request.session.get(INTERNAL_RESET_SESSION_TOKEN, "")
        return super().get_form_kwargs() | {"code": link_code(self.uidb64, token), "address": address(self.request)}

    def form_valid(self, form: Any) -> HttpResponse:
        with recorded():
            answer = super().form_valid(form)
            password_changed(form.user)
        messages.success(self.request, _("密码已设置，请用用户名 %(name)s 登录。") % {"name": form.user.username})
        return answer


@signed_in
@signed_in_again()
def profile(request: HttpRequest) -> HttpResponse:
    """My roles, and while I am away: which of them a colleague has."""
    user, today = cast(User, request.user), timezone.localdate()
    form = DelegationForm(request.POST or None, user=user, initial={"first_day": today})
    if form.has_roles and form.is_valid():
        given = form.cleaned_data
        try:
            actions.delegate(given["grant"], given["to"], first_day=given["first_day"], last_day=given["last_day"], by=user, on=today)
        except (DomainError, ValidationError) as error:
            form.add_error(None, " ".join(filter(None, (error.message, error.remedy))) if isinstance(error, DomainError) else error)
        else:
            messages.success(request, _("已委托。受托人不能复核您经办的事项。"))
            return redirect("web:profile")
    names = unit_names()
    given_away = [
        {"grant": grant, "text": grant_text(grant, names), "state": grant.state(today)}
        for grant in user.delegations.select_related("user").order_by("-granted_on")[:20]
    ]
    context: dict[str, Any] = {
        "grants": grants_of(user),
        "form": form if form.has_roles else None,
        "delegated": given_away,
        "real_day": today,
    }
    context |= {"most_days": actions.MOST_DELEGATED_DAYS, "most_ahead": actions.MOST_DAYS_AHEAD}
    return render(request, "web/profile.html", context, status=422 if form.errors else 200)


@signed_in
@require_POST
def delegation_end(request: HttpRequest, pk: int) -> HttpResponse:
    """I am back."""
    found = get_object_or_404(RoleGrant, pk=pk, delegated_by=cast(User, request.user))
    try:
        actions.end_delegation(found, by=cast(User, request.user), on=timezone.localdate())
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("已收回委托。"))
    return redirect("web:profile")
