"""Suites as data: what is expected of each extract report, read from YAML and checked against its declaration.

Here: the shape of a suite, the expectation types admitted, and which columns an expectation judges. Not here: the
expectations themselves (``every_report.yaml`` and one folder a source), judging (runner), SQL (frames).

A suite is the expectations of ``every_report.yaml`` with those of ``<source>/<report>.yaml`` laid over them by id.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field, model_validator

from expectations.file_facts import FACTS
from nhsbn.declarations import Collector, Declared, Document
from nhsbn.extracts.reports import Column, Report, SourceRegister

EVERY_REPORT = "expectations/every_report.yaml"
DECLARED_CODES = "declared_codes"

ExpectationType = Literal[
    "ExpectColumnValuesToBeBetween",
    "ExpectColumnValuesToBeInSet",
    "ExpectColumnValuesToBeNull",
    "ExpectColumnValuesToMatchRegex",
    "ExpectColumnValuesToNotBeNull",
    "ExpectColumnValuesToNotMatchRegex",
    "ExpectColumnPairValuesAToBeGreaterThanB",
]

SETTINGS: Mapping[str, frozenset[str]] = {
    "ExpectColumnValuesToBeBetween": frozenset({"min_value", "max_value"}),
    "ExpectColumnValuesToBeInSet": frozenset({"value_set"}),
    "ExpectColumnValuesToBeNull": frozenset(),
    "ExpectColumnValuesToMatchRegex": frozenset({"regex"}),
    "ExpectColumnValuesToNotBeNull": frozenset(),
    "ExpectColumnValuesToNotMatchRegex": frozenset({"regex"}),
    "ExpectColumnPairValuesAToBeGreaterThanB": frozenset({"column_A", "column_B", "or_equal"}),
}
"""The settings each expectation type takes here. ``mostly`` is not among them: it is a key of the expectation,
because what Great Expectations sees is distinct values, and a share must be one of rows."""

SET_ASIDE = "set_aside_reason"
NUMBERS = ("integer", "number", "money")
DATES = ("date", "datetime")


class Expectation(Declared):
    """One expectation.

    Attributes:
        id: the check's name, stable from year to year.
        title: what should be so, in a sentence.
        expectation: the Great Expectations class.
        judges: ``rows`` of the file, or facts of the whole ``file``.
        columns: readings judged (see :func:`readings`), or a word for several: ``texts`` (every kept text column
            that is neither personal nor an identifier), ``codes``, ``numbers``, ``dates``, ``covers``. None for
            a pair.
        reading: suffix put to every column: ``unread``, ``given``, ``day``, ``offset``.
        where: SQL over the landed columns that says which rows are judged; all of them when blank.
        kwargs: settings of the class; ``value_set: declared_codes`` is the column's own code list.
        mostly: the least share of judged rows of each file for which it must hold.
        severity: ``critical`` or ``warning``.
        notes: why, and where a threshold comes from.
        owner: who answers for the extract; the suite's owner when blank.
        instruction: what the person who sees it fail must do.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    expectation: ExpectationType
    judges: Literal["rows", "file"] = "rows"
    columns: tuple[str, ...] | Literal["texts", "codes", "numbers", "dates", "covers"] = ()
    reading: Literal["unread", "given", "day", "offset"] | None = None
    where: str | None = None
    kwargs: dict[str, Any] = Field(default_factory=dict)
    mostly: float = Field(default=1.0, gt=0, le=1)
    severity: Literal["critical", "warning"] = "warning"
    notes: str = Field(min_length=1)
    owner: str | None = None
    instruction: str = Field(min_length=1)

    @model_validator(mode="after")
    def _settings_fit_the_class(self) -> Expectation:
        known = SETTINGS[self.expectation]
        if unknown := sorted(set(self.kwargs) - known):
            raise ValueError(f"{self.expectation} takes {', '.join(sorted(known)) or 'no kwargs'}, not {unknown}")
        if bool(self.pair) == bool(self.columns):
            raise ValueError("give columns, or column_A and column_B for a pair, and not both")
        return self

    @property
    def pair(self) -> tuple[str, ...]:
        """The two readings of a pair expectation; empty for others."""
        return tuple(self.kwargs[name] for name in ("column_A", "column_B") if name in self.kwargs)

    def judged(self, report: Report) -> tuple[tuple[str, ...], ...]:
        """The readings judged, one tuple a judgement: one name, or the two of a pair."""
        if self.pair:
            return (self.pair,)
        names = self.columns if isinstance(self.columns, tuple) else tuple(_chosen(self.columns, report))
        return tuple((f"{name}_{self.reading}" if self.reading else name,) for name in names)


class SuiteDocument(Declared):
    """One report's own expectations, and who answers for the report."""

    report: str
    owner: str
    expectations: tuple[Expectation, ...] = ()


