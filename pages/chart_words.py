"""What a chart shows, in words: for those who cannot see it, and for those who would rather read.

Here: sentences. Not here: the chart itself (``charts``).
"""

from __future__ import annotations

from collections.abc import Sequence

from nhsbn.checks.review import HistoryPoint
from nhsbn.checks.xmr import Limits, Signal
from nhsbn.extracts.coverage import listed
from nhsbn.review.rows import amount
from pages.numbers import months_in_words


def xmr(history: Sequence[HistoryPoint], limits: Limits, unit: str) -> str:
    """An XmR chart in sentences: span, lowest and highest, lines, and the months that a rule marks."""
    first, last = history[0], history[-1]
    low, high = (pick(history, key=lambda point: point.value) for pick in (min, max))
    mean, lower, upper = (amount(line, unit) for line in (limits.mean, limits.lower, limits.upper))
    said = [
        f"{len(history)} months, {first.month.title} to {last.month.title}: last {amount(last.value, unit)}, "
        f"lowest {amount(low.value, unit)} in {low.month.title}, "
        f"highest {amount(high.value, unit)} in {high.month.title}.",
        f"Mean {mean}; process limits {lower} to {upper}.",
    ]
    for signal in Signal:
        if months := [point.month for point in history if signal in point.signals]:
            said.append(f"{months_in_words(months)}: {signal.value}.")
    if not any(point.signals for point in history):
        said.append("No special cause.")
    return " ".join(said)


def bars(rows: Sequence[tuple[str, float]], unit: str) -> str:
    """Bars in a sentence."""
    return f"{listed([f'{name} {amount(value, unit)}' for name, value in rows])}."
