"""Workbooks to raw tables: what is safe to open, and every cell as text.

Here: .xlsx and .xls. Not here: which sheet or heading means what, and what a row is (nhsbn).

The reader (calamine) allocates every cell from the first used to the last, and one cell at XFD1048576 ends the
process; it also inflates whatever a zip holds. So a workbook is inflated piece by piece first, within limits, and
its cell addresses are looked at, before calamine sees it.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum

from nhsbn.extracts.headers import TOP_ROWS
from nhsbn.extracts.landing import RefusedError
from nhsbn.extracts.row_classes import RawTable
from resources.inbox import Kind, Limits

SHEET_LIMITS = (1_048_576, 65_536)
"""The most rows that a sheet of .xlsx and of .xls can hold."""

Bytes = npt.NDArray[Any]

_CHUNK = 1 << 20
_TAIL = 16
"""Bytes of the longest address with what stands round it."""
_SMALL = 1 << 20


@dataclass(frozen=True)
class Workbook:
    """An opened workbook: its sheets' cells as calamine gives them, from A1.

    Attributes:
        sheets: sheet name to rows.
    """

    sheets: dict[str, list[list[Any]]]

    @classmethod
    def open(cls, data: bytes, kind: Kind, limits: Limits) -> Workbook:
        """Read a workbook.

        Raises:
            RefusedError: when it is damaged, protected, too large, or a sheet is full to its last row.
        """
        if kind == "xlsx":
            check_package(data, limits)
        try:
            book = CalamineWorkbook.from_filelike(io.BytesIO(data))
            names = [meta.name for meta in book.sheets_metadata if meta.typ == SheetTypeEnum.WorkSheet]
            sheets = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in names}
        except BaseException as error:
            raise _refusal(error) from None
        return cls(sheets)

    def tops(self) -> dict[str, list[list[str]]]:
        """The first rows of every sheet, as text."""
        return {
            name: [[as_text(cell) for cell in row] for row in rows[:TOP_ROWS]]
            for name, rows in self.sheets.items()
        }

    def table(self, sheet: str, header_row: int) -> RawTable:
        """The rows of a sheet below its header.

        Raises:
            RefusedError: when the sheet is full to the last row that Excel has, so that the rest was cut off.
        """
        rows = self.sheets[sheet]
        refuse_full(len(rows), f"sheet {sheet!r}")
        width = len(rows[header_row])
        body = rows[header_row + 1 :]
        columns = zip(*body, strict=True) if body else [()] * width
        return RawTable(
            tuple(text_column(column) for column in columns),
            np.arange(header_row + 2, len(rows) + 1),
            {},
            header_row + 1,
        )


def _refusal(error: BaseException) -> BaseException:
    """What to raise for a fault of the workbook library, whose own crash (a panic) is no ordinary exception."""
    if isinstance(error, PasswordError):
        return RefusedError(
            "is protected by a password. Open it in Excel, remove the password, save it and put it here again."
        )
    if isinstance(error, (CalamineError, OSError, ValueError)) or type(error).__name__ == "PanicException":
        return RefusedError(
            f"is a damaged workbook ({str(error)[:120]}). Copy it again, or open it in Excel and save it anew."
        )
    return error


def refuse_full(rows: int, where: str) -> None:
    """Refuse a table that fills a sheet exactly.

    Raises:
        RefusedError: as what comes after the last row was cut off when it was exported.
    """
    if rows in SHEET_LIMITS:
        raise RefusedError(
            f"{where} has exactly {rows:,} rows, the most that a sheet can hold: the export was cut off. Ask for "
            "the report in parts, by month, or as CSV."
        )


def text_column(cells: Sequence[Any]) -> pa.Array:
    """A column's cells as text. Each different value is written once."""
    kinds = set(map(type, cells))
    if kinds <= {str}:
        return pa.array(cells, pa.string())
    if bool in kinds:
        return pa.array([as_text(cell) for cell in cells], pa.string())
    written = {cell: as_text(cell) for cell in set(cells)}
    return pa.array([written[cell] for cell in cells], pa.string())


