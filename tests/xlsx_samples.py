"""Workbooks from which tests of the writer start, and pieces of them changed."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from functools import cache

import xlsxwriter

from nhsbn.xlsx.package import read_package

ONE_SHEET = "xl/worksheets/sheet1.xml"


@cache
def form() -> bytes:
    """A sender's workbook with most of what a writer must leave alone.

    'Form' is protected but for column B; 'Sums & more' depends on it, 'Apart' does not; 'Lists' is hidden.
    """
    saved = io.BytesIO()
    book = xlsxwriter.Workbook(saved, {"in_memory": True})
    book.set_properties({"created": datetime(2025, 4, 1)})
    unlocked, dated = book.add_format({"locked": False}), book.add_format({"locked": False, "num_format": "d mmm"})
    sheet, sums, apart, lists = (book.add_worksheet(name) for name in ("Form", "Sums & more", "Apart", "Lists"))
    sheet.protect()
    sheet.set_column("B:B", 12, unlocked)
    for row in range(20):
        sheet.write(row, 0, f"Question {row + 1}")
        sheet.write_blank(row, 1, None, dated if row == 10 else unlocked)
    sheet.set_row(30, None, unlocked)
    sheet.set_row(12, None, None, {"hidden": True})
    sheet.write_formula("C1", "=SUM(B1:B9)", None, 7)
    sheet.write_array_formula("D1:D3", "{=B1:B3*2}", None, 14)
    sheet.merge_range("B15:C16", "", unlocked)
    sheet.write("E1", "locked")
    sheet.data_validation("B1", {"validate": "list", "source": ["Red", "Amber", "Green"]})
    sheet.data_validation("B2", {"validate": "list", "source": "=Lists!$A$1:$A$3"})
    sheet.data_validation("B3", {"validate": "list", "source": "=Answers"})
    sheet.data_validation("B4", {"validate": "integer", "criteria": "between", "minimum": 0, "maximum": 100})
    sheet.data_validation("B5", {"validate": "decimal", "criteria": ">=", "value": 0})
    sheet.data_validation("B6", {"validate": "date", "criteria": ">=", "value": date(2025, 4, 1)})
    sheet.data_validation("B7", {"validate": "time", "criteria": "<", "value": time(12)})
    sheet.data_validation("B8", {"validate": "length", "criteria": "<=", "value": 5})
    sheet.data_validation("B9", {"validate": "custom", "value": "=ISNUMBER(B9)"})
    sheet.data_validation("B10", {"validate": "integer", "criteria": ">", "value": 0, "error_type": "warning"})
    sheet.data_validation("B20", {"validate": "list", "source": "=OFFSET(Lists!$A$1,0,0,2,1)"})
    sums.write_formula("A1", "=Form!B4+1", None, 99)
    sums.write_formula("A2", "=A1*2", None, 198)
    sums.write_formula("A3", '=IF(Form!B1="","empty","full")', None, "empty")
    sums.add_table(
        "C1:D3", {"columns": [{"header": "Unit"}, {"header": "Beds"}], "total_row": True, "name": "Units"}
    )
    apart.write_formula("A1", "=1+1", None, 2)
    apart.insert_textbox("C3", "A shape that stays")
    lists.hide()
    for row, text in enumerate(("Yes", "No", "Not sure")):
        lists.write(row, 0, text)
    book.define_name("Answers", "=Lists!$A$1:$A$3")
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": "=Form!$B$4:$B$6"})
    apart.insert_chart("E5", chart)
    book.close()
    return saved.getvalue()


def saved_workbook(draw: Callable[[xlsxwriter.Workbook], None]) -> bytes:
    """A workbook drawn by XlsxWriter, the same bytes each time."""
    saved = io.BytesIO()
    book = xlsxwriter.Workbook(saved, {"in_memory": True})
    book.set_properties({"created": datetime(2025, 4, 1)})
    draw(book)
    book.close()
    return saved.getvalue()


def part(workbook: bytes, name: str) -> str:
    return read_package(workbook).part(name).decode()


def changed(workbook: bytes, name: str, *replacements: tuple[str, str]) -> bytes:
    """A workbook with texts of one part replaced; each must be there."""
    text = part(workbook, name)
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new)
    return read_package(workbook).replaced({name: text.encode()})


def with_sheet(rows: str, head: str = "", tail: str = "", name: str = "worksheet") -> bytes:
    """A workbook whose only sheet holds these rows."""
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return rewritten(
        plain(), {ONE_SHEET: lambda _: f'<{name} xmlns="{space}">{head}{rows}{tail}</{name}>'.encode()}
    )


@cache
def plain() -> bytes:
    """A workbook of one open sheet with a text in A1, and five styles."""
    saved = io.BytesIO()
    book = xlsxwriter.Workbook(saved, {"in_memory": True})
    book.set_properties({"created": datetime(2025, 4, 1)})
    sheet = book.add_worksheet("Form")
    sheet.write("A1", "Question")
    for row in range(4):
        sheet.write_blank(row, 25, None, book.add_format({"indent": row + 1}))
    book.close()
    return saved.getvalue()


def rewritten(workbook: bytes, parts: dict[str, Callable[[bytes], bytes]], **added: bytes) -> bytes:
    """A workbook zipped anew with the standard library, parts changed and added."""
    saved = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook)) as source,
        zipfile.ZipFile(saved, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for info in source.infolist():
            data = source.read(info)
            made.writestr(info, parts.get(info.filename, lambda same: same)(data), zipfile.ZIP_DEFLATED)
        for name, data in added.items():
            made.writestr(name, data)
    return saved.getvalue()
