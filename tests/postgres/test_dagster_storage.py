"""Dagster on PostgreSQL, set up as a team would: the example configuration, a real server, a real run."""

from __future__ import annotations

import shutil
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy as sa
import yaml

from nhsbn.planning import extract_key, tool_key
from pipelines.definitions import build_defs
from pipelines.jobs import job_name
from resources.home import Home
from resources.site import ROOT

PROJECT, PERIOD = "mhlda_indicators", "2025-26-Q1"


@pytest.fixture
def instance(postgres_url: sa.URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dg.DagsterInstance:
    shutil.copy(ROOT / "deploy" / "dagster-postgres.yaml", tmp_path / "dagster.yaml")
    for name, value in {
        "USERNAME": postgres_url.username,
        "PASSWORD": "any",  # the server of the tests asks for none
        "HOST": postgres_url.host,
        "PORT": str(postgres_url.port),
        "DB": postgres_url.database,
    }.items():
        monkeypatch.setenv(f"DAGSTER_PG_{name}", str(value))
    return dg.DagsterInstance.from_config(str(tmp_path))


def test_a_run_is_kept_with_its_assets_checks_and_versions(
    instance: dg.DagsterInstance, postgres_url: sa.URL, tmp_path: Path
) -> None:
    definitions = build_defs(home=Home(tmp_path / "home"))
    leavers = dg.AssetKey(list(extract_key("esr_leavers")))
    with instance:
        result = definitions.resolve_job_def(job_name(PROJECT)).execute_in_process(
            instance=instance, partition_key=PERIOD, asset_selection=[leavers]
        )
        assert result.success
        event = instance.get_latest_materialization_event(leavers)
        assert event is not None
        assert event.asset_materialization is not None
        assert event.asset_materialization.tags is not None
        assert event.asset_materialization.tags["dagster/data_version"]
    engine = sa.create_engine(postgres_url)
    with engine.connect() as connection:
        tables = set(sa.inspect(connection).get_table_names())
        assert {"runs", "event_logs", "asset_check_executions"} <= tables
        checks = connection.execute(sa.text("select count(*) from asset_check_executions")).scalar()
    engine.dispose()
    assert checks == 4


def test_both_examples_switch_off_telemetry_and_name_what_they_need() -> None:
    for name in ("dagster-sqlite.yaml", "dagster-postgres.yaml"):
        config = yaml.safe_load((ROOT / "deploy" / name).read_text(encoding="utf-8"))
        assert config["telemetry"] == {"enabled": False}
        assert config["nux"] == {"enabled": False}
    storage = yaml.safe_load((ROOT / "deploy" / "dagster-postgres.yaml").read_text(encoding="utf-8"))["storage"]
    assert storage["postgres"]["postgres_db"]["scheme"] == "postgresql+psycopg2"


def test_a_tool_is_made_with_records_and_dagster_both_on_postgresql(
    instance: dg.DagsterInstance, postgres_url: sa.URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NHSBN_DATABASE_URL", postgres_url.render_as_string(hide_password=False))
    home = Home(tmp_path / "home")
    definitions = build_defs(home=home)
    with instance:
        result = definitions.resolve_job_def(job_name(PROJECT)).execute_in_process(
            instance=instance,
            partition_key=PERIOD,
            asset_selection=[dg.AssetKey(list(tool_key(PROJECT, "rotherham")))],
        )
    assert result.success
    assert home.tool(PROJECT, PERIOD, "rotherham", PROJECT).is_file()
    assert not (home.root / "records.db").exists()
    engine = sa.create_engine(postgres_url)
    with engine.connect() as connection:
        made = connection.execute(sa.text("select locality, version from tool_version")).all()
    engine.dispose()
    assert [tuple(row) for row in made] == [("rotherham", 1)]
