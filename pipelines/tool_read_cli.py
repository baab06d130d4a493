"""``nhsbn tool read``: a filled tool read back, shown, and written as CSV.

Here: arguments, tables and the CSV. Not here: reading (the core), and what becomes of the values.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from nhsbn.errors import NhsbnError
from nhsbn.tools.returned_cells import FoundMisfit, Misfit, ReadCell
from nhsbn.tools.tool_reading import ReadTool
from nhsbn.xlsx.values import shortest
from resources.site import Site
from resources.tool_forms import read_tool_file, tool_form
from resources.workbook_files import write_whole

MISFITS = 3
"""Exit code: it was read, and something in it was not taken or is not as it was sent."""

SHOWN = 20
"""Misfits of a kind that the terminal shows; the CSV has all of them."""

COLUMNS = (
    *("project", "edition", "period", "locality", "ods_code", "sheet", "cell", "question", "item", "member"),
    *("month", "month_column", "state", "value", "found", "misfit", "why", "would_be"),
)


def read(
    project: Annotated[str, typer.Argument(help="A project, as `nhsbn projects` lists them.")],
    edition: Annotated[str, typer.Argument(help="Its edition: 2025-26.")],
    file: Annotated[Path, typer.Argument(help="The filled tool.")],
    csv_to: Annotated[
        Path | None, typer.Option("--csv", help="Write every value, blank and misfit here.", show_default=False)
    ] = None,
) -> None:
    """Read a filled tool back into metric values, and list what does not fit; 3 when something does not."""
    console = Console()
    console = console if console.is_terminal else Console(width=140)
    if csv_to is not None and csv_to.resolve() == file.resolve():
        raise NhsbnError(f"{csv_to} would replace the tool it is read from; name another file")
    tool = read_tool_file(file, tool_form(Site(), project, edition))
    _show(console, file, tool)
    if csv_to is not None:
        write_whole(csv_to, as_csv(tool).encode("utf-8-sig"))  # so that Excel takes it for UTF-8
        console.print(f"Every cell of it is in {escape(str(csv_to))}", highlight=False, soft_wrap=True)
    raise typer.Exit(MISFITS if tool.misfits else 0)


def as_csv(tool: ReadTool) -> str:
    """Every value, blank and misfit of a tool, a line each, under :data:`COLUMNS`."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    submission = tool.submission
    about = {
        "project": submission.project,
        "edition": submission.edition,
        "period": submission.period or "",
        "locality": submission.locality or "",
        "ods_code": submission.ods_code,
    }
    writer.writerows(about | line for line in _lines(tool))
    return text.getvalue()


def _lines(tool: ReadTool) -> Iterator[dict[str, object]]:
    for state, cells in (("value", tool.values), ("blank", tool.blanks)):
        for cell in cells:
            yield {"state": state, "value": _written(cell.value), **_cell(cell)}
    for misfit in tool.misfits:
        yield {
            "state": "misfit",
            "sheet": misfit.sheet,
            "cell": misfit.address,
            "question": misfit.question,
            "found": misfit.found,
            "misfit": misfit.kind.value,
            "why": misfit.why,
            "would_be": _written(misfit.would_be),
            **(_cell(misfit.cell) if misfit.cell else {}),
        }


def _cell(cell: ReadCell) -> dict[str, object]:
    return {
        "sheet": cell.sheet,
        "cell": cell.address,
        "question": cell.question,
        "item": cell.item,
        "member": cell.member,
        "month": cell.month or "",
        "month_column": cell.column or "",
    }


def _written(value: float | str | None) -> str:
    return shortest(value) if isinstance(value, float) else value or ""


def _show(console: Console, file: Path, tool: ReadTool) -> None:
    submission = tool.submission
    details = Table(title=escape(file.name), title_justify="left", box=box.SIMPLE, show_header=False)
    rows = {
        "Tool": f"{submission.project}, edition {submission.edition}",
        "Period": str(submission.period or "not known"),
        "Locality": submission.locality or "not known",
        "ODS code": submission.ods_code or "not given",
        "Values": f"{len(tool.values):,}, of which {sum(cell.value == 0 for cell in tool.values):,} are nought",
        "Blank": f"{len(tool.blanks):,}",
        "Do not fit": f"{len(tool.misfits):,}",
    }
    for label, text in rows.items():
        details.add_row(label, escape(text))
    console.print(details)
    kinds = dict.fromkeys(misfit.kind for misfit in tool.misfits)
    for kind in [Misfit.EDITION] if Misfit.EDITION in kinds else kinds:  # all else follows from it
        listed = [misfit for misfit in tool.misfits if misfit.kind is kind]
        _show_kind(console, f"{kind.value.capitalize()} ({len(listed):,})", listed)


def _show_kind(console: Console, title: str, misfits: list[FoundMisfit]) -> None:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for head in ("Where", "Question", "Found", "What is wrong, and what to do", "Would be"):
        table.add_column(head, overflow="fold")
    for one in misfits[:SHOWN]:
        table.add_row(*map(escape, (one.where, one.question, one.found, one.why, _written(one.would_be))))
    console.print(table)
    if len(misfits) > SHOWN:
        console.print(f"  and {len(misfits) - SHOWN:,} more; --csv writes them all", highlight=False)
