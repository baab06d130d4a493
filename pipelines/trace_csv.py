"""A trace as CSV: every row, and every row that came close where those were asked for, a line each.

Here: columns and cells. Not here: finding the rows (resources), and writing the file (``trace_cli``).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from decimal import Decimal

from nhsbn.tracing.trace import RowPlace, Trace, TracedFile, TracedRow, TracedTerm
from pipelines.trace_report import why_staged

COLUMNS = (
    *("question", "of_month", "of_locality", "of_member", "part", "kind", "why", "file", "sha256", "sheet", "row"),
    *("contribution", "counted", "note", "row_instead"),
)
"""What every line has; the columns of a measure follow, under its name."""

Files = Mapping[str, TracedFile]


def as_csv(trace: Trace) -> str:
    """A trace's rows under :data:`COLUMNS` and the columns of its measures."""
    names = dict.fromkeys(f"{term.measure}.{name}" for term in trace.terms for name in term.columns)
    text = io.StringIO()
    writer = csv.DictWriter(text, (*COLUMNS, *names), restval="", lineterminator="\n")
    writer.writeheader()
    about = {"question": trace.question.code, "of_month": trace.month, "of_locality": trace.locality}
    about["of_member"] = trace.member
    for line in _lines(trace):
        writer.writerow({name: _inert(value) for name, value in {**about, **line}.items()})
    return text.getvalue()


def _inert(value: object) -> object:
    """A text of an extract that a spreadsheet program would take for a formula, kept from being one.

    A number stays one, a negative one too, and is written without an exponent.
    """
    if isinstance(value, Decimal):
        return f"{value:f}"
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def _lines(trace: Trace) -> Iterator[dict[str, object]]:
    files = {file.file: file for file in trace.files}
    for term in trace.terms:
        for row in term.rows:
            added = {"contribution": row.contribution, "counted": row.counted, "note": row.note}
            instead = row.same_as.row if row.same_as else ""
            yield {**_line(files, term, row), "kind": "counted", **added, "row_instead": instead}
        for one in term.left_out:
            for row in one.examples:
                yield {**_line(files, term, row), "kind": f"left out by the {one.by}", "why": one.reason}
    for staged in trace.staged_out:
        why = {"kind": "left out by staging", "why": why_staged(staged)}
        for place, other in staged.examples:
            yield {**_of_place(files, place), **why, "row_instead": other.row if other else ""}


def _line(files: Files, term: TracedTerm, row: TracedRow) -> dict[str, object]:
    said = zip(term.columns, row.values, strict=True)
    values = {f"{term.measure}.{name}": "" if value is None else value for name, value in said}
    return {**_of_place(files, row.place), "part": term.name, **values}


def _of_place(files: Files, place: RowPlace) -> dict[str, object]:
    file, row = files.get(place.file), "" if place.row is None else place.row
    name, sha256 = (file.name, file.sha256) if file else ("", "")
    return {"file": name, "sha256": sha256, "sheet": place.sheet or "", "row": row}
