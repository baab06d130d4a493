"""Which recorded tool is meant, and which of its cells: by the file handed in, or by project, period and locality.

Here: telling a tool by its bytes or by what stands in it, finding an answer, and saying what would work where
nothing is found. Not here: the rows behind an answer (``trace_reader``).
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from nhsbn.errors import NhsbnError
from nhsbn.periods import Month
from nhsbn.tools.collection_tool import ToolCell
from nhsbn.tools.workbook_contents import WorkbookContents
from nhsbn.tracing.trace import Difference
from nhsbn.values import ALL
from nhsbn.xlsx.cell_values import Held
from nhsbn.xlsx.references import place_of
from resources.records import Records
from resources.records_models import ToolVersion
from resources.workbook_files import read_whole

LARGEST_FILE = 64 * 2**20
"""Bytes of a tool's file; NHSBN's are some 2 MB."""

_CELL = re.compile(
    r"^(?:'(?P<quoted>(?:[^']|'')+)'|(?P<plain>[^'!]+))!\$?(?P<column>[A-Za-z]{1,3})\$?(?P<row>\d{1,7})$"
)
_TOLD_BY = ("details.ods_code", "details.period", "details.locality")
_NEAREST = 3


@dataclass(frozen=True)
class Meant:
    """A recorded tool, and how the file handed in differs from it."""

    version: ToolVersion
    cells: tuple[ToolCell, ...]
    differences: tuple[Difference, ...] = ()


def tool_of_file(records: Records, path: Path) -> Meant:
    """The recorded tool that a file is, or that it was before somebody changed it.

    Raises:
        NhsbnError: when it cannot be read, or is no tool that these records know.
    """
    size = path.stat().st_size if path.is_file() else 0
    if size > LARGEST_FILE:
        raise NhsbnError(
            f"{path.name} has {size / 2**20:,.0f} MB, and no collection tool does; name the tool itself"
        )
    data = read_whole(path)
    if same := records.tools(sha256=hashlib.sha256(data).hexdigest()):
        return Meant(same[-1], tuple(records.cells(same[-1].id)))
    try:
        contents = WorkbookContents.read(data)
    except NhsbnError as error:
        raise NhsbnError(f"{path.name}: {error}") from None
    likest = min(
        _alike(records, contents), key=lambda meant: (len(meant.differences), -meant.version.id), default=None
    )
    if likest is None:
        raise NhsbnError(
            f"{path.name} is no tool that was made here: the records know no file of this content, and none whose "
            "ODS code, period and locality it bears. Name a tool as it was made, below out/ of this home, or "
            "trace by project: nhsbn trace PROJECT PERIOD LOCALITY METRIC."
        )
    return likest


def recorded_tool(records: Records, project: str, period: str, locality: str, version: int | None) -> Meant:
    """The newest version of a locality's tool, or the one asked for.

    Raises:
        NhsbnError: when the period was never run, or has no such version.
    """
    made = records.tools(project=project, period=period, locality=locality)
    if not made:
        periods = sorted({one.period for one in records.tools(project=project, locality=locality)})
        known = f"Periods run for {locality}: {', '.join(periods)}." if periods else "None has been run yet."
        raise NhsbnError(
            f"{project} {period} was never run for {locality}, so there is nothing to trace. {known} "
            f"To make it: nhsbn run {project} {period}"
        )
    found = [one for one in made if version in (None, one.version)]
    if not found:
        raise NhsbnError(
            f"{project} {period} of {locality} has no version {version}: it has "
            f"{'version 1' if len(made) == 1 else f'versions 1 to {made[-1].version}'}."
        )
    return Meant(found[-1], tuple(records.cells(found[-1].id)))


def cell_at(meant: Meant, text: str) -> ToolCell:
    """The answer in a cell, written as Excel writes it: ``Activity!H14``, ``'Quality and safety'!H14``.

    Raises:
        NhsbnError: when the text names no cell, no sheet of the tool, or a cell that holds no answer.
    """
    match = _CELL.match(text.strip())
    if match is None:
        raise NhsbnError(f"{text!r} names no cell. Write the sheet and the cell as in 'Activity!H14', in quotes.")
    named = (match["quoted"] or match["plain"]).replace("''", "'").strip()
    sheets = list(dict.fromkeys(cell.sheet for cell in meant.cells))
    sheet = next((one for one in sheets if one.lower() == named.lower()), None)
    if sheet is None:
        raise NhsbnError(f"No sheet {named!r} of this tool holds answers. Those that do are: {', '.join(sheets)}.")
    address = f"{match['column'].upper()}{int(match['row'])}"
    of_sheet = [cell for cell in meant.cells if cell.sheet == sheet]
    for cell in of_sheet:
        if cell.address == address:
            return cell
    listed = "; ".join(_described(cell) for cell in _nearest(of_sheet, address))
    raise NhsbnError(
        f"{sheet}!{address} holds no answer: a text of the template, a comment, or a total that the workbook "
        f"works out itself. The nearest answers are {listed}."
    )


def cell_of(cells: Iterable[ToolCell], item: str, month: str, member: str) -> ToolCell | None:
    """The cell that asks an item of a month and a member; None where the tool has none."""
    asked = (item, month, member)
    return next((cell for cell in cells if (cell.item, cell.month, cell.member) == asked), None)


def _alike(records: Records, contents: WorkbookContents) -> Iterable[Meant]:
    """Recorded tools whose submission a workbook bears, each with the cells in which it differs."""
    for version in records.tools():
        cells = tuple(records.cells(version.id))
        told = [cell for cell in cells if cell.item in _TOLD_BY]
        if told and not any(_differences(contents, told)):
            yield Meant(version, cells, tuple(_differences(contents, cells)))


def _differences(contents: WorkbookContents, cells: Sequence[ToolCell]) -> Iterable[Difference]:
    for cell in cells:
        place = place_of(cell.address)
        found = contents.held(cell.sheet, place) if place and cell.sheet in contents.grid else None
        found = None if found == "" else found
        recorded = float(cell.value) if isinstance(cell.value, int) else cell.value
        if not _same(found, recorded):
            shown = str(found) if isinstance(found, bool) else found
            yield Difference(cell.sheet, cell.address, cell.question, recorded, shown)


def _same(found: Held, recorded: float | str | None) -> bool:
    """Whether a cell holds what was recorded: of numbers, the fifteen figures that a spreadsheet program keeps."""
    if isinstance(found, float) and isinstance(recorded, float):
        return math.isclose(found, recorded, rel_tol=1e-14)
    return found == recorded


def _nearest(cells: Sequence[ToolCell], address: str) -> list[ToolCell]:
    """The answers nearest to a cell: on its row before on any other."""
    row, column = place_of(address) or (1, 1)

    def away(cell: ToolCell) -> tuple[int, int]:
        there = place_of(cell.address) or (1, 1)
        return abs(there[0] - row), abs(there[1] - column)

    return sorted(cells, key=away)[:_NEAREST]


def _described(cell: ToolCell) -> str:
    said = [cell.question]
    if cell.month:
        said.append(Month(*map(int, cell.month.split("-"))).title)
    if cell.member != ALL:
        said.append(cell.member)
    return f"{cell.address} ({', '.join(said)})"
