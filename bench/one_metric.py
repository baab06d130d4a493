"""Materialise one metric of contacts and the project's tools, as a person does from the UI after a re-issue.

What is selected is the metric, all that it is made from, and every tool; the other metrics are left as they stand.

    python -m bench.one_metric HOME PROJECT PERIOD
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import dagster as dg

from assets.specs import asset_key
from nhsbn.planning import metric_key
from pipelines.definitions import build_defs
from pipelines.jobs import job_name
from resources.home import Home
from resources.site import Site


def main(home: Home, project: str, period: str) -> None:
    """Materialise the selection.

    Raises:
        SystemExit: when a step fails.
    """
    site = Site()
    os.environ["DAGSTER_HOME"] = str(home.dagster)
    definitions = build_defs(site=site, home=home)
    declared = next(one for one in site.programme.running if one.project == project)
    catalogue = site.catalogue(project, declared.edition)
    metric = next(
        one for one in catalogue.metrics if not one.returned and "contact" in site.library.tables(one.measures)
    )
    wanted = dg.AssetSelection.assets(asset_key(metric_key(project, metric.metric_id))).upstream()
    wanted |= dg.AssetSelection.key_prefixes([project, "tool"])
    keys = wanted.resolve(definitions.resolve_asset_graph())
    with dg.DagsterInstance.from_config(str(home.dagster)) as instance:
        result = definitions.resolve_job_def(job_name(project)).execute_in_process(
            instance=instance, partition_key=period, asset_selection=list(keys)
        )
    print(f"{metric.metric_id}: {len(keys)} assets")
    sys.exit(not result.success)


if __name__ == "__main__":
    main(Home.at(Path(sys.argv[1])), sys.argv[2], sys.argv[3])
