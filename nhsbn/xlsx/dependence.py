"""Which formulas depend on which cells: what each one reads, and how far a change travels.

Here: formulas' texts searched for references, and dependence followed from cell to cell. Not here: what becomes of
their results (recalculation), and working them out (Excel does).

More is said to depend than need be, and never less: what cannot be told depends on everything. A range operator,
a table reference, OFFSET and INDIRECT, an unknown name, another workbook, and functions that give another result
each time cannot be told; SUMIF reads beyond the range it is given.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from nhsbn.xlsx.references import LAST_COLUMN, LAST_ROW, Area, Place, Range, corners_of, places_of
from nhsbn.xlsx.sheet import Formula
from nhsbn.xlsx.workbook_map import WorkbookMap
from nhsbn.xlsx.xml_bytes import unescaped

WHOLE_SHEET = Area(1, 1, LAST_ROW, LAST_COLUMN)

_CELL, _COLUMN, _ROW = r"\$?[A-Za-z]{1,3}\$?[0-9]{1,7}", r"\$?[A-Za-z]{1,3}", r"\$?[0-9]{1,7}"
_TOKEN = re.compile(
    r'"(?:[^"]|"")*"'
    r"|#(?:N/A|REF!|DIV/0!|VALUE!|NAME\?|NUM!|NULL!)"
    r"|(?:(?:'(?P<quoted>(?:[^']|'')+)'|(?P<plain>[^\W\d][\w.]*))!)?"
    rf"(?P<cells>{_CELL}:{_CELL}|{_CELL}|{_COLUMN}:{_COLUMN}|{_ROW}:{_ROW})(?![\w(.!])"
    r"|(?P<call>[^\W\d][\w.]*)\s*\("
    r"|(?P<name>[^\W\d][\w.\\?]*)"
    r"|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
    r"|(?P<odd>[\[\]#:!'\\])"
)
_UNTOLD = frozenset(("INDIRECT", "OFFSET"))
_UNSTEADY = frozenset(("NOW", "TODAY", "RAND", "RANDBETWEEN", "RANDARRAY", "CELL", "INFO", "RTD"))
_BEYOND = frozenset(("SUMIF", "AVERAGEIF"))
_FEW, _ENOUGH, _DEEPEST = 64, 300_000, 8


_Read = tuple[str, Area]


class Reads(NamedTuple):
    """What a formula reads.

    Attributes:
        areas: cells, by sheet.
        is_told: whether that is all it reads.
        is_steady: whether the same cells always give the same result.
    """

    areas: tuple[_Read, ...]
    is_told: bool
    is_steady: bool


class Reader(NamedTuple):
    """A formula, its sheet, and what it reads."""

    title: str
    formula: Formula
    reads: Reads

    @property
    def area(self) -> Area:
        """The cells whose values it makes."""
        if self.formula.is_dynamic:  # how far it spills depends on its result
            return WHOLE_SHEET
        row, column = self.formula.place
        is_block = self.formula.area and self.formula.kind in ("array", "dataTable")
        return self.formula.area if is_block and self.formula.area else Area(row, column, row, column)


class _Parsed(NamedTuple):
    ranges: tuple[Range, ...]
    is_told: bool
    is_steady: bool


def readers(book: WorkbookMap) -> list[Reader]:
    """Every formula of a workbook, with what it reads."""
    found: list[Reader] = []
    for title in (tab.title for tab in book.tabs.values() if tab.part):
        formulas = book.sheet(title).formulas
        masters = {one.group: one for one in formulas if one.kind == "shared" and one.text}
        known: dict[tuple[str, int], _Parsed] = {}
        for formula in formulas:
            master = formula if formula.text else masters.get(formula.group)
            if master is None or formula.kind == "dataTable":
                found.append(Reader(title, formula, Reads((), is_told=False, is_steady=True)))
                continue
            parsed = _parsed(book, title, unescaped(master.text), 0, known)
            rows, columns = (a - b for a, b in zip(formula.place, master.place, strict=True))
            found.append(Reader(title, formula, _reads(parsed, rows, columns)))
    return found


def dependent(among: Sequence[Reader], changed: Mapping[str, Collection[Place]]) -> list[Reader]:
    """The formulas that depend on cells, directly or through others, in their order.

    Args:
        among: every formula of the workbook.
        changed: cells by sheet.
    """
    if not any(changed.values()):
        return []
    grids = {title: _Grid(places) for title, places in changed.items()}
    met: dict[_Read, bool] = {}
    for one in among:
        for read in one.reads.areas:
            if read not in met:
                met[read] = read[0] in grids and grids[read[0]].meets(read[1])
    first = (
        number
        for number, one in enumerate(among)
        if not one.reads.is_told or any(met[read] for read in one.reads.areas)
    )
    return _followed(among, set(first))


def unsteady(among: Sequence[Reader]) -> list[Reader]:
    """The formulas whose results may differ each time, and those that depend on them."""
    changing = {number for number, one in enumerate(among) if not one.reads.is_steady}
    untold = {number for number, one in enumerate(among) if not one.reads.is_told} if changing else set()
    return _followed(among, changing | untold)


def _followed(among: Sequence[Reader], found: set[int]) -> list[Reader]:
    """Some formulas, by number, and all that depend on them."""
    waiting: dict[_Read, list[int]] = {}
    for number, one in enumerate(among if found else ()):
        if number not in found:
            for read in one.reads.areas:
                waiting.setdefault(read, []).append(number)
    # From the top, as running totals begin there: their first cell meets them all.
    travel, index = deque(sorted(found)), _Waiting(waiting)
    while travel and index:
        one = among[travel.popleft()]
        for read in index.met(one.title, one.area):
            new = [number for number in waiting[read] if number not in found]
            travel += new
            found.update(new)
    return [among[number] for number in sorted(found)]


class _Grid:
    """Cells of a sheet, asked whether any lies in an area."""

    def __init__(self, places: Iterable[Place]) -> None:
        self._rows: dict[int, list[int]] = {}
        for row, column in sorted(places):
            self._rows.setdefault(row, []).append(column)
        self._numbers = list(self._rows)

    def meets(self, area: Area) -> bool:
        for index in range(bisect_left(self._numbers, area.top), len(self._numbers)):
            row = self._numbers[index]
            if row > area.bottom:
                return False
            columns = self._rows[row]
            at = bisect_left(columns, area.left)
            if at < len(columns) and columns[at] <= area.right:
                return True
        return False


class _Waiting:
    """Areas that were not met yet, found by the cells in them; each is found once."""

    def __init__(self, areas: Iterable[_Read]) -> None:
        self._few: dict[tuple[str, Place], list[_Read]] = {}
        self._tall: dict[tuple[str, int], list[_Read]] = {}
        self._wide: dict[str, list[_Read]] = {}
        self._left = set(areas)
        self._looked = 0
        for read in self._left:
            title, area = read
            if area.size <= _FEW:
                for place in places_of(area):
                    self._few.setdefault((title, place), []).append(read)
            elif area.right - area.left < _FEW:
                for column in _columns(area):
                    self._tall.setdefault((title, column), []).append(read)
            else:
                self._wide.setdefault(title, []).append(read)

    def __bool__(self) -> bool:
        return bool(self._left)

    def met(self, title: str, area: Area) -> list[_Read]:
        """The areas that share a cell with one; they are not found again."""
        met: list[_Read] = []
        if area.size > _FEW:
            self._looked += len(self._left)
            met += (one for one in self._left if one[0] == title and _overlap(one[1], area))
        else:
            for row, column in places_of(area):
                met += self._few.get((title, (row, column)), ())
                for large in (self._tall.get((title, column), ()), self._wide.get(title, ())):
                    self._looked += len(large)
                    met += (one for one in large if one[1].top <= row <= one[1].bottom)
        if self._looked > _ENOUGH:
            # After so much looking every large area counts as met: more is out of date than need be.
            met += (one for one in self._left if one[1].size > _FEW)
            self._looked = 0
        new = [one for one in dict.fromkeys(met) if one in self._left]
        self._left.difference_update(new)
        self._drop({(one[0], column) for one in new for column in _columns(one[1])})
        return new

    def _drop(self, columns: set[tuple[str, int]]) -> None:
        """Forget the large areas that were met."""
        for key in columns & self._tall.keys():
            self._tall[key] = [one for one in self._tall[key] if one in self._left]
        for title in {title for title, _ in columns} & self._wide.keys():
            self._wide[title] = [one for one in self._wide[title] if one in self._left]


def _columns(area: Area) -> range:
    """The columns by which a large area is found."""
    return range(area.left, min(area.right, area.left + _FEW) + 1) if area.size > _FEW else range(0)


def _overlap(one: Area, other: Area) -> bool:
    return (
        one.top <= other.bottom and other.top <= one.bottom and one.left <= other.right and other.left <= one.right
    )


def _reads(parsed: _Parsed, rows: int, columns: int) -> Reads:
    areas = [(one.sheet or "", one.moved(rows, columns)) for one in parsed.ranges]
    inside = tuple((sheet, area) for sheet, area in areas if area is not None)
    return Reads(inside, parsed.is_told and len(inside) == len(areas), parsed.is_steady)


def _parsed(
    book: WorkbookMap, title: str, text: str, depth: int, known: dict[tuple[str, int], _Parsed]
) -> _Parsed:
    """What a text on a sheet reads, through names of names; found once, as names may multiply without end."""
    if (text, depth) not in known:
        known[text, depth] = _searched(book, title, text, depth, known)
    return known[text, depth]


def _searched(
    book: WorkbookMap, title: str, text: str, depth: int, known: dict[tuple[str, int], _Parsed]
) -> _Parsed:
    ranges: list[Range] = []
    is_told, is_steady, is_beyond = depth <= _DEEPEST, True, False
    for match in _TOKEN.finditer(text) if is_told else ():
        kind = match.lastgroup
        if kind == "cells":
            sheet = _sheet(book, title, match)
            if sheet is None:
                is_told = False
            else:
                ranges.append(Range(sheet, corners_of(match["cells"])))
        elif kind == "call":
            function = match["call"].upper().rpartition(".")[2]
            is_steady &= function not in _UNSTEADY
            is_told &= function not in _UNTOLD | _UNSTEADY
            is_beyond |= function in _BEYOND
        elif kind == "name" and match["name"].upper() not in ("TRUE", "FALSE"):
            meaning = book.name(match["name"], title)
            named = _Parsed((), False, True)
            if meaning is not None:
                named = _parsed(book, title, meaning, depth + 1, known)
            ranges += (_fixed(one) for one in named.ranges)
            is_told &= named.is_told
            is_steady &= named.is_steady
        elif kind == "odd":
            is_told = False
    if is_beyond:
        edge = (LAST_ROW, False), (LAST_COLUMN, False)
        ranges = [one._replace(corners=(*one.corners[:2], *edge)) for one in ranges]
    return _Parsed(tuple(dict.fromkeys(ranges)), is_told, is_steady)


def _fixed(one: Range) -> Range:
    """A name's range; the whole sheet where it moves with the cell that uses it."""
    if any(moves for _, moves in one.corners):
        return one._replace(corners=((1, False), (1, False), (LAST_ROW, False), (LAST_COLUMN, False)))
    return one


def _sheet(book: WorkbookMap, title: str, match: re.Match[str]) -> str | None:
    if match["quoted"] is not None:
        return book.title(match["quoted"].replace("''", "'"))
    return book.title(match["plain"]) if match["plain"] is not None else title
