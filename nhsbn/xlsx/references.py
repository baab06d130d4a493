"""Cell addresses, areas and references to them, as workbooks write them.

Here: their texts and numbers. Not here: what a cell holds (sheet) and formulas as a whole (recalculation).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, NamedTuple, TypeVar

Place = tuple[int, int]
"""Row and column, from 1."""

LAST_ROW, LAST_COLUMN = 1_048_576, 16_384

_ADDRESS = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9][0-9]{0,6})")
_REFERENCE = re.compile(
    r"=?(?:(?:'(?P<quoted>(?:[^'\[\]]|'')+)'|(?P<plain>[^\s'!\[\]:,()\"+*/&<>=-]+))!)?"
    r"(?P<first>\$?[A-Z]{1,3}(?:\$?[1-9][0-9]{0,6})?)(?::(?P<last>\$?[A-Z]{1,3}(?:\$?[1-9][0-9]{0,6})?))?",
    re.IGNORECASE,
)
_ROWS = re.compile(r"\$?[0-9]{1,7}:\$?[0-9]{1,7}")
_BAND, _TALL = 32, 64
_CORNER_OR_EDGE = re.compile(r"(\$?)([A-Za-z]*)(\$?)([0-9]*)")
_CORNER = re.compile(r"(\$?)([A-Za-z]{1,3})(?:(\$?)([0-9]+))?")


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of cells; all four edges belong to it."""

    top: int
    left: int
    bottom: int
    right: int

    def __contains__(self, place: Place) -> bool:
        """Whether a cell lies in it."""
        return self.top <= place[0] <= self.bottom and self.left <= place[1] <= self.right

    @property
    def size(self) -> int:
        """How many cells it has."""
        return (self.bottom - self.top + 1) * (self.right - self.left + 1)


T = TypeVar("T")


