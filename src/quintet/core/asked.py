"""What is asked for behind the question mark of an address: typed by anybody, so read in one place and never trusted.

A value that makes no sense is as if it were not there: the page opens, unfiltered. Zero bytes never arrive, see middleware.PlainText.
"""

from typing import Any

from django.core.paginator import EmptyPage, PageNotAnInteger
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

PAGE_SIZES = (25, 50, 100, 200)


def text(request: HttpRequest, name: str, longest: int = 100) -> str:
    """The parameter without blanks around it, cut after `longest` characters; empty where it is missing."""
    return request.GET.get(name, "").strip()[:longest]


def texts(request: HttpRequest, name: str, most: int = 100) -> list[str]:
    """All values of a parameter that may stand several times, as `text` cuts them."""
    return [value.strip()[:100] for value in request.GET.getlist(name)[:most]]


def whole(value: str, digits: int = 18) -> int | None:
    """A number of plain digits, at most so many; None for anything else, such as ² and ①, which Python takes for digits."""
    return int(value) if value.isascii() and value.isdigit() and len(value) <= digits else None


def year(value: str) -> int | None:
    """A year of four digits."""
    return whole(value) if len(value) == 4 else None


def own_page(request: HttpRequest, address: str) -> str:
    """The address if it leads to a page of this site, else nothing; `redirect` would take other words for names of views."""
    safe = url_has_allowed_host_and_scheme(address, {request.get_host()}, request.is_secure())
    return address if safe and address.startswith("/") else ""


def page_size(request: HttpRequest, usual: int) -> int:
    """Rows on a page: one of PAGE_SIZES if asked for, else the usual number."""
    wanted = whole(text(request, "per_page"))
    return wanted if wanted in PAGE_SIZES else usual


def paged(table: Any, request: HttpRequest, usual: int) -> None:
    """Order and cut a table as the address asks (`sort`, `page`, `per_page`); a page that is not there is the nearest one that is."""
    table.request = request
    if order := texts(request, "sort"):
        table.order_by = order
    try:
        table.paginate(page=text(request, "page") or 1, per_page=page_size(request, usual))
    except PageNotAnInteger:
        table.page = table.paginator.page(1)
    except EmptyPage:
        table.page = table.paginator.page(table.paginator.num_pages if (whole(text(request, "page")) or 0) > 0 else 1)
