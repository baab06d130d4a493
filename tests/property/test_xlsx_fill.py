from __future__ import annotations

import io
import math
import random

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from nhsbn.errors import NhsbnError
from nhsbn.xlsx.fill import Filled, fill
from nhsbn.xlsx.package import read_package
from nhsbn.xlsx.references import address
from nhsbn.xlsx.values import LARGEST_NUMBER, Entry
from nhsbn.xlsx.verify import verify
from tests.fuzz_xlsx import FaultError, run
from tests.xlsx_makers import COLUMNS, MAKERS, ROWS, TITLES
from tests.xlsx_samples import form

texts = st.text(
    st.characters(min_codepoint=9, max_codepoint=0x1F9FF, exclude_categories=("Cs",)), min_size=1, max_size=30
).filter(lambda text: text.strip() and not any((c < " " and c not in "\t\n") or c in "\ufffe\uffff" for c in text))
numbers = st.one_of(st.integers(-(2**53), 2**53), st.floats(-LARGEST_NUMBER, LARGEST_NUMBER))
values = st.one_of(texts, numbers, st.booleans(), st.sampled_from(("=1+1", "@x", "_x0041_", "_x000D_", " a ")))
places = st.tuples(st.sampled_from(TITLES), st.integers(1, ROWS + 4), st.integers(1, COLUMNS + 4))
fills = st.dictionaries(places, values, min_size=1, max_size=25)


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


def test_hostile_and_damaged_packages_are_refused_or_filled_and_nothing_else() -> None:
    account = run(range(250))
    assert account.outcomes["filled and proved"] > 60
    assert account.outcomes["refused: the package"] > 40
    assert account.cells > 100


def test_a_package_that_is_harmed_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fuzz can fail: bytes lost by the writer, and an error that is none of ours, are both told."""
    monkeypatch.setattr("tests.fuzz_xlsx.fill", lambda template, cells: Filled(form()[:-1], (), ".xlsx", ()))
    with pytest.raises(FaultError, match="package 0"):
        run(range(1))
    monkeypatch.setattr("tests.fuzz_xlsx.package", lambda rng: 1 // 0)
    with pytest.raises(FaultError, match="ZeroDivisionError"):
        run(range(1))
