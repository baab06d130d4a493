"""Collection-tool workbooks: a template's grid read, and its answer cells filled.

Here: the writer's interface, a writer on openpyxl, reading a template, and the same bytes for the same input. Not
here: what is written where (the core's collection tool).

openpyxl keeps what our own template uses and loses much of what others use (drawings, controls, extended
validations), so another writer may stand behind :class:`WorkbookWriter`.
"""

from __future__ import annotations

import io
import math
import re
import zipfile
from collections.abc import Iterator, Sequence
from typing import Protocol

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell, MergedCell
from openpyxl.utils import range_boundaries
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet
from python_calamine import CalamineWorkbook

from nhsbn.collection_tool import CellWrite
from nhsbn.declarations import Collector
from nhsbn.errors import NhsbnError
from nhsbn.template_grid import Grid, GridCell, SheetGrid

LONGEST_TEXT = 32_767
"""Characters that an Excel cell holds."""

LARGEST_NUMBER = 9.99999999999999e307
"""The largest number, either side of zero, that may be typed in an Excel cell."""

_KEPT = 1e-15
"""openpyxl writes 16 significant digits."""

_EPOCH = (1980, 1, 1, 0, 0, 0)
_FORMULA_LIKE = ("=", "+", "-", "@")
_RANGE = re.compile(r"^=?'?(?P<sheet>[^'!]+)'?!(?P<cells>\$?[A-Z]+\$?\d+(:\$?[A-Z]+\$?\d+)?)$")
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")


class WorkbookWriter(Protocol):
    """Fills a template. Always from the pristine template, with the whole set of values."""

    def fill(self, template: bytes, cells: Sequence[CellWrite]) -> bytes:
        """The template with the cells written, and nothing else changed.

        Raises:
            ProblemsError: every cell that may not be written, each with its reason; nothing is written then.
            NhsbnError: when the template is not a workbook that can be read.
        """
        ...


class OpenpyxlWriter:
    """A writer for templates of our own making (``scripts/make_template.py``)."""

    def fill(self, template: bytes, cells: Sequence[CellWrite]) -> bytes:
        """See :meth:`WorkbookWriter.fill`. The filled file is read back before it is handed out."""
        workbook = _open(template)
        modified = workbook.properties.created
        with Collector() as problems:
            for write in cells:
                if fault := _fault(workbook, write):
                    problems.add(f"sheet {write.sheet!r}, cell {write.address}", fault)
        for write in cells:
            _put(workbook[write.sheet][write.address], write.value)
        workbook.calculation.fullCalcOnLoad = True
        saved = io.BytesIO()
        workbook.save(saved)
        stamp = f"{modified:%Y-%m-%dT%H:%M:%SZ}".encode()
        filled = _steady(saved.getvalue(), stamp)
        read_back(filled, cells)
        return filled


def read_grid(template: bytes) -> Grid:
    """A template as a person sees it, for binding.

    Raises:
        NhsbnError: when it is not a workbook that can be read.
    """
    workbook = _open(template)
    return {sheet.title: _sheet_grid(workbook, sheet) for sheet in workbook.worksheets}


def read_back(filled: bytes, cells: Sequence[CellWrite]) -> None:
    """Check that a filled workbook holds what was asked for.

    Raises:
        ProblemsError: every cell that reads otherwise.
    """
    book = CalamineWorkbook.from_filelike(io.BytesIO(filled))
    rows = {title: book.get_sheet_by_name(title).to_python(skip_empty_area=False) for title in book.sheet_names}
    with Collector() as problems:
        for write in cells:
            column, row, _, _ = range_boundaries(write.address)
            sheet = rows[write.sheet]
            found = sheet[row - 1][column - 1] if row <= len(sheet) and column <= len(sheet[row - 1]) else ""
            if not _same(found, write.value):
                problems.add(
                    f"sheet {write.sheet!r}, cell {write.address}",
                    f"{write.value!r} was written but {found!r} reads back; report this as a fault of the writer",
                )


def _same(found: object, written: float | str) -> bool:
    if isinstance(written, str) or not isinstance(found, int | float):
        return found == written
    return math.isclose(found, written, rel_tol=_KEPT)


