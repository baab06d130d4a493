"""What feeds what: the words in which column lineage is told.

Here: a column, how it matters, and putting such facts together. Not here: finding them out (``sql`` reads one
SELECT, lineage a whole installation).

A column can matter in three ways. It gives the *value*; it is *matched*, so that a left join finds the value; or
it decides which *rows* there are (where, inner join, grouping, the order that picks one row).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

VALUE, MATCHED, ROWS = 0, 1, 2
"""How a column matters, the strongest first."""

USES = ("value", "matched", "rows")
"""The words for them."""

EVERY = "*"
"""Stands for the rows of a relation, whatever their columns."""


@dataclass(frozen=True, order=True)
class Column:
    """A column of a relation.

    Attributes:
        relation: schema and name: ``staged.esr_absence``.
        name: the column, or :data:`EVERY`.
    """

    relation: str
    name: str

    def __str__(self) -> str:
        """As SQL writes it."""
        return f"{self.relation}.{self.name}"

    @property
    def schema(self) -> str:
        """``staged``, ``map``, ``ref``, ``conformed``, ``unmapped`` or ``measure``."""
        return self.relation.split(".")[0]

    @property
    def table(self) -> str:
        """The relation without its schema: a report, a mapping table, a conformed table, a measure."""
        return self.relation.split(".")[1]


Feeds = Mapping[Column, int]
"""Columns with the strongest way in which each matters."""

Tables = tuple[tuple[str, tuple[str, ...]], ...]
"""Each relation that a SELECT may read, schema included, with its columns."""


@dataclass(frozen=True)
class Lineage:
    """Where the result of a SELECT comes from.

    Attributes:
        columns: each column it returns, in order, to what feeds it.
        rows: what decides which rows there are.
    """

    columns: Mapping[str, Feeds]
    rows: Feeds


def merged(parts: Iterable[Feeds], at_most: int = VALUE) -> dict[Column, int]:
    """Feeds put together, each column in its strongest use, but none stronger than ``at_most``."""
    found: dict[Column, int] = {}
    for part in parts:
        for column, use in part.items():
            found[column] = min(found.get(column, ROWS), max(use, at_most))
    return found
