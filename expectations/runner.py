"""Judging landed files: DuckDB prepares narrow frames, Great Expectations judges them, once a file.

Here: running one report's suite over its newly landed files, and keeping the results beside them. Not here: what is
expected (suites), the frames' SQL (frames), the gates (gates).

Great Expectations takes seconds to import and holds rows in pandas, so it is imported only when a file is new, and
sees each distinct value of a file once, with the number of rows that have it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from expectations.frames import distinct_values, failing_rows, rows_view, shown_key
from expectations.results import FAILING_SHOWN, CheckResult, FailingRow, keep, kept
from expectations.suites import DECLARED_CODES, Expectation, Suite
from nhsbn.landing import LandedFile
from nhsbn.reports import Report, SourceRegister
from nhsbn.staging import typed_columns

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

EARLIER_FILES = 6
"""Row counts are set against the median of this many files before (sources' own practice: six)."""
FEWEST_EARLIER_FILES = 3
"""With fewer earlier files a median says nothing, and the row count is not judged."""


@dataclass(frozen=True)
class Judgement:
    """One thing for Great Expectations to judge: an expectation with its settings, over one narrow frame.

    Attributes:
        item: the expectation.
        kwargs: its settings, the code list filled in.
        frame: ``_file``, ``_columns``, ``value_1``[, ``value_2``], ``_rows``.
    """

    item: Expectation
    kwargs: Mapping[str, Any]
    frame: pd.DataFrame


def check_report(
    suite: Suite,
    register: SourceRegister,
    files: Sequence[LandedFile],
    parquet: Mapping[str, Path],
    connection: duckdb.DuckDBPyConnection,
) -> list[CheckResult]:
    """The quality checks of every landed file of a report; files already judged are not judged again.

    Args:
        suite: the report's suite.
        register: the declared reports and code lists.
        files: all files of the report, refused ones too (they hold nothing to judge).
        parquet: the landed Parquet of each file, by its SHA-256.
        connection: a DuckDB connection to work in; temporary views are made in it.

    Returns:
        One result a file and expectation, in the order of ``files`` and of the suite.
    """
    landed = [file for file in files if file.status != "refused"]
    results = {file.sha256: kept(parquet[file.sha256], suite.version) for file in landed}
    new = [file for file in landed if results[file.sha256] is None]
    if new:
        found = run_suite(suite, register, new, parquet, files, connection)
        for file in new:
            results[file.sha256] = tuple(result for result in found if result.file == file.file)
            keep(parquet[file.sha256], suite.version, results[file.sha256] or ())
    return [result for file in landed for result in results[file.sha256] or ()]


def run_suite(
    suite: Suite,
    register: SourceRegister,
    files: Sequence[LandedFile],
    parquet: Mapping[str, Path],
    history: Sequence[LandedFile],
    connection: duckdb.DuckDBPyConnection,
) -> list[CheckResult]:
    """Judge landed files, whatever is kept.

    Args:
        suite: the report's suite.
        register: the declared reports and code lists.
        files: the landed files to judge.
        parquet: the landed Parquet of each, by its SHA-256.
        history: every file of the report, for comparison with earlier ones.
        connection: a DuckDB connection to work in.

    Returns:
        One result a file and expectation.
    """
    report = register.reports[suite.report]
    _prepare(report, files, parquet, connection)
    judgements = [
        judgement
        for item in suite.expectations
        for judgement in _judgements(item, report, register, files, history, connection)
    ]
    verdicts = _judge(suite.report, judgements)
    return [
        _result(item, suite, report, file, verdicts, connection) for file in files for item in suite.expectations
    ]


def _prepare(
    report: Report,
    files: Sequence[LandedFile],
    parquet: Mapping[str, Path],
    connection: duckdb.DuckDBPyConnection,
) -> None:
    connection.execute(
        "create or replace temp table judged_file (_file varchar, period_start date, period_end date)"
    )
    connection.executemany(
        "insert into judged_file values (?, ?, ?)",
        [[file.file, file.period_start, file.period_end] for file in files],
    )
    paths = [parquet[file.sha256].as_posix() for file in files]
    view = rows_view(report, typed_columns(report), paths, "judged_file")
    connection.execute(f"create or replace temp view judged as {view}")


def _judgements(
    item: Expectation,
    report: Report,
    register: SourceRegister,
    files: Sequence[LandedFile],
    history: Sequence[LandedFile],
    connection: duckdb.DuckDBPyConnection,
) -> list[Judgement]:
    names = item.judged(report)
    if item.judges == "file":
        return [Judgement(item, item.kwargs, _file_facts(name, files, history)) for (name,) in names]
    if item.kwargs.get("value_set") == DECLARED_CODES:
        return [
            Judgement(
                item,
                {"value_set": sorted(register.codelists[report.columns[name].codes or ""])},
                connection.sql(distinct_values(item, [(name,)])).df(),
            )
            for (name,) in names
        ]
    kwargs = {name: value for name, value in item.kwargs.items() if value not in item.pair}
    return [Judgement(item, kwargs, connection.sql(distinct_values(item, names)).df())]


def _file_facts(name: str, files: Sequence[LandedFile], history: Sequence[LandedFile]) -> pd.DataFrame:
    import pandas as pd

    facts = {"rows_against_median": lambda file: rows_against_median(file, history), "set_aside_share": _set_aside}
    values = [facts[name](file) for file in files]
    return pd.DataFrame(
        {
            "_file": [file.file for file in files],
            "_columns": name,
            "value_1": pd.Series(values, dtype="float64"),
            "_rows": 1,
        }
    )


def rows_against_median(file: LandedFile, history: Sequence[LandedFile]) -> float | None:
    """A file's rows a day covered, as a multiple of the median of the six files before it.

    By the day covered, because the dates asked for differ from file to file (and February is short). A snapshot
    covers one day. Nothing when fewer than three files came before.
    """
    if file.period_end is None:
        return None
    earlier: dict[Any, LandedFile] = {}
    for other in sorted(history, key=lambda other: str(other.extracted_at)):
        if other.status != "refused" and other.period_end is not None and other.period_end < file.period_end:
            earlier[other.period_end] = other
    recent = [_rows_a_day(earlier[end]) for end in sorted(earlier)[-EARLIER_FILES:]]
    if len(recent) < FEWEST_EARLIER_FILES or not median(recent):
        return None
    return _rows_a_day(file) / median(recent)


def _rows_a_day(file: LandedFile) -> float:
    if file.period_start is None or file.period_end is None:
        return float(file.rows.landed)
    return file.rows.landed / ((file.period_end - file.period_start).days + 1)


def _set_aside(file: LandedFile) -> float | None:
    rows = file.rows.landed + file.rows.set_aside
    return file.rows.set_aside / rows if rows else None


def _judge(name: str, judgements: Sequence[Judgement]) -> dict[str, list[pd.DataFrame]]:
    """Ask Great Expectations about every frame at once.

    The frames are laid side by side in one, their columns told apart by place and the shorter filled up with nulls,
    so that a report is one suite and one validation.

    Returns:
        For each expectation's id, its frames with a column ``failed``.
    """
    if not judgements:
        return {}
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    import great_expectations as gx
    import pandas as pd
    from great_expectations.data_context.types.base import ProgressBarsConfig

    wide = pd.concat(
        [
            judgement.frame.filter(like="value_").add_suffix(f"_of_{place}")
            for place, judgement in enumerate(judgements)
        ],
        axis=1,
    )
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("extracts").add_dataframe_asset(name)
    batch = asset.add_batch_definition_whole_dataframe("new files").get_batch({"dataframe": wide})
    suite = gx.ExpectationSuite(
        name=name,
        expectations=[_expectation(judgement, place) for place, judgement in enumerate(judgements)],
    )
    outcome = batch.validate(suite, result_format={"result_format": "COMPLETE"})
    verdicts: dict[str, list[pd.DataFrame]] = {}
    for result in outcome.results:
        place = result.expectation_config.meta["place"]
        frame = judgements[place].frame
        unexpected = {int(index) for index in result.result["unexpected_index_list"]}
        frame = frame.assign(failed=[index in unexpected for index in range(len(frame))])
        verdicts.setdefault(judgements[place].item.id, []).append(frame)
    return verdicts


def _expectation(judgement: Judgement, place: int) -> Any:
    import great_expectations.expectations as gxe

    item = judgement.item
    settings: dict[str, Any] = dict(judgement.kwargs)
    if item.pair:
        settings |= {"column_A": f"value_1_of_{place}", "column_B": f"value_2_of_{place}"}
        settings |= {"ignore_row_if": "either_value_is_missing"}
    else:
        settings |= {"column": f"value_1_of_{place}"}
    return getattr(gxe, item.expectation)(
        **settings, severity=item.severity, meta={"check": item.id, "place": place, "notes": item.notes}
    )


def _result(
    item: Expectation,
    suite: Suite,
    report: Report,
    file: LandedFile,
    verdicts: Mapping[str, Sequence[pd.DataFrame]],
    connection: duckdb.DuckDBPyConnection,
) -> CheckResult:
    judged = unexpected = 0
    passed = True
    found: list[str] = []
    failing: list[FailingRow] = []
    for frame in verdicts.get(item.id, ()):
        of_file = frame[frame["_file"] == file.file]
        for columns, values in of_file.groupby("_columns", sort=True):
            given = values if item.expectation == "ExpectColumnValuesToNotBeNull" else _without_nulls(values)
            failed = values[values["failed"]]
            count, wrong = int(given["_rows"].sum()), int(failed["_rows"].sum())
            judged, unexpected = judged + count, unexpected + wrong
            if wrong:
                passed = passed and wrong <= (1 - item.mostly) * count
                found.append(_words(item, str(columns), failed, wrong, count))
                if item.judges == "rows" and len(failing) < FAILING_SHOWN:
                    failing += _failing(report, tuple(str(columns).split(",")), failed, connection)
    return CheckResult(
        report=report.report,
        file=file.file,
        file_name=file.name,
        check=item.id,
        title=item.title,
        severity=item.severity,
        passed=passed,
        observed="; ".join(found) or (f"all {judged:,} as expected" if judged else "nothing to judge"),
        judged_count=judged,
        unexpected_count=unexpected,
        failing=tuple(failing[:FAILING_SHOWN]),
        notes=item.notes,
        owner=item.owner or suite.owner,
        instruction=item.instruction,
    )


def _without_nulls(values: pd.DataFrame) -> pd.DataFrame:
    return values.dropna(subset=[name for name in values.columns if name.startswith("value_")])


def _words(item: Expectation, columns: str, failed: pd.DataFrame, wrong: int, count: int) -> str:
    if item.judges == "file":
        return f"{columns} is {float(failed['value_1'].iloc[0]):.3g}"
    return f"{columns.replace(',', ' and ')}: {wrong:,} of {count:,} rows"


def _failing(
    report: Report, columns: tuple[str, ...], failed: pd.DataFrame, connection: duckdb.DuckDBPyConnection
) -> list[FailingRow]:
    connection.register("failing_values", failed)
    try:
        rows = connection.sql(failing_rows(report, columns, "failing_values")).fetchall()
    finally:
        connection.unregister("failing_values")
    names = shown_key(report)
    return [
        FailingRow(file_name=file_name, sheet=sheet, row=row, key=dict(zip(names, key, strict=True)))
        for _, file_name, sheet, row, *key in rows
    ]
