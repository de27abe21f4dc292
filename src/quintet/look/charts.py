"""Charts as SVG text, drawn on the server: no script, no inline style, colours from the style sheet, and a table beside each.

Every function returns a Chart; {% chart drawn %} puts it on the page.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count, pairwise
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from quintet.look import words

Number = int | float
Write = Callable[[Any], str]
_ids = count(1)
STAGE_WIDTH = 92


@dataclass(frozen=True)
class Chart:
    kind: str
    title: str
    drawing: SafeString
    unit: str = ""
    head: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()


@dataclass(frozen=True, kw_only=True)
class Bar:
    label: str
    value: Number | None
    url: str = ""
    accent: bool = False


@dataclass(frozen=True, kw_only=True)
class Series:
    label: str
    values: Sequence[Number | None]
    accent: bool = False
    target: bool = False  # drawn dashed: what was planned


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One column of a flow; `aside` says where the part that does not go on stays."""

    label: str
    value: Number
    aside: str = ""


@dataclass(frozen=True, kw_only=True)
class Panel:
    title: str
    actual: Sequence[Number | None]
    needed: Sequence[Number | None] = field(default_factory=tuple)
    labels: Sequence[str] = ()
    note: str = ""
    url: str = ""
    late: bool = False


def bars(title: str, items: Sequence[Bar], *, unit: str = "", write: Write = words.count, limit: Number | None = None) -> Chart:
    """Horizontal bars from zero; `limit` draws a line across, for a ceiling. A value of None is shown as unknown, without a bar."""
    top = max([item.value or 0 for item in items] + [limit or 0, 0]) or 1
    lines = [(_bar_label(item), _bar(item, top, limit), _text(item.value, write)) for item in items]
    drawing = format_html(
        '<div class="bars">{}</div>', format_html_join("", '<div class="bar-row"><span>{}</span>{}<b>{}</b></div>', lines)
    )
    return Chart("bars-chart", title, drawing, unit)


def _bar_label(item: Bar) -> SafeString | str:
    return format_html('<a href="{}">{}</a>', item.url, item.label) if item.url else item.label


def _bar(item: Bar, top: Number, limit: Number | None) -> SafeString:
    line = format_html('<line class="limit" x1="{0}%" x2="{0}%" y1="0" y2="20"/>', _round(100 * limit / top)) if limit else ""
    colour = "accent" if item.accent else "main"
    width = _round(100 * (item.value or 0) / top)
    return format_html(
        '<svg class="bar" aria-hidden="true"><rect class="track" width="100%" height="14" y="3" rx="2"/>'
        '<rect class="{}" width="{}%" height="14" y="3" rx="2"/>{}</svg>',
        colour, width, line,
    )  # fmt: skip


def lines(title: str, labels: Sequence[str], series: Sequence[Series], *, unit: str = "", write: Write = words.count) -> Chart:
    """Lines over time from zero; gaps stay gaps. Give the plan as a Series with target=True."""
    frame = _Frame(640, 260, left=56, right=20, top=28, bottom=34)
    top = _nice_top([value for one in series for value in one.values if value is not None])
    parts = [_grid(frame, top, write), _axis(frame, labels), _legend(frame, series)]
    parts += [_line(frame, one, top, len(labels)) for one in series]
    summary = "; ".join(f"{one.label}: {_text(_last(one.values), write)}" for one in series)
    rows = [[label, *[_text(one.values[n] if n < len(one.values) else None, write) for one in series]] for n, label in enumerate(labels)]
    return Chart("lines-chart", title, _scroll(title, _svg(frame, title, summary, parts)), unit, ["", *[one.label for one in series]], rows)


def flow(title: str, stages: Sequence[Stage], *, unit: str = "", write: Write = words.count, ceiling: Number | None = None) -> Chart:
    """What comes in at the left gets less from stage to stage; what stays behind is named. `ceiling` is a dashed line."""
    frame = _Frame(640, 240, left=8, right=8, top=44, bottom=28)
    top = max([stage.value for stage in stages] + [ceiling or 0]) or 1
    step = (frame.width - STAGE_WIDTH) / max(len(stages) - 1, 1)
    starts = [frame.left + n * step for n in range(len(stages))]
    steps = [(x + STAGE_WIDTH, x + step, before.value, after.value) for x, (before, after) in zip(starts, pairwise(stages), strict=False)]
    parts = [_ribbon(frame, left, right, before, after, top) for left, right, before, after in steps]
    parts += [_stage(frame, stage.value, n, starts[n], top) for n, stage in enumerate(stages)]
    parts += [_ceiling(frame, ceiling, top, write)] if ceiling is not None else []
    parts += [_stage_text(frame, stage, starts[n], top, write) for n, stage in enumerate(stages)]
    summary = " → ".join(f"{stage.label} {write(stage.value)}" for stage in stages)
    rows = [[stage.label, write(stage.value)] for stage in stages]
    return Chart("flow-chart", title, _scroll(title, _svg(frame, title, summary, parts)), unit, ["", unit or _("数额")], rows)


