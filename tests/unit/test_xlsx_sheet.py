from __future__ import annotations

import io

import pytest
from openpyxl import load_workbook

from nhsbn.errors import NhsbnError
from nhsbn.xlsx.fill import fill
from nhsbn.xlsx.values import Entry
from nhsbn.xlsx.verify import verify
from tests.xlsx_samples import ONE_SHEET, part, rewritten, with_sheet


def rows_of(template: bytes, *addresses: str) -> str:
    """The sheet's part after the addressed cells were filled with 9, once it is proved and read back."""
    filled = fill(template, [Entry("Form", address, 9) for address in addresses]).data
    comparison = verify(template, filled)
    assert comparison.harm == ()
    assert len(comparison.filled) == len(addresses)
    sheet = load_workbook(io.BytesIO(filled))["Form"]
    assert [sheet[address].value for address in addresses] == [9] * len(addresses)
    return part(filled, ONE_SHEET)


@pytest.mark.parametrize(
    ("rows", "address", "after"),
    [
        ("<sheetData/>", "B2", '<sheetData><row r="2"><c r="B2"><v>9</v></c></row></sheetData>'),
        ("<sheetData></sheetData>", "B2", '<sheetData><row r="2"><c r="B2"><v>9</v></c></row></sheetData>'),
        (
            '<sheetData><row r="2" ht="15"/></sheetData>',
            "B2",
            '<sheetData><row r="2" ht="15"><c r="B2"><v>9</v></c></row></sheetData>',
        ),
        (
            '<sheetData><row r="2"><c r="A2"/><c r="C2"/></row></sheetData>',
            "B2",
            '<sheetData><row r="2"><c r="A2"/><c r="B2"><v>9</v></c><c r="C2"/></row></sheetData>',
        ),
        (
            '<sheetData><row r="1"/><row r="3"/></sheetData>',
            "B2",
            '<sheetData><row r="1"/><row r="2"><c r="B2"><v>9</v></c></row><row r="3"/></sheetData>',
        ),
        (
            '<sheetData><row r="2" spans="3:4"><c r="C2"/></row></sheetData>',
            "B2",
            '<sheetData><row r="2" spans="2:4"><c r="B2"><v>9</v></c><c r="C2"/></row></sheetData>',
        ),
        (
            "<sheetData><row r='2' s='3' customFormat='1'></row></sheetData>",
            "B2",
            "<sheetData><row r='2' s='3' customFormat='1'><c r=\"B2\" s=\"3\"><v>9</v></c></row></sheetData>",
        ),
        (
            '<sheetData><row r="2"><c t="str" s = "4" r="B2"><v>old</v></c></row></sheetData>',
            "B2",
            '<sheetData><row r="2"><c s = "4" r="B2"><v>9</v></c></row></sheetData>',
        ),
        (
            "<sheetData><row><c><v>1</v></c><c><v>2</v></c></row></sheetData>",
            "B1",
            "<sheetData><row><c><v>1</v></c><c><v>9</v></c></row></sheetData>",
        ),
        (
            '<sheetData><row r="2"><!-- <c r="B2"/> --><c r="B2" cm="1" vm="2"/></row></sheetData>',
            "B2",
            '<sheetData><row r="2"><!-- <c r="B2"/> --><c r="B2"><v>9</v></c></row></sheetData>',
        ),
    ],
)
def test_a_cell_is_put_in_its_place(rows: str, address: str, after: str) -> None:
    assert after in rows_of(with_sheet(rows), address)


def test_a_cell_of_a_long_row_is_not_mistaken_for_one_whose_attributes_speak_of_it() -> None:
    long = f'<c r="C2" t="inlineStr"><is><t>{"x" * 5000}</t></is></c>'
    given = f"""<sheetData><row r="2"><c r="A2" note=' r="B2"'><v>1</v></c>{long}</row></sheetData>"""
    after = """<c r="A2" note=' r="B2"'><v>1</v></c><c r="B2"><v>9</v></c><c r="C2" """
    assert after in rows_of(with_sheet(given), "B2")


def test_an_absent_cell_takes_its_columns_style() -> None:
    columns = '<cols><col min="2" max="3" style="2"/></cols>'
    assert '<c r="C7" s="2"><v>9</v></c>' in rows_of(with_sheet("<sheetData/>", columns), "C7")


