from __future__ import annotations

import io
from datetime import date, datetime, time

import pytest
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from nhsbn.errors import NhsbnError, ProblemsError
from nhsbn.xlsx.fill import fill
from nhsbn.xlsx.package import read_package
from nhsbn.xlsx.strings import LONGEST_TEXT
from nhsbn.xlsx.values import Entry, Value
from nhsbn.xlsx.verify import prove, verify
from tests.xlsx_samples import ONE_SHEET, changed, form, part, plain, rewritten, with_sheet


def refusals(template: bytes, *cells: Entry) -> list[str]:
    with pytest.raises(ProblemsError) as raised:
        fill(template, cells)
    return [str(problem) for problem in raised.value.problems]


def said_of(address: str, value: Value, sheet: str = "Form") -> str:
    """Why a cell of the form refuses a value, or what it warns of; empty when neither."""
    try:
        filled = fill(form(), [Entry(sheet, address, value)])
    except ProblemsError as error:
        (problem,) = error.problems
        return f"refused: {problem.message}"
    return "".join(f"warned: {warning.message}" for warning in filled.warnings)


def test_only_the_cells_asked_for_change() -> None:
    cells = [Entry("Form", "B4", 12), Entry("Form", "B18", "free text"), Entry("Form", "B40", 0.5)]
    filled = fill(form(), cells).data
    comparison = verify(form(), filled)
    assert comparison.harm == ()
    assert comparison.filled == {("Form", (4, 2)): 12, ("Form", (18, 2)): "free text", ("Form", (40, 2)): 0.5}
    before, after = read_package(form()), read_package(filled)
    touched = {name for name in map(str, before.names) if before.part(name) != after.part(name)}
    assert touched == {"xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml", "xl/sharedstrings.xml"}


def test_untouched_members_keep_their_compressed_bytes_order_and_attributes() -> None:
    before, after = read_package(form()), read_package(fill(form(), [Entry("Form", "B4", 1)]).data)
    assert [one.attributes for one in before.members] == [one.attributes for one in after.members]
    drawing = [one for one in before.members if "drawing" in one.name or "chart" in one.name]
    assert len(drawing) >= 3
    for member in drawing:
        assert after.packed(after.names[member.name.lower()]) == before.packed(member)


def test_every_kind_of_value_reads_back_by_two_readers() -> None:
    values: dict[str, Value] = {
        "B4": 7,
        "B5": 0.1 + 0.2,
        "B6": date(2025, 6, 30),
        "B7": time(9, 30),
        "B8": "yes",
        "B11": datetime(2025, 4, 1, 18, 0),
        "B12": True,
        "B14": "=1+1",
        "B17": " two  spaces\nand a line_x000D_ ",
        "B18": "<&>\"' é 😀",
    }
    filled = fill(form(), [Entry("Form", address, value) for address, value in values.items()]).data
    sheet = load_workbook(io.BytesIO(filled))["Form"]
    rows = CalamineWorkbook.from_filelike(io.BytesIO(filled)).get_sheet_by_name("Form").to_python()
    for address, value in values.items():
        row = sheet[address].row - 1
        if address in ("B6", "B7", "B11"):
            continue
        assert rows[row][1] == value
        if address != "B17":  # openpyxl leaves escapes as they are
            assert sheet[address].value == value
    assert sheet["B14"].data_type == "s"
    assert sheet["B6"].value == 45838
    assert sheet["B7"].value == 0.3958333333333333
    assert sheet["B11"].value == datetime(2025, 4, 1, 18, 0)


def test_days_follow_the_workbooks_own_calendar() -> None:
    of_1904 = changed(plain(), "xl/workbook.xml", ("<workbookPr ", '<workbookPr date1904="1" '))
    day = Entry("Form", "B1", date(2025, 4, 1))
    assert "<v>45748</v>" in part(fill(plain(), [day]).data, ONE_SHEET)
    assert "<v>44286</v>" in part(fill(of_1904, [day]).data, ONE_SHEET)
    assert "<v>59</v>" in part(fill(plain(), [Entry("Form", "B1", date(1900, 2, 28))]).data, ONE_SHEET)
    assert "<v>61</v>" in part(fill(plain(), [Entry("Form", "B1", date(1900, 3, 1))]).data, ONE_SHEET)
    assert "is before 1904-01-01" in refusals(of_1904, Entry("Form", "B1", date(1903, 12, 31)))[0]


