"""Other sources' figures for the same thing, as a CSV file that a person makes from what they downloaded.

Here: the file's form, and every fault of it by line. Not here: keeping what was loaded (the records), and holding
our figures to it (source_rules).

Columns: ``source`` (who publishes it, in words), ``item`` (the question code, or the source's own name for the
figure), ``locality`` (a locality's id, or ``trust``), ``month`` (``2025-04``), ``value`` (in the unit of the
question; ``*``, as publishers write a suppressed figure, is passed over).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from math import isfinite

from nhsbn.checks.evidence import Cell, Series
from nhsbn.declarations import Collector
from nhsbn.errors import NhsbnError, Problem, ProblemsError
from nhsbn.periods import Month, Period

COLUMNS = ("source", "item", "locality", "month", "value")
SUPPRESSED = "*"


@dataclass(frozen=True, order=True)
class OtherFigure:
    """One figure of another source, for one month."""

    source: str
    item: str
    locality: str
    month: Month
    value: float


def read_comparisons(text: str, where: str, places: Collection[str]) -> tuple[OtherFigure, ...]:
    """Read a file of comparison figures.

    Args:
        text: the CSV.
        where: the file's name, for messages.
        places: locality ids, and ``trust``.

    Raises:
        ProblemsError: every fault, by line.
    """
    heads, *lines = _lines(text, where) or [(1, [])]
    columns = [head.strip() for head in heads[1]]
    if missing := [name for name in COLUMNS if name not in columns]:
        told = f"lacks the column {', '.join(missing)}; the first line must be {','.join(COLUMNS)}"
        raise ProblemsError([Problem(f"{where}:1", told)])
    found: dict[tuple[str, str, str, Month], OtherFigure] = {}
    with Collector() as problems:
        for number, cells in lines:
            at = f"{where}:{number}"
            if any(cells[len(columns) :]):
                told = f"has {len(cells)} values under {len(columns)} headings; put a value with commas in quotes"
                problems.add(at, told)
                continue
            row = dict(zip(columns, cells, strict=False))
            given = {name: row.get(name, "").strip() for name in COLUMNS}
            if not any(given.values()) or given["value"] == SUPPRESSED:
                continue
            faults = list(_faults(given, places))
            for fault in faults:
                problems.add(at, fault)
            if faults:
                continue
            month = Period.parse(given["month"]).first_month
            one = OtherFigure(given["source"], given["item"], given["locality"], month, _number(given["value"]))
            key = (one.source, one.item, one.locality, one.month)
            if key in found and found[key] != one:
                problems.add(at, f"gives {one.item} for {one.month} twice, with different values; keep one")
            found[key] = one
    return tuple(sorted(found.values()))


def _lines(text: str, where: str) -> list[tuple[int, list[str]]]:
    """Each line's number and cells, as far as one is written at all."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    try:
        return [(reader.line_num, cells) for cells in reader if cells]
    except csv.Error as error:
        told = f"is not CSV ({error}); look for a quotation mark that is never closed, or save it as CSV anew"
        raise ProblemsError([Problem(f"{where}:{reader.line_num}", told)]) from None


def by_cell(figures: Iterable[OtherFigure]) -> dict[Cell, Series]:
    """Source, item and place to its figures; of one month given twice, the last one stands."""
    cells: dict[Cell, dict[Month, float]] = {}
    for one in figures:
        cells.setdefault((one.source, one.item, one.locality), {})[one.month] = one.value
    return dict(cells)


def _faults(given: dict[str, str], places: Collection[str]) -> Iterable[str]:
    for name in ("source", "item"):
        if not given[name]:
            yield f"{name} is empty; fill it in"
    if given["locality"] not in places:
        yield f"locality {given['locality']!r} is not known; write one of {', '.join(places)}"
    try:
        is_month = Period.parse(given["month"]).kind == "month"
    except NhsbnError:
        is_month = False
    if not is_month:
        yield f"month {given['month']!r} is not a month; write it as 2025-04"
    try:
        _number(given["value"])
    except ValueError:
        yield f"value {given['value']!r} is not a number; write it without signs, or {SUPPRESSED} where suppressed"


def _number(text: str) -> float:
    value = float(text.replace(",", ""))
    if not isfinite(value):
        raise ValueError(text)
    return value
