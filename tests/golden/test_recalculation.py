"""Totals of a filled tool, worked out by LibreOffice and put into our own file."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
import xlsxwriter
from openpyxl import load_workbook

from nhsbn.xlsx.fill import fill
from nhsbn.xlsx.package import read_package
from nhsbn.xlsx.references import place_of
from nhsbn.xlsx.values import Entry
from nhsbn.xlsx.verify import REFRESHED, prove, verify
from resources.recalculation import LibreOffice, LibreOfficeError, trusted_results
from resources.workbook import SpliceWriter, fill_and_prove
from tests.tool_samples import sample_tool, template
from tests.xlsx_samples import saved_workbook


@pytest.fixture(scope="module")
def office() -> LibreOffice:
    found = LibreOffice.found()
    if found is None:
        missing = "soffice is absent, so no formula can be worked out; see scripts/install-debian-packages.sh"
        assert "CI" not in os.environ, missing
        pytest.skip(missing)
    return found


@cache
def sums() -> bytes:
    """A workbook whose formulas depend on B1:B3, each in its own way; some with results that are wrong."""

    def draw(book: xlsxwriter.Workbook) -> None:
        form, apart = book.add_worksheet("Form"), book.add_worksheet("Sums & more")
        form.write_column("B1", (1, 2, 3))
        form.write_formula("C1", "=SUM(B1:B3)", None, 6)
        form.write_formula("C2", '=IF(B1>5,"many","few")', None, "few")
        form.write_formula("C3", "=B1>5", None, False)
        form.write_formula("C4", "=SUM(B1:B3)", None, 99)
        form.write_formula("C5", "=B1+RAND()*0", None, 1)
        form.write_formula("C6", '=IF(B1>5,"","few")', None, "few")
        form.write_formula("C7", "=IF(B1>5,1/0,1)", None, 1)
        form.write_array_formula("D1:D3", "{=B1:B3*2}", None, 2)
        form.write("D2", 4)
        form.write("D3", 6)
        apart.write_formula("A1", "=Form!C1*2", None, 12)
        apart.write_formula("A2", "=1+1", None, 2)

    return saved_workbook(draw)


def test_results_are_refreshed_where_libreoffice_is_to_be_trusted_and_else_cleared(office: LibreOffice) -> None:
    entries = [Entry("Form", "B1", 10)]
    proved = fill_and_prove(sums(), entries, works_out=True)
    book = load_workbook(io.BytesIO(proved.data), data_only=True)
    cells = ("C1", "C2", "C3", "C4", "C5", "C6", "C7", "D1", "D2", "D3")
    shown = {cell: book["Form"][cell].value for cell in cells}
    assert shown == {
        "C1": 15,
        "C2": "many",
        "C3": True,
        "C4": None,  # not what the sender's program had left in it
        "C5": None,  # another result each time
        "C6": None,  # an empty text, as openpyxl reads it
        "C7": None,  # an error
        "D1": 20,
        "D2": 4,
        "D3": 6,
    }
    assert [book["Sums & more"][cell].value for cell in ("A1", "A2")] == [30, 2]
    formulas = load_workbook(io.BytesIO(proved.data))["Form"]
    assert formulas["C1"].value == "=SUM(B1:B3)"
    assert b'<c r="C6" t="str"><f>IF(B1&gt;5,"","few")</f><v></v></c>' in read_package(proved.data).part(
        "xl/worksheets/sheet1.xml"
    )
    worked_out = [one for one in verify(sums(), proved.data).differences if one.what == REFRESHED]
    assert len(worked_out) == 6
    assert fill_and_prove(sums(), entries, works_out=True).data == proved.data


def test_a_result_that_is_not_the_one_worked_out_is_no_proof(office: LibreOffice) -> None:
    entries = [Entry("Form", "B1", 10)]
    filled = fill(sums(), entries)
    results = trusted_results(sums(), filled, office)
    again = fill(sums(), entries, {**results, ("Form", (1, 3)): 16.0})
    with pytest.raises(Exception, match="C1: holds a result that is out of date"):
        prove(sums(), again.data, entries, results)
    with pytest.raises(Exception, match="C1: holds a result that is out of date"):
        prove(sums(), again.data, entries)


def test_the_tools_totals_are_refreshed_and_only_its_subtitles_cleared(office: LibreOffice) -> None:
    """The script that draws the template leaves subtitles blank, which is not what LibreOffice makes of them."""
    tool = sample_tool()
    made = SpliceWriter(works_out=True).fill(template(), tool.writes)
    shown = load_workbook(io.BytesIO(made.data), data_only=True)
    subtitles = [
        sheet["A2"].value for sheet in shown.worksheets if sheet.title in {write.sheet for write in tool.writes}
    ]
    assert made.verification["formula results cleared"] == subtitles.count(None) == 6
    assert made.verification["formula results worked out by LibreOffice"] > 100
    values = {(write.sheet, place_of(write.address)): write.value for write in tool.writes}
    checked = 0
    for sheet in load_workbook(io.BytesIO(made.data)).worksheets:
        for cell in (cell for row in sheet.iter_rows() for cell in row if "SUM(" in str(cell.value)):
            summed = str(cell.value).partition("SUM(")[2].split(")")[0].split(",")
            parts = [values.get((sheet.title, place_of(one))) for one in summed]
            expected = sum(float(part) for part in parts if isinstance(part, int | float))
            found = shown[sheet.title][cell.coordinate].value
            assert (
                found == pytest.approx(expected, rel=1e-9)
                if any(part is not None for part in parts)
                else not found
            )
            checked += found is not None
    assert checked > 30


def test_without_libreoffice_results_are_cleared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    proved = fill_and_prove(sums(), [Entry("Form", "B1", 10)], works_out=True)
    assert proved.warnings == ()
    assert load_workbook(io.BytesIO(proved.data), data_only=True)["Form"]["C1"].value is None


@pytest.mark.parametrize(
    ("does", "said"),
    [("import time; time.sleep(60)", "took more than 0.5 seconds"), ("exit(3)", "could not open the workbook")],
)
def test_libreoffice_that_hangs_is_stopped_and_one_that_fails_is_told(
    monkeypatch: pytest.MonkeyPatch, does: str, said: str
) -> None:
    begin, begun = subprocess.Popen, []

    def stand_in(_: list[str], **settings: object) -> subprocess.Popen[bytes]:
        begun.append(begin([sys.executable, "-c", does], **settings))
        return begun[0]

    monkeypatch.setattr("resources.recalculation.subprocess.Popen", stand_in)
    with pytest.raises(LibreOfficeError, match=said):
        LibreOffice("soffice", limit_seconds=0.5 if "sleep" in does else 30).worked_out(b"")
    assert begun[0].poll() is not None


def test_a_program_that_cannot_be_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(LibreOfficeError, match="cannot be run"):
        LibreOffice(str(tmp_path)).worked_out(b"")


def test_what_libreoffice_saved_and_nobody_can_read_leaves_results_cleared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(LibreOffice, "found", lambda: LibreOffice("soffice"))
    monkeypatch.setattr(LibreOffice, "worked_out", lambda office, workbook: workbook[:-9])
    proved = fill_and_prove(sums(), [Entry("Form", "B1", 10)], works_out=True)
    assert "what LibreOffice saved cannot be read" in str(proved.warnings[0])
    assert load_workbook(io.BytesIO(proved.data), data_only=True)["Form"]["C1"].value is None
