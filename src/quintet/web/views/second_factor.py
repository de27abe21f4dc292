"""The second factor: shown after the password, set up by its owner, demanded and reset by operators."""

from datetime import timedelta
from typing import Any, cast

import segno
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from quintet.core import acts, attempts, second_factors
from quintet.core.client import address
from quintet.core.errors import DomainError
from quintet.core.fields import decrypt, encrypt
from quintet.core.models import SecondFactor, SecondFactorDemand, SecondFactorReset, User
from quintet.core.permissions import public, roles, signed_in
from quintet.core.reauthentication import remember, signed_in_again
from quintet.core.roles import Role
from quintet.core.sessions import opened_through, owe, second_factor_shown
from quintet.web.forms import KeyForm, ReasonForm, SecondFactorDemandForm, TotpForm

HALF, STATE, PENDING, PROVIDER = "half_signed_in", "key_state", "totp_pending", "half_through_provider"  # in the session
HALF_MINUTES = 10


def begin(request: HttpRequest, user: User, *, backend: str, next_page: str) -> HttpResponse:
    """The password was right, which is half of it: nobody is signed in yet."""
    request.session.cycle_key()
    request.session[HALF] = {"user": user.pk, "backend": backend, "next": next_page, "at": int(timezone.now().timestamp())}
    return redirect("web:sign-in-second")


def _half(request: HttpRequest) -> tuple[User, dict[str, Any]] | None:
    half = request.session.get(HALF)
    if not half or timezone.now().timestamp() - half["at"] > timedelta(minutes=HALF_MINUTES).total_seconds():
        return None
    user = User.objects.filter(pk=half["user"], is_active=True).first()
    return (user, half) if user else None


@public
def sign_in_second(request: HttpRequest) -> HttpResponse:
    half = _half(request)
    if half is None:
        messages.info(request, _("请先输入用户名和密码。"))
        return redirect("web:sign-in")
    user, kept = half
    error = _wrong(request, user) if request.method == "POST" else ""
    if request.method != "POST" or error:
        return _question(request, user, error)
    del request.session[HALF]
    login(request, user, backend=kept["backend"])
    second_factor_shown(request)
    if provider := request.session.pop(PROVIDER, None):
        opened_through(request, **provider)
    return redirect(kept["next"] or landing(user))


def landing(user: User) -> str:
    return reverse("web:work") if user.role_codes - {Role.APPLICANT.value} else reverse("web:home")


@signed_in
def second_check(request: HttpRequest) -> HttpResponse:
    """For a session that was opened before the second factor was demanded."""
    user = cast(User, request.user)
    error = _wrong(request, user) if request.method == "POST" else ""
    if request.method != "POST" or error:
        return _question(request, user, error)
    second_factor_shown(request)
    remember(request)
    return redirect(landing(user))


def _wrong(request: HttpRequest, user: User) -> str:
    """What is wrong with the code or the key's answer that was sent; empty when it is right."""
    attempt = attempts.begin("second", account=user.username, address=address(request))
    right = second_factors.is_right(
        user,
        code=request.POST.get("code", "")[:40],
        answer=request.POST.get("answer", "")[:20_000],
        state=request.session.pop(STATE, None),
        host=request.get_host(),
        city=settings.CITY,
        at=timezone.now(),
    )
    if not right:
        return _("验证码或安全密钥不对；每个验证码只能用一次，请等下一个。")
    attempts.succeeded(attempt)
    return ""


def _question(request: HttpRequest, user: User, error: str) -> HttpResponse:
    asked = second_factors.key_question(user, host=request.get_host(), city=settings.CITY)
    if asked:
        request.session[STATE] = asked[1]
    context = {"error": error, "options": asked[0] if asked else "", "has_app": user.second_factors.filter(kind="totp").exists()}
    return render(request, "web/second_factor_question.html", context)


# Set up by its owner


