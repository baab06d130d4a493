"""A small collection tool, drawn anew for each test with whatever a person did to it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import xlsxwriter

from nhsbn.programme import Project
from nhsbn.tools.binding import load_binding
from nhsbn.tools.tool_reading import ReadTool, ToolForm, read_tool
from nhsbn.tools.workbook_contents import WorkbookContents

BINDING = """\
template: template.xlsx
tool: small
details:
  sheet: About
  label: Item
  answer: Answer
  comments: Comments
  rows:
    ods_code: ODS code
    level: Submission level
    locality: Locality
    period: Reporting period
    month_1: Month 1
columns: {question: Question code, data_source: Data source, comments: Comments}
months: [Month 1, Month 2, Month 3]
members:
  service: {adult: Adult, cyp: Young people, all: All services}
sheets:
  Access:
    Q1: {breakdown: service}
    Q2: {}
    Q3: {asks: provided, breakdown: service}
"""
LABELS = ("ODS code", "Submission level", "Locality", "Reporting period", "Month 1")
ABOUT = {"B2": "RXE", "B3": "Locality", "B4": "Rotherham", "B5": "2025-26-Q1", "B6": "April 2025"}
PROJECT = Project(
    project="small",
    title="Small",
    edition="2025-26",
    sector="Any",
    cadence="quarter",
    first_period="2025-26-Q1",
    last_period="2025-26-Q4",
    opens=1,
    deadline=28,
    runs_at="06:30",
    submission="workbook",
    by_locality=True,
    participates=True,
    decided_by="Board",
    owner="Officer",
)


@dataclass(frozen=True)
class As:
    """Something typed otherwise than as a plain value: with a format, or as a formula with its last result."""

    value: Any
    number_format: str = "General"
    formula: str = ""


def draw(
    access: Mapping[str, Any] | None = None,
    about: Mapping[str, Any] | None = None,
    *,
    row: int = 0,
    extra_sheet: str = "",
    edition: str = "2025-26",
    is_stale: bool = True,
) -> bytes:
    """The tool.

    Args:
        access: cells of sheet Access as a person left them; also texts of the sender's that were changed.
        about: the same of sheet About.
        row: how many rows were inserted above Q1.
        extra_sheet: a sheet that was added.
        edition: the edition whose tool it is.
        is_stale: whether it asks for its formulas to be worked out on opening.
    """
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    _about(book, about or {}, edition)
    _access(book, access or {}, row, edition)
    if extra_sheet:
        book.add_worksheet(extra_sheet).write("A1", 17)
    book.close()
    return buffer.getvalue() if is_stale else _worked_out(buffer.getvalue())


def _about(book: Any, typed: Mapping[str, Any], edition: str) -> None:
    sheet = book.add_worksheet("About")
    sheet.protect()
    for column, text in enumerate(("Item", "Answer", "Comments")):
        sheet.write(0, column, text)
    for index, label in enumerate(LABELS, 1):
        sheet.write(index, 0, label)
        for column in (1, 2):
            sheet.write_blank(index, column, None, book.add_format({"locked": False}))
    lists = {
        "B3": ["Locality", "Trust"],
        "B4": ["Rotherham", "Doncaster", "Trust"],
        "B5": [f"{edition}-Q{quarter}" for quarter in range(1, 5)],
    }
    for cell, items in lists.items():
        sheet.data_validation(cell, {"validate": "list", "source": items})
    _type(book, sheet, typed)


def _access(book: Any, typed: Mapping[str, Any], inserted: int, edition: str) -> None:
    sheet = book.add_worksheet("Access")
    sheet.protect()
    months = ("Month 1", "Month 2", "Month 3")
    open_cell = {name: book.add_format({"locked": False, "num_format": name}) for name in ("General", "0", "0.0")}
    for column, text in enumerate(("Question code", "Question")):
        sheet.merge_range(0, column, 1, column, text)
    for index, member in enumerate(("Adult", "Young people", "All services")):
        sheet.merge_range(0, 2 + 3 * index, 0, 4 + 3 * index, member)
        sheet.write_row(1, 2 + 3 * index, months)
    sheet.merge_range(0, 11, 1, 11, "Data source")
    sheet.merge_range(0, 12, 1, 12, "Comments")
    first = 2 + inserted
    sheet.write_row(first, 0, ("Q1", f"Referrals, as defined in {edition}"))
    for column in range(2, 8):
        sheet.write_blank(first, column, None, open_cell["0"])
    rule = {"validate": "integer", "criteria": ">=", "value": 0}
    sheet.data_validation(first, 2, first, 7, rule)
    for column in range(8, 11):
        sheet.write_formula(first, column, "=C3+F3", None, 0)
    for column in (11, 12):
        sheet.write_blank(first, column, None, open_cell["General"])
    sheet.write_row(5, 0, ("Question code", "Question", *months, "Data source", "Comments"))
    sheet.write_row(6, 0, ("Q2", f"Share, as defined in {edition}"))
    for column in range(2, 7):
        sheet.write_blank(6, column, None, open_cell["0.0" if column < 5 else "General"])
    sheet.data_validation("C7:E7", {"validate": "decimal", "criteria": "between", "minimum": -100, "maximum": 100})
    sheet.write_row(8, 0, ("Question code", "Question", "Adult", "Young people", "Data source", "Comments"))
    sheet.write_row(9, 0, ("Q3", f"Provided, as defined in {edition}"))
    for column in range(2, 6):
        sheet.write_blank(9, column, None, open_cell["General"])
    sheet.data_validation("C10:D10", {"validate": "list", "source": ["Yes", "No"]})
    _type(book, sheet, typed)


def _type(book: Any, sheet: Any, typed: Mapping[str, Any]) -> None:
    for cell, what in typed.items():
        one = what if isinstance(what, As) else As(what)
        look = book.add_format({"locked": False, "num_format": one.number_format})
        if one.formula:
            sheet.write_formula(cell, one.formula, look, one.value)
        elif isinstance(one.value, str):
            sheet.write_string(cell, one.value, look)
        else:
            sheet.write(cell, one.value, look)


def _worked_out(data: bytes) -> bytes:
    """The same workbook as Excel leaves it once it has worked its formulas out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as given, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as written:
        for part in given.infolist():
            written.writestr(part, given.read(part).replace(b' fullCalcOnLoad="1"', b""))
    return out.getvalue()


@cache
def form() -> ToolForm:
    """What the small tool is read by."""
    template = WorkbookContents.read(draw())
    items = (("Q1", "service"), ("Q2", None))
    units = {"Q1": "count", "Q2": "percent"}
    return ToolForm(
        project=PROJECT,
        binding=load_binding(BINDING, "binding.yaml", template.grid, items, units),
        template=template,
        units=units,
        places={"rotherham": "Rotherham", "doncaster": "Doncaster", "trust": "The NHS Foundation Trust"},
        ods_code="RXE",
        others=lambda: {"2024-25": WorkbookContents.read(draw(edition="2024-25"))},
    )


def returned(
    access: Mapping[str, Any] | None = None, about: Mapping[str, Any] | None = None, **how: Any
) -> ReadTool:
    """The small tool, filled by a person, read back."""
    return read_tool(WorkbookContents.read(draw(access, ABOUT | dict(about or {}), **how)), form())
