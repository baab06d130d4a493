"""Facts of a whole landed file, for expectations that judge files and not rows.

Here: each fact by the name that a suite uses. Not here: what is expected of it (the suite).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from statistics import median

from nhsbn.extracts.landing import LandedFile

EARLIER_FILES = 6
"""A file's rows are set against the median of this many files before it."""
FEWEST_EARLIER_FILES = 3
"""With fewer before it a median says nothing, and the file's rows are not judged."""


def rows_against_median(file: LandedFile, history: Sequence[LandedFile]) -> float | None:
    """A file's rows a day covered, as a multiple of the median of the files before it.

    By the day covered, because the dates asked for differ from file to file. Of several issues of the same dates
    the last one counts.

    Args:
        file: the file.
        history: every file of the report.

    Returns:
        The multiple (1 is as many as before), or nothing with fewer than three files before.
    """
    if file.period_end is None:
        return None
    earlier: dict[date, LandedFile] = {}
    for other in sorted(history, key=lambda other: (str(other.extracted_at), other.sha256)):
        if other.status != "refused" and other.period_end is not None and other.period_end < file.period_end:
            earlier[other.period_end] = other
    recent = [_rows_a_day(earlier[end]) for end in sorted(earlier)[-EARLIER_FILES:]]
    if len(recent) < FEWEST_EARLIER_FILES or not median(recent):
        return None
    return _rows_a_day(file) / median(recent)


def _rows_a_day(file: LandedFile) -> float:
    if file.period_start is None or file.period_end is None:
        return float(file.rows.landed)
    return file.rows.landed / ((file.period_end - file.period_start).days + 1)


FACTS: Mapping[str, Callable[[LandedFile, Sequence[LandedFile]], float | None]] = {
    "rows_against_median": rows_against_median,
}
"""Each fact, got from the file and every file of its report."""
