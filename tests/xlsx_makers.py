"""Random workbooks of two makers, from which property tests and the fuzz start."""

from __future__ import annotations

import io
import random
from datetime import datetime

import openpyxl
import xlsxwriter
from openpyxl.styles import Font

TITLES = ("Plain", "Isn't & is", "Été 2025")
ROWS, COLUMNS = 12, 8


def written_by_xlsxwriter(rng: random.Random) -> bytes:
    saved = io.BytesIO()
    book = xlsxwriter.Workbook(saved, {"in_memory": True, "in_memory_zip64": True})
    book.set_properties({"created": datetime(2025, 4, 1)})
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
