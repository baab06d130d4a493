from __future__ import annotations

import io

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Protection
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

from nhsbn.errors import NhsbnError, ProblemsError
from nhsbn.tools.collection_tool import CellWrite
from nhsbn.tools.template_reading import takes
from nhsbn.xlsx.strings import LONGEST_TEXT
from nhsbn.xlsx.values import LARGEST_NUMBER
from resources.workbook import SpliceWriter, read_grid


def small_template() -> bytes:
    """Sheet 'Form': A1 locked text, B1 to B9 answers, C1 a formula, D1:E1 merged; hidden sheet of lists."""
    book = Workbook()
    form = book.active
    form.title = "Form"
    form["A1"] = "Question"
    form["C1"] = "=SUM(B1:B9)"
    for row in range(1, 10):
        form.cell(row, 2).protection = Protection(locked=False)
    form.merge_cells("D1:E1")
    form.protection.sheet = True
    lists = book.create_sheet("Lists")
    lists.sheet_state = "veryHidden"
    for row, text in enumerate(("Yes", "No", "Not sure"), 1):
        lists.cell(row, 1, text)
    book.defined_names["Answers"] = DefinedName("Answers", attr_text="Lists!$A$1:$A$3")
    for cell, formula in (("B1", '"Red,Amber,Green"'), ("B2", "Lists!$A$1:$A$2"), ("B3", "Answers")):
        rule = DataValidation(type="list", formula1=formula)
        rule.add(cell)
        form.add_data_validation(rule)
    odd = DataValidation(type="list", formula1="OFFSET(Lists!$A$1,0,0,2,1)")
    odd.add("B4")
    form.add_data_validation(odd)
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


TEMPLATE = small_template()


def filled(*cells: CellWrite) -> Workbook:
    return load_workbook(io.BytesIO(SpliceWriter().fill(TEMPLATE, cells).data))


def refused(*cells: CellWrite) -> list[str]:
    with pytest.raises(ProblemsError) as raised:
        SpliceWriter().fill(TEMPLATE, cells)
    return [str(problem) for problem in raised.value.problems]


def test_a_grid_tells_answers_from_what_is_locked_a_formula_or_hidden() -> None:
    grid = read_grid(TEMPLATE)
    form = grid["Form"]
    assert form.is_protected
    assert not grid["Lists"].is_visible
    assert not form.is_answer((1, 1))
    assert form.is_answer((1, 2))
    assert not form.is_answer((1, 3))
    assert form.cells[1, 3].text == ""


def test_a_list_is_read_written_out_by_range_and_by_name_and_not_guessed() -> None:
    cells = read_grid(TEMPLATE)["Form"].cells
    assert cells[1, 2].choices == ("Red", "Amber", "Green")
    assert cells[2, 2].choices == ("Yes", "No")
    assert cells[3, 2].choices == ("Yes", "No", "Not sure")
    assert cells[4, 2].choices is None


def test_a_range_that_anyone_may_edit_on_a_protected_sheet_holds_answers() -> None:
    saved = io.BytesIO()
    book = xlsxwriter.Workbook(saved, {"in_memory": True})
    sheet, boxed = book.add_worksheet("Form"), book.add_format({"border": 1})
    sheet.protect()
    for row in range(3):
        sheet.write_blank(row, 1, None, boxed)
    sheet.unprotect_range("B2:B3", "Answers")
    book.close()
    form = read_grid(saved.getvalue())["Form"]
    assert [form.is_answer((row, 2)) for row in (1, 2, 3)] == [False, True, True]


def test_numbers_and_texts_are_written_and_formulas_stay() -> None:
    form = filled(CellWrite("Form", "B1", 0.1 + 0.2), CellWrite("Form", "B2", "Yes"))["Form"]
    assert form["B1"].value == pytest.approx(0.3)
    assert form["B2"].value == "Yes"
    assert form["C1"].value == "=SUM(B1:B9)"


