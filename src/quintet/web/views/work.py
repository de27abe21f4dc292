from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from quintet.core.models import Job
from quintet.core.permissions import roles
from quintet.core.roles import OFFICIALS, Role
from quintet.look.navigation import links
from quintet.look.panels import panels


@roles(*OFFICIALS, Role.EXPERT)
def work(request: HttpRequest) -> HttpResponse:
    waiting = [link for group in links("work", user=request.user, path="") for link in group.links if link.count]
    jobs = Job.objects.filter(created_by=request.user)[:8]
    return render(request, "web/work.html", {"waiting": waiting, "panels": panels(request, shell="work"), "jobs": jobs})
