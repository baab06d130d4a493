"""The statistics of checks, held to cases worked by hand and to other people's formulas."""

from __future__ import annotations

from math import comb, inf

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nhsbn.checks.chance import chance_of_difference
from nhsbn.checks.outliers import modified_z
from nhsbn.checks.xmr import Signal, limits, signals

COUNTS = st.integers(min_value=0, max_value=400)
NUMBERS = st.floats(min_value=-1e6, max_value=1e6, allow_nan=False)
SERIES = st.lists(st.integers(min_value=0, max_value=40).map(float), min_size=12, max_size=40)


# Counts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "chance"),
    [
        (0, 0, 1),
        (0, 1, 1),
        (0, 5, 2 / 32),  # both tails of five tosses alike
        (1, 7, 2 * (1 + 8) / 256),
        (3, 3, 1),
    ],
)
def test_small_counts_as_worked_by_hand(one: int, other: int, chance: float) -> None:
    assert chance_of_difference(one, other) == pytest.approx(chance)


@given(COUNTS, COUNTS)
def test_the_chance_is_the_binomial_tail_in_exact_arithmetic(one: int, other: int) -> None:
    total, low = one + other, min(one, other)
    tail = sum(comb(total, successes) for successes in range(low + 1))
    assert chance_of_difference(one, other) == pytest.approx(min(1.0, 2 * tail / 2**total), rel=1e-9)


@given(COUNTS, COUNTS)
def test_which_of_two_counts_is_named_first_makes_no_difference(one: int, other: int) -> None:
    assert chance_of_difference(one, other) == chance_of_difference(other, one)


def test_large_counts_come_to_what_the_normal_curve_says() -> None:
    # Three standard deviations of the difference of two counts of 60,000: sqrt(120,000) x 3.
    assert chance_of_difference(60_000, 60_000 + 1_041) == pytest.approx(0.0027, rel=0.05)


def test_a_count_below_nought_is_refused() -> None:
    with pytest.raises(ValueError, match="not a count"):
        chance_of_difference(-1, 3)


# Outliers --------------------------------------------------------------------------------------------------------


def test_modified_z_as_worked_by_hand() -> None:
    # Median 12, distances 2 1 1 0 1 3 88: MAD 1.
    assert modified_z(100, [10, 11, 13, 12, 11, 15, 100]) == pytest.approx(0.6745 * 88)


def test_where_most_of_a_history_is_one_value_the_mean_deviation_stands_in() -> None:
    # Median 5, distances 0 0 0 4: mean deviation 1.
    assert modified_z(9, [5, 5, 5, 9]) == pytest.approx(4 / 1.253314)


def test_a_history_that_never_varied_is_left_by_any_other_value() -> None:
    assert (modified_z(3, [3, 3, 3]), modified_z(4, [3, 3, 3]), modified_z(2, [3, 3])) == (0, inf, -inf)


def test_no_history_gives_no_score() -> None:
    with pytest.raises(ValueError, match="history"):
        modified_z(1, [])


@given(NUMBERS, st.lists(NUMBERS, min_size=3, max_size=30))
def test_modified_z_is_that_of_numpy(value: float, history: list[float]) -> None:
    past = np.asarray(history)
    middle = np.median(past)
    mad = np.median(np.abs(past - middle))
    if mad > 0:
        assert modified_z(value, history) == pytest.approx(float(0.6745 * (value - middle) / mad), rel=1e-9)


# XmR -------------------------------------------------------------------------------------------------------------


def test_limits_as_worked_by_hand() -> None:
    lines = limits([10, 12, 11, 13])  # ranges 2 1 2, mean 5/3; mean 11.5
    assert (lines.mean, lines.moving_range) == (11.5, pytest.approx(5 / 3))
    assert (lines.lower, lines.upper) == (pytest.approx(11.5 - 2.66 * 5 / 3), pytest.approx(11.5 + 2.66 * 5 / 3))


def test_one_point_makes_no_chart() -> None:
    with pytest.raises(ValueError, match="two points"):
        limits([1])


def marked(values: list[float], signal: Signal) -> list[int]:
    return [point for point, marks in enumerate(signals(values, limits(values))) if signal in marks]


def test_a_point_beyond_a_limit_is_marked() -> None:
    assert marked([10, 11, 10, 11, 10, 11, 10, 11, 10, 30], Signal.OUTSIDE) == [9]


def test_seven_on_one_side_are_a_shift_and_six_are_none() -> None:
    swing = [9.0, 1.0, 9.0, 1.0]
    assert marked([*swing, *[6.0, 5.5] * 3, 6.0, 1.0, 1.0, 1.0], Signal.SHIFT) == list(range(4, 11))
    assert marked([*swing, *[6.0, 5.5] * 3, 1.0, 1.0, 1.0, 9.0], Signal.SHIFT) == []


def test_seven_that_rise_are_a_trend_and_an_equal_step_ends_it() -> None:
    assert marked([5, 1, 2, 3, 4, 5, 6, 7, 3, 5], Signal.TREND) == list(range(1, 8))
    assert marked([5, 1, 2, 3, 3, 5, 6, 7, 3, 5], Signal.TREND) == []


@given(SERIES)
def test_signals_are_those_of_rolling_windows(values: list[float]) -> None:
    """The same rules, said again as NHSRplotthedots says them: by windows over columns."""
    frame = pd.Series(values)
    mean, spread = frame.mean(), frame.diff().abs().mean()
    upper, lower = mean + 2.66 * spread, mean - 2.66 * spread
    side = np.sign(frame - mean)
    outside = (frame > upper) | (frame < lower)
    near = ~outside & ((frame > mean + 2 * 2.66 / 3 * spread) | (frame < mean - 2 * 2.66 / 3 * spread))
    shift = _covered(side.rolling(7).sum().abs() == 7, 7)
    steps = np.sign(frame.diff())
    trend = _covered(steps.rolling(6).sum().abs() == 6, 7)
    pairs = _covered((near.astype(int).rolling(3).sum() >= 2) & (side.rolling(3).sum().abs() == 3), 3) & near
    found = signals(values, limits(values))
    for signal, expected in ((Signal.OUTSIDE, outside), (Signal.SHIFT, shift), (Signal.TREND, trend)):
        assert [signal in marks for marks in found] == list(expected)
    assert [Signal.NEAR in marks for marks in found] == list(pairs)


def _covered(ends: pd.Series, width: int) -> pd.Series:
    """Every point of a window that ends where a rule holds."""
    return ends[::-1].rolling(width, min_periods=1).max()[::-1].astype(bool)


@given(NUMBERS, st.integers(min_value=2, max_value=40))
@example(7.738825657847482, 39)  # 39 times this, over 39, is a little less
def test_a_value_that_never_varies_is_no_special_cause(value: float, times: int) -> None:
    assert not any(signals([value] * times, limits([value] * times)))
