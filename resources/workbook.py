"""Collection-tool workbooks: a template's grid read, and its answer cells filled.

Here: the writer's interface, the writer that splices cells in and proves what it did, and reading a template by
openpyxl. Not here: what is written where (the core's collection tool), and the splicing itself (the core's xlsx).
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from openpyxl import Workbook, load_workbook
from openpyxl.utils import range_boundaries
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from nhsbn.collection_tool import CellWrite
from nhsbn.errors import NhsbnError
from nhsbn.template_grid import Grid, GridCell, SheetGrid
from nhsbn.xlsx.fill import fill
from nhsbn.xlsx.values import Entry
from nhsbn.xlsx.verify import CLEARED, prove

_RANGE = re.compile(r"^=?'?(?P<sheet>[^'!]+)'?!(?P<cells>\$?[A-Z]+\$?\d+(:\$?[A-Z]+\$?\d+)?)$")


@dataclass(frozen=True)
class FilledTool:
    """A filled workbook.

    Attributes:
        verification: what was proved of it, to be kept with it.
    """

    data: bytes
    verification: Mapping[str, Any]


class WorkbookWriter(Protocol):
    """Fills a template. Always from the pristine template, with the whole set of values."""

    def fill(self, template: bytes, cells: Sequence[CellWrite]) -> FilledTool:
        """The template with the cells written, and nothing else changed.

        Raises:
            ProblemsError: every cell that may not be written, each with its reason; nothing is written then.
            NhsbnError: when the template is not a workbook that can be read.
        """
        ...


class SpliceWriter:
    """A writer for any sender's workbook: it splices cells in, and compares the outcome with the template."""

    def fill(self, template: bytes, cells: Sequence[CellWrite]) -> FilledTool:
        """See :meth:`WorkbookWriter.fill`. The filled file is proved before it is handed out."""
        entries = [Entry(cell.sheet, cell.address, cell.value) for cell in cells]
        filled = fill(template, entries)
        comparison = prove(template, filled.data, entries)
        verification = {
            "cells written and read back": len(cells),
            "parts as they were, byte for byte": comparison.untouched,
            "formula results cleared": sum(one.what == CLEARED for one in comparison.differences),
            "differences that filling does not explain": len(comparison.harm),
            "to look at": [str(warning) for warning in filled.warnings],
        }
        return FilledTool(filled.data, verification)


def read_grid(template: bytes) -> Grid:
    """A template as a person sees it, for binding.

    Raises:
        NhsbnError: when it is not a workbook that can be read.
    """
    workbook = _open(template)
    return {sheet.title: _sheet_grid(workbook, sheet) for sheet in workbook.worksheets}


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
