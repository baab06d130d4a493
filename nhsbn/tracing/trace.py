"""What a trace says: an answer of a tool taken apart into the rows that made it.

Here: the values alone, as frozen dataclasses of plain parts, so that the terminal, a page or a CSV can each show
them. Not here: finding the rows (``rows``), what is kept so that they can be found (``recipe``), a
row's way onward (``row_trace``), and how any of it is shown.

A trace is of a measure's own rows, as they were kept when the value was calculated. It calculates nothing anew:
the rows' contributions are added up, and must make the recorded value to its last bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from nhsbn.tools.cells import State
from nhsbn.values import MetricValue

Plain = str | int | float | Decimal | bool | date | datetime | None
"""What a column of a measure holds in one row."""

By = Literal["measure", "metric", "month"]
"""Who left a row out: the measure, the metric's own condition or scope, or the month that is asked."""


@dataclass(frozen=True, slots=True)
class RowPlace:
    """Where a row stands in the file its system wrote.

    Attributes:
        file: first twelve hexadecimal digits of the file's SHA-256; empty for a row of no extract, such as a
            population figure.
        sheet: None where the file has no sheets.
        row: as Excel numbers it; None for a row of no extract.
    """

    file: str
    sheet: str | None
    row: int | None


@dataclass(frozen=True, slots=True)
class TracedRow:
    """A row of a measure, and what it adds.

    Attributes:
        contribution: what it adds to the term's amount, before ``times``: 1 where rows are counted; 1 for the
            first row of each thing told apart, and 0 for its others; its value where values are added up or
            averaged; of a median, its part in the middle. The contributions of a term add up to its amount.
        counted: 1 where it is among the rows counted, which an average is taken over; 0 where the column that is
            added up or told apart is blank.
        note: why it adds what it adds, where that is not plain: ``referral_id as in ...``, ``rank 5, the middle``.
            Of a row left out, empty.
        same_as: the row that counts for it, where it is another row of a thing already counted.
        values: its other columns, under :attr:`TracedTerm.columns`.
    """

    place: RowPlace
    contribution: Decimal
    counted: int
    note: str = ""
    same_as: RowPlace | None = None
    values: tuple[Plain, ...] = ()


@dataclass(frozen=True)
class FileShare:
    """What one file gave to one term.

    Attributes:
        file: as in :class:`RowPlace`; empty for rows of no extract.
        rows: of the measure, from this file, in the cell.
        contribution: of all of them.
    """

    file: str
    rows: int
    contribution: Decimal


@dataclass(frozen=True)
class LeftOut:
    """Rows that came close, and the one rule that left them out.

    Attributes:
        by: who left them out. The measure's and the metric's own are rows of this month, place and member: with
            the rows counted they are all of them, each row under the first rule that it fails. The month's would
            count, were they of it, and are of another month of the period.
        reason: the rule, in words.
        rows: how many.
        examples: the first few by file, sheet and row; all of them where they were asked for.
    """

    by: By
    reason: str
    rows: int
    examples: tuple[TracedRow, ...]


@dataclass(frozen=True)
class StagedOut:
    """Rows of one report that staging left out of everything.

    Attributes:
        report: its name.
        outcome: superseded, withdrawn, duplicate or set aside.
        reason: why, in words; empty where the outcome says it.
        rows: how many, in the files that cover the month.
        examples: the first few, each with the row that stands instead, where there is one in the same file.
    """

    report: str
    outcome: str
    reason: str
    rows: int
    examples: tuple[tuple[RowPlace, RowPlace | None], ...]


@dataclass(frozen=True)
class TracedTerm:
    """One part of a value, with its rows.

    Attributes:
        name: ``numerator``, ``less`` or ``denominator``.
        measure: whose rows it counts.
        aggregate: count, count_distinct, sum, mean or median.
        of: the column that is added up, averaged or told apart; None for a count.
        times: what the amount is multiplied by.
        conditions: every condition that its rows meet, in words, the month, place and member included.
        lent: why the figure is not of this place or member alone, where the measure has no such column.
        columns: names of :attr:`TracedRow.values`.
        rows: the rows, by file, sheet and row; no more of them than were asked for.
        rows_in_all: how many there are.
        counted: how many of them are counted.
        total: the contributions of all of them, added up exactly.
        amount: the same as a number of the records; None for an average of no rows.
        shares: the files, those with most rows first.
        left_out: the rows that came close, where they were asked for.
    """

    name: str
    measure: str
    aggregate: str
    of: str | None
    times: float
    conditions: tuple[str, ...]
    lent: str
    columns: tuple[str, ...]
    rows: tuple[TracedRow, ...]
    rows_in_all: int
    counted: int
    total: Decimal
    amount: float | None
    shares: tuple[FileShare, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True)
