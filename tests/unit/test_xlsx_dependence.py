from __future__ import annotations

import random
from functools import cache

import pytest
import xlsxwriter

from nhsbn.xlsx.dependence import dependent, readers, unsteady
from nhsbn.xlsx.package import read_package
from nhsbn.xlsx.references import Place, address, place_of
from nhsbn.xlsx.workbook_map import WorkbookMap
from tests.xlsx_samples import changed, saved_workbook, with_sheet


@cache
def book_with(*formulas: str) -> WorkbookMap:
    """Sheets 'Form', 'It's & more' and 'Last'; formulas stand on 'Form' from Z1 down."""

    def draw(book: xlsxwriter.Workbook) -> None:
        form, more, _ = (book.add_worksheet(title) for title in ("Form", "It's & more", "Last"))
        for row, formula in enumerate(formulas):
            form.write_formula(row, 25, formula, None, 1)
        more.write_formula("Z1", "=Form!Z1+1", None, 1)
        more.add_table("H1:I3", {"name": "Units", "columns": [{"header": "Unit"}, {"header": "Beds"}]})
        book.define_name("Answers", "='It''s & more'!$B$2:$B$4")
        book.define_name("Nested", "=SUM(Answers)+1")
        book.define_name("Last!Own", "=Last!$A$1")

    return WorkbookMap(read_package(saved_workbook(draw)))


def stale(book: WorkbookMap, *cells: str) -> list[str]:
    """The formulas that depend on cells, each written ``Sheet!A1``."""
    asked: dict[str, list[Place]] = {}
    for cell in cells:
        title, _, at = cell.rpartition("!")
        asked.setdefault(title, []).append(place_of(at) or (0, 0))
    return [f"{one.title}!{address(one.formula.place)}" for one in dependent(readers(book), asked)]


@pytest.mark.parametrize(
    ("formula", "cell", "is_stale"),
    [
        ("=B4+1", "Form!B4", True),
        ("=B4+1", "Form!B5", False),
        ("=B4+1", "Last!B4", False),
        ("=$B$4", "Form!B4", True),
        ("=SUM(B1:C9)", "Form!C5", True),
        ("=SUM(B1:C9)", "Form!D5", False),
        ("=SUM(C9:B1)", "Form!B5", True),
        ("=SUM(B:C)", "Form!C999", True),
        ("=SUM($B:$C)", "Form!D1", False),
        ("=SUM(2:3)", "Form!XFD3", True),
        ("=SUM($2:$3)", "Form!A4", False),
        ("='It''s & more'!A1", "It's & more!A1", True),
        ("='It''s & more'!A1:B2", "It's & more!B2", True),
        ("='it''s & MORE'!A1", "It's & more!A1", True),
        ("='It''s & more'!A1", "Form!A1", False),
        ("=Last!A1*B1", "Form!B1", True),
        ("=Last!A1*B1", "Form!A1", False),
        ("=SUM(Answers)", "It's & more!B3", True),
        ("=SUM(Answers)", "It's & more!B5", False),
        ("=Nested*2", "It's & more!B3", True),
        ("=Nested*2", "It's & more!C3", False),
        ('="B4"&"It\'s B4"', "Form!B4", False),
        ("=LOG10(A1)+ATAN2(B2,B3)", "Form!B2", True),
        ("=LOG10(A1)", "Form!LOG10", False),
        ("=1E5+2.5e-3", "Form!E5", False),
        ("=TRUE", "Form!B4", False),
        ('=IF(A1="","",#N/A)', "Form!B4", False),
        ("=IF(A1>1,{1,2;3,4},-B2%)", "Form!B2", True),
        ("=SUMIFS(C1:C9,B1:B9,1)", "Form!C10", False),
        ('=SUMIF(A1:A9,">0",C1)', "Form!C9", True),  # sums C1:C9
        ('=AVERAGEIF(A1:A9,">0",C1)', "Form!C5", True),
        ("=A1:B2 B1:C3", "Form!B2", True),
        ("=@A:A", "Form!A7", True),
        ("=_xlfn.CONCAT(A1:A3)", "Form!A3", True),
        ("=_xlfn.CONCAT(A1:A3)", "Form!B3", False),
    ],
)
def test_a_formula_depends_on_what_it_reads(formula: str, cell: str, is_stale: bool) -> None:
    assert ("Form!Z1" in stale(book_with(formula), cell)) is is_stale


@pytest.mark.parametrize(
    "formula",
    [
        "=OFFSET(A1,1,1)",
        '=INDIRECT("B4")',
        "=A1:INDEX(B:B,5)",
        "=SUM(Form:Last!A1)",
        "=Units[Beds]",
        "=[1]Other!A1",
        "=Nameless",
        "=Own",
        "=Nowhere!A1",
        "=Last!Own",
        "=A1#",
        "=NOW()",
        "=TODAY()-A1",
        "=_xlfn.LET(_xlpm.x,A1,_xlpm.x+1)",
    ],
)
def test_what_cannot_be_told_depends_on_everything(formula: str) -> None:
    assert stale(book_with(formula), "Last!XX999") == ["Form!Z1", "It's & more!Z1"]


def test_dependence_is_followed_through_formulas_and_sheets() -> None:
    book = book_with("=B1", "=Z1*2", "=SUM(Z1:Z2)", "=B9", "='It''s & more'!Z1")
    assert stale(book, "Form!B1") == ["Form!Z1", "Form!Z2", "Form!Z3", "Form!Z5", "It's & more!Z1"]
    assert stale(book, "Form!B9") == ["Form!Z4"]
    assert stale(book) == []
    assert stale(book, "Last!A1") == []


