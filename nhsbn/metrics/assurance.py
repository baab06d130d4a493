"""Definition cases: a few hand-made rows beside a measure, and the figures they must come to.

Here: reading ``sql/measures/*.cases.yaml``, and running each case on a fresh in-memory database through the very
SQL and compiler that a real run uses. Not here: the command that prints the results.

A case gives rows of conformed tables (or of ``population``), headed by the columns it cares for; every other
column is null. What a metric should come to is written as arithmetic, so that a reader sees why. A case holds in
every edition that asks the metric; where an edition defines it otherwise, the case says that edition's figure too.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
from pydantic import Field, model_validator

from nhsbn.declarations import Collector, Declared, Document
from nhsbn.errors import NhsbnError
from nhsbn.metrics.catalogue import Catalogue, Question
from nhsbn.metrics.compiler import compute, measure_table, month_table
from nhsbn.metrics.measures import MeasureLibrary
from nhsbn.periods import Period
from nhsbn.values import ALL, TRUST, MetricValue

TOLERANCE = 1e-9
POPULATION_COLUMNS = {"locality": "varchar", "age_group": "varchar", "basis": "varchar", "population": "bigint"}

Cell = Any
_OPERATORS: dict[type[ast.AST], Callable[..., float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.USub: operator.neg,
}


class GivenTable(Declared):
    """Rows of one table. Written as a list whose first row is the heading, or with ``always`` beside ``rows``.

    Attributes:
        always: columns that are the same on every row.
        rows: the heading, then the rows.
    """

    always: dict[str, Cell] = Field(default_factory=dict)
    rows: tuple[tuple[Cell, ...], ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _from_list(cls, value: Any) -> Any:
        return {"rows": value} if isinstance(value, list) else value

    @model_validator(mode="after")
    def _is_square(self) -> GivenTable:
        for number, row in enumerate(self.rows[1:], start=1):
            if len(row) != len(self.rows[0]):
                raise ValueError(f"row {number} has {len(row)} cells under {len(self.rows[0])} headings")
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it names."""
        return (*(self.rows[0] if self.rows else ()), *self.always)

    def records(self) -> list[tuple[Cell, ...]]:
        """Its rows, each with the cells of ``always`` at the end."""
        return [(*row, *self.always.values()) for row in self.rows[1:]]


class Expectation(Declared):
    """One figure of one item, as arithmetic (``(2 + 1) / 4 * 100``), or null for nothing to divide by.

    Attributes:
        edition: the one edition it is of, where it takes the place of the figure of the other editions.
        month: the month, needed when the case's period has several.
    """

    metric: str
    item: str = ""
    edition: str | None = None
    month: str | None = None
    locality: str = TRUST
    member: str = ALL
    value: str | float | None
    numerator: str | float | None = None
    denominator: str | float | None = None

    @property
    def code(self) -> str:
        """The question's code."""
        return self.metric + self.item

    @property
    def figure(self) -> tuple[str | None, ...]:
        """Which figure it is, in whatever edition."""
        return self.code, self.month, self.locality, self.member

    def as_of_any_edition(self) -> Expectation:
        """The same figure, without the edition it is of."""
        return self.model_copy(update={"edition": None})


class Case(Declared):
    """Hand-made rows and what they come to.

    Attributes:
        title: what it shows; the trap of the definition that it covers.
    """

    title: str
    period: str
    given: dict[str, GivenTable]
    expect: tuple[Expectation, ...] = Field(min_length=1)

    def expected(self, catalogue: Catalogue) -> tuple[Expectation, ...]:
        """What it expects of one edition: nothing of questions that the edition does not compute."""
        codes = {question.code for question in catalogue.computed}
        own = {one.figure for one in self.expect if one.edition == catalogue.edition}
        return tuple(
            one
            for one in self.expect
            if one.code in codes
            and (one.edition == catalogue.edition or (one.edition is None and one.figure not in own))
        )


class CaseFile(Declared):
    """The cases beside one measure."""

    cases: tuple[Case, ...] = Field(min_length=1)


