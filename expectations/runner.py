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
        for judgement, failed in zip(judgements, judge(self._suite.report, judgements), strict=True):
            found = self._of_files if judgement.item.judges == "file" else self._of_rows
            for file, finding in found(judgement, failed):
                findings[file, judgement.item.id].append(finding)
        return [
            self._result(item, file, findings[file.file, item.id])
            for file in self._files
            for item in self._suite.expectations
        ]

    def _judgements(self, item: Expectation) -> list[Judgement]:
        groups = item.judged(self._report)
        if item.judges == "file":
            return [Judgement(item, item.kwargs, groups, self._fact_frame(name)) for (name,) in groups]
        if item.kwargs.get("value_set") == DECLARED_CODES:
            settings = [({"value_set": self._codes(name)}, ((name,),)) for (name,) in groups]
        else:
            kwargs = {name: value for name, value in item.kwargs.items() if name not in ("column_A", "column_B")}
            settings = [(kwargs, groups)]
        return [Judgement(item, kwargs, some, self._frames.values(some, item.where)) for kwargs, some in settings]

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
            }
        )

    def _of_files(self, judgement: Judgement, failed: pd.DataFrame) -> Iterator[tuple[str, Finding]]:
        """What was found of each file's fact."""
        for place, file, name, value in judgement.frame.dropna().itertuples():
            wrong = place in failed.index
            yield file, Finding(1, int(wrong), f"{name} is {value:.3g}" if wrong else "", ())

    def _of_rows(self, judgement: Judgement, failed: pd.DataFrame) -> Iterator[tuple[str, Finding]]:
        """What was found of each file's rows, one finding a group of readings."""
        item = judgement.item
        failing = {
            (file, columns): found
            for columns, values in failed.groupby("_columns")
            for file, found in self._frames.failing(str(columns).split(","), item.where, values).items()
        }
        for file, columns, rows in self._frames.rows(judgement.groups, item.where, item.expectation in NULL_TESTS):
            if (file, columns) not in failing:
                yield file, Finding(rows, 0, "", ())
                continue
            values, first = failing[file, columns]
            wrong, group = int(values["_rows"].sum()), columns.split(",")
            words = f"{' and '.join(group)}: {wrong:,} of {rows:,} rows{self._shown(group, values)}"
            yield file, Finding(rows, wrong, words, tuple(first))

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