@pytest.mark.parametrize(
    ("before", "after"), [("A1", "A1:D9"), ("B2:C5", "B2:D9"), ("A1:F20", "A1:F20"), ("D10:D11", "D9:D11")]
)
def test_the_dimension_is_widened(before: str, after: str) -> None:
    template = with_sheet("<sheetData/>", f"<dimension ref='{before}'/>")
    assert f"<dimension ref='{after}'/>" in rows_of(template, "D9")


def test_many_cells_go_into_gaps_in_order() -> None:
    rows = '<sheetData><row r="5"><c r="E5"><v>1</v></c></row></sheetData>'
    text = rows_of(with_sheet(rows), "G5", "A1", "F5", "C9", "A5", "B1", "A9")
    wanted = ["A1", "B1", "A5", "E5", "F5", "G5", "A9", "C9"]
    assert [cell[:2] for cell in text.split('<c r="')[1:]] == wanted


def test_prefixed_names_are_kept() -> None:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    sheet = (
        f'<?xml version="1.0"?>\n<x:worksheet xmlns:x="{space}"><x:sheetData><x:row r="1"><x:c r="A1"/></x:row>'
        "</x:sheetData></x:worksheet>"
    )
    template = rewritten(with_sheet("<sheetData/>"), {ONE_SHEET: lambda _: sheet.encode()})
    assert '<x:row r="1"><x:c r="A1"/><x:c r="B1"><x:v>9</x:v></x:c></x:row>' in rows_of(template, "B1")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ('<sheetData><row r="2"/><row r="1"/></sheetData>', "rows out of order"),
        ('<sheetData><row r="2"/><row r="2"/></sheetData>', "rows out of order"),
        ('<sheetData><row r="two"/></sheetData>', "rows out of order"),
        ('<sheetData><row r="4"><c r="C4"/><c r="A4"/></row></sheetData>', "A4 is out of order"),
        ('<sheetData><row r="4"><c r="A5"/></row></sheetData>', "A5 is out of order"),
        ('<sheetData><row r="4"><c/></row></sheetData>', "no address"),
        ("<sheetData><row/></sheetData>", "no number"),
        ("<sheetDate/>", "has no sheetData"),
    ],
)
def test_a_sheet_that_cannot_be_filled_without_guessing_is_refused(rows: str, said: str) -> None:
    with pytest.raises(NhsbnError, match=said):
        fill(with_sheet(rows), [Entry("Form", "B4", 9)])


def test_a_shared_formula_is_seen_and_its_followers_too() -> None:
    rows = (
        '<sheetData><row r="1"><c r="A1"><v>1</v></c>'
        '<c r="B1"><f t="shared" ref="B1:B2" si="0">A1*2</f><v>2</v></c></row>'
        '<row r="2"><c r="A2"><v>2</v></c><c r="B2" t="str"><f t="shared" si="0"/><v>4</v></c></row></sheetData>'
    )
    text = part(fill(with_sheet(rows), [Entry("Form", "A2", 9)]).data, ONE_SHEET)
    assert '<c r="B1"><f t="shared" ref="B1:B2" si="0">A1*2</f><v>2</v></c>' in text
    assert '<c r="B2"><f t="shared" si="0"/></c>' in text


def test_members_of_a_data_table_are_cleared_and_refused() -> None:
    rows = (
        '<sheetData><row r="1"><c r="B1"><f t="dataTable" ref="B1:B2" dt2D="0" r1="A1"/><v>2</v></c></row>'
        '<row r="2"><c r="A2"><v>2</v></c><c r="B2"><v>4</v></c></row></sheetData>'
    )
    template = with_sheet(rows)
    filled = fill(template, [Entry("Form", "A2", 9)]).data
    assert '<c r="B2"/>' in part(filled, ONE_SHEET)
    assert verify(template, filled).harm == ()
    with pytest.raises(NhsbnError, match="is filled by a data table"):
        fill(template, [Entry("Form", "B2", 9)])


@pytest.mark.parametrize("name", ["q:f", "q:v"])
def test_a_sheet_that_writes_its_elements_under_two_prefixes_is_refused(name: str) -> None:
    space = 'xmlns:q="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    rows = f'<sheetData {space}><row r="2"><c r="B2"><{name}>1</{name}></c></row></sheetData>'
    with pytest.raises(NhsbnError, match="writes its elements under two prefixes"):
        fill(with_sheet(rows), [Entry("Form", "B2", 1)])
    assert rows_of(with_sheet(f'<sheetData {space}><row r="2"><c r="B2"/></row></sheetData>'), "B2")
