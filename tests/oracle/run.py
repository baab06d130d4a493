"""The whole return in pandas: ``python -m tests.oracle.run INBOX TRUST PERIOD``.

Here: putting the three halves together, for the tests and for the benchmark. Not here: any definition.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from tests.oracle.community import Community
from tests.oracle.counting import Figures, Grid
from tests.oracle.facts import Facts
from tests.oracle.inpatient import Inpatient
from tests.oracle.workforce import Workforce

ROOT = Path(__file__).resolve().parents[2]


def answer(inbox: Path, trust: Path, months: list[str]) -> Iterator[Figures]:
    """Every item's figures for the months, written ``2025-04``."""
    facts = Facts(inbox, ROOT, trust)
    grid = Grid([pd.Timestamp(f"{month}-01") for month in months], facts.localities)
    for half in (Community(facts, grid), Inpatient(facts, grid), Workforce(facts, grid)):
        yield from half.items()


def quarter(period: str) -> list[str]:
    """Months of a quarter written ``2025-26-Q1``."""
    first = pd.Timestamp(int(period[:4]), 4, 1) + pd.DateOffset(months=3 * (int(period[-1]) - 1))
    return [f"{first + pd.DateOffset(months=offset):%Y-%m}" for offset in range(3)]


if __name__ == "__main__":
    found = list(answer(Path(sys.argv[1]), Path(sys.argv[2]), quarter(sys.argv[3])))
    print(f"{len(found)} items, {sum(len(item.value) for item in found)} figures")
