"""Finding a report's table in a sheet: which row is its header, and which column is which.

Here: matching rows of text to a report's headings and aliases, and telling a file that is another report. Not
here: the rows below the header (row_classes), and reading cells.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from nhsbn.errors import Problem
from nhsbn.extracts.landing import RefusedError
from nhsbn.extracts.reports import Report, normalise_heading

TOP_ROWS = 30
"""A header is looked for in this many rows from the top of a sheet."""

_SPACER = re.compile(r"^(textbox\d+|unnamed: ?\d+|_+|\.+)?$")


@dataclass(frozen=True)
class Header:
    """A row that reads as a report's header.

    Attributes:
        row: its index from the top of the sheet, from 0.
        columns: column id to position in the row, from 0.
        undeclared: headings that the declaration does not know, as printed.
        missing: columns not found.
        twice: headings that name a column already found.
    """

    row: int
    columns: Mapping[str, int]
    undeclared: tuple[str, ...]
    missing: tuple[str, ...]
    twice: tuple[str, ...]

    def lacks(self, report: Report) -> list[str]:
        """The columns without which the report cannot be read, of those missing."""
        return [
            name for name in self.missing if report.columns[name].required and not report.columns[name].optional
        ]


# The same few rows are held against every report.
_heading = lru_cache(maxsize=10_000)(normalise_heading)


def find_header(top: Sequence[Sequence[str]], report: Report) -> Header | None:
    """The row that holds most of the report's headings, if any holds two.

    Args:
        top: the first rows of a sheet, as text.
        report: whose headings to look for.
    """
    headings = report.headings
    best: Header | None = None
    for index, cells in enumerate(top[:TOP_ROWS]):
        header = _read_header(index, cells, headings, report)
        if len(header.columns) >= min(2, len(report.columns)) and (
            best is None or len(header.columns) > len(best.columns)
        ):
            best = header
    return best


def _read_header(index: int, cells: Sequence[str], headings: Mapping[str, str], report: Report) -> Header:
    columns: dict[str, int] = {}
    undeclared, twice = [], []
    for position, text in enumerate(cells):
        heading = _heading(text)
        name = headings.get(heading)
        if name is None:
            if not _SPACER.match(heading):
                undeclared.append(" ".join(text.split()))
        elif name in columns:
            twice.append(" ".join(text.split()))
        else:
            columns[name] = position
    missing = tuple(name for name in report.columns if name not in columns)
    return Header(index, columns, tuple(undeclared), missing, tuple(twice))


def tables_of(
    tops: Mapping[str, Sequence[Sequence[str]]], report: Report, others: Iterable[Report]
) -> dict[str, Header]:
    """The sheets that hold the report, with their headers.

    Args:
        tops: the first rows of every sheet (or of every way to read a text file), by its name.
        report: the report that the file's name says.
        others: every other declared report.

    Raises:
        RefusedError: when no sheet holds it, a heading it needs is absent, or it is another report.
    """
    found = {name: header for name, top in tops.items() if (header := find_header(top, report))}
    whole = {name: header for name, header in found.items() if not header.lacks(report)}
    matched = max((len(header.columns) for header in whole.values()), default=0)
    likest = max((len(header.columns) for header in found.values()), default=0)
    if other := _looks_like(tops, others, likest):
        raise RefusedError(
            f"its name says {report.title} ({report.report}) but its headings are those of {other.title} "
            f"({other.report}). Give it the name of that report, or replace it with the right extract."
        )
    if not found:
        expected = ", ".join(repr(column.heading) for column in report.columns.values() if column.required)
        raise RefusedError(
            f"no row of the first {TOP_ROWS} holds the headings of {report.title}. Expected {expected}. Ask for "
            "the report with its headings, or add a new heading to the aliases of its declaration in sources/."
        )
    # A sheet with most of the headings is a month with one renamed; one with a few is somebody's summary.
    partial = {
        name: header
        for name, header in found.items()
        if name not in whole and len(header.columns) * 3 >= matched * 2
    }
    for name, header in (partial if whole else found).items():
        raise RefusedError(_lacking(name, header, report))
    for name, header in whole.items():
        if header.twice:
            raise RefusedError(
                f"{_sheet(name)}the heading {header.twice[0]!r} names a column that the header already has (row "
                f"{header.row + 1}). Delete the column that is not wanted, or rename its heading."
            )
    return whole


def _looks_like(
    tops: Mapping[str, Sequence[Sequence[str]]], others: Iterable[Report], matched: int
) -> Report | None:
    """Another report whose header is complete and has more of its headings than ours has."""
    printed = {_heading(text) for top in tops.values() for row in top[:TOP_ROWS] for text in row}
    best: tuple[int, Report] | None = None
    for other in others:
        needed = {name for name, column in other.columns.items() if column.required and not column.optional}
        if needed - {name for text, name in other.headings.items() if text in printed}:
            continue
        for top in tops.values():
            header = find_header(top, other)
            if header and not header.lacks(other) and len(header.columns) > max(matched, best[0] if best else 0):
                best = len(header.columns), other
    return best[1] if best else None


def _lacking(sheet: str, header: Header, report: Report) -> str:
    wanted = "; ".join(
        " or ".join(repr(text) for text in (report.columns[name].heading, *report.columns[name].aliases))
        for name in header.lacks(report)
    )
    unknown = (
        f" Headings not known: {', '.join(repr(text) for text in header.undeclared)}." if header.undeclared else ""
    )
    return (
        f"{_sheet(sheet)}the header in row {header.row + 1} lacks a heading that {report.title} must have: "
        f"{wanted}.{unknown} Ask for the report with that column, or add its new heading to the aliases in "
        "sources/."
    )


def _sheet(name: str) -> str:
    return f"sheet {name!r}: " if name else ""


def heading_warnings(where: str, header: Header, report: Report) -> list[Problem]:
    """What a person should know of a header that was accepted."""
    warnings = [
        Problem(
            f"{where}, column {text!r}",
            "is not declared, so it was not landed. Add it to the declaration if it is wanted.",
        )
        for text in header.undeclared
    ]
    warnings += [
        Problem(
            f"{where}, column {report.columns[name].heading!r}",
            "is absent from this file; its cells are read as blank.",
        )
        for name in header.missing
        if not report.columns[name].optional and not report.columns[name].required
    ]
    return warnings
