"""A worksheet as bytes: where its rows and cells stand, and what they hold.

Here: one sheet's part, read. Not here: new contents spliced in (splice), whether a cell may be written (guards),
and what shared strings say (strings).

A row or a cell is found by searching for what nearly all programs write (``<row r="7"``, `` r="B7"``), and read
one by one only where that fails, as a sheet has many more cells than are filled.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from typing import NamedTuple

from nhsbn.errors import NhsbnError
from nhsbn.xlsx.references import LAST_COLUMN, Area, Areas, Place, area_of, column_of, letters_of, place_of
from nhsbn.xlsx.rows import Row, Rows
from nhsbn.xlsx.xml_bytes import (
    ATTRIBUTES,
    attributes,
    check,
    closing_tag,
    is_text,
    is_true,
    masked,
    tag,
    whole,
    without,
)

_SHEET_DATA = re.compile(rb"<((?:[^\s<>/:!?]+:)?)sheetData" + ATTRIBUTES + b"(/?)>")
_NAMESPACE = re.compile(
    rb"""xmlns(?::([^\s=]+))?\s*=\s*["']"""
    rb"""(?:http://schemas\.openxmlformats\.org/spreadsheetml/2006/main|http://purl\.oclc\.org/ooxml/spreadsheetml/main)"""
)
_TYPED = frozenset({b"t", b"cm", b"vm"})
_ADDRESSED = re.compile(rb'\s+r="([A-Z]{1,3}[0-9]{1,7})"')
_LONG = 4096
"""Bytes of a row beyond which a cell is looked for by its address, and the row not read."""


class Looks(NamedTuple):
    """What a cell's attributes say but for its address.

    Attributes:
        style: its number.
        type: ``n``, ``s``, ``b`` and so on.
        kept: the attributes that stay when the cell comes to hold something else, as bytes.
        is_dynamic: whether it holds a formula whose results spill over as many cells as they need.
    """

    style: int
    type: str
    kept: bytes
    is_dynamic: bool


class Cell(NamedTuple):
    """Where a cell stands.

    Attributes:
        body: where what is inside it begins; it ends at ``outside``.
        address: its address among its attributes, as written first; empty when it stands elsewhere or is left out.
        rest: its other attributes.
    """

    start: int
    body: int
    outside: int
    end: int
    address: bytes
    rest: bytes
    is_addressed: bool

    @property
    def looks(self) -> Looks:
        """Style, type and what stays."""
        return looks(self.rest)

    @property
    def attributes(self) -> bytes:
        """All of its attributes, byte for byte."""
        return self.address + self.rest


class Formula(NamedTuple):
    """A cell that holds a formula.

    Attributes:
        place: the cell; None where neither it nor its row says.
        start: where the cell stands, as its ``<c>`` begins.
        tag: where the attributes of its ``<c>`` stand.
        result: where its cached ``<v>`` stands; None when it holds none.
        area: the cells that it fills, for an array or a data table; those that share it, for a shared one.
        at: where a result goes when it holds none: behind the formula.
    """

    place: Place
    text: str
    kind: str
    group: str
    area: Area | None
    is_dynamic: bool
    tag: tuple[int, int]
    result: tuple[int, int] | None
    at: int


