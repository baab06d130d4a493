"""Suites over landed files: what fails, which rows are named, and that narrow frames judge as all rows would."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expectations import runner
from expectations.results import CheckResult, checks_path
from expectations.runner import check_report, run_suite
from tests.landed_report import Lake, stay, suite_of

IN_RANGE = (
    "id: fte, expectation: ExpectColumnValuesToBeBetween, columns: [fte], kwargs: {min_value: 0, max_value: 1.2}"
)
NOT_BEFORE = (
    "id: dates, expectation: ExpectColumnPairValuesAToBeGreaterThanB,"
    " kwargs: {column_A: end_date, column_B: start_date, or_equal: true}"
)
READABLE = "id: readable, expectation: ExpectColumnValuesToBeNull, columns: dates, reading: unread"
IN_LIST = (
    "id: codes, expectation: ExpectColumnValuesToBeInSet, columns: codes, kwargs: {value_set: declared_codes}"
)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


def judged(lake: Lake, connection: duckdb.DuckDBPyConnection, *expectations: str) -> list[CheckResult]:
    suite, register = suite_of(*expectations)
    return run_suite(suite, register, lake.files, lake.parquet, lake.files, connection)


def test_hours_in_the_fte_column_fail_with_row_and_key(lake, connection):
    lake.land(stay("S1", fte="0.8"), stay("S2", fte="37.5"), stay("S3"))
    (result,) = judged(lake, connection, IN_RANGE)
    assert (result.passed, result.judged_count, result.unexpected_count) == (False, 2, 1)
    assert result.observed == "fte: 1 of 2 rows"
    (row,) = result.failing
    assert (row.file_name, row.sheet, row.row) == ("Stays_202504.csv", None, 6)
    assert row.key == {"stay_id": "S2", "patient_id": "9f86d081884c7d65"}
    assert result.owner == "Head of stays"


def test_each_file_is_judged_by_its_own_rows(lake, connection):
    lake.land(stay(fte="37.5"), month=4)
    lake.land(stay(fte="1"), month=5)
    april, may = judged(lake, connection, IN_RANGE)
    assert (april.passed, may.passed) == (False, True)


def test_a_date_that_does_not_exist_fails_and_an_open_end_does_not(lake, connection):
    lake.land(
        stay("S1", end_date="31/02/2025"), stay("S2", end_date="31/12/4712"), stay("S3", end_date="30/04/2025")
    )
    (result,) = judged(lake, connection, READABLE)
    assert [row.key["stay_id"] for row in result.failing] == ["S1"]


def test_an_end_before_its_start_fails_and_no_end_does_not(lake, connection):
    lake.land(stay("S1", end_date="31/03/2025"), stay("S2"), stay("S3", end_date="01/04/2025"))
    (result,) = judged(lake, connection, NOT_BEFORE)
    assert (result.unexpected_count, result.judged_count) == (1, 2)
    assert [row.row for row in result.failing] == [5]


def test_an_unknown_code_is_told_and_a_word_that_could_name_someone_is_not(lake, connection):
    lake.land(stay("S1", priority="9"), stay("S2", priority="2"), stay("S3", priority="Jo Invented"))
    (result,) = judged(lake, connection, IN_LIST)
    assert result.unexpected_count == 2
    assert "(9: 1)" in result.observed
    assert "Invented" not in result.model_dump_json()


def test_a_date_outside_the_period_is_measured_in_days(lake, connection):
    lake.land(stay("S1", start_date="30/03/2025"), stay("S2", start_date="28/04/2025"), month=4)
    near = "id: near, expectation: ExpectColumnValuesToBeBetween, columns: covers, reading: offset"
    assert judged(lake, connection, near + ", kwargs: {min_value: -2}")[0].passed
    assert not judged(lake, connection, near + ", kwargs: {min_value: -1}")[0].passed


@pytest.mark.parametrize(("blank", "passed"), [(1, True), (2, False)])
def test_a_share_is_of_rows_and_not_of_distinct_values(lake, connection, blank, passed):
    rows = [stay(f"S{number}", ward="Kestrel" if number >= blank else None) for number in range(10)]
    lake.land(*rows)
    given_ = "id: ward, expectation: ExpectColumnValuesToNotBeNull, columns: [ward], reading: given, mostly: 0.9"
    (result,) = judged(lake, connection, given_)
    assert (result.passed, result.unexpected_count, result.judged_count) == (passed, blank, 10)
    assert len(result.failing) == blank


def test_rows_set_aside_are_judged_only_by_their_reason(lake, connection):
    lake.land(stay("S1", fte="37.5", aside="formula text in column 'Ward'"), stay("S2"))
    reasons = "id: aside, expectation: ExpectColumnValuesToBeNull, columns: [set_aside_reason]"
    fte, aside = judged(lake, connection, IN_RANGE, reasons)
    assert (fte.passed, fte.observed) == (True, "nothing to judge")
    assert not aside.passed
    assert "formula text in column 'Ward': 1" in aside.observed
    assert [row.row for row in aside.failing] == [5]


def test_at_most_twenty_rows_are_named_and_all_are_counted(lake, connection):
    lake.land(*(stay(f"S{number}", fte="37.5") for number in range(50)))
    (result,) = judged(lake, connection, IN_RANGE)
    assert result.unexpected_count == 50
    assert [row.row for row in result.failing] == list(range(5, 25))


def test_row_count_is_set_against_the_six_files_before(lake, connection):
    rows = "id: rows, expectation: ExpectColumnValuesToBeBetween, judges: file, columns: [rows_against_median]"
    for month in (4, 5, 6):
        lake.land(*(stay(f"S{number}") for number in range(10)), month=month)
    lake.land(*(stay(f"S{number}") for number in range(5)), month=7)
    *first, last = judged(lake, connection, rows + ", kwargs: {min_value: 0.8, max_value: 1.2}")
    assert [result.observed for result in first] == ["nothing to judge"] * 3
    assert (last.passed, last.observed) == (False, "rows_against_median is 0.5")


def test_a_file_is_judged_once_until_its_suite_changes(lake, connection, monkeypatch):
    lake.land(stay(fte="37.5"))
    suite, register = suite_of(IN_RANGE)
    first = check_report(suite, register, lake.files, lake.parquet, connection)
    assert checks_path(next(iter(lake.parquet.values()))).name.endswith(".checks.json")

    asked: list[str] = []

    def judge_again(name: str, judgements: object) -> list[object]:
        asked.append(name)
        return []

    monkeypatch.setattr(runner, "judge", judge_again)
    assert check_report(suite, register, lake.files, lake.parquet, connection) == first
    assert asked == []
    with pytest.raises(ValueError, match="shorter"):
        check_report(suite_of(IN_RANGE, READABLE)[0], register, lake.files, lake.parquet, connection)
    assert asked == ["reportal_stays"]


def test_refused_files_hold_nothing_to_judge(lake, connection):
    lake.land(stay(), status="refused")
    suite, register = suite_of(IN_RANGE)
    assert check_report(suite, register, lake.files, {}, connection) == []


CELLS = {
    "fte": st.sampled_from([None, "0", "0.8", "1.2", "1.21", "37.5", "-1", "(1)", "nil"]),
    "end_date": st.sampled_from([None, "31/03/2025", "01/04/2025", "30/02/2025", "31/12/4712"]),
    "priority": st.sampled_from([None, "1", "2", "9"]),
    "ward": st.sampled_from([None, "Kestrel", "Dr Invented"]),
}
ROWS = st.lists(st.fixed_dictionaries(CELLS), min_size=1, max_size=30)


@given(rows=ROWS)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_distinct_values_are_judged_as_all_rows_would_be(rows, tmp_path):
    lake = Lake(tmp_path)
    lake.land(*(stay(f"S{number}", **cells) for number, cells in enumerate(rows)))
    named = "id: ward, expectation: ExpectColumnValuesToNotMatchRegex, columns: [ward], kwargs: {regex: Dr }"
    with duckdb.connect() as connection:
        results = judged(lake, connection, IN_RANGE, NOT_BEFORE, IN_LIST, named)
    expected = {
        "fte": [row["fte"] in ("1.21", "37.5", "-1", "(1)") for row in rows],
        "dates": [row["end_date"] == "31/03/2025" for row in rows],
        "codes": [row["priority"] == "9" for row in rows],
        "ward": [row["ward"] == "Dr Invented" for row in rows],
    }
    for result in results:
        wrong = [place for place, failed in enumerate(expected[result.check]) if failed]
        assert result.unexpected_count == len(wrong)
        assert result.passed == (not wrong)
        assert [row.row - 5 for row in result.failing] == wrong[:20]
