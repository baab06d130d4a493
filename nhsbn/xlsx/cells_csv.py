"""Cells to be filled, as a person lists them in a CSV file: sheet, cell, value, type.

Here: the text of such a file read, every mistake in it listed at once. Not here: the file, and filling.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time

from nhsbn.declarations import Collector
from nhsbn.errors import NhsbnError
from nhsbn.xlsx.values import Entry, Value

COLUMNS = ("sheet", "cell", "value", "type")

_WHOLE = re.compile(r"[+-]?[0-9]{1,15}")


def read_cells(text: str, where: str) -> tuple[Entry, ...]:
    """The cells that a CSV file lists, in its order.

    Types are ``number`` (``12.5``), ``text``, ``date`` (``2025-06-30``, or with a time ``2025-06-30 09:30``),
    ``time`` (``09:30``), ``boolean`` (``true`` or ``false``) and ``blank``, which empties the cell.

    Args:
        text: the file's text.
        where: the file's name, for messages.

    Raises:
        NhsbnError: when the headings are not the four, or the text is not CSV.
        ProblemsError: every row that cannot be read.
    """
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    entries = []
    try:
        headings = [heading.strip().lower() for heading in next(reader, [])]
        if sorted(headings) != sorted(COLUMNS):
            raise NhsbnError(f"{where}, line 1: write the columns {', '.join(COLUMNS)} as first line")
        with Collector() as problems:
            for values in reader:
                line = f"{where}, line {reader.line_num}"
                if not any(values):
                    continue
                if len(values) != len(COLUMNS):
                    problems.add(
                        line, f"has {len(values)} values, not {len(COLUMNS)}; put a text with commas in quotes"
                    )
                    continue
                row = dict(zip(headings, values, strict=True))
                try:
                    entries.append(Entry(row["sheet"], row["cell"].strip(), _value(row["value"], row["type"])))
                except ValueError as error:
                    problems.add(line, str(error))
    except csv.Error as error:
        raise NhsbnError(f"{where}, line {reader.line_num}: is not CSV ({error}); save it as CSV") from None
    return tuple(entries)


def _value(text: str, kind: str) -> Value:
    read = _READERS.get(kind.strip().lower())
    if read is None:
        raise ValueError(f"type {kind!r} is none of {', '.join(_READERS)}")
    reader, example = read
    try:
        return reader(text if kind.strip().lower() == "text" else text.strip())
    except (ValueError, KeyError):
        raise ValueError(f"{text!r} is no {kind.strip().lower()}; write it {example}") from None


def _number(text: str) -> float | int:
    return int(text) if _WHOLE.fullmatch(text) else float(text.replace("_", "x"))


def _date(text: str) -> date | datetime:
    day, between, moment = date.fromisoformat(text[:10]), text[10:11], text[11:]
    if between not in ("", " ", "T"):
        raise ValueError(text)
    return datetime.combine(day, _time(moment)) if between else day


def _time(text: str) -> time:
    read = time.fromisoformat(text)
    if read.tzinfo is not None:  # a cell holds no time zone
        raise ValueError(text)
    return read


def _blank(text: str) -> None:
    if text:
        raise ValueError(text)


_READERS: Mapping[str, tuple[Callable[[str], Value], str]] = {
    "number": (_number, "as 12.5, without thousands separators"),
    "text": (str, "as it is"),
    "date": (_date, "as 2025-06-30 or 2025-06-30 09:30"),
    "time": (_time, "as 09:30 or 09:30:15"),
    "boolean": (lambda text: {"true": True, "false": False}[text.lower()], "as true or false"),
    "blank": (_blank, "with no value"),
}
