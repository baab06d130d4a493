"""What each asset says of itself before it is ever made: name, definition, owner, kinds, columns, version, inputs.

Here: asset and check specifications, drawn from the declarations. Not here: making anything (the stages), and
which assets exist in one deployment (pipelines).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import dagster as dg

from assets.columns import SYSTEMS, conformed_columns, extract_columns, metric_columns, metric_words
from assets.shown import files
from nhsbn.conformed.sqlfiles import ConformedSql
from nhsbn.extracts.reports import Report
from nhsbn.lineage.feeds import Column
from nhsbn.metrics.catalogue import Catalogue, Metric
from nhsbn.metrics.compiler import compile_question
from nhsbn.metrics.measures import POPULATION
from nhsbn.planning import Key, conformed_key, extract_key, metric_key, tool_key
from nhsbn.programme import Project
from resources.site import Site

UNITS = {
    "count": "Number",
    "percent": "Percentage",
    "rate": "Rate",
    "days": "Days",
    "wte": "Whole-time equivalents",
    "pounds": "Pounds",
}

GATES = {
    "required_columns": "Every file can be read, and has the columns its report must have.",
    "period": "Every file covers the period its name says, and no two files disagree about one.",
    "unique_key": "No key occurs twice with different contents in one file.",
}
"""The checks of every extract that keep a file from being used."""

UNMAPPED = "unmapped"
"""The conformed table of what no mapping table knows."""

QUALITY = {"quality": "The other expectations of the report's suite hold; a failure is a warning."}


def asset_key(key: Key) -> dg.AssetKey:
    """A step's key as an asset's."""
    return dg.AssetKey(list(key))


def asset_keys(keys: Iterable[Key]) -> list[dg.AssetKey]:
    """Several steps' keys as assets'."""
    return [asset_key(key) for key in keys]


def team(role: str) -> str:
    """A role as an owner: ``Community performance lead`` is ``team:community-performance-lead``."""
    return f"team:{re.sub(r'[^a-z0-9]+', '-', role.lower()).strip('-')}"


def group(catalogue: Catalogue, name: str) -> str:
    """A group of a project's assets, short enough that the graph shows it whole: ``MI_quality_and_safety``."""
    return f"{catalogue.metrics[0].metric_id.split('-')[0]}_{name}"


def extract_spec(
    site: Site, report: Report, owner: str, suite_version: str, unused: Iterable[Column]
) -> dg.AssetSpec:
    """The asset of a report's landed files, which says which of its columns are among those no metric uses."""
    columns = [
        dg.TableColumn(name, column.type, description=column.heading)
        for name, column in report.kept_columns.items()
    ]
    key = ", ".join(report.columns[name].heading for name in report.key)
    return dg.AssetSpec(
        asset_key(extract_key(report.report)),
        group_name=f"extracts_{report.source}",
        description=f"**{report.title}**\n\n{report.description}\n\nOne row: {report.grain}. Key: {key}. "
        f"File name: `{report.file_name}`.",
        kinds={"file", "parquet"},
        owners=[team(owner)],
        code_version=f"{report.version}.{suite_version}",
        metadata={
            "source": SYSTEMS[report.source],
            "dagster/column_schema": dg.TableSchema(columns),
            "covers": report.period.shape.replace("_", " "),
            **extract_columns(site.columns, report, unused),
        },
    )


def extract_checks(report: Report) -> list[dg.AssetCheckSpec]:
    """The checks of a report's files.

    None blocks by Dagster's own means, as that would skip every tool; see ``docs/decisions/0004``.
    """
    return [
        dg.AssetCheckSpec(name, asset=asset_key(extract_key(report.report)), description=text)
        for name, text in (GATES | QUALITY).items()
    ]


def conformed_spec(site: Site, file: ConformedSql) -> dg.AssetSpec:
    """The asset of a conformed table."""
    header = file.header
    columns = [
        dg.TableColumn(name, column.type, description=column.description or None)
        for name, column in header.columns.items()
    ]
    return dg.AssetSpec(
        asset_key(conformed_key(file.name)),
        deps=asset_keys([*map(extract_key, header.reports), *map(conformed_key, header.tables)]),
        group_name="conformed",
        description=f"**{header.title}**\n\nOne row: {header.grain}.\n\n{header.definition}",
        kinds={"duckdb", "parquet"},
        owners=[team("Information quality officer")],
        code_version=file.version,
        metadata={
            "dagster/column_schema": dg.TableSchema(columns),
            "SQL": dg.MetadataValue.md(f"```sql\n{file.select}\n```"),
            "mapping tables": ", ".join(header.maps) or "none",
            **conformed_columns(site.columns, file.name),
            **files(site.root, [file.where]),
        },
    )


