"""Ticks, days and months as a reader meets them.

Here: words that pages alone use. Not here: figures and changes by their unit, which the review workbook says as
pages do (``nhsbn.review.rows``), and the numbers themselves, which pages never calculate with again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from nhsbn.extracts.coverage import listed
from nhsbn.periods import Month

UNIT_WORDS = {
    "count": "number",
    "percent": "percent",
    "rate": "rate",
    "days": "days",
    "wte": "whole-time equivalents",
    "pounds": "pounds",
}
_LARGE = ((1e9, 1e9, "bn"), (1e6, 1e6, "m"), (1e4, 1e3, "k"))
"""From where on, what one stands for, and its name."""


def on_axis(value: float, unit: str) -> str:
    """A value beside a tick, short enough to stand there: ``1.5m``, ``40k``, ``0.25``."""
    sign, tail = ("£" if unit == "pounds" else ""), ("%" if unit == "percent" else "")
    size, name = next(((size, name) for least, size, name in _LARGE if abs(value) >= least), (1, ""))
    text = f"{abs(value) / size:,.4g}"
    return f"{'−' if value < 0 else ''}{sign}{text}{name}{tail}"


def day(value: date | None) -> str:
    """``3 July 2025``; empty for none."""
    return f"{value.day} {value:%B %Y}" if value else ""


def months_in_words(months: Iterable[Month]) -> str:
    """``March 2025, May 2025 and July to October 2025``: three or more in a row by the first and the last."""
    said: list[str] = []
    for run in _runs(sorted(set(months))):
        if len(run) < 3:
            said += [month.title for month in run]
        elif run[0].year == run[-1].year:
            said.append(f"{run[0].first_day:%B} to {run[-1].title}")
        else:
            said.append(f"{run[0].title} to {run[-1].title}")
    return listed(said)


def _runs(months: Iterable[Month]) -> list[list[Month]]:
    """Months one after the other, put together."""
    runs: list[list[Month]] = []
    for month in months:
        if runs and runs[-1][-1].next() == month:
            runs[-1].append(month)
        else:
            runs.append([month])
    return runs
