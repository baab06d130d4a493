from __future__ import annotations

from datetime import date

import pytest

from nhsbn.periods import Month
from pages.numbers import day, months_in_words, on_axis


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


def test_a_day_is_words() -> None:
    assert day(date(2025, 7, 3)) == "3 July 2025"
    assert day(None) == ""


def test_three_months_in_a_row_are_said_by_the_first_and_the_last() -> None:
    first = Month(2024, 11)
    assert months_in_words([first]) == "November 2024"
    assert months_in_words([first.next(), first]) == "November 2024 and December 2024"
    assert months_in_words([first.plus(back) for back in range(4)]) == "November 2024 to February 2025"
    assert months_in_words([Month(2025, 4), Month(2025, 5), Month(2025, 6)]) == "April to June 2025"
    gap = [Month(2025, 1), Month(2025, 4), Month(2025, 5), Month(2025, 6)]
    assert months_in_words(gap) == "January 2025 and April to June 2025"
