"""Narrow frames: the distinct values of an extract with the number of rows behind each, prepared by DuckDB.

Here: SQL that gives what Great Expectations is to judge, and SQL that finds the failing rows afterwards. Not here:
judging. A value that a million rows share is judged once; that each judgement is of one row's own values makes it the
same as judging every row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from expectations.results import FAILING_SHOWN
from expectations.suites import DATES
from nhsbn.reports import Report


@dataclass(frozen=True)
class Reading:
    """Something a row is judged by, got from one landed column.

    Attributes:
        column: the landed column.
        sql: the reading, an expression over that column and the file's period.
    """

    column: str
    sql: str


def reading_sql(report: Report, typed: Mapping[str, str]) -> dict[str, Reading]:
    """The SQL of every reading that :func:`expectations.suites.readings` names.

    Args:
        report: the report.
        typed: for each kept column, the SQL that types its landed text.
    """
    found: dict[str, Reading] = {}
    for name, column in report.kept_columns.items():
        value = f"({typed[name]})"
        found[name] = Reading(name, value)
        found[f"{name}_given"] = Reading(name, f"case when {name} is not null then 'given' end")
        found[f"{name}_unread"] = Reading(name, f"case when {value} is null then {name} end")
        if column.type in DATES:
            day = f"cast({value} as date)"
            found[f"{name}_day"] = Reading(name, day)
            found[f"{name}_offset"] = Reading(
                name,
                f"{day} - least(greatest({day}, period_start), period_end)",
            )
    return found


def distinct_values(groups: Sequence[tuple[str, ...]], readings: Mapping[str, Reading]) -> str:
    """SQL of the distinct values judged.

    Rows are first gathered by their landed text, so that a text is typed once however many rows have it.

    Args:
        groups: the readings judged, one tuple a judgement: one name, or the two of a pair.
        readings: their SQL.

    Returns:
        A query over ``landed_now`` (the landed rows) and ``judged_file`` (``_file, period_start, period_end``)
        of ``_file``, ``_columns`` (the readings, joined by a comma), ``value_1``[, ``value_2``] and ``_rows``.
    """
    parts = []
    for group in groups:
        texts = ", ".join(sorted({readings[name].column for name in group}))
        parts.append(
            f"select _file, '{','.join(group)}' as _columns, {_values(group, readings)},"
            " cast(sum(_row_count) as bigint) as _rows\n"
            f"from (select _file, {texts}, count(*) as _row_count from landed_now group by all)\n"
            "inner join judged_file using (_file)\ngroup by all"
        )
    return "\nunion all\n".join(parts)


def failing_rows(report: Report, group: Sequence[str], readings: Mapping[str, Reading]) -> str:
    """SQL of a file's first failing rows.

    Args:
        report: the report.
        group: the readings that failed.
        readings: their SQL.

    Returns:
        A query over ``landed_now``, ``judged_file`` and ``failing_values`` (``_file, value_1``[``, value_2``]) of
        ``_file_name, _sheet, _row`` and the columns of :func:`shown_key`, at most ``FAILING_SHOWN`` rows.
    """
    same = " and ".join(f"read.value_{place} is not distinct from wrong.value_{place}" for place in _places(group))
    shown = ", ".join(("_file_name", "_sheet", "_row", *shown_key(report)))
    return (
        f"select {shown}\n"
        f"from (select landed_now.*, {_values(group, readings)} from landed_now"
        " inner join judged_file using (_file)) as read\n"
        f"semi join failing_values as wrong on read._file = wrong._file and {same}\n"
        f"order by _row\nlimit {FAILING_SHOWN}"
    )


def shown_key(report: Report) -> list[str]:
    """The key columns that may be shown: not those kept as personal data (a person's dates)."""
    return [name for name in report.key if report.columns[name].personal != "keep"]


def landed_rows(paths: Iterable[str]) -> str:
    """SQL of the landed rows of some files, without those set aside at landing."""
    files = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
    return f"select * from read_parquet([{files}]) where _set_aside is null"


def _values(group: Sequence[str], readings: Mapping[str, Reading]) -> str:
    return ", ".join(
        f"{readings[name].sql} as value_{place}" for place, name in zip(_places(group), group, strict=True)
    )


def _places(group: Sequence[str]) -> range:
    return range(1, len(group) + 1)
