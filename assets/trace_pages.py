"""The trace pages beside a review pack: of each question that needs a look, in the last month of the period.

Here: which are written, and where. Not here: taking an answer apart (resources), and how the page looks (pages).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from assets.workshop import Workshop
from nhsbn.errors import NhsbnError
from nhsbn.review.pack import Look, ReviewPack
from nhsbn.tracing.trace import Trace
from nhsbn.values import ALL
from resources.trace_reader import TraceReader
from resources.trace_terms import Wanted
from resources.traced_tools import recorded_tool
from resources.workbook_files import write_changed

ROWS = 1_000
"""Rows of each part that a page shows, so that every page of a pack opens; ``nhsbn trace --csv`` has them all."""

NEEDS_A_LOOK = (Look.STOPS, Look.WITHHELD, Look.QUERIED, Look.WARNING)

Draw = Callable[[Trace], str]
"""Draws the page of a trace."""


def write_traces(workshop: Workshop, pack: ReviewPack, project: str, period: str, draw: Draw) -> dict[str, str]:
    """Write a page for each question of a place that needs a look, under ``traces/`` beside the pack.

    Args:
        workshop: of the home.
        pack: the director's page of the place.
        project: its id.
        period: ``2025-26-Q1``.
        draw: draws a page.

    Returns:
        Question code to the page, as a link from the pack. One whose rows cannot be had is left to its command.

    Raises:
        NhsbnError: when a page cannot be written.
    """
    reader = TraceReader(workshop.home, workshop.records)
    meant = recorded_tool(workshop.records, project, period, pack.review.locality, None)
    folder = workshop.home.review(project, period, pack.review.locality)
    links: dict[str, str] = {}
    for code, month in _asked(pack):
        workshop.tell(f"Tracing: {pack.review.place}, {code}")
        try:
            found = reader.trace(meant, code, month, ALL, Wanted(ROWS, excluded=True))
        except NhsbnError:
            continue
        links[code] = f"traces/{code}.html"
        write_changed(folder / links[code], draw(found).encode("utf-8"))
    return links


def _asked(pack: ReviewPack) -> Iterator[tuple[str, str]]:
    """Question and month; the month is empty where one answer stands for the period."""
    for question in pack.review.questions:
        if pack.look(question) in NEEDS_A_LOOK and question.cells:
            yield question.code, str(max(cell.month for cell in question.cells))
