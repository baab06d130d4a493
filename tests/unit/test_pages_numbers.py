from __future__ import annotations

from datetime import date

import pytest

from nhsbn.periods import Month
from pages.numbers import changed, day, listed, months_in_words, on_axis, shown


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (1204.0, "count", "1,204"),
        (12.5, "count", "12.5"),
        (97.2761, "percent", "97.3%"),
        (-97.2761, "percent", "−97.3%"),
        (1_204_310.6, "pounds", "£1,204,311"),
        (-1_204_310.6, "pounds", "−£1,204,311"),
        (0.125, "rate", "0.12"),
        (-0.001, "rate", "0.00"),
        (312.44, "wte", "312.4"),
        (None, "count", "–"),
    ],
)
def test_a_value_is_shown_by_its_unit(value: float | None, unit: str, said: str) -> None:
    assert shown(value, unit) == said


@pytest.mark.parametrize(
    ("change", "percent", "unit", "said"),
    [
        (12.0, 4.1, "count", "+12 (+4.1%)"),
        (-12.0, -4.1, "count", "−12 (−4.1%)"),
        (12.0, None, "count", "+12"),
        (0.0, 0.0, "count", "0 (0.0%)"),
        (-1.3, -1.4, "percent", "−1.3 points"),
        (2500.0, 2.0, "pounds", "+£2,500 (+2.0%)"),
    ],
)
def test_a_change_has_its_sign_and_a_percentage_changes_by_points(change, percent, unit, said) -> None:
    assert changed(change, percent, unit) == said


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (1_500_000, "pounds", "£1.5m"),
        (-40_000, "count", "−40k"),
        (9_500, "count", "9,500"),
        (0.25, "percent", "0.25%"),
    ],
)
def test_a_tick_is_short(value: float, unit: str, said: str) -> None:
    assert on_axis(value, unit) == said


def test_days_and_lists_are_words() -> None:
    assert day(date(2025, 7, 3)) == "3 July 2025"
    assert day(None) == ""
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"


def test_three_months_in_a_row_are_said_by_the_first_and_the_last() -> None:
    first = Month(2024, 11)
    assert months_in_words([first]) == "November 2024"
    assert months_in_words([first.next(), first]) == "November 2024 and December 2024"
    assert months_in_words([first.plus(back) for back in range(4)]) == "November 2024 to February 2025"
    assert months_in_words([Month(2025, 4), Month(2025, 5), Month(2025, 6)]) == "April to June 2025"
    gap = [Month(2025, 1), Month(2025, 4), Month(2025, 5), Month(2025, 6)]
    assert months_in_words(gap) == "January 2025 and April to June 2025"
