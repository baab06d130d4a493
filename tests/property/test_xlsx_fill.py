from __future__ import annotations

import io
import math
import random
from datetime import date

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.styles import Font
from python_calamine import CalamineWorkbook

from nhsbn.errors import NhsbnError
from nhsbn.template_grid import address
from nhsbn.xlsx.fill import fill
from nhsbn.xlsx.package import read_package
from nhsbn.xlsx.values import LARGEST_NUMBER, Entry
from nhsbn.xlsx.verify import verify
from tests.xlsx_samples import form

TITLES = ("Plain", "Isn't & is", "Été 2025")
ROWS, COLUMNS = 12, 8

texts = st.text(
    st.characters(min_codepoint=9, max_codepoint=0x1F9FF, exclude_categories=("Cs",)), min_size=1, max_size=30
).filter(lambda text: text.strip() and not any((c < " " and c not in "\t\n") or c in "\ufffe\uffff" for c in text))
numbers = st.one_of(st.integers(-(2**53), 2**53), st.floats(-LARGEST_NUMBER, LARGEST_NUMBER))
values = st.one_of(texts, numbers, st.booleans(), st.sampled_from(("=1+1", "@x", "_x0041_", "_x000D_", " a ")))
places = st.tuples(st.sampled_from(TITLES), st.integers(1, ROWS + 4), st.integers(1, COLUMNS + 4))
fills = st.dictionaries(places, values, min_size=1, max_size=25)


def written_by_xlsxwriter(rng: random.Random) -> bytes:
    saved = io.BytesIO()
    book = xlsxwriter.Workbook(saved, {"in_memory": True, "in_memory_zip64": True})
    book.set_properties({"created": date(2025, 4, 1)})
    formats = [book.add_format({"bold": True}), book.add_format({"num_format": "0.00"}), None]
    for title in TITLES:
        sheet = book.add_worksheet(title)
        if rng.random() < 0.5:
            sheet.set_column(2, 4, 9, rng.choice(formats))
        for row in range(ROWS):
            if rng.random() < 0.3:
                sheet.set_row(row, 20, rng.choice(formats))
            for column in range(COLUMNS):
                content = rng.choice((None, None, "text", 1.5, "blank", "formula"))
                if content == "formula":
                    sheet.write_formula(row, column + 20, "=SUM(A1:B9)", None, 3)
                elif content == "blank":
                    sheet.write_blank(row, column, None, formats[0])
                elif content is not None:
                    sheet.write(row, column, content, rng.choice(formats))
    book.close()
    return saved.getvalue()


def written_by_openpyxl(rng: random.Random) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title in TITLES:
        sheet = book.create_sheet(title)
        sheet.row_dimensions[rng.randint(1, ROWS)].font = Font(bold=True)
        for row in range(1, ROWS):
            for column in range(1, COLUMNS):
                content = rng.choice((None, None, None, "text", 2.5, True))
                if content is not None:
                    sheet.cell(row, column, content).font = Font(italic=rng.random() < 0.5)
        sheet["Z1"] = "=SUM(A1:B9)"
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


MAKERS = (written_by_xlsxwriter, written_by_openpyxl)


@given(st.sampled_from(MAKERS), st.integers(0, 30), fills)
@settings(max_examples=60, deadline=None)
def test_random_cells_of_random_templates_read_back_and_nothing_else_changes(maker, seed, wanted) -> None:  # type: ignore[no-untyped-def]
    template = maker(random.Random(seed))
    entries = [Entry(title, address((row, column)), value) for (title, row, column), value in wanted.items()]
    filled = fill(template, entries).data

    comparison = verify(template, filled)
    assert comparison.harm == ()
    assert set(comparison.filled) <= {(title, (row, column)) for title, row, column in wanted}
    before, after = read_package(template), read_package(filled)
    sheets = {f"xl/worksheets/sheet{TITLES.index(title) + 1}.xml" for title, _, _ in wanted}
    may_change = {*sheets, "xl/sharedStrings.xml", "xl/workbook.xml"}
    for old, new in zip(before.members, after.members, strict=True):
        assert old.attributes == new.attributes
        assert old.name in may_change or before.packed(old) == after.packed(new)

    book, reader = openpyxl.load_workbook(io.BytesIO(filled)), CalamineWorkbook.from_filelike(io.BytesIO(filled))
    grids = {title: reader.get_sheet_by_name(title).to_python(skip_empty_area=False) for title in TITLES}
    for (title, row, column), value in wanted.items():
        assert same(grids[title][row - 1][column - 1], value)
        by_openpyxl = book[title].cell(row, column).value
        assert same(by_openpyxl, value) or (isinstance(value, str) and "_x" in value)


