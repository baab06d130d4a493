"""The proof of a filled workbook: package compared with package, every difference named.

Here: what differs, and whether filling explains it. Not here: filling, of which this knows nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from nhsbn.declarations import Collector
from nhsbn.template_grid import Place, address
from nhsbn.xlsx.cell_values import Held, held
from nhsbn.xlsx.guards import Guard, sheet_fault
from nhsbn.xlsx.package import Package, read_package
from nhsbn.xlsx.references import place_of
from nhsbn.xlsx.sheet import Cell, Sheet
from nhsbn.xlsx.values import Entry, Value, number_of
from nhsbn.xlsx.workbook_map import WorkbookMap
from nhsbn.xlsx.xml_bytes import ATTRIBUTES, tag, without

FILLED, CLEARED = "filled", "result cleared, as it depends on filled cells"

_TYPED = frozenset({b"t", b"cm", b"vm"})
_RESULT = re.compile(rb"<((?:[^\s<>/:]+:)?)v" + ATTRIBUTES + rb"(?:/>|>[^<]*</\1v\s*>)")
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
        untouched: how many parts are the same, compressed byte for compressed byte.
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
    return _compared(_book(template), _book(filled))


def prove(template: bytes, filled: bytes, cells: Sequence[Entry]) -> Comparison:
    """Compare, and make sure that the cells asked for, and no others, were filled with their values.

    Raises:
        ProblemsError: everything that is otherwise; it is a fault of the writer.
        NhsbnError: when either is not a workbook that can be read.
    """
    after = _book(filled)
    comparison = _compared(_book(template), after)
    wanted = {(cell.sheet, place_of(cell.address)): cell.value for cell in cells}
    with Collector() as problems:
        for one in comparison.harm:
            problems.add(one.where, f"{one.what}, which is harm; report this as a fault of the writer")
        for title, place in comparison.filled:
            if (title, place) not in wanted:
                problems.add(_where(title, place), "was filled unasked; report this as a fault of the writer")
        for (title, at), value in wanted.items():
            if at and title in after.tabs and held(after, title, at) != _expected(value, after.is_1904):
                problems.add(_where(title, at), "reads back otherwise; report this as a fault of the writer")
    return comparison


def _book(data: bytes) -> WorkbookMap:
    package = read_package(data)
    package.check()
    return WorkbookMap(package)


def _expected(value: Value, is_1904: bool) -> Held:
    number = number_of(value, is_1904)
    return float(number) if number is not None else value if isinstance(value, str | bool) else None


def _compared(*books: WorkbookMap) -> Comparison:
    before, after = books[0].package, books[1].package
    differences = list(_members(before, after))
    changed = [name for name in _changed(before, after) if not any(one.where == name for one in differences)]
    titles = {tab.part: title for title, tab in books[0].tabs.items() if tab.part}
    cells: dict[tuple[str, Place], Held] = {}
    for name in changed:
        if name in titles and titles[name] in books[1].tabs:
            title = titles[name]
            pair = books[0].sheet(title), Sheet(name, after.part(name))
            guard = Guard(books[0], title)
            for place, one in _sheet(title, *pair):
                if place is None or one.what != FILLED:
                    differences.append(one)
                    continue
                fault = sheet_fault(books[0], title) or guard.fault(place)
                said = Difference(one.where, f"was filled, but {fault}", False) if fault else one
                differences.append(said)
                cells[title, place] = held(books[1], title, place)
        elif name == books[0].strings_part:
            differences.append(_strings(name, before.part(name), after.part(name)))
        elif name == books[0].part:
            differences.append(_workbook(name, before.part(name), after.part(name)))
        else:
            differences.append(Difference(name, "differs", False))
    return Comparison(len(before.members) - len(changed), tuple(differences), cells)


def _members(before: Package, after: Package) -> Iterator[Difference]:
    ours, theirs = ([one.name for one in package.members] for package in (before, after))
    yield from (Difference(name, "is missing", False) for name in ours if name not in theirs)
    yield from (Difference(name, "was added", False) for name in theirs if name not in ours)
    if sorted(ours) == sorted(theirs) and ours != theirs:
        yield Difference("the package", "has its parts in another order", False)
    for member in before.members:
        other = next((one for one in after.members if one.name == member.name), None)
        if other and other.attributes != member.attributes:
            yield Difference(member.name, "has other zip attributes", False)


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


def _sheet(title: str, before: Sheet, after: Sheet) -> Iterator[tuple[Place | None, Difference]]:
    where = f"sheet {title!r}"
    if _head(before) != _head(after) or before.data[before.after :] != after.data[after.after :]:
        yield None, Difference(where, "differs outside its cells", False)
    for number in (*before.rows, *(row for row in after.rows if row not in before.rows)):
        if number not in after.rows:
            yield None, Difference(f"{where}, row {number}", "is missing", False)
            continue
        if number in before.rows and _row(before, number) != _row(after, number):
            yield None, Difference(f"{where}, row {number}", "has other attributes", False)
        if number in before.rows and _whole_row(before, number) == _whole_row(after, number):
            continue
        ours, theirs = before.cells(number), after.cells(number)
        for column in dict.fromkeys((*ours, *theirs)):
            old, new, place = ours.get(column), theirs.get(column), (number, column)
            if old and new and before.data[old.start : old.end] == after.data[new.start : new.end]:
                continue
            yield place, Difference(_where(title, place), *_cell(before, after, place, old, new))


def _cell(before: Sheet, after: Sheet, place: Place, old: Cell | None, new: Cell | None) -> tuple[str, bool]:
    """What became of a cell that is not as it was, and whether filling explains it."""
    if new is None:
        return "is missing", False
    if before.style(place) != after.style(place):
        return "has another style", False
    if old is None:
        return ("has a formula that was not there", False) if after.has_formula(place) else (FILLED, True)
    if without(old.attributes, _TYPED) != without(new.attributes, _TYPED):
        return "has other attributes", False
    if before.has_formula(place):
        kept = _RESULT.sub(b"", before.body(old)) == _RESULT.sub(b"", after.body(new))
        is_cleared = not re.search(rb"<(?:[^\s<>/:]+:)?v[\s>]", after.body(new))
        return (CLEARED, True) if kept and is_cleared else ("has another formula or result", False)
    if before.blocks.over(place):
        return (CLEARED, True) if new.body == new.outside else ("has another result", False)
    return ("has a formula that was not there", False) if after.has_formula(place) else (FILLED, True)


def _head(sheet: Sheet) -> bytes:
    """What stands before the rows, less what new cells may widen."""
    head = sheet.data[: sheet.opening.start()]
    return tag(sheet.prefix, b"dimension").sub(b"", head) + sheet.opening[2].rstrip()


def _row(sheet: Sheet, number: int) -> bytes:
    return without(sheet.rows[number].attributes, frozenset({b"spans"}))


def _whole_row(sheet: Sheet, number: int) -> bytes:
    row = sheet.rows[number]
    return sheet.data[row.start : row.end]


def _where(title: str, place: Place) -> str:
    return f"sheet {title!r}, cell {address(place)}"
