"""What of a return is stale: the steps of one project and period, and which of them changed of themselves.

Here: asking each stage what changed, and putting the answers on the graph. Not here: carrying a change down it
(nhsbn.planning), and making anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from assets import conforming_stage, landing_stage, measuring_stage, tool_stage
from assets.measuring_stage import Edition
from assets.workshop import Workshop
from nhsbn.planning import Plan, Step, conformed_key, extract_key, make_plan, metric_key, tool_key


def plan_return(workshop: Workshop, work: Edition, places: Iterable[str]) -> Plan:
    """What must be made so that the tools of some places are up to date. Nothing is calculated.

    Args:
        workshop: what to work with.
        work: the edition and period.
        places: locality ids, or ``trust``.
    """
    wanted = list(places)
    changed = landing_stage.changes(workshop)
    changed |= conforming_stage.changes(workshop)
    changed |= measuring_stage.changes(workshop, work)
    changed |= tool_stage.changes(workshop, work, wanted)
    steps = list(_steps(workshop, work, wanted))
    known = {step.key for step in steps}
    plan = make_plan(steps, {key: because for key, because in changed.items() if key in known})
    return plan.only(tool_key(work.project.project, place) for place in wanted)


def _steps(workshop: Workshop, work: Edition, places: list[str]) -> Iterator[Step]:
    site, project = workshop.site, work.project.project
    for name, report in site.register.reports.items():
        yield Step(extract_key(name), report.title)
    for name, file in site.library.conformed.items():
        header = file.header
        reads = (*map(extract_key, header.reports), *map(conformed_key, header.tables))
        yield Step(conformed_key(name), header.title, reads)
    metrics = work.catalogue.metrics
    for metric in metrics:
        tables = site.library.tables(metric.measures)
        yield Step(metric_key(project, metric.metric_id), metric.metric_title, tuple(map(conformed_key, tables)))
    # A tool needs the account of what maps nowhere as well, so that a run always brings it up to date.
    hangs_on = (
        *(metric_key(project, metric.metric_id) for metric in metrics),
        *map(extract_key, site.register.reports),
        *map(conformed_key, site.library.conformed),
    )
    for place in places:
        yield Step(tool_key(project, place), site.organisation.places[place], hangs_on)
