"""The dates an invented trust lives by: months, financial years, and when each extract was run.

Here: the window of months, and arithmetic on them. Not here: how a date is printed (``cells``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np
import numpy.typing as npt

from nhsbn.periods import Month, financial_year

Days = npt.NDArray[np.datetime64]
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Calendar:
    """The months that extracts are written for."""

    start: Month
    months: int

    def __iter__(self) -> Iterator[Month]:
        """The months in order."""
        return (self.start.plus(offset) for offset in range(self.months))

    @property
    def first_day(self) -> date:
        """First day of the window."""
        return self.start.first_day

    @property
    def last_day(self) -> date:
        """Last day of the window."""
        return self.start.plus(self.months - 1).last_day

    @property
    def days(self) -> int:
        """Number of days in the window."""
        return (self.last_day - self.first_day).days + 1

    def chunks(self, size: int) -> Iterator[tuple[Month, Month]]:
        """First and last month of each run of ``size`` months; the last run may be shorter."""
        months = list(self)
        for index in range(0, len(months), size):
            part = months[index : index + size]
            yield part[0], part[-1]

    def financial_years(self) -> dict[str, tuple[Month, ...]]:
        """The months of each financial year, under its name ``2025-26``."""
        years: dict[str, list[Month]] = {}
        for month in self:
            years.setdefault(financial_year(month), []).append(month)
        return {year: tuple(months) for year, months in years.items()}


def day_number(day: date) -> int:
    """Days since 1 January 1970, the unit that the simulations count in."""
    return (day - EPOCH).days


def day_of(number: int) -> date:
    """The date of a day number."""
    return EPOCH + timedelta(days=int(number))


def run_time(day: date, days_later: int, minute: int = 552) -> datetime:
    """When an extract was run: ``days_later`` after ``day``, at ``minute`` of the day."""
    return datetime.combine(day + timedelta(days=days_later), time(minute // 60, minute % 60))


def weekday(days: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Day of the week of each day number, Monday 0."""
    return (days + 3) % 7