def as_text(cell: Any) -> str:
    """One cell as text.

    Numbers are plain decimals (1.0 is ``1``), save that those of 15 digits and more, which Excel does not keep,
    are written in scientific notation so that they are seen to be lost. Dates are ISO, with a time only if they
    have one.
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, (int, float)):
        if abs(cell) >= 1e15:
            return f"{cell:.2E}"
        if cell == int(cell):
            return str(int(cell))
        written = repr(cell)
        return format(Decimal(written), "f") if "e" in written else written
    if isinstance(cell, datetime):
        whole = (cell + timedelta(microseconds=500_000)).replace(microsecond=0)
        return whole.date().isoformat() if whole.time() == time() else whole.isoformat(sep=" ")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, time):
        return cell.replace(microsecond=0).isoformat()
    if isinstance(cell, timedelta):
        seconds = round(cell.total_seconds())
        return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"
    return ""


def check_package(data: bytes, limits: Limits) -> None:
    """Refuse a zip that is no workbook, is damaged or a bomb, or whose sheets reach further than a real one's.

    Raises:
        RefusedError: before anything of the size it complains of is in memory.
    """
    try:
        package = zipfile.ZipFile(io.BytesIO(data))
        parts = package.infolist()
        _check_parts(parts, len(data), limits)
        for part in parts:
            if part.flag_bits & 1:
                raise RefusedError("is protected by a password. Save it without one and put it here again.")
            if part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml"):
                _check_extent(package, part, limits)
            else:
                with package.open(part) as stream:
                    while stream.read(_CHUNK):
                        pass
    # A RuntimeError is how zipfile says that a member is packed in a way it cannot undo.
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, RuntimeError, OSError, zlib.error) as error:
        raise RefusedError(
            f"is a damaged or cut-off workbook ({error}). Copy it again, or open it in Excel and save it anew."
        ) from None


def _check_parts(parts: Sequence[zipfile.ZipInfo], packed: int, limits: Limits) -> None:
    names = {part.filename for part in parts}
    if "xl/workbook.xml" not in names:
        what = "a binary workbook (.xlsb)" if "xl/workbook.bin" in names else "a zip file, not a workbook"
        raise RefusedError(f"is {what}. Save it as .xlsx, or take the extract out of the zip.")
    inflated = sum(part.file_size for part in parts)
    if inflated > limits.inflated_bytes or (inflated > 64 * _SMALL and inflated > packed * limits.ratio):
        raise RefusedError(
            f"would unpack {packed / _SMALL:,.1f} MB to {inflated / _SMALL:,.0f} MB; it is not opened. Ask for "
            "the report by month or as CSV, or raise NHSBN_MAX_INFLATED_MB if it is sound."
        )


def _check_extent(package: zipfile.ZipFile, part: zipfile.ZipInfo, limits: Limits) -> None:
    """Find the last row and column that any cell address names, without parsing.

    Nearly every sheet is seen at a glance to be small; only another is gone through address by address.
    """
    if all(_is_near(piece) for piece in _pieces(package, part)):
        return
    extents = [_extent(piece) for piece in _pieces(package, part)]
    last_row, last_column = (max(ends) for ends in zip(*extents, strict=True))
    if last_row * last_column > limits.cells:
        refuse_full(last_row, part.filename)
        raise RefusedError(
            f"{part.filename} has a cell in row {last_row:,}, column {last_column:,}, far from any table. Delete "
            "the empty rows and columns after the table, save it and put it here again."
        )


def _pieces(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[Bytes]:
    """A part inflated piece by piece, each with the end of the one before, so that no address is cut in two."""
    tail = bytes(_TAIL)
    with package.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            piece = tail + chunk
            yield np.frombuffer(piece, dtype=np.uint8)
            tail = piece[-_TAIL:]


def _addresses(data: Bytes) -> npt.NDArray[np.int64]:
    """Where the addresses of ``r="AB12"`` start, in cells, and of ``r="12"``, in rows."""
    equals = np.flatnonzero(data[2 : 4 - _TAIL] == ord("=")) + 2
    return equals[(data[equals - 1] == ord("r")) & (data[equals - 2] <= ord(" "))] + 2


def _is_near(data: Bytes) -> bool:
    """Whether no address has a second letter or a sixth digit: at most 26 columns by 99,999 rows."""
    starts = _addresses(data)
    second = data[starts + 1] < ord("A")
    in_cell = second & ~_digit(data[starts + 6])
    return bool(np.where(data[starts] >= ord("A"), in_cell, ~_digit(data[starts + 5])).all())


def _extent(data: Bytes) -> tuple[int, int]:
    """The greatest row and column that an address names."""
    starts = _addresses(data)
    rows = np.zeros(len(starts), dtype=np.int64)
    columns = np.zeros(len(starts), dtype=np.int64)
    in_address = np.ones(len(starts), dtype=bool)
    for place in range(10):
        char = data[starts + place].astype(np.int64)
        letter, digit = (char >= ord("A")) & (char <= ord("Z")), _digit(char)
        columns = np.where(in_address & letter, columns * 26 + char - ord("A") + 1, columns)
        rows = np.where(in_address & digit, rows * 10 + char - ord("0"), rows)
        in_address &= letter | digit
    return int(rows.max(initial=0)), int(columns.max(initial=0))


def _digit(char: Bytes) -> npt.NDArray[np.bool_]:
    return (char >= ord("0")) & (char <= ord("9"))
