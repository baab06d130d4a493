"""A collection tool's template as a person sees it: sheets, texts, headings, and cells that may be typed in.

Here: the grid, what stands above a cell, and which cells ask for an answer. Not here: reading the workbook file
(a resource) and which question means what (the binding).

An answer table on a sheet is a heading row that holds the question-code heading, as many rows deep as that cell is
merged, and the question rows below it, down to the next such heading row.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Literal

from nhsbn.xlsx.references import Place, address

Takes = Literal["number", "whole number", "percentage", "date", "time", "list", "text", "anything"]
"""What a cell takes, from its validation and else from its number format."""

DEEPEST_HEADING = 20
"""Rows beyond which a merged cell is no heading of a table."""


@dataclass(frozen=True)
class GridCell:
    """A cell of the template.

    Attributes:
        text: what stands in it; empty for a formula, whose result is not the template's to say.
        choices: the items of its list validation, where it has one that could be read.
        takes: ``percentage`` is a number shown with a percent sign, so that 0.85 is 85%.
    """

    text: str = ""
    is_formula: bool = False
    is_locked: bool = True
    choices: tuple[str, ...] | None = None
    takes: Takes = "anything"


@dataclass(frozen=True)
class SheetGrid:
    """One sheet of the template.

    Attributes:
        cells: every cell that exists, empty ones too.
        merged: merged ranges as first row, first column, last row, last column.
    """

    title: str
    is_visible: bool
    is_protected: bool
    cells: Mapping[Place, GridCell]
    merged: tuple[tuple[int, int, int, int], ...] = ()

    @cached_property
    def rows(self) -> Mapping[int, tuple[int, ...]]:
        """Each row that has cells to their columns, both in order."""
        found: dict[int, list[int]] = {}
        for row, column in sorted(self.cells):
            found.setdefault(row, []).append(column)
        return {row: tuple(columns) for row, columns in found.items()}

    def anchor(self, place: Place) -> Place:
        """The first cell of the merged range that a cell lies in; the cell itself where none does."""
        row, column = place
        spans = self._spans.get(row, ())
        return next(((top, left) for top, left, right in spans if left <= column <= right), place)

    @cached_property
    def _spans(self) -> Mapping[int, list[tuple[int, int, int]]]:
        """Merged ranges by row, for rows that have cells: a range may be as large as the sheet."""
        found: dict[int, list[tuple[int, int, int]]] = {}
        rows = list(self.rows)
        for top, left, bottom, right in self.merged:
            for row in rows[bisect_left(rows, top) : bisect_right(rows, bottom)]:
                found.setdefault(row, []).append((top, left, right))
        return found

    @cached_property
    def places(self) -> Mapping[str, tuple[Place, ...]]:
        """Normalised text to the cells that hold it."""
        found: dict[str, tuple[Place, ...]] = {}
        for place, cell in sorted(self.cells.items()):
            if cell.text:
                key = seen(cell.text)
                found[key] = (*found.get(key, ()), place)
        return found

    def depth(self, place: Place) -> int:
        """How many rows deep the merged range of a cell is."""
        return next((bottom - top + 1 for top, left, bottom, _ in self.merged if (top, left) == place), 1)

    def text(self, row: int, column: int) -> str:
        """What a person sees in a cell, which for a merged one stands in its first."""
        cell = self.cells.get(self.anchor((row, column)))
        return cell.text if cell else ""

    def is_answer(self, place: Place) -> bool:
        """Whether the template lets a person type in the cell."""
        cell = self.cells.get(place)
        return (
            cell is not None
            and not cell.is_formula
            and not (self.is_protected and cell.is_locked)
            and self.anchor(place) == place
        )

    def headings(self, head: Place) -> dict[int, tuple[str, ...]]:
        """Column to its headings, top to bottom and normalised, in the table whose heading row holds ``head``."""
        return {column: tuple(map(seen, texts)) for column, texts in self.heading_texts(head).items()}

    def heading_texts(self, head: Place) -> dict[int, tuple[str, ...]]:
        """The same headings as they are written."""
        deep = min(self.depth(head), DEEPEST_HEADING)
        paths: dict[int, tuple[str, ...]] = {}
        for column in sorted({column for columns in self.rows.values() for column in columns}):
            anchors = dict.fromkeys(self.anchor((row, column)) for row in range(head[0], head[0] + deep))
            texts = (self.cells[anchor].text for anchor in anchors if anchor in self.cells)
            paths[column] = tuple(text for text in texts if text)
        return paths


Grid = Mapping[str, SheetGrid]
"""Every sheet of a template by its title."""


def ranges(places: Iterable[Place]) -> str:
    """Cells as a person lists them: ``B4:D6, F4``."""
    columns: dict[int, list[int]] = {}
    for row, column in sorted(set(places)):
        columns.setdefault(row, []).append(column)
    rows: dict[tuple[int, int], list[int]] = {}
    for row, found in columns.items():
        for span in _runs(found):
            rows.setdefault(span, []).append(row)
    areas = sorted(
        ((top, left), (bottom, right)) for (left, right), found in rows.items() for top, bottom in _runs(found)
    )
    return ", ".join(
        address(first) if first == last else f"{address(first)}:{address(last)}" for first, last in areas
    )


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First and last of each run of whole numbers that follow on one another."""
    for _, group in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        run = [number for _, number in group]
        yield run[0], run[-1]


def seen(text: str) -> str:
    """A text as a person reads it: case, spacing, no-break spaces and line breaks made alike."""
    return " ".join(text.replace("\u00a0", " ").split()).casefold()