def multiples(title: str, panels: Sequence[Panel], *, unit: str = "", write: Write = words.count) -> Chart:
    """Small charts of one size side by side: the needed path dashed, the actual path solid, red when late."""
    drawn = format_html_join("", "<div class='multiple{}'>{}{}{}</div>", [_panel(panel, write) for panel in panels])
    return Chart("multiples-chart", title, format_html('<div class="multiples">{}</div>', drawn), unit)


def _panel(panel: Panel, write: Write) -> tuple[str, SafeString, SafeString, SafeString]:
    frame = _Frame(240, 96, left=6, right=6, top=8, bottom=18)
    points = max(len(panel.actual), len(panel.needed), len(panel.labels))
    top = _nice_top([value for value in [*panel.actual, *panel.needed] if value is not None])
    parts = [format_html('<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/>', frame.left, 240 - frame.right, frame.base, frame.base)]
    parts += [_line(frame, Series(label="", values=panel.needed, target=True), top, points)] if panel.needed else []
    parts += [_line(frame, Series(label="", values=panel.actual, accent=panel.late), top, points)]
    if panel.labels:
        parts.append(_axis(frame, [label if n in (0, len(panel.labels) - 1) else "" for n, label in enumerate(panel.labels)]))
    heading = format_html('<h3><a href="{}">{}</a></h3>', panel.url, panel.title) if panel.url else format_html("<h3>{}</h3>", panel.title)
    now, goal = _text(_last(panel.actual), write), _text(_last(panel.needed), write) if panel.needed else ""
    figures = format_html("<p><b>{}</b>{}<span>{}</span></p>", now, format_html(" / {}", goal) if goal else "", panel.note)
    summary = _("实际 %(now)s") % {"now": now} + (_("，应达 %(goal)s") % {"goal": goal} if goal else "")
    return " late" if panel.late else "", heading, figures, _svg(frame, panel.title, summary, parts)


class _Frame:
    def __init__(self, outer_width: int, outer_height: int, *, left: int, right: int, top: int, bottom: int) -> None:
        self.outer = (outer_width, outer_height)
        self.left, self.right, self.top, self.bottom = left, right, top, bottom
        self.width, self.height = outer_width - left - right, outer_height - top - bottom
        self.base = outer_height - bottom

    def x(self, n: int, of: int) -> float:
        return _round(self.left + self.width * n / max(of - 1, 1))

    def y(self, value: Number, top: Number) -> float:
        return _round(self.base - self.height * value / top)


def _svg(frame: _Frame, title: str, summary: str, parts: Sequence[Any]) -> SafeString:
    name = f"chart-{next(_ids)}"
    inside = format_html_join("", "{}", ((part,) for part in parts))
    return format_html(
        '<svg viewBox="0 0 {} {}" role="img" aria-labelledby="{}-t {}-d"><title id="{}-t">{}</title><desc id="{}-d">{}</desc>{}</svg>',
        *frame.outer, name, name, name, title, name, summary, inside,
    )  # fmt: skip


def _scroll(title: str, svg: SafeString) -> SafeString:
    return format_html('<div class="scroll" tabindex="0" role="region" aria-label="{}">{}</div>', title, svg)


def _grid(frame: _Frame, top: Number, write: Write) -> SafeString:
    steps = [(top * n / 4) for n in range(5)]
    rows = [
        (frame.left, frame.outer[0] - frame.right, y, y, frame.left - 8, y + 4, _tick(v, write)) for v in steps for y in [frame.y(v, top)]
    ]
    return format_html_join("", '<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/><text class="end" x="{}" y="{}">{}</text>', rows)


def _tick(value: Number, write: Write) -> str:
    return write(int(value)) if value == int(value) else f"{value:g}"


