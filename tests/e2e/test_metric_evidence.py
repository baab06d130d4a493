"""What the UI is given beside a metric's values, over a home in which tools have been made: it adds up."""

from __future__ import annotations

from pathlib import Path

import dagster as dg

from nhsbn.planning import metric_key
from resources.home import Home
from resources.site import Site

PROJECT = "mhlda_indicators"
SITE = Site()
CATALOGUE = SITE.catalogue(PROJECT, "2025-26")


def shown(instance: dg.DagsterInstance, metric_id: str) -> dict[str, list[dict[str, object]]]:
    """The tables of a metric's last materialisation."""
    event = instance.get_latest_materialization_event(dg.AssetKey(list(metric_key(PROJECT, metric_id))))
    assert event is not None
    assert event.asset_materialization is not None
    return {
        name: [dict(record.data) for record in value.records] if isinstance(value, dg.TableMetadataValue) else []
        for name, value in event.asset_materialization.metadata.items()
    }


def test_every_figure_of_every_member_is_shown_and_the_whole_is_the_row_of_all(made: Path) -> None:
    places = [*SITE.organisation.locality_ids, "trust"]
    with dg.DagsterInstance.from_config(str(Home(made).dagster)) as instance:
        for metric in CATALOGUE.metrics:
            if metric.returned or metric.dimension is None:
                continue
            tables = shown(instance, metric.metric_id)
            rows = tables["values by breakdown"]
            assert len(rows) == 3 * len(metric.items) * (len(CATALOGUE.members(metric)) + 1), metric.metric_id
            whole = {
                (row.get("item"), row["month"], place): row[place]
                for row in rows
                for place in places
                if row[metric.dimension.replace("_", " ")] == "All"
            }
            totals = {
                (row.get("item"), row["month"], row["locality"]): row["value"]
                for row in tables["values"]
                if row["locality"] in places  # the last line may say how many more there are
            }
            assert totals
            assert totals.items() <= whole.items(), metric.metric_id


def test_rows_counted_and_left_out_are_all_the_rows_of_the_measure(made: Path) -> None:
    with dg.DagsterInstance.from_config(str(Home(made).dagster)) as instance:
        tables = shown(instance, "MI-CM-07")
    considered = {str(row["outcome"]): int(str(row["rows"])) for row in tables["rows counted and left out"]}
    assert {"may be counted", "not with the patient"} <= considered.keys()
    counted = sum(
        int(str(row["rows counted"]))
        for row in tables["values"]
        if row["locality"] == "trust" and row["item"] == "b"
    )
    assert 0 < counted <= considered["may be counted"]
    (files,) = tables["files"]
    assert files["report"] == "reportal_contacts"
    assert int(str(files["rows landed"])) > sum(considered.values())


def test_rows_that_staging_set_aside_are_shown_with_their_reason(made: Path) -> None:
    with dg.DagsterInstance.from_config(str(Home(made).dagster)) as instance:
        told = {
            (str(row["report"]), str(row["reason"])): int(str(row["rows"]))
            for metric in CATALOGUE.metrics
            if not metric.returned
            for row in shown(instance, metric.metric_id)["rows set aside"]
        }
    assert told
    assert all(report in SITE.register.reports and reason and rows > 0 for (report, reason), rows in told.items())
