"""New contents spliced into a worksheet's bytes: cells replaced, absent cells and rows inserted in order.

Here: which bytes go where. Not here: reading the sheet (sheet), and what a value looks like (values).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from operator import itemgetter
from typing import NamedTuple

from nhsbn.errors import NhsbnError
from nhsbn.xlsx.references import Place, address, area_of
from nhsbn.xlsx.rows import Row
from nhsbn.xlsx.sheet import Cell, Sheet, looks
from nhsbn.xlsx.xml_bytes import attributes, tag, whole, with_attribute, without

Edit = tuple[int, int, bytes]
"""From, to, and the bytes that come in their place."""


class Content(NamedTuple):
    """What a cell comes to hold.

    Attributes:
        type: the cell's type, empty for a number.
        inside: its elements, as bytes; empty for a blank cell.
    """

    type: bytes = b""
    inside: bytes = b""


class Changes(NamedTuple):
    """What becomes of a sheet's cells.

    Attributes:
        places: cells that come to hold something else than they do.
        replaced: those that the sheet holds, as edits.
        absent: those that it does not hold yet, by row and column.
    """

    places: list[Place]
    replaced: list[Edit]
    absent: dict[int, dict[int, Content]]


def changes(sheet: Sheet, contents: Mapping[Place, Content]) -> Changes:
    """What putting contents into cells changes: nothing where they hold that, nor where a blank meets no cell.

    Raises:
        NhsbnError: when one of their rows is not well formed.
    """
    sheet.check_rows(number for number in {row for row, _ in contents} if number in sheet.rows)
    prefix, data = sheet.prefix, sheet.data
    made = Changes([], [], {})
    for place in sorted(contents):
        content, cell = contents[place], sheet.cell(place)
        if cell is not None:
            start, _, _, end, first, rest, _ = cell
            new = markup(prefix, first + looks(rest).kept, content)
            if data[start:end] == new:
                continue
            made.replaced.append((start, end, new))
        elif content.inside:
            made.absent.setdefault(place[0], {})[place[1]] = content
        else:
            continue
        made.places.append(place)
    return made


def spliced(sheet: Sheet, cells: Changes, results: Iterable[Edit] = ()) -> bytes:
    """A sheet's part with cells changed, absent cells and rows inserted in order.

    Args:
        sheet: the sheet.
        cells: what becomes of its cells.
        results: other edits, none of them within one of these cells.

    Raises:
        NhsbnError: when a cell must be inserted among cells that carry no address.
    """
    made = [*results, *cells.replaced]
    new_rows: list[tuple[int, bytes]] = []
    for number, contents in cells.absent.items():
        if number in sheet.rows:
            made += _row_edits(sheet, sheet.rows[number], contents)
        else:
            within = b"".join(_new(sheet, (number, column), content) for column, content in contents.items())
            new_rows.append((number, b'<%brow r="%d">%b</%brow>' % (sheet.prefix, number, within, sheet.prefix)))
    made += _row_inserts(sheet, new_rows)
    made += _dimension_edits(sheet, cells.places)
    return edited(sheet.data, made)


def markup(prefix: bytes, given: bytes, content: Content) -> bytes:
    """A cell with its attributes and what it comes to hold."""
    kind, inside = content
    if kind:
        given += b' t="%b"' % kind
    if not inside:
        return b"<%bc%b/>" % (prefix, given)
    return b"<%bc%b>%b</%bc>" % (prefix, given, inside, prefix)


def edited(data: bytes, edits: Iterable[Edit]) -> bytes:
    """Bytes with edits made; those at the same place go in the order given.

    Raises:
        NhsbnError: when two of them overlap, which only formulas that fill the same cells bring about.
    """
    pieces: list[bytes] = []
    position = 0
    last: Edit | None = None
    for edit in sorted(edits, key=itemgetter(0, 1)):
        start, end, replacement = edit
        if start < position:
            if edit == last:
                continue
            raise NhsbnError("two formulas fill the same cells; the workbook is damaged: ask for it again")
        pieces += (data[position:start], replacement)
        position, last = end, edit
    return b"".join((*pieces, data[position:]))


def _new(sheet: Sheet, place: Place, content: Content) -> bytes:
    style = sheet.style(place)
    given = b' r="%b"' % address(place).encode() + (b' s="%d"' % style if style else b"")
    return markup(sheet.prefix, given, content)


def _row_edits(sheet: Sheet, row: Row, contents: Mapping[int, Content]) -> Iterator[Edit]:
    """Cells that a row does not hold, put in order between those that it does."""
    cells: Mapping[int, Cell] = sheet.cells(row.number)
    if not all(one.is_addressed for one in cells.values()):
        raise NhsbnError(f"{sheet.part}, row {row.number}: cells have no address; save it in Excel first")
    columns, opening = list(cells), _widened(row.attributes, [*cells, *contents])
    inserted: list[tuple[int, bytes]] = []
    for column, content in contents.items():
        following = bisect_right(columns, column)
        at = cells[columns[following]].start if following < len(columns) else row.outside
        inserted.append((at, _new(sheet, (row.number, column), content)))
    name = sheet.prefix + b"row"
    if row.end == row.inside:
        within = b"".join(one for _, one in inserted)
        yield row.start, row.end, b"<%b%b>%b</%b>" % (name, opening, within, name)
        return
    if opening != row.attributes:
        yield row.start, row.inside, b"<%b%b>" % (name, opening)
    yield from ((at, at, one) for at, one in inserted)


def _row_inserts(sheet: Sheet, rows: list[tuple[int, bytes]]) -> Iterator[Edit]:
    if not rows:
        return
    if not sheet.rows.are_numbered:
        raise NhsbnError(f"{sheet.part}: rows have no number, so none can be added; save it in Excel first")
    if sheet.opening[3]:
        name = sheet.prefix + b"sheetData"
        within = b"".join(one for _, one in rows)
        yield (*sheet.opening.span(), b"<%b%b>%b</%b>" % (name, sheet.opening[2], within, name))
        return
    for number, one in rows:
        following = bisect_right(sheet.rows.numbers, number)
        at = sheet.rows.starts[following] if following < len(sheet.rows) else sheet.outside
        yield at, at, one


def _dimension_edits(sheet: Sheet, places: Iterable[Place]) -> Iterator[Edit]:
    match = tag(sheet.prefix, b"dimension").search(sheet.mask, 0, sheet.opening.start())
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


def _widened(row: bytes, columns: list[int]) -> bytes:
    """A row's attributes with its one span widened; a row that says none, or several, says none after."""
    spans = attributes(row).get("spans", "")
    first, _, last = spans.partition(":")
    if not whole(first) or not whole(last):
        return without(row, frozenset({b"spans"})) if spans else row
    wide = b"%d:%d" % (min(whole(first), *columns), max(whole(last), *columns))
    return with_attribute(row, b"spans", wide)
