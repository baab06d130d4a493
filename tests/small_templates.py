"""Small collection tools laid out as grids, with the cell of every answer known to whoever lays them out."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from openpyxl import Workbook
from openpyxl.styles import Protection
from openpyxl.worksheet.datavalidation import DataValidation

from nhsbn.rebinding.proposal import EditionTool
from nhsbn.tools.template_grid import Grid, GridCell, SheetGrid
from nhsbn.xlsx.references import Place, address

TEXT = GridCell(is_locked=False)
NUMBER = GridCell(is_locked=False, takes="whole number")

BINDING = """\
template: template.xlsx
tool: small
details: {sheet: About, label: Item, answer: Answer, comments: Comments, rows: {organisation: Organisation}}
columns: {question: Question code, data_source: Data source, comments: Comments}
months: [Month 1, Month 2]
members:
  service: {adult: Adult, cyp: Young people, lda: Learning disability, all: All services}
sheets:
"""


@dataclass(frozen=True)
class Asked:
    """A question: by service and month, or by month alone."""

    code: str
    text: str
    definition: str = ""
    by_service: bool = True
    kind: str = "Whole number"


@dataclass(frozen=True)
class Layout:
    """How a tool is laid out: members by id in their order, headings, and free rows and columns before it."""

    members: Mapping[str, str] = field(
        default_factory=lambda: {
            "adult": "Adult",
            "cyp": "Young people",
            "lda": "Learning disability",
            "all": "All services",
        }
    )
    months: tuple[str, ...] = ("Month 1", "Month 2")
    heads: tuple[str, ...] = ("Question code", "Question", "Definition", "Answer type")
    notes: tuple[str, ...] = ("Data source", "Comments")
    details: Mapping[str, str] = field(default_factory=lambda: {"organisation": "Organisation"})
    top: int = 1
    left: int = 1
    sheets_before: int = 0


PLAIN = Layout()
Truth = Mapping[tuple[str, str, int], tuple[str, str]]
"""Question code, member id and month to sheet and address."""


def tool(sheets: Mapping[str, Sequence[Asked]], layout: Layout = PLAIN) -> tuple[Grid, Truth]:
    """The grid of a tool, and where its answers are."""
    truth: dict[tuple[str, str, int], tuple[str, str]] = {}
    grid: dict[str, SheetGrid] = {}
    for number in range(layout.sheets_before):
        grid[f"Notes {number}"] = SheetGrid(f"Notes {number}", True, True, {(1, 1): GridCell("Read this first")})
    grid["About"] = _about(layout)
    for title, questions in sheets.items():
        cells: dict[Place, GridCell] = {(layout.top, layout.left): GridCell(f"{title} of the period")}
        merged: list[tuple[int, int, int, int]] = []
        row = layout.top + 2
        for by_service in (True, False):
            block = [one for one in questions if one.by_service is by_service]
            if block:
                row = _block(title, row, block, layout, cells, merged, truth) + 2
        grid[title] = SheetGrid(title, True, True, cells, tuple(merged))
    return grid, truth


def binding(sheets: Mapping[str, Sequence[Asked]]) -> str:
    """A binding of the plain layout."""
    lines = []
    for title, questions in sheets.items():
        lines.append(f"  {title}:")
        for one in questions:
            lines.append(f"    {one.code}: {{{'breakdown: service, total: true' if one.by_service else ''}}}")
    return BINDING + "\n".join(lines) + "\n"


def edition(sheets: Mapping[str, Sequence[Asked]], layout: Layout = PLAIN) -> EditionTool:
    """Last year's edition, in the plain layout."""
    grid, _ = tool(sheets, layout)
    return EditionTool("small", "2024-25", b"last year's", grid, binding(sheets), {})


def changed(question: Asked, **changes: str) -> Asked:
    return replace(question, **changes)


def workbook(grid: Grid) -> bytes:
    """A grid as a real workbook."""
    book = Workbook()
    book.remove(book.active)
    for title, sheet in grid.items():
        made = book.create_sheet(title)
        made.protection.sheet = sheet.is_protected
        whole = DataValidation(type="whole", operator="greaterThanOrEqual", formula1="0", showErrorMessage=True)
        for place, cell in sheet.cells.items():
            written = made.cell(*place, cell.text or None)
            written.protection = Protection(locked=cell.is_locked)
            if cell.takes == "whole number":
                whole.add(written.coordinate)
        if whole.sqref:
            made.add_data_validation(whole)
        for area in sheet.merged:
            made.merge_cells(None, *area)
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def _about(layout: Layout) -> SheetGrid:
    heads = {(1, column): GridCell(text) for column, text in enumerate(("Item", "Answer", "Comments"), 1)}
    for row, label in enumerate(layout.details.values(), 2):
        heads |= {(row, 1): GridCell(label), (row, 2): TEXT, (row, 3): TEXT}
    return SheetGrid("About", True, True, heads)


def _block(
    title: str,
    row: int,
    questions: Sequence[Asked],
    layout: Layout,
    cells: dict[Place, GridCell],
    merged: list[tuple[int, int, int, int]],
    truth: dict[tuple[str, str, int], tuple[str, str]],
) -> int:
    deep = 2 if questions[0].by_service else 1
    members = layout.members if questions[0].by_service else {"all": ""}

    def head(column: int, text: str) -> None:
        cells[row, column] = GridCell(text)
        if deep > 1:
            merged.append((row, column, row + 1, column))

    for column, text in enumerate(layout.heads, layout.left):
        head(column, text)
    columns: dict[tuple[str, int], int] = {}
    start = layout.left + len(layout.heads)
    for member, text in members.items():
        if text:
            cells[row, start] = GridCell(text)
            merged.append((row, start, row, start + len(layout.months) - 1))
        for month, heading in enumerate(layout.months):
            cells[row + deep - 1, start + month] = GridCell(heading)
            columns[member, month] = start + month
        start += len(layout.months)
    for column, text in enumerate(layout.notes, start):
        head(column, text)
    for line, one in enumerate(questions, row + deep):
        for column, text in enumerate((one.code, one.text, one.definition, one.kind), layout.left):
            cells[line, column] = GridCell(text)
        for (member, month), column in columns.items():
            cells[line, column] = NUMBER
            truth[one.code, member, month] = (title, address((line, column)))
        cells |= {(line, start + index): TEXT for index in range(len(layout.notes))}
    return row + deep + len(questions)
