"""Staging in DuckDB: the landed files of one report, examined, judged and made a view of current typed rows.

Here: running the SQL that nhsbn.conformed writes, and counting what became of every row. Not here: that SQL, and
conformed tables (the lake).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from nhsbn.conformed.conforming import Counts, SetAside, Unread
from nhsbn.conformed.staging import LANDING_CHECK, REPEATED_KEY, Staging
from nhsbn.errors import NhsbnError
from nhsbn.extracts.landing import LandedFile
from resources.write_once import write_once

EXAMPLES = 5


@dataclass(frozen=True)
class Staged:
    """What staging made of one report."""

    counts: Counts
    set_aside: tuple[SetAside, ...]
    unread: tuple[Unread, ...]


def stage(
    connection: duckdb.DuckDBPyConnection,
    staging: Staging,
    files: Sequence[LandedFile],
    paths: Sequence[Path],
    examined: Sequence[Path],
) -> Staged:
    """Make ``landed.<report>``, ``staged.<report>`` and ``issue.kept_<report>``.

    The last has a row a file: its current ``rows``, the ``row_sum`` of their numbers, and ``left_out``, a hash of
    which rows are not current.

    Args:
        connection: with the schemas and macros of the lake.
        staging: of the report.
        files: its admitted files; there may be none.
        paths: their Parquet, in the same order.
        examined: where to keep what examining each of them gives; then :func:`of_file` names a view of each one's
            rows too. Nothing is kept if empty.

    Raises:
        NhsbnError: when the rows found are not the rows that landing counted, or an outcome is missing.
    """
    name = staging.report.report
    _create_files(connection, name, files)
    source = _landed(paths) if paths else f"(select {staging.landed_columns} where false)"
    connection.execute(f"create or replace view landed.{name} as from {source}")
    # Each file from its own Parquet: a condition on one view of them all makes every row twice as dear.
    alone = [_landed([path]) for path in paths]
    if examined:
        write_once(connection, dict(zip(examined, map(staging.examine, alone), strict=True)))
    found = parquet(examined) if examined else f"({staging.examine(f'landed.{name}')})"
    connection.execute(f"create or replace table issue.examined as {staging.overtaken(found)}")
    _judge(connection, staging)
    rows = staging.staged(f"landed.{name}", f"issue.gone_{name}")
    connection.execute(f"create or replace view staged.{name} as {rows}")
    for file, landed in zip(files, alone, strict=True) if examined else ():
        gone = f"(select _file, _nth from issue.gone_{name} where _file = '{file.file}')"
        rows = staging.staged(landed, gone)
        connection.execute(f"create or replace view {of_file(name, file.file)} as {rows}")
    counts = _counts(connection, name, files)
    result = Staged(counts, _set_aside(connection, staging), _unread(connection, staging))
    for table in ("examined", "twin", "judged"):
        connection.execute(f"drop table issue.{table}")
    return result


def of_file(report: str, file: str) -> str:
    """The view of those current rows of a report that come from one file."""
    return f"staged.{report}_{file}"


def _landed(paths: Sequence[Path]) -> str:
    """The rows of landed files. One of several sheets has a row 5 on each: rows are told apart by their place."""
    return f"(select * rename (file_row_number as _nth) from {parquet(paths, numbered=True)})"


def _judge(connection: duckdb.DuckDBPyConnection, staging: Staging) -> None:
    """``issue.gone_<report>``, the rows that are not current and why, and ``issue.kept_<report>``."""
    name = staging.report.report
    connection.execute(
        """create or replace table issue.twin as
        select * from issue.examined
        where key_hash in (select key_hash from issue.examined group by key_hash having count(*) > 1)"""
    )
    connection.execute(
        f"""create or replace table issue.judged as
        {staging.twins() if one(connection, "select count(*) from issue.twin") else _NOTHING_JUDGED}"""
    )
    connection.execute(
        f"""create or replace table issue.gone_{name} as
        with outcome as (
            select
                file_no, _nth, _row, outcome,
                case when outcome = 'set aside' then {REPEATED_KEY.number} end as check_no,
                case when outcome in ('set aside', 'duplicate') then last_row end as instead
            from issue.judged
            union all
            select file_no, _nth, _row, 'set aside', fault, null from issue.examined where fault is not null
            union all
            select file_no, _nth, _row, 'withdrawn', null, null from issue.examined
            where overtaken and fault is null and (file_no, _nth) not in (select (file_no, _nth) from issue.twin)
        )
        select file.file as _file, outcome._nth, outcome._row, outcome.outcome, outcome.check_no, outcome.instead
        from outcome join issue.file as file on file.report = '{name}' and file.file_no = outcome.file_no"""
    )
    connection.execute(
        f"""create or replace table issue.kept_{name} as
        with landed as (
            select file_no, count(*) as rows, sum(_row) as row_sum from issue.examined group by file_no
        ), gone as (
            select _file, count(*) as rows, sum(_row) as row_sum, bit_xor(hash(_nth)) as left_out
            from issue.gone_{name} group by _file
        )
        select
            file.file as _file,
            landed.rows - coalesce(gone.rows, 0) as rows,
            landed.row_sum - coalesce(gone.row_sum, 0) as row_sum,
            coalesce(gone.left_out, 0) as left_out
        from landed
        join issue.file as file on file.report = '{name}' and file.file_no = landed.file_no
        left join gone on gone._file = file.file
        where landed.rows > coalesce(gone.rows, 0)"""
    )


_NOTHING_JUDGED = """select
    0::smallint as file_no, 0::bigint as _nth, 0::bigint as _row, 0::bigint as last_row, '' as outcome
