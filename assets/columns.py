"""Column lineage as the UI is told it: Dagster's own entry, which its free UI does not show, and a table.

Here: the metadata that lineage gives an extract, a conformed table and a metric. Not here: finding the lineage
(nhsbn.lineage.columns), and the rest of what each asset says of itself (specs).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import dagster as dg

from assets.shown import table
from nhsbn.extracts.reports import Report
from nhsbn.lineage.columns import ColumnGraph
from nhsbn.lineage.feeds import EVERY, MATCHED, USES, VALUE, Column, Feeds
from nhsbn.lineage.in_words import heading, item_in_words
from nhsbn.metrics.catalogue import Catalogue, Metric
from nhsbn.planning import conformed_key, extract_key

SYSTEMS = {"esr": "ESR", "ledger": "Ledger", "reportal": "RePortal", "risk": "Risk", "mha": "MHA register"}
"""The five systems, as people call them."""

_OF_VALUES = {
    "month": ("date", "first day of the month"),
    "locality": ("varchar", "locality of the service, or trust"),
    "member": ("varchar", "member of the breakdown, or all"),
    "numerator": ("double", "what is counted or added up"),
    "denominator": ("double", "what it is divided by, where it is"),
    "value": ("double", "the answer; none where there is nothing to divide by"),
    "rows_counted": ("bigint", "rows of the measure behind it"),
}
"""Type and meaning of the columns of a metric's values."""


def extract_columns(graph: ColumnGraph, report: Report, unused: Iterable[Column]) -> Mapping[str, Any]:
    """Which landed columns of a report no metric uses, given those of every report."""
    own = [heading(column, graph.register) for column in unused if column.table == report.report]
    said = f"{len(own)} of {len(report.kept_columns)}: {', '.join(own)}" if own else "none"
    return {"columns no metric uses": said}


def conformed_columns(graph: ColumnGraph, name: str) -> Mapping[str, Any]:
    """What each column of a conformed table comes from."""
    relation = f"conformed.{name}"
    lineage = graph.of(relation)
    header = graph.library.conformed[name].header
    return {
        "dagster/column_lineage": _dagster({column: lineage.columns[column] for column in header.columns}),
        "comes from": table(
            [
                {
                    "column": column,
                    "value from": _told(graph, lineage.columns[column], VALUE),
                    "matched by": _told(graph, lineage.columns[column], MATCHED),
                }
                for column in header.columns
            ]
        ),
    }


def metric_columns(graph: ColumnGraph, metric: Metric, catalogue: Catalogue) -> Mapping[str, Any]:
    """What a metric rests on: columns of reports, what of it each makes, and by way of which conformed column."""
    rows = [
        {
            "system": (system := SYSTEMS[graph.register.reports[one.report].source]),
            "report": graph.register.reports[one.report].title.removeprefix(f"{system} "),
            "column": heading(one.column, graph.register),
            "matters to": ", ".join(one.parts),
            "as": USES[one.use],
            "through": ", ".join(f"{way.table}.{way.name}" for way in one.through),
        }
        for one in graph.reached(metric, catalogue)
    ]
    if not rows:
        return {}
    columns = [dg.TableColumn(name, kind, description=said) for name, (kind, said) in _OF_VALUES.items()]
    return {
        "dagster/column_schema": dg.TableSchema(columns),
        "dagster/column_lineage": _dagster(graph.value_columns(metric, catalogue)),
        "comes from": table(rows),
    }


def metric_words(graph: ColumnGraph, metric: Metric, catalogue: Catalogue) -> str:
    """Markdown: what each question counts, and which columns of which reports that rests on."""
    lines = ["**How the number is made**", ""]
    for item in metric.items:
        name = f"{item.item}. {item.title}" if item.item else item.title
        lines.append(f"- {name}: {item_in_words(item, graph.library)}.")
    lines += ["", "**Where it comes from**", ""]
    named: dict[str, list[str]] = {}
    ways: dict[str, set[str]] = {}
    for one in graph.reached(metric, catalogue):
        listed = named.setdefault(one.report, [])
        if one.column.name != EVERY:
            listed.append(heading(one.column, graph.register))
        ways.setdefault(one.report, set()).update(way.table for way in one.through)
    for report, headings in named.items():
        declared = graph.register.reports[report]
        through = ", ".join(f"`{way}`" for way in sorted(ways[report]))
        system = SYSTEMS[declared.source]
        title = declared.title if declared.title.startswith(system) else f"{system}, {declared.title}"
        lines.append(f"- *{title}*, through {through}: {', '.join(headings) or 'its rows'}")
    behind = {column for feeds in graph.parts(metric, catalogue).values() for column in graph.leaves_of(feeds)}
    if maps := sorted({f"`{column.table}`" for column in behind if column.schema == "map"}):
        lines.append(f"- The trust's mapping tables {', '.join(maps)}")
    if any(column.relation == "ref.population" for column in behind):
        lines.append("- The trust's population figures")
    return "\n".join(lines)


def _dagster(columns: Mapping[str, Feeds]) -> dg.TableColumnLineage:
    """The columns of assets that feed each column; mapping tables and reference data are no assets."""
    return dg.TableColumnLineage(
        {
            name: [
                dg.TableColumnDep(asset_key=dg.AssetKey(list(key)), column_name=column.name)
                for column in sorted(feeds)
                if column.name != EVERY and (key := _asset(column))
            ]
            for name, feeds in columns.items()
        }
    )


def _asset(column: Column) -> tuple[str, ...]:
    """The asset that a column is of; none for mapping tables, reference data and the account of the unmapped."""
    if column.schema == "staged":
        return extract_key(column.table)
    return conformed_key(column.table) if column.schema == "conformed" else ()


def _told(graph: ColumnGraph, feeds: Feeds, use: int) -> str:
    """Columns in one use, as a reader knows them: ``Contacts: Team ID; map_team: locality``."""
    named: dict[str, list[str]] = {}
    for column, found in sorted(feeds.items()):
        if found == use and column.name != EVERY and column.name not in ("valid_from", "valid_to"):
            if column.schema == "staged":
                where, what = graph.register.reports[column.table].title, heading(column, graph.register)
            else:
                where, what = column.table, column.name
            named.setdefault(where, []).append(what)
    return "; ".join(f"{where}: {', '.join(columns)}" for where, columns in named.items())
