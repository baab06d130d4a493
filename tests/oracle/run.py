"""The whole return in pandas: ``python -m tests.oracle.run INBOX TRUST PERIOD``.

Here: putting the three halves together, for the tests and for the benchmark, and holding figures against those of
the pipeline. Not here: any definition.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd

from tests.oracle.community import Community
from tests.oracle.counting import Figures, Grid
from tests.oracle.facts import Facts
from tests.oracle.inpatient import Inpatient
from tests.oracle.workforce import Workforce

ROOT = Path(__file__).resolve().parents[2]

Key = tuple[str, str, str, str]
"""Question, month as ``2025-04``, locality and member of a figure."""

Parts = tuple[float | None, float | None, float | None]
"""Value, numerator and denominator of a figure."""


def answer(inbox: Path, trust: Path, months: list[str]) -> Iterator[Figures]:
    """Every item's figures for the months, written ``2025-04``."""
    facts = Facts(inbox, ROOT, trust)
    grid = Grid([pd.Timestamp(f"{month}-01") for month in months], facts.localities)
    for half in (Community(facts, grid), Inpatient(facts, grid), Workforce(facts, grid)):
        yield from half.items()


def keyed(items: Iterable[Figures]) -> Iterator[tuple[Key, Parts]]:
    """Every figure of some items."""
    for item in items:
        index = item.value.index
        below = [None] * len(index) if item.denominator is None else item.denominator.reindex(index)
        for at, *parts in zip(index, item.value, item.numerator.reindex(index), below, strict=True):
            month, locality, member = at
            yield (item.code, f"{month:%Y-%m}", locality, member), tuple(parts)


def alike(one: float | None, other: float | None) -> bool:
    """Whether two figures are the same, or both are missing."""
    missing = [figure is None or math.isnan(figure) for figure in (one, other)]
    return all(missing) if any(missing) else math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)


def quarter(period: str) -> list[str]:
    """Months of a quarter written ``2025-26-Q1``."""
    first = pd.Timestamp(int(period[:4]), 4, 1) + pd.DateOffset(months=3 * (int(period[-1]) - 1))
    return [f"{first + pd.DateOffset(months=offset):%Y-%m}" for offset in range(3)]


if __name__ == "__main__":
    found = list(answer(Path(sys.argv[1]), Path(sys.argv[2]), quarter(sys.argv[3])))
    print(f"{len(found)} items, {sum(len(item.value) for item in found)} figures")
