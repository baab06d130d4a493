"""The definitions: every asset, check, job, schedule and sensor of an installation.

Here: putting them together. Not here: what any of them is (assets, jobs, schedules, sensors), and those that
Dagster itself loads (``code_location``): a run from the command line builds its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import dagster as dg

from assets.conformed import conformed_assets
from assets.extracts import extract_assets
from assets.metrics import metric_assets
from assets.tools import tool_assets
from assets.workshop import Workshop, say_nothing
from nhsbn.programme import Project
from pipelines.jobs import project_job
from pipelines.schedules import project_schedule
from pipelines.sensors import inbox_sensor
from resources.home import Home
from resources.site import Site


def build_defs(
    *,
    site: Site | None = None,
    home: Home | None = None,
    resources: Mapping[str, Any] | None = None,
) -> dg.Definitions:
    """Fresh definitions.

    Args:
        site: the declarations; by default those beside the program.
        home: where the state is; by default that of ``NHSBN_HOME``.
        resources: take the place of those of the same name (``workshop``).

    Raises:
        ProblemsError: every fault of every declaration.
    """
    site, home = site or Site(), home or Home.at()
    suites = dict(Workshop(site, home).suites)
    projects = site.programme.running
    editions = {project.project: site.programme.editions(project.project) for project in projects}
    newest = [site.catalogue(listed[0].project, listed[0].edition) for listed in editions.values()]
    jobs = {project.project: project_job(project) for project in projects}
    return dg.Definitions(
        assets=[
            extract_assets(site, suites, newest),
            conformed_assets(site),
            *(asset for listed in editions.values() for asset in _project_assets(site, listed)),
        ],
        jobs=list(jobs.values()),
        schedules=[project_schedule(editions[name], job) for name, job in jobs.items()],
        sensors=[inbox_sensor(home.inbox, list(chain.from_iterable(editions.values())), list(jobs.values()))],
        resources={"workshop": workshop_resource(site, home), **(resources or {})},
        executor=dg.in_process_executor,
    )


def workshop_resource(site: Site, home: Home) -> dg.ResourceDefinition:
    """The workshop of a run: opened when it begins, closed when it ends."""

    @dg.resource(description="The declarations, the home folder, the lake and the records.")
    def workshop(context: dg.InitResourceContext) -> Iterator[Workshop]:
        log = context.log
        opened = Workshop(site, home.prepare(), log.info if log else say_nothing)
        try:
            yield opened
        finally:
            opened.close()

    return workshop


def _project_assets(site: Site, editions: Sequence[Project]) -> list[dg.AssetsDefinition]:
    """The graph of a project's newest edition, over the periods of all of them."""
    project, *_ = editions
    periods = sorted(period for edition in editions for period in edition.periods)
    partitions = dg.StaticPartitionsDefinition(list(map(str, periods)))
    catalogue = site.catalogue(project.project, project.edition)
    places = site.organisation.places if project.by_locality else {"trust": site.organisation.name}
    return [
        metric_assets(site, project, catalogue, partitions),
        tool_assets(project, catalogue, places, site.register.reports, partitions),
    ]