@dataclass(frozen=True)
class CaseResult:
    """How one case went in one edition.

    Attributes:
        where: file and line of the case.
        failures: each figure that came out otherwise, in words; empty when the case holds.
        metrics: the metrics it says something of.
    """

    where: str
    title: str
    failures: tuple[str, ...]
    metrics: frozenset[str]
    edition: str

    @property
    def passed(self) -> bool:
        """Whether every figure is as expected."""
        return not self.failures


def assure(texts: Mapping[str, str], catalogues: Sequence[Catalogue], library: MeasureLibrary) -> list[CaseResult]:
    """Run every definition case, in every edition that it says something of.

    Args:
        texts: file name to YAML text of the cases.
        catalogues: the editions of the project whose metrics the cases expect figures of.
        library: the measures and conformed tables.

    Raises:
        ProblemsError: every case that cannot be read, or names a table, column or question that does not exist.
    """
    cases: list[tuple[str, Case]] = []
    with Collector() as problems:
        for where, text in sorted(texts.items()):
            with problems.gather():
                document = Document(text, where)
                for index, case in enumerate(document.validate(CaseFile).cases):
                    cases.append((document.at("cases", index), case))
                    for at, message in _faults(case, catalogues, library):
                        problems.add(document.at("cases", index, *at), message)
    known: dict[tuple[object, ...], tuple[str, ...]] = {}
    results = []
    for catalogue in catalogues:
        versions = {metric.metric_id: catalogue.version(metric, library) for metric in catalogue.metrics}
        for where, case in cases:
            if not (expected := case.expected(catalogue)):
                continue
            # An edition that defines and expects what another does comes to the same, and is not run again.
            key = (where, *((versions[one.metric], one.as_of_any_edition()) for one in expected))
            if key not in known:
                known[key] = run_case(case, catalogue, library)
            metrics = frozenset(one.metric for one in expected)
            results.append(CaseResult(where, case.title, known[key], metrics, catalogue.edition))
    return results


def run_case(case: Case, catalogue: Catalogue, library: MeasureLibrary) -> tuple[str, ...]:
    """What comes out otherwise than a case expects of an edition; nothing when it holds."""
    wanted = case.expected(catalogue)
    asked = {expected.code for expected in wanted}
    questions = [question for question in catalogue.computed if question.code in asked]
    localities = sorted({expected.locality for expected in wanted} - {TRUST})
    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        _prepare(connection, case, questions, library)
        values = compute(connection, questions, catalogue, library, localities)
    found = {(value.code, str(value.month), value.locality, value.member): value for value in values}
    month = case_months(case)[0]
    failures: list[str] = []
    for expected in wanted:
        key = (expected.code, expected.month or month, expected.locality, expected.member)
        failures += _differences(" ".join(key), expected, found.get(key))
    return tuple(failures)


def case_months(case: Case) -> list[str]:
    """The months of a case's period, as they are written."""
    return [str(month) for month in Period.parse(case.period).months]


def evaluate(text: str | float) -> float:
    """The value of arithmetic: numbers, ``+ - * /`` and brackets.

    Raises:
        NhsbnError: when the text is anything else.
    """
    try:
        return _reckon(ast.parse(str(text), mode="eval").body)
    except (SyntaxError, KeyError, ZeroDivisionError) as error:
        raise NhsbnError(f"{text!r} is not arithmetic of numbers, + - * / and brackets") from error


def _reckon(node: ast.expr) -> float:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and node.value is not True:
        return float(node.value)
    if isinstance(node, ast.BinOp):
        return _OPERATORS[type(node.op)](_reckon(node.left), _reckon(node.right))
    if isinstance(node, ast.UnaryOp):
        return _OPERATORS[type(node.op)](_reckon(node.operand))
    raise KeyError(ast.dump(node))


