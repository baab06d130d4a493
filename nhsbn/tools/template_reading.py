"""A template's grid, read from its bytes by the reader that fills it.

Here: sheets, texts, locks, lists and what each cell takes. Not here: what the grid means (binding, inspection).

The same reader as the writer's, so that whatever can be filled can be bound: strict workbooks, drop-downs over
other sheets kept in a sheet's extension, and ranges that anyone may edit on a protected sheet are all seen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from nhsbn.tools.template_grid import Grid, GridCell, SheetGrid, Takes
from nhsbn.xlsx.cell_values import held, is_formula
from nhsbn.xlsx.guards import Guard
from nhsbn.xlsx.package import read_package
from nhsbn.xlsx.references import LAST_ROW, Area, Areas, Place, area_of, places_of, reference_of
from nhsbn.xlsx.validations import LONGEST_LIST, Rule, Validations, literal
from nhsbn.xlsx.values import shortest
from nhsbn.xlsx.workbook_map import WorkbookMap
from nhsbn.xlsx.xml_bytes import is_true, local, whole

_BUILT_IN: Mapping[int, str] = {
    **dict.fromkeys((1, 3, 37, 38), "0"),
    **dict.fromkeys((2, 4, 11, 12, 13, 39, 40, 48), "0.00"),
    **dict.fromkeys((9, 10), "0%"),
    **dict.fromkeys((14, 15, 16, 17, 22), "d/m/yyyy"),
    **dict.fromkeys((18, 19, 20, 21, 45, 46, 47), "h:mm"),
    49: "@",
}
"""Number formats that workbooks name by number alone, as ECMA-376 part 1, 18.8.30 lists them."""

_BY_RULE: Mapping[str, Takes] = {
    "list": "list",
    "whole": "whole number",
    "date": "date",
    "time": "time",
    "textLength": "text",
}
_NOT_DIGITS = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')


def read_template(data: bytes) -> Grid:
    """Every worksheet of a template as a person sees it.

    Raises:
        NhsbnError: when it is not a workbook that can be filled.
    """
    package = read_package(data)
    package.check()
    return grid_of(WorkbookMap(package))


def grid_of(book: WorkbookMap) -> Grid:
    """Every worksheet of a workbook."""
    formats = number_formats(book)
    return {title: _sheet(book, title, formats) for title, tab in book.tabs.items() if tab.part}


def _sheet(book: WorkbookMap, title: str, formats: Mapping[int, str]) -> SheetGrid:
    sheet, guard, validations = book.sheet(title), Guard(book, title), Validations(book, title, {})
    rules = Areas((area, rule) for rule in validations.rules for area in rule.areas)
    lists: dict[Rule, tuple[str, ...] | None] = {}
    cells: dict[Place, GridCell] = {}
    for row in sheet.rows:
        for column in sheet.cells(row):
            place = (row, column)
            style, worked_out = sheet.style(place), is_formula(sheet, place)
            value = None if worked_out else held(book, title, place)
            if not (style or worked_out or value is not None):
                continue
            rule = next(iter(rules.over(place)), None)
            if rule and rule.kind == "list" and rule not in lists:
                lists[rule] = _choices(book, title, rule)
            cells[place] = GridCell(
                text=shortest(value) if isinstance(value, float) else "" if value is None else str(value),
                is_formula=worked_out,
                is_locked=style not in book.unlocked and bool(guard.fault(place)),
                choices=lists.get(rule) if rule else None,
                takes=takes(rule.kind if rule else "", formats.get(style, "")),
            )
    merged = (area_of(one.get("ref", "")) for one in sheet.elements(b"mergeCell"))
    return SheetGrid(
        title=title,
        is_visible=book.tabs[title].state == "visible",
        is_protected=any(is_true(one.get("sheet")) for one in sheet.elements(b"sheetProtection")),
        cells=cells,
        merged=tuple((area.top, area.left, area.bottom, area.right) for area in merged if area),
    )


def takes(rule: str, number_format: str) -> Takes:
    """What a cell takes, by the kind of its validation and by its number format."""
    if rule in _BY_RULE:
        return _BY_RULE[rule]
    digits = _NOT_DIGITS.sub("", number_format).lower().replace("general", "")
    if "@" in digits and rule != "decimal":
        return "text"
    if rule != "decimal" and re.search("[yd]", digits):
        return "date"
    if rule != "decimal" and re.search("[hs]", digits):
        return "time"
    if "%" in digits:
        return "percentage"
    return "number" if rule == "decimal" or re.search("[0#?]", digits) else "anything"


def number_formats(book: WorkbookMap) -> Mapping[int, str]:
    """Cell style to its number format; General is left out."""
    if book.styles is None:
        return {}
    declared = (one for one in book.styles.iter() if local(one) == "numFmt")
    own = {whole(one.get("numFmtId")): one.get("formatCode", "") for one in declared}
    used = ((index, whole(one.get("numFmtId"))) for index, one in enumerate(book.cell_formats))
    known = {**_BUILT_IN, **own}
    return {index: known[number] for index, number in used if number in known}


def _choices(book: WorkbookMap, title: str, rule: Rule) -> tuple[str, ...] | None:
    """A list's items: written out, by range, or by a name for a range; None for any other formula."""
    formula = rule.first.strip()
    if (items := literal(formula)) is not None:
        return items
    reference = reference_of(formula) or reference_of(book.name(formula.removeprefix("="), title) or "")
    listed = title if reference is None or reference.sheet is None else book.title(reference.sheet)
    is_shared = sum(one.size for one in rule.areas) > 1
    if reference is None or listed is None or (reference.moves and is_shared):
        return None
    area = reference.area
    if area.bottom == LAST_ROW:
        area = Area(area.top, area.left, max((*book.sheet(listed).rows, area.top)), area.right)
    if area.size > LONGEST_LIST:
        return None
    values = (held(book, listed, place) for place in places_of(area))
    return tuple(
        shortest(value) if isinstance(value, float) else str(value) for value in values if value is not None
    )