@signed_in
def second_factor(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    context = {
        "factors": user.second_factors.all(),
        "left": user.recovery_codes.filter(used_at=None).count(),
        "demanded": second_factors.demanded(user),
    }
    return render(request, "web/second_factor.html", context)


@signed_in
@signed_in_again()
def totp(request: HttpRequest) -> HttpResponse:
    user, form = cast(User, request.user), TotpForm(request.POST or None)
    if PENDING not in request.session:
        request.session[PENDING] = encrypt(second_factors.new_secret())
    secret = decrypt(request.session[PENDING])
    if form.is_valid():
        typed = form.cleaned_data
        try:
            codes = second_factors.add_totp(user, secret=secret, code=typed["code"], name=typed["name"], at=timezone.now(), by=user)
        except DomainError as error:
            form.add_error("code", error.message)
        else:
            del request.session[PENDING]
            return _added(request, codes)
    picture = segno.make(second_factors.totp_address(secret, user, settings.CITY), error="m").svg_data_uri(scale=4, border=4)
    context = {"form": form, "picture": picture, "secret": " ".join(secret[n : n + 4] for n in range(0, len(secret), 4))}
    return render(request, "web/second_factor_totp.html", context)


@signed_in
@signed_in_again()
def key(request: HttpRequest) -> HttpResponse:
    user, form = cast(User, request.user), KeyForm(request.POST or None)
    host = request.get_host()
    if form.is_valid():
        typed = form.cleaned_data
        state = request.session.pop(STATE, None)
        try:
            codes = second_factors.add_key(
                user, state=state, answer=typed["answer"], name=typed["name"], host=host, city=settings.CITY, at=timezone.now(), by=user
            )
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            return _added(request, codes)
    options, request.session[STATE] = second_factors.key_options(user, host=host, city=settings.CITY)
    return render(request, "web/second_factor_key.html", {"form": form, "options": options})


def _added(request: HttpRequest, codes: list[str]) -> HttpResponse:
    second_factor_shown(request)
    messages.success(request, _("已添加。下次登录时会要求出示。"))
    return render(request, "web/recovery_codes.html", {"codes": codes}) if codes else redirect("web:second-factor")


@signed_in
@signed_in_again()
@require_POST
def recovery_codes(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    if not second_factors.has_one(user):
        messages.error(request, _("请先添加验证器应用或安全密钥。"))
        return redirect("web:second-factor")
    return render(request, "web/recovery_codes.html", {"codes": second_factors.new_recovery_codes(user, by=user)})


@signed_in
@signed_in_again()
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    user = cast(User, request.user)
    factor = get_object_or_404(SecondFactor, pk=pk, user=user)
    try:
        second_factors.remove(factor, by=user)
    except DomainError as error:
        messages.error(request, f"{error.message}{error.remedy}")
    else:
        messages.success(request, _("已移除。"))
    return redirect("web:second-factor")


# Operators


@roles(*acts.DEMAND_SECOND_FACTOR.roles)
@signed_in_again()
def demands(request: HttpRequest) -> HttpResponse:
    """Which roles need a second factor, and what waits for a second operator."""
    user = cast(User, request.user)
    form = SecondFactorDemandForm(request.POST or None, initial={"roles": sorted(second_factors.demanded_roles())})
    if request.method == "POST" and form.is_valid():
        second_factors.demand(form.cleaned_data["roles"], by=user)
        owe(request, user)
        messages.success(request, _("已保存，一分钟内对所有人生效；取消的要求等待另一位系统管理员复核。"))
        return redirect("web:second-factor-demands")
    waiting = list(second_factors.waiting_resets()[:100])
    confirmable = {reset.pk for reset in waiting if second_factors.may_confirm_reset(reset, user)}
    liftings = [(one, second_factors.may_confirm_lifting(one, user)) for one in second_factors.waiting_liftings()]
    context = {"form": form, "waiting": waiting, "confirmable": confirmable, "liftings": liftings}
    return render(request, "web/second_factor_demands.html", context)


@roles(*acts.CONFIRM_LIFTING.roles)
@signed_in_again()
@require_POST
def lifting_answer(request: HttpRequest, pk: int) -> HttpResponse:
    demand = get_object_or_404(SecondFactorDemand, pk=pk)
    confirmed = request.POST.get("confirmed") == "1"
    second_factors.answer_lifting(demand, confirmed=confirmed, by=cast(User, request.user))
    messages.success(request, _("已取消这个角色的第二因素要求。") if confirmed else _("已保留这个角色的第二因素要求。"))
    return redirect("web:second-factor-demands")


@roles(*acts.ASK_RESET.roles)
@signed_in_again()
def reset_ask(request: HttpRequest, pk: int) -> HttpResponse:
    shown = get_object_or_404(User, pk=pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        second_factors.ask_reset(shown, by=cast(User, request.user), reason=form.cleaned_data["reason"], at=timezone.now())
        messages.success(request, _("已提出，等待另一位系统管理员复核。"))
        return redirect("web:account", pk)
    note = _("设备和恢复码都丢失时用。另一位系统管理员复核后，此人的第二因素全部移除，登录后重新设置。")
    context = {"form": form, "account": shown, "heading": _("重置第二因素"), "button": _("申请重置"), "note": note, "danger": True}
    return render(request, "web/account_form.html", context, status=422 if form.errors else 200)


@roles(*acts.ASK_RESET.roles)
@signed_in_again()
@require_POST
def reset_answer(request: HttpRequest, pk: int) -> HttpResponse:
    reset = get_object_or_404(SecondFactorReset.objects.select_related("user"), pk=pk)
    confirmed = request.POST.get("confirmed") == "1"
    second_factors.answer_reset(reset, confirmed=confirmed, by=cast(User, request.user), at=timezone.now())
    messages.success(request, _("已重置。") if confirmed else _("已撤销这项申请。"))
    return redirect("web:second-factor-demands")
