"""Periods: three ways to write one, and nothing else."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhsbn.errors import NhsbnError
from nhsbn.periods import Month, Period, financial_year, span

months = st.builds(Month, st.integers(2013, 2090), st.integers(1, 12))


@pytest.mark.parametrize(
    ("text", "kind", "first", "last"),
    [
        ("2025-04", "month", date(2025, 4, 1), date(2025, 4, 30)),
        ("2024-02", "month", date(2024, 2, 1), date(2024, 2, 29)),
        ("2025-26-Q1", "quarter", date(2025, 4, 1), date(2025, 6, 30)),
        ("2025-26-Q4", "quarter", date(2026, 1, 1), date(2026, 3, 31)),
        ("2025-26", "year", date(2025, 4, 1), date(2026, 3, 31)),
        ("2099-00", "year", date(2099, 4, 1), date(2100, 3, 31)),
    ],
)
def test_a_period_knows_its_days_and_its_name(text, kind, first, last):
    period = Period.parse(text)
    assert (period.kind, period.first_day, period.last_day, str(period)) == (kind, first, last, text)


@pytest.mark.parametrize("text", ["2025-13", "2025-27", "2025-26-Q5", "2025-27-Q1", "Q1 2025", "April 2025", ""])
def test_anything_else_is_refused_with_the_three_forms(text):
    with pytest.raises(NhsbnError, match="2025-26-Q1"):
        Period.parse(text)


@given(months)
def test_every_month_lies_in_its_quarter_and_year(month):
    year = Period.parse(financial_year(month))
    quarters = list(span(Period("quarter", year.first_month), Period("quarter", year.first_month.plus(9))))
    assert month in year.months
    assert sum(month in quarter.months for quarter in quarters) == 1
    assert [m for quarter in quarters for m in quarter.months] == list(year.months)


@given(months, st.integers(-500, 500))
def test_adding_months_can_be_undone(month, count):
    assert month.plus(count).plus(-count) == month
    assert (month.plus(count) < month) == (count < 0)


@given(months)
def test_the_last_day_is_the_day_before_the_next_month(month):
    assert (month.next().first_day - month.last_day).days == 1
    assert Month.of(month.last_day) == month
