"""A trace as the terminal shows it, and a row's way onward.

Here: words and tables. Not here: finding anything out (resources), arguments (``trace_cli``), and the CSV.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from nhsbn.periods import Period
from nhsbn.tools.cells import State
from nhsbn.tracing.arithmetic import shown
from nhsbn.tracing.row_trace import Reached, RowTrace
from nhsbn.tracing.trace import (
    Difference,
    Plain,
    RowPlace,
    StagedOut,
    Trace,
    TracedCell,
    TracedRow,
    TracedTerm,
)

SHOWN = 20
"""Of a list that may be long: files, differences, answers; the CSV has all rows."""


def show_trace(console: Console, trace: Trace, *, sql: bool) -> None:
    """A whole trace: the answer, its definition, what it was made from, and its rows."""
    _head(console, trace)
    _differences(console, trace.differences, trace.cell)
    _definition(console, trace)
    if trace.recorded is not None:
        _arithmetic(console, trace)
        _provenance(console, trace)
        if sql:
            _sql(console, trace)
        for term in trace.terms:
            _term(console, trace, term)
        _staged_out(console, trace)
    for note in trace.notes:
        console.print(escape(note), soft_wrap=True)


def number(amount: Decimal | float | None) -> str:
    """A number in full: no digit that matters is left out."""
    if amount is None:
        return "none"
    if isinstance(amount, Decimal):
        plain = f"{amount:,f}"
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    return shown(amount)


# The answer ------------------------------------------------------------------------------------------------------


def _head(console: Console, trace: Trace) -> None:
    question, tool, cell = trace.question, trace.tool, trace.cell
    title = question.code + (f"  {question.title}" if question.title != question.code else "")
    console.print(f"[bold]{escape(title)}[/]", highlight=False)
    month = Period.parse(trace.month).first_month.title if trace.month else question.period
    of = [trace.place, month, *([trace.member_title] if trace.member_title else [])]
    newest = "" if tool.version == tool.newest else f" of {tool.newest}"
    made = f"version {tool.version}{newest}, made {tool.made_at:%d %B %Y %H:%M} UTC"
    where = (
        f"{cell.sheet}!{cell.address}"
        if cell
        else "in no cell of its own: the tool adds it up, or does not ask it"
    )
    lines = [("Of", " · ".join(of)), ("Tool", f"{question.project} {question.period}, {made}"), ("Cell", where)]
    lines.append(("SHA-256", tool.sha256))
    lines.append(("Submitted as", "; ".join(f"{label}: {text}" for label, text in trace.details)))
    if cell:
        lines.append(("State", _state(cell)))
        if cell.state.is_filled:
            lines.append(
                ("Answer", f"{_plain(cell.value)} ({question.unit})" if question.unit else _plain(cell.value))
            )
        if cell.source:
            lines.append(("Source", cell.source))
    if trace.recorded:
        lines.append(("Value", number(trace.recorded.value)))
        lines.append(("Numerator", number(trace.recorded.numerator)))
        lines.append(("Denominator", number(trace.recorded.denominator)))
    _facts(console, lines)


def _state(cell: TracedCell) -> str:
    said = cell.state.words
    if cell.state is State.TRUE_ZERO:
        return f"{said}: every extract it needs was there, and nothing counts"
    return said + (f": {cell.reason}" if cell.reason else "") + (f". Owner: {cell.owner}" if cell.owner else "")


def _differences(console: Console, differences: Sequence[Difference], cell: TracedCell | None) -> None:
    if not differences:
        return
    cells = "1 of its cells does" if len(differences) == 1 else f"{len(differences)} of its cells do"
    console.print(
        f"[bold red]This workbook was changed since it was made.[/] {cells} not hold what was recorded; what was "
        "recorded is traced.",
        highlight=False,
        soft_wrap=True,
    )
    table = _table("", ("Cell", "Question", "Recorded", "Now"))
    here = (cell.sheet, cell.address) if cell else None
    ordered = sorted(differences, key=lambda one: (one.sheet, one.address) != here)
    for one in ordered[:SHOWN]:
        mark = " (this cell)" if (one.sheet, one.address) == here else ""
        _add(table, f"{one.sheet}!{one.address}{mark}", one.question, _plain(one.recorded), _plain(one.found))
    console.print(table)
    _more(console, len(differences), "cells")


def _definition(console: Console, trace: Trace) -> None:
    question = trace.question
    lines = [
        ("Metric", question.metric_title if question.unit else ""),
        ("Definition", question.definition),
        ("Rules", question.rules),
    ]
    lines += [("Owner", question.owner), ("Sources", ", ".join(question.sources))]
    _facts(console, [line for line in lines if line[1]])


def _arithmetic(console: Console, trace: Trace) -> None:
    table = _table("How it was worked out", ("Step", "From", "Result"), right=("Result",))
    for step in trace.steps:
        _add(table, step.name, step.words, number(step.result))
    console.print(table)


# What it was made from -------------------------------------------------------------------------------------------


def _provenance(console: Console, trace: Trace) -> None:
    made = f", calculated {trace.calculated_at:%d %B %Y %H:%M} UTC" if trace.calculated_at else ""
    lines = [("Metric version", f"{trace.metric_version}, from inputs {trace.inputs_version}{made}")]
    for measure in trace.measures:
        lines.append(("Measure", f"{measure.name} {measure.version}: one row is {measure.grain}"))
        lines.append(("", measure.definition.strip()))
    lines.append(("SQL", "with --sql"))
    _facts(console, lines)
    table = _table(
        "Conformed tables", ("Table", "Version", "Rows", "Reports", "Mapping tables used"), right=("Rows",)
    )
    for one in trace.tables:
        maps = ", ".join(f"{used.name} {used.version}" + ("" if used.kept else " (not kept)") for used in one.maps)
        reads = ", ".join((*one.reports, *one.tables))
        _add(table, one.name, one.version, f"{one.rows:,}", reads, maps)
    if trace.tables:
        console.print(table)
    kept = sorted({used.kept.rsplit("/", 2)[0] for one in trace.tables for used in one.maps if used.kept})
    if kept:
        console.print(f"The mapping tables as they were used are in {escape(', '.join(kept))}.", soft_wrap=True)
    giving = [file for file in trace.files if file.rows]
    table = _table("Files that gave rows", ("File", "Report", "Extracted", "Rows", "SHA-256"), right=("Rows",))
    for file in giving[:SHOWN]:
        taken = f"{file.extracted_at:%d/%m/%Y %H:%M}" if file.extracted_at else "not said"
        _add(table, file.name, file.report, taken, f"{file.rows:,}", file.sha256)
    if giving:
        console.print(table)
    _more(console, len(giving), "files")
    if others := len(trace.files) - len(giving):
        console.print(f"{others:,} more files were read for the same tables, and gave no row to this answer.")


def _sql(console: Console, trace: Trace) -> None:
    console.print("\n[bold]The statement[/]")
    console.print(Padding(escape(trace.sql), (0, 0, 0, 2)), highlight=False)
    bound = ", ".join(f"{name} = {value!r}" for name, value in (trace.params or {}).items())
    console.print(Padding(escape(f"with {bound}"), (0, 0, 1, 2)), highlight=False)
    for measure in trace.measures:
        console.print(f"[bold]The measure {escape(measure.name)}[/]")
        console.print(Padding(escape(measure.sql), (0, 0, 1, 2)), highlight=False)


# The rows --------------------------------------------------------------------------------------------------------


def _term(console: Console, trace: Trace, term: TracedTerm) -> None:
    of = f" of {term.of}" if term.of else ""
    console.print(
        f"\n[bold]{escape(term.name.capitalize())}[/]: {term.aggregate.replace('_', ' ')}{escape(of)}, over rows "
        f"of {escape(term.measure)} where {escape('; '.join(term.conditions))}.",
        highlight=False,
        soft_wrap=True,
    )
    if term.lent:
        console.print(escape(term.lent.capitalize()) + ".", highlight=False, soft_wrap=True)
    names = trace.file_names
    if term.rows:
        table = _table("", ("File", "Sheet", "Row", "Adds", "Why", "What"), right=("Row", "Adds"))
        telling = _telling(term)
        for row in term.rows:
            why = row.note + (f" as {_place(row.same_as, names, row.place.file)}" if row.same_as else "")
            _add(table, *_cells(row.place, names), number(row.contribution), why, _what(telling, row))
        console.print(table)
    left = term.rows_in_all - len(term.rows)
    more = f" {left:,} rows more; --limit shows them, --csv writes them all." if left else ""
    console.print(
        f"{term.rows_in_all:,} rows add up to {number(term.total)}.{more}", highlight=False, soft_wrap=True
    )
    _left_out(console, trace, term)


def _left_out(console: Console, trace: Trace, term: TracedTerm) -> None:
    if not term.left_out:
        return
    table = _table(
        f"Rows of {term.measure} that came close",
        ("Rows", "Left out because", "By", "For example"),
        right=("Rows",),
    )
    for one in term.left_out:
        examples = "; ".join(_place(row.place, trace.file_names) for row in one.examples[:3])
        _add(table, f"{one.rows:,}", one.reason, f"the {one.by}", examples)
    console.print(table)


def _staged_out(console: Console, trace: Trace) -> None:
    if not trace.staged_out:
        return
    heads = ("Rows", "Report", "Left out because", "For example")
    table = _table("Rows that staging left out, in the files that cover the month", heads, right=("Rows",))
    for one in trace.staged_out:
        examples = "; ".join(_instead(place, other, trace) for place, other in one.examples[:3])
        _add(table, f"{one.rows:,}", one.report, why_staged(one), examples)
    console.print(table)


def _instead(place: RowPlace, other: RowPlace | None, trace: Trace) -> str:
    return _place(place, trace.file_names) + (f", for row {other.row}" if other else "")


def why_staged(one: StagedOut) -> str:
    """Why staging left rows out, in words."""
    said = {
        "superseded": "superseded: a later issue has the same key",
        "withdrawn": "withdrawn: a later issue covers the date and has it no more",
        "duplicate": "duplicate: another row of the file repeats it exactly",
    }
    return said.get(one.outcome, one.outcome) + (f": {one.reason}" if one.reason else "")


def _place(place: RowPlace, names: Mapping[str, str], beside: str = "") -> str:
    """Where a row is; the file is left out where it is the one just named."""
    file = "" if place.file == beside else f"{names.get(place.file, place.file)}, "
    sheet = f"sheet {place.sheet}, " if place.sheet else ""
    return f"{file}{sheet}row {place.row}" if place.row is not None else "reference data"


def _cells(place: RowPlace, names: Mapping[str, str]) -> tuple[str, str, str]:
    if place.row is None:
        return "reference data", "", ""
    return names.get(place.file, place.file), place.sheet or "", str(place.row)


def _telling(term: TracedTerm) -> dict[int, str]:
    """The columns worth showing beside each row, by index: those that do not say the same of every row."""
    return {
        index: name
        for index, name in enumerate(term.columns)
        if len(term.rows) == 1 or len({row.values[index] for row in term.rows}) > 1
    }


def _what(telling: dict[int, str], row: TracedRow) -> str:
    said = ((name, row.values[index]) for index, name in telling.items())
    return ", ".join(f"{name} {_plain(value)}" for name, value in said if value is not None)


def _plain(value: Plain) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float | Decimal):
        return number(Decimal(value) if isinstance(value, int) else value)
    return "blank" if value is None else str(value)


# A row's way onward ----------------------------------------------------------------------------------------------


def show_row(console: Console, row: RowTrace) -> None:
    """What became of a row."""
    file, place = row.file, row.place
    taken = f"{file.extracted_at:%d %B %Y %H:%M}" if file.extracted_at else "not said"
    sheet = f", sheet {place.sheet}" if place.sheet else ""
    outcome = row.outcome.capitalize() + (f": {row.reason}" if row.reason else "")
    outcome += f" (row {row.instead.row} stands instead)" if row.instead else ""
    console.print(f"[bold]{escape(file.name)}{escape(sheet)}, row {place.row}[/]", highlight=False)
    lines = [("Report", file.report), ("SHA-256", file.sha256), ("Extracted", taken), ("Outcome", outcome)]
    for head, held in (("Conformed tables", row.tables), ("Measures", row.measures)):
        said = ", ".join(f"{name} ({rows:,} {'row' if rows == 1 else 'rows'})" for name, rows in held)
        lines.append((head, said or "none"))
    _facts(console, lines)
    if row.reached:
        heads = ("Question", "Of", "Month", "Adds", "To", "For, and in the cell")
        table = _table(f"Answers it is in: {len(row.reached):,}", heads, right=("Adds",))
        for alike in _alike(row.reached):
            first = alike[0]
            as_other = f" as {_place(first.same_as, {}, place.file)}" if first.same_as else ""
            why = f" ({first.note}{as_other})" if first.note else ""
            places = (f"{one.locality} {one.member}" + (f" {one.cell}" if one.cell else "") for one in alike)
            of, adds = f"{first.project} {first.period}", number(first.contribution)
            question, to = f"{first.code} {first.title}", f"{first.term}{why}"
            _add(table, question, of, first.month, adds, to, "; ".join(places))
        console.print(table)
    if row.not_reached:
        table = _table(
            "Answers whose measure has it, and that do not count it", ("Question", "Month", "To", "Why")
        )
        for missed in row.not_reached:
            _add(table, f"{missed.code} {missed.title}", missed.month, missed.term, missed.reason)
        console.print(table)
    for note in row.notes:
        console.print(escape(note), soft_wrap=True)


def _alike(reached: Sequence[Reached]) -> list[list[Reached]]:
    """Answers to one question that the row is in with the same contribution, for the same reason, together."""
    groups: dict[tuple[object, ...], list[Reached]] = {}
    for one in reached:
        key = (one.project, one.period, one.code, one.term, one.month, one.contribution, one.note, one.same_as)
        groups.setdefault(key, []).append(one)
    return list(groups.values())


# Layout ----------------------------------------------------------------------------------------------------------


def _facts(console: Console, lines: Iterable[tuple[str, str]]) -> None:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for label, text in lines:
        table.add_row(label, escape(" ".join(text.split())))
    console.print(Padding(table, (0, 0, 1, 0)))


def _table(title: str, heads: Sequence[str], right: Sequence[str] = ()) -> Table:
    table = Table(title=title or None, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for head in heads:
        is_right = head in right
        table.add_column(head, justify="right" if is_right else "left", overflow="fold", no_wrap=is_right)
    return table


def _add(table: Table, *cells: str) -> None:
    table.add_row(*map(escape, cells))


def _more(console: Console, count: int, what: str) -> None:
    if count > SHOWN:
        console.print(f"and {count - SHOWN:,} more {what}.", highlight=False)
