"""A worksheet as bytes: where its rows and cells stand, what they hold, and new contents spliced in.

Here: one sheet's part. Not here: whether a cell may be written (guards), and what shared strings say (strings).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from nhsbn.errors import NhsbnError
from nhsbn.template_grid import Place, address
from nhsbn.xlsx.references import Area, Areas, area_of, place_of
from nhsbn.xlsx.xml_bytes import (
    ATTRIBUTES,
    attributes,
    check,
    closing_tag,
    is_true,
    masked,
    tag,
    whole,
    with_attribute,
    without,
)

Edit = tuple[int, int, bytes]
"""From, to, and the bytes that come in their place."""

_SHEET_DATA = re.compile(rb"<((?:[^\s<>/:!?]+:)?)sheetData" + ATTRIBUTES + b"(/?)>")
_TYPED = frozenset({b"t", b"cm", b"vm"})
_ADDRESSED = re.compile(rb'\s+r="([A-Z]{1,3}[0-9]{1,7})"')
_NUMBERED = re.compile(rb'\s+r="([0-9]{1,7})"')


@dataclass(frozen=True, slots=True)
class Content:
    """What a cell comes to hold.

    Attributes:
        type: the cell's type, empty for a number.
        inside: its elements, as bytes; empty for a blank cell.
    """

    type: bytes = b""
    inside: bytes = b""


@dataclass(frozen=True, slots=True)
class Row:
    """Where a row stands: its tag, what is inside it, and its end."""

    number: int
    start: int
    inside: int
    outside: int
    end: int
    attributes: bytes
    is_addressed: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a cell stands.

    Attributes:
        body: where what is inside it begins; it ends at ``outside``.
    """

    start: int
    body: int
    outside: int
    end: int
    attributes: bytes
    is_addressed: bool


@dataclass(frozen=True, slots=True)
class Formula:
    """A cell that holds a formula.

    Attributes:
        tag: where the attributes of its ``<c>`` stand.
        result: where its cached ``<v>`` stands; None when it holds none.
        area: the cells that it fills, for an array or a data table.
    """

    text: str
    kind: str
    group: str
    area: Area | None
    tag: tuple[int, int]
    result: tuple[int, int] | None


