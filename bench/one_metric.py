"""Make one metric and the project's tools, as a person does from the UI after a file is re-issued.

What is asked for is the metric, what is stale of all that it is made from, and every tool. A tool is never filled
from stale figures, so it has the other metrics of the file calculated with it.

    python -m bench.one_metric HOME PROJECT PERIOD TABLE
"""

from __future__ import annotations

import sys

from bench.launch import MARK, StopWatch, time_event_storage
from nhsbn.planning import Plan, conformed_key, metric_key, tool_key
from pipelines.run import Return
from resources.home import Home
from resources.site import Site


def main(home: str, project: str, period: str, table: str) -> None:
    """Make the first metric that is counted from a conformed table, and the tools."""
    site = Site()
    asked = Return(site, Home.at(home), project, period)
    metric = next(
        metric
        for metric in asked.work.catalogue.metrics
        if not metric.returned and table in site.library.tables(metric.measures)
    )
    watch = StopWatch()
    time_event_storage(watch)
    plan = asked.plan()
    asked.make(narrowed(plan, project, metric.metric_id, asked.places))
    print(f"{metric.metric_id} and {len(asked.places)} tools\n{MARK} {watch.seconds:.3f} seconds")


def narrowed(plan: Plan, project: str, metric_id: str, places: list[str]) -> Plan:
    """The plan for one metric and the tools, with the account of what maps nowhere, which a tool needs."""
    wanted = plan.only([metric_key(project, metric_id), conformed_key("unmapped")])
    tools = {key: plan.because[key] for place in places if (key := tool_key(project, place)) in plan.because}
    return Plan(plan.steps, {**wanted.because, **tools})


if __name__ == "__main__":
    main(*sys.argv[1:])
