"""From an item of the catalogue to one SQL statement over the measures, every value bound and never spliced.

Here: the statement, its parameters, and running many of them over a connection. Not here: where the measures'
tables come from (``measure_table`` says how each is made; the lake makes them), and what a value means.

The statement returns a row for every month of ``ref.month``, every locality asked and the trust, and every member
of the breakdown and all of them together: a figure that nothing counts toward is a nought, not an absent row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from textwrap import indent
from typing import Any, Protocol

from nhsbn.metrics.catalogue import Catalogue, Question
from nhsbn.metrics.measures import MeasureLibrary
from nhsbn.metrics.term_rules import COUNTED, Parameters, TermRules
from nhsbn.metrics.terms import Term, Where
from nhsbn.periods import Month
from nhsbn.values import ALL, TRUST, MetricValue

EXACT = "decimal(38, 12)"
"""Type in which amounts are added up: unlike doubles, to the same bits in whatever order the rows come."""


class Connection(Protocol):
    """What is needed of a DuckDB connection."""

    def execute(self, query: str, parameters: Any = None) -> Any:
        """Run one statement."""


@dataclass(frozen=True)
class CompiledQuery:
    """A statement and its named parameters.

    Columns: month (date), locality, member, numerator, denominator, value (double or null), rows_counted (bigint).
    """

    sql: str
    params: Mapping[str, Any]


@dataclass(frozen=True)
class _Compiler:
    """What every term of one item shares."""

    rules: TermRules

    def term(self, term: Term) -> str:
        """Rows (month, locality, member, amount, counted) of one term, at every level it has."""
        if term.member_where:
            parts = [self._level(term, term.where, None, ALL)]
            parts += [self._level(term, where, None, member) for member, where in term.member_where.items()]
            return "\nunion all\n".join(parts)
        return self._level(term, term.where, self.rules.dimension if self.rules.divides(term) else None, ALL)

    def _level(self, term: Term, where: Where, dimension: str | None, member: str) -> str:
        """One aggregation: by month, also by locality and by the dimension where the measure has them."""
        has_locality = "locality" in self.rules.columns[term.measure]
        sets = [["month"], ["month", "locality"]] if has_locality else [["month"]]
        if dimension:
            sets += [[*keys, dimension] for keys in sets]
        places = f"if(grouping(locality) = 1, '{TRUST}', locality)" if has_locality else "cast(null as varchar)"
        members = self.rules.parameters.bind(member)
        if dimension:
            members = f"if(grouping({dimension}) = 1, {members}, {dimension})"
        conditions = [COUNTED, *(rule.sql for rule in self.rules.of_where(term, where))]
        grouping = ", ".join(f"({', '.join(keys)})" for keys in sets)
        return (
            f"select month, {places} as locality, {members} as member,\n    {_aggregates(term)}\n"
            f"from measure.{term.measure}\n"
            f"where {' and '.join(conditions)}\n"
            f"group by grouping sets ({grouping})"
        )

    def join(self, name: str, term: Term) -> str:
        """How the grid finds the rows of a term: a measure without a level lends its figure to all of it."""
        columns = self.rules.columns[term.measure]
        conditions = [f"grid.month = {name}.month"]
        if "locality" in columns:
            conditions.append(f"grid.locality = {name}.locality")
        if term.member_where or self.rules.dimension in columns:
            conditions.append(f"grid.member = {name}.member")
        return f"left join {name} on {' and '.join(conditions)}"


def compile_question(
    question: Question, catalogue: Catalogue, library: MeasureLibrary, localities: Sequence[str]
) -> CompiledQuery:
    """The statement that answers one question over ``measure.*`` and ``ref.month``.

    Args:
        question: one that is computed, not returned by a lead.
        catalogue: whose scope and members apply.
        library: the measures, for the columns each has.
        localities: ids; the trust is always added, counted from all rows whatever their locality.
    """
    terms = question.item.terms
    if not terms:
        raise ValueError(f"{question.code} is returned by a lead; there is nothing to compile")
    parameters = Parameters()
    columns = {term.measure: library.columns(term.measure) for term in terms.values()}
    scope = catalogue.scope_of(question.metric)
    compiler = _Compiler(TermRules(question.metric.dimension, scope, columns, parameters))
    parts = ",\n\n".join(f"{name} as (\n{indent(compiler.term(term), '    ')}\n)" for name, term in terms.items())
    joins = "\n".join(compiler.join(name, term) for name, term in terms.items())
    places = parameters.bind([*localities, TRUST])
    members = parameters.bind([*catalogue.members(question.metric), ALL])
    sql = (
        "with grid as (\n"
        "    select month, locality, member from ref.month\n"
        f"    cross join (select unnest({places}) as locality) as places\n"
        f"    cross join (select unnest({members}) as member) as members\n"
        f"),\n\n{parts}\n\n"
        f"select grid.month, grid.locality, grid.member,\n    {_result(question, parameters)}\n"
        f"from grid\n{joins}\n"
        "order by all"
    )
    return CompiledQuery(sql, parameters.named)


def _aggregates(term: Term) -> str:
    """``amount``, and the rows ``counted``, which an average is taken over."""
    of = term.of
    rows = "count(*)" if of is None else f"count({of})"
    amount = {
        "count": "count(*)",
        "count_distinct": f"count(distinct {of})",
        "sum": f"sum(cast({of} as {EXACT}))",
        "mean": f"sum(cast({of} as {EXACT}))",
        "median": f"median({of})",
    }[term.aggregate]
    return f"cast({amount} as double) as amount, {rows} as counted"


def _result(question: Question, parameters: Parameters) -> str:
    """Numerator, denominator, value and rows counted, from the joined terms."""
    terms = question.item.terms
    first = terms["numerator"]
    counted = "coalesce(numerator.counted, 0) as rows_counted"
    if first.is_average:
        over = "coalesce(numerator.counted, 0)"
        times = f" * {parameters.bind(first.times)}" if first.times != 1 else ""
        if first.aggregate == "median":
            return f"null as numerator, {over} as denominator, numerator.amount{times} as value, {counted}"
        total = f"coalesce(numerator.amount, 0){times}"
        return f"{total} as numerator, {over} as denominator, {total} / nullif({over}, 0) as value, {counted}"
    amounts = {
        name: f"coalesce({name}.amount, 0)" + (f" * {parameters.bind(term.times)}" if term.times != 1 else "")
        for name, term in terms.items()
    }
    numerator = amounts["numerator"] + (f" - {amounts['less']}" if "less" in amounts else "")
    if "denominator" not in amounts:
        return f"{numerator} as numerator, null as denominator, {numerator} as value, {counted}"
    below = amounts["denominator"]
    multiplier = parameters.bind(question.item.multiplier)
    value = f"({numerator}) / nullif({below}, 0) * {multiplier}"
    return f"{numerator} as numerator, {below} as denominator, {value} as value, {counted}"


def measure_table(measure: str, library: MeasureLibrary) -> str:
    """The statement that makes ``measure.<name>`` from the conformed and reference tables at hand."""
    return f"create or replace table measure.{measure} as\n{library.sql(measure)}"


def month_table(months: Sequence[Month]) -> CompiledQuery:
    """The statement that makes ``ref.month``, the months that measures and values are of.

    Columns: month (its first day), first_day, last_day, next_day (all dates), days.
    """
    sql = (
        "create or replace table ref.month as\n"
        "select first_day as month, first_day, last_day(first_day) as last_day,\n"
        "    cast(last_day(first_day) + 1 as date) as next_day, day(last_day(first_day)) as days\n"
        "from (select unnest($first_days) as first_day)"
    )
    return CompiledQuery(sql, {"first_days": [month.first_day for month in months]})


def compute(
    connection: Connection,
    questions: Iterable[Question],
    catalogue: Catalogue,
    library: MeasureLibrary,
    localities: Sequence[str],
) -> list[MetricValue]:
    """Answer questions over a connection that holds ``ref.month`` and the ``measure.*`` they count with.

    Returns:
        One value for each month, locality and member of each question; months, localities and members in order.
    """
    values: list[MetricValue] = []
    for question in questions:
        query = compile_question(question, catalogue, library, localities)
        rows: list[tuple[date, str, str, float | None, float | None, float | None, int]]
        rows = connection.execute(query.sql, query.params).fetchall()
        values += [
            MetricValue(question.code, Month.of(month), locality, member, value, numerator, denominator, counted)
            for month, locality, member, numerator, denominator, value, counted in rows
        ]
    return values
