"""The gates: each problem of landing under the check it belongs to, with the rows whose keys clash."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from expectations.gates import gate_report
from expectations.results import CheckResult
from nhsbn.errors import Problem
from nhsbn.extracts.landing import gate
from tests.landed_report import Lake, stay, suite_of


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def gates(lake: Lake) -> dict[tuple[str, str], CheckResult]:
    suite, register = suite_of()
    with duckdb.connect() as connection:
        report = register.reports["reportal_stays"]
        results = gate_report(suite, report, lake.files, lake.parquet, connection)
    return {(result.file, result.check): result for result in results}


def test_a_file_without_problems_passes_every_gate(lake):
    file = lake.land(stay())
    found = gates(lake)
    assert [(check, result.passed) for (_, check), result in found.items()] == [
        ("required_columns", True),
        ("period", True),
        ("unique_key", True),
    ]
    assert found[file.file, "period"].observed == "as expected, 2025-04-01 to 2025-04-28"


def test_a_refused_file_fails_its_headings_and_is_not_judged_further(lake):
    problem = Problem("Stays_202504.csv", "the header in row 4 lacks 'FTE'", "required_columns")
    file = lake.land(status="refused", problems=(problem,))
    found = gates(lake)
    assert not found[file.file, "required_columns"].passed
    assert found[file.file, "required_columns"].severity == "critical"
    assert "lacks 'FTE'" in found[file.file, "required_columns"].observed
    assert found[file.file, "unique_key"].observed == "nothing to judge: the file was not landed"


def test_a_second_copy_of_a_landed_file_holds_nothing_back(lake):
    file = lake.land(stay())
    spare = Problem("Copy of Stays_202504.csv", "has the same contents as Stays_202504.csv", "required_columns")
    suite, register = suite_of()
    copy = type(file)(
        **{**vars(file), "status": "refused", "problems": (spare,), "name": "Copy of Stays_202504.csv"}
    )
    with duckdb.connect() as connection:
        results = gate_report(suite, register.reports[suite.report], [file, copy], lake.parquet, connection)
    assert all(result.passed for result in results)
    assert any("same contents" in result.observed for result in results)


def test_rows_with_one_key_and_different_contents_are_named(lake):
    clash = Problem("Stays_202504.csv", "1 key(s) stand on several rows", "unique_key")
    rows = (stay("S1", ward="Kestrel"), stay("S2"), stay("S2"), stay("S1", ward="Merlin"), stay("S3"))
    file = lake.land(*rows, status="blocked", problems=(clash,))
    result = gates(lake)[file.file, "unique_key"]
    assert (result.passed, result.unexpected_count, result.judged_count) == (False, 2, 5)
    assert [(row.row, row.key["stay_id"]) for row in result.failing] == [(5, "S1"), (8, "S1")]
    assert gates(lake)[file.file, "period"].passed


def test_two_files_of_one_run_that_disagree_fail_their_period(lake):
    lake.land(stay("S1"))
    lake.land(stay("S2"))
    lake.files = gate(lake.files)
    found = gates(lake)
    assert [result.passed for (_, check), result in found.items() if check == "period"] == [False, False]
    assert "disagrees with" in next(result.observed for (_, check), result in found.items() if check == "period")