class Gate(Declared):
    """A critical check that landing itself makes: what fails it blocks everything that depends on the file."""

    id: Literal["required_columns", "period", "unique_key"]
    title: str
    notes: str
    instruction: str


class CommonDocument(Declared):
    """``every_report.yaml``: the gates, and what is expected whatever the report."""

    gates: tuple[Gate, ...]
    expectations: tuple[Expectation, ...]


@dataclass(frozen=True)
class Suite:
    """All that is expected of one report's files."""

    report: str
    owner: str
    gates: tuple[Gate, ...]
    expectations: tuple[Expectation, ...]

    @property
    def version(self) -> str:
        """Hash of the suite: a changed suite judges files anew."""
        content = [self.owner, *(item.model_dump(mode="json") for item in (*self.gates, *self.expectations))]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def readings(report: Report) -> dict[str, str]:
    """What a row of a report may be judged by: the name of each reading, and ``text``, ``number`` or ``date``.

    For a kept column ``c``: ``c`` typed as declared; ``c_given`` (not blank); ``c_unread`` (its text, where it has
    one that does not read as its type); for dates also ``c_day`` and ``c_offset`` (days outside the file's period,
    negative before it, 0 within). And ``set_aside_reason``, which alone also judges the rows set aside at landing.
    """
    names: dict[str, str] = {SET_ASIDE: "text"}
    for name, column in report.kept_columns.items():
        names[name] = "number" if column.type in NUMBERS else "date" if column.type in DATES else "text"
        names[f"{name}_given"] = "text"
        names[f"{name}_unread"] = "text"
        if column.type in DATES:
            names[f"{name}_day"] = "date"
            names[f"{name}_offset"] = "number"
    return names


def load_suites(texts: Mapping[str, str], register: SourceRegister) -> dict[str, Suite]:
    """Read every suite.

    Args:
        texts: YAML by file name: ``expectations/every_report.yaml`` and ``expectations/<source>/<report>.yaml``.
        register: the declared reports.

    Raises:
        ProblemsError: every fault of every file, with file and line; a report without a suite is one.
    """
    suites: dict[str, Suite] = {}
    with Collector() as problems:
        if EVERY_REPORT not in texts:
            problems.add(EVERY_REPORT, "is missing; it holds the gates of every report")
            return suites
        common = Document(texts[EVERY_REPORT], EVERY_REPORT).validate(CommonDocument)
        for where, text in sorted(texts.items()):
            if where == EVERY_REPORT:
                continue
            with problems.gather():
                document = Document(text, where)
                own = document.validate(SuiteDocument)
                if own.report not in register.reports or own.report in suites:
                    fault = "has two suites" if own.report in suites else "is not a declared report"
                    problems.add(document.at("report"), f"{own.report} {fault}")
                    continue
                report = register.reports[own.report]
                for index, item in enumerate(own.expectations):
                    for fault in _faults(item, report):
                        problems.add(document.at("expectations", index, "id"), f"{item.id}: {fault}")
                suites[own.report] = _laid_over(common, own, report)
        for missing in sorted(set(register.reports) - set(suites)):
            problems.add("expectations", f"no suite for {missing}; add expectations/<source>/<report>.yaml")
    return suites


def _laid_over(common: CommonDocument, own: SuiteDocument, report: Report) -> Suite:
    items = {item.id: item for item in (*common.expectations, *own.expectations)}
    applicable = tuple(item for item in items.values() if item.judged(report))
    return Suite(own.report, own.owner, common.gates, applicable)


def _faults(item: Expectation, report: Report) -> list[str]:
    known = set(FACTS) if item.judges == "file" else set(readings(report))
    named = [name for group in item.judged(report) for name in group]
    faults = [f"{name} is not a reading of {report.report}" for name in named if name not in known]
    if not faults and item.judges == "rows" and not item.pair:
        if len({readings(report)[name] for name in named}) > 1:
            faults.append("judges columns of different types; write one expectation a type")
        if item.kwargs.get("value_set") == DECLARED_CODES:
            faults += [f"{name} has no code list" for name in named if not report.columns[name].codes]
    return faults


def _chosen(word: str, report: Report) -> list[str]:
    if word == "covers":
        return [report.covers] if report.covers else []
    tests = {
        "texts": lambda name, column: (
            _is_plain_text(column) and name not in report.key and not name.endswith("_id")
        ),
        "codes": lambda name, column: column.codes is not None,
        "numbers": lambda name, column: column.type in NUMBERS,
        "dates": lambda name, column: column.type in DATES,
    }
    return [name for name, column in report.kept_columns.items() if tests[word](name, column)]


def _is_plain_text(column: Column) -> bool:
    return column.type == "text" and column.personal == "none"
