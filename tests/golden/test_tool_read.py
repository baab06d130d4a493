"""The tools that a run made, read back: every cell is as the records have it."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path

import pytest
from openpyxl import load_workbook

from nhsbn.tools.tool_reading import ReadTool, read_tool
from nhsbn.tools.workbook_contents import WorkbookContents
from pipelines.cli import HELD_BACK, OK, USER_ERROR, main
from pipelines.run import Return
from resources.home import Home
from resources.site import Site
from resources.tool_forms import read_tool_file, tool_form
from resources.workbook import SpliceWriter
from tests.tool_samples import sample_tool, submission, template

PROJECT, PERIOD, EDITION = "mhlda_indicators", "2025-26-Q1", "2025-26"
SITE = Site()


def tool_of(made: Path, place: str) -> Path:
    return made / "out" / PROJECT / PERIOD / place / f"{PROJECT}.xlsx"


@pytest.fixture(scope="module")
def read(made: Path) -> dict[str, ReadTool]:
    form = tool_form(SITE, PROJECT, EDITION)
    return {place: read_tool_file(tool_of(made, place), form) for place in SITE.organisation.places}


@pytest.mark.parametrize("place", SITE.organisation.places)
def test_a_filled_tool_read_back_is_as_recorded(made: Path, read: dict[str, ReadTool], place: str) -> None:
    tool = read[place]
    (recorded,) = Return(SITE, Home.at(made), PROJECT, PERIOD, place).status().tools
    asked = [cell for cell in recorded.cells if not cell.item.startswith("details.")]
    came_back = {
        (cell.sheet, cell.address, cell.question, cell.item, cell.member, str(cell.month or "")): cell.value
        for cell in (*tool.values, *tool.blanks)
    }
    assert came_back == {
        (cell.sheet, cell.address, cell.question, cell.item, cell.member, cell.month): cell.value for cell in asked
    }
    assert {(cell.sheet, cell.address) for cell in tool.blanks} == {
        (cell.sheet, cell.address) for cell in asked if not cell.state.is_filled
    }
    assert tool.misfits == ()
    assert (str(tool.submission.period), tool.submission.locality) == (PERIOD, place)
    details = {cell.item.removeprefix("details."): cell.value for cell in recorded.cells if cell not in asked}
    assert tool.submission.details == {name: value for name, value in details.items() if value is not None}
    for cell in asked:
        assert tool.notes[cell.question].source == cell.source


def test_a_tool_with_every_state_is_read_back_as_it_was_made() -> None:
    made = sample_tool()
    filled = SpliceWriter().fill(template(), made.writes)
    tool = read_tool(WorkbookContents.read(filled.data), tool_form(SITE, PROJECT, EDITION))
    asked = [cell for cell in made.cells if not cell.item.startswith("details.")]
    values = {(cell.sheet, cell.address): cell.value for cell in tool.values}
    assert values == {(cell.sheet, cell.address): cell.value for cell in asked if cell.state.is_filled}
    assert tool.submission.locality == submission().locality


def test_the_command_shows_and_writes_what_it_read(
    made: Path, read: dict[str, ReadTool], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tool_of(made, "doncaster")
    out = tmp_path / "read.csv"
    assert main(["tool", "read", PROJECT, EDITION, str(path), "--csv", str(out)]) == OK
    said = " ".join(capsys.readouterr().out.split())
    assert f"Values {len(read['doncaster'].values):,}, of which" in said
    assert "Do not fit 0" in said
    lines = list(csv.DictReader(io.StringIO(out.read_text(encoding="utf-8-sig"))))
    numbers = {
        (line["sheet"], line["cell"]): float(line["value"])
        for line in lines
        if line["state"] == "value" and line["value"] not in ("Yes", "No")
    }
    assert numbers == {
        (cell.sheet, cell.address): cell.value
        for cell in read["doncaster"].values
        if not isinstance(cell.value, str)
    }
    assert {line["period"] for line in lines} == {PERIOD}
    assert sum(line["state"] == "blank" for line in lines) == len(read["doncaster"].blanks)


def test_the_command_tells_what_does_not_fit(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """After a person typed in it and another program saved it."""
    path = tmp_path / "returned.xlsx"
    book = load_workbook(tool_of(made, "doncaster"))
    sheet = book["Access"]
    codes = {str(row[0].value): row[0].row for row in sheet.iter_rows(max_col=1)}
    sheet.cell(codes["MI-AC-02"], 5).value = "about 40"
    sheet.cell(codes["MI-AC-03"], 5).value = "85.5"
    book.save(path)
    out = tmp_path / "read.csv"
    assert main(["tool", "read", PROJECT, EDITION, str(path), "--csv", str(out)]) == HELD_BACK
    said = " ".join(capsys.readouterr().out.split())
    assert "A text where a number is expected (1)" in said
    assert "about 40" in said
    misfits = [
        line
        for line in csv.DictReader(io.StringIO(out.read_text(encoding="utf-8-sig")))
        if line["state"] == "misfit"
    ]
    assert {(line["question"], line["found"], line["would_be"]) for line in misfits} == {
        ("MI-AC-02", "about 40", ""),
        ("MI-AC-03", "85.5", "85.5"),
    }
    assert {line["month"] for line in misfits} == {"2025-04"}


def test_read_as_another_year_it_says_which_year_it_is(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tool", "read", PROJECT, "2024-25", str(tool_of(made, "trust"))]) == HELD_BACK
    said = " ".join(capsys.readouterr().out.split())
    assert "it is the tool of edition 2025-26, and was read as 2024-25" in said
    assert "Values 0," in said


def test_what_cannot_be_read_is_answered_in_words(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Path(shutil.copy(tool_of(made, "trust"), tmp_path / "tool.xlsx"))
    (tmp_path / "cut.xlsx").write_bytes(path.read_bytes()[:5000])
    for arguments, expected in (
        ((EDITION, str(tmp_path / "cut.xlsx")), "cut.xlsx: the workbook cannot be read"),
        ((EDITION, str(tmp_path / "none.xlsx")), "none.xlsx cannot be read"),
        (("2019-20", str(path)), "has no edition '2019-20'. Its editions are: 2025-26, 2024-25"),
        ((EDITION, str(path), "--csv", str(path)), "would replace the tool it is read from"),
    ):
        assert main(["tool", "read", PROJECT, *arguments]) == USER_ERROR
        assert expected in " ".join(capsys.readouterr().err.split())
