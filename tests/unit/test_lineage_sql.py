"""Lineage of one SELECT, over SQL made by hand whose lineage can be read off."""

from __future__ import annotations

import pytest

from nhsbn.errors import NhsbnError
from nhsbn.lineage.feeds import USES, Column, Feeds, merged
from nhsbn.lineage.sql import read_lineage

TABLES = (
    ("map.place", ("code", "town", "valid_from")),
    ("staged.a", ("id", "day", "amount", "kind", "items")),
    ("staged.b", ("id", "day", "score")),
)


def told(feeds: Feeds) -> dict[str, str]:
    return {str(column): USES[use] for column, use in feeds.items()}


def columns(select: str) -> dict[str, dict[str, str]]:
    return {name: told(feeds) for name, feeds in read_lineage(select, TABLES, "hand.sql").columns.items()}


def rows(select: str) -> dict[str, str]:
    return told(read_lineage(select, TABLES, "hand.sql").rows)


def test_a_column_renamed_reckoned_and_constant() -> None:
    found = columns("select id as key, amount * 2 + length(kind) as size, 'x' as word from staged.a")
    assert found == {
        "key": {"staged.a.id": "value"},
        "size": {"staged.a.amount": "value", "staged.a.kind": "value"},
        "word": {},
    }


def test_a_star_is_taken_apart_and_what_is_left_out_stays_out() -> None:
    found = columns("with kept as (select * exclude (amount) from staged.a) select * from kept")
    assert list(found) == ["id", "day", "kind", "items"]
    assert found["kind"] == {"staged.a.kind": "value"}


def test_what_filters_and_groups_decides_rows_and_no_value() -> None:
    select = (
        "select kind, sum(amount) as total from staged.a where day > current_date group by kind having max(id) > 1"
    )
    assert columns(select)["total"] == {"staged.a.amount": "value"}
    assert rows(select) == {
        "staged.a.*": "rows",
        "staged.a.day": "rows",
        "staged.a.kind": "rows",
        "staged.a.id": "rows",
    }


def test_a_left_join_matches_and_an_inner_join_decides_rows() -> None:
    left = "select a.id, p.town from staged.a as a left join map.place as p on a.kind = p.code"
    assert columns(left)["town"] == {
        "map.place.town": "value",
        "map.place.code": "matched",
        "staged.a.kind": "matched",
        "map.place.*": "rows",
    }
    assert columns(left)["id"] == {"staged.a.id": "value"}
    assert rows(left) == {"staged.a.*": "rows"}
    inner = left.replace("left join", "inner join")
    assert columns(inner)["town"] == {"map.place.town": "value"}
    assert set(rows(inner)) == {"staged.a.*", "staged.a.kind", "map.place.*", "map.place.code"}


def test_a_filter_within_what_is_left_joined_reaches_only_the_columns_taken_from_it() -> None:
    select = """
        with scored as (select id, sum(score) as score from staged.b where day is not null group by id)
        select a.id, coalesce(scored.score, 0) as score from staged.a as a left join scored on a.id = scored.id
    """
    found = columns(select)
    assert found["id"] == {"staged.a.id": "value"}
    assert found["score"] == {
        "staged.b.score": "value",
        "staged.b.id": "matched",
        "staged.a.id": "matched",
        "staged.b.day": "rows",
        "staged.b.*": "rows",
    }
    assert rows(select) == {"staged.a.*": "rows"}


def test_an_asof_join_is_a_left_join() -> None:
    found = columns(
        "select b.score from staged.a as a asof left join staged.b as b on a.id = b.id and a.day >= b.day"
    )
    assert found["score"]["staged.a.day"] == "matched"
    assert found["score"]["staged.b.score"] == "value"


def test_a_union_puts_columns_together_by_place() -> None:
    select = "select id, amount as figure from staged.a where kind = 'x' union all select id, score from staged.b"
    assert columns(select)["figure"] == {"staged.a.amount": "value", "staged.b.score": "value"}
    assert rows(select) == {"staged.a.*": "rows", "staged.a.kind": "rows", "staged.b.*": "rows"}
    assert rows(select.replace("union all", "union"))["staged.b.score"] == "rows"


def test_a_window_orders_and_what_it_picks_decides_rows() -> None:
    select = """
        select id, first_value(amount) over latest as last_amount from staged.a
        window latest as (partition by kind order by day desc)
        qualify row_number() over latest = 1
    """
    assert columns(select)["last_amount"] == {
        "staged.a.amount": "value",
        "staged.a.kind": "rows",
        "staged.a.day": "rows",
    }
    assert rows(select) == {"staged.a.*": "rows", "staged.a.kind": "rows", "staged.a.day": "rows"}


def test_unnest_lateral_and_values() -> None:
    select = """
        select a.id, item.x, twice.y, span.word
        from staged.a as a
        cross join unnest(a.items) as item (x)
        cross join lateral (select a.amount * 2 as y) as twice
        cross join (values ('month', 1), ('year', 12)) as span (word, months)
    """
    found = columns(select)
    assert found["x"] == {"staged.a.items": "value"}
    assert found["y"] == {"staged.a.amount": "value"}
    assert found["word"] == {}
    assert columns("select unnest(range(id, amount)) as n from staged.a")["n"] == {
        "staged.a.id": "value",
        "staged.a.amount": "value",
    }


def test_a_subquery_counts_and_one_that_exists_decides_rows() -> None:
    select = """
        select a.id, (select max(b.score) from staged.b as b where b.id = a.id) as best
        from staged.a as a
        where not exists (select 1 from staged.b as b where b.day = a.day)
    """
    found = columns(select)["best"]
    assert found["staged.b.score"] == "value"
    assert found["staged.b.id"] == found["staged.a.id"] == "rows"
    assert {"staged.b.day", "staged.a.day"} <= set(rows(select))
    assert "staged.b.score" not in rows(select)


def test_renaming_a_column_in_the_sql_changes_its_lineage() -> None:
    select = "with one as (select id, amount as figure from staged.a) select sum(figure) as total from one"
    before = columns(select)
    after = columns(select.replace("amount as figure", "kind as figure"))
    assert before["total"] == {"staged.a.amount": "value"}
    assert after["total"] == {"staged.a.kind": "value"}


@pytest.mark.parametrize("select", ["select id, colour from staged.a", "select from where", "select * from ref.x"])
def test_what_cannot_be_read_names_the_file(select: str) -> None:
    with pytest.raises(NhsbnError, match=r"hand\.sql: its column lineage cannot be read"):
        read_lineage(select, TABLES, "hand.sql")


def test_the_strongest_use_stands_and_is_held_to_its_limit() -> None:
    one, other = Column("staged.a", "id"), Column("staged.b", "id")
    assert merged([{one: 2}, {one: 0, other: 1}]) == {one: 0, other: 1}
    assert merged([{one: 0, other: 2}], at_most=1) == {one: 1, other: 2}
