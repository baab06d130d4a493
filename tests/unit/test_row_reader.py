"""A file that a row is followed from: found by its name or hash, and what is said where it was never landed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from rich.console import Console

from nhsbn.errors import NhsbnError, Problem
from nhsbn.extracts.landing import LandedFile, RowCounts
from nhsbn.tracing.row_trace import Reached
from nhsbn.tracing.trace import RowPlace
from pipelines.trace_report import show_row
from resources.home import Home
from resources.row_reader import RowReader
from resources.trace_reader import TraceReader

FILE = LandedFile(
    sha256="ab" * 32,
    report="esr_leavers",
    name="Leavers.csv",
    sheet=None,
    size=10,
    period_start=date(2025, 4, 1),
    period_end=date(2025, 4, 30),
    extracted_at=datetime(2025, 5, 3, 9, 12),
    rows=RowCounts(),
    status="refused",
    problems=(Problem("Leavers.csv", "has no heading 'FTE'"),),
)


@pytest.fixture
def rows(tmp_path: Path) -> Iterator[RowReader]:
    home = Home(tmp_path)
    records = home.open_records()
    records.keep_files("RXE", [FILE, replace(FILE, sha256="cd" * 32, name="Starters.csv")])
    records.keep_files("RXE", [replace(FILE, sha256="ef" * 32, name="Starters.csv")])
    yield RowReader(TraceReader(home, records))
    records.close()


@pytest.mark.parametrize("text", ["leavers.csv", "inbox/esr/Leavers.csv", "abababababab", "AB" * 32])
def test_a_file_is_found_by_its_name_or_hash(rows: RowReader, text: str) -> None:
    assert rows.file(text).file.sha256 == FILE.sha256


def test_a_row_of_a_refused_file_was_not_landed(rows: RowReader) -> None:
    found = rows.follow(rows.file("Leavers.csv"), 7, None)
    assert (found.outcome, found.reason) == ("not landed", "Leavers.csv: has no heading 'FTE'")


def test_two_files_of_one_name_are_told_apart_by_hash(rows: RowReader) -> None:
    told = r"2 files are called Starters\.csv: cdcdcdcdcdcd, extracted 2025-05-03 09:12:00"
    with pytest.raises(NhsbnError, match=told):
        rows.file("Starters.csv")
    assert rows.file("efefef").file.sha256 == "ef" * 32


def test_a_file_changed_since_it_was_landed_is_not_taken_for_it(rows: RowReader, tmp_path: Path) -> None:
    changed = tmp_path / "Leavers.csv"
    changed.write_text("something else")
    with pytest.raises(NhsbnError, match=r"Leavers\.csv was changed since it was landed"):
        rows.file(str(changed))


def test_a_file_that_cannot_be_read_says_so(
    rows: RowReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    (tmp_path / "Leavers.csv").write_text("not yours")
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(NhsbnError, match=r"Leavers\.csv cannot be read \(Permission denied\)"):
        rows.file(str(tmp_path / "Leavers.csv"))


def test_an_unknown_file_names_those_most_like_it(rows: RowReader) -> None:
    with pytest.raises(
        NhsbnError, match=r"No file 'Leaver\.csv' was ever landed here\. Those most like it: Leavers"
    ):
        rows.file("Leaver.csv")


def test_each_answer_names_the_row_that_counts_for_it_there(
    rows: RowReader, capsys: pytest.CaptureFixture[str]
) -> None:
    reached = Reached(
        *("mhlda_indicators", "2025-26-Q1", "trust", 1, "MI-CM-01", "People seen", "2025-04", "all", "numerator"),
        contribution=Decimal(0),
        note="same person",
        same_as=RowPlace(FILE.sha256[:12], None, 3),
        cell="Activity!H9",
    )
    elsewhere = replace(reached, locality="rotherham", same_as=RowPlace("cdcdcdcdcdcd", None, 9))
    found = rows.follow(rows.file("Leavers.csv"), 7, None)
    show_row(Console(width=160), replace(found, reached=(reached, elsewhere)))
    said = capsys.readouterr().out
    assert "numerator (same person as row 3)" in said
    assert "numerator (same person as cdcdcdcdcdcd, row 9)" in said
