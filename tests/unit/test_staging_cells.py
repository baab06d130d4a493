"""How staging reads one cell of each declared type."""

from __future__ import annotations

from datetime import datetime

import duckdb
import pytest

from nhsbn.conformed.mappings import norm
from nhsbn.conformed.staging import MACROS


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as opened:
        for macro in MACROS:
            opened.execute(macro)
        yield opened


def read(connection, macro, text):
    return connection.execute(f"select {macro}($text)", {"text": text}).fetchone()[0]


NUMBER = "read_number($text, plain_number($text))"
MONEY = "read_money($text, plain_number($text))"


def number(connection, sql, text):
    return connection.execute(f"select {sql}", {"text": text}).fetchone()[0]


def stamp(connection, text):
    return connection.execute("select known_stamp(printed_stamp($text))", {"text": text}).fetchone()[0]


def unread(connection, text):
    return connection.execute("select unread_stamp($text, printed_stamp($text))", {"text": text}).fetchone()[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("03/04/2025", datetime(2025, 4, 3)),
        ("3/4/2025", datetime(2025, 4, 3)),
        ("03/04/25", datetime(2025, 4, 3)),
        ("03/04/2025 09:12", datetime(2025, 4, 3, 9, 12)),
        ("03/04/2025 09:12:31", datetime(2025, 4, 3, 9, 12, 31)),
        ("3-Apr-25", datetime(2025, 4, 3)),
        ("03-Apr-2025", datetime(2025, 4, 3)),
        ("07-SEP-2020", datetime(2020, 9, 7)),
        ("01-Jun-87", datetime(1987, 6, 1)),
        ("29 Sep 2011 14:53:28", datetime(2011, 9, 29, 14, 53, 28)),
        ("2025-04-03", datetime(2025, 4, 3)),
        ("2025-04-03T09:12:31", datetime(2025, 4, 3, 9, 12, 31)),
        ("03.04.25", datetime(2025, 4, 3)),
        ("20250403", datetime(2025, 4, 3)),
        ("44167", datetime(2020, 12, 2)),
        ("44167.5", datetime(2020, 12, 2, 12)),
    ],
)
def test_dates_are_read_day_first_in_every_form_that_systems_print(connection, text, expected):
    assert stamp(connection, text) == expected
    assert unread(connection, text) is False


@pytest.mark.parametrize("text", ["31/12/4712", "31-Dec-4712", "01/01/1900", "1900-01-01", "ongoing", "TBC"])
def test_open_ends_are_blank_and_not_a_fault(connection, text):
    assert stamp(connection, text) is None
    assert unread(connection, text) is False


@pytest.mark.parametrize(
    "text", ["31/02/2025", "04/13/2025", "Apr-25", "456", "12345", "99999", "01/04/1725", "=TODAY()", "Smith"]
)
def test_what_is_no_date_is_never_guessed(connection, text):
    assert stamp(connection, text) is None
    assert unread(connection, text) is True


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,234.56", 1234.56),
        ("£1,234.56", 1234.56),
        ("-5", -5.0),
        ("(1,234.56)", -1234.56),
        ("(£5.00)", -5.0),
        ("1,234.56-", -1234.56),
        ("1,234.56 CR", -1234.56),
        ("7.50 DR", 7.5),
        (".8", 0.8),
        ("inf", None),
        ("nan", None),
        ("n/k", None),
        ("()", None),
    ],
)
def test_numbers_are_read_as_ledgers_print_them(connection, text, expected):
    assert number(connection, NUMBER, text) == expected


def test_a_dash_is_nought_in_money_alone(connection):
    assert number(connection, MONEY, "-") == 0
    assert number(connection, NUMBER, "-") is None


@pytest.mark.parametrize(("text", "expected"), [("12", 12), ("12.0", 12), ("1,200", 1200), ("12.7", None)])
def test_a_whole_number_is_never_rounded_to(connection, text, expected):
    assert number(connection, f"whole({NUMBER})", text) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("Yes", True), ("N", False), ("TRUE", True), ("0", False), ("?", None)]
)
def test_flags(connection, text, expected):
    assert read(connection, "read_flag", text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10", 10),
        ("10 mins", 10),
        ("00:10", 10),
        ("1:05", 65),
        ("1 hr 5 mins", 65),
        ("2 hours", 120),
        ("long", None),
    ],
)
def test_durations(connection, text, expected):
    assert read(connection, "minutes", text) == expected


@pytest.mark.parametrize(
    "text", ["Did  Not\u00a0Attend", " did-not-attend ", "DID NOT - ATTEND", "did   not       attend"]
)
def test_words_are_matched_alike_in_python_and_in_duckdb(connection, text):
    assert read(connection, "norm", text) == norm(text) == "did not attend"