def conformed_checks(file: ConformedSql) -> list[dg.AssetCheckSpec]:
    """The checks of a conformed table: what went in came out, and of ``unmapped``, that it is empty."""
    key = asset_key(conformed_key(file.name))
    if file.name == UNMAPPED:
        text = "No code or word of the extracts is missing from the mapping tables."
        return [dg.AssetCheckSpec("everything_mapped", asset=key, description=text)]
    text = "Every current row of its extract is here, and its amounts add up to the extract's."
    return [dg.AssetCheckSpec("reconciled", asset=key, description=text)]


def metric_sql(site: Site, metric: Metric, catalogue: Catalogue) -> str:
    """What a metric runs, as Markdown: the SELECT of each measure, then of each question with its bound values."""
    library, places = site.library, site.organisation.locality_ids
    blocks = [(f"measure.{name}", library.sql(name)) for name in metric.measures]
    for question in catalogue.computed:
        if question.metric.metric_id == metric.metric_id:
            query = compile_question(question, catalogue, library, places)
            bound = "".join(f"-- ${name} = {value!r}\n" for name, value in query.params.items())
            blocks.append((question.code, bound + query.sql))
    return "\n\n".join(f"`{name}`\n```sql\n{sql}\n```" for name, sql in blocks)


def metric_spec(
    site: Site, metric: Metric, catalogue: Catalogue, partitions: dg.PartitionsDefinition
) -> dg.AssetSpec:
    """The asset of one metric."""
    library = site.library
    sources = ", ".join("Trust population" if name == POPULATION else name for name in metric.sources)
    parts = [f"**{metric.metric_title}** ({metric.metric_id})", metric.metric_description]
    parts.append(metric.inclusion_exclusion_rules)
    sql: dict[str, dg.MetadataValue] = {}
    if metric.returned:
        parts.append(f"Returned by the {metric.returned.lead}: {metric.returned.rationale}")
    else:
        parts.append(metric_words(site.columns, metric, catalogue))
        sql = {
            "SQL": dg.MetadataValue.md(metric_sql(site, metric, catalogue)),
            **files(site.root, [library.measures[name].where for name in metric.measures]),
        }
    return dg.AssetSpec(
        asset_key(metric_key(catalogue.project, metric.metric_id)),
        deps=asset_keys(map(conformed_key, library.tables(metric.measures))),
        group_name=group(catalogue, metric.section),
        description="\n\n".join(parts),
        kinds={"excel"} if metric.returned else {"duckdb", "sql"},
        owners=[team(metric.metric_owner)],
        code_version=catalogue.version(metric, library),
        partitions_def=partitions,
        metadata={
            "unit": UNITS[metric.unit],
            "breakdown": ", ".join(metric.breakdown),
            "sources": sources or "a lead's return",
            "plausible range": "{:g} to {:g}".format(*metric.plausible_range),
            "year-on-year tolerance": f"{metric.year_on_year_tolerance:g} %",
            **metric_columns(site.columns, metric, catalogue),
            **sql,
        },
    )


def tool_spec(
    project: Project,
    catalogue: Catalogue,
    locality: str,
    place: str,
    code_version: str,
    reports: Iterable[str],
    partitions: dg.PartitionsDefinition,
) -> dg.AssetSpec:
    """The asset of one locality's filled collection tool.

    It hangs on the extracts as well as on the metrics, as it names the date of each and says what a missing or
    failing one left out.
    """
    metrics = [metric_key(catalogue.project, metric.metric_id) for metric in catalogue.metrics]
    return dg.AssetSpec(
        asset_key(tool_key(catalogue.project, locality)),
        deps=asset_keys([*metrics, *map(extract_key, reports)]),
        group_name=group(catalogue, "tools"),
        description=f"**{project.title} {project.edition}: {place}**\n\nThe collection tool, filled: every "
        "requested cell ends as a value, a true zero, not applicable, not collected or withheld, and says why.",
        kinds={"excel"},
        owners=[team(project.owner)],
        code_version=code_version,
        partitions_def=partitions,
        metadata={"sector": project.sector, "due": f"{project.deadline} days after the period's end"},
    )
