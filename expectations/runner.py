"""Running a report's suite over its landed files, each file once.

Here: from landed files to results, kept beside them. Not here: what is expected (suites), the frames (frames),
Great Expectations (judging), the gates (gates).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from expectations.file_facts import FACTS
from expectations.frames import LandedFrames
from expectations.judging import Judgement, judge
from expectations.results import FAILING_SHOWN, CheckResult, FailingRow, keep, kept
from expectations.suites import DECLARED_CODES, SET_ASIDE, Expectation, Suite
from nhsbn.extracts.landing import LandedFile
from nhsbn.extracts.reports import SourceRegister

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

NULL_TESTS = ("ExpectColumnValuesToBeNull", "ExpectColumnValuesToNotBeNull")
"""Expectations that judge blanks too; every other passes them over."""
VALUES_SHOWN = 5
SHORT_CODE = "[A-Za-z0-9]{1,3}"
"""What is short enough to be a code, and too short to be a name."""


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
        files: all files of the report; refused ones hold nothing to judge.
        parquet: the landed Parquet of each file, by its SHA-256.
        connection: a DuckDB connection to work in.

    Returns:
        One result a file and expectation, in the order of ``files`` and of the suite.
    """
    landed = [file for file in files if file.status != "refused"]
    results = {file.sha256: kept(parquet[file.sha256], _version(suite, file)) for file in landed}
    new = [file for file in landed if results[file.sha256] is None]
    if new:
        found = run_suite(suite, register, new, parquet, files, connection)
        for file in new:
            results[file.sha256] = tuple(result for result in found if result.file == file.file)
            keep(parquet[file.sha256], _version(suite, file), results[file.sha256] or ())
    return [result for file in landed for result in results[file.sha256] or ()]


def is_judged(suite: Suite, file: LandedFile, parquet: Path) -> bool:
    """Whether the file's results in this version of its suite are kept."""
    return kept(parquet, _version(suite, file)) is not None


def _version(suite: Suite, file: LandedFile) -> str:
    """What decides a file's results beside its contents: the suite, and how it was landed."""
    return f"{suite.version}.{file.version}"


def run_suite(
    suite: Suite,
    register: SourceRegister,
    files: Sequence[LandedFile],
    parquet: Mapping[str, Path],
    history: Sequence[LandedFile],
    connection: duckdb.DuckDBPyConnection,
) -> list[CheckResult]:
    """Judge landed files, whatever is kept of them.

    Args:
        suite: the report's suite.
        register: the declared reports and code lists.
        files: the landed files to judge.
        parquet: the landed Parquet of each, by its SHA-256.
        history: every file of the report, for comparison with those before.
        connection: a DuckDB connection to work in.

    Returns:
        One result a file and expectation.
    """
    return _Run(suite, register, files, parquet, history, connection).results()


@dataclass(frozen=True)
class Finding:
    """What was found of one file and one group of readings.

    Attributes:
        rows: rows judged.
        wrong: rows that failed.
        words: what is wrong, or nothing.
        failing: the first failing rows.
    """

    rows: int
    wrong: int
    words: str
    failing: tuple[FailingRow, ...]