@pytest.mark.parametrize("text", ["=cmd()", "+1", "-1", "@SUM(A1)", "=1+1", "'quoted", " =x"])
def test_a_text_that_looks_like_a_formula_stays_text(text: str) -> None:
    cell = filled(CellWrite("Form", "B1", text))["Form"]["B1"]
    assert (cell.value, cell.data_type) == (text, "s")


def test_excel_is_asked_to_recalculate() -> None:
    assert filled(CellWrite("Form", "B1", 1)).calculation.fullCalcOnLoad


def test_every_cell_that_may_not_be_written_is_listed_and_nothing_is_written() -> None:
    assert refused(
        CellWrite("Form", "A1", "x"),
        CellWrite("Form", "C1", 1),
        CellWrite("Form", "E1", 1),
        CellWrite("Nowhere", "A1", 1),
        CellWrite("Form", "B1", float("nan")),
        CellWrite("Form", "B2", "a\x00b"),
        CellWrite("Form", "B3", "x" * (LONGEST_TEXT + 1)),
        CellWrite("Form", "B4", " "),
        CellWrite("Form", "B5", 1),
    ) == [
        "sheet 'Form', cell A1: is locked on a protected sheet",
        "sheet 'Form', cell C1: holds a formula, which must stay",
        "sheet 'Form', cell E1: lies inside a merged range; write its first cell, D1",
        "sheet 'Nowhere', cell A1: the template has no sheet 'Nowhere'",
        "sheet 'Form', cell B1: nan is not a number that Excel can hold",
        "sheet 'Form', cell B2: the text has control characters; remove them",
        "sheet 'Form', cell B3: the text has 32768 characters; a cell holds 32767",
        "sheet 'Form', cell B4: the text is blank; leave the cell out",
    ]


@pytest.mark.parametrize("content", [b"", b"<html></html>", b"PK\x03\x04 cut off"])
def test_what_is_no_workbook_is_refused_with_what_to_do(content: bytes) -> None:
    with pytest.raises(NhsbnError, match="cannot be read as an Excel workbook"):
        read_grid(content)


def test_the_same_cells_give_the_same_bytes() -> None:
    cells = [CellWrite("Form", "B1", 1.5), CellWrite("Form", "B2", "Yes")]
    assert SpliceWriter().fill(TEMPLATE, cells) == SpliceWriter().fill(TEMPLATE, cells)


values = st.one_of(
    st.floats(-LARGEST_NUMBER, LARGEST_NUMBER),
    st.text(st.characters(min_codepoint=32, max_codepoint=0xD7FF), min_size=1, max_size=40).filter(str.strip),
)


@given(st.lists(values, min_size=1, max_size=9))
@settings(max_examples=40, deadline=None)
def test_what_is_filled_reads_back(given_values: list[float | str]) -> None:
    cells = [CellWrite("Form", f"B{row}", value) for row, value in enumerate(given_values, 1)]
    form = filled(*cells)["Form"]
    for cell in cells:
        found = form[cell.address].value
        assert found == (cell.value if isinstance(cell.value, str) else pytest.approx(cell.value, rel=1e-15))


@pytest.mark.parametrize(
    ("rule", "number_format", "expected"),
    [
        ("", "", "anything"),
        ("", "General", "anything"),
        ("list", "0.0", "list"),
        ("whole", "#,##0", "whole number"),
        ("decimal", "0.0", "number"),
        ("decimal", "General", "number"),
        ("decimal", "0.0%", "percentage"),
        ("", "£#,##0;-£#,##0", "number"),
        ("", '0.0" days"', "number"),
        ("", "dd/mm/yyyy", "date"),
        ("", "[$-809]d mmmm yyyy", "date"),
        ("", "hh:mm", "time"),
        ("custom", "@", "text"),
        ("textLength", "0", "text"),
    ],
)
def test_what_a_cell_takes_follows_its_validation_and_else_its_format(
    rule: str, number_format: str, expected: str
) -> None:
    assert takes(rule, number_format) == expected
