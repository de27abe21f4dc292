"""The city's today. In a real city the calendar's; a demo city lives on a day of its own, so that its policy is in force and can be walked through.

Roles, sessions and tokens go by the real clock always.
"""

from datetime import date

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from quintet.core.errors import DomainError
from quintet.core.models import DemoDay
from quintet.look.words import cn_date


def today() -> date:
    """The day that terms, notices and bookings go by."""
    if settings.DEMO:
        found = DemoDay.objects.values_list("day", flat=True).first()
        if found:
            return found
    return timezone.localdate()


def move_to(day: date) -> None:
    """Move a demo city to a day, never back: what is booked stays booked. Raises DomainError."""
    if not settings.DEMO:
        raise DomainError(_("只有演示城市可以调整日期。"))
    with transaction.atomic():
        before = DemoDay.objects.select_for_update().filter(pk=1).values_list("day", flat=True).first()
        if before and day < before:
            raise DomainError(
                _("演示日期只能向后调整。"), where=cn_date(before), remedy=_("如需从头开始，请清空数据库后重新载入演示城市。")
            )
        DemoDay.objects.update_or_create(pk=1, defaults={"day": day})