class _Run:
    """One run of a suite over some files."""

    def __init__(
        self,
        suite: Suite,
        register: SourceRegister,
        files: Sequence[LandedFile],
        parquet: Mapping[str, Path],
        history: Sequence[LandedFile],
        connection: duckdb.DuckDBPyConnection,
    ) -> None:
        self._suite = suite
        self._report = register.reports[suite.report]
        self._codelists = register.codelists
        self._files = files
        self._history = history
        self._frames = LandedFrames(suite.report, register, files, parquet, connection)

    def results(self) -> list[CheckResult]:
        judgements = [judgement for item in self._suite.expectations for judgement in self._judgements(item)]
        findings: dict[tuple[str, str], list[Finding]] = defaultdict(list)
        for judgement, frame in zip(judgements, judge(self._suite.report, judgements), strict=True):
            for file, finding in self._findings(judgement.item, frame):
                findings[file, judgement.item.id].append(finding)
        return [
            self._result(item, file, findings[file.file, item.id])
            for file in self._files
            for item in self._suite.expectations
        ]

    def _judgements(self, item: Expectation) -> list[Judgement]:
        groups = item.judged(self._report)
        if item.judges == "file":
            return [Judgement(item, item.kwargs, self._fact_frame(name)) for (name,) in groups]
        if item.kwargs.get("value_set") == DECLARED_CODES:
            return [
                Judgement(item, {"value_set": self._codes(name)}, self._frames.values([(name,)], item.where))
                for (name,) in groups
            ]
        kwargs = {name: value for name, value in item.kwargs.items() if name not in ("column_A", "column_B")}
        return [Judgement(item, kwargs, self._frames.values(groups, item.where))]

    def _codes(self, column: str) -> list[str]:
        return sorted(self._codelists[self._report.columns[column].codes or ""])

    def _fact_frame(self, name: str) -> pd.DataFrame:
        import pandas as pd

        facts = [FACTS[name](file, self._history) for file in self._files]
        return pd.DataFrame(
            {
                "_file": [file.file for file in self._files],
                "_columns": name,
                "value_1": pd.Series(facts, dtype="float64"),
                "_rows": 1,
            }
        )

    def _findings(self, item: Expectation, frame: pd.DataFrame) -> Iterator[tuple[str, Finding]]:
        """What was found of each file and group of readings in a judged frame."""
        counts = frame["_rows"]
        if item.expectation not in NULL_TESTS:
            counts = counts.where(frame.filter(like="value_").notna().all(axis=1), 0)
        sums = (
            frame[["_file", "_columns"]]
            .assign(rows=counts, wrong=frame["_rows"].where(frame["failed"], 0))
            .groupby(["_file", "_columns"], sort=True)
            .sum()
        )
        failed = frame[frame["failed"]]
        failing = {
            columns: self._frames.failing(str(columns).split(","), item.where, values)
            for columns, values in failed.groupby("_columns")
            if item.judges == "rows"
        }
        for (file, columns), rows, wrong in sums.itertuples():
            words, rows_shown = "", []
            if wrong:
                values = failed[(failed["_file"] == file) & (failed["_columns"] == columns)]
                words = self._words(item, columns, int(rows), int(wrong), values)
                rows_shown = failing.get(columns, {}).get(file, [])
            yield file, Finding(int(rows), int(wrong), words, tuple(rows_shown))

    def _words(self, item: Expectation, columns: str, rows: int, wrong: int, failed: pd.DataFrame) -> str:
        if item.judges == "file":
            return f"{columns} is {float(failed['value_1'].iloc[0]):.3g}"
        group = columns.split(",")
        return f"{' and '.join(group)}: {wrong:,} of {rows:,} rows{self._shown(group, failed)}"

    def _shown(self, group: Sequence[str], failed: pd.DataFrame) -> str:
        """The commonest unexpected values that may be shown: reasons, and what looks like a code among codes."""
        column = self._report.columns.get(group[0])
        if column is not None and column.type == "code" and column.personal == "none":
            failed = failed[failed["value_1"].astype(str).str.fullmatch(SHORT_CODE)]
        elif group[0] != SET_ASIDE:
            return ""
        first = failed.sort_values(["_rows", "value_1"], ascending=[False, True]).head(VALUES_SHOWN)
        listed = [f"{value}: {rows:,}" for value, rows in zip(first["value_1"], first["_rows"], strict=True)]
        return f" ({'; '.join(listed)})" if listed else ""

    def _result(self, item: Expectation, file: LandedFile, findings: Sequence[Finding]) -> CheckResult:
        judged = sum(finding.rows for finding in findings)
        words = [finding.words for finding in findings if finding.words]
        failing = [row for finding in findings for row in finding.failing]
        return CheckResult(
            report=self._suite.report,
            file=file.file,
            file_name=file.name,
            check=item.id,
            title=item.title,
            severity=item.severity,
            passed=all(finding.rows - finding.wrong >= item.mostly * finding.rows for finding in findings),
            observed="; ".join(words) or (f"all {judged:,} as expected" if judged else "nothing to judge"),
            judged_count=judged,
            unexpected_count=sum(finding.wrong for finding in findings),
            failing=tuple(failing[:FAILING_SHOWN]),
            notes=item.notes,
            owner=item.owner or self._suite.owner,
            instruction=item.instruction,
        )
