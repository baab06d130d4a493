"""A returned tool: what is taken of it, and how each thing that does not fit is told."""

from __future__ import annotations

from typing import Any

import pytest

from nhsbn.errors import NhsbnError
from nhsbn.periods import Month
from nhsbn.tools.returned_cells import FoundMisfit, Misfit, typed_number
from nhsbn.tools.tool_reading import ReadTool
from nhsbn.tools.workbook_contents import WorkbookContents
from tests.small_tool import As, returned


def values(tool: ReadTool) -> dict[str, float | str | None]:
    return {cell.address: cell.value for cell in tool.values}


def only(tool: ReadTool) -> FoundMisfit:
    (misfit,) = tool.misfits
    return misfit


def test_what_is_typed_where_it_is_asked_is_taken() -> None:
    tool = returned({"C3": 12, "E3": 0, "F3": 3, "D7": -8.25, "C10": "Yes", "D10": "No", "L3": "RePortal"})
    assert tool.misfits == ()
    assert values(tool) == {"C3": 12.0, "E3": 0.0, "F3": 3.0, "D7": -8.25, "C10": "Yes", "D10": "No"}
    cell = next(one for one in tool.values if one.address == "F3")
    assert (cell.question, cell.item, cell.member, cell.month, cell.column, cell.locality) == (
        *("Q1", "Q1", "cyp", Month(2025, 4), 1),
        "rotherham",
    )
    assert tool.notes["Q1"].source == "RePortal"
    assert tool.notes["Q2"].source == ""


def test_nought_is_an_answer_and_a_blank_is_none() -> None:
    tool = returned({"C3": 0, "D3": " \u00a0 "})
    assert values(tool) == {"C3": 0.0}
    assert len(tool.blanks) == 6 + 3 + 2 - 1
    assert {"D3", "C7", "C10"} <= {cell.address for cell in tool.blanks}
    assert all(cell.value is None for cell in tool.blanks)


def test_who_submits_and_for_when_is_read() -> None:
    submission = returned().submission
    assert (submission.project, submission.edition, submission.ods_code) == ("small", "2025-26", "RXE")
    assert (str(submission.period), submission.locality) == ("2025-26-Q1", "rotherham")
    assert submission.details["month_1"] == "April 2025"
    trust = returned(about={"B3": "Trust", "B4": "Trust"})
    assert (trust.submission.locality, trust.misfits) == ("trust", ())


@pytest.mark.parametrize(
    ("cell", "typed", "kind", "would_be"),
    [
        ("C3", "n/a", Misfit.TEXT, None),
        ("C3", "#REF!", Misfit.TEXT, None),
        ("C3", True, Misfit.TEXT, None),
        ("C3", "12", Misfit.STORED_AS_TEXT, 12.0),
        ("C3", " 1,234 ", Misfit.STORED_AS_TEXT, 1234.0),
        ("C7", "85.5%", Misfit.STORED_AS_TEXT, 85.5),
        ("C3", "85%", Misfit.TEXT, None),
        ("C7", As(0.855, "0.0%"), Misfit.PERCENT, 85.5),
        ("C7", As(45_800, "d-mmm"), Misfit.DATE, None),
        ("C7", As(0.5, "hh:mm"), Misfit.DATE, None),
        ("C3", 12.5, Misfit.RULE, None),
        ("C3", -1, Misfit.RULE, None),
        ("C7", 100.5, Misfit.RULE, None),
        ("C10", "Maybe", Misfit.LIST, None),
        ("C10", "yes ", Misfit.LIST, "Yes"),
        ("C10", 1, Misfit.LIST, None),
        ("C3", As(15, formula="=12+3"), Misfit.FORMULA, None),
    ],
)
def test_an_answer_that_does_not_fit_is_told_and_not_taken(
    cell: str, typed: Any, kind: Misfit, would_be: float | str | None
) -> None:
    tool = returned({cell: typed, "D3": 7})
    misfit = only(tool)
    assert (misfit.kind, misfit.sheet, misfit.address, misfit.would_be) == (kind, "Access", cell, would_be)
    assert misfit.cell is not None
    assert misfit.cell.question == misfit.question
    assert misfit.why
    assert values(tool) == {"D3": 7.0}
    assert cell not in {one.address for one in tool.blanks}


def test_a_formulas_result_is_offered_when_it_was_worked_out() -> None:
    tool = returned({"C3": As(15, formula="=12+3")}, is_stale=False)
    assert (only(tool).kind, only(tool).would_be) == (Misfit.FORMULA, 15.0)


def test_a_number_is_read_as_it_is_written() -> None:
    written = {"C7": 0.3, "D7": 5e-324, "E7": -99.99999999999999}
    assert values(returned(written)) == written


