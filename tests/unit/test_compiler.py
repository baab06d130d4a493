from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from nhsbn.conformed.sqlfiles import load_measures
from nhsbn.metrics.compiler import compile_question, compute, measure_table
from nhsbn.metrics.measures import MeasureLibrary
from nhsbn.values import MetricValue
from tests.made_up_measures import PEOPLE, asked, made_up, term


def measure(name: str, columns: str) -> str:
    return (
        f"/*\nmeasure: {name}\ntitle: T\ngrain: one\ndefinition: made up\nprovenance: false\n"
        f"columns: {{{columns}}}\n*/\nselect 1\n"
    )


LIBRARY = MeasureLibrary(
    load_measures(
        {
            "visit.sql": measure(
                "visit",
                "month: date, locality: varchar, service: varchar, person: varchar, minutes: double, "
                "outcome: varchar, excluded: varchar",
            ),
            "people.sql": measure(
                "people", "month: date, locality: varchar, age: varchar, n: bigint, excluded: varchar"
            ),
            "days.sql": measure("days", "month: date, days: bigint, excluded: varchar"),
        }
    ),
    {},
)
VISITS = """
insert into measure.visit values
    ('2025-04-01', 'north', 'adult', 'p1', 0.1, 'seen', null),
    ('2025-04-01', 'north', 'adult', 'p1', 0.2, 'seen', null),
    ('2025-04-01', 'north', 'cyp', 'p1', 0.3, 'missed', null),
    ('2025-04-01', 'south', 'adult', 'p1', 4, 'seen', null),
    ('2025-04-01', 'unmapped', null, 'p2', 5, 'seen', null),
    ('2025-04-01', 'north', 'podiatry', 'p3', 60, 'seen', null),
    ('2025-04-01', 'north', 'adult', 'p4', 70, 'seen', 'not counted'),
    ('2025-05-01', 'north', 'adult', 'p1', 8, 'seen', null)
"""


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with made_up(
        LIBRARY, VISITS, PEOPLE, "insert into measure.days select month, days, null from ref.month"
    ) as made:
        yield made


def answer(
    connection: duckdb.DuckDBPyConnection, item: dict[str, Any], breakdown: tuple[str, ...] = ("month", "service")
) -> dict[tuple[str, str, str], MetricValue]:
    catalogue, question = asked(item, breakdown)
    found = compute(connection, [question], catalogue, LIBRARY, ["north", "south"])
    return {(str(value.month), value.locality, value.member): value for value in found}


def test_every_month_place_and_member_is_answered(connection: duckdb.DuckDBPyConnection) -> None:
    found = answer(connection, {"numerator": term("count")})
    assert len(found) == 3 * 3 * 3
    assert found["2025-06", "south", "cyp"].value == 0
    assert found["2025-06", "south", "cyp"].rows_counted == 0


