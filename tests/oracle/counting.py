"""Counting by month, locality and one more breakdown, with the trust counted from the rows.

Here: the grid of figures and the arithmetic of ratios. Not here: what is counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

SERVICES = ["adult", "older_adult", "cyp", "lda"]
BED_TYPES = ["adult_acute", "older_adult", "picu", "rehabilitation", "low_secure", "learning_disability"]
STAFF_GROUPS = [
    "medical_dental", "nursing_registered", "ahp", "prof_scientific_technical", "healthcare_scientists",
    "clinical_support", "admin_clerical", "estates_ancillary", "students",
]  # fmt: skip
MEMBERS = {"service": SERVICES, "bed_type": BED_TYPES, "staff_group": STAFF_GROUPS, None: []}


@dataclass(frozen=True)
class Figures:
    """One item's figures: series indexed by (month, locality or ``trust``, member or ``all``)."""

    code: str
    numerator: pd.Series
    denominator: pd.Series | None
    value: pd.Series


@dataclass(frozen=True)
class Grid:
    """The months and localities asked for."""

    months: list[pd.Timestamp]
    localities: list[str]

    def index(self, by: str | None) -> pd.MultiIndex:
        """Every cell of an item broken down ``by`` one more column, or by none."""
        return pd.MultiIndex.from_product([self.months, [*self.localities, "trust"], [*MEMBERS[by], "all"]])

    def cut(self, rows: pd.DataFrame, by: str | None, how: str, of: str | None = None) -> pd.Series:
        """Aggregate rows at every level of the grid.

        Args:
            rows: with ``month``, ``locality`` and the column ``by``.
            by: the breakdown, or None.
            how: size, nunique, sum, mean or median.
            of: the column aggregated.
        """
        rows = rows[rows["month"].isin(self.months)]
        empty = np.nan if how in {"mean", "median"} else 0.0
        if rows.empty:
            return pd.Series(empty, index=self.index(by))
        rows = rows[["month", "locality", *(name for name in (by, of) if name)]]
        rows = pd.concat([rows, rows.assign(locality="trust")])
        whole = rows.assign(member="all")
        rows = pd.concat([rows.assign(member=rows[by].astype(object)), whole]) if by else whole
        groups = rows.groupby(["month", "locality", "member"], observed=True)
        found = groups.size() if how == "size" else getattr(groups[of], how)()
        return found.astype(float).reindex(self.index(by)).fillna(empty)

    def spread(self, by: str | None, figure: dict[tuple[str, str], float]) -> pd.Series:
        """A figure by (locality or trust, member), the same in every month."""
        index = self.index(by)
        return pd.Series([figure[locality, member] for _, locality, member in index], index=index, dtype=float)


def figures(
    code: str, numerator: pd.Series, denominator: pd.Series | None = None, times: float = 1.0, less: object = 0.0
) -> Figures:
    """An item's figures; nothing can be divided by nought."""
    if denominator is None:
        return Figures(code, numerator, None, numerator)
    value = (numerator - less) / denominator.where(denominator != 0) * times
    return Figures(code, numerator, denominator, value)


def averages(code: str, grid: Grid, rows: pd.DataFrame, by: str, of: str) -> Iterator[Figures]:
    """Mean (item a) and median (item b) of a column."""
    count = grid.cut(rows, by, "size")
    total = grid.cut(rows, by, "sum", of)
    yield Figures(f"{code}a", total, count, total / count.where(count != 0))
    yield Figures(f"{code}b", grid.cut(rows, by, "median", of), count, grid.cut(rows, by, "median", of))


def month_of(when: pd.Series) -> pd.Series:
    """First day of the month."""
    return when.dt.normalize() - pd.to_timedelta(when.dt.day - 1, unit="D")


def looked_up(keys: pd.Series, table: pd.Series) -> pd.Series:
    """What a table, by its index, holds for each key; of the table's own type even where there is no key."""
    return pd.Series(table.reindex(keys).array, index=keys.index)


def in_scope(rows: pd.DataFrame, services: list[str] = SERVICES) -> pd.DataFrame:
    """Rows of the services asked about, and those that map to no service."""
    return rows[rows["service"].isna() | rows["service"].isin(services)]