def test_a_blank_empties_a_cell_and_keeps_its_style() -> None:
    assert load_workbook(io.BytesIO(fill(plain(), [Entry("Form", "A1", None)]).data))["Form"]["A1"].value is None
    filled = fill(form(), [Entry("Form", "B5", 3)]).data
    emptied = fill(filled, [Entry("Form", "B5", None)]).data
    cleared = part(form(), ONE_SHEET).replace("<f>SUM(B1:B9)</f><v>7</v>", "<f>SUM(B1:B9)</f>")
    assert part(emptied, ONE_SHEET) == cleared


def test_results_that_depend_on_filled_cells_are_cleared_and_others_stay() -> None:
    book = load_workbook(io.BytesIO(fill(form(), [Entry("Form", "B4", 12)]).data), data_only=True)
    assert [book["Sums & more"][cell].value for cell in ("A1", "A2", "A3")] == [None, None, "empty"]
    assert [book["Form"][cell].value for cell in ("C1", "D1", "D2", "D3")] == [None, 14, 0, 0]
    assert book["Apart"]["A1"].value == 2
    book = load_workbook(io.BytesIO(fill(form(), [Entry("Form", "B2", "Yes")]).data), data_only=True)
    assert [book["Sums & more"][cell].value for cell in ("A1", "A2", "A3")] == [99, 198, "empty"]
    assert [book["Form"][cell].value for cell in ("C1", "D1", "D2", "D3")] == [None] * 4
    formulas = load_workbook(io.BytesIO(fill(form(), [Entry("Form", "B4", 12)]).data))["Sums & more"]
    assert formulas["A2"].value == "=A1*2"


@pytest.mark.parametrize(
    "formula", ["OFFSET(Apart!A1,1,1)", "INDIRECT(&quot;Form!B4&quot;)", "Units[Beds]", "Nameless"]
)
def test_a_result_that_may_depend_on_anything_is_cleared(formula: str) -> None:
    template = changed(form(), "xl/worksheets/sheet3.xml", ("<f>1+1</f>", f"<f>{formula}</f>"))
    filled = fill(template, [Entry("Form", "B4", 12)]).data
    assert load_workbook(io.BytesIO(filled), data_only=True)["Apart"]["A1"].value is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('<calcPr calcId="124519" fullCalcOnLoad="1"/>', '<calcPr calcId="124519" fullCalcOnLoad="1"/>'),
        ('<calcPr calcId="1"/>', '<calcPr calcId="1" fullCalcOnLoad="1"/>'),
        ("<calcPr fullCalcOnLoad='0' calcId='1' />", "<calcPr fullCalcOnLoad='1' calcId='1' />"),
        ("", '<calcPr fullCalcOnLoad="1"/>'),
    ],
)
def test_excel_is_asked_to_recalculate(before: str, after: str) -> None:
    whole = '<calcPr calcId="124519" fullCalcOnLoad="1"/>'
    template = changed(plain(), "xl/workbook.xml", (whole, before))
    filled = fill(template, [Entry("Form", "B1", 1)]).data
    assert part(filled, "xl/workbook.xml") == part(plain(), "xl/workbook.xml").replace(whole, after)
    assert verify(template, filled).harm == ()


@pytest.mark.parametrize(
    ("address", "value", "said"),
    [
        ("C1", 1, "refused: holds a formula, which must stay"),
        ("D1", 1, "refused: holds a formula, which must stay"),
        ("D2", 1, "refused: is filled by an array formula, which must stay"),
        ("C15", 1, "refused: lies inside a merged range; write its first cell, B15"),
        ("C16", 1, "refused: lies inside a merged range; write its first cell, B15"),
        ("B15", 1, ""),
        ("E1", 1, "refused: is locked on a protected sheet"),
        ("E9", 1, "refused: is locked on a protected sheet"),
        ("E31", 1, ""),
        ("B13", 1, "warned: lies in a hidden row or column, where nobody sees it"),
        ("B18", float("nan"), "refused: nan is not a number that Excel can hold"),
        ("B18", float("-inf"), "refused: -inf is not a number that Excel can hold"),
        ("B18", "a\x01b", "refused: the text has control characters; remove them"),
        (
            "B18",
            "x" * (LONGEST_TEXT + 1),
            f"refused: the text has {LONGEST_TEXT + 1} characters; a cell holds 32767",
        ),
        ("B18", "x" * LONGEST_TEXT, ""),
        ("B18", "\ud800", "refused: the text has control characters; remove them"),
        ("B18", "", "refused: the text is blank; leave the cell out"),
        ("XFE1", 1, "refused: is no cell address; write it as B7"),
        ("B0", 1, "refused: is no cell address; write it as B7"),
    ],
)
def test_a_cell_that_is_no_answer_or_a_value_that_no_cell_holds(address: str, value: Value, said: str) -> None:
    assert said_of(address, value) == said


