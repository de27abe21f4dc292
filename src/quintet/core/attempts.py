"""Guessing is paused: by account and address together, by address alone, and by account alone.

Passwords, second factors, recovery codes and links count in one pot, so that a pause at one of them is not gone round at the next.
A try is written before it is looked at, and taken back when it was right: tries at the same moment are all counted.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from quintet.core.client import ip
from quintet.core.errors import DomainError
from quintet.core.fields import keyed_hash
from quintet.core.limits import network
from quintet.core.models import Attempt

log = logging.getLogger("quintet.security")
MINUTES = 15
KEPT = timedelta(days=1)


@dataclass(frozen=True)
class Limit:
    """So many wrong tries within the time; the next one is paused."""

    by: tuple[str, ...]
    times: int
    per: timedelta


LIMITS = (
    Limit(("account", "address"), 5, timedelta(minutes=MINUTES)),
    # An office behind one address mistypes, too; sixty names with one password are no office.
    Limit(("address",), 30, timedelta(minutes=MINUTES)),
    # From many addresses at one account. Far above what its owner mistypes, so that strangers do not lock her out at a whim.
    Limit(("account",), 60, timedelta(hours=1)),
)


class Paused(DomainError):
    """Too many wrong tries."""

    status = 429

    def __init__(self) -> None:
        super().__init__(
            _("尝试次数过多，已暂停 %(minutes)d 分钟。") % {"minutes": MINUTES},
            remedy=_("请稍后再试；忘记密码或丢失设备请联系系统管理员。"),
        )


def begin(kind: str, *, account: str, address: str) -> Attempt:
    """Count one try at an account (a user name, known or not) from an address. Raises Paused when there were too many."""
    now = timezone.now()
    attempt = Attempt.objects.create(kind=kind, account=keyed_hash(account), address=ip(network(address).partition("/")[0]), at=now)
    for limit in LIMITS:
        same = {name: getattr(attempt, name) for name in limit.by}
        if Attempt.objects.filter(**same, at__gt=now - limit.per).count() > limit.times:
            # A try that was not looked at does not make the pause longer.
            attempt.delete()
            log.warning("paused: kind=%s by=%s address=%s", kind, "+".join(limit.by), address)
            raise Paused
    return attempt


def succeeded(attempt: Attempt) -> None:
    """It was right: what was mistyped before at this account from this address is forgotten. The address keeps its other tries."""
    Attempt.objects.filter(account=attempt.account, address=attempt.address).delete()


def taken_back(attempt: Attempt) -> None:
    """It was right, and only the first half: what was mistyped before still counts, or the password would buy guesses at the second."""
    attempt.delete()


def forget_old() -> int:
    """For the nightly run. Returns how many rows went."""
    return Attempt.objects.filter(at__lt=timezone.now() - KEPT).delete()[0]
