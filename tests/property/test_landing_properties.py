"""Landing, whatever the file: both readers agree, rows add up, and no identifier comes through."""

from __future__ import annotations

import csv
import io
import string
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from nhsbn.extracts.extract_period import Span, spans_of_titles
from nhsbn.extracts.headers import find_header
from nhsbn.extracts.identifiers import Tokens, is_nhs_number
from nhsbn.extracts.row_classes import RawTable, clean_rows
from resources.text_reader import is_regular, read_exactly, read_fast
from resources.workbook_reader import as_text, text_column
from tests.landing_files import KEY, REGISTER

CTOS = REGISTER.reports["mha_ctos"]
HEADER = ["CTO ID", "Patient ID", "Start Date", "Team"]
messy = st.text(alphabet=string.ascii_letters + string.digits + ' ,"\n\r\t;|£é\u00a0-=', max_size=8)
cells = st.one_of(
    messy, st.sampled_from(["", "Total", "NULL", "=cmd()", "5.56E+15", "CTO ID", "SMITH, Mr A", "-"])
)
records = st.lists(st.lists(cells, min_size=1, max_size=6), max_size=12)


def decoded(table: RawTable) -> tuple[list[list[str]], list[int], dict[int, int], int]:
    return [column.to_pylist() for column in table.columns], table.rows.tolist(), dict(table.overlong), table.above


def written(rows: list[list[str]], end: str) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator=end).writerows(rows)
    return out.getvalue()


@settings(max_examples=300, deadline=None)
@given(rows=records, end=st.sampled_from(["\n", "\r\n"]), last=st.booleans(), blanks=st.integers(0, 2))
def test_both_readers_read_a_written_file_alike(rows, end, last, blanks):
    body = written(rows, end) + end * blanks
    if not last:
        body = body.removesuffix(end)
    if is_regular(body, ",") and body:
        assert decoded(read_fast(body, ",", 4, 3)) == decoded(read_exactly(body, ",", 4, 3))


@settings(max_examples=500, deadline=None)
@given(body=st.text(alphabet='ab,"\n\r ', min_size=1, max_size=30), width=st.integers(1, 3))
def test_both_readers_read_any_regular_text_alike(body, width):
    if is_regular(body, ","):
        assert decoded(read_fast(body, ",", width, 1)) == decoded(read_exactly(body, ",", width, 1))


def test_ragged_rows_keep_their_numbers_over_a_long_file():
    lines = [f"{number},x" if number % 5000 else "short" for number in range(1, 60_001)]
    body = "\n".join(lines)
    assert is_regular(body, ",")
    assert decoded(read_fast(body, ",", 2, 7)) == decoded(read_exactly(body, ",", 2, 7))


@settings(max_examples=300, deadline=None)
@given(rows=records, identifier=st.from_regex(r"\A[A-Z]{3}[0-9]{6}\Z"))
def test_every_row_is_accounted_for_and_no_identifier_is_landed(rows, identifier):
    body = written([*rows, ["1", identifier, "01/04/2025", "T"]], "\r\n")
    raw = read_exactly(body, ",", 4, 1)
    header = find_header([HEADER], CTOS)
    clean = clean_rows(raw, header, CTOS, Tokens(KEY))
    counts = clean.counts
    assert counts.read == raw.above + len(raw.rows)
    assert counts.landed + counts.set_aside == len(clean.table)
    assert counts.set_aside == sum(len(numbers) for numbers in clean.set_aside.values())
    kept = clean.table.to_pylist()
    assert [row["_row"] for row in kept] == sorted(row["_row"] for row in kept)
    assert identifier not in str(kept)
    assert kept[-1]["patient_id"] == Tokens(KEY).of(identifier.lower() + " ")
    for row in kept:
        if row["_set_aside"] is None:
            assert row["cto_id"]
            assert row["cto_id"] == row["cto_id"].strip()


@settings(max_examples=200, deadline=None)
@given(
    column=st.lists(
        st.one_of(
            messy,
            st.booleans(),
            st.integers(-(10**9), 10**9),
            st.floats(allow_nan=False, allow_infinity=False, width=32),
            st.dates(date(1901, 1, 1), date(2100, 1, 1)),
            st.datetimes(),
        ),
        max_size=20,
    )
)
def test_a_column_of_cells_is_written_as_its_cells_are(column):
    assert text_column(column).to_pylist() == [as_text(cell) for cell in column]


@given(st.integers(-(10**12), 10**12), st.integers(0, 6))
def test_a_number_is_written_plainly_and_reads_back(digits, places):
    number = digits / 10**places
    assert float(as_text(number)) == number
    assert "e" not in as_text(number).lower()


@given(st.integers(0, 10**9 - 1))
def test_one_check_digit_at_most_makes_an_nhs_number(stem):
    valid = [digit for digit in range(10) if is_nhs_number(f"{stem:09d}{digit}")]
    assert len(valid) <= 1


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.integers(0, 800))
def test_a_title_gives_back_the_dates_written_in_it(start, length):
    end = start + timedelta(days=length)
    for form in ("%d/%m/%Y", "%d.%m.%Y", "%Y-%m-%d", "%d %B %Y", "%d-%b-%Y"):
        line = f"Parameters: Date From {start:{form}} Date To {end:{form}} Run at: 01/02/2099 09:00"
        assert list(spans_of_titles([line])) == [Span(start, end)]
