from __future__ import annotations

import io
import json

import pytest
import xlsxwriter

from nhsbn.errors import NhsbnError
from nhsbn.rebinding.asked import code_heading, questions
from nhsbn.rebinding.inspection import Inspection, inspect
from nhsbn.tools.template_grid import Grid, GridCell, SheetGrid, ranges
from pipelines.cli import OK, USER_ERROR, main
from tests.small_templates import Asked, Layout, tool, workbook
from tests.xlsx_samples import ONE_SHEET, changed, form, rewritten

RECEIVED = Asked("Q1", "Referrals received", "Each referral once")
BEDS = Asked("Q2", "Available beds", "At midnight", by_service=False)


def limits(found: Inspection) -> dict[str, str]:
    return {limit.what: limit.where for limit in found.limits}


def unprotected(**rules: dict[str, str]) -> bytes:
    """A form of another make: no codes, no protection, a label left and a heading above."""
    saved = io.BytesIO()
    book = xlsxwriter.Workbook(saved, {"in_memory": True})
    boxed, percent = book.add_format({"border": 1}), book.add_format({"border": 1, "num_format": "0.0%"})
    sheet = book.add_worksheet("Return")
    sheet.write_row("A1", ("Waiting times return",))
    sheet.write_row("B3", ("Region A", "", "Region B"))
    sheet.write_row("B4", ("Number", "Share", "Number", "Share"))
    sheet.merge_range("B3:C3", "Region A")
    sheet.merge_range("D3:E3", "Region B")
    for row, label in enumerate(("Seen", "Waiting"), 4):
        sheet.write(row, 0, label)
        for column in range(1, 5):
            sheet.write_blank(row, column, None, percent if column % 2 == 0 else boxed)
        sheet.data_validation(row, 1, row, 1, {"validate": "integer", "criteria": ">=", "value": 0})
    for cell, rule in rules.items():
        sheet.data_validation(cell, rule)
    sheet.write_formula("G5", '=INDIRECT("B5")')
    book.close()
    return saved.getvalue()


def test_cells_are_listed_as_a_person_lists_them() -> None:
    places = [(row, column) for row in (4, 5, 6) for column in (2, 3, 4)] + [(4, 6), (9, 27), (9, 28)]
    assert ranges(places) == "B4:D6, F4, AA9:AB9"
    assert ranges([]) == ""


def test_questions_are_found_with_their_words_cells_and_type() -> None:
    grid, _ = tool({"Access": [RECEIVED], "Activity": [BEDS]}, Layout(top=3, left=2))
    found = inspect(workbook(grid))
    assert found.heading == "Question code"
    by_code = {question.code: question for question in found.questions if question.code}
    assert (by_code["Q1"].text, by_code["Q1"].definition, by_code["Q1"].kind) == (
        "Referrals received",
        "Each referral once",
        "Whole number",
    )
    assert by_code["Q1"].takes == ("whole numbers only",)
    assert by_code["Q1"].answers == "F7:O7"
    assert by_code["Q1"].columns[:2] == ("Adult / Month 1", "Adult / Month 2")
    assert by_code["Q2"].columns == ("Month 1", "Month 2", "Data source", "Comments")
    [form_row] = [question for question in found.questions if not question.code]
    assert (form_row.text, form_row.answers, form_row.columns) == ("Organisation", "B2:C2", ("Answer", "Comments"))


def test_a_workbook_without_codes_is_read_by_its_labels() -> None:
    found = inspect(unprotected())
    assert found.heading is None
    assert [(one.text, one.answers, one.takes) for one in found.questions] == [
        ("Seen", "B5:E5", ("a percentage", "whole numbers only")),
        ("Waiting", "B6:E6", ("a percentage", "whole numbers only")),
    ]
    assert found.questions[0].columns == (
        "Region A / Number",
        "Region A / Share",
        "Region B / Number",
        "Region B / Share",
    )
    assert any("INDIRECT" in what for what in limits(found))


def test_a_heading_that_a_person_names_is_taken() -> None:
    cells = {
        (1, 1): GridCell("Kennzahl"),
        (1, 2): GridCell("Value"),
        (2, 1): GridCell("K1"),
        (2, 2): GridCell(is_locked=False),
    }
    data = workbook({"Form": SheetGrid("Form", True, True, cells)})
    assert inspect(data).heading is None
    assert [question.code for question in inspect(data, "kennzahl").questions] == ["K1"]


