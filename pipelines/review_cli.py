"""``nhsbn review``: packs for those who sign, what they send back, and how far a return has come.

Here: arguments, tables and exit codes. Not here: making packs, taking answers and holding them to the figures
(``assets.pack_stage``, ``assets.signing_stage``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from typer.core import TyperGroup

from nhsbn.review.rows import subject_title
from nhsbn.review.sign_off import Progress, SignOff, Standing
from nhsbn.values import TRUST
from resources.inbox import REVIEWS

if TYPE_CHECKING:  # the stages bring the database, which no other command should wait for
    from assets.signing_stage import ReviewStatus, SigningDesk, TakenFile
    from nhsbn.review.pack import ReviewPack
    from resources.home import Home

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
    traces: Annotated[
        bool, typer.Option("--traces", help="Write a trace page, too, of each question that needs a look.")
    ] = False,
) -> None:
    """Write the pages and workbooks to be reviewed, for every lead and director."""
    from assets.pack_stage import write
    from assets.trace_pages import write_traces
    from pages import trace_page
    from pages.review_pack import render  # its templates and charts are of no use to the other commands

    console = _console()
    with _opened(context.obj.home, project, period) as desk:
        reader = desk.plan.found(lead) if lead else None
        places = _places(desk, locality)

        def traced(pack: ReviewPack) -> Mapping[str, str]:
            return write_traces(desk.workshop, pack, project, period, trace_page.render)

        made = write(desk, places, reader, render, traced if traces else None)
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
        console.print(f"[yellow]{name}[/]: {escape(file.refused)}", highlight=False, soft_wrap=True)
        return
    if file.before:
        day = f"{file.before.day} {file.before:%B %Y}"
        console.print(f"{name} was taken on {day}; nothing in it is new.", highlight=False, soft_wrap=True)
        return
    if (weighed := file.weighed) is None:
        return
    kept = len(weighed.responses) - weighed.taken
    said = [f"{weighed.taken} {'response' if weighed.taken == 1 else 'responses'} taken"]
    said += [f"{kept} kept but not taken"] if kept else []
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
    console.print(f"{project.title} {period}: {steps}, due {deadline:%d %B %Y}", style="bold", highlight=False)
    _show_leads(console, desk, found)
    _show_oversight(console, found, {place: _place(places, place) for place in places})
    directors = ((place, subject_title(subject), sign_off) for place, subject, sign_off in found.oversight)
    for place, code, sign_off in (*found.sign_offs, *directors):
        if sign_off.standing in (Standing.QUERIED, Standing.LAPSED) and sign_off.response:
            comment = f" “{sign_off.response.comment}”" if sign_off.response.comment else ""
            line = f"{_place(places, place)}, {code}: {sign_off.said}{comment}"
            console.print(escape(line), highlight=False, soft_wrap=True)
            _show_changes(console, [change.said for change in sign_off.changes])
    if found.waiting:
        console.print(
            f"Came back and not taken yet: {escape(', '.join(found.waiting))}. Run: nhsbn review take "
            f"{project.project} {period}",
            highlight=False,
            soft_wrap=True,
        )


def _show_leads(console: Console, desk: SigningDesk, found: ReviewStatus) -> None:
    """How many questions each lead has confirmed, section by section, place beside place."""
    places = desk.workshop.site.organisation.places
    asked = list(dict.fromkeys(one.place for one in found.progress))
    table = _side_by_side(
        "Leads: questions confirmed", ("Section", "Lead"), [_place(places, one) for one in asked]
    )
    by_row: dict[tuple[str, str], dict[str, Progress]] = {}
    for one in found.progress:
        by_row.setdefault((one.section, one.lead), {})[one.place] = one
    sections = list(dict.fromkeys(section for section, _ in by_row))
    for (section, lead), own in sorted(by_row.items(), key=lambda row: sections.index(row[0][0])):
        person = desk.plan.people[lead]
        said = (_said(own[place]) if place in own else "" for place in asked)
        table.add_row(subject_title(section), f"{person.name}, {person.role}", *said)
    console.print(table)


def _said(one: Progress) -> str:
    """``12 of 14, 1 queried``; what only waits is the rest."""
    said = [f"{one.counts[Standing.CONFIRMED]} of {one.asked}"]
    said += [f"{one.counts[what]} {what}" for what in (Standing.QUERIED, Standing.LAPSED) if one.counts[what]]
    return ", ".join(said)


def _show_oversight(console: Console, found: ReviewStatus, places: Mapping[str, str]) -> None:
    """What each place's director has signed."""
    asked = list(dict.fromkeys(place for place, _, _ in found.oversight))
    table = _side_by_side("Directors", ("Section",), [places[one] for one in asked])
    by_row: dict[str, dict[str, SignOff]] = {}
    for place, subject, sign_off in found.oversight:
        by_row.setdefault(subject, {})[place] = sign_off
    for subject, own in by_row.items():
        table.add_row(subject_title(subject), *(_signed(own[place]) if place in own else "" for place in asked))
    console.print(table)


def _signed(sign_off: SignOff) -> str:
    response = sign_off.response
    return str(sign_off.standing) + (f" by {response.by}, {response.on:%d %B}" if response and response.on else "")


def _side_by_side(title: str, heads: Sequence[str], places: Sequence[str]) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for head in (*heads, *places):
        table.add_column(head, overflow="fold")
    return table


def _show_changes(console: Console, changes: Sequence[str]) -> None:
    for line in changes[:CHANGES_SHOWN]:
        console.print(f"  {escape(line)}", highlight=False, soft_wrap=True)
    if len(changes) > CHANGES_SHOWN:
        console.print(f"  and {len(changes) - CHANGES_SHOWN} more; the pack names them", highlight=False)


def _place(places: Mapping[str, str], place: str) -> str:
    return "Trust" if place == TRUST else places[place]


def _places(desk: SigningDesk, locality: str | None) -> Sequence[str]:
    return [desk.workshop.site.organisation.place(locality)] if locality else desk.places


@contextmanager
def _opened(home: Home, project: str, period: str) -> Iterator[SigningDesk]:
    from assets.checking_stage import today
    from assets.editions import edition_of
    from assets.signing_stage import SigningDesk
    from assets.workshop import Workshop
    from resources.site import Site

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