class Sheet:
    """A worksheet's part.

    Args:
        part: its name.
        data: its bytes.
        checks_rows: whether all its rows are checked to be well formed; else those that :meth:`check_rows` is
            asked to, which takes much less time.

    Raises:
        NhsbnError: when it is not a worksheet that can be scanned.
    """

    def __init__(self, part: str, data: bytes, *, checks_rows: bool = True) -> None:
        self.part, self.data, self.mask = part, data, masked(data)
        found = _SHEET_DATA.search(self.mask)
        if found is None:
            check(part, data)
            raise NhsbnError(f"{part} has no sheetData; the workbook is damaged: ask for it again")
        self.prefix = found[1]
        if any(_written(prefix).search(self.mask) for prefix in _prefixes(self.mask) - {self.prefix}):
            raise NhsbnError(f"{part} writes its elements under two prefixes; open it in Excel and save it anew")
        self.opening = found
        self.inside = found.end()
        end = closing_tag(self.prefix, b"sheetData")
        closing = end.search(self.mask, self.mask.rfind(b"</%bsheetData" % self.prefix)) if not found[3] else None
        self.outside = closing.start() if closing else self.inside
        self.after = closing.end() if closing else self.inside
        # Bytes that are no text, and comments, which may hide anything, leave nothing to be told by searching.
        if checks_rows or self.mask is not data or not is_text(data):
            check(part, data)
        else:
            check(part, data[: self.inside] + data[self.outside :])
        self._cells: dict[int, dict[int, Cell]] = {}
        self._single: dict[Place, Cell | None] = {}

    def check_rows(self, numbers: Iterable[int]) -> None:
        """Make sure that some rows are well formed.

        Raises:
            NhsbnError: when they are not.
        """
        rows = (self.rows[number] for number in numbers)
        check(self.part, b"<rows>%b</rows>" % b"".join(self.data[row.start : row.end] for row in rows))

    def elements(self, name: bytes) -> list[dict[str, str]]:
        """The attributes of every element of a name outside the rows."""
        pattern = tag(self.prefix, name)
        found = list(pattern.finditer(self.mask, 0, self.opening.start()))
        found += pattern.finditer(self.mask, self.after)
        return [attributes(match[1]) for match in found]

    @cached_property
    def rows(self) -> Rows:
        """Rows by number, in their order.

        Raises:
            NhsbnError: when they are out of order, which no program that wrote them meant.
        """
        return Rows(self.part, self.mask, self.prefix, self.inside, self.outside)

    def cells(self, row: int) -> Mapping[int, Cell]:
        """The cells of a row by column, in their order; empty when there is no such row."""
        if row not in self._cells:
            self._cells[row] = self._cells_of(self.rows[row]) if row in self.rows else {}
        return self._cells[row]

    def cell(self, place: Place) -> Cell | None:
        """A cell; None when the sheet does not hold it."""
        number, column = place
        cells = self._cells.get(number)
        if cells is not None:
            return cells.get(column)
        if number in self.rows:
            row = self.rows[number]
            if row.outside - row.inside > _LONG:
                if place not in self._single:
                    self._single[place] = self._found(row, place) or self.cells(number).get(column)
                return self._single[place]
        return self.cells(number).get(column)

    def _found(self, row: Row, place: Place) -> Cell | None:
        """A cell by its address as nearly all programs write it, which spares reading its whole row."""
        wanted = f' r="{letters_of(place[1])}{place[0]}"'.encode()
        at = self.mask.find(wanted, row.inside, row.outside)
        if at < 0 or self.mask.find(wanted, at + 1, row.outside) >= 0:
            return None
        match = _cell(self.prefix).match(self.mask, self.mask.rfind(b"<", row.inside, at), row.outside)
        return _bounds(match) if match and match[1] == wanted else None

    def holds_formula(self, cell: Cell) -> bool:
        """Whether a cell holds a formula of its own."""
        return cell.body < cell.outside and (
            tag(self.prefix, b"f").search(self.mask, cell.body, cell.outside) is not None
        )

    def has_formula(self, place: Place) -> bool:
        """Whether there is a cell with a formula of its own."""
        cell = self.cell(place)
        return cell is not None and self.holds_formula(cell)

    def body(self, cell: Cell) -> bytes:
        """What is inside a cell."""
        return self.data[cell.body : cell.outside]

    def style(self, place: Place) -> int:
        """A cell's style; for one that the sheet does not hold, its row's, else its column's."""
        cell = self.cell(place)
        if cell is not None:
            return cell.looks.style
        row = attributes(self.rows[place[0]].attributes) if place[0] in self.rows else {}
        if is_true(row.get("customFormat")):
            return whole(row.get("s"))
        return next((style for first, last, style, _ in self._columns if first <= place[1] <= last), 0)

    def is_hidden(self, place: Place) -> bool:
        """Whether a cell's row or column is hidden."""
        row, column = place
        if row not in self._hidden_rows:
            given = self.rows[row].attributes if row in self.rows else b""
            self._hidden_rows[row] = b"hidden" in given and is_true(attributes(given).get("hidden"))
        if self._hidden_rows[row] or not self._hidden_columns:
            return self._hidden_rows[row]
        return any(first <= column <= last for first, last in self._hidden_columns)

    @cached_property
    def _hidden_rows(self) -> dict[int, bool]:
        return {}

    @cached_property
    def _hidden_columns(self) -> list[tuple[int, int]]:
        return [(first, last) for first, last, _, is_hidden in self._columns if is_hidden]

    @cached_property
    def _columns(self) -> list[tuple[int, int, int, bool]]:
        """Runs of columns: first, last, style, and whether they are hidden."""
        return [
            (whole(one.get("min")), whole(one.get("max")), whole(one.get("style")), is_true(one.get("hidden")))
            for one in self.elements(b"col")
        ]

    @cached_property
    def formulas(self) -> tuple[Formula, ...]:
        """Every cell with a formula, in the sheet's order."""
        found = _formula(self.prefix).finditer(self.mask, self.inside, self.outside)
        return tuple(map(self._read_formula, found))

    def _read_formula(self, match: re.Match[bytes]) -> Formula:
        start = self.mask.rfind(b"<%bc" % self.prefix, self.inside, match.start())
        opening = tag(self.prefix, b"c").match(self.mask, start, self.outside)
        if opening is None or opening[2] or opening.end() > match.start() or match[3]:
            raise NhsbnError(f"{self.part} holds a formula that cannot be read; open it in Excel and save it")
        given = attributes(match[1]) if match[1] else {}
        text, result = match.span(2), match.span(5)
        return Formula(
            place=self._place(start, opening[1]),
            text=self.data[slice(*text)].decode() if text[0] >= 0 else "",
            kind=given.get("t", "normal"),
            group=given.get("si", ""),
            area=area_of(given["ref"]) if "ref" in given else None,
            is_dynamic=b"cm" in opening[1] and "cm" in attributes(opening[1]),
            tag=opening.span(1),
            result=result if result[0] >= 0 else None,
            at=match.start(4),
        )

    def _place(self, start: int, given: bytes) -> Place:
        """Where a cell stands in the grid, from where it stands in the part and its attributes."""
        addressed = _ADDRESSED.match(given)
        place = place_of(addressed[1].decode()) if addressed else None
        if place is None:
            index = bisect_right(self.rows.starts, start) - 1
            row = self.rows.numbers[index] if index >= 0 else 0
            columns = (column for column, one in self.cells(row).items() if one.start == start)
            place = row, next(columns, 0)
        if not all(place):
            raise NhsbnError(f"{self.part} holds a formula outside a row; open it in Excel and save it")
        return place

    @cached_property
    def blocks(self) -> Areas[str]:
        """Areas filled by one formula, with what kind it is: arrays, spills and data tables."""
        kinds = {"array": "an array formula", "dataTable": "a data table"}
        return Areas((one.area, kinds[one.kind]) for one in self.formulas if one.area and one.kind in kinds)

    def _cells_of(self, row: Row) -> dict[int, Cell]:
        cells: dict[int, Cell] = {}
        last, digits = 0, b"%d" % row.number
        for match in _cell(self.prefix).finditer(self.mask, row.inside, row.outside):
            cell = _bounds(match)
            if match[3] == digits:
                column = column_of(match[2].decode())
            elif cell.is_addressed:
                place = place_of(attributes(cell.attributes).get("r", ""))
                column = place[1] if place and place[0] == row.number else 0
            else:
                column = last + 1
            if not last < column <= LAST_COLUMN:
                given = attributes(cell.attributes).get("r", "without address")
                raise NhsbnError(
                    f"{self.part}, row {row.number}: cell {given} is out of order; open it in Excel and save it"
                )
            cells[column] = cell
            last = column
        return cells


