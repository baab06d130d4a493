"""A computed figure, with all that explains it.

Here: the value of one item for one month, place and member. Not here: how it is computed (the compiler), and what
its absence means for a cell (the cells).
"""

from __future__ import annotations

from dataclasses import dataclass

from nhsbn.periods import Month

TRUST = "trust"
"""The place that is every locality together, with the rows of none."""

ALL = "all"
"""The member that is every member together, with the rows of none."""


@dataclass(frozen=True, order=True)
class MetricValue:
    """One figure of one item.

    Attributes:
        code: the question code, ``MI-AC-06a``.
        month: the month it is of.
        locality: a locality's id, or ``trust``.
        member: a member of the metric's breakdown, or ``all``.
        value: unrounded, in the item's unit; None where there was nothing to divide by.
        numerator: after ``less`` and ``times``, before the multiplier; None for a median.
        denominator: None where the item does not divide; of a mean or median, the rows it is taken over.
        rows_counted: rows of the numerator's measure that were counted.
    """

    code: str
    month: Month
    locality: str
    member: str
    value: float | None
    numerator: float | None
    denominator: float | None
    rows_counted: int