def test_the_trust_holds_rows_mapped_nowhere_and_none_of_other_services(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    found = answer(connection, {"numerator": term("count")})
    assert found["2025-04", "north", "all"].value == 2 + 1
    assert found["2025-04", "trust", "all"].value == 2 + 1 + 1 + 1
    assert found["2025-04", "trust", "adult"].value == 2 + 1


def test_people_are_told_apart_afresh_at_each_level(connection: duckdb.DuckDBPyConnection) -> None:
    found = answer(connection, {"numerator": term("count_distinct", "person")})
    assert found["2025-04", "north", "adult"].value == 1
    assert found["2025-04", "north", "all"].value == 1
    assert found["2025-04", "trust", "all"].value == 2
    assert found["2025-04", "trust", "all"].rows_counted == 5


def test_a_mean_and_a_median_keep_what_they_are_over(connection: duckdb.DuckDBPyConnection) -> None:
    mean = answer(connection, {"numerator": term("mean", "minutes")})["2025-04", "north", "all"]
    assert math.isclose(mean.value, (0.1 + 0.2 + 0.3) / 3)
    assert (mean.denominator, mean.rows_counted) == (3, 3)
    median = answer(connection, {"numerator": term("median", "minutes")})
    assert median["2025-04", "trust", "all"].value == 0.3
    assert (median["2025-04", "trust", "all"].numerator, median["2025-04", "trust", "all"].denominator) == (
        None,
        5,
    )
    assert median["2025-06", "trust", "all"].value is None


def test_a_sum_has_the_same_bits_in_whatever_order_rows_come(connection: duckdb.DuckDBPyConnection) -> None:
    assert 0.1 + 0.2 + 0.3 != 0.6  # what adding doubles gives
    assert answer(connection, {"numerator": term("sum", "minutes")})["2025-04", "north", "all"].value == 0.6


def test_parts_are_kept_beside_a_ratio_and_nothing_divides_by_nought(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    found = answer(
        connection,
        {"numerator": term("count", where={"outcome": "missed"}), "denominator": term("count"), "multiplier": 100},
    )
    north = found["2025-04", "north", "all"]
    assert (north.numerator, north.denominator, north.value) == (1, 3, 1 / 3 * 100)
    assert found["2025-04", "south", "all"].value == 0
    assert found["2025-06", "south", "all"].value is None


def test_less_is_taken_from_the_numerator(connection: duckdb.DuckDBPyConnection) -> None:
    missed = term("count", where={"outcome": "missed"})
    value = answer(connection, {"numerator": term("count", times=2), "less": missed, "denominator": term("count")})
    assert value["2025-04", "north", "all"].value == (3 * 2 - 1) / 3


def test_a_population_is_shared_by_members_or_chosen_by_member(connection: duckdb.DuckDBPyConnection) -> None:
    people = {"measure": "people", "aggregate": "sum", "of": "n", "where": {"age": "all"}}
    shared = answer(connection, {"numerator": term("count"), "denominator": people})
    assert shared["2025-04", "trust", "cyp"].value == 1 / (100 + 300)
    chosen = answer(
        connection,
        {"numerator": term("count"), "denominator": {**people, "member_where": {"cyp": {"age": "young"}}}},
    )
    assert chosen["2025-04", "trust", "cyp"].value == 1 / (20 + 30)
    assert chosen["2025-04", "north", "all"].value == 3 / 100
    assert chosen["2025-04", "north", "adult"].value is None


def test_a_calendar_is_shared_by_places(connection: duckdb.DuckDBPyConnection) -> None:
    days = {"measure": "days", "aggregate": "sum", "of": "days"}
    found = answer(connection, {"numerator": term("count"), "denominator": days}, ("month",))
    assert found["2025-04", "south", "all"].value == 1 / 30
    assert found["2025-05", "trust", "all"].value == 1 / 31


@pytest.mark.parametrize(
    ("where", "count"),
    [
        ({"minutes": {"at_least": 4}}, 2),
        ({"minutes": {"above": 4}}, 1),
        ({"minutes": {"at_most": 0.2}}, 2),
        ({"minutes": {"below": 0.2}}, 1),
        ({"minutes": {"above": 0.1, "below": 4}}, 2),
        ({"outcome": ["seen", "missed"]}, 5),
        ({"service": "podiatry"}, 1),
    ],
)
def test_conditions_and_scope(connection: duckdb.DuckDBPyConnection, where: dict[str, Any], count: int) -> None:
    assert answer(connection, {"numerator": term("count", where=where)})["2025-04", "trust", "all"].value == count


def test_a_value_is_bound_and_never_spliced(connection: duckdb.DuckDBPyConnection) -> None:
    hostile = "seen'; drop table measure.visit; --"
    catalogue, question = asked({"numerator": term("count", where={"outcome": hostile})})
    query = compile_question(question, catalogue, LIBRARY, ["north' or true"])
    assert "drop table" not in query.sql
    assert "or true" not in query.sql
    assert hostile in query.params.values()
    assert {row[-2] for row in connection.execute(query.sql, query.params).fetchall()} == {0}


def test_a_measure_s_table_is_its_select() -> None:
    assert measure_table("days", LIBRARY) == "create or replace table measure.days as\nselect 1"
