"""Terms: how an amount is taken from the rows of a measure, as declared data.

Here: what to count, add up or average, and which rows. Not here: the items that put terms together (the
catalogue), and their SQL (the compiler).
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, StrictBool, StrictInt, StrictStr, model_validator

from nhsbn.declarations import Declared

Aggregate = Literal["count", "count_distinct", "sum", "mean", "median"]
Scalar = StrictBool | StrictInt | StrictStr


class Bounds(Declared):
    """Limits of a number; each that is given must hold."""

    at_least: float | None = None
    at_most: float | None = None
    above: float | None = None
    below: float | None = None

    @model_validator(mode="after")
    def _has_a_limit(self) -> Bounds:
        if not self.model_dump(exclude_none=True):
            raise ValueError("give at least one of at_least, at_most, above, below")
        return self


Condition = Bounds | Scalar | tuple[Scalar, ...]
Where = dict[str, Condition]


class Term(Declared):
    """An amount: the rows of one measure that it does not exclude, filtered, and brought to one number.

    Attributes:
        of: the column that is added up, averaged or told apart; none for ``count``.
        where: what every row must meet.
        member_where: for these members of the breakdown, what rows must meet instead of ``where``.
        times: what the result is multiplied by.
    """

    measure: str
    aggregate: Aggregate
    of: str | None = None
    where: Where = Field(default_factory=dict)
    member_where: dict[str, Where] = Field(default_factory=dict)
    times: float = 1

    @model_validator(mode="after")
    def _of_goes_with_aggregate(self) -> Term:
        if (self.aggregate == "count") != (self.of is None):
            raise ValueError("count takes no `of`, and every other aggregate needs the column it is taken of")
        return self

    @property
    def is_average(self) -> bool:
        """Whether it divides by itself: a mean or a median has no value when nothing is counted."""
        return self.aggregate in ("mean", "median")

    @property
    def columns(self) -> frozenset[str]:
        """The measure's columns that it names."""
        named = frozenset(name for where in self.wheres.values() for name in where)
        return named | ({self.of} if self.of else frozenset())

    @property
    def wheres(self) -> dict[tuple[str, ...], Where]:
        """Every set of conditions, by where in the declaration it stands."""
        return {("where",): self.where, **{("member_where", name): w for name, w in self.member_where.items()}}
