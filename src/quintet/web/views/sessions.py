"""Where I am signed in, and signing out there."""

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from quintet.core import asked
from quintet.core.models import User
from quintet.core.permissions import signed_in
from quintet.core.session_store import row_of
from quintet.core.sessions import end_sessions, idle_minutes, open_sessions
from quintet.look.registry import collect


@signed_in
def sessions(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    context = {
        "sessions": open_sessions(user),
        "own": row_of(request.session.session_key),
        "others": [other(user) for other in collect("signing_in", "other_ways_in")],
        "minutes": idle_minutes(user),
    }
    return render(request, "web/sessions.html", context)


@signed_in
@require_POST
def sessions_end(request: HttpRequest) -> HttpResponse:
    """One session, or all but this one."""
    key = request.POST.get("session", "")
    only = asked.whole(key)
    if key and only is None:
        return redirect("web:sessions")
    number = end_sessions(cast(User, request.user), keep=request.session.session_key, only=only)
    messages.success(request, _("已退出 %(n)d 个登录。") % {"n": number})
    return redirect("web:sessions")