@pytest.mark.parametrize(
    ("address", "value", "said"),
    [
        ("B1", "Amber", ""),
        ("B1", "amber", "refused: 'amber' is not in its list: Red, Amber, Green"),
        ("B1", None, ""),
        ("B2", "no", ""),
        ("B2", "Perhaps", "refused: 'Perhaps' is not in its list: Yes, No, Not sure"),
        ("B3", "Not sure", ""),
        ("B3", 1, "refused: '1' is not in its list: Yes, No, Not sure"),
        ("B4", 100, ""),
        ("B4", 101, "refused: 101 is not between 0 and 100 (a whole number)"),
        ("B4", 1.5, "refused: its validation asks for a whole number, not 1.5"),
        ("B4", "5", "refused: its validation asks for a whole number, not '5'"),
        ("B5", 0.0, ""),
        ("B5", -0.1, "refused: -0.1 is not at least 0 (a number)"),
        ("B6", date(2025, 4, 1), ""),
        ("B6", date(2025, 3, 31), "refused: 2025-03-31 is not at least 45748 (a date)"),
        ("B7", time(11, 59), ""),
        ("B7", time(12), "refused: 12:00:00 is not less than 0.5 (a time)"),
        ("B8", "five!", ""),
        ("B8", "six...", "refused: six... is not at most 5 (a length)"),
        ("B9", 1, ""),
        ("B9", "one", "refused: its validation asks that ISNUMBER(B9)"),
        ("B10", 0, "warned: 0 is not greater than 0 (a whole number), but its validation only warns"),
        ("B20", "No", ""),
        ("B20", "Not sure", "refused: 'Not sure' is not in its list: Yes, No"),
    ],
)
def test_a_value_is_held_to_its_cells_validation(address: str, value: Value, said: str) -> None:
    assert said_of(address, value) == said


def test_an_extended_validation_holds_too() -> None:
    rule = (
        '<extLst><ext xmlns:x14="urn:x14" uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}"><x14:dataValidations '
        'xmlns:xm="urn:xm" count="1"><x14:dataValidation type="list" allowBlank="1" showErrorMessage="1">'
        "<x14:formula1><xm:f>Lists!$A$1:$A$2</xm:f></x14:formula1><xm:sqref>B18:B19</xm:sqref></x14:dataValidation>"
        "</x14:dataValidations></ext></extLst></worksheet>"
    )
    template = changed(form(), ONE_SHEET, ("</worksheet>", rule))
    assert refusals(template, Entry("Form", "B19", "Not sure")) == [
        "sheet 'Form', cell B19: 'Not sure' is not in its list: Yes, No"
    ]
    assert fill(template, [Entry("Form", "B18", "Yes")]).warnings == ()


def test_hidden_sheets_charts_and_sheets_that_are_not_there_are_refused() -> None:
    assert said_of("A1", 1, "Lists") == "refused: the sheet is hidden; its cells are the sender's"
    assert said_of("A1", 1, "form") == "refused: the template has no sheet 'form'"
    very = changed(form(), "xl/workbook.xml", ('state="hidden"', 'state="veryHidden"'))
    assert "very hidden" in refusals(very, Entry("Lists", "A1", 1))[0]


def test_table_headings_and_totals_are_refused() -> None:
    sheet = "Sums & more"
    assert said_of("C1", "Ward", sheet).startswith("refused: is a heading of table 'Units'")
    assert said_of("D3", 1, sheet) == "refused: belongs to the totals of table 'Units'"
    assert said_of("C2", "Ward 1", sheet) == ""


