"""Cases by number and payee for who may see them, public notices, and what anybody may know of an organisation."""

import re
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quintet.core.permissions import holds
from quintet.core.roles import OFFICIALS
from quintet.core.search import Hit, Provider, Query
from quintet.directory.divisions import division_name
from quintet.directory.queries.names import organisations_called
from quintet.directory.search import organisations_named
from quintet.look.words import cn_date
from quintet.policies.queries import unit_names
from quintet.redemption import cases
from quintet.redemption.models import Claim, Notice
from quintet.redemption.payees import claims_of
from quintet.redemption.states import State

NUMBER = re.compile(r"(?:\d{4}-[A-Z0-9.]{1,20}-)?0*(\d{1,9})", re.ASCII)
DASHES = re.compile("[‐‑‒–—―−﹣－_ ]+")


def find_claims(query: Query, user: Any) -> list[Hit]:
    """Officials find every case that was handed in or offered, applicants their own; by number, credit code or name. One query and the user's roles."""
    if not user.is_authenticated:
        return []
    official = holds(user, *OFFICIALS)
    visible = Claim.objects.exclude(state=State.DRAFT) if official else claims_of(user).distinct()
    typed = DASHES.sub("-", query.text).upper().strip("-")
    number = NUMBER.fullmatch(typed)
    wanted = Q(pk=int(number[1])) if number else Q(pk__in=[])
    if query.code:
        wanted |= Q(organisation__code__startswith=query.code)
    elif not number:
        wanted |= query.names("name") | Q(organisation__in=organisations_called(query.name).values("pk"))
    rows = [claim for claim in visible.filter(wanted).order_by("-pk")[: query.limit] if not _another_number(number, typed, claim)]
    titles, page = cases.rule_titles(), "redemption:claim" if official else "redemption:my-claim"
    return [
        Hit(
            title=f"{claim.number} {claim.name}", url=reverse(page, args=[claim.pk]), exact=bool(number) and claim.number.endswith(typed),
            text=f"{titles.get(claim.rule, '')} · {claim.get_state_display()}",
        )
        for claim in rows
    ]  # fmt: skip


def _another_number(number: re.Match[str] | None, typed: str, claim: Claim) -> bool:
    """The last part fits, but year or clause say another case."""
    return bool(number) and "-" in typed and claim.number.upper() != typed


def find_notices(query: Query, user: Any) -> list[Hit]:
    """Public notices by title, by who is named in them, or by the credit code of who is. One query."""
    if query.code:
        wanted = Q(lines__claim__organisation__code__startswith=query.code)
    else:
        wanted = query.names("title") | query.names("lines__name")
    rows = Notice.objects.filter(wanted).order_by("-published_on", "-pk").distinct()[: query.limit]
    units = unit_names()
    return [
        Hit(
            title=notice.title, url=reverse("redemption:notice", args=[notice.pk]), exact=query.is_name(notice.title),
            text=_("%(unit)s，公示期至 %(day)s") % {"unit": units.get(notice.unit, ""), "day": cn_date(notice.ends_on)},
        )
        for notice in rows
    ]  # fmt: skip


def find_public_organisations(query: Query, user: Any) -> list[Hit]:
    """Name, code and place of an organisation are public; its records are for officials, who find those."""
    if holds(user, *OFFICIALS):
        return []
    return [
        Hit(
            title=row.name, url=reverse("redemption:check-find") + "?" + urlencode({"q": row.code}), exact=exact,
            text=f"{row.code} · {division_name(row.division)}",
        )
        for row, exact in organisations_named(query)
    ]  # fmt: skip


providers = [
    Provider(label=gettext_lazy("单位"), order=10, find=find_public_organisations),
    Provider(label=gettext_lazy("申报"), order=12, find=find_claims),
    Provider(label=gettext_lazy("公示"), order=30, find=find_notices),
]