def test_sheets_are_told_with_their_state_and_protection() -> None:
    found = {sheet.title: sheet for sheet in inspect(form()).sheets}
    assert (found["Form"].state, found["Form"].is_protected, found["Form"].formulas) == ("visible", True, 4)
    assert (found["Lists"].state, found["Lists"].questions) == ("hidden", 0)


def test_what_the_writer_cannot_promise_is_told_with_its_place() -> None:
    unknown = {"validate": "custom", "value": "=PHONETIC(B5)=B6"}
    what = "have a validation that is not evaluated (custom: PHONETIC(B5)=B6); check what is written"
    found = limits(inspect(unprotected(E6=unknown, D6=unknown)))
    assert {said.partition(" there")[0]: where for said, where in found.items()}[
        what
    ] == "sheet 'Return', cells D6:E6"
    found = limits(inspect(form()))
    assert (
        found["lie in hidden rows or columns; they are written, though nobody sees them"]
        == "sheet 'Form', cells B13"
    )
    assert "holds charts; they are redrawn when Excel opens the workbook" in found
    plain, macro = "openxmlformats-officedocument.spreadsheetml.sheet.main", "ms-excel.sheet.macroEnabled.main"
    assert "holds macros; they are left as they are and never run" in limits(
        inspect(changed(form(), "[Content_Types].xml", (plain, macro)))
    )
    linked = rewritten(form(), {}, **{"xl/externalLinks/externalLink1.xml": b"<a/>"})
    assert any("links to other workbooks" in what for what in limits(inspect(linked)))


@pytest.mark.parametrize("area", ["A1:XFD1048576", "B15:XFD1048576", "A1:A1048576"])
def test_a_merged_range_as_large_as_the_sheet_costs_nothing(area: str) -> None:
    merged = changed(form(), ONE_SHEET, ('<mergeCell ref="B15:C16"/>', f'<mergeCell ref="{area}"/>'))
    assert [sheet.title for sheet in inspect(merged).sheets] == ["Form", "Sums & more", "Apart", "Lists"]


def test_labels_are_found_above_ten_thousand_rows_as_above_one() -> None:
    cells = {(1, 1): GridCell("Ward"), (1, 2): GridCell("Beds")}
    cells |= {(row, 1): GridCell(f"Ward {row}") for row in range(2, 10_002)}
    cells |= {(row, 2): GridCell(is_locked=False) for row in range(2, 10_002)}
    found = questions({"Form": SheetGrid("Form", True, True, cells)}, None)
    assert len(found) == 10_000
    assert {question.answers[0].headings for question in found} == {("Beds",)}


def test_a_signed_workbook_is_looked_over_and_said_not_to_be_filled() -> None:
    kind = "http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/origin"
    origin = f'<Relationship Id="rIdS" Type="{kind}" Target="_xmlsignatures/origin.sigs"/></Relationships>'
    signed = changed(form(), "_rels/.rels", ("</Relationships>", origin))
    found = inspect(rewritten(signed, {}, **{"_xmlsignatures/origin.sigs": b""}))
    assert found.limits[0].what.startswith("is digitally signed; it is not filled")
    assert len(found.questions) == len(inspect(form()).questions)


def test_codes_known_from_last_year_find_their_column_whatever_its_heading() -> None:
    grid: Grid = tool({"Access": [RECEIVED], "Activity": [BEDS]}, Layout(heads=("Kennzahl", "Q", "D", "T")))[0]
    assert code_heading(grid) is None
    assert code_heading(grid, ["Q1"]) == "Kennzahl"
    assert [one.code for one in questions(grid, "Kennzahl") if one.code] == ["Q1", "Q2"]


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x03\x04"])
def test_what_is_no_workbook_is_refused(content: bytes) -> None:
    with pytest.raises(NhsbnError, match="cannot be read as an Excel workbook"):
        inspect(content)


def test_the_command_shows_a_workbook_and_gives_json(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "return.xlsx"
    path.write_bytes(unprotected())
    assert main(["tool", "inspect", str(path)]) == OK
    said = capsys.readouterr().out
    assert "No column of question codes was found" in said
    assert "Waiting" in said
    assert "\x1b" not in said
    assert main(["tool", "inspect", str(path), "--json"]) == OK
    data = json.loads(capsys.readouterr().out)
    assert data["questions"][0]["answers"] == "B5:E5"
    path.write_bytes(b"text")
    assert main(["tool", "inspect", str(path)]) == USER_ERROR
    assert capsys.readouterr().err.startswith("return.xlsx: the workbook cannot be read")
