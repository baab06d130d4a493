"""``nhsbn review``: packs for those who sign, what they send back, and how far a return has come.

Here: arguments, tables and exit codes. Not here: making packs, taking answers and holding them to the figures
(``assets.pack_stage``, ``assets.signing_stage``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from typer.core import TyperGroup

from assets.checking_stage import today
from assets.editions import edition_of
from assets.pack_stage import write
from assets.signing_stage import ReviewStatus, SigningDesk, TakenFile
from assets.workshop import Workshop
from nhsbn.review.content import RETURN
from nhsbn.review.rows import WHOLE
from nhsbn.review.sign_off import Standing
from resources.home import Home
from resources.inbox import REVIEWS
from resources.site import Site

OPEN = 3
"""Exit code: something was not taken, or is not signed yet."""

CHANGES_SHOWN = 3
"""Changes that the terminal shows of one lapsed sign-off; the pack names all of them."""


class _PackByDefault(TyperGroup):
    """``nhsbn review PROJECT PERIOD`` makes the packs; the other commands go by their names."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Put the command's name before what is no command."""
        if args and args[0] not in self.commands and "--help" not in args[:1]:
            args = ["pack", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_PackByDefault,
    help="Review packs: `nhsbn review PROJECT PERIOD` makes them for leads and directors.",
    no_args_is_help=True,
)

ProjectArgument = Annotated[str, typer.Argument(help="A project, as `nhsbn projects` lists them.")]
PeriodArgument = Annotated[str, typer.Argument(help="2025-04, 2025-26-Q1 or 2025-26.")]
LocalityOption = Annotated[
    str | None, typer.Option(help="One locality, or trust; without it, every one of them.", show_default=False)
]


@app.command()
def pack(
    context: typer.Context,
    project: ProjectArgument,
    period: PeriodArgument,
    locality: LocalityOption = None,
    lead: Annotated[
        str | None,
        typer.Option(
            help="One person of the plan, by id, role, name or e-mail; without it, everyone.", show_default=False
        ),
    ] = None,
) -> None:
    """Write the pages and workbooks to be reviewed, for every lead and director."""
    from pages.review_pack import render  # its templates and charts are of no use to the other commands

    console = _console()
    with _opened(context.obj.home, project, period) as desk:
        reader = desk.plan.found(lead) if lead else None
        places = _places(desk, locality)
        made = write(desk, places, reader, render)
        judged = all(desk.place(one).review.is_judged for one in places)
    for where, count in Counter(path.parent for path in made).items():
        console.print(f"{count:4} files in {escape(str(where))}", highlight=False, soft_wrap=True)
    if not judged:
        console.print(
            f"The figures have changed since they were judged. Run: nhsbn check {project} {period}, and make the "
            "packs again.",
            highlight=False,
        )
    console.print(f"Put what comes back in {escape(str(context.obj.home.inbox / REVIEWS))}, and run:")
    console.print(f"nhsbn review take {project} {period}", highlight=False)


@app.command()
def take(context: typer.Context, project: ProjectArgument, period: PeriodArgument) -> None:
    """Take the marked-up workbooks of the inbox; what is not taken is listed with the remedy, and stays."""
    console = _console()
    with _opened(context.obj.home, project, period) as desk:
        files = desk.take()
    if not files:
        folder = context.obj.home.inbox / REVIEWS
        console.print(f"Nothing has come back in {escape(str(folder))}", highlight=False, soft_wrap=True)
    for file in files:
        _show_file(console, file)
    troubled = any(file.refused or (file.weighed and file.weighed.problems) for file in files)
    raise typer.Exit(OPEN if troubled else 0)


@app.command()
def status(
    context: typer.Context, project: ProjectArgument, period: PeriodArgument, locality: LocalityOption = None
) -> None:
    """Show what is confirmed, queried, lapsed and waiting, by place, section and lead, and until when."""
    console = _console()
    with _opened(context.obj.home, project, period) as desk:
        found = desk.status(_places(desk, locality))
        _show_status(console, desk, found)
    raise typer.Exit(0 if found.is_done else OPEN)


