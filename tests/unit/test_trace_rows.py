"""The rows of a cell: what each contributes under each aggregate, and what left out the others."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from nhsbn.conformed.sqlfiles import load_measures
from nhsbn.metrics.compiler import compute
from nhsbn.metrics.measures import MeasureLibrary
from nhsbn.metrics.term_rules import Parameters, TermRules
from nhsbn.periods import Month
from nhsbn.tracing.arithmetic import Amount, Result, work_out
from nhsbn.tracing.rows import NO_RULE, TermRows
from nhsbn.tracing.trace import RowPlace, TracedTerm
from resources.trace_terms import Wanted, traced_term
from tests.made_up_measures import PEOPLE as AGES
from tests.made_up_measures import asked, made_up, term

APRIL = Month(2025, 4)
VISIT = """/*
measure: visit
title: Visits
grain: one visit
definition: made up
columns:
  month: date
  locality: varchar
  service: varchar
  person: varchar
  minutes: double
  seen: boolean
  excluded: varchar
*/
select 1
"""
PEOPLE = """/*
measure: people
title: People
grain: one age group
definition: made up
provenance: false
columns: {month: date, locality: varchar, age: varchar, n: bigint, excluded: varchar}
*/
select 1
"""
LIBRARY = MeasureLibrary(load_measures({"visit.sql": VISIT, "people.sql": PEOPLE}), {})
ROWS = """
insert into measure.visit values
    ('2025-04-01', 'north', 'adult', 'p1', 0.1, true, null, 'aaa', null, 7),
    ('2025-04-01', 'north', 'adult', 'p1', 0.2, true, null, 'aaa', null, 6),
    ('2025-04-01', 'north', 'cyp', 'p1', 0.3, false, null, 'aaa', 'Young', 7),
    ('2025-04-01', 'north', 'adult', 'p2', null, true, null, 'bbb', null, 5),
    ('2025-04-01', 'north', 'adult', null, 4.0, true, null, 'bbb', null, 6),
    ('2025-04-01', 'south', 'adult', 'p1', 5.0, true, null, 'bbb', null, 7),
    ('2025-04-01', 'north', 'podiatry', 'p3', 60.0, true, null, 'bbb', null, 8),
    ('2025-04-01', 'north', 'adult', 'p4', 70.0, true, 'not attended', 'bbb', null, 9),
    ('2025-05-01', 'north', 'adult', 'p1', 8.0, true, null, 'ccc', null, 5)