def _axis(frame: _Frame, labels: Sequence[str]) -> SafeString:
    every = -(-len(labels) // 12) or 1
    places = [(n, label) for n, label in enumerate(labels) if n % every == 0 or n == len(labels) - 1]
    last = len(labels) - 1
    sides = {0: "start" if frame.left < 20 else "middle", last: "end" if frame.left < 20 else "middle"}
    rows = [(sides.get(n, "middle"), frame.x(n, len(labels)), frame.outer[1] - 4, label) for n, label in places]
    return format_html_join("", '<text class="{}" x="{}" y="{}">{}</text>', rows)


def _legend(frame: _Frame, series: Sequence[Series]) -> SafeString:
    parts, x = [], float(frame.left)
    for one in series:
        parts.append((_colour(one), x, x + 24, x + 30, one.label))
        x += 50 + 13 * sum(1 if ord(sign) > 255 else 0.55 for sign in one.label)
    return format_html_join("", '<line class="{}" x1="{}" x2="{}" y1="10" y2="10"/><text class="start" x="{}" y="14">{}</text>', parts)


def _line(frame: _Frame, one: Series, top: Number, of: int) -> SafeString:
    points = [(frame.x(n, of), frame.y(value, top)) if value is not None else None for n, value in enumerate(one.values)]
    paths = format_html_join("", '<path class="{}" d="{}"/>', [(_colour(one), _path(run)) for run in _runs(points)])
    if one.target:
        return paths
    dots = format_html_join("", '<circle class="{}" cx="{}" cy="{}" r="3"/>', [(_colour(one), *point) for point in points if point])
    return format_html("{}{}", paths, dots)


def _runs(points: Sequence[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    runs: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(point)
    return [run for run in runs if run]


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + " L".join(f"{x:g} {y:g}" for x, y in points)


def _colour(one: Series) -> str:
    return "line target" if one.target else "line accent" if one.accent else "line main"


def _stage(frame: _Frame, value: Number, n: int, x: float, top: Number) -> SafeString:
    y = frame.y(value, top)
    height = max(_round(frame.base - y), 1)
    return format_html(
        '<rect class="stage s{}" x="{}" y="{}" width="{}" height="{}" rx="2"/>', min(n, 3), _round(x), y, STAGE_WIDTH, height
    )


def _stage_text(frame: _Frame, stage: Stage, x: float, top: Number, write: Write) -> SafeString:
    middle, y = _round(x + STAGE_WIDTH / 2), frame.y(stage.value, top)
    lines = [
        ("middle", frame.outer[1] - 8, stage.label),
        ("middle strong", y - 6, write(stage.value)),
        ("middle aside", y - 22, stage.aside),
    ]
    return format_html_join(
        "", '<text class="{}" x="{}" y="{}">{}</text>', [(kind, middle, _round(at), text) for kind, at, text in lines if text]
    )


def _ribbon(frame: _Frame, left: float, right: float, before: Number, after: Number, top: Number) -> SafeString:
    here, there, middle = frame.y(before, top), frame.y(after, top), (left + right) / 2
    return format_html(
        '<path class="ribbon" d="M{0} {1} C{2} {1} {2} {3} {4} {3} L{4} {5} L{0} {5} Z"/>',
        _round(left), here, _round(middle), there, _round(right), frame.base,
    )  # fmt: skip


def _ceiling(frame: _Frame, ceiling: Number, top: Number, write: Write) -> SafeString:
    y = frame.y(ceiling, top)
    text = _("上限 %(sum)s") % {"sum": write(ceiling)}
    return format_html(
        '<line class="limit" x1="{}" x2="{}" y1="{}" y2="{}"/><text class="end red" x="{}" y="{}">{}</text>',
        frame.left, frame.outer[0] - frame.right, y, y, frame.outer[0] - frame.right, y - 5, text,
    )  # fmt: skip


def _nice_top(values: Sequence[Number]) -> Number:
    highest = max(values, default=0) or 1
    scale = 10 ** (len(str(int(highest))) - 1)
    return next(step * scale for step in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10) if step * scale >= highest)


def _last(values: Sequence[Number | None]) -> Number | None:
    return next((value for value in reversed(values) if value is not None), None)


def _text(value: Number | None, write: Write) -> str:
    return words.unknown() if value is None else write(value)


def _round(value: float) -> float:
    return round(value, 2)
