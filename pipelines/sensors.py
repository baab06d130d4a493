"""The sensor on the inbox: when files come, change or go, every open period is run.

Here: noticing. Not here: what the files are; landing decides that, and only what they touch is made again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg

from nhsbn.programme import Project
from pipelines.jobs import job_name
from resources.inbox import REVIEWS
from resources.records_rows import digest


def _today() -> date:
    return datetime.now(UTC).date()


def inbox_sensor(
    inbox: Path,
    projects: Sequence[Project],
    jobs: Sequence[dg.UnresolvedAssetJobDefinition],
    today: Callable[[], date] = _today,
) -> dg.SensorDefinition:
    """One run of each edition of a project for each of its open periods; stopped until someone switches it on.

    A file still being copied changes from look to look, so a change counts once two looks in a row agree.
    """

    @dg.sensor(
        name="inbox",
        jobs=list(jobs),
        minimum_interval_seconds=60,
        description="Runs the open periods when files come into the inbox, change or go.",
    )
    def changed_inbox(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        settled, _, seen = (context.cursor or "").partition(" ")
        now = fingerprint(inbox)
        if now == settled:
            context.update_cursor(settled)
            yield dg.SkipReason("nothing in the inbox has changed")
        elif now != seen:
            context.update_cursor(f"{settled} {now}")
            yield dg.SkipReason("the inbox changed; waiting for it to settle")
        else:
            context.update_cursor(now)
            # No run key: Dagster would take a file put back as it was for the run that it had before it went.
            requests = [
                dg.RunRequest(
                    job_name=job_name(project.project),
                    partition_key=str(period),
                    tags={"reason": "inbox"},
                )
                for project in projects
                for period in project.open_on(today())
            ]
            yield from requests or [dg.SkipReason("the inbox changed, but no period is open")]

    return changed_inbox


def fingerprint(inbox: Path) -> str:
    """Hash of the names, sizes and times of every extract; cheap enough for every minute."""
    files = sorted(path for path in inbox.glob("*/*") if path.is_file() and not path.name.startswith((".", "~$")))
    states = [(path.relative_to(inbox).as_posix(), path.stat()) for path in files if path.parent.name != REVIEWS]
    return digest([(name, state.st_size, state.st_mtime_ns) for name, state in states])
