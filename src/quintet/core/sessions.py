"""How long a signed-in session lives, and how its owner ends it.

A session ends when nobody has used it for a while (`idle_minutes`), when it is `SESSION_HOURS` old whatever was done, at the change
of the password, and when its owner says so. When the roles of its user are others than before, its key is changed.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from quintet.core import full_disk, second_factors, typed
from quintet.core.audit import recorded
from quintet.core.client import address, ip
from quintet.core.models import SignedInSession, User
from quintet.core.notify import tell
from quintet.core.roles import Role
from quintet.core.session_store import row_of
from quintet.look.registry import collect

log = logging.getLogger("quintet.security")
STARTED, SEEN, RIGHTS = "started_at", "seen_at", "rights"  # in the session: seconds since 1970; roles with units
ID_TOKEN = "oidc_id_token"
SECOND, OWED = "second_factor", "second_factor_owed"  # shown in this session; demanded and not shown
# Where somebody who owes a second factor may go.
OPEN_TO_ALL = {
    "web:second-factor-totp",
    "web:second-factor-key",
    "web:second-check",
    "web:sign-out",
    "web:language",
    "web:healthz",
    "web:accessibility",
}
WRITE_EVERY = 60  # seconds; a session is not written anew for every page

SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"), ("Linux", "Linux"))
BROWSERS = (("MicroMessenger", "微信"), ("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))


def device_of(request: HttpRequest) -> str:
    """The browser and the system as its owner would say it; what a browser claims of itself is no proof."""
    agent = request.headers.get("User-Agent", "")
    browser = next((name for mark, name in BROWSERS if mark in agent), _("其他浏览器"))
    return f"{browser} · {next((name for mark, name in SYSTEMS if mark in agent), _('其他系统'))}"


def idle_minutes(user: User) -> int:
    """Officials and experts leave desks; an applicant types long forms at home."""
    return settings.IDLE_MINUTES if user.role_codes - {Role.APPLICANT.value} else settings.IDLE_MINUTES_APPLICANT


class SessionLimits:
    """Ends what is over before any page is asked, keeps `last_seen_at`, and changes the key when the rights have changed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and SESSION_KEY in request.session and request.user.is_authenticated:
            _looked_after(request, request.user)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Whose role demands a second factor is led to it before anything else."""
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.session.get(OWED):
            return None
        match = request.resolver_match
        if match is None or match.view_name in OPEN_TO_ALL:
            return None
        if second_factors.has_one(cast(User, request.user)):
            return redirect("web:second-check")
        messages.info(request, _("您的角色要求第二因素，请先设置，再办理其他事项。"))
        return redirect("web:second-factor-totp")


def owe(request: HttpRequest, user: User) -> None:
    """Note in the session whether a second factor is demanded and was not shown."""
    owed = not request.session.get(SECOND) and second_factors.demanded(user)
    if owed != request.session.get(OWED, False):
        request.session[OWED] = owed


def opened_through(request: HttpRequest, *, issuer: str, sid: str, id_token: str) -> None:
    """The session came through an identity provider: it ends with the provider's, and its sign-out can end that one."""
    request.session[ID_TOKEN] = id_token
    SignedInSession.objects.filter(key=row_of(request.session.session_key)).update(issuer=issuer, sid=sid)


def second_factor_shown(request: HttpRequest) -> None:
    request.session[SECOND], request.session[OWED] = True, False


