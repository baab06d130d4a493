"""Charts as small static SVG: the XmR chart of a monthly history, and bars.

Here: what is drawn, upon leather's scales, axes and bars. Not here: limits and signals (``nhsbn.checks.xmr``),
what is said of a chart in words (``chart_words``), and the looks of its text (the page's CSS).

Marks differ in shape as well as in colour. Colours are the NHS identity's, told apart by the colour-blind. No id
stands in an SVG, so that a thousand of them share a page; numbers are cut to a tenth of a pixel, which halves it.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from math import ceil, floor, log10
from typing import Any

import leather
from leather import theme
from leather.axis import Axis
from leather.scales import Ordinal, Scale
from leather.series import Series
from leather.shapes import Bars
from leather.shapes.base import Shape

from nhsbn.checks.review import HistoryPoint
from nhsbn.checks.xmr import Limits
from nhsbn.periods import Month
from nhsbn.review.rows import amount
from pages.numbers import on_axis

BLUE, PALE_BLUE, GREY, GRID, ORANGE, INK = "#005eb8", "#8fb8de", "#5b6c76", "#d8dde0", "#ed8b00", "#212b32"
WIDTH, HEIGHT = 540, 200
RIGHT = 88
"""Room to the right of an XmR chart for the names of its lines."""
BAR = 24
LABEL = 26
"""Longest name beside a bar, in characters; the whole name stands in the words below the chart."""

theme.background_color = "none"
theme.margin = 0.02
theme.tick_font_size, theme.tick_font_char_width, theme.tick_font_char_height = 12, 6.6, 12
theme.legend_font_char_height = theme.legend_gap = 0  # the key stands below the chart, in words

KEPT = 4_096
"""Charts that are kept: the director's page draws those of every lead's again."""

Datum = tuple[str, float]


@lru_cache(KEPT)
def xmr(history: tuple[HistoryPoint, ...], limits: Limits, unit: str, caption: str) -> str:
    """An XmR chart: the points in order of time, the mean, and the process limits.

    A lower limit below nought is left out where no value is: nothing could ever fall beyond it.

    Args:
        history: oldest first.
        limits: over all of them.
        unit: of the values.
        caption: id of the element that says in words what the chart shows.
    """
    months = [str(point.month) for point in history]
    values = [point.value for point in history]
    lines = {"Upper": limits.upper, "Mean": limits.mean, "Lower": limits.lower}
    if limits.lower < 0 <= min(values):
        del lines["Lower"]
    chart = leather.Chart()
    chart.set_x_scale(Ordinal(months))
    chart.set_x_axis(Axis(_few(months), lambda value, *_: _month(value)))
    chart.set_y_scale(_Even([*values, *lines.values()]))
    chart.set_y_axis(Axis(tick_formatter=lambda value, *_: on_axis(float(value), unit)))
    whole = Series(list(zip(months, values, strict=True)))
    reported = [str(point.month) for point in history if point.is_reported]

    def draw(place: _Place) -> list[ET.Element]:
        return [*_band(place, reported), *_lines(place, lines, unit), *_joined(place), *_marks(place, history)]

    chart.add_series(whole, _Drawn(draw))
    return _svg("xmr", chart, HEIGHT, caption)


@lru_cache(KEPT)
def bars(rows: tuple[Datum, ...], unit: str, caption: str, own: str = "") -> str:
    """Horizontal bars from nought, each with its value.

    Args:
        rows: names and values, first at the top; a name once.
        unit: of the values.
        caption: id of the element that says in words what the chart shows.
        own: the name whose bar stands out; every one where it is empty.
    """
    names = _short([name for name, _ in rows])
    values = [value for _, value in rows]
    strong = {short for short, (name, _) in zip(names, rows, strict=True) if name == own or not own}
    chart = leather.Chart()
    chart.set_x_scale(_Even([0, *values]))
    chart.set_x_axis(Axis(tick_formatter=lambda value, *_: on_axis(float(value), unit)))
    chart.set_y_scale(Ordinal(names[::-1]))
    series = Series(list(zip(values, names, strict=True))[::-1])
    chart.add_series(series, _Bars(lambda datum: BLUE if datum.y in strong else PALE_BLUE))
    chart.add_series(series, _Drawn(lambda place: _bar_values(place, unit)))
    return _svg("bars", chart, BAR * len(rows) + 44, caption)


class _Place:
    """Where things stand on the canvas of a chart."""

    def __init__(self, width: float, height: float, scales: tuple[Any, Any], series: Series) -> None:
        self.width, self.height, self.scales, self.series = float(width), float(height), scales, series

    def x(self, value: float | str) -> float:
        return float(self.scales[0].project(value, 0, self.width))

    def y(self, value: float | str) -> float:
        return float(self.scales[1].project(value, self.height, 0))

    def points(self) -> list[tuple[float, float]]:
        return [(self.x(datum.x), self.y(datum.y)) for datum in self.series.data()]


class _Drawn(Shape):  # type: ignore[misc]
    """A shape of leather's that a function draws."""

    def __init__(self, draw: Callable[[_Place], list[ET.Element]]) -> None:
        self._draw = draw

    def validate_series(self, series: Series) -> None:
        """Any series will do."""

    def to_svg(
        self, width: float, height: float, x_scale: Any, y_scale: Any, series: Series, _: Any
    ) -> ET.Element:
        """Draw it."""
        group = ET.Element("g")
        group.extend(self._draw(_Place(width, height, (x_scale, y_scale), series)))
        return group

    def legend_to_svg(self, series: Series, palette: Any) -> list[Any]:
        """The key stands below the chart."""
        return []


