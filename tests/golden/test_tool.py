from __future__ import annotations

import io
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from python_calamine import CalamineWorkbook

from nhsbn.tools.cells import State
from nhsbn.tools.collection_tool import Tool
from nhsbn.xlsx.references import address, place_of
from resources.workbook import SpliceWriter, read_grid
from scripts.make_template import main as make_template
from tests.tool_samples import EDITION, binding, catalogue, sample_tool, template

SECTIONS = ("Service model", "Access", "Activity", "Workforce", "Quality and safety", "Finance")


@pytest.fixture(scope="module")
def tool() -> Tool:
    return sample_tool()


@pytest.fixture(scope="module")
def filled(tool: Tool) -> bytes:
    return SpliceWriter().fill(template(), tool.writes).data


@pytest.fixture(scope="module")
def recalculated(filled: bytes, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[list[object]]]:
    """The filled tool as LibreOffice shows it, formulas worked out."""
    soffice = shutil.which("soffice")
    if soffice is None:
        missing = "soffice is absent, so no formula can be worked out; see scripts/install-debian-packages.sh"
        assert "CI" not in os.environ, missing
        pytest.skip(missing)
    folder: Path = tmp_path_factory.mktemp("recalculated")
    (folder / "tool.xlsx").write_bytes(filled)
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [
        soffice,
        profile,
        "--headless",
        "--convert-to",
        "ods",
        "--outdir",
        str(folder),
        str(folder / "tool.xlsx"),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    book = CalamineWorkbook.from_path(str(folder / "tool.ods"))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


@pytest.mark.parametrize("edition", ["2024-25", "2025-26"])
def test_the_committed_template_and_binding_are_what_the_script_draws(tmp_path: Path, edition: str) -> None:
    make_template(["mhlda_indicators", edition, "--to", str(tmp_path)])
    again, committed = f"run python -m scripts.make_template mhlda_indicators {edition}", EDITION.parent / edition
    assert (tmp_path / "template.xlsx").read_bytes() == (committed / "template.xlsx").read_bytes(), again
    drawn = (tmp_path / "binding.yaml").read_text(encoding="utf-8")
    assert drawn == (committed / "binding.yaml").read_text(encoding="utf-8"), again


def test_the_template_has_the_shape_of_a_tool() -> None:
    book = load_workbook(io.BytesIO(template()))
    assert book.sheetnames == ["Introduction", "Submission details", *SECTIONS, "Lists", "Keys"]
    assert (book["Lists"].sheet_state, book["Keys"].sheet_state) == ("hidden", "veryHidden")
    for sheet in book.worksheets:
        assert sheet.protection.sheet, sheet.title
    for title in SECTIONS:
        sheet = book[title]
        assert sheet.data_validations.count > 0
        assert sheet.freeze_panes == "C4"
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.print_title_cols == "$A:$B"


def test_the_keys_say_which_question_stands_where() -> None:
    book = load_workbook(io.BytesIO(template()))
    rows = list(book["Keys"].iter_rows(values_only=True))
    assert rows[0][:2] == ("project", "mhlda_indicators")
    keys = [row for row in rows[5:] if row[0]]
    assert {code for _, code, _ in keys} == {code for _, code, _ in binding().binding.questions()}
    assert all(book[sheet][anchor].value == code for sheet, code, anchor in keys)


def test_every_item_of_the_catalogue_is_asked() -> None:
    asked = {code for _, code, _ in binding().binding.questions()}
    assert {question.code for question in catalogue().questions} <= asked


def test_heading_rows_carry_no_answer_type_and_no_answer() -> None:
    for title in SECTIONS:
        sheet = read_grid(template())[title]
        for row in {row for row, _ in sheet.cells}:
            if not sheet.text(row, 1).startswith("MI-"):
                assert sheet.text(row, 4) in ("", "Answer type")
                assert not any(sheet.is_answer((row, column)) for column in range(1, 60))


def test_two_fills_of_the_same_values_are_the_same_bytes(tool: Tool, filled: bytes) -> None:
    assert SpliceWriter().fill(template(), sample_tool().writes).data == filled


def test_every_cell_reads_back_by_another_reader(tool: Tool, filled: bytes) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(filled))
    grids = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
    for write in tool.writes:
        row, column = place_of(write.address) or (0, 0)
        assert grids[write.sheet][row - 1][column - 1] == write.value, write.address


