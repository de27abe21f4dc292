from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from quintet.core.models import Job
from quintet.core.permissions import roles
from quintet.core.roles import OFFICIALS
from quintet.look.navigation import links


@roles(*OFFICIALS)
def work(request: HttpRequest) -> HttpResponse:
    groups = [group for group in links("work", user=request.user, path="") if group.label]
    jobs = Job.objects.filter(created_by=request.user)[:8]
    return render(request, "web/work.html", {"groups": groups, "jobs": jobs})
