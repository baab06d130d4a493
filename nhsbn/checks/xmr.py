"""The XmR chart of NHS England's "Making Data Count": its limits, and the rules that tell special causes.

Here: limits from the mean moving range, and which points a rule marks. Not here: drawing (the review pack), and
how many points a chart needs, which is declared.

Source: the rules as NHS-R Community's NHSRplotthedots applies them for that programme: a point outside the process
limits; seven points on one side of the mean; seven points each higher, or each lower, than the one before; two of
three points, all on one side of the mean, in the outer third towards a limit. The limits stand 2.66 mean moving
ranges from the mean. Moving ranges are not screened, as in the programme's own Excel tool.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from statistics import fmean

SCALE = 2.66
"""Three over 1.128, which turns the mean range of two into a standard deviation."""

SHIFT = 7
TREND = 7


class Signal(StrEnum):
    """A rule that marks a point."""

    OUTSIDE = "outside the process limits"
    SHIFT = "one of a run on one side of the mean"
    TREND = "one of a run that only rises or only falls"
    NEAR = "one of two in three close to a limit"


@dataclass(frozen=True)
class Limits:
    """The lines of a chart.

    Attributes:
        mean: the middle line.
        lower: lower process limit; may lie below nought.
        upper: upper process limit.
        moving_range: the mean moving range.
    """

    mean: float
    lower: float
    upper: float
    moving_range: float

    def side(self, value: float) -> int:
        """1 above the mean, -1 below it, 0 on it."""
        return (value > self.mean) - (value < self.mean)

    def is_outside(self, value: float) -> bool:
        """Whether a point lies beyond a process limit."""
        return value < self.lower or value > self.upper

    def is_near(self, value: float) -> bool:
        """Whether a point lies within the limits, in the third next to one."""
        return not self.is_outside(value) and abs(value - self.mean) > (self.upper - self.mean) * 2 / 3


def limits(values: Sequence[float], scale: float = SCALE) -> Limits:
    """The lines of a chart over all its points.

    Raises:
        ValueError: when there are fewer than two points.
    """
    if len(values) < 2:
        raise ValueError("a moving range needs two points")
    moving_range = fmean(abs(after - before) for before, after in pairwise(values))
    mean = fmean(values) if moving_range else values[0]  # the mean of equal values may miss them by a rounding
    return Limits(mean, mean - scale * moving_range, mean + scale * moving_range, moving_range)


def signals(
    values: Sequence[float], lines: Limits, shift: int = SHIFT, trend: int = TREND
) -> tuple[frozenset[Signal], ...]:
    """The rules that mark each point, in the points' order.

    Args:
        values: the points in order of time, without a gap.
        lines: the chart's lines.
        shift: how many points on one side of the mean are a shift.
        trend: how many points, each beyond the one before, are a trend.
    """
    marks: list[set[Signal]] = [{Signal.OUTSIDE} if lines.is_outside(value) else set() for value in values]
    sides = [lines.side(value) for value in values]
    for first in range(len(values) - shift + 1):
        span = range(first, first + shift)
        if abs(sum(sides[point] for point in span)) == shift:
            _mark(marks, span, Signal.SHIFT)
    for first in range(len(values) - trend + 1):
        span = range(first, first + trend)
        steps = [values[point + 1] - values[point] for point in span[:-1]]
        if all(step > 0 for step in steps) or all(step < 0 for step in steps):
            _mark(marks, span, Signal.TREND)
    for first in range(len(values) - 2):
        span = range(first, first + 3)
        near = [point for point in span if lines.is_near(values[point])]
        if len(near) >= 2 and abs(sum(sides[point] for point in span)) == 3:
            _mark(marks, near, Signal.NEAR)
    return tuple(frozenset(mark) for mark in marks)


def _mark(marks: list[set[Signal]], points: Sequence[int], signal: Signal) -> None:
    for point in points:
        marks[point].add(signal)
