"""Narrow frames: the distinct values of newly landed files, made by DuckDB.

Here: getting from landed Parquet what Great Expectations is to judge, and finding afterwards how many rows have
been judged, and which have failed. Not here: judging. A value that a million rows of many files share is judged
once; since a row is judged by its own values alone, that is the same as judging every row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expectations.results import FAILING_SHOWN, FailingRow
from expectations.suites import DATES, SET_ASIDE
from nhsbn.conformed.staging import MACROS, Staging
from nhsbn.extracts.landing import LandedFile
from nhsbn.extracts.reports import Report, SourceRegister

if TYPE_CHECKING:
    import duckdb
    import pandas as pd


@dataclass(frozen=True)
class Reading:
    """Something a row is judged by, got from one landed column.

    Attributes:
        column: the landed column.
        sql: the reading, an expression over that column's text, the column as typed (``typed_<column>``) and the
            period of the row's file.
    """

    column: str
    sql: str


class LandedFrames:
    """The newly landed files of one report, to be read as narrow frames.

    Args:
        report: the report's id.
        register: the declared reports and code lists.
        files: its files.
        parquet: the landed Parquet of each file, by its SHA-256.
        connection: a DuckDB connection to work in; temporary tables and views are made in it.
    """

    def __init__(
        self,
        report: str,
        register: SourceRegister,
        files: Sequence[LandedFile],
        parquet: Mapping[str, Path],
        connection: duckdb.DuckDBPyConnection,
    ) -> None:
        self._report = register.reports[report]
        self._parquet = {file.file: parquet[file.sha256].as_posix() for file in files}
        self._connection = connection
        self._gathered: dict[tuple[str, ...], str] = {}
        self._found: dict[tuple[object, ...], pd.DataFrame] = {}
        self._staging = Staging(self._report, register.codelists)
        self._readings = _readings(self._report)
        for statement in ("set parquet_metadata_cache = true", *MACROS):
            connection.execute(statement)
        connection.execute(
            "create or replace temp table judged_file (_file varchar, period_start date, period_end date)"
        )
        connection.executemany(
            "insert into judged_file values (?, ?, ?)",
            [[file.file, file.period_start, file.period_end] for file in files],
        )

    def values(self, groups: Sequence[tuple[str, ...]], where: str | None = None) -> pd.DataFrame:
        """The distinct values of some readings, in whatever file.

        Args:
            groups: one tuple a judgement: one reading, or the two of a pair.
            where: SQL over the landed columns that says which rows are judged; all of them by default.

        Returns:
            A frame of ``_columns`` (the readings, joined by a comma) and ``value_1``[, ``value_2``].
        """
        key = (*groups, where)
        if key not in self._found:
            query = "\nunion all\n".join(
                f"select distinct '{','.join(group)}' as _columns, {', '.join(_value_names(group))}"
                f" from ({self._read(group, where)})"
                for group in groups
            )
            self._found[key] = self._connection.execute(query).df()
        return self._found[key]

    def rows(
        self, groups: Sequence[tuple[str, ...]], where: str | None, with_blanks: bool
    ) -> list[tuple[str, str, int]]:
        """How many rows of each file are judged.

        Args:
            groups: as given to :meth:`values`.
            where: likewise.
            with_blanks: whether rows without a value, or without one of a pair, are judged.

        Returns:
            The file's short hash, the readings joined by a comma, and the rows; in the order of the readings.
        """
        query = "\nunion all\n".join(
            f"select _file, '{','.join(group)}' as _columns, cast(sum(_row_count) as bigint)"
            f" from ({self._read(group, where)})"
            f" where {with_blanks or ' and '.join(f'{value} is not null' for value in _value_names(group))}"
            " group by _file"
            for group in groups
        )
        return self._connection.execute(f"{query}\norder by _columns, _file").fetchall()

    def failing(
        self, group: Sequence[str], where: str | None, values: pd.DataFrame
    ) -> dict[str, tuple[pd.DataFrame, list[FailingRow]]]:
        """The rows that have one of some values.

        Args:
            group: the readings that failed.
            where: as given to :meth:`values`.
            values: frame of ``value_1``[, ``value_2``].

        Returns:
            For each file's short hash the values it has, a frame with ``value_1``[, ``value_2``] and ``_rows``;
            and at most ``FAILING_SHOWN`` of the rows, in the file's order.
        """
        self._connection.register("failing_value", values)
        same = " and ".join(f"found.{value} is not distinct from wrong.{value}" for value in _value_names(group))
        self._connection.execute(
            f"create or replace temp table failing_text as from ({self._read(group, where)}) as found"
            f" semi join failing_value as wrong on {same}"
        )
        self._connection.unregister("failing_value")
        counts = self._connection.execute(
            f"select _file, {', '.join(_value_names(group))}, cast(sum(_row_count) as bigint) as _rows"
            " from failing_text group by all"
        ).df()
        # The rows are looked up by the texts behind the values, so that no row has to be typed anew.
        landed = _landed([self._parquet[file] for file in counts["_file"].unique()], group, where)
        same = " and ".join(f"landed.{name} is not distinct from wrong.{name}" for name in self._columns(group))
        key = shown_key(self._report)
        rows = self._connection.execute(
            f"select {', '.join(('_file', '_file_name', '_sheet', '_row', *key))} from ({landed}) as landed\n"
            f"semi join failing_text as wrong on landed._file = wrong._file and {same}\n"
            "qualify row_number() over (partition by _file order by _sheet, _row)"
            f" <= {FAILING_SHOWN}\norder by _file, _sheet, _row"
        ).fetchall()
        found: dict[str, list[FailingRow]] = defaultdict(list)
        for file, *row in rows:
            found[file].append(_failing_row(key, row))
        return {str(file): (of_file, found[str(file)]) for file, of_file in counts.groupby("_file")}

    def _read(self, group: Sequence[str], where: str | None) -> str:
        """SQL of the texts judged, each with the readings as ``value_1``[, ``value_2``]."""
        readings = ", ".join(
            f"{self._readings[name].sql} as {value}"
            for value, name in zip(_value_names(group), group, strict=True)
        )
        return f"select *, {readings} from {self._gather(group, where)} inner join judged_file using (_file)"

    def _gather(self, group: Sequence[str], where: str | None) -> str:
        """A table of the distinct texts judged, so that a text is read and typed once for all its rows."""
        columns = ", ".join(self._columns(group))
        key = (columns, where or "")
        if key not in self._gathered:
            landed = _landed([*self._parquet.values()], group, where)
            texts = f"select _file, {columns}, count(*) as _row_count from ({landed}) group by all"
            self._gathered[key] = f"gathered_{len(self._gathered)}"
            self._connection.execute(
                f"create or replace temp table {self._gathered[key]} as {self._typed(group, texts)}"
            )
        return self._gathered[key]

    def _typed(self, group: Sequence[str], texts: str) -> str:
        """SQL of rows with the columns judged typed as staging types them, beside their texts."""
        declared = [name for name in self._columns(group) if name in self._report.columns]
        typed = "".join(f", {self._staging.typed(name)} as typed_{name}" for name in declared)
        return f"select *{typed} from (select *{self._staging.read_once(declared)} from ({texts}))"

    def _columns(self, group: Sequence[str]) -> list[str]:
        return sorted({self._readings[name].column for name in group})


def clashing_rows(
    report: Report, parquet: Path, connection: duckdb.DuckDBPyConnection
) -> tuple[int, tuple[FailingRow, ...]]:
    """The rows of a landed file whose key stands on several rows with different contents.

    Args:
        report: whose key.
        parquet: the landed file.
        connection: a DuckDB connection.

    Returns:
        How many such rows there are, and the first of them.
    """
    key = ", ".join(report.key)
    shown = shown_key(report)
    contents = ", ".join(report.kept_columns)
    rows = connection.execute(
        f"with landed as ({_landed([parquet.as_posix()], report.key)}),\n"
        f"contents as (select distinct {contents} from landed),\n"
        f"clash as (select {key} from contents group by {key} having count(*) > 1)\n"
        f"select count(*) over (), {', '.join(('_file_name', '_sheet', '_row', *shown))}\n"
        f"from landed semi join clash using ({key})\norder by {key}, _sheet, _row\nlimit {FAILING_SHOWN}"
    ).fetchall()
    return (rows[0][0] if rows else 0), tuple(_failing_row(shown, row[1:]) for row in rows)


def shown_key(report: Report) -> list[str]:
    """The key columns that may be shown: not those kept as personal data (a person's dates)."""
    return [name for name in report.key if report.columns[name].personal != "keep"]


def _failing_row(key: Sequence[str], values: Sequence[Any]) -> FailingRow:
    name, sheet, row, *of_key = values
    return FailingRow(file_name=name, sheet=sheet, row=row, key=dict(zip(key, of_key, strict=True)))


def _readings(report: Report) -> dict[str, Reading]:
    """The SQL of every reading that :func:`expectations.suites.readings` names."""
    found = {SET_ASIDE: Reading("_set_aside", "_set_aside")}
    for name, column in report.kept_columns.items():
        value = f"typed_{name}"
        unread = f"unread_stamp({name}, read_{name})" if column.type in DATES else f"{value} is null"
        # A code that is in no list is judged as it stands; staging makes nothing of it.
        found[name] = Reading(name, f"coalesce({value}, {name})" if column.type == "code" else value)
        found[f"{name}_given"] = Reading(name, f"case when {name} is not null then 'given' end")
        found[f"{name}_unread"] = Reading(name, f"case when {unread} then {name} end")
        if column.type in DATES:
            day = f"cast({value} as date)"
            found[f"{name}_day"] = Reading(name, day)
            found[f"{name}_offset"] = Reading(name, f"{day} - least(greatest({day}, period_start), period_end)")
    return found


def _landed(paths: Sequence[str], group: Sequence[str], where: str | None = None) -> str:
    """SQL of the rows of some files to be judged: those set aside at landing only by their reason."""
    files = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
    conditions = [f"({where})"] if where else []
    if SET_ASIDE not in group:
        conditions.append("_set_aside is null")
    return f"select * from read_parquet([{files}])" + (f" where {' and '.join(conditions)}" if conditions else "")


def _value_names(group: Sequence[str]) -> list[str]:
    return [f"value_{place}" for place in range(1, len(group) + 1)]
