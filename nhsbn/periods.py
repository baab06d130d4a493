"""Reporting periods: months, quarters and years of the NHS financial year (1 April to 31 March).

Here: reading, writing and enumerating periods. Not here: which periods a project is open for (the programme).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import total_ordering
from typing import Literal

from nhsbn.errors import NhsbnError

_MONTH = re.compile(r"^(\d{4})-(0[1-9]|1[0-2])$")
_QUARTER = re.compile(r"^(\d{4})-(\d{2})-Q([1-4])$")
_YEAR = re.compile(r"^(\d{4})-(\d{2})$")

Kind = Literal["month", "quarter", "year"]


@total_ordering
@dataclass(frozen=True)
class Month:
    """One calendar month, written ``2025-04``."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Month:
        """The month that holds ``day``."""
        return cls(day.year, day.month)

    @property
    def first_day(self) -> date:
        """First day of the month."""
        return date(self.year, self.number, 1)

    @property
    def last_day(self) -> date:
        """Last day of the month: its midnight is the census."""
        return self.next().first_day - timedelta(days=1)

    def next(self) -> Month:
        """The month after."""
        return self.plus(1)

    def plus(self, months: int) -> Month:
        """The month ``months`` later (earlier when negative)."""
        index = self.year * 12 + self.number - 1 + months
        return Month(index // 12, index % 12 + 1)

    def __lt__(self, other: Month) -> bool:
        """Earlier months come first."""
        return (self.year, self.number) < (other.year, other.number)

    def __str__(self) -> str:
        """``2025-04``."""
        return f"{self.year:04d}-{self.number:02d}"

    @property
    def title(self) -> str:
        """``April 2025``, as the collection tool heads its columns."""
        return self.first_day.strftime("%B %Y")


@total_ordering
@dataclass(frozen=True)
class Period:
    """A reporting period: ``2025-04`` (month), ``2025-26-Q1`` (quarter) or ``2025-26`` (financial year).

    ``2025-04`` is always April 2025, never a financial year: the second year of a financial year is the first
    plus one, so only ``2003-04`` to ``2011-12`` could be read both ways; those are read as months, as every
    period of this system lies later.
    """

    kind: Kind
    first_month: Month

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read a period.

        Raises:
            NhsbnError: when the text is none of the three forms.
        """
        text = text.strip()
        if match := _QUARTER.match(text):
            year, short, quarter = int(match[1]), match[2], int(match[3])
            if _follows(year, short):
                return cls("quarter", Month(year, 4).plus(3 * (quarter - 1)))
        elif match := _MONTH.match(text):
            return cls("month", Month(int(match[1]), int(match[2])))
        elif (match := _YEAR.match(text)) and _follows(int(match[1]), match[2]):
            return cls("year", Month(int(match[1]), 4))
        raise NhsbnError(
            f"{text!r} is not a period. Write a month as 2025-04, a quarter as 2025-26-Q1 or a financial year "
            "as 2025-26."
        )

    @property
    def months(self) -> tuple[Month, ...]:
        """Its months, first to last."""
        count = {"month": 1, "quarter": 3, "year": 12}[self.kind]
        return tuple(self.first_month.plus(offset) for offset in range(count))

    @property
    def first_day(self) -> date:
        """First day of the period."""
        return self.first_month.first_day

    @property
    def last_day(self) -> date:
        """Last day of the period."""
        return self.months[-1].last_day

    def next(self) -> Period:
        """The period of the same kind that follows."""
        return Period(self.kind, self.months[-1].next())

    def __lt__(self, other: Period) -> bool:
        """Earlier periods come first, longer ones after shorter ones that start with them."""
        return (self.first_day, self.last_day) < (other.first_day, other.last_day)

    def __str__(self) -> str:
        """The canonical form, that :meth:`parse` reads back."""
        if self.kind == "month":
            return str(self.first_month)
        year = financial_year(self.first_month)
        if self.kind == "year":
            return year
        return f"{year}-Q{(self.first_month.number - 4) % 12 // 3 + 1}"


def financial_year(month: Month) -> str:
    """The financial year that holds ``month``, as ``2025-26``."""
    start = month.year if month.number >= 4 else month.year - 1
    return f"{start}-{(start + 1) % 100:02d}"


def span(first: Period, last: Period) -> Iterator[Period]:
    """Every period of ``first``'s kind from ``first`` to ``last``."""
    period = first
    while period <= last:
        yield period
        period = period.next()


def _follows(year: int, short: str) -> bool:
    return int(short) == (year + 1) % 100