class TracedQuestion:
    """What was asked, as it was defined when it was answered.

    Attributes:
        project: its id.
        edition: of the project.
        period: ``2025-26-Q1``.
        code: the question code.
        title: the item's.
        metric_title: its metric's.
        definition: in words.
        rules: what it includes and excludes, in words.
        owner: the role that answers for it.
        unit: of its values.
        sources: the reports and reference data it is made from.
        dimension: what it is broken down by beside the month, or empty.
        dimension_title: the same for a reader.
    """

    project: str
    edition: str
    period: str
    code: str
    title: str
    metric_title: str
    definition: str
    rules: str
    owner: str
    unit: str
    sources: tuple[str, ...]
    dimension: str = ""
    dimension_title: str = ""


@dataclass(frozen=True)
class TracedCell:
    """The cell of a tool that holds the answer, as it was recorded.

    Attributes:
        source: the data source written beside the question.
    """

    sheet: str
    address: str
    state: State
    value: float | str | None
    reason: str
    owner: str
    source: str


@dataclass(frozen=True)
class TracedTool:
    """The version of a collection tool that is traced.

    Attributes:
        path: from the home folder, where it was written.
        newest: the number of the newest version.
    """

    version: int
    sha256: str
    path: str
    made_at: datetime
    newest: int


@dataclass(frozen=True)
class Step:
    """One line of arithmetic: ``numerator``, ``3,012 - 118``, 2894.0."""

    name: str
    words: str
    result: float | None


@dataclass(frozen=True)
class TracedMeasure:
    """A measure as it was.

    Attributes:
        version: hash of its SQL file.
        rows_version: address of its rows in the lake.
        sql: its SELECT.
    """

    name: str
    title: str
    grain: str
    definition: str
    version: str
    rows_version: str
    sql: str


@dataclass(frozen=True)
class TracedMap:
    """A mapping table as it was used.

    Attributes:
        kept: where its text is kept, from the home folder; empty when it is there no more.
    """

    name: str
    version: str
    kept: str


@dataclass(frozen=True)
class TracedTable:
    """A conformed table as it was used, directly or by another table.

    Attributes:
        rows: how many it has.
        reports: the extract reports that it reads.
        tables: the conformed tables that it reads.
        sql: its SQL file.
    """

    name: str
    title: str
    version: str
    rows: int
    reports: tuple[str, ...]
    tables: tuple[str, ...]
    maps: tuple[TracedMap, ...]
    sql: str


@dataclass(frozen=True)
class TracedFile:
    """An extract file that was read.

    Attributes:
        file: its short hash, as rows name it.
        sha256: the whole of it.
        rows: of the measures, from this file, in the cell; none for a file that was read and gave no row.
    """

    file: str
    sha256: str
    name: str
    report: str
    period_start: date | None
    period_end: date | None
    extracted_at: datetime | None
    rows: int


@dataclass(frozen=True)
class Difference:
    """A cell of a workbook that does not hold what was recorded of it.

    Attributes:
        recorded: what was written; None for a blank.
        found: what stands there now; None for a blank.
    """

    sheet: str
    address: str
    question: str
    recorded: float | str | None
    found: float | str | None


@dataclass(frozen=True)
class Trace:
    """An answer taken apart.

    Attributes:
        locality: its id, or ``trust``.
        place: the same for a reader.
        month: ``2025-05``; empty where one answer stands for the period.
        member: a member of the breakdown, or ``all``.
        member_title: the same for a reader.
        tool: the version that is traced.
        cell: where the answer stands in it; None where the tool asks no such cell.
        details: what the tool says of the submission, label and answer.
        recorded: the value as it was calculated; None for an answer that is not calculated.
        calculated_at: when.
        metric_version: hash of the definition and its SQL.
        inputs_version: hash of all that the value stands on.
        sql: the statement that calculated it; empty where none did.
        params: its parameters.
        terms: the parts of the value, with their rows.
        steps: from the parts to the value.
        measures: with their SQL.
        tables: each after those that it reads.
        files: those that gave rows first.
        staged_out: what staging left out of the files that cover the month, where it was asked for.
        differences: cells of the workbook handed in that are not as they were recorded.
        notes: what a reader should know besides.
    """

    question: TracedQuestion
    locality: str
    place: str
    month: str
    member: str
    member_title: str
    tool: TracedTool
    cell: TracedCell | None
    details: tuple[tuple[str, str], ...] = ()
    recorded: MetricValue | None = None
    calculated_at: datetime | None = None
    metric_version: str = ""
    inputs_version: str = ""
    sql: str = ""
    params: Mapping[str, object] | None = None
    terms: tuple[TracedTerm, ...] = ()
    steps: tuple[Step, ...] = ()
    measures: tuple[TracedMeasure, ...] = ()
    tables: tuple[TracedTable, ...] = ()
    files: tuple[TracedFile, ...] = ()
    staged_out: tuple[StagedOut, ...] = ()
    differences: tuple[Difference, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def file_names(self) -> Mapping[str, str]:
        """Short hash of each file to its name."""
        return {file.file: file.name for file in self.files}
