"""The ``nhsbn tool`` commands: any sender's workbook filled, and the proof that nothing else in it changed.

Here: arguments, files and what is said. Not here: filling and comparing (the core).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nhsbn.errors import NhsbnError, Problem, ProblemsError
from nhsbn.xlsx.cells_csv import read_cells
from nhsbn.xlsx.package import read_package
from nhsbn.xlsx.verify import verify as compare
from pipelines.tool_read_cli import read
from resources.recalculation import LibreOffice, asked_for
from resources.workbook import fill_and_prove
from resources.workbook_files import read_whole, write_whole

app = typer.Typer(help="Fill any workbook, and prove that nothing else in it changed.", no_args_is_help=True)
app.command()(read)

Template = Annotated[Path, typer.Argument(help="The workbook as its sender made it.")]


@app.command()
def fill(
    template: Template,
    cells: Annotated[Path, typer.Argument(help="A CSV file with the columns sheet, cell, value, type.")],
    out: Annotated[Path, typer.Argument(help="Where the filled workbook goes.")],
    recalculate: Annotated[
        bool | None,
        typer.Option(
            help="Have LibreOffice, where it is, work out totals; the default unless NHSBN_RECALCULATE is no."
        ),
    ] = None,
) -> None:
    """Fill a workbook's cells; nothing is written unless every cell may be.

    Types: number, text, date (2025-06-30), time (09:30), boolean (true, false), blank. Results of formulas that
    depend on what is filled are worked out anew, or cleared; Excel is asked to work them out on opening.
    """
    if out.resolve() in (template.resolve(), cells.resolve()):
        raise NhsbnError(f"{out} would replace what it is made from; name another file")
    given = read_whole(template)
    try:
        entries = read_cells(read_whole(cells).decode("utf-8"), cells.name)
    except UnicodeDecodeError:
        raise NhsbnError(f"{cells} is not written in UTF-8; save it in Excel as CSV UTF-8") from None
    with Naming(template):
        filled = fill_and_prove(given, entries, asked_for() if recalculate is None else recalculate)
    if out.suffix.lower() != filled.ending:
        raise NhsbnError(
            f"{out} must end in {filled.ending}, as {template.name} is such a workbook; Excel opens it as no other"
        )
    write_whole(out, filled.data)
    for warning in filled.warnings:
        typer.echo(f"Look at {warning}")
    if recalculate and LibreOffice.found() is None:
        typer.echo("Look at totals: LibreOffice is not installed; Excel works them out on opening")
    typer.echo(f"{len(entries)} cells filled in {out}; {filled.comparison.untouched} parts are as they were.")


@app.command()
def verify(
    template: Template, filled: Annotated[Path, typer.Argument(help="The workbook that was filled from it.")]
) -> None:
    """List every difference between a template and a workbook filled from it; 2 when filling explains not all."""
    before, after = read_whole(template), read_whole(filled)
    with Naming(template):
        read_package(before).check()
    with Naming(filled):
        comparison = compare(before, after)
    for difference in comparison.differences:
        if difference.is_explained:
            typer.echo(f"{difference.where}: {difference.what}")
    typer.echo(
        f"{len(comparison.filled)} cells filled, {comparison.untouched} parts as they were, "
        f"{len(comparison.harm)} differences that filling does not explain."
    )
    if comparison.harm:
        raise ProblemsError(Problem(f"{filled.name}, {one.where}", one.what) for one in comparison.harm)


class Naming:
    """Puts a file's name before what is said of its content."""

    def __init__(self, path: Path) -> None:
        self._name = path.name

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Raise the same error, with the name."""
        if isinstance(error, ProblemsError):
            named = (Problem(f"{self._name}, {one.where}", one.message) for one in error.problems)
            raise ProblemsError(named) from None
        if isinstance(error, NhsbnError):
            raise NhsbnError(f"{self._name}: {error}") from None