def _show_file(console: Console, file: TakenFile) -> None:
    name = escape(file.name)
    if file.refused:
        console.print(f"[yellow]{name}[/] {escape(file.refused)}", highlight=False, soft_wrap=True)
        return
    if file.before:
        day = f"{file.before.day} {file.before:%B %Y}"
        console.print(f"{name} was taken on {day}; nothing in it is new.", highlight=False, soft_wrap=True)
        return
    if (weighed := file.weighed) is None:
        return
    said = [f"{weighed.taken} responses taken"]
    said += [f"{len(weighed.responses) - weighed.taken} kept but not taken"] if weighed.problems else []
    said += [f"{weighed.repeated} as taken before"] if weighed.repeated else []
    said += [f"{weighed.blank} not answered"] if weighed.blank else []
    console.print(f"{name}: {', '.join(said)}.", highlight=False, soft_wrap=True)
    for problem in weighed.problems:
        console.print(f"  {escape(str(problem))}", highlight=False, soft_wrap=True)


def _show_status(console: Console, desk: SigningDesk, found: ReviewStatus) -> None:
    project, period, places = desk.work.project, desk.work.period, desk.workshop.site.organisation.places
    deadline = project.deadline_of(period)
    days = desk.plan.days(deadline)
    steps = f"validated by {days['validated']:%d %B}, overseen by {days['overseen']:%d %B}"
    heads = ("Place", "Section", "Lead", *(one.value.capitalize() for one in Standing))
    title = f"{project.title} {period}: {steps}, due {deadline:%d %B %Y}"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, highlight=False)
    for number, head in enumerate(heads):
        table.add_column(head, justify="left" if number < 3 else "right")
    for one in found.progress:
        person = desk.plan.people[one.lead]
        counts = (str(one.counts[standing] or "") for standing in Standing)
        table.add_row(places[one.place], _section(one.section), f"{person.name}, {person.role}", *counts)
    console.print(table)
    _show_oversight(console, desk, found)
    for place, code, sign_off in found.sign_offs:
        if sign_off.standing in (Standing.QUERIED, Standing.LAPSED) and sign_off.response:
            comment = f" “{sign_off.response.comment}”" if sign_off.response.comment else ""
            line = f"{places[place]}, {code}: {sign_off.said}{comment}"
            console.print(escape(line), highlight=False, soft_wrap=True)
            _show_changes(console, [change.said for change in sign_off.changes])
    if found.waiting:
        console.print(
            f"Came back and not taken yet: {escape(', '.join(found.waiting))}. Run: nhsbn review take "
            f"{project.project} {period}",
            highlight=False,
            soft_wrap=True,
        )


def _show_oversight(console: Console, desk: SigningDesk, found: ReviewStatus) -> None:
    places = desk.workshop.site.organisation.places
    table = Table(title="Oversight", title_justify="left", box=box.SIMPLE_HEAD)
    for head in ("Place", "Director", "Section", "Stands", "Said"):
        table.add_column(head, overflow="fold")
    for place, subject, sign_off in found.oversight:
        name = desk.plan.people[desk.plan.directors[place]].name
        said = ", ".join(filter(None, (sign_off.said, sign_off.response.comment if sign_off.response else "")))
        table.add_row(places[place], name, _section(subject), sign_off.standing, escape(said))
    console.print(table)


def _show_changes(console: Console, changes: Sequence[str]) -> None:
    for line in changes[:CHANGES_SHOWN]:
        console.print(f"  {escape(line)}", highlight=False, soft_wrap=True)
    if len(changes) > CHANGES_SHOWN:
        console.print(f"  and {len(changes) - CHANGES_SHOWN} more; the pack names them", highlight=False)


def _section(subject: str) -> str:
    return WHOLE if subject == RETURN else subject.replace("_", " ").capitalize()


def _places(desk: SigningDesk, locality: str | None) -> Sequence[str]:
    return [desk.workshop.site.organisation.place(locality)] if locality else desk.places


@contextmanager
def _opened(home: Home, project: str, period: str) -> Iterator[SigningDesk]:
    site = Site()
    workshop = Workshop(site, home.prepare())
    try:
        yield SigningDesk(workshop, edition_of(site, project, period), today())
    finally:
        workshop.close()


def _console() -> Console:
    """The terminal; where there is none, lines long enough that a table keeps its columns."""
    console = Console()
    return console if console.is_terminal else Console(width=140)
