"""One run of a project and period, from plan to tools, in this process and in Dagster's record.

Here: deciding what to make, having Dagster make it, and saying how it ended. Not here: words and tables for a
person (report), and the steps themselves (assets). Dagster is imported only when there is something to make.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from assets.checking_stage import held_back as held_back_by_checks
from assets.checking_stage import standings, today
from assets.conforming_stage import unmapped
from assets.editions import edition_of
from assets.measuring_stage import collection
from assets.plan import plan_return
from assets.workshop import Tell, Workshop, say_nothing
from nhsbn.extracts.landing import LandedFile
from nhsbn.planning import Key, Plan, metric_key
from nhsbn.tools.cells import State
from nhsbn.tools.collection_tool import ToolCell
from resources.home import Home
from resources.records_models import ToolVersion
from resources.site import Site


@dataclass(frozen=True)
class ToolStatus:
    """One tool as it was last made.

    Attributes:
        place: locality id, or ``trust``.
        version: None when it has never been made.
        cells: its requested cells.
    """

    place: str
    version: ToolVersion | None
    cells: tuple[ToolCell, ...]

    def count(self, state: State) -> int:
        """How many of its cells are in a state."""
        return sum(cell.state is state for cell in self.cells)


@dataclass(frozen=True)
class ReturnStatus:
    """How a return stands.

    Attributes:
        tools: one for each place asked.
        held_back: files that were refused or blocked, and so are not in any figure.
        strays: files of the inbox that are no report's, each with the reason.
        unmapped: keys, rows and pounds that no mapping table knows.
        stopped: place to why an open check keeps its tool from being filled; only places that are.
        open_checks: how many results of checks nobody has mended or accepted.
    """

    tools: tuple[ToolStatus, ...]
    held_back: tuple[LandedFile, ...]
    strays: tuple[tuple[str, str], ...]
    unmapped: tuple[int, int, float]
    stopped: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    open_checks: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether no file was held back, no cell withheld, and no tool stopped."""
        withheld = any(tool.count(State.WITHHELD) for tool in self.tools)
        return not self.held_back and not withheld and not self.stopped


class Return:
    """One project's return for one period, in the edition it belongs to: planning, making and looking at it.

    Args:
        site: the declarations.
        home: where the state is.
        project: id of a project of the programme.
        period: ``2025-26-Q1``.
        place: a locality's id or ``trust``; None for every one.

    Raises:
        NhsbnError: when there is no such project, period or place.
        ProblemsError: every fault of the declarations.
    """

    def __init__(self, site: Site, home: Home, project: str, period: str, place: str | None = None) -> None:
        self.site, self.home = site, home
        self.work = edition_of(site, project, period)
        self.places: Sequence[str] = [site.organisation.place(place)] if place else list(site.organisation.places)

    @property
    def title(self) -> str:
        """As people call it: ``MHLDA Indicators 2025-26-Q1, edition 2025-26``."""
        project = self.work.project
        return f"{project.title} {self.work.period}, edition {project.edition}"

    @property
    def folder(self) -> Path:
        """Where its tools lie."""
        return self.home.out / self.work.project.project / str(self.work.period)

    def plan(self) -> Plan:
        """What is stale."""
        with self._workshop() as workshop:
            return plan_return(workshop, self.work, self.places)

    def make(self, plan: Plan, tell: Tell = say_nothing) -> str:
        """Have Dagster make what is stale, in this process, under this home's own record of runs.

        Returns:
            The id of the run.

        Raises:
            NhsbnError: what a person can mend.
            Exception: whatever else a step raised.
        """
        tell("Opening: Dagster")
        with self._workshop(tell) as workshop:
            # Dagster takes as long to import as Great Expectations, and a processor is free meanwhile.
            if "dagster" not in sys.modules and any(kind == "extract" for kind, *_ in plan.stale):
                workshop.checkers.begin()
            return self._made(workshop, plan)

    def _made(self, workshop: Workshop, plan: Plan) -> str:
        import dagster as dg

        from assets.specs import asset_keys
        from pipelines.definitions import build_defs
        from pipelines.jobs import job_name

        opened = dg.ResourceDefinition.hardcoded_resource(workshop)
        definitions = build_defs(site=self.site, home=self.home, resources={"workshop": opened})
        job = definitions.resolve_job_def(job_name(self.work.project.project))
        # The graph is the newest edition's: a metric that only another one asks is calculated with the others.
        shown = job.asset_layer.executable_asset_keys
        wanted = [key for key in asset_keys([*plan.stale, *self._asked_of_leads()]) if key in shown]
        with _unsynced_events(), dg.DagsterInstance.from_config(str(self.home.dagster_home)) as instance:
            result = job.execute_in_process(
                instance=instance,
                partition_key=str(self.work.period),
                asset_selection=wanted,
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
                tags={"reason": "command line"},
            )
        return result.run_id

    def _asked_of_leads(self) -> Iterator[Key]:
        """The metrics that no source holds: nothing makes them stale, yet the graph shows who is asked."""
        project = self.work.project.project
        return (metric_key(project, one.metric_id) for one in self.work.catalogue.metrics if one.returned)

    def status(self) -> ReturnStatus:
        """How it stands now, from what is kept; nothing is made."""
        with self._workshop() as workshop:
            files = [file for report in self.site.register.reports for file in workshop.landed(report).files]
            account = workshop.lake.account("unmapped", workshop.inputs.versions["unmapped"])
            failed = standings(workshop, self.work, today(), failed_only=True)
            back = held_back_by_checks(workshop, self.work, today())
            return ReturnStatus(
                tuple(self._tool(workshop, place) for place in self.places),
                tuple(held_back(files)),
                tuple((file.place, file.ignored) for file in workshop.inbox() if file.ignored),
                _unmapped(workshop) if account else (0, 0, 0.0),
                {place: back[place].stopped for place in self.places if place in back and back[place].stopped},
                sum(one.status.is_open and one.result.locality in self.places for one in failed),
            )

    def _tool(self, workshop: Workshop, place: str) -> ToolStatus:
        version = workshop.records.latest_tool(collection(workshop, self.work), place)
        cells = workshop.records.cells(version.id) if version else ()
        return ToolStatus(place, version, tuple(cells))

    @contextmanager
    def _workshop(self, tell: Tell = say_nothing) -> Iterator[Workshop]:
        workshop = Workshop(self.site, self.home, tell)
        try:
            yield workshop
        finally:
            workshop.close()


@contextmanager
def _unsynced_events() -> Iterator[None]:
    """Let Dagster's SQLite files be written without waiting for the disk at each of a run's thousand commits.

    Halves the cost of an event. A power cut may then spoil Dagster's history of runs, which can be deleted;
    nothing else is kept there. The records set their own, safe way after this.
    """

    def unsynced(connection: object, _: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute("pragma synchronous = off").close()

    sa.event.listen(sa.Engine, "connect", unsynced)
    try:
        yield
    finally:
        sa.event.remove(sa.Engine, "connect", unsynced)


def held_back(files: Sequence[LandedFile]) -> Iterator[LandedFile]:
    """The files whose rows are in no figure though they should be; a mere copy of another is none."""
    used = {(file.report, file.sha256) for file in files if file.status != "refused"}
    for file in files:
        if file.status == "blocked" or (file.status == "refused" and (file.report, file.sha256) not in used):
            yield file


def _unmapped(workshop: Workshop) -> tuple[int, int, float]:
    found = unmapped(workshop)
    return len(found), sum(one.rows for one in found), sum(one.pounds or 0.0 for one in found)
