"""The rows of a conformed table as Parquet: in one part, or in a part for each extract file; and what is counted.

Here: which parts a table has, which columns they must have, and what they keep and lack. Not here: what a table is
made from (nhsbn.conformed), writing Parquet (write_once), and which versions there are (the lake).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import duckdb

from nhsbn.conformed.conforming import TOLERANCE, Conserved, Inputs, Missing
from nhsbn.conformed.sqlfiles import ConformedSql
from nhsbn.errors import NhsbnError
from resources.staging import of_file, one, parquet

_HIDDEN = ("_map_", "_differs_")


def parts_of(connection: duckdb.DuckDBPyConnection, inputs: Inputs, table: str, select: str) -> dict[str, str]:
    """The parts of a table.

    Args:
        connection: with the table's reports staged, by file if the table is made so.
        inputs: of this run.
        table: its name.
        select: its SELECT.

    Returns:
        The name of each part's Parquet, which changes with whatever its rows are made from, to the SELECT of them.
    """
    header = inputs.tables[table].header
    whole = {f"{inputs.versions[table]}.parquet": select}
    if not header.by_file:
        return whole
    (report,) = header.reports
    found = connection.execute(f"select _file, rows, row_sum, left_out from issue.kept_{report}").fetchall()
    current = {file: counts for file, *counts in found}
    by_file = {
        f"{inputs.part_version(table, one, current[one.file])}.parquet": re.sub(
            rf"\bstaged\.{report}\b", of_file(report, one.file), select
        )
        for one in inputs.admitted(report)
        if one.file in current
    }
    return by_file or whole  # without a row, a table still has columns


def checked_select(connection: duckdb.DuckDBPyConnection, file: ConformedSql) -> str:
    """The table's SELECT with its columns in the order of the header, hidden ones last.

    Raises:
        NhsbnError: when the SELECT returns other columns or types than the header says.
    """
    described = connection.execute(f"describe {file.select}").fetchall()
    found = {name: kind.lower() for name, kind, *_ in described}
    hidden = [name for name in found if name.startswith(_HIDDEN)]
    returned = {name: kind for name, kind in found.items() if name not in hidden}
    expected: dict[str, str] = dict(file.header.types)
    faults = [
        f"{name} is {kind}, not {expected.get(name, 'declared')}"
        for name, kind in returned.items()
        if expected.get(name) != kind
    ]
    faults += [f"{name} is declared and not returned" for name in expected if name not in returned]
    maps = {f"_{name}" for name in file.header.maps}
    faults += [
        f"{name} is of no mapping table it reads" for name in hidden if "_map_" in name and name not in maps
    ]
    if faults:
        raise NhsbnError(f"{file.where}: the SELECT and the header's columns differ: {'; '.join(faults)}")
    return f"select {', '.join([*expected, *hidden])} from ({file.select}\n)"


def missing_sql(
    connection: duckdb.DuckDBPyConnection, file: ConformedSql, held: Sequence[Path], prefix: str
) -> str:
    """Keys in the hidden columns of one kind, with their rows and pounds."""
    described = connection.execute(f"describe select * from {parquet(held)}").fetchall()
    hidden = [name for name, *_ in described if name.startswith(prefix)]
    pounds = f"sum({file.header.pounds})" if file.header.pounds else "cast(null as double)"
    parts = [
        f"""select '{file.name}' as table_name, '{name.removeprefix("_")}' as map_name, {name} as key_text,
            count(*) as rows, {pounds} as pounds
        from {parquet(held)} where {name} is not null group by {name}"""
        for name in hidden
    ]
    nothing = "select '' as table_name, '' as map_name, '' as key_text, 0::bigint as rows"
    return " union all ".join(parts) or f"{nothing}, null::double as pounds where false"


def missing(
    connection: duckdb.DuckDBPyConnection, file: ConformedSql, held: Sequence[Path], prefix: str
) -> tuple[Missing, ...]:
    """The keys of one kind that a table lacks, the commonest first."""
    found = connection.execute(
        f"select map_name, key_text, rows, pounds from ({missing_sql(connection, file, held, prefix)}) "
        "order by rows desc, map_name, key_text"
    ).fetchall()
    return tuple(Missing(*row) for row in found)


def conserved(
    connection: duckdb.DuckDBPyConnection, file: ConformedSql, held: Sequence[Path]
) -> tuple[Conserved, ...]:
    """The totals that the header says are kept, before and after."""
    if not file.header.conserves:
        return ()
    summed = {column: staged for column, staged in file.header.conserves.items() if column != "rows"}
    before = _sums(connection, list(summed.values()), f"staged.{file.header.reports[0]}")
    after = _sums(connection, list(summed), parquet(held))
    totals = {name: Conserved(name, *sums) for name, *sums in zip(summed, before, after, strict=True)}
    if "rows" in file.header.conserves:
        totals["rows"] = _conserved_rows(connection, file, held)
    return tuple(totals[column] for column in file.header.conserves)


def _sums(connection: duckdb.DuckDBPyConnection, columns: Sequence[str], relation: str) -> Sequence[float]:
    """The totals of some columns, read at once."""
    if not columns:
        return ()
    sums = ", ".join(f"coalesce(sum({column}), 0)::double" for column in columns)
    return connection.execute(f"select {sums} from {relation}").fetchone() or ()


def _conserved_rows(connection: duckdb.DuckDBPyConnection, file: ConformedSql, held: Sequence[Path]) -> Conserved:
    """Current rows, and those of them that the table holds: as many of each file, with the same row numbers.

    A row shared out over localities counts by its shares.
    """
    report, share = file.header.reports[0], "share" if "share" in file.header.columns else "1.0"
    before = one(connection, f"select sum(rows) from issue.kept_{report}")
    after = one(
        connection,
        f"""with held as (
            select _file, sum({share}) as rows, sum({share} * _row) as row_sum
            from {parquet(held)} group by _file
        )
        select sum(kept.rows) from held join issue.kept_{report} as kept
            on kept._file = held._file
            and abs(kept.rows - held.rows) < {TOLERANCE}
            and abs(kept.row_sum - held.row_sum) < {TOLERANCE} * kept.rows""",
    )
    return Conserved("rows", before, after)
