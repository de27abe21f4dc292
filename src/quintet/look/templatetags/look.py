"""Filters and components: {% load look %}. docs/reference/look.md shows each one; /components/ shows them drawn."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from fractions import Fraction
from functools import cache
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BaseForm
from django.template.loader import render_to_string
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quintet.look import words

register = template.Library()

# A state is told by shape, colour and word together.
TONES = {
    "ok": ("✔", "ok"),
    "met": ("✔", "ok"),
    "bad": ("✘", "bad"),
    "unmet": ("✘", "bad"),
    "unknown": ("?", "unknown"),
    "decision": ("!", "decision"),
    "warn": ("!", "warn"),
    "info": ("●", "info"),
    "muted": ("○", "muted"),
}
STATES = {
    "met": gettext_lazy("满足"),
    "unmet": gettext_lazy("不满足"),
    "unknown": gettext_lazy("未知"),
    "decision": gettext_lazy("待认定"),
}


def _or_unknown(value: Any, write: Any) -> Any:
    if value is None or value == "":
        return format_html('<span class="unknown">{}</span>', words.unknown())
    return write(value)


@register.filter
def yuan(fen: int | None) -> str:
    return _or_unknown(fen, words.yuan)


@register.filter
def about_wan(fen: int | None) -> str:
    return _or_unknown(fen, words.about_wan)


@register.filter
def wan(fen: int | None) -> str:
    return _or_unknown(fen, words.wan)


@register.filter
def cn_date(day: date | None) -> str:
    return _or_unknown(day, words.cn_date)


@register.filter
def cn_time(at: datetime | None) -> str:
    return _or_unknown(at, words.cn_time)


@register.filter
def cn_time_seconds(at: datetime | None) -> str:
    return _or_unknown(at, lambda known: words.cn_time(known, seconds=True))


@register.filter
def cn_month(day: date | None) -> str:
    return _or_unknown(day, words.cn_month)


@register.filter
def percent(rate: Any, places: int = 2) -> str:
    return _or_unknown(rate, lambda known: words.percent(known, places))


@register.filter
def listed(items: Iterable[Any]) -> str:
    return words.listed(items)


@register.filter
def number(value: int | None) -> str:
    return _or_unknown(value, words.count)


@register.filter
def known(value: Any) -> Any:
    """The value, or a quiet 未知 for None and for an empty text; never 0 or 否 in its place."""
    return _or_unknown(value, lambda same: same)


@register.simple_block_tag
def card(
    content: str, title: str = "", *, note: str = "", url: str = "", more: str = "", level: int = 2, tone: str = "", id: str = ""
) -> str:
    return render_to_string(
        "look/parts/card.html",
        {"content": content, "title": title, "note": note, "url": url, "more": more or _("全部"), "level": level, "tone": tone, "id": id},
    )


@register.simple_block_tag
def alert(content: str, tone: str = "info", *, title: str = "") -> str:
    mark, colour = TONES[tone]
    return render_to_string("look/parts/alert.html", {"content": content, "mark": mark, "tone": colour, "title": title})


@register.inclusion_tag("look/parts/stat.html")
def stat(
    label: str,
    value: Any,
    unit: str = "",
    *,
    done: int | None = None,
    total: int | None = None,
    note: str = "",
    change: str = "",
    tone: str = "",
    url: str = "",
) -> dict[str, Any]:
    share = words.percent(Fraction(done, total), 0) if done is not None and total else ""
    fields = {"label": label, "value": value, "unit": unit, "done": done, "total": total, "share": share}
    return fields | {"note": note, "change": change, "tone": TONES[tone][1] if tone else "", "url": url}


@register.simple_tag
def badge(text: str, tone: str = "muted") -> SafeString:
    mark, colour = TONES[tone]
    return format_html('<span class="badge {}"><span class="mark" aria-hidden="true">{}</span>{}</span>', colour, mark, text)


@register.simple_tag
def status(state: str) -> SafeString:
    """The mark of met, unmet, unknown or decision, with its word for screen readers."""
    mark, colour = TONES[state]
    return format_html(
        '<span class="status {}"><span aria-hidden="true">{}</span><span class="hidden">{}</span></span>', colour, mark, STATES[state]
    )


@register.inclusion_tag("look/parts/empty.html")
def empty(what: str, how: str = "", *, url: str = "", text: str = "") -> dict[str, Any]:
    return {"what": what, "how": how, "url": url, "text": text}


@register.inclusion_tag("look/parts/steps.html")
def steps(items: Iterable[Mapping[str, Any]], label: str = "") -> dict[str, Any]:
    """Items: {label, state: done/current/todo/stopped, date?, note?}"""
    return {"items": items, "label": label or _("办理进度")}


@register.inclusion_tag("look/parts/conditions.html")
def conditions(node: Mapping[str, Any], label: str = "") -> dict[str, Any]:
    """Node: {text, state: met/unmet/unknown/decision, value?, needed?, source?, source_url?, children?}"""
    return {"nodes": [node], "label": label or _("条件")}


@register.inclusion_tag("look/parts/ladder.html")
def ladder(rungs: Iterable[Mapping[str, Any]], label: str = "") -> dict[str, Any]:
    """Rungs, lowest first: {title, met, of, reached, amount?, missing?, url?}"""
    return {"rungs": list(rungs), "label": label}


@register.inclusion_tag("look/parts/chips.html")
def chips(items: Iterable[Mapping[str, Any]], label: str = "") -> dict[str, Any]:
    """Items: {label, url, active, count?}"""
    return {"items": items, "label": label or _("筛选")}


@register.inclusion_tag("look/parts/filter_chips.html", takes_context=True)
def filter_chips(context: template.Context, filterset: Any) -> dict[str, Any]:
    """The filters of a django-filter FilterSet that are set, each with a link that takes it off and leaves the others."""
    return {"chips": _chips_of(context["request"].GET, filterset), "path": context["request"].path}


def _chips_of(query: Any, filterset: Any) -> list[dict[str, str]]:
    chips = []
    for name, bound in ((name, filterset.form[name]) for name in filterset.form.fields):
        for value in (v for v in query.getlist(name) if v):
            rest = query.copy()
            rest.setlist(name, [v for v in query.getlist(name) if v != value])
            rest.pop("page", None)
            choices = {str(key): text for key, text in getattr(bound.field, "choices", ())}
            chips.append({"label": bound.label, "value": choices.get(value, value), "url": "?" + rest.urlencode()})
    return chips


@register.inclusion_tag("look/parts/tabs.html")
def tabs(items: Iterable[Mapping[str, Any]], label: str = "") -> dict[str, Any]:
    """Items: {label, url, active, count?}"""
    return {"items": items, "label": label or _("分栏")}


@register.inclusion_tag("look/parts/breadcrumbs.html")
def breadcrumbs(*parts: Any) -> dict[str, Any]:
    """Text and address by turns, ending with the text of this page: {% breadcrumbs "首页" "/" "本页" %}"""
    pairs = list(zip(parts[::2], [*parts[1::2], ""], strict=False))
    return {"before": pairs[:-1], "here": pairs[-1][0]}


@register.inclusion_tag("look/parts/description.html")
def description(rows: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    return {"rows": rows}


@register.inclusion_tag("look/parts/job.html")
def job_progress(job: Any, note: str = "") -> dict[str, Any]:
    return {"job": job, "note": note}


@register.inclusion_tag("look/form/summary.html")
def error_summary(*forms: BaseForm) -> dict[str, Any]:
    """At the top of the page, when a form was refused: each error as a link to its field.

    A single error that is about no field stands there by itself: a wrong password is no "several places".
    """
    found = [(bound.id_for_label or bound.auto_id, bound.label, text) for form in forms for bound in form for text in bound.errors]
    general = [text for form in forms for text in form.non_field_errors()]
    return {"found": found, "general": general, "only": general[0] if len(general) == 1 and not found else ""}


@register.filter
def open_to(name: str, user: Any) -> bool:
    """Whether the view behind a URL's name lets this user in: what a page offers is what the view allows. {% if "redemption:call-add"|open_to:user %}"""
    access = views_by_name()[name].access
    allowed: bool = access.allows(user)
    return allowed


@cache
def views_by_name() -> dict[str, Any]:
    return dict(_views(get_resolver(), ""))


def _views(resolver: URLResolver, space: str) -> Iterator[tuple[str, Any]]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            yield f"{space}{pattern.name}", pattern.callback
        else:
            yield from _views(pattern, f"{space}{pattern.namespace}:" if pattern.namespace else space)


@register.simple_tag
def field(bound: Any) -> SafeString:
    return bound.as_field_group()


@register.inclusion_tag("look/parts/pages.html", takes_context=True)
def pages(context: template.Context, page: Page, name: str = "page") -> dict[str, Any]:
    """Links to the pages of a Paginator page; the other filters stay in the address."""
    query = context["request"].GET.copy()
    query.pop(name, None)
    start = f"?{query.urlencode()}&{name}=" if query else f"?{name}="
    return {"page": page, "start": start, "numbers": page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)}


@register.inclusion_tag("look/parts/chart.html")
def chart(drawn: Any, *, table: bool = True, caption: bool = True) -> dict[str, Any]:
    """caption=False when the card already bears the chart's title: the caption is then for screen readers only."""
    return {"chart": drawn, "table": table, "caption": caption}
