"""The proof of a filled workbook: package compared with package, every difference named.

Here: what differs, and whether filling explains it. Not here: filling, of which this knows nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from nhsbn.declarations import Collector
from nhsbn.xlsx.cell_values import Held, held
from nhsbn.xlsx.guards import Guard, sheet_fault
from nhsbn.xlsx.package import Package, read_package
from nhsbn.xlsx.recalculation import Results, is_writable, outdated
from nhsbn.xlsx.references import Place, address, place_of
from nhsbn.xlsx.sheet import Cell, Sheet
from nhsbn.xlsx.values import Entry, Value, number_of
from nhsbn.xlsx.workbook_map import WorkbookMap
from nhsbn.xlsx.xml_bytes import ATTRIBUTES, tag, without

FILLED = "filled"
CLEARED = "result cleared, as it depends on filled cells"
REFRESHED = "result worked out anew, as it depends on filled cells"

_RESULT = re.compile(rb"<((?:[^\s<>/:]+:)?)v" + ATTRIBUTES + rb"(?:/>|>[^<]*</\1v\s*>)")
_REPORT = "report this as a fault of the writer"
_ASKED = re.compile(rb"\s+fullCalcOnLoad=(?:\"[^\"]*\"|'[^']*')")
_CALCULATION = re.compile(rb"<(?:[^\s<>/:]+:)?calcPr\s*/>")


@dataclass(frozen=True)
class Difference:
    """One thing in which two workbooks differ.

    Attributes:
        where: the part, or the sheet and the cell.
        what: in words; never a value.
        is_explained: whether filling explains it. Anything else is harm.
    """

    where: str
    what: str
    is_explained: bool = True


@dataclass(frozen=True)
class Comparison:
    """A template and a filled workbook, compared.

    Attributes:
        untouched: how many parts are the same, compressed byte for compressed byte, with the same zip attributes.
        filled: what each cell that was filled holds now, by sheet and place.
    """

    untouched: int
    differences: tuple[Difference, ...]
    filled: Mapping[tuple[str, Place], Held]

    @property
    def harm(self) -> tuple[Difference, ...]:
        """Differences that filling does not explain."""
        return tuple(one for one in self.differences if not one.is_explained)


def verify(template: bytes, filled: bytes) -> Comparison:
    """Compare a filled workbook with its template.

    Raises:
        NhsbnError: when either is not a workbook that can be read.
    """
    return _compared(_book(template, checks_rows=False), _book(filled, checks_rows=True))[0]


def prove(template: bytes, filled: bytes, cells: Sequence[Entry], results: Results | None = None) -> Comparison:
    """Compare, and make sure that the cells asked for, and no others, were filled with their values.

    Args:
        template: the workbook as its sender made it.
        filled: the workbook filled from it.
        cells: what was asked for.
        results: what formulas were worked out to; any other one that depends on filled cells must hold no result.

    Raises:
        ProblemsError: everything that is otherwise; it is a fault of the writer.
        NhsbnError: when either is not a workbook that can be read.
    """
    before, after = _book(template, checks_rows=False), _book(filled, checks_rows=True)
    comparison, stale = _compared(before, after)
    wanted = {(cell.sheet, place_of(cell.address)): cell.value for cell in cells}
    known, is_1904 = comparison.filled, after.is_1904
    with Collector() as problems:
        for one in comparison.harm:
            problems.add(one.where, f"{one.what}, which is harm; {_REPORT}")
        for title, place in known:
            if (title, place) not in wanted:
                problems.add(_where(title, place), f"was filled unasked; {_REPORT}")
        for (title, at), value in wanted.items():
            if at and title in after.tabs:
                found = known[title, at] if (title, at) in known else held(after, title, at)
                if found != _expected(value, is_1904):
                    problems.add(_where(title, at), f"reads back otherwise; {_REPORT}")
        for title, place in stale:
            result = (results or {}).get((title, place))
            if held(after, title, place) != (result if result is not None and is_writable(result) else None):
                problems.add(_where(title, place), f"holds a result that is out of date; {_REPORT}")
    return comparison


def _book(data: bytes, *, checks_rows: bool) -> WorkbookMap:
    package = read_package(data)
    package.check()
    return WorkbookMap(package, checks_rows=checks_rows)


def _expected(value: Value, is_1904: bool) -> Held:
    number = number_of(value, is_1904)
    return float(number) if number is not None else value if isinstance(value, str | bool) else None


def _by_sheet(places: Iterable[tuple[str, Place]]) -> dict[str, list[Place]]:
    found: dict[str, list[Place]] = {}
    for title, place in places:
        found.setdefault(title, []).append(place)
    return found


def _compared(*books: WorkbookMap) -> tuple[Comparison, tuple[tuple[str, Place], ...]]:
    """Two workbooks compared, and the cells of formulas that depend on what was filled."""
    before, after = books[0].package, books[1].package
    differences = list(_members(before, after))
    known = {one.where for one in differences}
    changed = [name for name in _changed(before, after) if name not in known]
    titles = {tab.part: title for title, tab in books[0].tabs.items() if tab.part}
    cells: dict[tuple[str, Place], Held] = {}
    results: list[tuple[str, Place, str]] = []
    for name in changed:
        if name in titles and titles[name] in books[1].tabs:
            title = titles[name]
            pair = books[0].sheet(title), books[1].sheet(title)
            if pair[1].part != name:
                pair = pair[0], Sheet(name, after.part(name))
            guard, sheet_says = Guard(books[0], title), sheet_fault(books[0], title)
            for place, what, is_explained in _sheet(*pair):
                where = f"sheet {title!r}{place if isinstance(place, str) else ', cell ' + address(place)}"
                if isinstance(place, str) or not is_explained:
                    differences.append(Difference(where, what, is_explained))
                elif what != FILLED:
                    results.append((title, place, what))
                else:
                    fault = sheet_says or guard.fault(place)
                    said = f"was filled, but {fault}" if fault else what
                    differences.append(Difference(where, said, not fault))
                    cells[title, place] = held(books[1], title, place)
        elif name == books[0].strings_part:
            differences.append(_strings(name, before.part(name), after.part(name)))
        elif name == books[0].part:
            differences.append(_workbook(name, before.part(name), after.part(name)))
        else:
            differences.append(Difference(name, "differs", False))
    stale = outdated(books[0], _by_sheet(cells)).cells if cells else ()
    differences += _results(results, frozenset(stale))
    untouched = sum(one.name not in known and one.name not in changed for one in before.members)
    return Comparison(untouched, tuple(differences), cells), stale


def _results(changed: list[tuple[str, Place, str]], stale: Collection[tuple[str, Place]]) -> Iterator[Difference]:
    """Results that changed: explained where they depend on filled cells."""
    for title, place, what in changed:
        if (title, place) in stale:
            yield Difference(_where(title, place), what)
        else:
            yield Difference(
                _where(title, place), "has another result, though it depends on no filled cell", False
            )


def _members(before: Package, after: Package) -> Iterator[Difference]:
    ours, theirs = ({one.name: one for one in package.members} for package in (before, after))
    yield from (Difference(name, "is missing", False) for name in ours if name not in theirs)
    yield from (Difference(name, "was added", False) for name in theirs if name not in ours)
    if ours.keys() == theirs.keys() and list(ours) != list(theirs):
        yield Difference("the package", "has its parts in another order", False)
    if before.comment != after.comment:
        yield Difference("the package", "has another comment", False)
    for name, member in ours.items():
        if name in theirs and theirs[name].attributes != member.attributes:
            yield Difference(name, "has other zip attributes", False)


def _changed(before: Package, after: Package) -> list[str]:
    others = {one.name: one for one in after.members}
    return [
        one.name
        for one in before.members
        if one.name in others and before.packed(one) != after.packed(others[one.name])
    ]


def _strings(name: str, before: bytes, after: bytes) -> Difference:
    kept = before[: before.rfind(b"</")] if b"</" in before else before.rstrip().removesuffix(b"/>")
    if after.startswith(kept):
        return Difference(name, "texts added at the end")
    return Difference(name, "texts that were there differ", False)


def _workbook(name: str, before: bytes, after: bytes) -> Difference:
    plain = [_CALCULATION.sub(b"", _ASKED.sub(b"", data)) for data in (before, after)]
    if plain[0] == plain[1]:
        return Difference(name, "Excel is asked to work out formulas on opening")
    return Difference(name, "differs in more than the request to work out formulas", False)


def _sheet(before: Sheet, after: Sheet) -> Iterator[tuple[Place | str, str, bool]]:
    """Where two sheets differ, what became of it, and whether filling explains that."""
    if _head(before) != _head(after) or before.data[before.after :] != after.data[after.after :]:
        yield "", "differs outside its cells", False
    ours, theirs = (_raw_rows(sheet) for sheet in (before, after))
    for number in (*ours, *(row for row in theirs if row not in ours)):
        if number not in theirs:
            yield f", row {number}", "is missing", False
        elif ours.get(number) != theirs[number]:
            if _around(before, number, ours) != _around(after, number, theirs):
                yield f", row {number}", "differs outside its cells", False
            yield from _row(before, after, number)


def _raw_rows(sheet: Sheet) -> dict[int, bytes]:
    """Each row's bytes, with what follows it up to the next."""
    rows = sheet.rows
    ends = (*rows.starts[1:], sheet.outside)[: len(rows)]
    return {number: sheet.data[start:end] for number, start, end in zip(rows, rows.starts, ends, strict=True)}