def test_a_range_open_to_all_may_be_written_on_a_protected_sheet_and_one_with_a_password_not() -> None:
    end = "</sheetData>"
    ranges = '<protectedRanges><protectedRange sqref="E9"{} name="a"/></protectedRanges>'
    kept = part(form(), ONE_SHEET)
    at = kept.index("<sheetProtection")
    protection = kept[at : kept.index("/>", at) + 2]
    open_to_all = changed(form(), ONE_SHEET, (protection, protection + ranges.format("")))
    assert fill(open_to_all, [Entry("Form", "E9", 1)]).warnings == ()
    closed = changed(form(), ONE_SHEET, (protection, protection + ranges.format(' password="CC1A"')))
    assert "is locked" in refusals(closed, Entry("Form", "E9", 1))[0]
    assert end in kept


def test_all_refusals_come_at_once_in_the_order_asked() -> None:
    told = refusals(
        form(), Entry("Form", "C1", 1), Entry("No", "A1", 1), Entry("Form", "B5", 1), Entry("Form", "$B$5", 2)
    )
    assert [one.partition(":")[0] for one in told] == [
        "sheet 'Form', cell C1",
        "sheet 'No', cell A1",
        "sheet 'Form', cell $B$5",
    ]


def test_nothing_asked_changes_nothing_and_the_same_gives_the_same() -> None:
    assert fill(form(), []).data == form()
    cells = [Entry("Form", "B5", 1.5), Entry("Form", "B18", "text")]
    assert fill(form(), cells).data == fill(form(), list(reversed(cells))).data


def test_shared_strings_are_added_at_the_end_and_those_there_stay_a_prefix() -> None:
    before = part(form(), "xl/sharedStrings.xml")
    after = part(
        fill(form(), [Entry("Form", "B18", "new"), Entry("Form", "B19", "new")]).data, "xl/sharedStrings.xml"
    )
    assert after == before.replace("</sst>", "<si><t>new</t></si></sst>")


def test_without_shared_strings_a_text_stands_in_its_cell() -> None:
    template = with_sheet("<sheetData/>")
    bare = changed(template, "xl/_rels/workbook.xml.rels", ("sharedStrings.xml", "nothing.xml"))
    filled = fill(bare, [Entry("Form", "B2", " x ")]).data
    inside = '<is><t xml:space="preserve"> x </t></is>'
    assert f'<row r="2"><c r="B2" t="inlineStr">{inside}</c></row>' in part(filled, ONE_SHEET)
    assert CalamineWorkbook.from_filelike(io.BytesIO(filled)).get_sheet_by_name("Form").to_python() == [[" x "]]


def test_macros_under_another_name_must_be_said_too() -> None:
    kind = "http://schemas.microsoft.com/office/2006/relationships/vbaProject"
    leads = f'<Relationship Id="rIdM" Type="{kind}" Target="other.bin"/></Relationships>'
    macros = changed(plain(), "xl/_rels/workbook.xml.rels", ("</Relationships>", leads))
    with pytest.raises(NhsbnError, match="holds macros but does not say so"):
        fill(macros, [Entry("Form", "A1", "x")])


def test_a_workbook_with_macros_must_say_so_and_keeps_them() -> None:
    macros = rewritten(plain(), {}, **{"xl/vbaProject.bin": b"\0macro"})
    with pytest.raises(NhsbnError, match=r"ask for it as \.xlsm"):
        fill(macros, [Entry("Form", "A1", "x")])
    types = "[Content_Types].xml"
    main = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    honest = changed(macros, types, (main, "application/vnd.ms-excel.sheet.macroEnabled.main+xml"))
    assert read_package(fill(honest, [Entry("Form", "A1", "x")]).data).part("xl/vbaProject.bin") == b"\0macro"


def test_a_cell_that_already_holds_the_value_puts_nothing_out_of_date() -> None:
    once = fill(form(), [Entry("Form", "B4", 12)]).data
    refreshed = changed(once, "xl/worksheets/sheet2.xml", ("<f>Form!B4+1</f>", "<f>Form!B4+1</f><v>13</v>"))
    again = fill(refreshed, [Entry("Form", "B4", 12), Entry("Form", "B60", None)])
    assert again.data == refreshed
    assert again.stale == ()
    assert prove(refreshed, again.data, [Entry("Form", "B4", 12)]).harm == ()


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "\t=1", "'=1"])
def test_a_text_stays_a_text_however_it_begins(text: str) -> None:
    for template in (form(), changed(form(), "xl/_rels/workbook.xml.rels", ("sharedStrings.xml", "none.xml"))):
        filled = fill(template, [Entry("Form", "B18", text)]).data
        cell = load_workbook(io.BytesIO(filled))["Form"]["B18"]
        assert (cell.value, cell.data_type) == (text, "s")
        assert "<f>" not in part(filled, ONE_SHEET).partition('<c r="B18"')[2].partition("</c>")[0]