class Areas(Generic[T]):
    """Things that stand over areas, found by a cell without looking through all of them.

    Args:
        things: each with its area; those over a cell are found in this order.
    """

    def __init__(self, things: Iterable[tuple[Area, T]]) -> None:
        self._bands: dict[int, list[tuple[int, Area, T]]] = {}
        self._tall: list[tuple[int, Area, T]] = []
        self._by_row: dict[int, list[tuple[int, int, T]]] = {}
        for index, (area, thing) in enumerate(things):
            bands = range(area.top // _BAND, area.bottom // _BAND + 1)
            if len(bands) > _TALL:
                self._tall.append((index, area, thing))
                continue
            for band in bands:
                self._bands.setdefault(band, []).append((index, area, thing))

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._bands or self._tall)

    def over(self, place: Place) -> list[T]:
        """The things over a cell."""
        row, column = place
        near = self._by_row.get(row)
        if near is None:
            near = self._by_row[row] = self._in_row(row)
        return [thing for left, right, thing in near if left <= column <= right] if near else []

    def _in_row(self, row: int) -> list[tuple[int, int, T]]:
        near = sorted((*self._bands.get(row // _BAND, ()), *self._tall), key=lambda one: one[0])
        return [(area.left, area.right, thing) for _, area, thing in near if area.top <= row <= area.bottom]


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference to an area.

    Attributes:
        sheet: as written; None for the sheet that the formula stands on.
        moves: whether a part without ``$`` moves along with the cell that the formula stands in.
    """

    sheet: str | None
    area: Area
    moves: bool


@lru_cache(maxsize=8192)
def place_of(address: str) -> Place | None:
    """Row and column of ``B7`` or ``$B$7``; None when it is no address."""
    match = _ADDRESS.fullmatch(address.strip())
    if match is None:
        return None
    place = int(match[2]), column_of(match[1])
    return place if place[0] <= LAST_ROW and place[1] <= LAST_COLUMN else None


@lru_cache(maxsize=1024)
def column_of(letters: str) -> int:
    """The number of a column: A is 1."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def areas_of(text: str) -> tuple[Area, ...]:
    """The areas of ``A1:B3 D5``; what is no area is left out."""
    return tuple(area for word in text.split() if (area := area_of(word)))


@lru_cache(maxsize=1024)
def letters_of(column: int) -> str:
    """The letters of a column: 1 is A."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def area_of(text: str) -> Area | None:
    """The area of ``A1:B3``, ``A1``, ``A:B`` or ``1:3``; None when it is none."""
    if _ROWS.fullmatch(text):
        return Range(None, corners_of(text)).moved(0, 0)
    reference = reference_of(text)
    return reference.area if reference and reference.sheet is None else None


@lru_cache(maxsize=8192)
def reference_of(formula: str) -> Reference | None:
    """What a formula refers to that is nothing but a reference; None for any other formula."""
    match = _REFERENCE.fullmatch(formula.strip())
    if match is None:
        return None
    corners = [corner for text in (match["first"], match["last"] or match["first"]) if (corner := _corner(text))]
    if len(corners) != 2 or (corners[0][0] is None) != (corners[1][0] is None):
        return None
    if match["last"] is None and corners[0][0] is None:
        return None  # a name such as ABC
    (top, left, first_moves), (bottom, right, last_moves) = corners
    quoted = match["quoted"]
    sheet = quoted.replace("''", "'") if quoted is not None else match["plain"]
    rows = sorted((top or 1, bottom or LAST_ROW))
    columns = sorted((left, right))
    area = Area(rows[0], columns[0], rows[1], columns[1])
    if area.bottom > LAST_ROW or area.right > LAST_COLUMN:
        return None
    return Reference(sheet, area, first_moves or last_moves)


def moved(area: Area, rows: int, columns: int) -> Area:
    """An area so many rows down and columns to the right."""
    return Area(area.top + rows, area.left + columns, area.bottom + rows, area.right + columns)


def places_of(area: Area) -> Iterator[Place]:
    """Every cell of an area, row by row."""
    for row in range(area.top, area.bottom + 1):
        for column in range(area.left, area.right + 1):
            yield row, column


def _corner(text: str) -> tuple[int | None, int, bool] | None:
    match = _CORNER.fullmatch(text)
    if match is None:
        return None
    row = int(match[4]) if match[4] else None
    return row, column_of(match[2]), not match[1] or (row is not None and not match[3])


Corners = tuple[tuple[int, bool], tuple[int, bool], tuple[int, bool], tuple[int, bool]]
"""Top, left, bottom and right, each with whether it moves along with the cell that a formula stands in."""


class Range(NamedTuple):
    """A reference with what moves in it.

    Attributes:
        sheet: its title, or as written; None for the sheet that the formula stands on.
    """

    sheet: str | None
    corners: Corners

    @property
    def moves(self) -> bool:
        """Whether any part moves along."""
        return any(moves for _, moves in self.corners)

    def moved(self, rows: int, columns: int) -> Area | None:
        """The area seen from a cell so many rows and columns on; None when it leaves the sheet."""
        (top, top_moves), (left, left_moves), (bottom, bottom_moves), (right, right_moves) = self.corners
        if rows or columns:
            top, bottom = top + rows * top_moves, bottom + rows * bottom_moves
            left, right = left + columns * left_moves, right + columns * right_moves
        if top > bottom:
            top, bottom = bottom, top
        if left > right:
            left, right = right, left
        if top < 1 or left < 1 or bottom > LAST_ROW or right > LAST_COLUMN:
            return None
        return Area(top, left, bottom, right)


@lru_cache(maxsize=8192)
def range_of(formula: str) -> Range | None:
    """What a formula refers to that is nothing but a reference, with what moves; None for any other formula."""
    reference = reference_of(formula)
    if reference is None:
        return None
    return Range(reference.sheet, corners_of(formula.strip().removeprefix("=").rpartition("!")[2]))


@lru_cache(maxsize=8192)
def corners_of(cells: str) -> Corners:
    """The corners of ``A1``, ``$A1:B$2``, ``A:B`` or ``1:3``."""
    first, _, last = cells.partition(":")
    (top, left), (bottom, right) = _moving(first, 1, 1), _moving(last or first, LAST_ROW, LAST_COLUMN)
    return top, left, bottom, right


def _moving(text: str, row: int, column: int) -> tuple[tuple[int, bool], tuple[int, bool]]:
    """Row and column of a corner; those it does not say are the sheet's edge, which does not move."""
    match = _CORNER_OR_EDGE.fullmatch(text)
    fixed_column, letters, fixed_row, digits = match.groups() if match else ("", "", "", "")
    if not letters:  # the dollar of a whole row stands before its number
        fixed_row = fixed_column or fixed_row
    return (
        (int(digits), not fixed_row) if digits else (row, False),
        (column_of(letters), not fixed_column) if letters else (column, False),
    )


def address(place: Place) -> str:
    """Row and column as ``C7``."""
    row, column = place
    return f"{letters_of(column)}{row}"
