"""The ``nhsbn`` command.

Here: arguments, exit codes, and handing over. Not here: doing anything (run, synth), or how it is shown (report).

Exit codes: 0 all is made; 1 something unexpected; 2 something the user can mend; 3 made, but a file was held back
or a cell withheld.
"""

from __future__ import annotations

import os
import subprocess
import sys
import traceback
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from nhsbn.errors import NhsbnError, ProblemsError
from pipelines.checks_cli import check, checks_app, history_app
from pipelines.lineage_cli import app as lineage_app
from pipelines.review_cli import app as review_app
from pipelines.tool_cli import app as tool_app
from pipelines.tool_inspect_cli import bind, inspect
from pipelines.trace_cli import trace, where
from resources.home import Home
from resources.site import ROOT, Site

OK, UNEXPECTED, USER_ERROR, HELD_BACK = 0, 1, 2, 3

app = typer.Typer(
    help="NHS Benchmarking Network returns, from extracts to filled collection tools.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.add_typer(tool_app, name="tool")
app.add_typer(lineage_app, name="lineage")
app.command()(check)
app.add_typer(checks_app, name="checks")
app.add_typer(history_app, name="history")
app.add_typer(review_app, name="review")
app.command()(trace)
app.command()(where)
tool_app.command()(inspect)
tool_app.command()(bind)

ProjectArgument = Annotated[str, typer.Argument(help="A project, as `nhsbn projects` lists them.")]
PeriodArgument = Annotated[str, typer.Argument(help="2025-04, 2025-26-Q1 or 2025-26.")]
LocalityOption = Annotated[
    str | None, typer.Option(help="One locality, or trust; without it, every one of them.", show_default=False)
]


@dataclass
class Chosen:
    """What the options before the command say.

    Attributes:
        home: where the state is.
    """

    home: Home = field(default_factory=Home.at)


@app.callback()
def choose_home(
    context: typer.Context,
    home: Annotated[
        Path | None,
        typer.Option(help="Where all state is kept. [NHSBN_HOME, else var]", show_default=False),
    ] = None,
) -> None:
    """NHS Benchmarking Network returns, from extracts to filled collection tools."""
    context.obj.home = Home.at(home)


@app.command()
def projects() -> None:
    """List what NHSBN asks, edition by edition, and until when."""
    today = datetime.now(UTC).date()
    table = Table(box=box.SIMPLE_HEAD)
    for head in ("Project", "Title", "Edition", "Every", "Periods", "Due next"):
        table.add_column(head)
    site = Site()
    programme = site.programme
    editions = [edition for project in programme.running for edition in programme.editions(project.project)]
    for project in editions:
        due = [project.deadline_of(period) for period in project.periods]
        upcoming = min((day for day in due if day >= today), default=None)
        table.add_row(
            project.project,
            project.title,
            project.edition,
            project.cadence,
            f"{project.first_period} to {project.last_period}",
            f"{upcoming:%d %B %Y}" if upcoming else "all are past",
        )
    console = _console()
    console.print(table)
    for project in editions:
        comparability = site.comparability(project.project, project.edition)
        if comparability.undecided:
            console.print(
                f"{project.title} {project.edition} is not compared with {comparability.against} in "
                f"{', '.join(comparability.undecided)}, until its comparability.yaml says whether it may be.",
                highlight=False,
            )


@app.command()
def run(
    context: typer.Context, project: ProjectArgument, period: PeriodArgument, locality: LocalityOption = None
) -> None:
    """Make the collection tools of a period. Only what has changed is made again."""
    from pipelines.report import Progress, show_plan, show_return
    from pipelines.run import Return

    home, site, console = context.obj.home.prepare(), Site(), _console()
    asked = Return(site, home, project, period, locality)
    plan = asked.plan()
    if plan.is_fresh:
        console.print(f"{asked.title}: nothing has changed since the tools were made.")
    else:
        console.print(asked.title, style="bold")
        show_plan(console, plan)
        with Progress(console).watching() as progress:
            asked.make(plan, progress)
    status = asked.status()
    show_return(console, asked.title, status, site.organisation, asked.folder)
    raise typer.Exit(OK if status.is_whole else HELD_BACK)


@app.command()
def status(
    context: typer.Context, project: ProjectArgument, period: PeriodArgument, locality: LocalityOption = None
) -> None:
    """Show cells by state, gaps with their owners, files held back, and what is out of date."""
    from pipelines.report import show_gaps, show_plan, show_return
    from pipelines.run import Return

    home, site, console = context.obj.home.prepare(), Site(), _console()
    asked = Return(site, home, project, period, locality)
    plan, state = asked.plan(), asked.status()
    title = f"{asked.title}, due {asked.work.project.deadline_of(asked.work.period)}"
    show_return(console, title, state, site.organisation, asked.folder)
    show_gaps(console, state.tools, site.organisation)
    if not plan.is_fresh:
        show_plan(console, plan)
        console.print(f"Run: nhsbn run {project} {period}", highlight=False)
    raise typer.Exit(OK if state.is_whole else HELD_BACK)


@app.command()
def assure(project: ProjectArgument) -> None:
    """Run the worked cases of every definition of a project, in each of its editions."""
    from nhsbn.metrics.assurance import assure as run_cases

    site, console = Site(), _console()
    editions = [edition.edition for edition in site.programme.editions(project)]
    results = run_cases(
        site.texts("sql/measures", "*.cases.yaml"),
        [site.assured(project, edition) for edition in editions],
        site.library,
    )
    failed = [result for result in results if not result.passed]
    for result in failed:
        where = f"[red]{escape(result.where)}[/], edition {result.edition}:"
        console.print(f"{where} {escape(result.title)}", highlight=False, soft_wrap=True)
        for failure in result.failures:
            console.print(f"  {escape(failure)}", highlight=False, soft_wrap=True)
    for edition in editions:
        held = [result.passed for result in results if result.edition == edition]
        console.print(f"Edition {edition}: {sum(held)} of {len(held)} definition cases hold.")
    raise typer.Exit(USER_ERROR if failed else OK)


@app.command()
def synth(
    directory: Annotated[Path, typer.Argument(help="Where to: extracts below inbox/, the truth below truth/.")],
    seed: Annotated[int, typer.Option(help="The same seed makes the same files.")] = 1,
    scale: Annotated[float, typer.Option(help="1 is a trust of 3,800 staff; the demo is a tenth.")] = 0.1,
    start: Annotated[str, typer.Option(help="First month.")] = "2024-04",
    months: Annotated[int, typer.Option(help="How many months.")] = 24,
) -> None:
    """Invent the extracts of a whole trust, to try things out on."""
    from synth import generate

    console = _console()
    try:
        with console.status("Inventing extracts") if console.is_terminal else nullcontext():
            generate(directory, seed=seed, scale=scale, start=start, months=months)
    except OSError as error:
        raise NhsbnError(
            f"{error.filename or directory} cannot be written ({error.strerror}). Name a folder that you may "
            "write to, and close its files in Excel."
        ) from None
    console.print(f"Invented extracts are in {directory}.", highlight=False, soft_wrap=True)


@app.command()
def ui(
    context: typer.Context, port: Annotated[int, typer.Option(help="On this machine's own address.")] = 3000
) -> None:
    """Open the Dagster UI, with its schedules and sensors, on 127.0.0.1."""
    home = context.obj.home.prepare()
    environment = {
        **os.environ,
        "NHSBN_HOME": str(home.root),
        "DAGSTER_HOME": str(home.dagster_home),
        "PYTHONWARNINGS": "ignore",  # Dagster advises another of its commands at every start
    }
    _console().print(f"The UI opens on http://127.0.0.1:{port}; stop it with Ctrl+C.")
    command = [sys.executable, "-m", "dagster", "dev", "-w", str(ROOT / "workspace.yaml")]
    command += ["-h", "127.0.0.1", "-p", str(port)]
    os.chdir(ROOT)
    if os.name == "posix":  # in this process's place, so that whoever stops it stops Dagster
        os.execve(command[0], command, environment)  # noqa: S606
    raise typer.Exit(subprocess.call(command, env=environment))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: without the program's name; those of the process by default.

    Returns:
        The exit code.
    """
    errors, chosen = Console(stderr=True), Chosen()
    try:
        given = list(arguments) if arguments is not None else None
        app(args=given, obj=chosen)
    except ProblemsError as error:
        for problem in error.problems:
            errors.print(escape(str(problem)), highlight=False, soft_wrap=True)
        return USER_ERROR
    except NhsbnError as error:
        errors.print(escape(str(error)), highlight=False, soft_wrap=True)
        return USER_ERROR
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else OK
    except Exception as error:  # the last resort: everything a user can mend is caught above
        errors.print(f"Unexpected: {type(error).__name__}: {escape(str(error))}", highlight=False, soft_wrap=True)
        errors.print(f"The details are in {_keep_trace(chosen.home)}.", highlight=False, soft_wrap=True)
        return UNEXPECTED
    return OK


def _console() -> Console:
    """The terminal; where there is none, lines long enough that a table keeps its columns."""
    console = Console()
    return console if console.is_terminal else Console(width=140)


def _keep_trace(home: Home) -> Path:
    """Write what was being done when something unexpected came up, for its owner alone, as it may quote data."""
    path = home.root / "last-error.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
        stream.write(traceback.format_exc())
    return path
