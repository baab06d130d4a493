"""What is said of one row of a file: what became of it, and every answer that it reaches.

Here: the values alone, as :mod:`nhsbn.tracing.trace` has those of the way back. Not here: finding them out, and
showing them.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from nhsbn.tracing.trace import RowPlace, TracedFile


@dataclass(frozen=True)
class Reached:
    """An answer that a row reaches.

    Attributes:
        term: the part of the value that it goes into.
        contribution: what it adds to that part, all its rows of the measure together.
        same_as: where it adds nothing because another row counts for the same thing: that row.
        cell: sheet and address in the tool; empty where the tool asks no such cell.
    """

    project: str
    period: str
    locality: str
    version: int
    code: str
    title: str
    month: str
    member: str
    term: str
    contribution: Decimal
    note: str
    same_as: RowPlace | None
    cell: str


@dataclass(frozen=True)
class NotReached:
    """A question whose measure has the row, and why the row is not in its answers."""

    project: str
    period: str
    code: str
    title: str
    term: str
    month: str
    reason: str


@dataclass(frozen=True)
class RowTrace:
    """What became of a row of a file.

    Attributes:
        place: the row.
        file: the file it stands in.
        outcome: ``not landed``, ``set aside``, ``superseded``, ``withdrawn``, ``duplicate`` or ``current``.
        reason: why, where it is not current.
        instead: the row that stands instead of it, where there is one in the same file.
        tables: conformed table to how many of its rows come from this one.
        measures: measure to how many of its rows do, with those it excludes.
        reached: the answers it is in.
        not_reached: the answers it is not in, though their measure has it.
        notes: what a reader should know besides.
    """

    place: RowPlace
    file: TracedFile
    outcome: str
    reason: str
    instead: RowPlace | None = None
    tables: tuple[tuple[str, int], ...] = ()
    measures: tuple[tuple[str, int], ...] = ()
    reached: tuple[Reached, ...] = ()
    not_reached: tuple[NotReached, ...] = ()
    notes: tuple[str, ...] = ()