def _open(template: bytes) -> Workbook:
    try:
        return load_workbook(io.BytesIO(template))
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise NhsbnError(
            f"the template cannot be read as an Excel workbook ({error}); save it as .xlsx, without a password"
        ) from None


def _sheet_grid(workbook: Workbook, sheet: Worksheet) -> SheetGrid:
    choices = {
        place: items
        for rule in sheet.data_validations.dataValidation
        if rule.type == "list" and (items := _choices(workbook, sheet, rule)) is not None
        for place in _places(rule)
    }
    return SheetGrid(
        title=sheet.title,
        is_visible=sheet.sheet_state == "visible",
        is_protected=bool(sheet.protection.sheet),
        cells={
            (cell.row, cell.column): GridCell(
                text="" if cell.value is None or cell.data_type == "f" else str(cell.value),
                is_formula=cell.data_type == "f",
                is_locked=bool(cell.protection.locked),
                choices=choices.get((cell.row, cell.column)),
            )
            for row in sheet.iter_rows()
            for cell in row
            if cell.value is not None or cell.has_style
        },
        merged=tuple(
            (area.min_row, area.min_col, area.max_row, area.max_col) for area in sheet.merged_cells.ranges
        ),
    )


def _places(rule: DataValidation) -> Iterator[tuple[int, int]]:
    for area in rule.sqref.ranges:
        for row in range(area.min_row, area.max_row + 1):
            for column in range(area.min_col, area.max_col + 1):
                yield row, column


def _choices(workbook: Workbook, sheet: Worksheet, rule: DataValidation) -> tuple[str, ...] | None:
    """A list validation's items: written out, by range, or by a name for a range; None for any other formula."""
    formula = rule.formula1 or ""
    if formula.startswith('"'):
        return tuple(formula.strip('"').split(","))
    if formula.lstrip("=") in workbook.defined_names:
        formula = workbook.defined_names[formula.lstrip("=")].attr_text
    match = _RANGE.match(formula if "!" in formula else f"{sheet.title}!{formula.lstrip('=')}")
    if match is None or match["sheet"] not in workbook.sheetnames:
        return None
    left, top, right, bottom = range_boundaries(match["cells"])
    rows = workbook[match["sheet"]].iter_rows(top, bottom, left, right, values_only=True)
    return tuple(str(value) for row in rows for value in row if value is not None)


def _fault(workbook: Workbook, write: CellWrite) -> str:
    """Why a cell may not be written; empty when it may."""
    if write.sheet not in workbook.sheetnames:
        return f"the template has no sheet {write.sheet!r}"
    sheet = workbook[write.sheet]
    cell = sheet[write.address]
    if isinstance(cell, MergedCell):
        return "lies inside a merged range; write its first cell"
    if cell.data_type == "f":
        return "holds a formula, which must stay"
    if sheet.protection.sheet and cell.protection.locked:
        return "is locked on a protected sheet"
    return _value_fault(write.value)


def _value_fault(value: float | str) -> str:
    if isinstance(value, str):
        if not value.strip():
            return "the text is blank; leave the cell out"
        if len(value) > LONGEST_TEXT:
            return f"the text has {len(value)} characters; a cell holds {LONGEST_TEXT}"
        if ILLEGAL_CHARACTERS_RE.search(value):
            return "the text has control characters; remove them"
        return ""
    return "" if abs(value) <= LARGEST_NUMBER else f"{value} is not a number that Excel can hold"


def _put(cell: Cell, value: float | str) -> None:
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"  # else a text that begins with = would be taken for a formula
        if value.startswith(_FORMULA_LIKE):
            cell.quotePrefix = True  # so that it stays text when a person edits it in Excel


def _steady(saved: bytes, modified: bytes) -> bytes:
    """The same package without the time of day in it."""
    steady = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(saved)) as source, zipfile.ZipFile(steady, "w") as package:
        for name in source.namelist():
            part = source.read(name)
            if name == "docProps/core.xml":
                part = _MODIFIED.sub(rb"\g<1>" + modified + rb"\g<2>", part)
            member = zipfile.ZipInfo(name, _EPOCH)
            member.external_attr = 0o600 << 16
            package.writestr(member, part, zipfile.ZIP_DEFLATED)
    return steady.getvalue()