@pytest.mark.parametrize(
    ("about", "kind", "label"),
    [
        ({"B5": "2024-25-Q4"}, Misfit.PERIOD, "Reporting period"),
        ({"B5": "April"}, Misfit.PERIOD, "Reporting period"),
        ({"B5": ""}, Misfit.PERIOD, "Reporting period"),
        ({"B4": "Leeds"}, Misfit.LOCALITY, "Locality"),
        ({"B4": ""}, Misfit.LOCALITY, "Locality"),
        ({"B2": "RXX"}, Misfit.DETAIL, "ODS code"),
        ({"B3": "Trust"}, Misfit.DETAIL, "Submission level"),
        ({"B3": "Ward"}, Misfit.LIST, "Submission level"),
        ({"B6": "May 2025"}, Misfit.DETAIL, "Month 1"),
    ],
)
def test_a_submission_that_does_not_fit_is_told(about: dict[str, str], kind: Misfit, label: str) -> None:
    tool = returned({"C3": 5}, about)
    assert (only(tool).kind, only(tool).question, only(tool).found) == (kind, label, next(iter(about.values())))
    assert tool.is_dated == (kind not in (Misfit.PERIOD, Misfit.LOCALITY))
    (cell,) = tool.values
    assert (cell.value, cell.column) == (5.0, 1), "it is kept, though it may not be known whose or when"
    assert (cell.month is None) == (kind is Misfit.PERIOD)
    assert (cell.locality is None) == (kind is Misfit.LOCALITY)


def test_a_changed_question_is_told_and_its_answer_kept() -> None:
    tool = returned({"B7": "Share of something else", "C7": 50})
    misfit = only(tool)
    assert (misfit.kind, misfit.address, misfit.question) == (Misfit.REWORDED, "B7", "Q2")
    assert misfit.found == "Share of something else"
    assert misfit.why == "the template says 'Share, as defined in 2025-26'"
    assert values(tool) == {"C7": 50.0}


def test_spacing_and_case_are_no_change() -> None:
    assert returned({"B7": "SHARE,  as defined\nin 2025-26 "}).misfits == ()


@pytest.mark.parametrize("heading", ["C1", "C2"])
def test_under_a_changed_heading_nothing_is_taken(heading: str) -> None:
    tool = returned({heading: "Older adult", "C3": 12, "F3": 3})
    assert {(one.kind, one.address) for one in tool.misfits} == {(Misfit.REWORDED, heading), (Misfit.MOVED, "C3")}
    assert values(tool) == {"F3": 3.0}
    assert next(one.found for one in tool.misfits if one.address == "C3") == "12"


def test_in_a_moved_row_nothing_is_taken_and_everything_told() -> None:
    tool = returned({"C4": 12, "L4": "RePortal", "C7": 50}, row=1)
    told = {one.address: one for one in tool.misfits}
    assert values(tool) == {"C7": 50.0}
    assert told["A3"].kind is Misfit.REWORDED
    assert told["A3"].why == "the template says 'Q1', which now stands in A4"
    assert (told["C4"].kind, told["C4"].found) == (Misfit.UNBOUND, "12")
    assert told["L4"].found == "RePortal"
    assert not {cell.question for cell in tool.blanks} & {"Q1"}, "it is not there to be blank"


def test_what_no_question_asks_for_is_told() -> None:
    tool = returned({"P20": "ask Ann", "Q3": 4, "P21": As(9, formula="=4+5")})
    assert {(one.kind, one.address, one.found) for one in tool.misfits} == {
        (Misfit.UNBOUND, "P20", "ask Ann"),
        (Misfit.UNBOUND, "Q3", "4"),
        (Misfit.UNBOUND, "P21", "a formula"),
    }
    assert {one.address: one.question for one in tool.misfits}["Q3"] == "Q1"


def test_a_cell_far_away_costs_nothing_but_a_line() -> None:
    assert only(returned({"XFD1048576": 1})).address == "XFD1048576"


def test_an_overwritten_total_is_told() -> None:
    misfit = only(returned({"I3": 99}))
    assert (misfit.kind, misfit.address, misfit.found) == (Misfit.OVERWRITTEN, "I3", "99")


def test_an_added_sheet_is_told() -> None:
    misfit = only(returned(extra_sheet="Notes"))
    assert (misfit.kind, misfit.where) == (Misfit.SHEET, "sheet 'Notes'")
    assert "its filled cells (1) are not read" in misfit.why


def test_the_tool_of_another_edition_is_told_and_nothing_of_it_taken() -> None:
    tool = returned({"C3": 12, "B10": "Provided, as defined in 2024-25"}, edition="2024-25")
    assert tool.misfits[0].kind is Misfit.EDITION
    assert "nhsbn tool read small 2024-25" in tool.misfits[0].why
    assert tool.values == ()
    assert tool.blanks == ()
    assert not tool.is_dated
    assert ("C3", "12") in {(one.address, one.found) for one in tool.misfits}


@pytest.mark.parametrize(
    ("text", "unit", "number"),
    [
        ("12", "count", 12),
        ("-0.5", "percent", -0.5),
        ("\u22123", "days", -3),
        (".5", "rate", 0.5),
        ("1e3", "rate", 1000),
        ("£1,234.50", "pounds", 1234.5),
        ("(12)", "pounds", -12),
        ("-£12", "pounds", -12),
        ("85 %", "percent", 85),
        ("85%", "rate", None),
        ("1,23", "count", None),
        ("1,234,5", "count", None),
        ("(12", "count", None),
        ("(-12)", "count", None),
        ("12 beds", "count", None),
        ("nan", "rate", None),
        ("inf", "rate", None),
        ("1_000", "count", None),
        ("\u0661\u0662", "count", None),
        (".", "rate", None),
        ("", "rate", None),
    ],
)
def test_a_typed_text_is_a_number_only_when_it_is_sure(text: str, unit: str, number: float | None) -> None:
    assert typed_number(text, unit) == number


def test_what_is_no_workbook_is_refused_in_words() -> None:
    with pytest.raises(NhsbnError, match="open the workbook in Excel and save it anew"):
        WorkbookContents.read(b"period,value\n")