class Sheet:
    """A worksheet's part.

    Args:
        part: its name.
        data: its bytes.

    Raises:
        NhsbnError: when it is not a worksheet that can be scanned.
    """

    def __init__(self, part: str, data: bytes) -> None:
        check(part, data)
        self.part, self.data, self.mask = part, data, masked(data)
        found = _SHEET_DATA.search(self.mask)
        if found is None:
            raise NhsbnError(f"{part} has no sheetData; the workbook is damaged: ask for it again")
        self.prefix = found[1]
        self.opening = found
        self.inside = found.end()
        closing = self._closing(b"sheetData").search(self.mask, self.inside) if not found[3] else None
        self.outside = closing.start() if closing else self.inside
        self.after = closing.end() if closing else self.inside

    def elements(self, name: bytes) -> list[dict[str, str]]:
        """The attributes of every element of a name outside the rows."""
        pattern = tag(self.prefix, name)
        found = list(pattern.finditer(self.mask, 0, self.opening.start()))
        found += pattern.finditer(self.mask, self.after)
        return [attributes(match[1]) for match in found]

    @cached_property
    def rows(self) -> Mapping[int, Row]:
        """Rows by number, in their order.

        Raises:
            NhsbnError: when they are out of order, which no program that wrote them meant.
        """
        rows: dict[int, Row] = {}
        pattern, closing = tag(self.prefix, b"row"), self._closing(b"row")
        position, last = self.inside, 0
        while match := pattern.search(self.mask, position, self.outside):
            numbered = _NUMBERED.match(match[1])
            given = numbered[1].decode() if numbered else attributes(match[1]).get("r")
            number = whole(given, -1) if given is not None else last + 1
            if number <= last:
                raise NhsbnError(
                    f"{self.part} has its rows out of order, after row {last}; open it in Excel and save it"
                )
            ended = None if match[2] else closing.search(self.mask, match.end(), self.outside)
            outside, end = ended.span() if ended else (match.end(), match.end())
            rows[number] = Row(number, match.start(), match.end(), outside, end, match[1], given is not None)
            position, last = end, number
        return rows

    @cached_property
    def _row_numbers(self) -> list[int]:
        return list(self.rows)

    @cached_property
    def _cells(self) -> dict[int, dict[int, Cell]]:
        return {}

    def cells(self, row: int) -> Mapping[int, Cell]:
        """The cells of a row by column, in their order; empty when there is no such row."""
        if row not in self._cells:
            self._cells[row] = self._cells_of(self.rows[row]) if row in self.rows else {}
        return self._cells[row]

    def cell(self, place: Place) -> Cell | None:
        """A cell; None when the sheet does not hold it."""
        if place not in self._single:
            row = self.rows.get(place[0])
            found = self._found(row, place) if row and place[0] not in self._cells else None
            self._single[place] = found or self.cells(place[0]).get(place[1])
        return self._single[place]

    @cached_property
    def _single(self) -> dict[Place, Cell | None]:
        return {}

    def _found(self, row: Row, place: Place) -> Cell | None:
        """A cell by its address as nearly all programs write it, which spares reading its whole row."""
        wanted = b' r="%b"' % address(place).encode()
        at = self.mask.find(wanted, row.inside, row.outside)
        if at < 0 or self.mask.find(wanted, at + 1, row.outside) >= 0:
            return None
        match = tag(self.prefix, b"c").match(self.mask, self.mask.rfind(b"<", row.inside, at))
        return self._bounded(match, row, is_addressed=True) if match and match.end() > at else None

    def _bounded(self, match: re.Match[bytes], row: Row, *, is_addressed: bool) -> Cell:
        ended = None if match[2] else self._closing(b"c").search(self.mask, match.end(), row.outside)
        outside, end = ended.span() if ended else (match.end(), match.end())
        return Cell(match.start(), match.end(), outside, end, match[1], is_addressed)

    def holds_formula(self, cell: Cell) -> bool:
        """Whether a cell holds a formula of its own."""
        return tag(self.prefix, b"f").search(self.mask, cell.body, cell.outside) is not None

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
            return whole(attributes(cell.attributes).get("s"))
        row = attributes(self.rows[place[0]].attributes) if place[0] in self.rows else {}
        if is_true(row.get("customFormat")):
            return whole(row.get("s"))
        return next((whole(column.get("style")) for column in self._columns_over(place[1])), 0)

    def is_hidden(self, place: Place) -> bool:
        """Whether a cell's row or column is hidden."""
        row = self.rows.get(place[0])
        if row and b"hidden" in row.attributes and is_true(attributes(row.attributes).get("hidden")):
            return True
        return any(is_true(column.get("hidden")) for column in self._columns_over(place[1]))

    @cached_property
    def _columns(self) -> list[dict[str, str]]:
        return self.elements(b"col")

    def _columns_over(self, column: int) -> Iterable[dict[str, str]]:
        return (one for one in self._columns if whole(one.get("min")) <= column <= whole(one.get("max")))

    @cached_property
    def formulas(self) -> tuple[Formula, ...]:
        """Every cell with a formula, in the sheet's order."""
        prefix = re.escape(self.prefix)
        pattern = re.compile(
            rb"<%bc%b>\s*<%bf%b(?:/>|>([^<]*)</%bf\s*>)\s*(<%bv%b(?:/>|>([^<]*)</%bv\s*>))?"
            % (prefix, ATTRIBUTES, prefix, ATTRIBUTES, prefix, prefix, ATTRIBUTES, prefix)
        )
        found = []
        for match in pattern.finditer(self.mask, self.inside, self.outside):
            given = attributes(match[2]) if match[2] else {}
            found.append(
                Formula(
                    text=self.data[slice(*match.span(3))].decode() if match[3] else "",
                    kind=given.get("t", "normal"),
                    group=given.get("si", ""),
                    area=area_of(given["ref"]) if "ref" in given else None,
                    tag=match.span(1),
                    result=match.span(4) if match[6] else None,
                )
            )
        return tuple(found)

    @cached_property
    def blocks(self) -> Areas[str]:
        """Areas filled by one formula, with what kind it is: arrays, spills and data tables."""
        kinds = {"array": "an array formula", "dataTable": "a data table"}
        return Areas((one.area, kinds[one.kind]) for one in self.formulas if one.area and one.kind in kinds)

    def spliced(self, contents: Mapping[Place, Content], edits: Iterable[Edit] = ()) -> bytes:
        """The part with contents put into cells; absent cells and rows are inserted in order.

        Args:
            contents: by row and column.
            edits: other changes, none of them within a cell of ``contents``.

        Raises:
            NhsbnError: when a cell must be inserted among cells that carry no address.
        """
        made = list(edits)
        by_row: dict[int, dict[int, Content]] = {}
        for place in sorted(contents):
            if contents[place].inside or self.cell(place):
                by_row.setdefault(place[0], {})[place[1]] = contents[place]
        new_rows: list[tuple[int, bytes]] = []
        for number, cells in by_row.items():
            if number in self.rows:
                made += self._row_edits(self.rows[number], cells)
            else:
                new_rows.append((number, self._new_row(number, cells)))
        made += self._row_inserts(new_rows)
        made += self._dimension_edits([(row, column) for row, cells in by_row.items() for column in cells])
        return _edited(self.data, made)

    def _row_edits(self, row: Row, contents: Mapping[int, Content]) -> Iterable[Edit]:
        inserted: list[tuple[int, bytes]] = []
        for column, content in contents.items():
            cell = self.cell((row.number, column))
            markup = self._markup((row.number, column), content, cell)
            if cell is not None:
                yield cell.start, cell.end, markup
                continue
            cells = self.cells(row.number)
            columns = list(cells)
            if not all(one.is_addressed for one in cells.values()):
                raise NhsbnError(f"{self.part}, row {row.number}: cells have no address; save it in Excel first")
            following = bisect_right(columns, column)
            inserted.append((cells[columns[following]].start if following < len(columns) else row.outside, markup))
        if not inserted:
            return
        opening = self._widened(row.attributes, [*self.cells(row.number), *contents])
        name = self.prefix + b"row"
        if row.end == row.inside:
            within = b"".join(markup for _, markup in inserted)
            yield row.start, row.end, b"<%b%b>%b</%b>" % (name, opening, within, name)
            return
        if opening != row.attributes:
            yield row.start, row.inside, b"<%b%b>" % (name, opening)
        yield from ((at, at, markup) for at, markup in inserted)

    def _row_inserts(self, rows: list[tuple[int, bytes]]) -> Iterable[Edit]:
        if not rows:
            return
        if not all(row.is_addressed for row in self.rows.values()):
            raise NhsbnError(f"{self.part}: rows have no number, so none can be added; save it in Excel first")
        if self.opening[3]:
            name = self.prefix + b"sheetData"
            within = b"".join(markup for _, markup in rows)
            yield (*self.opening.span(), b"<%b%b>%b</%b>" % (name, self.opening[2], within, name))
            return
        for number, markup in rows:
            following = bisect_right(self._row_numbers, number)
            inside = following < len(self._row_numbers)
            at = self.rows[self._row_numbers[following]].start if inside else self.outside
            yield at, at, markup

    def _new_row(self, number: int, cells: Mapping[int, Content]) -> bytes:
        within = b"".join(self._markup((number, column), content, None) for column, content in cells.items())
        return b'<%brow r="%d">%b</%brow>' % (self.prefix, number, within, self.prefix)

    def _markup(self, place: Place, content: Content, cell: Cell | None) -> bytes:
        name = self.prefix + b"c"
        if cell is not None:
            given = without(cell.attributes, _TYPED)
        else:
            style = self.style(place)
            given = b' r="%b"' % address(place).encode() + (b' s="%d"' % style if style else b"")
        if content.type:
            given += b' t="%b"' % content.type
        if not content.inside:
            return b"<%b%b/>" % (name, given)
        return b"<%b%b>%b</%b>" % (name, given, content.inside, name)

    def _dimension_edits(self, places: Iterable[Place]) -> Iterable[Edit]:
        match = tag(self.prefix, b"dimension").search(self.mask, 0, self.opening.start())
        area = area_of(attributes(match[1]).get("ref", "")) if match else None
        outside = [place for place in places if area and place not in area]
        if match is None or area is None or not outside:
            return
        rows, columns = [row for row, _ in outside], [column for _, column in outside]
        corners = (
            (min(area.top, *rows), min(area.left, *columns)),
            (max(area.bottom, *rows), max(area.right, *columns)),
        )
        reference = ":".join(address(corner) for corner in corners).encode()
        yield (*match.span(1), with_attribute(match[1], b"ref", reference))

    def _widened(self, row: bytes, columns: list[int]) -> bytes:
        """A row's attributes with its one span widened; a row that says none, or several, says none after."""
        spans = attributes(row).get("spans", "")
        first, _, last = spans.partition(":")
        if not whole(first) or not whole(last):
            return without(row, frozenset({b"spans"})) if spans else row
        wide = b"%d:%d" % (min(whole(first), *columns), max(whole(last), *columns))
        return with_attribute(row, b"spans", wide)

    def _cells_of(self, row: Row) -> dict[int, Cell]:
        cells: dict[int, Cell] = {}
        pattern = tag(self.prefix, b"c")
        position, last = row.inside, 0
        while match := pattern.search(self.mask, position, row.outside):
            addressed = _ADDRESSED.match(match[1])
            given = addressed[1].decode() if addressed else attributes(match[1]).get("r")
            place = place_of(given) if given is not None else (row.number, last + 1)
            if place is None or place[0] != row.number or place[1] <= last:
                raise NhsbnError(
                    f"{self.part}, row {row.number}: cell {given or 'without address'} is out of order; "
                    "open it in Excel and save it"
                )
            cell = cells[place[1]] = self._bounded(match, row, is_addressed=given is not None)
            position, last = cell.end, place[1]
        return cells

    def _closing(self, name: bytes) -> re.Pattern[bytes]:
        return closing_tag(self.prefix, name)


def _edited(data: bytes, edits: Iterable[Edit]) -> bytes:
    pieces: list[bytes] = []
    position = 0
    for start, end, replacement in sorted(dict.fromkeys(edits), key=lambda edit: edit[:2]):
        if start < position:
            raise NhsbnError("two formulas fill the same cells; the workbook is damaged: ask for it again")
        pieces += (data[position:start], replacement)
        position = end
    return b"".join((*pieces, data[position:]))
