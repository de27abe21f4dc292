"""What waits for a second person, on 今日工作 for those who have work here and on the home page for everybody else; and what people ask of operators."""

from typing import Any, cast

from django.utils.translation import gettext_lazy

from quintet.core import clock, personal_information, second_person
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


def personal_waiting(user: Any) -> Data | None:
    """For operators: what people ask about their personal information has a last day by law."""
    waiting, today = personal_information.answerable(user), clock.today()
    first = waiting.first()
    if first is None:
        return None
    return {"number": waiting.count(), "late": waiting.filter(due_on__lt=today).count(), "left": personal_information.left(first, today)}


TITLE, TEMPLATE = gettext_lazy("等您复核"), "web/second_waiting.html"
panels = [
    Panel(title=TITLE, order=1, template=TEMPLATE, query=waiting, shell="work"),
    Panel(title=TITLE, order=0, template=TEMPLATE, query=waiting_without_work),
    Panel(title=gettext_lazy("个人信息请求"), order=2, template="web/personal_waiting.html", query=personal_waiting, shell="work"),
]
