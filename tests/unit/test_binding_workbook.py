from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from openpyxl import Workbook, load_workbook

from nhsbn.errors import NhsbnError, ProblemsError
from nhsbn.rebinding.decisions import DECISIONS, VERDICTS, Decision
from nhsbn.rebinding.proposal import Proposal, propose
from resources.binding_workbook import read_decisions, write_proposal
from tests.small_templates import Asked, Layout, changed, edition, tool

RECEIVED = Asked("Q1", "Referrals received", "Each referral once, by the day it was received")
BEDS = Asked("Q2", "Available beds", "Beds open at midnight", by_service=False)
LAST = {"Access": [RECEIVED], "Activity": [BEDS]}


def proposal(data: bytes = b"new") -> Proposal:
    sheets = {
        "Access": [changed(RECEIVED, text="Referrals taken in"), Asked("Q3", "Complaints upheld")],
        "Activity": [BEDS],
    }
    return propose(edition(LAST), "new.xlsx", data, tool(sheets, Layout(months=("April", "May")))[0])


def saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def filled(change: Callable[[Workbook], None], found: Proposal | None = None) -> bytes:
    book = load_workbook(io.BytesIO(write_proposal(found or proposal())), rich_text=True)
    change(book)
    return saved(book)


def refused(data: bytes, found: Proposal | None = None) -> list[str]:
    with pytest.raises(ProblemsError) as raised:
        read_decisions(data, "list.xlsx", found or proposal())
    return [str(problem) for problem in raised.value.problems]


def test_every_row_is_written_with_lists_to_choose_from_and_nothing_decided() -> None:
    book = load_workbook(io.BytesIO(write_proposal(proposal())))
    assert book.sheetnames == ["About", "Questions", "Headings"]
    sheet = book["Questions"]
    assert [cell.value for cell in sheet["A"]] == ["Id", "Q001", "Q002", "Q003"]
    assert [cell.value for cell in sheet["B"]] == ["Kind", "reworded", "new", "same"]
    assert {cell.value for cell in sheet["I"][1:]} == {None}
    assert sheet.freeze_panes == "F2"
    lists = {rule.formula1: str(rule.sqref) for rule in sheet.data_validations.dataValidation}
    assert lists == {f'"{",".join(DECISIONS)}"': "I2:I4", f'"{",".join(VERDICTS)}"': "K2:K4"}
    assert [cell.value for cell in book["Headings"]["D"][1:]] == ["months: 1", "months: 2"]
    assert {cell.number_format for cell in (*sheet["J"][1:], *book["Headings"]["I"][1:])} == {"@"}


def test_words_that_changed_are_marked_on_both_sides() -> None:
    sheet = load_workbook(io.BytesIO(write_proposal(proposal())), rich_text=True)["Questions"]
    before, after = sheet["F2"].value, sheet["G2"].value
    assert str(before) == "Referrals received\nEach referral once, by the day it was received"
    assert [block.text for block in before if block.font.strike] == ["received"]
    assert [block.text for block in after if block.font.b] == ["taken in"]


def test_what_is_filled_in_reads_back() -> None:
    def fill(book: Workbook) -> None:
        sheet = book["Questions"]
        for column, text in zip(
            "IJKLM", ("Bind to ", " Q2", "with caveat", "Fewer teams", "Access lead"), strict=True
        ):
            sheet[f"{column}2"] = text
        book["Headings"]["H2"] = "accept"

    decisions = read_decisions(filled(fill), "list.xlsx", proposal())
    assert decisions[0] == Decision(
        where="list.xlsx, sheet 'Questions', row 2",
        row="Q001",
        last_year="Q1 (Access)",
        this_year="Q1 (Access)",
        choice="bind to",
        bind_to="Q2",
        comparable="with caveat",
        reason="Fewer teams",
        decided_by="Access lead",
    )
    assert [(one.row, one.choice) for one in decisions[1:]] == [
        ("Q002", ""),
        ("Q003", ""),
        ("H001", "accept"),
        ("H002", ""),
    ]


def test_a_list_made_for_another_template_or_another_edition_is_refused() -> None:
    other = proposal(b"another")
    assert refused(write_proposal(other)) == [
        f"list.xlsx, sheet 'About': was made for the template with hash {other.template_hash[:16]}, not "
        f"{proposal().template_hash[:16]}; make the list anew with --workbook"
    ]
    text = edition(LAST).binding
    changed_since = propose(
        type(edition(LAST))(**{**edition(LAST).__dict__, "binding": text + "# a word more\n"}),
        "new.xlsx",
        b"new",
        proposal().grid,
    )
    assert "last year's edition as it then was" in refused(write_proposal(proposal()), changed_since)[0]


def test_sheets_and_columns_that_are_missing_are_named() -> None:
    def spoil(book: Workbook) -> None:
        del book["Headings"]

    assert refused(filled(spoil)) == ["list.xlsx: has no sheet 'Headings'; give the file that --workbook made"]

    def rename(book: Workbook) -> None:
        book["Questions"]["I1"] = "Verdict"

    assert refused(filled(rename)) == [
        "list.xlsx, sheet 'Questions', row 1: has no column Decision; make the list anew with --workbook"
    ]
    with pytest.raises(NhsbnError, match=r"list\.xlsx: the workbook cannot be read"):
        read_decisions(b"text", "list.xlsx", proposal())


def test_rows_may_be_sorted_and_blank_ones_left_between() -> None:
    def sort(book: Workbook) -> None:
        sheet = book["Questions"]
        sheet.insert_rows(2)
        sheet.move_range("A3:M3", rows=4)

    assert {one.row for one in read_decisions(filled(sort), "list.xlsx", proposal())} >= {"Q001", "Q002", "Q003"}


def test_a_senders_text_is_never_a_formula_and_odd_characters_do_no_harm() -> None:
    asked = [changed(RECEIVED, definition="=1+1"), Asked("=Q3", "= all\x07 beds", "-x")]
    found = propose(edition(LAST), "new.xlsx", b"new", tool({"Access": asked})[0])
    data = write_proposal(found)
    sheet = load_workbook(io.BytesIO(data))["Questions"]
    assert (sheet["E3"].value, sheet["E3"].data_type) == ("=Q3 (Access)", "s")
    assert (sheet["G3"].value, sheet["G3"].data_type) == ("= all beds\n-x", "s")
    assert [one.this_year for one in read_decisions(data, "list.xlsx", found)][1] == "=Q3 (Access)"