def _around(sheet: Sheet, number: int, raw: Mapping[int, bytes]) -> bytes:
    """What stands in a row between its cells, and behind it; nothing in one that is not there."""
    if number not in raw:
        return b""
    row, cells = sheet.rows[number], sheet.cells(number).values()
    starts, ends = (row.inside, *(cell.end for cell in cells)), (*(cell.start for cell in cells), row.outside)
    between = (sheet.data[start:end] for start, end in zip(starts, ends, strict=True))
    return b"".join((*between, raw[number][row.end - row.start :]))


def _row(before: Sheet, after: Sheet, number: int) -> Iterator[tuple[Place | str, str, bool]]:
    if number in before.rows and _attributes(before, number) != _attributes(after, number):
        yield f", row {number}", "has other attributes", False
    ours, theirs = before.cells(number), after.cells(number)
    for column in dict.fromkeys((*ours, *theirs)):
        old, new = ours.get(column), theirs.get(column)
        if old and new and before.data[old.start : old.end] == after.data[new.start : new.end]:
            continue
        yield (number, column), *_cell(before, after, (number, column), old, new)


def _cell(before: Sheet, after: Sheet, place: Place, old: Cell | None, new: Cell | None) -> tuple[str, bool]:
    """What became of a cell that is not as it was, and whether filling explains it."""
    if new is None:
        return "is missing", False
    if before.style(place) != new.looks.style:
        return "has another style", False
    if old is None:
        return ("has a formula that was not there", False) if after.holds_formula(new) else (FILLED, True)
    if before.holds_formula(old):
        if not _is_typed_anew(old, new, frozenset({b"t"})):
            return "has other attributes", False
        kept = _RESULT.sub(b"", before.body(old)) == _RESULT.sub(b"", after.body(new))
        return (_result(after.body(new)), True) if kept else ("has another formula", False)
    if old.address != new.address or old.looks.kept != new.looks.kept:
        return "has other attributes", False
    if before.blocks and before.blocks.over(place):
        return _result(after.body(new)), True
    return ("has a formula that was not there", False) if after.holds_formula(new) else (FILLED, True)


def _is_typed_anew(old: Cell, new: Cell, names: frozenset[bytes]) -> bool:
    return without(old.attributes, names) == without(new.attributes, names)


def _result(body: bytes) -> str:
    return REFRESHED if _RESULT.search(body) else CLEARED


def _head(sheet: Sheet) -> bytes:
    """What stands before the rows, less what new cells may widen."""
    head, first = sheet.data[: sheet.opening.start()], (*sheet.rows.starts, sheet.outside)[0]
    between = sheet.data[sheet.inside : first]
    return tag(sheet.prefix, b"dimension").sub(b"", head) + sheet.opening[2].rstrip() + between


def _attributes(sheet: Sheet, number: int) -> bytes:
    return without(sheet.rows[number].attributes, frozenset({b"spans"}))


def _where(title: str, place: Place) -> str:
    return f"sheet {title!r}, cell {address(place)}"
