"""Pages of the site itself: every link of the navigation can be found by its name, and every section of the guides by its heading."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from quintet.core.search import Hit, Provider, Query, rank
from quintet.look.navigation import entries, roles_of
from quintet.web.views.guides import GUIDES, headings


def find_pages(query: Query, user: Any) -> list[Hit]:
    held = roles_of(user)
    visible = [entry for entry in entries() if entry.visible_to(held)]
    return [Hit(title=str(entry.label), url=reverse(entry.url)) for entry in rank(query, visible, text=lambda entry: str(entry.label))]


def find_in_guides(query: Query, user: Any) -> list[Hit]:
    """Sections whose heading says it; nothing that only sounds alike."""
    wanted = "".join(query.text.split())
    found = [(name, heading) for name in GUIDES for heading in headings(name) if len(wanted) > 1 and wanted in heading]
    return [
        Hit(title=f"{heading}（{GUIDES[name][0]}）", url=reverse("web:guide", args=[name]), exact=True)
        for name, heading in found[: query.limit]
    ]


providers = [
    Provider(label=_("指南"), order=80, find=find_in_guides),
    Provider(label=_("页面"), order=90, find=find_pages),
]
