"""Of the second person on both pages: 今日工作 for those who have work here, the home page for everybody else."""

from typing import Any, cast

from django.utils.translation import gettext_lazy

from quintet.core import second_person
from quintet.core.models import User
from quintet.look.navigation import has_work
from quintet.look.panels import Panel

Data = dict[str, Any]


def waiting(user: Any) -> Data | None:
    lines = second_person.waiting_for(cast(User, user)) if has_work(user) else []
    return {"lines": lines} if lines else None


def waiting_without_work(user: Any) -> Data | None:
    """A legal representative confirms who acts for the organisation."""
    lines = second_person.waiting_for(cast(User, user)) if user.is_authenticated and not has_work(user) else []
    return {"lines": lines} if lines else None


TITLE, TEMPLATE = gettext_lazy("等您复核"), "web/second_waiting.html"
panels = [
    Panel(title=TITLE, order=1, template=TEMPLATE, query=waiting, shell="work"),
    Panel(title=TITLE, order=0, template=TEMPLATE, query=waiting_without_work),
]
