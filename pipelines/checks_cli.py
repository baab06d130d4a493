"""``nhsbn check``, ``nhsbn checks`` and ``nhsbn history``: how a return's figures stand before they are sent.

Here: arguments. Not here: what a command does (checking), which is imported only when one is given, as it brings
the database and the tables with it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

checks_app = typer.Typer(help="Accept a failed check, or load another source's figures.", no_args_is_help=True)
history_app = typer.Typer(help="What was submitted for earlier periods.", no_args_is_help=True)

ByOption = Annotated[
    str | None, typer.Option("--by", help="Who; by default who is logged in.", show_default=False)
]
ProjectArgument = Annotated[str, typer.Argument(help="A project, as `nhsbn projects` lists them.")]
PeriodArgument = Annotated[str, typer.Argument(help="2025-04, 2025-26-Q1 or 2025-26.")]


def check(
    context: typer.Context,
    project: ProjectArgument,
    period: PeriodArgument,
    locality: Annotated[
        str | None, typer.Option(help="One locality, or trust; without it, every one.", show_default=False)
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Show what passed, too.")] = False,
) -> None:
    """Judge the figures of a period, and show what needs a look first. Nothing is calculated anew."""
    from pipelines.checking import show_checks

    raise typer.Exit(show_checks(context.obj.home, project, period, locality, everything=everything))


@checks_app.command()
def accept(
    context: typer.Context,
    project: ProjectArgument,
    period: PeriodArgument,
    check: Annotated[str, typer.Argument(help="The check, as `nhsbn check` names it: year_on_year.")],
    subject: Annotated[str, typer.Argument(help="The question, table or tool it failed for: MI-CM-03.")],
    locality: Annotated[str, typer.Argument(help="The place it failed for: a locality, or trust.")],
    reason: Annotated[str, typer.Option(help="Why the figure is right, in words a director reads.")],
    until: Annotated[str, typer.Option(help="The last day on which this holds: 2025-09-30.")],
    by: ByOption = None,
) -> None:
    """Let a failure stand, by name and until a day. It lapses then, or as soon as what was found changes."""
    from pipelines.checking import accept_failure

    accept_failure(context.obj.home, project, period, (check, subject, locality), reason, until, by)


@checks_app.command("load-comparison")
def load_comparison(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A CSV with source, item, locality, month and value.")],
    by: ByOption = None,
) -> None:
    """Load another source's figures, which agree checks hold ours to. The same file again changes nothing."""
    from pipelines.checking import load_comparisons

    load_comparisons(context.obj.home, file, by)


@history_app.command()
def load(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="Tools as they were submitted, of any edition.")],
    by: ByOption = None,
) -> None:
    """Take in what was submitted for earlier periods. The same file again changes nothing; a correction stands."""
    from pipelines.checking import load_history

    load_history(context.obj.home, files, by)