def test_a_circle_ends() -> None:
    assert stale(book_with("=Z2+B1", "=Z1"), "Form!B1") == ["Form!Z1", "Form!Z2", "It's & more!Z1"]


def rows_of(*rows: str) -> WorkbookMap:
    return WorkbookMap(read_package(with_sheet(f"<sheetData>{''.join(rows)}</sheetData>")))


def test_a_shared_formula_reads_other_cells_in_each_row() -> None:
    book = rows_of(
        '<row r="1"><c r="D1"><f t="shared" ref="D1:D3" si="0">A1+$B$1+C$9</f><v>1</v></c></row>',
        '<row r="2"><c r="D2"><f t="shared" si="0"/><v>1</v></c></row>',
        '<row r="3"><c r="D3"><f t="shared" si="0"/><v>1</v></c><c r="E3"><f t="shared" si="7"/></c></row>',
    )
    assert stale(book, "Form!A2") == ["Form!D2", "Form!E3"]  # of E3 nothing can be told
    assert stale(book, "Form!B1") == stale(book, "Form!C9") == ["Form!D1", "Form!D2", "Form!D3", "Form!E3"]


def test_an_array_is_out_of_date_as_a_whole_and_a_spill_may_reach_anywhere() -> None:
    rows = (
        '<row r="1"><c r="B1"{}><f t="array" ref="B1:B3">A1:A3*2</f><v>2</v></c></row>',
        '<row r="3"><c r="B3"><v>2</v></c><c r="C3"><f>B3</f><v>2</v></c><c r="D3"><f>B9</f><v>2</v></c></row>',
    )
    assert stale(rows_of(rows[0].format(""), rows[1]), "Form!A1") == ["Form!B1", "Form!C3"]
    assert stale(rows_of(rows[0].format(' cm="1"'), rows[1]), "Form!A1") == ["Form!B1", "Form!C3", "Form!D3"]


def test_a_name_that_moves_reads_the_whole_sheet() -> None:
    template = with_sheet('<sheetData><row r="3"><c r="C3"><f>Left*2</f><v>2</v></c></row></sheetData>')
    name = '</sheets><definedNames><definedName name="Left">Form!A1</definedName></definedNames>'
    book = WorkbookMap(read_package(changed(template, "xl/workbook.xml", ("</sheets>", name))))
    assert stale(book, "Form!Q99") == ["Form!C3"]
    assert stale(book, "Other!Q99") == []


def test_what_is_unsteady_and_what_depends_on_it() -> None:
    book = book_with("=RAND()", "=Z1+1", "=B1", "=OFFSET(A1,1,1)", '=CELL("row")')
    assert [address(one.formula.place) for one in unsteady(readers(book))] == ["Z1", "Z2", "Z4", "Z5", "Z1"]
    assert unsteady(readers(book_with("=OFFSET(A1,1,1)", "=B1"))) == []


@pytest.mark.parametrize("seed", range(12))
def test_dependence_is_that_of_every_cell_looked_at(seed: int) -> None:
    """Random formulas with narrow, wide and tall areas, beside a search through all cells."""
    rng = random.Random(seed)
    cells = rng.sample([(row, column) for row in range(1, 90) for column in range(1, 8)], 60)
    reads: dict[Place, tuple[int, int, int, int]] = {}
    rows: dict[int, list[str]] = {}
    for row, column in sorted(cells):
        top, left = rng.randint(1, 80), rng.randint(1, 7)
        bottom, right = top + rng.choice((0, 0, 2, 60)), left + rng.choice((0, 0, 3))
        reads[row, column] = top, left, bottom, right
        area = f"{address((top, left))}:{address((bottom, right))}"
        rows.setdefault(row, []).append(f'<c r="{address((row, column))}"><f>SUM({area})</f><v>1</v></c>')
    book = rows_of(*(f'<row r="{row}">{"".join(made)}</row>' for row, made in rows.items()))
    start = {(rng.randint(1, 100), rng.randint(1, 9)) for _ in range(3)} - set(cells)
    known = set(start)
    while found := {
        place
        for place, (top, left, bottom, right) in reads.items()
        if place not in known and any(top <= row <= bottom and left <= column <= right for row, column in known)
    }:
        known |= found
    by_us = [one.formula.place for one in dependent(readers(book), {"Form": start})]
    assert by_us == sorted(known - start)


def test_too_many_wide_areas_all_count_as_met(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nhsbn.xlsx.dependence._ENOUGH", 0)
    book = book_with("=B1", "=SUM(C1:C500)", "=SUM(Z200:Z400)")
    assert stale(book, "Form!B1") == ["Form!Z1", "Form!Z2", "Form!Z3", "It's & more!Z1"]


def test_names_of_names_that_multiply_are_followed_once() -> None:
    names = [(f"N{level}_", "+".join([f"N{level + 1}_"] * 40)) for level in range(6)] + [("N6_", "Form!$A$1")]
    listed = "".join(f'<definedName name="{name}">{text}</definedName>' for name, text in names)
    template = with_sheet('<sheetData><row r="3"><c r="C3"><f>N0_</f><v>2</v></c></row></sheetData>')
    listed = f"</sheets><definedNames>{listed}</definedNames>"
    book = WorkbookMap(read_package(changed(template, "xl/workbook.xml", ("</sheets>", listed))))
    assert stale(book, "Form!A1") == ["Form!C3"]
    assert stale(book, "Form!A2") == []
