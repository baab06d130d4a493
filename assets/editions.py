"""Which edition a period is worked in: its own, whatever edition is the newest.

Here: from a project and a period to the edition, what it asks and the period. Not here: which editions there are
(the programme), and what a stage makes of one.
"""

from __future__ import annotations

from assets.measuring_stage import Edition
from resources.site import Site


def edition_of(site: Site, project: str, period: str) -> Edition:
    """The edition that a period belongs to, ready to be worked in.

    Raises:
        NhsbnError: when there is no such project, or no edition of it has the period.
        ProblemsError: every fault of the edition's catalogue.
    """
    declared, asked = site.programme.edition_of(project, period)
    return Edition(declared, site.catalogue(declared.project, declared.edition), asked)
