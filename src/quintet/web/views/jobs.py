from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from quintet.core.models import Job
from quintet.core.permissions import holds, signed_in
from quintet.core.roles import Role

STOP_POLLING = 286  # htmx: swap this answer and ask no more


@signed_in
def job(request: HttpRequest, pk: UUID) -> HttpResponse:
    shown = get_object_or_404(Job, pk=pk)
    if shown.created_by_id != request.user.pk and not holds(request.user, Role.OPERATOR):
        raise PermissionDenied
    if request.htmx:
        return render(request, "look/parts/job.html", {"job": shown}, status=STOP_POLLING if shown.finished else 200)
    return render(request, "web/job.html", {"job": shown})