def _bounds(match: re.Match[bytes]) -> Cell:
    """A cell from how it was found by :func:`_cell`."""
    (start, end), *_, (body, outside) = match.regs
    if body < 0:
        body = outside = end
    first, rest = match[1] or b"", match[4]
    return Cell(start, body, outside, end, first, rest, bool(first) or "r" in attributes(rest))


@lru_cache(maxsize=64)
def _cell(prefix: bytes) -> re.Pattern[bytes]:
    """Finds a cell: its address where that stands first (letters, digits), other attributes, what is inside."""
    name = re.escape(prefix + b"c")
    first = rb'(\s+r="([A-Z]{1,3})([0-9]{1,7})")?'
    return re.compile(b"<%b(?=[\\s/>])%b%b(?:/>|>(.*?)</%b\\s*>)" % (name, first, ATTRIBUTES, name), re.DOTALL)


@lru_cache(maxsize=4096)
def looks(rest: bytes) -> Looks:
    """What a cell's attributes but its address say; few kinds of cells are many."""
    given = attributes(rest)
    return Looks(whole(given.get("s")), given.get("t", "n"), without(rest, _TYPED), "cm" in given)


def _prefixes(mask: bytes) -> set[bytes]:
    """The prefixes under which a part may write a worksheet's elements; one, of any program that wrote it."""
    return {name + b":" if name else b"" for name in _NAMESPACE.findall(mask)}


@lru_cache(maxsize=64)
def _written(prefix: bytes) -> re.Pattern[bytes]:
    """Finds an element under a prefix that says what may be written in a cell."""
    names = rb"row|c|f|v|is|col|mergeCell|sheetProtection|protectedRange|dataValidation"
    return re.compile(rb"<%b(?:%b)[\s/>]" % (re.escape(prefix), names))


@lru_cache(maxsize=64)
def _formula(prefix: bytes) -> re.Pattern[bytes]:
    """Finds a formula: attributes, text, whether it cannot be read, where it ends, and the result behind it."""
    name, value = re.escape(prefix + b"f"), re.escape(prefix + b"v")
    result = rb"(?:\s*(<%b%b(?:/>|>[^<]*</%b\s*>)))?" % (value, ATTRIBUTES, value)
    return re.compile(rb"<%b%b(?:/>|>([^<]*)</%b\s*>|(>))()%b" % (name, ATTRIBUTES, name, result))
