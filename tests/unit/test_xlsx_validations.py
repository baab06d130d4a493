from __future__ import annotations

from datetime import date, time
from functools import cache

import pytest
import xlsxwriter

from nhsbn.errors import ProblemsError
from nhsbn.xlsx.fill import fill
from nhsbn.xlsx.values import Entry, Value
from tests.xlsx_samples import ONE_SHEET, changed, form, saved_workbook, with_sheet

UNTOLD = "was not evaluated; check the value"


@cache
def lists() -> bytes:
    """'Form' to fill; 'Lists' holds answers, counts and a column that ends before its range does."""

    def draw(book: xlsxwriter.Workbook) -> None:
        form, held = book.add_worksheet("Form"), book.add_worksheet("Lists")
        form.write("A1", "Colours")
        form.write("A2", "Not there")
        form.write("A3", 3)
        form.write_formula("A4", "=1+1", None, 2)
        form.write("A5", "light blue")
        held.write_column("A1", ("Answer", "Yes", "No", "Not sure"))
        held.write_column("B1", ("Red", "Amber", "Green"))
        held.write_column("C1", (10, 20, 30))
        book.define_name("Colours", "=Lists!$B$1:$B$3")
        book.define_name("light_blue", "=Lists!$C$1:$C$3")
        book.define_name("Growing", "=OFFSET(Lists!$A$2,0,0,COUNTA(Lists!$A:$A)-1,1)")
        book.define_name("Gappy", "=Lists!$A$1:$A$9")
        for level in range(6):
            book.define_name(f"Many_{level}", "=" + "+".join([f"Many_{level + 1}"] * 40))
        book.define_name("Many_6", "=1")

    return saved_workbook(draw)


def said_of(
    rule: str, value: Value, where: str = "B2", others: tuple[Entry, ...] = (), over: str = "B2:B9"
) -> str:
    """What is said of a value in a cell under a rule: refused, warned of, or nothing."""
    kind, _, formulas = rule.partition(": ")
    texts = "".join(
        f"<formula{number}>{text.replace('&', '&amp;').replace('<', '&lt;')}</formula{number}>"
        for number, text in enumerate(formulas.split(" | "), 1)
    )
    operator = ' operator="greaterThan"' if kind == "decimal" else ""
    markup = (
        f'<dataValidations count="1"><dataValidation type="{kind}"{operator} showErrorMessage="1" sqref="{over}">'
        f"{texts}</dataValidation></dataValidations>"
    )
    margins = "<pageMargins"
    template = changed(lists(), ONE_SHEET, (margins, markup + margins))
    try:
        filled = fill(template, [*others, Entry("Form", where, value)])
    except ProblemsError as error:
        return "refused: " + "; ".join(problem.message for problem in error.problems)
    return "".join(f"warned: {warning.message}" for warning in filled.warnings)


@pytest.mark.parametrize(
    ("formula", "value", "said"),
    [
        ("OFFSET(Lists!$A$2,0,0,COUNTA(Lists!$A:$A)-1,1)", "Not sure", ""),
        ("OFFSET(Lists!$A$2,0,0,COUNTA(Lists!$A:$A)-1)", "Answer", "refused"),
        ("=OFFSET(Lists!$A$1, 1, 0, COUNTA(Lists!$A$1:$A$50) - 1, 1)", "not SURE", ""),
        ("OFFSET(Lists!$A$1,0,1,3,1)", "Green", ""),
        ("OFFSET(Lists!$A$1,0,1,3,1)", "Yes", "refused"),
        ("OFFSET(Lists!$A$1:$A$3,0,2)", 30, ""),
        ("OFFSET(Lists!$A$1:$A$3,0,2)", "30", "refused"),
        ("Growing", "No", ""),
        ("Growing", "Answer", "refused"),
        ('INDIRECT("Colours")', "Red", ""),
        ('INDIRECT("Colours")', "Blue", "refused"),
        ("INDIRECT($A$1)", "Amber", ""),
        ("INDIRECT(A1)", "Blue", "refused"),
        ('INDIRECT(SUBSTITUTE($A$5," ","_"))', 20, ""),
        ('INDIRECT(SUBSTITUTE($A$5," ","_"))', 21, "refused"),
        ('INDIRECT("Lists!B"&1&":B2")', "Amber", ""),
        ('INDIRECT("Lists!$B$1:$B$2")', "Green", "refused"),
        ("IF($A$3>2,Colours,light_blue)", "Red", ""),
        ("IF($A$3>5,Colours,light_blue)", "Red", "refused"),
        ("INDIRECT($A$2)", "Red", "warned"),
        ("INDIRECT($A$9)", "Red", "warned"),
        ('INDIRECT("Growing")', "Yes", "warned"),
        ("OFFSET(Lists!$A$1,0,0,$A$4,1)", "Yes", "warned"),
        ("OFFSET(Lists!$A$1,0,0,0,1)", "Yes", "warned"),
        ("OFFSET(Lists!$A$1,-1,0,2,1)", "Yes", "warned"),
        ("OFFSET(Nowhere!$A$1,0,0,2,1)", "Yes", "warned"),
        ("OFFSET(Lists!$A$1,0,0,RANDBETWEEN(1,3),1)", "Yes", "warned"),
        ("Units[Beds]", "Yes", "warned"),
        ("INDEX(Colours,0)", "Yes", "warned"),
        ("Lists!$A$1:$C$3", "Yes", "warned"),
        ("$A$1:$A$2 $A$2:$A$3", "Yes", "warned"),
        ("OFFSET(Lists!$A$1,0,0,2", "Yes", "warned"),
        ("OFFSET(Lists!$A$1,0,0,Many_0)", "Yes", "warned"),
        (f"OFFSET(Lists!$A$1,0,0,{'(' * 2000}1{')' * 2000})", "Yes", "warned"),
    ],
)
def test_a_list_is_read_where_its_formula_is_plain(formula: str, value: Value, said: str) -> None:
    found = said_of(f"list: {formula}", value)
    assert found.partition(":")[0] == said, found
    assert (UNTOLD in found) is (said == "warned")


