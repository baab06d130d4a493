"""What the timings should be, and whether they are.

Here: the aims, as ratios of timings. Not here: taking timings.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from bench.measure import Measurement

Timings = dict[str, Measurement]
ONE_METRIC = "one metric, "


@dataclass(frozen=True)
class Aim:
    """One aim and what was found.

    Attributes:
        text: the aim.
        found: what was measured, in the aim's own terms.
        met: whether it is met.
    """

    text: str
    found: str
    met: bool


def aims(timings: Timings, growth: dict[float, Measurement], tool: Timings | None = None) -> list[Aim]:
    """Hold the timings to the aims.

    Args:
        timings: by name: ``start``, ``floor``, ``whole``, ``second``, and perhaps ``pandas`` and any that begins
            with ``one metric`` or ``trace``.
        growth: the whole run by scale.
        tool: of one tool, by name: ``tool floor``, ``tool fill`` and ``tool openpyxl``.
    """
    whole, start = timings["whole"].seconds, timings["start"].seconds
    allowed = 3 * timings["floor"].seconds + start
    found = [_at_most("whole run at most 3 times the floor, plus interpreter start", whole, allowed)]
    if "pandas" in timings:
        pandas = timings["pandas"].seconds
        found.append(
            Aim(
                "whole run at least 5 times faster than pandas", f"{pandas / whole:.1f} times", pandas >= 5 * whole
            )
        )
    peak = timings["whole"].peak_mb
    if peak is not None:
        found.append(Aim("peak memory of the whole run under 2 GB", f"{peak:,.0f} MB", peak < 2000))
    found.append(_at_most("second run under a tenth of the first", timings["second"].seconds, whole / 10))
    for name in (name for name in timings if name.startswith(ONE_METRIC)):
        text = f"one metric and its tools a fifth or less, after {name.removeprefix(ONE_METRIC)}"
        found.append(_at_most(text, timings[name].seconds, whole / 5))
    scales = sorted(growth)
    for small, large in pairwise(scales):
        times = growth[large].seconds / growth[small].seconds
        text = f"scale {small:g} to {large:g} costs no more than {large / small:g} times as much"
        found.append(Aim(text, f"{times:.1f} times", times <= large / small))
    return found + trace_aims(timings) + tool_aims(tool or {})


def trace_aims(timings: Timings) -> list[Aim]:
    """Hold the slowest trace and the largest to their aims; none at all when none was timed."""
    traces = [timing for name, timing in timings.items() if name.startswith("trace ")]
    if not traces:
        return []
    found = [_at_most("a trace in under two seconds after start-up", max(one.seconds for one in traces), 2.0)]
    peaks = [one.peak_mb for one in traces if one.peak_mb is not None]
    if peaks:
        found.append(Aim("peak memory of a trace under 1 GB", f"{max(peaks):,.0f} MB", max(peaks) < 1000))
    return found


def tool_aims(tool: Timings) -> list[Aim]:
    """Hold the filling of one tool to its aims; none at all when it was not timed."""
    if not tool:
        return []
    fill, floor, slow = (tool[f"tool {name}"].seconds for name in ("fill", "floor", "openpyxl"))
    found = [
        Aim("a tool filled in at most 2.5 times unzip and zip", f"{fill / floor:.1f} times", fill <= 2.5 * floor),
        Aim("a tool filled 10 times faster than by openpyxl", f"{slow / fill:.1f} times", slow >= 10 * fill),
    ]
    peak = tool["tool fill"].peak_mb
    if peak is not None:
        found.append(Aim("peak memory of filling a tool under 200 MB", f"{peak:,.0f} MB", peak < 200))
    return found


def _at_most(text: str, seconds: float, allowed: float) -> Aim:
    return Aim(text, f"{seconds:.1f} s, allowed {allowed:.1f} s", seconds <= allowed)