def test_only_what_was_asked_for_changed(tool: Tool, filled: bytes) -> None:
    before, after = (load_workbook(io.BytesIO(content)) for content in (template(), filled))
    assert _changed(before, after) == {(write.sheet, write.address) for write in tool.writes}
    for sheet in before.worksheets:
        other = after[sheet.title]
        assert other.protection.sheet
        assert other.sheet_state == sheet.sheet_state
        assert other.data_validations.count == sheet.data_validations.count
        assert sorted(map(str, other.merged_cells.ranges)) == sorted(map(str, sheet.merged_cells.ranges))


def _changed(before: Workbook, after: Workbook) -> set[tuple[str, str]]:
    return {
        (sheet.title, cell.coordinate)
        for sheet in before.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if after[sheet.title][cell.coordinate].value != cell.value
    }


def test_the_months_are_read_in_words(recalculated: dict[str, list[list[object]]]) -> None:
    for title in SECTIONS:
        shown = {value for row in recalculated[title] for value in row}
        assert {"Month 1", "Month 2", "Month 3", "April 2025", "May 2025", "June 2025"} <= shown, title
    assert recalculated["Access"][1][0] == "North Lincolnshire   |   2025-26-Q1   |   RXE"


def test_totals_by_formula_equal_the_sum_of_our_values(
    tool: Tool, recalculated: dict[str, list[list[object]]]
) -> None:
    """Each total column is worked out anew from our own cells; blank where no member has a value."""
    members: dict[tuple[str, str, int], list[float]] = {}
    for cell in tool.cells:
        if cell.month and cell.state in (State.VALUE, State.TRUE_ZERO):
            month = int(cell.month[-2:]) - 4
            members.setdefault((cell.sheet, cell.question, month), []).append(float(cell.value or 0))
    checked = 0
    for title, sheet in read_grid(template()).items():
        for row, column in (place for place, cell in sheet.cells.items() if cell.is_formula and place[0] > 2):
            code = sheet.text(row, 1)
            if not code.startswith("MI-"):
                continue
            shown = recalculated[title][row - 1][column - 1]
            first = min(one for r, one in sheet.cells if r == row and sheet.cells[r, one].is_formula)
            ours = members.get((title, code, column - first))
            where = f"{title} {address((row, column))}"
            assert shown == ("" if ours is None else pytest.approx(sum(ours), rel=1e-9)), where
            checked += 1
    assert checked > 30


def test_libreoffice_shows_every_cell_that_was_filled(
    tool: Tool, recalculated: dict[str, list[list[object]]]
) -> None:
    for write in tool.writes:
        row, column = place_of(write.address) or (0, 0)
        shown = recalculated[write.sheet][row - 1][column - 1]
        is_number = isinstance(write.value, float)  # LibreOffice shows fifteen digits
        assert shown == (pytest.approx(write.value, rel=1e-14) if is_number else write.value), write.address


def test_a_filled_tool_has_no_fault_of_schema_that_its_template_has_not(filled: bytes, tmp_path: Path) -> None:
    audit = pytest.importorskip("openxml_audit", reason="openxml-audit is absent; it is in requirements-dev.lock")
    faults = []
    for name, content in (("template", template()), ("filled", filled)):
        path = tmp_path / f"{name}.xlsx"
        path.write_bytes(content)
        faults.append([str(one.description) for one in audit.OpenXmlValidator().validate(path).errors])
    assert faults == [[], []]
