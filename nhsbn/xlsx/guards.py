"""Cells that may not be written, whatever the value: each with its reason.

Here: what the sheet and the workbook say of a cell. Not here: what a validation says of a value (validations).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from nhsbn.xlsx.references import Area, Areas, Place, address, area_of, areas_of
from nhsbn.xlsx.sheet import Cell, Sheet
from nhsbn.xlsx.workbook_map import Table, WorkbookMap
from nhsbn.xlsx.xml_bytes import is_true

_PASSWORDS = ("password", "hashValue", "securityDescriptor")


@dataclass(frozen=True)
class Guard:
    """What a worksheet lets be written.

    Args:
        book: the workbook.
        title: the sheet's.
    """

    book: WorkbookMap
    title: str

    def fault(self, place: Place) -> str:
        """Why a cell may not be written; empty when it may."""
        if self._merged:
            for anchor in self._merged.over(place):
                if place != anchor:
                    return f"lies inside a merged range; write its first cell, {address(anchor)}"
        sheet = self._sheet
        cell = sheet.cell(place)
        if cell and cell.body < cell.outside and sheet.holds_formula(cell):
            return "holds a formula, which must stay"
        if sheet.blocks:
            for kind in sheet.blocks.over(place):
                return f"is filled by {kind}, which must stay"
        for table in self._tables:
            if table.headings and place in table.headings:
                return f"is a heading of table {table.name!r}, which formulas refer to by its text"
            if table.totals and place in table.totals:
                return f"belongs to the totals of table {table.name!r}"
        if self._is_protected and self._is_locked(place, cell):
            return "is locked on a protected sheet"
        return ""

    def warning(self, place: Place) -> str:
        """What a person should know of a cell that may be written; empty when nothing."""
        return "lies in a hidden row or column, where nobody sees it" if self._sheet.is_hidden(place) else ""

    def _is_locked(self, place: Place, cell: Cell | None) -> bool:
        if (cell.looks.style if cell else self._sheet.style(place)) in self.book.unlocked:
            return False
        return not any(place in area for area in self._open_ranges)

    @cached_property
    def _sheet(self) -> Sheet:
        return self.book.sheet(self.title)

    @cached_property
    def _tables(self) -> tuple[Table, ...]:
        return self.book.tables(self.title)

    @cached_property
    def _merged(self) -> Areas[Place]:
        areas = (area_of(one.get("ref", "")) for one in self._sheet.elements(b"mergeCell"))
        return Areas((area, (area.top, area.left)) for area in areas if area)

    @cached_property
    def _is_protected(self) -> bool:
        return any(is_true(one.get("sheet")) for one in self._sheet.elements(b"sheetProtection"))

    @cached_property
    def _open_ranges(self) -> tuple[Area, ...]:
        """Ranges that anyone may edit although the sheet is protected."""
        ranges = self._sheet.elements(b"protectedRange")
        return tuple(
            area
            for one in ranges
            if not any(name in one for name in _PASSWORDS)
            for area in areas_of(one.get("sqref", ""))
        )


def sheet_fault(book: WorkbookMap, title: str) -> str:
    """Why no cell of a sheet may be written; empty when some may."""
    tab = book.tabs.get(title)
    if tab is None:
        return f"the template has no sheet {title!r}"
    if not tab.part:
        return "is a chart or another kind of sheet without cells"
    if tab.state != "visible":
        return (
            f"the sheet is {'very hidden' if tab.state == 'veryHidden' else 'hidden'}; its cells are the sender's"
        )
    return ""
