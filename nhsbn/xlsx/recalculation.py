"""Formula results that no longer hold once cells are filled: cleared or replaced, and worked out on opening.

Here: which cached results change, to what, and ``fullCalcOnLoad``. Not here: what depends on what (dependence),
and working formulas out (Excel does; for readers of cached results a resource may ask LibreOffice).
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from nhsbn.errors import NhsbnError
from nhsbn.xlsx.dependence import Reader, dependent, readers, unsteady
from nhsbn.xlsx.references import Place
from nhsbn.xlsx.sheet import Sheet
from nhsbn.xlsx.splice import Content, Edit, markup
from nhsbn.xlsx.strings import text_fault, text_markup
from nhsbn.xlsx.values import LARGEST_NUMBER, shortest
from nhsbn.xlsx.workbook_map import WorkbookMap
from nhsbn.xlsx.xml_bytes import attributes, is_true, masked, tag, with_attribute, without

Result = float | str | bool
"""What a formula was worked out to."""

Results = Mapping[tuple[str, Place], Result]
"""Results by sheet and cell, members of arrays included."""

_UNTYPED = frozenset({b"t"})


@dataclass(frozen=True)
class Outdated:
    """The formulas whose cached results no longer hold.

    Attributes:
        formulas: each with its sheet.
        cells: theirs, members of arrays included.
        steady: those whose results are the same whenever they are worked out.
    """

    formulas: tuple[Reader, ...]
    cells: tuple[tuple[str, Place], ...]
    steady: tuple[tuple[str, Place], ...]


def outdated(book: WorkbookMap, filled: Mapping[str, Collection[Place]]) -> Outdated:
    """What filling cells, by sheet, puts out of date."""
    found = readers(book)
    stale = dependent(found, filled)
    changing = {(one.title, one.formula.place) for one in unsteady(found)} if stale else set()
    cells: list[tuple[str, Place]] = []
    steady: list[tuple[str, Place]] = []
    for one in stale:
        own = [(one.title, place) for place in (one.formula.place, *_members(book.sheet(one.title), one))]
        cells += own
        if own[0] not in changing and one.formula.kind != "dataTable":
            steady += own
    return Outdated(tuple(stale), tuple(cells), tuple(steady))


def result_edits(book: WorkbookMap, stale: Outdated, results: Results) -> dict[str, list[Edit]]:
    """The edits that clear out-of-date results or put worked-out ones in their place, by sheet."""
    edits: dict[str, list[Edit]] = {}
    for one in stale.formulas:
        made = list(_edits(book.sheet(one.title), one, results))
        if made:
            edits.setdefault(one.title, []).extend(made)
    return edits


def _edits(sheet: Sheet, one: Reader, results: Results) -> Iterator[Edit]:
    formula = one.formula
    content = _content(sheet.prefix, results.get((one.title, formula.place)))
    if formula.result or content.inside:
        given = without(sheet.data[slice(*formula.tag)], _UNTYPED)
        yield (*formula.tag, given + (b' t="%b"' % content.type if content.type else b""))
        yield (*(formula.result or (formula.at, formula.at)), content.inside)
    for place in _members(sheet, one):
        cell = sheet.cell(place)
        content = _content(sheet.prefix, results.get((one.title, place)))
        if cell and (cell.outside > cell.body or content.inside):
            kept = without(cell.attributes, frozenset({b"t", b"vm"}))
            yield cell.start, cell.end, markup(sheet.prefix, kept, content)


def _members(sheet: Sheet, one: Reader) -> Iterator[Place]:
    """The other cells that an array or a data table fills, and that the sheet holds."""
    area = one.formula.area
    if area is None or one.formula.kind not in ("array", "dataTable") or area.size == 1:
        return
    numbers = sheet.rows.numbers
    for row in numbers[bisect_left(numbers, area.top) : bisect_right(numbers, area.bottom)]:
        for column, cell in sheet.cells(row).items():
            if area.left <= column <= area.right and not sheet.holds_formula(cell):
                yield row, column


def is_writable(result: Result) -> bool:
    """Whether a cell can hold a result."""
    if isinstance(result, str):
        return not result or not text_fault(result)
    return abs(result) <= LARGEST_NUMBER


def _content(prefix: bytes, result: Result | None) -> Content:
    """A result as a formula's cell holds it; none at all for one that cannot be written."""
    if result is None or not is_writable(result):
        return Content()
    if isinstance(result, bool):
        return Content(b"b", b"<%bv>%d</%bv>" % (prefix, result, prefix))
    if isinstance(result, str):
        return Content(b"str", text_markup(prefix, result, b"v"))
    return Content(b"", b"<%bv>%b</%bv>" % (prefix, shortest(result).encode(), prefix))


def recalculated(part: str, workbook: bytes) -> bytes:
    """The workbook part with Excel asked to work everything out on opening.

    Raises:
        NhsbnError: when the part lists no sheets.
    """
    mask = masked(workbook)
    sheets = re.search(rb"<((?:[^\s<>/:!?]+:)?)sheets[\s/>]", mask)
    if sheets is None:
        raise NhsbnError(f"{part} lists no sheets; the workbook is damaged: ask for it again")
    prefix = sheets[1]
    match = tag(prefix, b"calcPr").search(mask)
    if match is not None:
        if is_true(attributes(match[1]).get("fullCalcOnLoad")):
            return workbook
        changed = with_attribute(match[1], b"fullCalcOnLoad", b"1")
        return workbook[: match.start(1)] + changed + workbook[match.end(1) :]
    before = b"|".join((b"sheets", b"functionGroups", b"externalReferences", b"definedNames"))
    name = re.escape(prefix)
    ends = [one.end() for one in re.finditer(rb"</%b(?:%b)\s*>" % (name, before), mask)]
    ends += [one.end() for one in re.finditer(rb"<%b(?:%b)%b/>" % (name, before, rb"[^>]*"), mask)]
    if not ends:
        raise NhsbnError(f"{part} lists no sheets; the workbook is damaged: ask for it again")
    at = max(ends)
    return workbook[:at] + b'<%bcalcPr fullCalcOnLoad="1"/>' % prefix + workbook[at:]
