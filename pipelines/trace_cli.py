"""``nhsbn trace`` and ``nhsbn where``: from an answer to its rows, and from a row to its answers.

Here: arguments, and what a person may have meant by them. Not here: finding the rows (resources), and how they are
shown (``trace_report``).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from nhsbn.errors import NhsbnError
from nhsbn.periods import Month, Period
from nhsbn.values import ALL

if TYPE_CHECKING:
    from nhsbn.tracing.recipe import ToolRecipe
    from nhsbn.tracing.trace import Trace
    from resources.home import Home
    from resources.trace_reader import TraceReader
    from resources.traced_tools import Meant

USAGE = "Say either TOOL.xlsx 'Sheet!H14', or PROJECT PERIOD LOCALITY METRIC."

ROWS_OF_A_PAGE = 5_000
"""Rows of each part that a page holds, so that it opens; a CSV holds them all."""

MemberOption = Annotated[
    str | None, typer.Option(help="A member of the breakdown, by id or title.", show_default=False)
]


def trace(
    context: typer.Context,
    what: Annotated[list[str], typer.Argument(help=USAGE, metavar="WHAT...")],
    month: Annotated[str | None, typer.Option(help="A month of the period: 2025-05.", show_default=False)] = None,
    member: MemberOption = None,
    bed_type: MemberOption = None,
    service: MemberOption = None,
    staff_group: MemberOption = None,
    version: Annotated[
        int | None, typer.Option(help="A past version of the tool; without it, the newest.", show_default=False)
    ] = None,
    excluded: Annotated[
        bool, typer.Option("--excluded", help="Show the rows that came close, and why not.")
    ] = False,
    sql: Annotated[bool, typer.Option("--sql", help="Show the SQL of the metric and of its measures.")] = False,
    limit: Annotated[int, typer.Option(min=0, help="Rows of each part to show.")] = 20,
    csv_to: Annotated[Path | None, typer.Option("--csv", help="Write every row here.", show_default=False)] = None,
    html_to: Annotated[
        Path | None,
        typer.Option("--html", help="Write it here as one page that opens anywhere.", show_default=False),
    ] = None,
) -> None:
    """Take an answer apart: its definition, its versions, its files, and the rows that made it.

    nhsbn trace out/.../mhlda_indicators.xlsx 'Activity!H14'

    nhsbn trace mhlda_indicators 2025-26-Q1 rotherham MI-IP-03 --month 2025-05 --bed-type adult_acute
    """
    from pipelines.trace_csv import as_csv
    from pipelines.trace_report import show_trace
    from resources.trace_reader import Wanted
    from resources.traced_tools import cell_at
    from resources.workbook_files import write_whole

    for path, ending in ((csv_to, ".csv"), (html_to, ".html")):
        if path is not None:
            _check_ending(path, ending)
    named = {"member": member, "bed_type": bed_type, "service": service, "staff_group": staff_group}
    with _reader(context.obj.home) as reader:
        if len(what) == 2:
            asked_beside = [name for name, text in {**named, "month": month, "version": version}.items() if text]
            if asked_beside:
                raise NhsbnError(
                    f"--{asked_beside[0].replace('_', '-')} does not go with a cell, which says it itself."
                )
            meant = _tool(reader, Path(what[0]))
            cell = cell_at(meant, what[1])
            code, of_month, of_member = cell.item, cell.month, cell.member
        elif len(what) == 4:
            project, period, locality, metric = what
            meant = _recorded(reader, project, period, locality, version)
            kept = reader.tool_recipe(meant)
            code = _code(meant, kept, metric)
            of_member = _member(reader, kept, code, named)
            of_month = _month(reader, meant, kept, code, of_member, month)
        else:
            raise NhsbnError(f"{len(what)} words say neither a cell nor a metric. {USAGE}")

        def found(rows: int | None) -> Trace:
            return reader.trace(meant, code, of_month, of_member, Wanted(rows, excluded))

        if csv_to is None and html_to is None:
            show_trace(_console(), found(limit), sql=sql)
        if csv_to is not None:
            whole = found(None)
            write_whole(csv_to, as_csv(whole).encode("utf-8-sig"))  # so that Excel takes it for UTF-8
            written = sum(term.rows_in_all for term in whole.terms)
            _say(f"{written:,} rows of {code} are in {csv_to}.")
        if html_to is not None:
            from pages.trace_page import render

            write_whole(html_to, render(found(max(limit, ROWS_OF_A_PAGE))).encode("utf-8"))
            _say(f"The page of {code} is {html_to}.")


def _check_ending(path: Path, ending: str) -> None:
    """Hold a file to be written to its kind, so that it never takes the place of one of another.

    Raises:
        NhsbnError: when its name ends otherwise.
    """
    if path.suffix.lower() != ending or path.is_dir():
        raise NhsbnError(f"{path} would hold {ending[1:].upper()}; name a file that ends in {ending}")


def where(
    context: typer.Context,
    file: Annotated[str, typer.Argument(help="A file that was landed: its path, its name or its SHA-256.")],
    row: Annotated[int, typer.Argument(help="A row of it, as Excel numbers them.")],
    sheet: Annotated[str | None, typer.Option(help="Its sheet, where it has several.", show_default=False)] = None,
) -> None:
    """Say what became of a row of an extract, and every answer that it reaches."""
    from pipelines.trace_report import show_row
    from resources.row_reader import RowReader

    with _reader(context.obj.home) as reader:
        rows = RowReader(reader)
        found = rows.follow(rows.file(file), row, sheet)
    show_row(_console(), found)


@contextmanager
def _reader(home: Home) -> Iterator[TraceReader]:
    """What reads traces of a home.

    Raises:
        NhsbnError: when nothing was ever made in it.
    """
    from resources.trace_reader import TraceReader

    if not home.root.is_dir():
        raise NhsbnError(f"There is no home folder {home.root}. Give another with --home or NHSBN_HOME.")
    records = home.open_records()
    try:
        yield TraceReader(home, records)
    finally:
        records.close()


def _tool(reader: TraceReader, path: Path) -> Meant:
    from resources.traced_tools import tool_of_file

    if not path.is_file():
        raise NhsbnError(f"There is no file {path}. {USAGE}")
    return tool_of_file(reader.records, path)


def _recorded(reader: TraceReader, project: str, period: str, locality: str, version: int | None) -> Meant:
    """The tool of a project, period and locality that a person named.

    Raises:
        NhsbnError: when there is no such project, period or locality, or no tool of them.
    """
    from resources.site import Site
    from resources.traced_tools import recorded_tool

    if not reader.records.tools(project=project, period=period, locality=locality):
        site = Site()
        site.programme.edition_of(project, period)
        site.organisation.place(locality)
    return recorded_tool(reader.records, project, period, locality, version)


def _code(meant: Meant, kept: ToolRecipe, text: str) -> str:
    """The question code of a metric or question that a person named.

    Raises:
        NhsbnError: when there is none, or the metric has several questions.
    """
    items = {cell.question: cell.item for cell in meant.cells if not cell.item.startswith("details.")}
    codes = dict.fromkeys((*items.values(), *kept.codes, *kept.returned))
    wanted = text.upper()
    by_upper = {code.upper(): code for code in codes}
    if wanted in by_upper:
        return by_upper[wanted]
    by_question = {question.upper(): item for question, item in items.items()}
    if wanted in by_question:
        return by_question[wanted]
    if several := [code for code in codes if code.upper().startswith(wanted) and code[len(wanted) :].isalpha()]:
        raise NhsbnError(f"{text} asks {len(several)} questions: {', '.join(several)}. Name one of them.")
    near = difflib.get_close_matches(wanted, list(by_upper), n=3, cutoff=0.6)
    like = f"Those most like it: {', '.join(by_upper[one] for one in near)}. " if near else ""
    raise NhsbnError(
        f"{kept.project} {kept.edition} has no question {text!r}. {like}It has {_from_to(codes)}; the codes stand "
        "beside the questions in the tool."
    )


def _member(reader: TraceReader, kept: ToolRecipe, code: str, named: dict[str, str | None]) -> str:
    """The member of the breakdown that a person named, or ``all``.

    Raises:
        NhsbnError: when they named two, or one that the question is not broken down by.
    """
    given = {name: text for name, text in named.items() if text}
    if not given:
        return ALL
    (name, text), *others = given.items()
    if others:
        raise NhsbnError(f"--{name.replace('_', '-')} and --{others[0][0].replace('_', '-')} do not go together.")
    if code in kept.codes:
        metric = reader.recipe(kept, code).metric
    elif code in kept.returned:
        metric = kept.returned[code][0]
    else:
        return text
    if not metric.dimension or name not in ("member", metric.dimension):
        by = (
            f"by {metric.dimension}: --{metric.dimension.replace('_', '-')}"
            if metric.dimension
            else "by month only"
        )
        raise NhsbnError(f"{code} is broken down {by}; leave --{name.replace('_', '-')} out.")
    members = {**metric.members, ALL: "All"}
    for member, title in members.items():
        if text.lower() in (member.lower(), title.lower()):
            return member
    raise NhsbnError(f"{code} has no {metric.dimension} {text!r}. They are: {', '.join(members)}.")


def _month(reader: TraceReader, meant: Meant, kept: ToolRecipe, code: str, member: str, month: str | None) -> str:
    """The month that a person named, or the only one there is.

    Raises:
        NhsbnError: when they named none of several; the message has the value of each.
    """
    of_code = [cell for cell in meant.cells if cell.item == code]
    if of_code and not any(cell.month for cell in of_code):
        return ""
    found = _month_of(kept.period, month)
    if found is not None:
        return str(found)
    values = reader.values(kept, code, member)
    listed = ", ".join(f"{one} ({said})" if said else one for one, said in values.items())
    raise NhsbnError(f"{code} is answered for each month of {kept.period}. Add --month with one of: {listed}.")


def _month_of(period: str, asked_for: str | None) -> Month | None:
    """The month that a person asked for, or the period's only one; None where they must choose.

    Raises:
        NhsbnError: when it is no month of the period.
    """
    months = Period.parse(period).months
    if asked_for is None:
        return months[0] if len(months) == 1 else None
    wanted = Period.parse(asked_for)
    if wanted.kind != "month" or wanted.first_month not in months:
        raise NhsbnError(f"{asked_for} is no month of {period}. They are: {', '.join(map(str, months))}.")
    return wanted.first_month


def _from_to(codes: Iterable[str]) -> str:
    ordered = sorted(codes)
    return f"{len(ordered)} questions, from {ordered[0]} to {ordered[-1]}"


def _say(text: str) -> None:
    _console().print(escape(text), highlight=False, soft_wrap=True)


def _console() -> Console:
    console = Console()
    return console if console.is_terminal else Console(width=160)
