"""Absence episodes of staff: sickness near the published monthly rates, and other leave that must not count as it.

Here: episodes. Not here: the file they are printed in (``staff``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synth.calendar import Calendar, day_number
from synth.workforce import LEAD_MONTHS, Assignments, Workforce

Ints = npt.NDArray[np.int64]

SICKNESS_PERCENT = {4: 5.76, 5: 5.88, 6: 6.13, 7: 6.47, 8: 5.92, 9: 6.34, 10: 6.66, 11: 7.10, 12: 7.12, 1: 7.21,
                    2: 6.70, 3: 5.92}  # fmt: skip
"""Rates of the trust by month, April 2024 to March 2025: NHS Sickness Absence Rates, NHS England."""

REASONS = (
    "S10 Anxiety/stress/depression/other psychiatric illnesses", "S13 Cold, Cough, Flu - Influenza",
    "S25 Gastrointestinal problems", "S12 Other musculoskeletal problems", "S11 Back Problems",
    "S98 Other known causes",
    "S99 Unknown causes / Not specified",
)  # fmt: skip
CATEGORIES = ("Sickness", "Special Leave", "Study Leave", "Maternity")
_OTHERS_A_HEAD = 0.9


@dataclass(frozen=True)
class Absences:
    """Episodes in order of start; ``end`` is the last day of absence, ``assignment`` a row of Assignments."""

    number: Ints
    assignment: Ints
    start: Ints
    end: Ints
    entered: Ints
    category: Ints
    reason: Ints


def simulate(workforce: Workforce, calendar: Calendar, rng: np.random.Generator) -> Absences:
    """Draw sickness month by month until the days lost reach the published rate, then the other leave."""
    held = workforce.assignments
    first = calendar.start.plus(-LEAD_MONTHS)
    begin = day_number(first.first_day)
    months = LEAD_MONTHS + calendar.months
    free = np.full(len(held.employee), begin)
    lost = np.zeros(months + 24)
    starts = np.array([day_number(first.plus(offset).first_day) for offset in range(months + 25)])
    parts: list[Ints] = []
    for offset in range(months):
        low, high = int(starts[offset]), int(starts[offset + 1])
        open_to = np.minimum(held.end, high - 1) - np.maximum(held.start, low) + 1
        available = float((np.maximum(open_to, 0) * held.fte_on(low)).sum())
        share = SICKNESS_PERCENT[first.plus(offset).number] - (0.05 if offset >= LEAD_MONTHS + 12 else 0.0)
        for _ in range(40):
            missing = available * share / 100 - lost[offset]
            if missing < 0.5:
                break
            batch = _batch(held, free, low, high, missing, rng)
            for number, (row, start, end) in enumerate(batch):
                clipped = np.minimum(end, starts[1:] - 1) - np.maximum(start, starts[:-1]) + 1
                days = np.maximum(clipped, 0) * held.fte_on(low)[row]
                if lost[offset] + days[offset] > available * share / 100 + 3 and number:
                    break
                lost += days
                free[row] = end + 2
                parts.append(np.array([row, start, end, 0]))
    others = _others(held, free, begin, int(starts[months]), rng)
    table = np.concatenate([np.array(parts, dtype=np.int64).reshape(-1, 4), others])
    table = table[np.argsort(table[:, 1], kind="stable")]
    count = len(table)
    late = rng.geometric(0.3, count) - 1 + np.where(rng.random(count) < 0.02, 60, 0)
    reason = np.minimum(rng.geometric(0.28, count) - 1, len(REASONS) - 1)
    return Absences(
        3_000_001 + np.arange(count), table[:, 0], table[:, 1], table[:, 2], table[:, 1] + late, table[:, 3],
        np.where(table[:, 3] == 0, reason, -1),
    )  # fmt: skip


def _batch(
    held: Assignments, free: Ints, low: int, high: int, missing: float, rng: np.random.Generator
) -> list[tuple[int, int, int]]:
    """Candidate episodes that start in the month, none of them over another of the same assignment."""
    size = max(4, int(missing / 6))
    row = np.unique(rng.integers(0, len(free), size))
    row = rng.permutation(row)
    start = rng.integers(low, high, len(row))
    kind = rng.random(len(row))
    length = np.where(
        kind < 0.72, rng.geometric(0.3, len(row)),
        np.where(kind < 0.88, rng.integers(8, 29, len(row)), rng.integers(29, 170, len(row))),
    )  # fmt: skip
    end = np.minimum(start + length - 1, held.end[row])
    fits = (held.start[row] <= start) & (start <= held.end[row]) & (free[row] <= start)
    return list(zip(row[fits].tolist(), start[fits].tolist(), end[fits].tolist(), strict=True))


def _others(held: Assignments, free: Ints, begin: int, end: int, rng: np.random.Generator) -> Ints:
    """Special and study leave of a day or few, and maternity for as long as the assignment has that status."""
    count = round(len(free) * _OTHERS_A_HEAD * (end - begin) / 365)
    row = rng.integers(0, len(free), count)
    start = rng.integers(begin, end, count)
    fits = (held.start[row] <= start) & (start + 4 <= held.end[row])
    short = np.stack([row, start, start + rng.integers(0, 4, count), rng.integers(1, 3, count)], axis=1)[fits]
    away = np.flatnonzero((held.status == 1) & (held.status_from < held.end) & (held.status_from >= held.start))
    long = np.stack(
        [
            away,
            held.status_from[away],
            np.minimum(held.status_to[away] - 1, held.end[away]),
            np.full(len(away), 3),
        ],
        axis=1,
    )
    return np.concatenate([short, long])