@pytest.mark.parametrize(
    ("formula", "value", "said"),
    [
        ("B2>0", 1, ""),
        ("B2>0", -1, "refused"),
        ("$B2>=$A$3", 3, ""),
        ("B2<$A$3", 3, "refused"),
        ("LEN(B2)=3", "abc", ""),
        ("LEN(B2)=3", "abcd", "refused"),
        ("LEN(B2)=3", 123, ""),
        ("AND(ISNUMBER(B2),B2<=100,MOD(B2,5)=0)", 95, ""),
        ("AND(ISNUMBER(B2),B2<=100,MOD(B2,5)=0)", 96, "refused"),
        ('OR(B2="n/a",ISNUMBER(B2))', "N/A", ""),
        ('OR(B2="n/a",ISNUMBER(B2))', "none", "refused"),
        ("NOT(ISTEXT(B2))", "none", "refused"),
        ("INT(B2)=B2", 2.5, "refused"),
        ("TRIM(B2)=B2", " x", "refused"),
        ("B2<>A1", "colours", "refused"),
        ("ISBLANK(C2)", "x", ""),
        ("B2+1=4", 3, ""),
        ("-B2*2/4<=-1.5", 3, ""),
        ('B2&"!"="x!"', "X", ""),
        ("COUNTIF($A$1:$A$3,B2)=0", "colours", "refused"),
        ("COUNTIF($A$1:$A$3,B2)=0", "Other", ""),
        ("TRUE", "x", ""),
        ("B2=TRUE", True, ""),
        ("1", "x", ""),
        ("(B2>0)*1", 0, "refused"),
        ("B2>45000", date(2025, 4, 1), ""),
        ("TODAY()>B2", 1, "warned"),
        ("LEN(B2)=3", 1.25, "warned"),
        ("B2+1>0", "x", "warned"),
        ("B2/0>0", 1, "warned"),
        ('COUNTIF($A$1:$A$3,">0")=0', 1, "warned"),
        ("COUNTIF($A$1:$A$4,B2)=0", 1, "warned"),
        ("ISERROR(B2)", 1, "warned"),
        ("SUMPRODUCT(B2:B3)>0", 1, "warned"),
        ("B2>", 1, "warned"),
        ("", 1, "warned"),
    ],
)
def test_a_condition_is_worked_out_where_it_is_plain(formula: str, value: Value, said: str) -> None:
    found = said_of(f"custom: {formula}", value)
    assert found.partition(":")[0] == said, found
    assert (UNTOLD in found) is (said == "warned")


def test_a_condition_moves_with_its_cell_and_sees_what_else_is_filled() -> None:
    unique = "custom: COUNTIF($B$2:$B$9,B2)=1"
    assert said_of(unique, "x", "B5", (Entry("Form", "B3", "y"),)) == ""
    twice = said_of(unique, "x", "B5", (Entry("Form", "B3", "X"),))
    assert twice == "refused: " + "; ".join(["its validation asks that COUNTIF($B$2:$B$9,B2)=1"] * 2)
    assert said_of("custom: B2>A2", 4, "B3") == ""
    assert said_of("custom: B2>A2", 3, "B3").startswith("refused")
    assert UNTOLD in said_of("custom: B2>A2", 3, "B3", over="B2:B3 D2:D3")


