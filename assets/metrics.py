"""A project's metrics as assets: one a metric, calculated together in one step, by period.

Here: what the UI shows of each metric's values. Not here: calculating them (measuring_stage).

The graph is that of the newest edition; a period is worked in the edition it belongs to (``docs/decisions/0013``).
"""

# Annotations are not postponed in this module: Dagster reads the types of a step's arguments.

from collections.abc import Iterator, Mapping

import dagster as dg

from assets import specs
from assets.checked import METRIC_CHECK, check_results, metric_check
from assets.checking_stage import by_metric, checks_of, judge_return, standings, today
from assets.editions import edition_of
from assets.evidence import Evidence
from assets.measuring_stage import Edition, calculate, inputs
from assets.openlineage import told
from assets.shown import Cell, table
from assets.workshop import Workshop
from nhsbn.metrics.catalogue import Catalogue, Metric
from nhsbn.planning import metric_key
from nhsbn.programme import Project
from nhsbn.values import ALL, MetricValue
from resources.records_rows import Calculated, digest
from resources.site import Site

MEMBERS_SHOWN = 90
"""Rows of values by breakdown that the UI is given: every member of every question asked today."""


def metric_assets(
    site: Site, project: Project, catalogue: Catalogue, partitions: dg.PartitionsDefinition
) -> dg.AssetsDefinition:
    """The assets of every metric of the newest edition.

    Args:
        site: the declarations.
        project: the newest edition.
        catalogue: what it asks.
        partitions: the periods of every edition.
    """
    by_key = {specs.asset_key(metric_key(project.project, one.metric_id)): one for one in catalogue.metrics}

    @dg.multi_asset(
        name=f"{project.project}_metrics",
        description=f"Calculate the metrics of {project.title} for one period.",
        specs=[specs.metric_spec(site, metric, catalogue, partitions) for metric in catalogue.metrics],
        check_specs=[metric_check(key) for key, metric in by_key.items() if metric.returned is None],
        can_subset=True,
    )
    @told
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
        evidence = Evidence(workshop, work)
        judge_return(workshop, context.run.run_id, work)
        checks, judged = checks_of(workshop, work), by_metric(workshop, work, standings(workshop, work, today()))
        workshop.tell(f"Recording: {len(selected)} metrics in Dagster")
        for metric_id in selected:
            if metric_id not in asked:
                yield _not_asked(work.project, metric_id)
            elif asked[metric_id].returned:
                yield _returned(project, asked[metric_id])
            else:
                measures = asked[metric_id].measures
                tables = {name: workshop.inputs.versions[name] for name in site.library.tables(measures)}
                made = _materialised(
                    work, asked[metric_id], found[metric_id], versions[metric_id], tables, evidence
                )
                own = judged.get(metric_id, [])
                shown_as = specs.asset_key(metric_key(project.project, metric_id))
                yield made._replace(check_results=check_results(shown_as, METRIC_CHECK, work, own, checks))

    return calculate_metrics


def _materialised(
    work: Edition,
    metric: Metric,
    found: Calculated,
    inputs_version: str,
    tables: Mapping[str, str],
    evidence: Evidence,
) -> dg.MaterializeResult:
    totals = [
        {
            **_item(metric, value),
            "month": str(value.month),
            "locality": value.locality,
            "value": _rounded(value.value),
            "numerator": _rounded(value.numerator),
            "denominator": _rounded(value.denominator),
            "rows counted": value.rows_counted,
        }
        for value in found.values
        if value.member == ALL
    ]
    considered = [
        {"measure": one.measure, "outcome": one.reason or "may be counted", "rows": one.rows}
        for one in evidence.considered(metric)
    ]
    files = [
        {
            "report": one.report,
            "files used": one.used,
            "held back": one.held_back,
            "rows landed": one.rows,
            "set aside on landing": one.set_aside,
            "up to": one.latest,
        }
        for one in evidence.files(metric)
    ]
    return dg.MaterializeResult(
        asset_key=specs.asset_key(metric_key(work.project.project, found.metric_id)),
        data_version=dg.DataVersion(found.data_version),
        metadata={
            "edition": work.project.edition,
            "dagster/row_count": len(found.values),
            "values": table(totals),
            "values by breakdown": table(_by_member(work.catalogue, metric, found), MEMBERS_SHOWN),
            "rows counted and left out": table(considered),
            "rows set aside": table(
                [
                    {"report": one.report, "reason": one.reason, "rows": one.rows}
                    for one in evidence.set_aside(metric)
                ]
            ),
            "files": table(files),
            "inputs version": inputs_version,
            "inputs": table([{"table": name, "version": version} for name, version in tables.items()]),
        },
    )


def _by_member(catalogue: Catalogue, metric: Metric, found: Calculated) -> list[dict[str, Cell]]:
    """A row for each question, member and month, a column for each locality and the trust."""
    if metric.dimension is None:
        return []
    titles = {**catalogue.dimensions[metric.dimension].members, ALL: "All"}
    rows: dict[tuple[str, str, str], dict[str, Cell]] = {}
    for value in found.values:
        if value.member in titles:
            key = (value.code, value.member, str(value.month))
            head: dict[str, Cell] = {
                **_item(metric, value),
                metric.dimension.replace("_", " "): titles[value.member],
                "month": str(value.month),
            }
            rows.setdefault(key, head)[value.locality] = _rounded(value.value)
    order = {member: place for place, member in enumerate(titles)}
    return [rows[key] for key in sorted(rows, key=lambda key: (key[0], order[key[1]], key[2]))]


def _item(metric: Metric, value: MetricValue) -> dict[str, Cell]:
    """Which item of the metric a value answers, where it has several."""
    return {"item": value.code.removeprefix(metric.metric_id)} if len(metric.items) > 1 else {}


def _rounded(figure: float | None) -> float | None:
    """A figure short enough to be read; the records hold all of it."""
    return None if figure is None else round(figure, 4)


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
