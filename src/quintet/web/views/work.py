from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from quintet.core import second_person
from quintet.core.models import Job, User
from quintet.core.permissions import roles
from quintet.core.roles import OFFICIALS, Role
from quintet.look.navigation import links
from quintet.look.panels import panels


@roles(*OFFICIALS, Role.EXPERT)
def work(request: HttpRequest) -> HttpResponse:
    waiting = [link for group in links("work", user=request.user, path="") for link in group.links if link.count]
    jobs = Job.objects.filter(created_by=request.user)[:8]
    return render(request, "web/work.html", {"waiting": waiting, "panels": panels(request, shell="work"), "jobs": jobs})


@roles(*OFFICIALS, Role.EXPERT)
def second(request: HttpRequest) -> HttpResponse:
    """What waits for this user as the second person, each by name."""
    return render(request, "web/second.html", {"groups": second_person.named(cast(User, request.user))})
