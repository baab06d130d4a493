"""The ``nhsbn lineage`` commands: what a metric comes from, what a column feeds, and what nothing uses or fills.

Here: arguments and what is said. Not here: finding it out (nhsbn.lineage.columns).
"""

from __future__ import annotations

from collections import defaultdict
from difflib import get_close_matches
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from nhsbn.errors import NhsbnError
from nhsbn.extracts.reports import normalise_heading
from nhsbn.lineage.columns import Unfilled
from nhsbn.lineage.feeds import EVERY, USES, Column
from nhsbn.lineage.in_words import heading, item_in_words
from nhsbn.metrics.catalogue import Catalogue
from resources.site import Site

app = typer.Typer(help="Which column of which report feeds which metric, read from the SQL.", no_args_is_help=True)

LEGEND = "value: it gives the figure; matched: it finds it in another table; rows: it decides which rows count."


@app.command()
def metric(
    project: Annotated[str, typer.Argument(help="A project, as `nhsbn projects` lists them.")],
    metric_id: Annotated[str, typer.Argument(metavar="METRIC", help="MI-CM-07")],
) -> None:
    """Show what a metric of the newest edition counts, and every report column it rests on."""
    site, console = Site(), _console()
    newest = _newest(site, project)
    by_id = {one.metric_id: one for one in newest.metrics}
    if metric_id not in by_id:
        raise NhsbnError(f"{project} has no metric {metric_id}.{_perhaps(metric_id, list(by_id))}")
    asked = by_id[metric_id]
    console.print(f"{metric_id} {escape(asked.metric_title)}", style="bold")
    for item in asked.items:
        name = f"{item.item}. {item.title}" if item.item else item.title
        words = item_in_words(item, site.library).replace("*", "")
        returned = f"returned by the {asked.returned.lead}" if asked.returned else ""
        console.print(f"  {escape(name)}: {escape(words or returned)}", highlight=False)
    table = _table("Report", "Column", "Matters to", "As", "Through")
    for one in site.columns.reached(asked, newest):
        ways = ", ".join(f"{way.table}.{way.name}" for way in one.through)
        named = heading(one.column, site.register)
        table.add_row(*map(escape, (one.report, named, ", ".join(one.parts), USES[one.use], ways)))
    if table.row_count:
        console.print(table)
        console.print(LEGEND, highlight=False)


@app.command()
def column(
    report: Annotated[str, typer.Argument(help="A report: reportal_contacts")],
    name: Annotated[str, typer.Argument(metavar="COLUMN", help="Its heading, or its id in sources/.")],
) -> None:
    """Show every metric that rests on a column of a report."""
    site, console = Site(), _console()
    if report not in site.register.reports:
        raise NhsbnError(f"There is no report {report}.{_perhaps(report, list(site.register.reports))}")
    declared = site.register.reports[report]
    found = declared.headings.get(normalise_heading(name), name)
    if found not in declared.columns:
        known = [one.heading for one in declared.columns.values()]
        raise NhsbnError(f"{report} has no column {name}.{_perhaps(name, [*known, *declared.columns])}")
    wanted = Column(f"staged.{report}", found)
    table = _table("Metric", "Title", "Matters to", "As", "Through")
    for catalogue in _running(site):
        for one in catalogue.metrics:
            for reached in site.columns.reached(one, catalogue):
                if reached.column == wanted:
                    ways = ", ".join(f"{way.table}.{way.name}" for way in reached.through)
                    parts = ", ".join(reached.parts)
                    said = (one.metric_id, one.metric_title, parts, USES[reached.use], ways)
                    table.add_row(*map(escape, said))
    count = f"{table.row_count} metrics rest" if table.row_count != 1 else "1 metric rests"
    on = escape(f"{declared.columns[found].heading} of {declared.title}")
    console.print(f"{count} on {on}.", highlight=False)
    if table.row_count:
        console.print(table)
        console.print(LEGEND, highlight=False)


@app.command()
def unused() -> None:
    """List the extract columns that no metric uses, and the columns and metrics that no extract fills."""
    site, console = Site(), _console()
    catalogues = _running(site)
    spare: dict[str, list[str]] = defaultdict(list)
    for one in site.columns.unused(catalogues):
        keys = site.register.reports[one.table].key
        spare[one.table].append(heading(one, site.register) + (" (of its key)" if one.name in keys else ""))
    table = _table("Report", "Columns that no metric uses")
    for report, named in spare.items():
        landed = len(site.register.reports[report].kept_columns)
        table.add_row(report, escape(f"{len(named)} of {landed}: {', '.join(named)}"))
    console.print(table)
    unfilled = site.columns.unfilled(catalogues)
    table = _table("No extract fills", "It holds")
    for shown, instead in _grouped(unfilled).items():
        table.add_row(escape(shown), escape(instead))
    console.print(table)
    total = sum(len(named) for named in spare.values())
    console.print(f"{total} extract columns are used by no metric; no extract fills {len(unfilled)} columns.")


def _grouped(unfilled: tuple[Unfilled, ...]) -> dict[str, str]:
    """Columns that no extract fills, those of the same name and content in several measures in one line."""
    alike: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for one in unfilled:
        alike[one.column.schema, one.column.name, one.instead].append(one.column.table)
    found: dict[str, str] = {}
    for (schema, name, instead), tables in alike.items():
        if name == EVERY:
            found |= {f"metric {table}": instead for table in tables}
        elif len(tables) > 3:
            found[f"{name} of {len(tables)} {schema}s"] = instead
        else:
            found[f"{schema} {', '.join(tables)}: {name}"] = instead
    return found


def _running(site: Site) -> list[Catalogue]:
    """The newest edition of each project that the trust takes part in."""
    return [_newest(site, project.project) for project in site.programme.running]


def _newest(site: Site, project: str) -> Catalogue:
    newest = site.programme.editions(project)[0]
    return site.catalogue(newest.project, newest.edition)


def _perhaps(given: str, known: list[str]) -> str:
    near = get_close_matches(given, known, 3, 0.5)
    return f" Is it {' or '.join(near)}?" if near else ""


def _table(*heads: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for head in heads:
        table.add_column(head)
    return table


def _console() -> Console:
    """The terminal; where there is none, lines long enough that a table keeps its columns."""
    console = Console()
    return console if console.is_terminal else Console(width=140)
