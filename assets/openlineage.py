"""Steps told to OpenLineage while they work, where it is asked for; otherwise they work as if this were not here.

Here: what a step reads and makes, drawn from its assets. Not here: OpenLineage's terms, and sending (resources).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import wraps
from typing import TypeVar

import dagster as dg

from assets.workshop import Workshop
from nhsbn.lineage.feeds import Feeds
from nhsbn.planning import metric_key
from resources.openlineage import DataSet, StepRun, dataset_name
from resources.site import Site

Made = TypeVar("Made", dg.MaterializeResult, dg.MaterializeResult | dg.AssetCheckResult)
Step = Callable[[dg.AssetExecutionContext, Workshop], Iterator[Made]]


def told(step: Step[Made]) -> Step[Made]:
    """A step that tells of itself as it begins and ends, and is otherwise the same."""

    @wraps(step)
    def telling(context: dg.AssetExecutionContext, workshop: Workshop) -> Iterator[Made]:
        sender = workshop.sender
        if sender is None:
            yield from step(context, workshop)
            return
        planned = {key: described(workshop.site, context, key) for key in sorted(context.selected_asset_keys)}
        run = StepRun(
            context.run.run_id,
            context.run.job_name,
            context.assets_def.node_def.name,
            sorted({name for key, one in planned.items() for name in _inputs(context, key, one)}),
        )
        sender.begun(run, list(planned.values()))
        made: list[DataSet] = []
        ended = False
        try:
            for result in step(context, workshop):
                if isinstance(result, dg.MaterializeResult) and result.asset_key is not None:
                    made.append(_finished(planned[result.asset_key], result))
                yield result
            ended = True
        finally:
            sender.ended(run, made, failed=not ended)

    return telling


def described(site: Site, context: dg.AssetExecutionContext, key: dg.AssetKey) -> DataSet:
    """What an asset is before it is made."""
    schema = context.assets_def.specs_by_key[key].metadata.get("dagster/column_schema")
    columns = getattr(schema, "value", schema)
    types = {column.name: column.type for column in columns.columns} if columns else {}
    return DataSet("/".join(key.path), types, _feeds(site, tuple(key.path)))


def _feeds(site: Site, key: tuple[str, ...]) -> Mapping[str, Feeds]:
    if key[0] == "conformed":
        lineage = site.columns.of(".".join(key))
        return {name: lineage.columns[name] for name in site.library.conformed[key[1]].header.columns}
    if key[1] == "metric":
        newest = site.programme.editions(key[0])[0]
        catalogue = site.catalogue(key[0], newest.edition)
        metric = next(one for one in catalogue.metrics if metric_key(key[0], one.metric_id) == key)
        return {} if metric.returned else site.columns.value_columns(metric, catalogue)
    return {}


def _inputs(context: dg.AssetExecutionContext, key: dg.AssetKey, made: DataSet) -> Iterator[str]:
    if key.path[0] == "extract":
        yield f"inbox/{key.path[1]}"
    for dep in context.assets_def.specs_by_key[key].deps:
        yield "/".join(dep.asset_key.path)
    for feeds in made.feeds.values():
        yield from (dataset_name(column.relation) for column in feeds)


def _finished(planned: DataSet, result: dg.MaterializeResult) -> DataSet:
    rows = (result.metadata or {}).get("dagster/row_count")
    version = result.data_version.value if result.data_version else ""
    return replace(planned, rows=rows if isinstance(rows, int) else None, version=version)