@pytest.mark.parametrize(
    ("formula", "value", "said"),
    [("$A$3", 4, ""), ("A2", 3, "refused"), ("$A$3*2", 6, "refused"), ("$A$3*2", 7, ""), ("$A$1", 4, "warned")],
)
def test_a_limit_is_worked_out_where_it_is_plain(formula: str, value: Value, said: str) -> None:
    assert said_of(f"decimal: {formula}", value, "B3").partition(":")[0] == said


def test_a_blank_in_a_named_list_lets_anything_in_when_blanks_are_ignored() -> None:
    assert said_of("list: Gappy", "Other").startswith("refused")
    rule = '<dataValidation type="list" allowBlank="1" showErrorMessage="1" sqref="B2"><formula1>{}</formula1>'
    for formula, warns in (("Gappy", False), ("OFFSET(Lists!$A$1,0,0,9,1)", True)):
        markup = f"<dataValidations>{rule.format(formula)}</dataValidation></dataValidations><pageMargins"
        template = changed(lists(), ONE_SHEET, ("<pageMargins", markup))
        assert bool(fill(template, [Entry("Form", "B2", "Other")]).warnings) is warns


@pytest.mark.parametrize(
    ("rule", "value", "said"),
    [
        ('type="whole" operator="notBetween" showErrorMessage="1"', 5, "refused"),
        ('type="whole" operator="notBetween" showErrorMessage="1"', 11, ""),
        ('type="whole" operator="between" showErrorMessage="1"', 1, ""),
        ('type="whole" showErrorMessage="1"', 11, "refused"),
        ('type="textLength" showErrorMessage="1"', "", "refused"),
        ('type="textLength" showErrorMessage="1"', "x" * 11, "refused"),
        ('type="textLength" showErrorMessage="1"', "\U0001f600" * 5, ""),
        ('type="textLength" showErrorMessage="1"', "\U0001f600" * 6, "refused"),
        ('type="textLength" operator="notEqual" showErrorMessage="1"', "x", "refused"),
        ('type="date" showErrorMessage="1"', "1 April", "refused"),
        ('type="time" operator="lessThan" showErrorMessage="1"', time(1), ""),
        ('type="whole" errorStyle="warning" showErrorMessage="1"', 11, "warned"),
        ('type="whole" errorStyle="information" showErrorMessage="1"', 11, "warned"),
        ('type="whole"', 11, "warned"),
        ('type="colour" showErrorMessage="1"', 11, "warned"),
        ('type="none" showErrorMessage="1"', 11, ""),
    ],
)
def test_each_kind_and_style_of_rule(rule: str, value: Value, said: str) -> None:
    markup = (
        f'<dataValidations><dataValidation {rule} sqref="A1 C1:C9"><formula1>1</formula1><formula2>10</formula2>'
    )
    template = with_sheet("<sheetData/>", tail=f"{markup}</dataValidation></dataValidations>")
    try:
        warnings = fill(template, [Entry("Form", "C2", value)]).warnings
    except ProblemsError:
        assert said == "refused"
    else:
        assert bool(warnings) is (said == "warned")
        assert said != "refused"


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("decimal", -1, "-1 is not at least 0"),
        ("date", 1, "1 is not at least 45748"),
        ("list", 4, "is not in its list"),
    ],
)
def test_every_extended_rule_holds_and_by_its_own_prefix(kind: str, value: Value, said: str) -> None:
    first = {"decimal": "0", "date": "45748", "list": "Lists!$A$1:$A$3"}[kind]
    rule = (
        '<extLst><ext xmlns:q="urn:x14" uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}"><q:dataValidations '
        f'xmlns:xm="urn:xm"><q:dataValidation type="{kind}" operator="greaterThanOrEqual" showErrorMessage="1">'
        f"<q:formula1><xm:f>{first}</xm:f></q:formula1><xm:sqref>B18 B19</xm:sqref></q:dataValidation>"
        "</q:dataValidations></ext></extLst></worksheet>"
    )
    template = changed(form(), ONE_SHEET, ("</worksheet>", rule))
    with pytest.raises(ProblemsError, match=said):
        fill(template, [Entry("Form", "B19", value)])
