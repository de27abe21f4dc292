from typing import cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from quintet.core import acts, jobs, workers
from quintet.core.models import Job, User
from quintet.core.permissions import holds, roles, signed_in
from quintet.core.roles import Role

STOP_POLLING = 286  # htmx: swap this answer and ask no more


@signed_in
def job(request: HttpRequest, pk: UUID) -> HttpResponse:
    shown = get_object_or_404(Job, pk=pk)
    if shown.created_by_id != request.user.pk and not holds(request.user, Role.OPERATOR):
        raise PermissionDenied
    context = {"job": shown, "note": waiting_note(shown), "may_release": not shown.finished and acts.RELEASE_JOB.may(request.user)}
    if request.htmx:
        return render(request, "look/parts/job.html", context, status=STOP_POLLING if shown.finished else 200)
    return render(request, "web/job.html", context)


def waiting_note(job: Job) -> str:
    """Why nothing moves: who is before it in the queue, nobody works, or whoever works is silent."""
    if job.finished:
        return ""
    if jobs.is_stale(job):
        return _("执行这项任务的进程已经中断，几分钟内会自动结束这项任务；届时请重新发起。")
    if job.state == Job.State.WAITING:
        ahead = job.ahead
        if not workers.alive():
            return _("现在没有执行任务的进程在运行，任务会一直等待；请联系系统管理员。")
        return _("前面还有 %(n)d 项任务。") % {"n": ahead} if ahead else _("即刻开始。")
    return ""


@roles(*acts.RELEASE_JOB.roles)
@require_POST
def release(request: HttpRequest, pk: UUID) -> HttpResponse:
    """End a job that hangs; it can be started again."""
    jobs.release(get_object_or_404(Job, pk=pk), by=cast(User, request.user))
    messages.success(request, _("已释放，可以重新发起。"))
    return redirect("web:job", pk)
