"""Extract reports as declared data: what each file of a source holds, column by column.

Here: the declaration of a report, its columns, its rules, and the code lists they use. Not here: reading files
(landing), typing cells (staging), or what a value means to a benchmark (conformed tables).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import Field, field_validator, model_validator

from nhsbn.declarations import Collector, Declared, Document

ColumnType = Literal["text", "code", "integer", "number", "money", "date", "datetime", "flag"]
PeriodShape = Literal["day", "month", "month_end", "range", "rolling_year", "finance_month", "finance_year"]


class Column(Declared):
    """One column of a report.

    Attributes:
        heading: the heading the system prints.
        aliases: other headings seen for the same column.
        type: what its text must read as, once typed.
        codes: the code list, for type ``code``.
        required: a row without a readable value is set aside; a file without the heading is refused.
        optional: the heading is commonly absent; its absence is not worth a warning.
        personal: ``hash`` (identifier, kept only as a keyed hash), ``drop`` (name or free text, never kept),
            ``keep`` (personal data that a definition needs), ``none``.
        digits: width to which lost leading zeros are restored, where the code has a fixed one.
        minimum: least number accepted.
        maximum: greatest number accepted.
    """

    heading: str
    aliases: tuple[str, ...] = ()
    type: ColumnType
    codes: str | None = None
    required: bool = False
    optional: bool = False
    personal: Literal["none", "hash", "drop", "keep"] = "none"
    digits: int | None = None
    minimum: float | None = None
    maximum: float | None = None

    @model_validator(mode="after")
    def _codes_go_with_code(self) -> Column:
        if (self.type == "code") != (self.codes is not None):
            raise ValueError("type code needs a code list under codes, and no other type has one")
        return self


class Rule(Declared):
    """A row for which ``when`` (an SQL condition over typed columns) is true is set aside with ``reason``."""

    id: str
    reason: str
    when: str


class ReportPeriod(Declared):
    """How a report's file says what dates it covers."""

    shape: PeriodShape


class Report(Declared):
    """One report of one source.

    Attributes:
        report: its id, ``<source>_<name>``, which names its asset, lake folder and SQL view.
        source: esr, ledger, reportal, risk or mha.
        kind: ``snapshot`` (each file replaces the whole snapshot) or ``events`` (rows are upserted by key).
        key: the columns that make a row unique in one file.
        covers: for events, the column whose date says which re-issue a row belongs to.
        fill_down: columns printed once for a group of rows and blank below.
        file_name: regular expression of the file's name, whose groups say its period.
    """

    report: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    source: Literal["esr", "ledger", "reportal", "risk", "mha"]
    title: str
    description: str
    file_name: str
    kind: Literal["snapshot", "events"]
    grain: str
    key: tuple[str, ...] = Field(min_length=1)
    covers: str | None = None
    period: ReportPeriod
    fill_down: tuple[str, ...] = ()
    columns: dict[str, Column]
    rules: tuple[Rule, ...] = ()

    @field_validator("file_name")
    @classmethod
    def _is_pattern(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from None
        return value

    @model_validator(mode="after")
    def _names_its_own_columns(self) -> Report:
        named = [*self.key, *self.fill_down, *([self.covers] if self.covers else [])]
        if unknown := [name for name in named if name not in self.columns]:
            raise ValueError(f"names columns it does not declare: {', '.join(unknown)}")
        if (self.kind == "events") != (self.covers is not None):
            raise ValueError("kind events needs covers, and a snapshot has none")
        if not self.report.startswith(f"{self.source}_"):
            raise ValueError(f"report must begin with its source, {self.source}_")
        return self

    @property
    def headings(self) -> dict[str, str]:
        """Every normalised heading and alias, and the column it means."""
        return {
            normalise_heading(text): name
            for name, column in self.columns.items()
            for text in (column.heading, *column.aliases)
        }

    @property
    def kept_columns(self) -> dict[str, Column]:
        """The columns that are landed: all but those dropped as names or free text."""
        return {name: column for name, column in self.columns.items() if column.personal != "drop"}

    @property
    def version(self) -> str:
        """Hash of the whole declaration: a change of it lands files anew."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]


@dataclass(frozen=True)
class SourceRegister:
    """Every declared report by its id, and every code list (code to meaning) by its name."""

    reports: Mapping[str, Report]
    codelists: Mapping[str, Mapping[str, str]]

    @classmethod
    def load(cls, report_texts: Mapping[str, str], codelists_text: str, codelists_where: str) -> SourceRegister:
        """Read the declarations.

        Args:
            report_texts: file name to YAML text, one report each.
            codelists_text: YAML of the code lists.
            codelists_where: its file name.

        Raises:
            ProblemsError: every fault of every file.
        """
        reports: dict[str, Report] = {}
        codelists: Mapping[str, Mapping[str, str]] = {}
        with Collector() as problems:
            with problems.gather():
                codelists = Document(codelists_text, codelists_where).validate(CodeLists).lists
            for where, text in sorted(report_texts.items()):
                with problems.gather():
                    document = Document(text, where)
                    report = document.validate(Report)
                    if report.report in reports:
                        problems.add(document.at("report"), f"report {report.report} is declared twice")
                    reports[report.report] = report
                    for name, column in report.columns.items():
                        if column.codes and column.codes not in codelists:
                            problems.add(
                                document.at("columns", name),
                                f"code list {column.codes!r} is not in {codelists_where}",
                            )
        return cls(reports, codelists)


class CodeLists(Declared):
    """The file of code lists."""

    lists: dict[str, dict[str, str]]


def normalise_heading(text: str) -> str:
    """A heading with case, spacing, no-break spaces and line breaks made alike, for matching."""
    return " ".join(text.replace("\u00a0", " ").lower().split())