@pytest.mark.parametrize(
    "held",
    [
        '<c r="A1" t="inlineStr"><is><t>old</t></is></c>',
        '<c r="A1" t="inlineStr"><is><r><rPr><b/></rPr><t>o</t></r><r><t>ld</t></r></is></c>',
        '<c r="A1" t="str"><v>old</v></c>',
        '<c r="A1" t="e"><v>#N/A</v></c>',
        '<c r="A1" t="d"><v>2025-04-01T00:00:00Z</v></c>',
        '<c r="A1" t="b"><v>1</v></c>',
        '<c r="A1"><v>1.5</v><extLst><ext uri="x"/></extLst></c>',
    ],
)
def test_whatever_a_cell_held_gives_way(held: str) -> None:
    template = with_sheet(f'<sheetData><row r="1">{held}<c r="B1"/></row></sheetData>')
    filled = fill(template, [Entry("Form", "A1", 9)]).data
    assert '<row r="1"><c r="A1"><v>9</v></c><c r="B1"/></row>' in part(filled, ONE_SHEET)
    assert prove(template, filled, [Entry("Form", "A1", 9)]).harm == ()


def test_rich_shared_texts_are_kept_and_read() -> None:
    rich = '<si><r><rPr><b/></rPr><t>Yes</t></r><r><t xml:space="preserve"> please</t></r></si>'
    template = changed(form(), "xl/sharedStrings.xml", ("<si><t>Yes</t></si>", rich))
    filled = fill(template, [Entry("Form", "B2", "yes PLEASE")]).data
    assert rich in part(filled, "xl/sharedStrings.xml")
    assert "'Yes' is not in its list: Yes please, No" in refusals(template, Entry("Form", "B2", "Yes"))[0]


def test_members_of_a_spill_are_refused_and_cleared() -> None:
    spill = '<c r="B1" cm="1"><f t="array" ref="B1:B2">A1:A2*2</f><v>2</v></c>'
    rows = (
        f'<sheetData><row r="1"><c r="A1"><v>1</v></c>{spill}</row>'
        '<row r="2"><c r="A2"><v>2</v></c><c r="B2"><v>4</v></c></row></sheetData>'
    )
    template = with_sheet(rows)
    assert "is filled by an array formula" in refusals(template, Entry("Form", "B2", 9))[0]
    filled = fill(template, [Entry("Form", "A2", 9)]).data
    assert '<c r="B1" cm="1"><f t="array" ref="B1:B2">A1:A2*2</f></c>' in part(filled, ONE_SHEET)
    assert '<c r="B2"/>' in part(filled, ONE_SHEET)
    assert verify(template, filled).harm == ()


def test_a_hidden_column_is_warned_of() -> None:
    columns = '<cols><col min="2" max="3" hidden="1"/></cols>'
    filled = fill(with_sheet("<sheetData/>", columns), [Entry("Form", "C2", 1), Entry("Form", "D2", 1)])
    assert [str(one) for one in filled.warnings] == [
        "sheet 'Form', cell C2: lies in a hidden row or column, where nobody sees it"
    ]


def test_a_template_to_excel_keeps_the_ending_without_which_it_is_not_opened() -> None:
    template = changed(plain(), "[Content_Types].xml", ("sheet.main+xml", "template.main+xml"))
    assert fill(template, [Entry("Form", "A1", "x")]).ending == ".xltx"
    assert fill(plain(), [Entry("Form", "A1", "x")]).ending == ".xlsx"


def test_the_macros_of_an_honest_workbook_are_the_same_bytes_at_the_same_place() -> None:
    types = "[Content_Types].xml"
    main = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    macros = rewritten(plain(), {}, **{"xl/vbaProject.bin": b"\0macro" * 99})
    template = changed(macros, types, (main, "application/vnd.ms-excel.sheet.macroEnabled.main+xml"))
    filled = fill(template, [Entry("Form", "A1", "x")])
    assert filled.ending == ".xlsm"
    before, after = (read_package(one).names["xl/vbaproject.bin"] for one in (template, filled.data))
    assert read_package(template).packed(before) == read_package(filled.data).packed(after)
    assert before.attributes == after.attributes
