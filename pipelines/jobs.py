"""The jobs: one a project, from the inbox to the filled tools of one period.

Here: which assets a job makes, and how. Not here: when it runs of itself (schedules, sensors).
"""

from __future__ import annotations

import dagster as dg

from nhsbn.programme import Project


def job_name(project: str) -> str:
    """The job of a project."""
    return f"{project}_return"


def project_job(project: Project) -> dg.UnresolvedAssetJobDefinition:
    """Everything that a project's tools hang on, and the tools. Its period is its partition.

    One process runs all four steps: they are few and hand on nothing but versions, and starting a process a step
    would cost more than most of them take.
    """
    tools = dg.AssetSelection.key_prefixes([project.project, "tool"])
    return dg.define_asset_job(
        job_name(project.project),
        # Tables that no metric reads yet are made too: what they cannot map counts in the account of the unmapped.
        selection=tools.upstream() | dg.AssetSelection.groups("conformed").upstream(),
        description=f"{project.title}: from the extracts in the inbox to the filled tools of one period.",
        executor_def=dg.in_process_executor,
        tags={"project": project.project},
    )
