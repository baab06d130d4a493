"""A trace as CSV: numbers stay numbers, and no text becomes a formula."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from decimal import Decimal

from nhsbn.tracing.trace import TracedRow
from pipelines.trace_csv import as_csv
from tests.invented_trace import trace


def lines_of(*rows: TracedRow) -> list[dict[str, str]]:
    """The lines of a trace whose numerator has these rows and nothing else."""
    whole = trace(1)
    numerator = replace(whole.terms[0], columns=("what",), rows=rows, left_out=())
    text = as_csv(replace(whole, terms=(numerator,), staged_out=()))
    return list(csv.DictReader(io.StringIO(text)))


def test_a_row_that_takes_away_adds_a_negative_number() -> None:
    place = trace(1).terms[0].rows[0].place
    amounts = (Decimal("-12.50"), Decimal("1E+3"), Decimal("0.000000000001"))
    lines = lines_of(*(TracedRow(place, amount, 1, values=(amount,)) for amount in amounts))
    assert [line["contribution"] for line in lines] == ["-12.50", "1000", "0.000000000001"]
    assert [line["occupied_bed_day.what"] for line in lines] == [line["contribution"] for line in lines]


def test_a_text_is_never_taken_for_a_formula() -> None:
    place = trace(1).terms[0].rows[0].place
    (line,) = lines_of(TracedRow(place, Decimal(1), 1, values=("=1+1",)))
    assert line["occupied_bed_day.what"] == "'=1+1"
