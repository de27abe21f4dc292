"""How often a public form may be used: counted in the database, so that all processes and machines count together.

By address, never by what the client says of itself: `core.client.address` takes the last address that the configured proxy added.
"""

import ipaddress
import time
from dataclasses import dataclass

from django.db import connection
from django.http import HttpRequest
from django.utils.translation import gettext as _

from quintet.core.client import address
from quintet.core.errors import DomainError
from quintet.core.fields import keyed_hash
from quintet.core.models import FormCount

MINUTE, HOUR, DAY = 60, 3_600, 86_400
IPV6_OF_ONE_CUSTOMER = 64  # bits; a household or an office has all addresses below them


@dataclass(frozen=True)
class Limit:
    """At most `times` in each window of `per` seconds."""

    times: int
    per: int


# Generous: a whole office block may stand behind one address.
FORMS: dict[str, tuple[Limit, ...]] = {
    "check": (Limit(60, 10 * MINUTE), Limit(600, DAY)),
    "upload": (Limit(20, 10 * MINUTE), Limit(200, DAY)),
    "objection": (Limit(10, HOUR), Limit(30, DAY)),
    "receipt": (Limit(60, 10 * MINUTE), Limit(600, DAY)),
}


class TooOften(DomainError):
    """The form was used too often from here; it can be used again later."""

    status = 429


def allow(key: str, *, times: int, per: int) -> bool:
    """Count one more use of `key` and say whether it is among the first `times` of the window of `per` seconds.

    Call it outside a transaction that may be rolled back: what failed counts, too.
    """
    return used(key, per=per) <= times


def used(key: str, *, per: int) -> int:
    """One more, and how many that makes in this window. A single statement: two processes can never read the same number."""
    now = int(time.time())
    ends_at = now - now % per + per
    table = FormCount._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} AS counted (key, ends_at, count) VALUES (%s, %s, 1) "
            "ON CONFLICT (key, ends_at) DO UPDATE SET count = counted.count + 1 RETURNING count",
            [keyed_hash(f"{per}|{key}"), ends_at],
        )
        count = int(cursor.fetchone()[0])
    if count == 1:
        forget(now)
    return count


def forget(now: int) -> int:
    """Remove counts whose window is over: with the first of every window, and nightly. The table holds the windows of today and no more."""
    return FormCount.objects.filter(ends_at__lte=now).delete()[0]


def require(form: str, request: HttpRequest) -> None:
    """Raise TooOften when the form was used too often from this address."""
    for limit in FORMS[form]:
        if not allow(f"{form}|{network(address(request))}", times=limit.times, per=limit.per):
            raise too_often(limit.per)


def too_often(per: int) -> TooOften:
    wait = _("%(n)d 分钟") % {"n": per // MINUTE} if per < DAY else _("一天")
    return TooOften(
        _("从您所在的网络提交得太频繁，这一次没有受理。"), remedy=_("请在%(wait)s后再试；急需办理的，请直接联系主管部门。") % {"wait": wait}
    )


def network(text: str) -> str:
    """An IPv4 address as it is; of an IPv6 address what its customer has: who has one of 2^64 has all of them."""
    try:
        place = ipaddress.ip_address(text.strip().split("%")[0])
    except ValueError:
        return text[:64]
    if place.version == 6 and place.ipv4_mapped:
        return str(place.ipv4_mapped)
    return str(place) if place.version == 4 else str(ipaddress.ip_network((place, IPV6_OF_ONE_CUSTOMER), strict=False))
