"""The definitions that Dagster loads: whole, named as agreed, and open on the right days."""

from __future__ import annotations

import json
import shutil
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from assets.editions import edition_of
from nhsbn.errors import NhsbnError, ProblemsError
from nhsbn.planning import conformed_key, extract_key, metric_key, tool_key
from pipelines.definitions import build_defs
from pipelines.jobs import job_name
from pipelines.sensors import fingerprint, inbox_sensor
from resources.home import Home
from resources.inbox import REVIEWS
from resources.site import ROOT, Site

SNAPSHOT = Path(__file__).with_name("asset_specs.json")
PROJECT = "mhlda_indicators"
SITE = Site()


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    return build_defs(site=SITE, home=Home.at(tmp_path_factory.mktemp("home")))


@pytest.fixture(scope="module")
def specs(definitions: dg.Definitions) -> dict[tuple[str, ...], dg.AssetSpec]:
    return {tuple(spec.key.path): spec for spec in definitions.resolve_all_asset_specs()}


def agreed(specs: dict[tuple[str, ...], dg.AssetSpec]) -> dict[str, object]:
    """What of the graph is not to change unnoticed."""
    return {
        "/".join(key): {
            "group": spec.group_name,
            "kinds": sorted(spec.kinds),
            "owners": list(spec.owners),
            "inputs": sorted("/".join(dep.asset_key.path) for dep in spec.deps),
            "partitioned": spec.partitions_def is not None,
        }
        for key, spec in sorted(specs.items())
    }


