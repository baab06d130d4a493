"""The schedules: each project runs of itself on weekdays while one of its periods is open.

Here: asking the programme which periods are open. Not here: the calendar itself (projects/programme.yaml).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

import dagster as dg

from nhsbn.programme import Project
from pipelines.jobs import job_name

LONDON = "Europe/London"


def project_schedule(editions: Sequence[Project], job: dg.UnresolvedAssetJobDefinition) -> dg.ScheduleDefinition:
    """One run for each open period, once a day at most; stopped until someone switches it on.

    Args:
        editions: of one project, newest first. Last year's final period is often still open when this year's
            edition has come.
        job: what is run.
    """
    project, *_ = editions

    @dg.schedule(
        name=f"{project.project}_open_periods",
        job=job,
        cron_schedule=sorted({edition.cron for edition in editions}),
        execution_timezone=LONDON,
        description=f"Runs {project.title} for each period that is open, from {project.opens} to "
        f"{project.deadline} days after its last day.",
    )
    def open_periods(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        day = context.scheduled_execution_time.astimezone(ZoneInfo(LONDON)).date()
        periods = sorted(period for edition in editions for period in edition.open_on(day))
        if not periods:
            yield dg.SkipReason(f"no period of {job_name(project.project)} is open on {day}")
        for period in periods:
            yield dg.RunRequest(run_key=f"{period}:{day}", partition_key=str(period), tags={"reason": "schedule"})

    return open_periods