def _prepare(
    connection: duckdb.DuckDBPyConnection, case: Case, questions: Sequence[Question], library: MeasureLibrary
) -> None:
    """Make the reference tables, the conformed tables that are given or derived, and the measures."""
    for schema in ("ref", "conformed", "measure"):
        connection.execute(f"create schema {schema}")
    months = month_table(Period.parse(case.period).months)
    connection.execute(months.sql, months.params)
    _fill(connection, "ref.population", POPULATION_COLUMNS, case.given.get("population", GivenTable()))
    measures = sorted({name for question in questions for name in question.metric.measures})
    for table in library.closure(measures):
        file = library.conformed[table]
        if table in case.given or file.header.reports:
            given = case.given.get(table, GivenTable())
            _fill(connection, f"conformed.{table}", file.header.types, given)
        else:
            connection.execute(f"create table conformed.{table} as\n{file.select}")
    for measure in measures:
        connection.execute(measure_table(measure, library))


def _fill(connection: duckdb.DuckDBPyConnection, table: str, types: Mapping[str, str], given: GivenTable) -> None:
    columns = ", ".join(f"{name} {kind}" for name, kind in types.items())
    connection.execute(f"create table {table} ({columns})")
    records = given.records()
    if not records:
        return
    names, marks = list(given.columns), ["?"] * len(given.columns)
    if "_row" in types:
        # Rows without a place of their own get one, as every real row has.
        names, marks = [*names, "_file", "_row"], [*marks, "?", "?"]
        records = [(*record, "case", number) for number, record in enumerate(records, start=1)]
    statement = f"insert into {table} ({', '.join(names)}) values ({', '.join(marks)})"
    connection.executemany(statement, [[None if cell is None else str(cell) for cell in row] for row in records])


def _differences(name: str, expected: Expectation, found: MetricValue | None) -> Iterable[str]:
    if found is None:
        yield f"{name}: no such figure"
        return
    for part in ("value", "numerator", "denominator"):
        wanted: str | float | None = getattr(expected, part)
        if wanted is None and part != "value":
            continue
        actual: float | None = getattr(found, part)
        if not _same(actual, None if wanted is None else evaluate(wanted)):
            yield f"{name}: {part} is {_shown(actual)}, expected {_shown(wanted)}"


def _shown(amount: str | float | None) -> str:
    if amount is None:
        return "nothing"
    return amount if isinstance(amount, str) else f"{amount:.12g}"


def _same(actual: float | None, wanted: float | None) -> bool:
    if actual is None or wanted is None:
        return actual is wanted
    return math.isclose(actual, wanted, rel_tol=TOLERANCE, abs_tol=TOLERANCE)


def _faults(
    case: Case, catalogues: Sequence[Catalogue], library: MeasureLibrary
) -> Iterable[tuple[tuple[Any, ...], str]]:
    """What a case names that is not there."""
    for table, given in case.given.items():
        if table == "population":
            columns: Mapping[str, str] = POPULATION_COLUMNS
        elif table in library.conformed:
            columns = library.conformed[table].header.types
        else:
            yield ("given", table), f"{table} is neither a conformed table nor population"
            continue
        for column in sorted(set(given.columns) - set(columns)):
            yield ("given", table), f"{table} has no column {column}; it has {', '.join(columns)}"
    try:
        months = case_months(case)
    except NhsbnError as error:
        yield ("period",), str(error)
        return
    codes = {one.edition: {question.code for question in one.computed} for one in catalogues}
    for index, expected in enumerate(case.expect):
        at = ("expect", index)
        if not any(expected.code in codes[edition] for edition in codes if expected.edition in (None, edition)):
            names = ", ".join(dict.fromkeys(one.project for one in catalogues))
            edition = f" in edition {expected.edition}" if expected.edition else ""
            yield at, f"{expected.code} is not a question that {names} computes{edition}"
        if (expected.month or months[0]) not in months or (expected.month is None and len(months) > 1):
            yield at, f"say a month of {case.period}: {', '.join(months)}"
        for part in (expected.value, expected.numerator, expected.denominator):
            try:
                evaluate(0 if part is None else part)
            except NhsbnError as error:
                yield at, str(error)