def test_the_definitions_load(definitions: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(definitions)


def test_there_is_an_asset_for_each_report_table_metric_and_tool(
    specs: dict[tuple[str, ...], dg.AssetSpec],
) -> None:
    catalogue = SITE.catalogue(PROJECT, "2025-26")
    expected = {
        *map(extract_key, SITE.register.reports),
        *map(conformed_key, SITE.library.conformed),
        *(metric_key(PROJECT, metric.metric_id) for metric in catalogue.metrics),
        *(tool_key(PROJECT, place) for place in SITE.organisation.places),
    }
    assert set(specs) == expected
    assert len(catalogue.metrics) == 62


def test_names_groups_and_inputs_are_as_agreed(specs: dict[tuple[str, ...], dg.AssetSpec]) -> None:
    """A change that is meant is agreed on by ``python -m tests.unit.test_definitions``, and read in the diff."""
    assert agreed(specs) == json.loads(SNAPSHOT.read_text(encoding="utf-8"))


def test_every_asset_has_a_definition_an_owner_and_a_version(specs: dict[tuple[str, ...], dg.AssetSpec]) -> None:
    bare = [key for key, spec in specs.items() if not (spec.description and spec.owners and spec.code_version)]
    assert bare == []


def test_tables_and_metrics_show_their_sql(specs: dict[tuple[str, ...], dg.AssetSpec]) -> None:
    shown = specs[metric_key(PROJECT, "MI-CM-07")].metadata["SQL"].value
    assert "measure.appointment" in shown
    assert "`MI-CM-07" in shown
    assert "-- $p0 = " in shown
    assert "select" in specs[conformed_key("contact")].metadata["SQL"].value
    assert "SQL" not in specs[metric_key(PROJECT, "MI-TT-02")].metadata


def test_a_tool_hangs_on_every_metric_and_every_extract(specs: dict[tuple[str, ...], dg.AssetSpec]) -> None:
    inputs = {tuple(dep.asset_key.path) for dep in specs[tool_key(PROJECT, "trust")].deps}
    assert {key for key in specs if key[:2] == (PROJECT, "metric")} <= inputs
    assert set(map(extract_key, SITE.register.reports)) <= inputs


def test_every_extract_has_the_gates_and_the_quality_check(definitions: dg.Definitions) -> None:
    checks = {(tuple(key.asset_key.path), key.name) for key in definitions.resolve_asset_graph().asset_check_keys}
    for report in SITE.register.reports:
        for name in ("required_columns", "period", "unique_key", "quality"):
            assert (extract_key(report), name) in checks
    assert (conformed_key("unmapped"), "everything_mapped") in checks
    assert (conformed_key("contact"), "reconciled") in checks


def test_the_job_makes_everything_the_tools_hang_on(
    definitions: dg.Definitions, specs: dict[tuple[str, ...], dg.AssetSpec]
) -> None:
    job = definitions.resolve_job_def(job_name(PROJECT))
    assert {tuple(key.path) for key in job.asset_layer.executable_asset_keys} == set(specs)
    assert job.partitions_def is not None
    assert list(job.partitions_def.get_partition_keys()) == [
        f"{edition}-Q{quarter}" for edition in ("2024-25", "2025-26") for quarter in (1, 2, 3, 4)
    ]


def test_a_fault_in_a_past_edition_stops_that_edition_alone(tmp_path: Path) -> None:
    for room in ("sources", "sql", "projects", "expectations"):
        shutil.copytree(ROOT / room, tmp_path / room)
    past = tmp_path / "projects" / PROJECT / "2024-25" / "metrics.yaml"
    past.write_text(past.read_text(encoding="utf-8").replace("unit: count", "unit: cuont"), encoding="utf-8")
    site, home = Site(tmp_path), Home.at(tmp_path / "home")
    build_defs(site=site, home=home)
    assert edition_of(site, PROJECT, "2025-26-Q1").project.edition == "2025-26"
    with pytest.raises(ProblemsError, match=r"2024-25/metrics.yaml:\d+: unit"):
        edition_of(site, PROJECT, "2024-25-Q4")
    past.unlink()
    with pytest.raises(NhsbnError, match=r"2024-25.metrics.yaml is missing"):
        edition_of(site, PROJECT, "2024-25-Q4")


@pytest.mark.parametrize(
    ("moment", "periods"),
    [
        (datetime(2025, 7, 1, 6, 30), ["2025-26-Q1"]),
        (datetime(2025, 7, 28, 6, 30), ["2025-26-Q1"]),
        (datetime(2025, 7, 29, 6, 30), []),
        (datetime(2026, 4, 1, 6, 30), ["2025-26-Q4"]),
        (datetime(2025, 4, 1, 6, 30), ["2024-25-Q4"]),  # of last year's edition, after this year's has begun
    ],
)
def test_the_schedule_runs_each_open_period_in_london_time(
    definitions: dg.Definitions, moment: datetime, periods: list[str]
) -> None:
    schedule = definitions.resolve_schedule_def(f"{PROJECT}_open_periods")
    assert schedule.execution_timezone == "Europe/London"
    assert schedule.default_status == dg.DefaultScheduleStatus.STOPPED
    at = moment.replace(tzinfo=ZoneInfo("Europe/London"))
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_schedule_context(
            instance=instance, scheduled_execution_time=at, repository_def=definitions.get_repository_def()
        )
        requests = schedule.evaluate_tick(context).run_requests or []
    assert [request.partition_key for request in requests] == periods
    assert [request.run_key for request in requests] == [f"{period}:{moment.date()}" for period in periods]


def test_the_sensor_waits_for_the_inbox_to_settle(definitions: dg.Definitions, tmp_path: Path) -> None:
    (tmp_path / "esr").mkdir()
    projects = SITE.programme.running
    job = definitions.resolve_job_def(job_name(PROJECT))
    sensor = inbox_sensor(tmp_path, projects, [job], today=lambda: date(2025, 7, 2))

    def look(cursor: str | None) -> tuple[list[str], str | None]:
        with dg.DagsterInstance.ephemeral() as instance:
            context = dg.build_sensor_context(
                instance=instance, cursor=cursor, repository_def=definitions.get_repository_def()
            )
            result = sensor.evaluate_tick(context)
        # With a key, Dagster would not run again for an inbox that is as it was before.
        assert all(request.run_key is None for request in result.run_requests or [])
        return [str(request.partition_key) for request in result.run_requests or []], result.cursor

    (tmp_path / "esr" / "leavers.csv").write_text("half", encoding="utf-8")
    runs, cursor = look(None)
    assert runs == []
    (tmp_path / "esr" / "leavers.csv").write_text("half and the rest", encoding="utf-8")
    runs, cursor = look(cursor)
    assert runs == []
    runs, cursor = look(cursor)
    assert runs == ["2025-26-Q1"]
    (tmp_path / REVIEWS).mkdir()
    (tmp_path / REVIEWS / "marked up.xlsx").write_text("a review that came back", encoding="utf-8")
    runs, cursor = look(cursor)
    assert (runs, cursor) == ([], fingerprint(tmp_path))


def test_the_sensor_is_stopped_until_switched_on(definitions: dg.Definitions) -> None:
    assert definitions.resolve_sensor_def("inbox").default_status == dg.DefaultSensorStatus.STOPPED


if __name__ == "__main__":
    built = {tuple(spec.key.path): spec for spec in build_defs(site=SITE).resolve_all_asset_specs()}
    SNAPSHOT.write_text(json.dumps(agreed(built), indent=1) + "\n", encoding="utf-8")