where false"""


def left_out_path(account: Path, report: str) -> Path:
    """Where the rows that staging left out of a conformed table lie: beside its account, a file a report."""
    return account.with_suffix(f".{report}.left_out.parquet")


def keep_left_out(connection: duckdb.DuckDBPyConnection, staging: Staging, path: Path) -> None:
    """Keep which rows of a staged report are not current, and why, as Parquet.

    Columns: ``_file, _sheet, _row``; ``outcome`` and ``reason`` (what was expected, never a value); ``_instead``,
    the row of the same file that stands instead.
    """
    name = staging.report.report
    reasons = "".join(
        f" when {check.number} then '{_literal(check.expected)}'" for check in (*staging.checks, REPEATED_KEY)
    )
    # Few rows of the landed files say a sheet or a reason, and only those are looked up.
    select = f"""
        select
            gone._file, told._sheet, gone._row, gone.outcome,
            case gone.check_no when {LANDING_CHECK} then told._set_aside{reasons} end as reason,
            gone.instead as _instead
        from issue.gone_{name} as gone
        left join (
            select _file, _nth, _sheet, _set_aside from landed.{name}
            where _sheet is not null or _set_aside is not null
        ) as told on told._file = gone._file and told._nth = gone._nth"""
    write_once(connection, {path: select})


def _literal(text: str) -> str:
    return text.replace("'", "''")


def one(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    """The single value that a query returns."""
    row = connection.execute(sql).fetchone()
    assert row is not None  # noqa: S101 - an aggregate without groups returns one row
    return int(row[0] or 0)


def parquet(paths: Sequence[Path], *, numbered: bool = False) -> str:
    """SQL that reads Parquet files as one relation, with ``file_row_number`` if asked."""
    quoted = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
    return f"read_parquet([{quoted}], file_row_number = {str(numbered).lower()})"


def _create_files(connection: duckdb.DuckDBPyConnection, report: str, files: Sequence[LandedFile]) -> None:
    """``issue.file``: each file with ``stamp``, equal for those extracted at once, and ``issue``, never equal."""
    connection.execute(
        """create table if not exists issue.file (
            report varchar, file varchar, file_no smallint, name varchar, period_start date, period_end date,
            extracted_at timestamp, stamp integer, issue integer)"""
    )
    connection.execute("delete from issue.file where report = $report", {"report": report})
    if not files:
        return
    listed = pa.table(
        {
            "file": [file.file for file in files],
            "name": [file.name for file in files],
            "period_start": [file.period_start for file in files],
            "period_end": [file.period_end for file in files],
            "extracted_at": [file.extracted_at for file in files],
        }
    )
    connection.register("listed", listed)
    connection.execute(
        """insert into issue.file
        select $report, file, row_number() over (order by file), name, period_start, period_end, extracted_at,
            dense_rank() over (order by extracted_at), row_number() over (order by extracted_at, name, file)
        from listed""",
        {"report": report},
    )
    connection.unregister("listed")


def _counts(connection: duckdb.DuckDBPyConnection, report: str, files: Sequence[LandedFile]) -> Counts:
    landed = sum(file.rows.landed + file.rows.set_aside for file in files)
    found = one(connection, "select count(*) from issue.examined")
    if found != landed:
        raise NhsbnError(
            f"{report}: landing counted {landed} rows and the lake holds {found}. "
            f"Delete lake/extracts for {report} and run again."
        )
    outcomes = dict(
        connection.execute(f"select outcome, count(*) from issue.gone_{report} group by outcome").fetchall()
    )
    return Counts(
        report,
        landed=found,
        current=one(connection, f"select sum(rows) from issue.kept_{report}"),
        superseded=outcomes.get("superseded", 0),
        withdrawn=outcomes.get("withdrawn", 0),
        duplicate=outcomes.get("duplicate", 0),
        set_aside=outcomes.get("set aside", 0),
    )


def _set_aside(connection: duckdb.DuckDBPyConnection, staging: Staging) -> tuple[SetAside, ...]:
    """Why rows were set aside, the commonest reason first, with a few examples of each."""
    name = staging.report.report
    if not one(connection, f"select count(*) from issue.gone_{name} where check_no is not null"):
        return ()
    reasons = {check.number: check.expected for check in (*staging.checks, REPEATED_KEY)}
    rows = connection.execute(
        f"""with aside as (
            select
                gone.check_no, landed._file_name, landed._sheet, landed._nth, landed._row,
                landed._set_aside, {staging.found()} as found,
                case when check_no = {LANDING_CHECK} then landed._set_aside end as said
            from landed.{name} as landed
            join issue.gone_{name} as gone on gone._file = landed._file and gone._nth = landed._nth
            where gone.check_no is not null
        ), numbered as (
            select *, row_number() over (partition by check_no, said order by _file_name, _nth) as place
            from aside
        )
        select
            check_no, said, count(*) as rows,
            list(
                _file_name || coalesce(', sheet ''' || _sheet || '''', '') || ', row ' || _row
                || coalesce(': ' || found, '') order by place
            )
                filter (place <= {EXAMPLES}) as examples
        from numbered group by check_no, said order by rows desc, check_no, said"""
    ).fetchall()
    return tuple(
        SetAside(name, said or reasons[check], count, tuple(examples)) for check, said, count, examples in rows
    )


def _unread(connection: duckdb.DuckDBPyConnection, staging: Staging) -> tuple[Unread, ...]:
    """Optional cells that could not be read, by column."""
    found = connection.execute(
        "select unread, count(*) from issue.examined where unread > 0 group by unread"
    ).fetchall()
    columns = staging.report.columns
    totals = [
        (columns[name].heading, sum(rows for mask, rows in found if mask >> place & 1))
        for place, name in enumerate(staging.softly_typed)
    ]
    return tuple(Unread(staging.report.report, heading, rows) for heading, rows in totals if rows)
