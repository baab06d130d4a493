"""What stands behind a metric's values, for the UI: rows left out with the reason, and the files they came from.

Here: counting the kept rows of measures, and the files behind a metric. Not here: calculating (measuring_stage),
showing (metrics), and taking one value apart into its rows (the trace). Nothing here knows Dagster.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from assets.measuring_stage import Edition, measure_versions
from assets.workshop import Workshop
from nhsbn.conformed.conforming import SetAside
from nhsbn.metrics.catalogue import Metric
from nhsbn.metrics.measures import POPULATION
from resources.staging import parquet


@dataclass(frozen=True)
class Considered:
    """Rows of one measure that were looked at and came to the same end.

    Attributes:
        reason: why they were left out; empty for those that count before a metric's own conditions.
    """

    measure: str
    reason: str
    rows: int


@dataclass(frozen=True)
class SourceFiles:
    """The files of one report behind a metric.

    Attributes:
        used: how many are admitted.
        held_back: how many were refused or blocked by a gate.
        rows: landed in the admitted ones.
        set_aside: rows of them that landing kept, with the reason, and nothing uses.
        latest: the last day that an admitted one covers; empty where there is none.
    """

    report: str
    used: int
    held_back: int
    rows: int
    set_aside: int
    latest: str


class Evidence:
    """What stands behind the metrics of one return; each measure and table is looked at once.

    Args:
        workshop: what to work with.
        work: the return; its metrics must have been calculated.
    """

    def __init__(self, workshop: Workshop, work: Edition) -> None:
        self._workshop, self._work = workshop, work
        self._counted: dict[str, tuple[Considered, ...]] = {}
        self._set_aside: dict[str, tuple[SetAside, ...]] = {}

    def considered(self, metric: Metric) -> tuple[Considered, ...]:
        """The rows of its measures by outcome, the counted first; none of a measure whose rows are not kept."""
        return tuple(one for name in metric.measures for one in self._of_measure(name))

    def files(self, metric: Metric) -> tuple[SourceFiles, ...]:
        """The files behind it, report by report."""
        return tuple(self._of_report(name) for name in metric.sources if name != POPULATION)

    def set_aside(self, metric: Metric) -> tuple[SetAside, ...]:
        """The landed rows of its reports that no table holds, by reason, report by report."""
        tables = self._workshop.site.library.closure(metric.measures)
        found = {(one.report, one.reason): one for name in tables for one in self._of_table(name)}
        return tuple(found[key] for key in sorted(found))

    def _of_table(self, name: str) -> tuple[SetAside, ...]:
        if name not in self._set_aside:
            account = self._workshop.lake.account(name, self._workshop.inputs.versions[name])
            self._set_aside[name] = account.set_aside if account else ()
        return self._set_aside[name]

    def _of_measure(self, name: str) -> tuple[Considered, ...]:
        if name not in self._counted:
            version = measure_versions(self._workshop, self._work.period, [name])[name]
            path = self._workshop.lake.measure_path(name, version)
            rows: list[tuple[str | None, int]] = []
            if path.exists():
                with duckdb.connect() as connection:
                    rows = connection.execute(
                        f"select excluded, count(*) from {parquet([path])} group by excluded "
                        "order by excluded nulls first"
                    ).fetchall()
            self._counted[name] = tuple(Considered(name, reason or "", count) for reason, count in rows)
        return self._counted[name]

    def _of_report(self, report: str) -> SourceFiles:
        landed = self._workshop.landed(report)
        ends = [file.period_end for file in landed.admitted if file.period_end]
        return SourceFiles(
            report,
            len(landed.admitted),
            len(landed.files) - len(landed.admitted),
            sum(file.rows.landed for file in landed.admitted),
            sum(file.rows.set_aside for file in landed.admitted),
            str(max(ends)) if ends else "",
        )
