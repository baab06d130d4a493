"""Writing one extract as the bytes its system would print: CSV, xlsx and legacy xls, the same bytes every time.

Here: titles, headings, cells, totals and footers in their places. Not here: what they say.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import xlsxwriter
import xlwt

from synth.cells import as_text
from synth.forms import Extract, Form, Sheet

CREATED = datetime(2024, 1, 1)
Row = list[Any]
Merges = tuple[tuple[str, int, int], ...]


def write(extract: Extract, inbox: Path) -> Path:
    """Write one extract under ``inbox/<source>/`` and answer its path."""
    folder = inbox / extract.report.source
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / extract.file_name
    {"csv": _write_csv, "xlsx": _write_xlsx, "xls": _write_xls}[extract.form.kind](extract, path)
    return path


def _texts(extract: Extract, sheet: Sheet) -> dict[str, pa.Array]:
    """The columns of a sheet as text, the unreadable cells put in, and numbers left numbers in a workbook."""
    form = extract.form
    odd = {column for _, column, _ in extract.overrides} if sheet is extract.sheets[0] else set()
    columns: dict[str, pa.Array] = {}
    for name, column in zip(sheet.cells.column_names, sheet.cells.columns, strict=True):
        if form.kind != "csv" and pa.types.is_floating(column.type):
            columns[name] = column.combine_chunks()
            continue
        if form.kind != "csv" and form.true_dates and pa.types.is_date32(column.type) and name not in odd:
            columns[name] = column.cast(pa.timestamp("s")).combine_chunks()
            continue
        text = as_text(column, form.date_form)
        if name in form.padded:
            text = pc.binary_join_element_wise(text, " \u00a0", "")
        blank = form.open_end if name in form.open_end_columns else form.blank
        columns[name] = pc.fill_null(text, blank) if blank else text
    for name in odd:
        values = columns[name].to_pylist()
        for row, column, text in extract.overrides:
            if column == name:
                values[row] = text
        columns[name] = pa.array(values, pa.string())
    return columns


def _write_csv(extract: Extract, path: Path) -> None:
    form, sheet = extract.form, extract.sheets[0]
    columns = _texts(extract, sheet)
    cells = [_quoted(column, form.delimiter) for column in columns.values()]
    lines = pc.binary_join_element_wise(*cells, form.delimiter, null_handling="replace", null_replacement="")
    headings = form.delimiter.join(_quote(extract.heading(name, sheet), form.delimiter) for name in columns)
    text = [*(_quote(title, form.delimiter) for title in extract.titles), "", headings, *lines.to_pylist()]
    text += [form.delimiter * (len(columns) - 1)] * form.blank_rows
    if form.footer:
        text.append(form.footer.format(rows=extract.rows))
    path.write_bytes(("\r\n".join(text) + "\r\n").encode(form.encoding))


def _quoted(column: pa.Array, delimiter: str) -> pa.Array:
    """Quotes round the cells that need them, as these systems do."""
    needs = pc.match_substring_regex(column, f'[{delimiter}"\r\n]')
    if not pc.any(needs).as_py():
        return column
    quoted = pc.binary_join_element_wise('"', pc.replace_substring(column, '"', '""'), '"', "")
    return pc.if_else(pc.fill_null(needs, False), quoted, column)


def _quote(text: str, delimiter: str) -> str:
    return f'"{text}"' if delimiter in text else text


def _write_xlsx(extract: Extract, path: Path) -> None:
    book = xlsxwriter.Workbook(
        path, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties({"title": extract.titles[1], "created": CREATED})
    bold = book.add_format({"bold": True})
    merged = book.add_format({"bold": True, "align": "center"})
    dates = book.add_format({"num_format": "dd/mm/yyyy"})
    for sheet in extract.sheets:
        page = book.add_worksheet(sheet.name)
        for number, row in enumerate(_rows(extract, sheet)):
            if isinstance(row, tuple):
                for text, first, last in row:
                    if first == last:
                        page.write_string(number, first, text, merged)
                    else:
                        page.merge_range(number, first, number, last, text, merged)
                continue
            for index, value in enumerate(row):
                if value is None or value == "":
                    continue
                if isinstance(value, str):
                    page.write_string(number, index, value, bold if number < 2 else None)
                elif isinstance(value, datetime):
                    page.write_datetime(number, index, value, dates)
                else:
                    page.write_number(number, index, value)
    if extract.form.empty_sheet:
        book.add_worksheet("Sheet2")
    book.close()


def _write_xls(extract: Extract, path: Path) -> None:
    book = xlwt.Workbook(encoding="utf-8")
    for sheet in extract.sheets:
        page = book.add_sheet(sheet.name)
        for number, row in enumerate(_rows(extract, sheet)):
            if isinstance(row, tuple):
                for text, first, last in row:
                    page.write_merge(number, number, first, last, text)
                continue
            for index, value in enumerate(row):
                if value is not None and value != "":
                    page.write(number, index, value)
    book.save(str(path))


def _rows(extract: Extract, sheet: Sheet) -> Iterator[Row | Merges]:
    """Every row of a sheet from the top: titles, a blank, merged heads, header, table, totals, footer."""
    form = extract.form
    columns = _texts(extract, sheet)
    names = list(columns)
    margin: Row = [None] * form.first_column
    for title in extract.titles:
        yield [*margin, title]
    yield []
    if form.group_heads:
        at = {name: index + form.first_column for index, name in enumerate(names)}
        yield tuple((text, at[first], at[last]) for text, first, last in form.group_heads)
    yield [*margin, *(extract.heading(name, sheet) for name in names)]
    money = [name for name, column in extract.report.columns.items() if column.type == "money" and name in columns]
    values = {name: column.to_pylist() for name, column in columns.items()}
    totals = {name: sum(value or 0.0 for value in values[name]) for name in form.grand_total}
    yield from _body(values, names, money, form, margin)
    yield from ([] for _ in range(form.blank_rows))
    if form.grand_total:
        total: Row = [
            _money(round(totals[name], 2), form, name in money) if name in totals else None for name in names
        ]
        yield [*margin, "Grand Total", *total[1:]]
    if form.footer:
        yield [*margin, form.footer.format(rows=sheet.cells.num_rows)]


def _body(values: dict[str, Row], names: list[str], money: list[str], form: Form, margin: Row) -> Iterator[Row]:
    printed = {
        name: [_money(value, form, True) for value in column] if name in money else column
        for name, column in values.items()
    }
    rows = list(zip(*(printed[name] for name in names), strict=True))
    if not form.subtotal_by:
        yield from ([*margin, *row] for row in rows)
        return
    by = names.index(form.subtotal_by)
    number = 0
    for group, members in groupby(rows, key=lambda row: row[by]):
        first = number
        for row in members:
            cells = list(row)
            if number > first:
                cells[by] = None
            yield [*margin, *cells]
            number += 1
        sums: Row = [
            _money(round(sum(value or 0.0 for value in values[name][first:number]), 2), form, name in money)
            if name in form.grand_total
            else None
            for name in names
        ]
        sums[by] = f"Sub-total {group}"
        yield [*margin, *sums]


def _money(value: float | None, form: Form, is_money: bool) -> float | str | None:
    """Money as the ledger's print format shows it."""
    if value is None or form.money == "number" or not is_money:
        return value
    if value == 0:
        return "-"
    size = f"{abs(value):,.2f}"
    if form.money == "pounds":
        size = f"£{size}"
    if value > 0:
        return size
    return {"brackets": f"({size})", "trailing": f"{size}-"}.get(form.money, f"-{size}")
