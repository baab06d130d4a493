from __future__ import annotations

import random

import pytest

from nhsbn.xlsx.references import (
    LAST_COLUMN,
    LAST_ROW,
    Area,
    Areas,
    address,
    area_of,
    areas_of,
    place_of,
    reference_of,
)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("A1", (1, 1)),
        ("$XFD$1048576", (LAST_ROW, LAST_COLUMN)),
        ("aa10", (10, 27)),
        ("XFE1", None),
        ("A0", None),
        ("A1048577", None),
        ("A1:B2", None),
        ("", None),
    ],
)
def test_an_address_is_read(text: str, place: tuple[int, int] | None) -> None:
    assert place_of(text) == place
    assert place is None or place_of(address(place)) == place


@pytest.mark.parametrize(
    ("text", "sheet", "area", "moves"),
    [
        ("$A$1:$B$3", None, Area(1, 1, 3, 2), False),
        ("=Lists!$A$1", "Lists", Area(1, 1, 1, 1), False),
        ("'It''s & more'!B2:$C$3", "It's & more", Area(2, 2, 3, 3), True),
        ("$A:$C", None, Area(1, 1, LAST_ROW, 3), False),
        ("B3:A1", None, Area(1, 1, 3, 2), True),
    ],
)
def test_a_reference_is_read(text: str, sheet: str | None, area: Area, moves: bool) -> None:
    reference = reference_of(text)
    assert reference is not None
    assert (reference.sheet, reference.area, reference.moves) == (sheet, area, moves)


@pytest.mark.parametrize("text", ["Answers", "ABC", "A1+1", "SUM(A1)", "Table[Col]", "[1]Sheet!A1", "A1:A", ""])
def test_what_is_no_plain_reference_is_not_taken_for_one(text: str) -> None:
    assert reference_of(text) is None
    assert area_of(text) is None


def test_whole_rows_are_an_area_so_that_no_rule_over_them_is_missed() -> None:
    assert area_of("2:$3") == Area(2, 1, 3, LAST_COLUMN)
    assert areas_of("A1 5:4") == (Area(1, 1, 1, 1), Area(4, 1, 5, LAST_COLUMN))
    assert areas_of("0:1 1:1048577") == ()


def test_things_over_a_cell_are_those_whose_area_holds_it_in_order() -> None:
    rng = random.Random(5)
    things = []
    for name in range(300):
        top, left = rng.randint(1, 400), rng.randint(1, 9)
        things.append((Area(top, left, top + rng.choice((0, 3, 90, 9_000)), left + rng.randint(0, 3)), name))
    index = Areas(things)
    for _ in range(300):
        place = rng.randint(1, 10_000), rng.randint(1, 12)
        assert index.over(place) == [name for area, name in things if place in area]
