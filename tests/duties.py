"""Departments that keep registers, as two operators have said."""

from datetime import date
from typing import Any

from simple_history.utils import bulk_create_with_history

from quintet.core.models import User
from quintet.directory.models import RegisterDuty
from quintet.directory.sheets.sheet import sheets

SINCE = date(2019, 1, 1)


def by_two() -> dict[str, User]:
    """Who proposed and who confirmed a right that is there before an example begins."""
    one, two = (User.objects.get_or_create(username=name, defaults={"display_name": name})[0] for name in ("duty-one", "duty-two"))
    return {"proposed_by": one, "confirmed_by": two}


def keeps_every_register(unit: str) -> None:
    """The department's officers keep all registers. Once for each test is enough."""
    if not RegisterDuty.objects.filter(unit=unit).exists():
        said: dict[str, Any] = {**by_two(), "proposed_on": SINCE, "granted_on": SINCE}
        bulk_create_with_history([RegisterDuty(register=register, unit=unit, **said) for register in sheets()], RegisterDuty)
