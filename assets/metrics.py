"""A project's metrics as assets: one a metric, calculated together in one step, by period.

Here: what the UI shows of each metric's values. Not here: calculating them (measuring_stage).

The graph is that of the newest edition; a period is worked in the edition it belongs to (``docs/decisions/0013``).
"""

# Annotations are not postponed in this module: Dagster reads the types of a step's arguments.

from collections.abc import Iterator, Sequence

import dagster as dg

from assets import specs
from assets.editions import edition_of
from assets.measuring_stage import calculate, inputs
from assets.shown import table
from assets.workshop import Workshop
from nhsbn.catalogue import Catalogue, Metric
from nhsbn.measures import MeasureLibrary
from nhsbn.planning import metric_key
from nhsbn.programme import Project
from nhsbn.values import ALL
from resources.records_rows import Calculated, digest


def metric_assets(
    project: Project,
    catalogue: Catalogue,
    library: MeasureLibrary,
    localities: Sequence[str],
    partitions: dg.PartitionsDefinition,
) -> dg.AssetsDefinition:
    """The assets of every metric of the newest edition.

    Args:
        project: the newest edition.
        catalogue: what it asks.
        library: the measures.
        localities: locality ids.
        partitions: the periods of every edition.
    """
    by_key = {specs.asset_key(metric_key(project.project, one.metric_id)): one for one in catalogue.metrics}

    @dg.multi_asset(
        name=f"{project.project}_metrics",
        description=f"Calculate the metrics of {project.title} for one period.",
        specs=[
            specs.metric_spec(metric, catalogue, library, localities, partitions) for metric in catalogue.metrics
        ],
        can_subset=True,
    )
    def calculate_metrics(
        context: dg.AssetExecutionContext, workshop: dg.ResourceParam[Workshop]
    ) -> Iterator[dg.MaterializeResult]:
        work = edition_of(workshop.site, project.project, context.partition_key)
        asked = {metric.metric_id: metric for metric in work.catalogue.metrics}
        selected = [metric.metric_id for key, metric in by_key.items() if key in context.selected_asset_keys]
        wanted = [asked[metric_id] for metric_id in selected if metric_id in asked]
        # What only the period's edition asks has no asset, and is calculated along with the others.
        shown = {metric.metric_id for metric in by_key.values()}
        unshown = [metric for metric_id, metric in asked.items() if metric_id not in shown]
        found = calculate(workshop, context.run.run_id, work, [*wanted, *unshown])
        versions = inputs(workshop, work, wanted)
        for metric_id in selected:
            if metric_id not in asked:
                yield _not_asked(work.project, metric_id)
            elif asked[metric_id].returned:
                yield _returned(project, asked[metric_id])
            else:
                measures = asked[metric_id].measures
                tables = {name: workshop.inputs.versions[name] for name in library.tables(measures)}
                yield _materialised(work.project, found[metric_id], versions[metric_id], tables)

    return calculate_metrics


def _materialised(
    project: Project, found: Calculated, inputs_version: str, tables: dict[str, str]
) -> dg.MaterializeResult:
    totals = [
        {
            "question": value.code,
            "month": str(value.month),
            "locality": value.locality,
            "value": value.value,
            "numerator": value.numerator,
            "denominator": value.denominator,
            "rows counted": value.rows_counted,
        }
        for value in found.values
        if value.member == ALL
    ]
    return dg.MaterializeResult(
        asset_key=specs.asset_key(metric_key(project.project, found.metric_id)),
        data_version=dg.DataVersion(found.data_version),
        metadata={
            "edition": project.edition,
            "dagster/row_count": len(found.values),
            "values": table(totals),
            "inputs version": inputs_version,
            "inputs": table([{"table": name, "version": version} for name, version in tables.items()]),
        },
    )


def _returned(project: Project, metric: Metric) -> dg.MaterializeResult:
    """A metric that no source holds: it stands in the graph, and says who is to give it."""
    lead = metric.returned.lead if metric.returned else ""
    return dg.MaterializeResult(
        asset_key=specs.asset_key(metric_key(project.project, metric.metric_id)),
        data_version=dg.DataVersion(digest("no return given")),
        metadata={"return": f"none has been given; it is asked of the {lead}"},
    )


def _not_asked(project: Project, metric_id: str) -> dg.MaterializeResult:
    """A metric that the period's edition does not ask: nothing is calculated, and the tools still follow."""
    return dg.MaterializeResult(
        asset_key=specs.asset_key(metric_key(project.project, metric_id)),
        data_version=dg.DataVersion(digest("not asked")),
        metadata={"edition": project.edition, "not asked": f"edition {project.edition} does not ask it"},
    )