class _Bars(Bars):  # type: ignore[misc]
    def legend_to_svg(self, series: Series, palette: Any) -> list[Any]:
        return []


def _band(place: _Place, months: Sequence[str]) -> list[ET.Element]:
    """The period under review, shaded."""
    if not months:
        return []
    left, right = (
        float(place.scales[0].project_interval(month, 0, place.width)[side])
        for month, side in ((months[0], 0), (months[-1], 1))
    )
    return [_element("rect", x=left, y=0, width=right - left, height=place.height, fill="#e8edee")]


def _lines(place: _Place, lines: Mapping[str, float], unit: str) -> list[ET.Element]:
    """The mean and the limits, each named at its end; a name keeps clear of the mean's."""
    heights = {name: place.y(value) for name, value in lines.items()}
    limits = "".join(f"M0 {height:.1f}H{place.width:.1f}" for name, height in heights.items() if name != "Mean")
    mean = heights["Mean"]
    drawn = [
        _element("path", d=limits, stroke=GREY, fill="none", **{"stroke-dasharray": "5 4"}),
        _element("path", d=f"M0 {mean:.1f}H{place.width:.1f}", stroke=GREY, fill="none"),
    ]
    clear = {"Upper": lambda height: min(height, mean - 13), "Lower": lambda height: max(height, mean + 13)}
    for name, height in heights.items():
        label = _element("text", x=place.width + 5, y=clear.get(name, float)(height) + 4)
        label.text = f"{name} {on_axis(lines[name], unit)}"
        drawn.append(label)
    return drawn


def _joined(place: _Place) -> list[ET.Element]:
    way = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in place.points())
    return [_element("path", d=way, stroke=BLUE, fill="none")]


def _marks(place: _Place, history: Sequence[HistoryPoint]) -> list[ET.Element]:
    """One path for each kind of mark: full where it was submitted, pale where not, diamonds for signals."""
    kinds: dict[tuple[bool, bool], list[str]] = {}
    for (x, y), point in zip(place.points(), history, strict=True):
        is_marked = bool(point.signals)
        way = (
            f"M{x:.1f} {y - 6:.1f}l6 6l-6 6l-6-6z"
            if is_marked
            else f"M{x - 3.5:.1f} {y:.1f}a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z"
        )
        kinds.setdefault((is_marked, point.kind == "submitted"), []).append(way)
    drawn = []
    for (is_marked, is_full), ways in sorted(kinds.items()):
        full, hollow, edge = (ORANGE, "#ffdc8e", INK) if is_marked else (BLUE, "#fff", BLUE)
        drawn.append(_element("path", d="".join(ways), fill=full if is_full else hollow, stroke=edge))
        drawn[-1].set("stroke-width", "1.5")
    return drawn


