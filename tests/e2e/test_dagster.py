"""Dagster over a home: parts of the graph materialised alone, versions that stay, checks that show."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import dagster as dg
import pytest

from nhsbn.planning import Key, conformed_key, extract_key, metric_key, tool_key
from pipelines.definitions import build_defs
from pipelines.jobs import job_name
from resources.home import Home
from resources.site import Site

PROJECT, PERIOD = "mhlda_indicators", "2025-26-Q1"
METRIC, TOOL = metric_key(PROJECT, "MI-CM-03"), tool_key(PROJECT, "rotherham")


def materialise(home: Path, selection: Sequence[Key], period: str = PERIOD) -> dg.ExecuteInProcessResult:
    definitions = build_defs(site=Site(), home=Home(home))
    with dg.DagsterInstance.from_config(str(home / "dagster")) as instance:
        return definitions.resolve_job_def(job_name(PROJECT)).execute_in_process(
            instance=instance,
            partition_key=period,
            asset_selection=[dg.AssetKey(list(key)) for key in selection],
        )


def made_by(result: dg.ExecuteInProcessResult) -> dict[Key, dg.AssetMaterialization]:
    events = result.get_asset_materialization_events()
    return {
        tuple(event.materialization.asset_key.path): event.materialization for event in events if event.asset_key
    }


def latest(home: Path, key: Key) -> dg.AssetMaterialization:
    with dg.DagsterInstance.from_config(str(home / "dagster")) as instance:
        event = instance.get_latest_materialization_event(dg.AssetKey(list(key)))
    assert event is not None
    assert event.asset_materialization is not None
    return event.asset_materialization


def version(materialization: dg.AssetMaterialization) -> str:
    assert materialization.tags is not None
    return materialization.tags["dagster/data_version"]


def test_one_metric_and_its_tool_are_materialised_alone_and_come_out_the_same(home: Path) -> None:
    before = {key: version(latest(home, key)) for key in (METRIC, TOOL)}
    result = materialise(home, [METRIC, TOOL])
    assert result.success
    made = made_by(result)
    assert set(made) == {METRIC, TOOL}
    assert {key: version(one) for key, one in made.items()} == before
    assert made[METRIC].partition == PERIOD


def test_a_metric_shows_its_values_its_inputs_and_how_many_rows_it_has(home: Path) -> None:
    metadata = latest(home, METRIC).metadata
    values = metadata["values"]
    assert isinstance(values, dg.TableMetadataValue)
    assert {"month", "locality", "value", "numerator", "denominator", "rows counted"} <= set(
        values.records[0].data
    )
    inputs = metadata["inputs"]
    assert isinstance(inputs, dg.TableMetadataValue)
    contact = version(latest(home, conformed_key("contact")))
    assert {"table": "contact", "version": contact} in [record.data for record in inputs.records]


def test_a_tool_shows_how_its_cells_ended_and_where_it_lies(home: Path) -> None:
    metadata = latest(home, TOOL).metadata
    cells = sum(
        int(str(metadata[name].value))
        for name in ("value", "true zero", "not applicable", "not collected", "withheld")
    )
    assert cells > 1_000
    assert Path(str(metadata["file"].value)).name == f"{PROJECT}.xlsx"


def test_what_maps_nowhere_fails_its_check_and_stops_nothing(home: Path) -> None:
    result = materialise(home, [conformed_key("unmapped")])
    assert result.success
    (check,) = result.get_asset_check_evaluations()
    assert not check.passed
    assert check.severity == dg.AssetCheckSeverity.WARN
    assert int(str(check.metadata["rows"].value)) > 0


def test_another_quarter_is_another_partition(home: Path) -> None:
    result = materialise(home, [METRIC], "2025-26-Q2")
    assert made_by(result)[METRIC].partition == "2025-26-Q2"
    with dg.DagsterInstance.from_config(str(home / "dagster")) as instance:
        assert instance.get_materialized_partitions(dg.AssetKey(list(METRIC))) == {PERIOD, "2025-26-Q2"}


def test_a_metric_that_last_years_edition_did_not_ask_says_so(home: Path) -> None:
    not_asked = metric_key(PROJECT, "MI-CR-04")
    made = made_by(materialise(home, [METRIC, not_asked, TOOL], "2024-25-Q4"))
    assert made[not_asked].metadata["not asked"].value == "edition 2024-25 does not ask it"
    assert made[METRIC].metadata["edition"].value == "2024-25"
    assert made[TOOL].metadata["edition"].value == "2024-25"


def test_landing_one_report_leaves_the_rest_as_it_is(home: Path) -> None:
    key = extract_key("risk_incidents")
    before = {key: version(latest(home, key)), METRIC: version(latest(home, METRIC))}
    newest = max((home / "inbox" / "risk").glob("Incidents*"))
    newest.unlink()
    made = made_by(materialise(home, [key]))
    assert set(made) == {key}
    assert version(made[key]) != before[key]
    assert version(latest(home, METRIC)) == before[METRIC]


def test_a_check_of_an_extract_names_the_files_it_judged(home: Path) -> None:
    result = materialise(home, [extract_key("esr_staff_in_post")])
    found = {check.check_name: check for check in result.get_asset_check_evaluations()}
    assert set(found) == {"required_columns", "period", "unique_key", "quality"}
    assert all(found[name].passed for name in ("required_columns", "period", "unique_key"))
    assert int(str(found["period"].metadata["judged"].value)) == len(
        list((home / "inbox" / "esr").glob("ESR_Staff_In_Post*"))
    )


def test_a_resource_can_be_replaced(home: Path) -> None:
    stolen: list[str] = []

    @dg.resource
    def workshop(_: dg.InitResourceContext) -> object:
        stolen.append("opened")
        raise RuntimeError("no workshop today")

    definitions = build_defs(site=Site(), home=Home(home), resources={"workshop": workshop})
    job = definitions.resolve_job_def(job_name(PROJECT))
    with pytest.raises(dg.DagsterError), dg.DagsterInstance.ephemeral() as instance:
        job.execute_in_process(instance=instance, partition_key=PERIOD)
    assert stolen == ["opened"]