def same(found: object, value: object) -> bool:
    if isinstance(value, str | bool):
        return found == value
    assert isinstance(value, int | float)
    return isinstance(found, int | float) and math.isclose(found, value, rel_tol=1e-15)


@given(st.sampled_from(MAKERS), st.integers(0, 30), fills)
@settings(max_examples=20, deadline=None)
def test_order_makes_no_difference_and_filling_again_none_either(maker, seed, wanted) -> None:  # type: ignore[no-untyped-def]
    template = maker(random.Random(seed))
    entries = [Entry(title, address((row, column)), value) for (title, row, column), value in wanted.items()]
    assert fill(template, entries).data == fill(template, entries).data
    backwards, forwards = (
        openpyxl.load_workbook(io.BytesIO(fill(template, some).data)) for some in (entries[::-1], entries)
    )
    for title in TITLES:
        assert list(backwards[title].values) == list(forwards[title].values)


@given(fills, st.sampled_from(("nan", "formula", "locked", "nowhere")))
@settings(max_examples=20, deadline=None)
def test_one_refusal_among_many_leaves_nothing(wanted, fault) -> None:  # type: ignore[no-untyped-def]
    bad = {
        "nan": Entry("Form", "B18", math.nan),
        "formula": Entry("Form", "C1", 1),
        "locked": Entry("Form", "A1", 1),
        "nowhere": Entry("Nowhere", "A1", 1),
    }[fault]
    entries = [Entry("Apart", address((row, column + 40)), value) for (_, row, column), value in wanted.items()]
    unique = list({entry.address: entry for entry in entries}.values())
    assert fill(form(), unique).data
    with pytest.raises(NhsbnError, match=f"sheet '{bad.sheet}', cell {bad.address}"):
        fill(form(), [*unique, bad])


def test_damaged_packages_are_refused_or_filled_and_nothing_else() -> None:
    """Bytes of the zip, and texts of its parts, changed at random: never another error, never a silent loss."""
    rng, refused, filled = random.Random(3), 0, 0
    cells = [Entry("Form", "B5", 1.5), Entry("Form", "B18", "text"), Entry("Form", "B2", "Yes")]
    parts = ["[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/styles.xml"]
    parts += ["xl/_rels/workbook.xml.rels", "xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"]
    package = read_package(form())
    for number in range(400):
        if number % 2:
            template = mutated(form(), rng)
        else:
            name = rng.choice(parts)
            template = package.replaced({name: mutated(package.part(name), rng)})
        try:
            data = fill(template, cells).data
        except NhsbnError:
            refused += 1
            continue
        filled += 1
        try:
            comparison = verify(template, data)
        except NhsbnError:  # rows that no cell was filled in are checked by the proof
            refused += 1
            continue
        assert comparison.harm == ()
        assert set(comparison.filled) == {("Form", (5, 2)), ("Form", (18, 2)), ("Form", (2, 2))}
    assert refused > 100
    assert filled > 20


def mutated(data: bytes, rng: random.Random) -> bytes:
    """A few bytes changed, taken out, doubled or swapped for what confuses readers of XML and of zip files."""
    made = bytearray(data)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(made))
        length = rng.randint(1, 40)
        kind = rng.randrange(5)
        if kind == 0:
            made[at] = rng.randrange(256)
        elif kind == 1:
            del made[at : at + length]
        elif kind == 2:
            made[at:at] = made[at : at + length]
        elif kind == 3:
            made[at:at] = rng.choice(
                (b"<!--", b"-->", b"&", b'"', b"<", b"/>", b"\0", b"PK\1\2", b"<![CDATA[", b"9")
            )
        else:
            digits = [place for place in range(at, min(at + 200, len(made))) if 48 <= made[place] <= 57]
            for place in digits[:1]:
                made[place] = rng.choice(b"0123456789-")
    return bytes(made)