def _bar_values(place: _Place, unit: str) -> list[ET.Element]:
    values = []
    for datum, (x, y) in zip(place.series.data(), place.points(), strict=True):
        label = _element("text", x=max(x, place.x(0)) + 5, y=y + 4)
        label.text = amount(datum.x, unit)
        values.append(label)
    return values


def _element(tag: str, **attributes: float | str) -> ET.Element:
    return ET.Element(
        tag,
        {name: f"{value:.1f}" if isinstance(value, float) else str(value) for name, value in attributes.items()},
    )


class _Even(Scale):  # type: ignore[misc]
    """A scale in even steps of 1, 2 or 5, wide enough for its values.

    leather's own weighs some twenty sequences of ticks against each other, which takes as long as all the rest.
    """

    def __init__(self, values: Sequence[float]) -> None:
        low, high = min(values), max(values)
        room = max(abs(low), abs(high), 1) * 1e-6
        low, high = (low, high) if high - low > room else (min(low, 0.0), max(high, 1.0))
        rough = (high - low) / 4
        size = 10.0 ** floor(log10(rough))
        step = size * next(factor for factor in (1, 2, 5, 10) if factor * size >= rough * 0.999)
        self.first, self.last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
        self.step = step

    def contains(self, value: float) -> bool:
        """Every value lies within it."""
        return True

    def project(self, value: float, range_min: float, range_max: float) -> float:
        """Where a value stands between two places."""
        share = (float(value) / self.step - self.first) / (self.last - self.first)
        return float(range_min) + (float(range_max) - float(range_min)) * share

    def ticks(self) -> list[float]:
        """Every step."""
        return [at * self.step for at in range(self.first, self.last + 1)]


def _few(months: Sequence[str]) -> list[str]:
    """The months that are named below the axis: at most six, the last among them."""
    step = -(-len(months) // 6)
    return list(months[::-1][::step])[::-1]


def _month(text: str) -> str:
    year, number = (int(part) for part in text.split("-"))
    return Month(year, number).first_day.strftime("%b %y")


def _short(names: Sequence[str]) -> list[str]:
    """Names cut to the room beside a bar; two that would become one are numbered."""
    cut = [name if len(name) <= LABEL else name[: LABEL - 1].rstrip() + "…" for name in names]
    return [name if cut.count(name) == 1 else f"{name} {index + 1}" for index, name in enumerate(cut)]


_TAG = re.compile(r"<[^>]*>")
_LONG = re.compile(r"(\d\.\d)\d+")
_FONT = re.compile(r' (?:font-family|font-size|fill)="[^"]*"')


def _svg(kind: str, chart: leather.Chart, height: int, caption: str) -> str:
    """A chart with its axes made light: one path for all grid lines, and none along the axis that has no scale."""
    group = chart.to_svg_group(WIDTH - RIGHT, height)
    del group[0]  # the background
    for axis in group.iter("g"):
        side = axis.get("class", "").removeprefix("axis ")
        if side in ("left", "bottom"):
            lines, texts = list(axis.iter("line")), list(axis.iter("text"))
            axis[:] = texts
            if (side == "left") == (kind == "xmr"):
                ways = (f"M{line.get('x1')} {line.get('y1')}L{line.get('x2')} {line.get('y2')}" for line in lines)
                axis.insert(0, _element("path", d="".join(ways), stroke=GRID))
    drawn = _TAG.sub(_lean, ET.tostring(group, encoding="unicode"))
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="{caption}">{drawn}</svg>'
    )


def _lean(tag: re.Match[str]) -> str:
    """A tag with short numbers, and a text's looks left to the page's CSS."""
    text = _LONG.sub(r"\1", tag[0])
    return _FONT.sub("", text) if text.startswith("<text") else text
