"""The operators' page: how the site runs, what hangs, and what to do about it."""

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

import quintet
from quintet.core import health, jobs, staffing, upkeep
from quintet.core.models import Job, UpkeepStep, User, Worker
from quintet.core.permissions import holds, roles
from quintet.core.roles import Role

LATEST = 20


@roles(Role.OPERATOR, Role.AUDITOR)
def system(request: HttpRequest) -> HttpResponse:
    jobs.release_stale()
    points = health.points()
    tones = {"ok": ("ok", _("正常")), "warn": ("warn", _("请留意")), "bad": ("bad", _("不可用"))}
    context = {
        "points": [(point, *tones[point.state]) for point in points],
        "state": health.state_of(points),
        "shortages": staffing.shortages(timezone.localdate()),
        "stuck": jobs.stuck(),
        "open_jobs": Job.objects.filter(state__in=[Job.State.WAITING, Job.State.RUNNING]).select_related("created_by")[:LATEST],
        "workers": Worker.objects.all()[:LATEST],
        "nights": UpkeepStep.objects.all()[:LATEST],
        "version": quintet.__version__,
        "may_act": holds(request.user, Role.OPERATOR),
    }
    return render(request, "web/system.html", context)


@roles(Role.OPERATOR)
@require_POST
def mail(request: HttpRequest) -> HttpResponse:
    row = upkeep.test_mail(by=cast(User, request.user))
    (messages.success if row.ok else messages.error)(request, row.note)
    return redirect("web:system")
