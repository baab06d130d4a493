"""The rows of a term, run: the statements of ``nhsbn.tracing.rows`` over a measure's kept rows, made into values.

Here: running them and reading what they return. Not here: the statements, where the rows are kept, and what the
terms of a question come to together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from nhsbn.metrics.term_rules import Parameters
from nhsbn.tracing.rows import TermRows
from nhsbn.tracing.trace import FileShare, LeftOut, RowPlace, StagedOut, TracedRow, TracedTerm
from resources.staging import parquet

EXAMPLES = 5
_NAMED = re.compile(r"\$([a-z]+\d*)\b")
PLACES = "_file, _sheet, _row, _same_file, _same_sheet, _same_row, _rank, _of, _contribution, _counted"


@dataclass(frozen=True)
class Wanted:
    """How much of a trace is wanted.

    Attributes:
        limit: rows of each term; all of them, and all that came close, if None.
        excluded: whether the rows that came close are wanted too.
    """

    limit: int | None = None
    excluded: bool = False


def run(connection: duckdb.DuckDBPyConnection, sql: str, parameters: Parameters) -> duckdb.DuckDBPyConnection:
    """Run a statement with those of the parameters that it names."""
    named = {name: parameters.named[name] for name in set(_NAMED.findall(sql))}
    return connection.execute(sql, named)


def traced_term(connection: duckdb.DuckDBPyConnection, name: str, one: TermRows, wanted: Wanted) -> TracedTerm:
    """One part of a value: its rows once in a table, read for the sum and then for what is shown.

    Args:
        connection: with ``measure.<name>``.
        name: of the term.
        one: the term in one cell.
        wanted: how many rows.
    """
    term, parameters, cell = one.term, one.rules.parameters, one.cells[0]
    run(connection, f"create or replace temp table counted as\n{one.counted()}", parameters)
    totals = connection.execute(one.totals("counted")).fetchall()
    _, _, _, rows, counted, total, amount = next((row for row in totals if row[2]), _NO_ROWS)
    limit = "" if wanted.limit is None else f" limit {wanted.limit}"
    listed = ", ".join((PLACES, *one.columns))
    shown = connection.execute(f"select {listed} from counted order by {one.order}{limit}").fetchall()
    conditions = ("the measure counts it", *(rule.words for rule in (*one.within(cell), *one.conditions(cell[2]))))
    return TracedTerm(
        name=name,
        measure=term.measure,
        aggregate=term.aggregate,
        of=term.of,
        times=term.times,
        conditions=conditions,
        lent=one.lent,
        columns=one.columns,
        rows=tuple(traced_row(one, row) for row in shown),
        rows_in_all=rows,
        counted=counted,
        total=_exact(total),
        amount=amount,
        shares=tuple(FileShare(row[1] or "", row[3], _exact(row[5])) for row in totals if not row[2]),
        left_out=_left_out(connection, one, wanted) if wanted.excluded else (),
    )


def _exact(number: Any) -> Decimal:
    """A contribution, or the sum of them, to its last digit; a median's are doubles, and come one by one."""
    if number is None or isinstance(number, list):
        return sum(map(_exact, number or ()), Decimal(0))
    return Decimal(repr(number)) if isinstance(number, float) else Decimal(number)


_NO_ROWS = (0, None, 1, 0, 0, 0, None)


def staged_out(
    connection: duckdb.DuckDBPyConnection, path: Path, report: str, files: Sequence[str], wanted: Wanted
) -> Iterator[StagedOut]:
    """What staging left out of some files of a report, by outcome and reason, the commonest first.

    Args:
        connection: any.
        path: what staging left out of the conformed table.
        report: its report.
        files: short hashes.
        wanted: how many examples.
    """
    source = f"{parquet([path])} where _file in (select unnest($files))"
    counts = connection.execute(
        f"select outcome, reason, count(*) from {source} group by outcome, reason order by 3 desc, 1, 2",
        {"files": files},
    ).fetchall()
    for outcome, reason, rows in counts:
        found = connection.execute(
            f"""select _file, _sheet, _row, _instead from {source}
            and outcome = $outcome and reason is not distinct from $reason
            order by _file, _sheet nulls first, _row {"" if wanted.limit is None else f"limit {EXAMPLES}"}""",
            {"files": files, "outcome": outcome, "reason": reason},
        ).fetchall()
        examples = tuple(
            (RowPlace(file, sheet, row), RowPlace(file, sheet, instead) if instead else None)
            for file, sheet, row, instead in found
        )
        yield StagedOut(report, outcome, reason or "", rows, examples)


def traced_row(one: TermRows, row: Sequence[Any]) -> TracedRow:
    """A row of what counts, as :data:`PLACES` and the measure's columns list it."""
    file, sheet, number, same_file, same_sheet, same_row, rank, of, contribution, counted, *values = row
    term, same, note = one.term, None, ""
    if term.of is not None and not counted:
        note = f"{term.of} is blank"
    elif term.aggregate == "count_distinct" and rank > 1:
        same, note = RowPlace(same_file or "", same_sheet, same_row), f"same {term.of}"
    elif term.aggregate == "median":
        note = f"rank {rank} of {of}"
        if 2 * rank == of + 1:
            note += ", the middle"
        elif 2 * rank in (of, of + 2):
            note += ", one of the two in the middle: half of it"
    return TracedRow(RowPlace(file or "", sheet, number), _exact(contribution), counted, note, same, tuple(values))


def _left_out(connection: duckdb.DuckDBPyConnection, one: TermRows, wanted: Wanted) -> tuple[LeftOut, ...]:
    """The rows of the cell that do not count, by the rule that left each out, the commonest first."""
    cell = one.cells[0]
    run(connection, f"create or replace temp table left_out as\n{one.left_out(cell)}", one.rules.parameters)
    counts = connection.execute(
        "select _rule, _said, count(*) from left_out group by _rule, _said order by 3 desc, 1, 2"
    ).fetchall()
    listed = ", ".join(("_file, _sheet, _row", *one.columns))
    limit = "" if wanted.limit is None else f" limit {EXAMPLES}"
    found = []
    for rule, said, rows in counts:
        is_rule = "_rule is null and _said = $it" if rule is None else "_rule = $it"
        examples = connection.execute(
            f"select {listed} from left_out where {is_rule} order by {one.order}{limit}",
            {"it": said if rule is None else rule},
        ).fetchall()
        reason = said if rule is None else f"not: {one.conditions(cell[2])[rule].words}"
        found.append(LeftOut("measure" if rule is None else "metric", reason, rows, _uncounted(examples)))
    run(connection, f"create or replace temp table left_out as\n{one.other_months(cell)}", one.rules.parameters)
    ((others,),) = connection.execute("select count(*) from left_out").fetchall()
    if others:
        examples = connection.execute(f"select {listed} from left_out order by {one.order}{limit}").fetchall()
        found.append(LeftOut("month", f"of another month than {cell[0].title}", others, _uncounted(examples)))
    return tuple(found)


def _uncounted(rows: Sequence[Sequence[Any]]) -> tuple[TracedRow, ...]:
    return tuple(
        TracedRow(RowPlace(file or "", sheet, row), Decimal(0), 0, values=tuple(values))
        for file, sheet, row, *values in rows
    )
