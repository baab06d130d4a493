"""What the states of one place's cells are decided from: extracts at hand, what is provided there, failed checks.

Here: gathering it from what was landed and mapped. Not here: deciding (the core).
"""

from __future__ import annotations

from collections.abc import Mapping

from assets.measuring_stage import Edition
from assets.workshop import Workshop
from nhsbn.extracts.coverage import Coverage
from nhsbn.tools.applicability import Applicability, applicability
from nhsbn.tools.cells import Knowledge


def coverage(workshop: Workshop) -> Coverage:
    """The extract files that were landed, gated."""
    register = workshop.site.register
    return Coverage(
        register.reports, [file for report in register.reports for file in workshop.landed(report).files]
    )


def knowledge(
    workshop: Workshop, work: Edition, locality: str, held: Coverage, failed_checks: Mapping[str, str]
) -> Knowledge:
    """All that the states of a place's cells are decided from, apart from the values.

    Args:
        workshop: where it is known.
        work: the edition and period.
        locality: a locality's id, or ``trust``.
        held: the extracts; the same for every place.
        failed_checks: question code to why a check withholds its cells.
    """
    return Knowledge(held, provided(workshop, work, locality), failed_checks)


def provided(workshop: Workshop, work: Edition, locality: str) -> Applicability:
    """What a place provides in the period."""
    maps = workshop.site.maps
    place = workshop.site.organisation.places[locality]
    return applicability(locality, place, work.period, maps["map_ward"].rows, maps["map_team"].rows)
