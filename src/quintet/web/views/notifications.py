"""What I should know, and how I want to be told."""

from typing import cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from quintet.core import asked, notify
from quintet.core.models import Notification, NotificationChoice, User
from quintet.core.permissions import signed_in
from quintet.web.forms import NotificationForm

PER_PAGE = 30


@signed_in
def notifications(request: HttpRequest) -> HttpResponse:
    """The latest first; unread alone, if asked."""
    user = cast(User, request.user)
    show = asked.text(request, "show")
    found = Notification.objects.filter(user=user)
    if show == "unread":
        found = found.filter(read_at=None)
    page = Paginator(found.order_by("-pk"), PER_PAGE).get_page(asked.text(request, "page"))
    choice = NotificationChoice.objects.filter(user=user).first()
    form = NotificationForm(initial={"mail": choice.mail if choice else NotificationChoice.Mail.DIGEST})
    tabs = [
        {"label": _("全部"), "url": "?", "active": not show},
        {"label": _("未读"), "url": "?show=unread", "active": show == "unread", "count": notify.unread(user)},
    ]
    return render(
        request,
        "web/notifications.html",
        {"page": page, "tabs": tabs, "form": form, "mail_set": notify.mail_is_set(), "has_mail": bool(user.email)},
    )


@signed_in
def notification(request: HttpRequest, pk: int) -> HttpResponse:
    """Read it, and go to the page it is about."""
    found = get_object_or_404(Notification, pk=pk, user=cast(User, request.user))
    notify.mark_read(cast(User, request.user), [pk])
    safe = found.url and url_has_allowed_host_and_scheme(found.url, allowed_hosts=None)
    return redirect(found.url if safe else "web:notifications")


@signed_in
@require_POST
def notifications_read(request: HttpRequest) -> HttpResponse:
    notify.mark_read(cast(User, request.user))
    return redirect("web:notifications")


@signed_in
@require_POST
def notifications_choose(request: HttpRequest) -> HttpResponse:
    form = NotificationForm(request.POST)
    if form.is_valid():
        NotificationChoice.objects.update_or_create(user=cast(User, request.user), defaults={"mail": form.cleaned_data["mail"]})
        messages.success(request, _("已保存。"))
    return redirect("web:notifications")
