"""Pages of the site itself: every link of the navigation can be found by its name."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from quintet.core.search import Hit, Provider, Query, rank
from quintet.look.navigation import entries, roles_of


def find_pages(query: Query, user: Any) -> list[Hit]:
    held = roles_of(user)
    visible = [entry for entry in entries() if entry.visible_to(held)]
    return [Hit(title=str(entry.label), url=reverse(entry.url)) for entry in rank(query, visible, text=lambda entry: str(entry.label))]


providers = [Provider(label=_("页面"), order=90, find=find_pages)]
