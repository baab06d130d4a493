"""The gates: what landing itself found that holds a file back, told as checks.

Here: a landed file's problems as the three critical checks of every report. Not here: finding the problems, which
landing does, and expectations that only warn (runner).

Great Expectations has no say in these: landing must know them before anything uses the file, and one that could
not be landed has no rows to judge.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from expectations.frames import clashing_rows
from expectations.results import CheckResult
from expectations.suites import Suite
from nhsbn.extracts.landing import LandedFile
from nhsbn.extracts.reports import Report

if TYPE_CHECKING:
    import duckdb


def gate_report(
    suite: Suite,
    report: Report,
    files: Sequence[LandedFile],
    parquet: Mapping[str, Path],
    connection: duckdb.DuckDBPyConnection,
) -> list[CheckResult]:
    """The gates of every file of a report.

    Args:
        suite: the report's suite.
        report: its declaration.
        files: all files of the report, after the checks between files.
        parquet: the landed Parquet of each landed file, by its SHA-256.
        connection: a DuckDB connection, asked only for the rows of a file whose keys clash.

    Returns:
        One result a file and gate.
    """
    landed = {file.sha256 for file in files if file.status != "refused"}
    return [result for file in files for result in _gates(suite, report, file, landed, parquet, connection)]


def _gates(
    suite: Suite,
    report: Report,
    file: LandedFile,
    landed: Collection[str],
    parquet: Mapping[str, Path],
    connection: duckdb.DuckDBPyConnection,
) -> list[CheckResult]:
    results = []
    for gate in suite.gates:
        problems = [problem.message for problem in file.problems if problem.check == gate.id]
        spare = file.status == "refused" and file.sha256 in landed
        count, failing = len(problems), ()
        if problems and gate.id == "unique_key":
            count, failing = clashing_rows(report, parquet[file.sha256], connection)
        results.append(
            CheckResult(
                report=suite.report,
                file=file.file,
                file_name=file.name,
                check=gate.id,
                title=gate.title,
                severity="critical",
                passed=spare or not problems,
                observed="; ".join(problems) or _passed(file),
                judged_count=file.rows.landed if gate.id == "unique_key" else 1,
                unexpected_count=0 if spare else count,
                failing=failing,
                notes=gate.notes,
                owner=suite.owner,
                instruction=gate.instruction,
            )
        )
    return results


def _passed(file: LandedFile) -> str:
    if file.status == "refused":
        return "nothing to judge: the file was not landed"
    return f"as expected, {file.period_start} to {file.period_end}"
