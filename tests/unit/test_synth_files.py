"""Invented files: the same for the same seed, saying that they are invented, in no heading but the declared."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from nhsbn.errors import NhsbnError
from nhsbn.extracts.reports import Report, normalise_heading
from nhsbn.periods import Month
from synth import generate, invent
from synth.forms import INVENTED
from synth.shape import Shape

MONTHS = 5
"""Enough for a re-issue of each kind, the tab-delimited file, the legacy ledger and money printed as text."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    generate(folder, scale=0.01, months=MONTHS, seed=7)
    return folder


@pytest.fixture(scope="module")
def reports() -> dict[str, Report]:
    return dict(Shape().register.reports)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*.*"))}


def sheets(path: Path) -> dict[str, list[list[str]]]:
    """The rows of each sheet of any file as text."""
    if path.suffix == ".csv":
        data = path.read_bytes()
        encoding = (
            "utf-16" if data[:2] == b"\xff\xfe" else "utf-8-sig" if data[:3] == b"\xef\xbb\xbf" else "cp1252"
        )
        text = data.decode(encoding)
        return {"": list(csv.reader(io.StringIO(text, newline=""), delimiter="\t" if "\t" in text else ","))}
    book = CalamineWorkbook.from_path(path)
    return {
        name: [
            [str(cell) for cell in row] for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        ]
        for name in book.sheet_names
    }


def report_of(path: Path, reports: dict[str, Report]) -> Report:
    found = [
        report
        for report in reports.values()
        if report.source == path.parent.name and re.match(report.file_name, path.name)
    ]
    assert len(found) == 1, f"{path.name} is the name of {[report.report for report in found]}"
    return found[0]


def header_of(rows: list[list[str]], report: Report) -> list[str]:
    for row in rows[:30]:
        texts = [text for text in row if text]
        if sum(normalise_heading(text) in report.headings for text in texts) >= min(3, len(report.columns)):
            return texts
    raise AssertionError("no header in the first 30 rows")


def test_the_same_seed_makes_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed in (("one", 3), ("two", 3), ("other", 4)):
        generate(tmp_path / name, scale=0.01, months=1, seed=seed)
    one, two, other = (contents(tmp_path / name) for name in ("one", "two", "other"))
    assert one == two
    assert one.keys() == other.keys()
    assert sum(one[name] == other[name] for name in one) <= 1  # the README of the truth


def test_files_written_by_several_processes_are_the_same(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invent, "_WORTH_SHARING", 0.0)
    monkeypatch.setattr(invent.os, "cpu_count", lambda: 2)
    written: list[str] = []
    generate(tmp_path, scale=0.01, months=MONTHS, seed=7, progress=written.append)
    assert contents(tmp_path) == contents(made)
    assert sorted(written) == sorted(path.name for path in (made / "inbox").glob("*/*"))


def test_every_file_and_every_table_of_the_truth_says_it_is_invented(made: Path) -> None:
    files = sorted((made / "inbox").glob("*/*"))
    assert {path.suffix for path in files} == {".csv", ".xlsx", ".xls"}
    for path in files:
        for name, rows in sheets(path).items():
            if rows:
                assert any(INVENTED in row for row in rows[:6]), f"{path.name} sheet {name!r}"
    for path in (made / "truth").glob("*.parquet"):
        assert pq.read_schema(path).metadata[b"notice"] == INVENTED.encode(), path.name


def test_every_report_is_written_under_declared_headings_only(made: Path, reports: dict[str, Report]) -> None:
    written: dict[str, set[str]] = {}
    for path in sorted((made / "inbox").glob("*/*")):
        report = report_of(path, reports)
        for rows in sheets(path).values():
            if not rows:
                continue
            header = [normalise_heading(text) for text in header_of(rows, report)]
            assert set(header) <= report.headings.keys(), path.name
            written.setdefault(report.report, set()).update(report.headings[text] for text in header)
            assert len(set(header)) == len(header), path.name
    assert written.keys() == reports.keys()
    for name, report in reports.items():
        required = {column for column, declared in report.columns.items() if declared.required}
        assert required <= written[name], name


def test_the_forms_of_the_systems_are_all_there(made: Path) -> None:
    inbox = made / "inbox"
    starts = {path.read_bytes()[:3] for path in inbox.glob("reportal/*.csv")}
    assert {b"\xef\xbb\xbf", b"Rep"} <= starts
    assert any(start[:2] == b"\xff\xfe" for start in starts)
    ledger = {path.name: sheets(path) for path in inbox.glob("ledger/*")}
    assert "Budget_Statement_M03_2024-25.xls" in ledger
    cells = {cell for book in ledger.values() for rows in book.values() for row in rows for cell in row}
    assert any(re.fullmatch(r"\([\d,]+\.\d\d\)", cell) for cell in cells), "a negative in brackets"
    assert any(re.fullmatch(r"[\d,]+\.\d\d-", cell) for cell in cells), "a trailing minus"
    assert any(cell.startswith("Sub-total ") for cell in cells)
    absence = sheets(inbox / "esr" / "ESR_Absence_Detail_20240505.xlsx")
    assert any("31/12/4712" in row for row in absence["Absence"])
    assert absence["Sheet2"] == []
    post = sheets(inbox / "esr" / "ESR_Staff_In_Post_202404.xlsx")["Staff in Post "]
    assert any(re.fullmatch(r"\d{7}\|[^|]+\|", cell) for row in post for cell in row)
    assert any("Grand Total" in row for row in post)
    assert len(sheets(inbox / "mha" / "MHA_Register_2024-25_v2.xlsx")) == MONTHS + 1


def test_no_number_of_ten_digits_stands_in_any_text_file(made: Path) -> None:
    for path in (made / "inbox").glob("reportal/*.csv"):
        for rows in sheets(path).values():
            found = [cell for row in rows for cell in row if re.fullmatch(r"\d{3}[ -]?\d{3}[ -]?\d{4}", cell)]
            assert not found, path.name


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"scale": 0.0}, "above nought"),
        ({"months": 0}, "above nought"),
        ({"start": "2025-26-Q1"}, "is a quarter; write its first month"),
        ({"start": "spring"}, "'spring' is not a period"),
    ],
)
def test_what_cannot_be_invented_is_refused_and_nothing_is_written(
    tmp_path: Path, asked: dict[str, object], said: str
) -> None:
    with pytest.raises(NhsbnError, match=said):
        generate(tmp_path / "no", **asked)  # type: ignore[arg-type]
    assert not (tmp_path / "no").exists()


def test_the_start_may_be_given_as_text(tmp_path: Path) -> None:
    generate(tmp_path / "text", scale=0.005, months=1, start="2024-09")
    generate(tmp_path / "month", scale=0.005, months=1, start=Month(2024, 9))
    assert contents(tmp_path / "text") == contents(tmp_path / "month")
    assert (tmp_path / "text/inbox/reportal/RePortal_Contacts_202409.csv").exists()