"""


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with made_up(LIBRARY, ROWS, AGES) as made:
        yield made


def traced(
    connection: duckdb.DuckDBPyConnection,
    item: dict[str, Any],
    locality: str = "north",
    member: str = "all",
    wanted: Wanted | None = None,
) -> tuple[dict[str, TracedTerm], Result]:
    """The terms of a cell of April, and the value they make: which must be what the compiler makes."""
    catalogue, question = asked(item)
    terms = question.item.terms
    columns = {term.measure: LIBRARY.columns(term.measure) for term in terms.values()}
    found = {}
    for name, part in terms.items():
        rules = TermRules("service", catalogue.scope_of(question.metric), columns, Parameters())
        one = TermRows(part, rules, ((APRIL, locality, member),))
        found[name] = traced_term(connection, name, one, wanted or Wanted(excluded=True))
        assert sum(row.contribution for row in found[name].rows) == found[name].total
        assert sum(share.contribution for share in found[name].shares) == found[name].total
    amounts = {name: Amount(terms[name], term.amount, term.counted) for name, term in found.items()}
    result = work_out(amounts, question.item.multiplier)
    (value,) = (
        value
        for value in compute(connection, [question], catalogue, LIBRARY, ["north", "south"])
        if (value.month, value.locality, value.member) == (APRIL, locality, member)
    )
    parts = ("value", "numerator", "denominator", "rows_counted")
    assert [getattr(result, part) for part in parts] == [getattr(value, part) for part in parts]
    return found, result


def added(term: TracedTerm) -> list[tuple[str, int | None, Decimal, int]]:
    return [(row.place.file, row.place.row, row.contribution, row.counted) for row in term.rows]


def test_a_count_adds_one_for_each_row_in_the_order_of_the_files(connection):
    found, _ = traced(connection, {"numerator": term("count", where={"seen": True})})
    assert added(found["numerator"]) == [
        ("aaa", 6, 1, 1), ("aaa", 7, 1, 1), ("bbb", 5, 1, 1), ("bbb", 6, 1, 1),
    ]  # fmt: skip
    assert found["numerator"].conditions == (
        "the measure counts it",
        "month is April 2025",
        "locality is north",
        "service is adult or cyp or blank",
        "seen is yes",
    )


def test_a_sum_adds_each_value_exactly_and_a_blank_as_nothing(connection):
    found, result = traced(connection, {"numerator": term("sum", "minutes")}, member="adult")
    assert [(row[2], row[3]) for row in added(found["numerator"])] == [
        (Decimal("0.2"), 1), (Decimal("0.1"), 1), (Decimal(0), 0), (Decimal(4), 1),
    ]  # fmt: skip
    assert found["numerator"].total == Decimal("4.3")
    assert found["numerator"].rows[2].note == "minutes is blank"
    assert result.value == 4.3


def test_a_thing_counts_once_and_its_other_rows_name_the_row_that_counts(connection):
    found, result = traced(connection, {"numerator": term("count_distinct", "person")})
    rows = found["numerator"].rows
    assert [(row.contribution, row.counted) for row in rows] == [(1, 1), (0, 1), (0, 1), (1, 1), (0, 0)]
    assert rows[1].same_as == rows[2].same_as == RowPlace("aaa", None, 6)
    assert rows[2].place == RowPlace("aaa", "Young", 7)
    assert (rows[1].note, rows[4].note) == ("same person", "person is blank")
    assert (result.value, result.rows_counted) == (2, 4)


def test_of_a_thing_of_several_members_each_counts_its_own(connection):
    for member in ("adult", "cyp"):
        found, _ = traced(connection, {"numerator": term("count_distinct", "person")}, "north", member)
        assert found["numerator"].total == (2 if member == "adult" else 1)


def test_a_mean_is_the_sum_over_the_rows_that_have_a_value(connection):
    found, result = traced(connection, {"numerator": term("mean", "minutes", times=60)})
    assert (found["numerator"].total, found["numerator"].counted) == (Decimal("4.6"), 4)
    assert [step.words for step in result.steps] == ["minutes of 4 rows added up: 4.6 x 60", "276 / 4 rows"]


@pytest.mark.parametrize(
    ("locality", "member", "middle", "value"),
    [
        ("north", "adult", {Decimal("0.2"): "rank 2 of 3, the middle"}, 0.2),
        ("south", "adult", {Decimal(5): "rank 1 of 1, the middle"}, 5.0),
        ("north", "all", {Decimal("0.1"): "half", Decimal("0.15"): "half"}, 0.25),
        ("south", "cyp", {}, None),
    ],
)
def test_a_median_marks_the_middle_one_or_two(connection, locality, member, middle, value):
    found, result = traced(connection, {"numerator": term("median", "minutes")}, locality, member)
    marked = {
        Decimal(str(float(row.contribution))): row.note for row in found["numerator"].rows if row.contribution
    }
    assert marked.keys() == middle.keys()
    assert all(said in marked[at] for at, said in middle.items())
    assert result.value == value


def test_less_times_denominator_and_multiplier_are_shown_as_arithmetic(connection):
    item = {
        "numerator": term("sum", "minutes"),
        "less": term("count", where={"seen": False}, times=0.5),
        "denominator": {
            "measure": "people", "aggregate": "sum", "of": "n", "where": {"age": "all"},
            "member_where": {"cyp": {"age": "young"}},
        },
        "multiplier": 1000,
    }  # fmt: skip
    found, result = traced(connection, item)
    assert [(step.name, step.words) for step in result.steps] == [
        ("numerator", "minutes of 4 rows added up"),
        ("less", "1 row counted: 1 x 0.5"),
        ("denominator", "n of 1 row added up"),
        ("numerator less", "4.6 - 0.5"),
        ("value", "4.1 / 100 x 1,000"),
    ]
    assert result.value == 4.1 / 100 * 1000
    assert found["denominator"].rows[0].place == RowPlace("", None, None)
    young, _ = traced(connection, item, "trust", "cyp")
    assert [row.contribution for row in young["denominator"].rows] == [20, 30]
    # A member that the definition does not name has no denominator, and the rows say why.
    adult, result = traced(connection, item, "north", "adult")
    assert adult["denominator"].rows == ()
    assert result.value is None
    assert adult["denominator"].left_out[0].reason == f"not: {NO_RULE}"


def test_a_measure_without_the_breakdown_lends_its_figure(connection):
    people = {"measure": "people", "aggregate": "sum", "of": "n", "where": {"age": "all"}}
    found, _ = traced(connection, {"numerator": term("count"), "denominator": people}, member="cyp")
    assert found["denominator"].lent == "people has no service: one figure for all"
    assert found["numerator"].lent == ""


def test_counted_and_left_out_are_every_row_of_the_cell(connection):
    where = {"minutes": {"at_least": 0.2}, "seen": True}
    found, _ = traced(connection, {"numerator": term("count", where=where)})
    counted = found["numerator"]
    assert {(one.by, one.reason): one.rows for one in counted.left_out} == {
        ("metric", "not: minutes is at least 0.2"): 2,
        ("metric", "not: seen is yes"): 1,
        ("metric", "not: service is adult or cyp or blank"): 1,
        ("measure", "not attended"): 1,
        ("month", "of another month than April 2025"): 1,
    }
    of_cell = [one.rows for one in counted.left_out if one.by != "month"]
    assert counted.rows_in_all + sum(of_cell) == 7


def test_rows_of_another_month_that_would_count_are_told(connection):
    found, _ = traced(connection, {"numerator": term("count")}, member="adult")
    (other,) = (one for one in found["numerator"].left_out if one.by == "month")
    assert [row.place for row in other.examples] == [RowPlace("ccc", None, 5)]
    elsewhere, _ = traced(connection, {"numerator": term("count")}, "south", "adult")
    assert [one.reason for one in elsewhere["numerator"].left_out if one.by == "month"] == []


def test_no_more_rows_are_shown_than_asked_and_all_are_added_up(connection):
    found, _ = traced_all(connection, 1)
    assert (len(found.rows), found.rows_in_all, found.total) == (1, 5, 5)
    assert [(share.file, share.rows) for share in found.shares] == [("aaa", 3), ("bbb", 2)]


def traced_all(connection: duckdb.DuckDBPyConnection, limit: int) -> tuple[TracedTerm, None]:
    catalogue, question = asked({"numerator": term("count")})
    columns = {"visit": LIBRARY.columns("visit")}
    rules = TermRules("service", catalogue.scope_of(question.metric), columns, Parameters())
    one = TermRows(question.item.terms["numerator"], rules, ((APRIL, "north", "all"),))
    return traced_term(connection, "numerator", one, Wanted(limit)), None
