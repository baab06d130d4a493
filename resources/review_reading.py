"""A marked-up review workbook, from its bytes: its hidden key and the rows that were to be filled in.

Here: opening it safely and reading its cells. Not here: what an answer is worth (the core's markup).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

from nhsbn.errors import NhsbnError
from nhsbn.review.markup import SHEET, Key, Marked, MarkedRow, Shown
from nhsbn.tools.workbook_contents import WorkbookContents
from nhsbn.xlsx.package import read_package
from nhsbn.xlsx.values import shortest
from resources.review_workbook import FILL_IN, ID, KEY, WORDS
from resources.workbook_files import read_whole

LARGEST_FILE = 8 * 2**20
"""Bytes of a review workbook; the largest are some 200 KB."""

LARGEST_UNPACKED = 32 * 2**20
"""Bytes of its parts, unpacked; the largest have some 2 MB."""

ROWS = 20_000
"""Rows of a sheet; an edition asks some hundreds of questions, each of some ten members."""

_ABOUT = ("Project", "Edition", "Period", "Place", "Reader", "Tool version")
_ROW = re.compile(rb"<(?:[^\s<>/:]+:)?row[\s/>]")
_DAY = re.compile(r"^(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})$")
_AGAIN = "Send back the workbook that `nhsbn review` made, saved as .xlsx"


def hash_of(path: Path) -> str:
    """SHA-256 of a file that came back, in hex.

    Raises:
        NhsbnError: when it cannot be read, or is far too large to be a review workbook.
    """
    return hashlib.sha256(_bytes(path)).hexdigest()


def read_review_file(path: Path) -> Marked:
    """A marked-up workbook from its file.

    Raises:
        NhsbnError: when it cannot be read, is far too large, or is no review workbook; with what to do.
    """
    return read_review(_bytes(path), path.name)


def _bytes(path: Path) -> bytes:
    size = path.stat().st_size if path.is_file() else 0
    if size > LARGEST_FILE:
        raise NhsbnError(f"has {size / 2**20:,.0f} MB, and no review workbook does. {_AGAIN}.")
    return read_whole(path)


def read_review(data: bytes, name: str) -> Marked:
    """A marked-up workbook from its bytes.

    Args:
        data: the workbook.
        name: its file name, for messages.

    Raises:
        NhsbnError: when it is no review workbook.
    """
    _check_extent(data)
    contents = WorkbookContents.read(data)
    for sheet in (KEY, SHEET):
        if sheet not in contents.grid:
            raise NhsbnError(f"has no sheet {sheet!r}, so it is no review workbook. {_AGAIN}.")
    return Marked(name, _key(contents), tuple(_rows(contents)))


def _check_extent(data: bytes) -> None:
    """Refuse what is far larger than any review workbook, before a cell of it is looked at."""
    package = read_package(data)
    unpacked = sum(member.size for member in package.members)
    if unpacked > LARGEST_UNPACKED:
        raise NhsbnError(f"would unpack to {unpacked / 2**20:,.0f} MB, and no review workbook does. {_AGAIN}.")
    for member in package.members:
        if member.name.startswith("xl/worksheets/") and len(_ROW.findall(package.part(member.name))) > ROWS:
            raise NhsbnError(f"has a sheet of more than {ROWS:,} rows, and no review workbook does. {_AGAIN}.")


def _key(contents: WorkbookContents) -> Key:
    lines = [_texts(contents, KEY, row, 3) for row in _filled_rows(contents, KEY)]
    about = {label: value for label, value, _ in lines[: len(_ABOUT)]}
    heads = [number for number, line in enumerate(lines) if line[:2] == [ID, "Content"]]
    version = about.get("Tool version", "")
    if not heads or tuple(about) != _ABOUT or (version and not version.isdigit()):
        raise NhsbnError(f"has a sheet {KEY!r} that cannot be read. {_AGAIN}.")
    return Key(
        project=about["Project"],
        edition=about["Edition"],
        period=about["Period"],
        place=about["Place"],
        reader=about["Reader"],
        tool_version=int(version) if version else None,
        rows={row_id: Shown(words, content) for row_id, content, words in lines[heads[0] + 1 :]},
    )


def _rows(contents: WorkbookContents) -> Iterator[MarkedRow]:
    """Every row that has an id, or something filled in."""
    columns: dict[str, int] = {}
    for row, column in sorted(contents.grid[SHEET].cells):
        if row == 1:
            columns.setdefault(_text(contents, SHEET, row, column), column)
    words = next((heading for heading in WORDS.values() if heading in columns), "")
    missing = [one for one in (ID, *FILL_IN) if one not in columns] + ([] if words else ["Question"])
    if missing:
        raise NhsbnError(
            f"has no column {', '.join(missing)} in row 1 of sheet {SHEET!r}. Write the headings as they were, "
            "and send it again."
        )
    for row in _filled_rows(contents, SHEET):
        if row == 1:
            continue
        said = {one: _text(contents, SHEET, row, columns[one]) for one in (ID, words, *FILL_IN)}
        marked = MarkedRow(
            row=row,
            id=said[ID],
            words=said[words],
            response=said["Response"],
            comment=said["Comment"],
            by=said["By"],
            on=_day(contents, row, columns["Date"]),
        )
        if marked.id or not marked.is_blank:
            yield marked


def _filled_rows(contents: WorkbookContents, sheet: str) -> list[int]:
    return sorted({row for row, _ in contents.grid[sheet].cells})


def _texts(contents: WorkbookContents, sheet: str, row: int, columns: int) -> list[str]:
    return [_text(contents, sheet, row, column) for column in range(1, columns + 1)]


def _text(contents: WorkbookContents, sheet: str, row: int, column: int) -> str:
    """What stands in a cell, without spaces round it; a number as it is written."""
    value = contents.held(sheet, (row, column))
    if isinstance(value, float):
        return shortest(value)
    return "" if value is None else str(value).strip()


def _day(contents: WorkbookContents, row: int, column: int) -> date | str | None:
    """The day in a cell, from Excel's number or as people write one; else the text that stands there."""
    value = contents.held(SHEET, (row, column))
    if isinstance(value, float) and not isinstance(value, bool):
        first = datetime(1904, 1, 1) if contents.book.is_1904 else datetime(1899, 12, 30)
        try:
            return (first + timedelta(days=value)).date()
        except OverflowError:
            return shortest(value)
    text = _text(contents, SHEET, row, column)
    if not text:
        return None
    try:
        if found := _DAY.match(text):
            day, month, year = map(int, found.groups())
            return date(year, month, day)
        return date.fromisoformat(text)
    except ValueError:
        return text