def _looked_after(request: HttpRequest, user: User) -> None:
    session, now = request.session, int(timezone.now().timestamp())
    idle = now - session.get(SEEN, now) > idle_minutes(user) * 60
    if idle or now - session.get(STARTED, now) > settings.SESSION_HOURS * 3600:
        account = user.pk
        _forget(session.session_key)
        logout(request)
        typed.session_ended(request.session, account)
        messages.info(request, _("您有一段时间没有操作，为了安全已退出，请重新登录。") if idle else _("登录时间已满，请重新登录。"))
        return
    rights = sorted(f"{grant.role} {grant.unit}" for grant in user.grants_today)
    if session.setdefault(RIGHTS, rights) != rights:
        old = session.session_key
        session.cycle_key()
        session[RIGHTS] = rights
        SignedInSession.objects.filter(key=row_of(old)).update(key=row_of(session.session_key))
        owe(request, user)
        log.info("session key changed with the roles: user=%s", user.pk)
    if now - session.get(SEEN, 0) >= WRITE_EVERY:
        session.setdefault(STARTED, now)
        session[SEEN] = now
        owe(request, user)
        with full_disk.softly():
            SignedInSession.objects.filter(key=row_of(session.session_key)).update(
                last_seen_at=timezone.now(), address=ip(address(request))
            )


def open_sessions(user: User) -> list[SignedInSession]:
    """Those that are not over, latest first."""
    since = timezone.now() - timedelta(minutes=idle_minutes(user), seconds=WRITE_EVERY)
    return list(
        user.signed_in_sessions.filter(last_seen_at__gt=since, started_at__gt=timezone.now() - timedelta(hours=settings.SESSION_HOURS))
    )


def end_sessions(user: User, *, keep: str | None = None, only: int | None = None) -> int:
    """Sign out everywhere but in the session with the key `keep`; or the one row `only`. Returns how many."""
    rows = user.signed_in_sessions.exclude(key=row_of(keep)) if keep else user.signed_in_sessions.all()
    rows = rows.filter(pk=only) if only is not None else rows
    keys = list(rows.values_list("key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    rows.filter(key__in=keys).delete()
    log.info("sessions ended: user=%s number=%s", user.pk, len(keys))
    return len(keys)


def password_changed(user: User, *, keep: str | None = None, with_tokens: bool = True) -> None:
    """After its owner has set a password: every other session ends, tokens where wanted; told to the owner, and in the audit chain."""
    with recorded() as lines:
        lines.record("core.change_password", user, _("本人设置密码"), by=user)
        end_sessions(user, keep=keep)
        if with_tokens:
            for ended in collect("signing_in", "ended_with_password"):
                ended(user)
        _tell_of_the_password(user)
    log.info("password changed: user=%s", user.pk)


def _tell_of_the_password(user: User) -> None:
    tell([user.pk], _("您的登录密码已修改。如果不是您本人，请立即联系系统管理员。"), kind="account", url="/me/sessions/", urgent=True)


def forget_old() -> int:
    """For the nightly run: rows of sessions that are over. Returns how many."""
    return SignedInSession.objects.filter(last_seen_at__lt=timezone.now() - timedelta(hours=settings.SESSION_HOURS)).delete()[0]


def _forget(key: str | None) -> None:
    SignedInSession.objects.filter(key=row_of(key)).delete()


def _opened(sender: Any, request: HttpRequest | None, user: User, **_kwargs: Any) -> None:
    if request is None:
        return
    now = timezone.now()
    request.session[STARTED] = request.session[SEEN] = int(now.timestamp())
    request.session[RIGHTS] = sorted(f"{grant.role} {grant.unit}" for grant in user.grants_today)
    owe(request, user)
    if request.session.session_key is None:
        request.session.save()
    SignedInSession.objects.update_or_create(
        key=row_of(request.session.session_key),
        defaults={
            "user": user,
            "device": device_of(request)[:60],
            "address": ip(address(request)),
            "started_at": now,
            "last_seen_at": now,
        },
    )
    log.info("signed in: user=%s address=%s", user.pk, address(request))


def _closed(sender: Any, request: HttpRequest | None, user: User | None, **_kwargs: Any) -> None:
    if request is not None and user is not None:
        _forget(request.session.session_key)
        log.info("signed out: user=%s", user.pk)


def connect() -> None:
    user_logged_in.connect(_opened, dispatch_uid="session_opened")
    user_logged_out.connect(_closed, dispatch_uid="session_closed")
