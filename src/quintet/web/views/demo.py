from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from quintet.core import asked, clock
from quintet.core.calendar import add_working_days
from quintet.core.errors import DomainError
from quintet.core.permissions import roles
from quintet.core.roles import OFFICIALS
from quintet.look.words import cn_date
from quintet.redemption.actions import go_on

FURTHEST = 10


@roles(*OFFICIALS)
@require_POST
def demo_day(request: HttpRequest) -> HttpResponse:
    """Move a demo city on by some working days, and do what the nights between would have done."""
    back = asked.own_page(request, request.POST.get("next", "")) or "web:work"
    if not settings.DEMO:
        messages.info(request, _("只有演示城市可以调整日期。"))
        return redirect(back)
    days = asked.whole(request.POST.get("days", ""), digits=2)
    try:
        day = add_working_days(clock.today(), min(days, FURTHEST) if days is not None else 1)
        clock.move_to(day)
        done = go_on(on=day)
    except DomainError as error:
        messages.error(request, f"{error.message} {error.remedy}")
        return redirect(back)
    messages.success(
        request,
        _("演示日期调到%(day)s；公示期满 %(cleared)d 件，逾期失效 %(lapsed)d 件。") % {"day": cn_date(day), **done},
    )
    return redirect(back)
