"""The records, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from nhsbn.errors import NhsbnError, Problem
from nhsbn.extracts.landing import LandedFile, RowCounts
from nhsbn.periods import Month
from nhsbn.tools.cells import State
from nhsbn.tools.collection_tool import ToolCell
from nhsbn.values import MetricValue
from resources import records_models as models
from resources.database import VERSION_TABLE, make_engine
from resources.records import Records
from resources.records_rows import Calculated, Checked, Collection, MadeTool
from resources.site import ROOT

COLLECTION = Collection("RXE", "mhlda_indicators", "2025-26", "2025-26-Q1")
FILE = LandedFile(
    sha256="a" * 64,
    report="esr_leavers",
    name="leavers.csv",
    sheet=None,
    size=3_000_000_000,
    period_start=date(2025, 4, 1),
    period_end=date(2025, 4, 30),
    extracted_at=datetime(2025, 5, 3, 9, 12),  # local time, as printed
    rows=RowCounts(read=3, landed=2, total=1),
    status="admitted",
)


def calculated(metric_id: str = "MI-AC-01", inputs: str = "in-1", value: float | None = 0.1 + 0.2) -> Calculated:
    row = MetricValue(metric_id, Month(2025, 4), "doncaster", "adult", value, 3.0, 10.0, 3)
    return Calculated(metric_id, "def-1", inputs, (row,))


def tool(sha: str = "b" * 64, inputs: str = "in-1") -> MadeTool:
    return MadeTool("doncaster", "out/tool.xlsx", sha, inputs, "c" * 64, "bind-1", {"cells_read_back": 2})


def cell(address: str, state: State, value: float | str | None = None, reason: str = "") -> ToolCell:
    return ToolCell(
        "Access", address, "AC-01", "MI-AC-01", "adult", "2025-04", state, value, reason, "", "RePortal"
    )


def test_migrations_make_exactly_the_models(records: Records) -> None:
    with records.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "version_table": VERSION_TABLE}
        )
        assert compare_metadata(context, models.Base.metadata) == []


def test_the_revision_the_models_expect_is_the_last_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    assert ScriptDirectory.from_config(config).get_current_head() == models.REVISION


def test_opening_twice_migrates_once(records: Records, records_url: str) -> None:
    records.begin_run("r1", COLLECTION)
    again = Records(records_url)
    with again.engine.connect() as connection:
        assert connection.execute(sa.select(models.Run.run_id)).scalars().all() == ["r1"]
    again.close()


def test_values_come_back_to_the_last_bit(records: Records) -> None:
    records.begin_run("r1", COLLECTION)
    kept = [calculated(), calculated("MI-AC-02", value=None)]
    records.keep_metrics("r1", COLLECTION, kept)
    known = records.known(COLLECTION, {"MI-AC-01": "in-1", "MI-AC-02": "in-1", "MI-AC-03": "in-1"})
    assert known == {one.metric_id: one for one in kept}
    assert known["MI-AC-01"].data_version == kept[0].data_version


def test_a_metric_is_known_only_by_its_exact_inputs(records: Records) -> None:
    records.begin_run("r1", COLLECTION)
    records.keep_metrics("r1", COLLECTION, [calculated(inputs="in-1"), calculated("MI-AC-02", inputs="in-2")])
    asked = {"MI-AC-01": "in-2", "MI-AC-02": "in-2"}
    assert set(records.known(COLLECTION, asked)) == {"MI-AC-02"}
    assert records.known_versions(COLLECTION, asked) == {"MI-AC-02"}
    other_trust = Collection("RAB", COLLECTION.project, COLLECTION.edition, COLLECTION.period)
    assert records.known_versions(other_trust, asked) == set()


def test_the_same_calculation_is_kept_once(records: Records) -> None:
    records.begin_run("r1", COLLECTION)
    records.begin_run("r1", COLLECTION)
    records.keep_metrics("r1", COLLECTION, [calculated(value=1.0)])
    records.keep_metrics("r1", COLLECTION, [calculated(value=1.0)])
    with records.engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(models.MetricValue)).scalar() == 1


def test_a_run_that_was_never_begun_keeps_nothing(records: Records) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        records.keep_metrics("nobody", COLLECTION, [calculated()])
    with pytest.raises(sa.exc.IntegrityError):
        records.keep_tool("nobody", COLLECTION, tool(), [])
    assert records.known(COLLECTION, {"MI-AC-01": "in-1"}) == {}
    assert records.latest_tool(COLLECTION, "doncaster") is None


def test_tool_versions_count_up_and_the_same_bytes_are_the_same_version(records: Records) -> None:
    records.begin_run("r1", COLLECTION)
    cells = [
        cell("D4", State.VALUE, 12.0),
        cell("D5", State.TRUE_ZERO, 0.0),
        cell("D6", State.WITHHELD, reason="duplicate key"),
        cell("D7", State.VALUE, "Yes"),
    ]
    assert records.keep_tool("r1", COLLECTION, tool(), cells) == 1
    assert records.keep_tool("r1", COLLECTION, tool(), cells) == 1
    first = records.latest_tool(COLLECTION, "doncaster")
    assert first is not None
    assert records.cells(first.id) == cells
    assert records.states(first.id) == {
        State.VALUE: 2,
        State.TRUE_ZERO: 1,
        State.NOT_APPLICABLE: 0,
        State.NOT_COLLECTED: 0,
        State.WITHHELD: 1,
    }
    assert records.keep_tool("r1", COLLECTION, tool(sha="d" * 64, inputs="in-2"), cells[:1]) == 2
    latest = records.latest_tool(COLLECTION, "doncaster")
    assert latest is not None
    assert (latest.version, latest.sha256, latest.made_at.tzinfo) == (2, "d" * 64, UTC)
    assert records.cells(latest.id) == cells[:1]
    assert records.latest_tool(COLLECTION, "rotherham") is None


def test_a_version_of_a_tool_is_found_by_what_is_known_of_it(records: Records) -> None:
    records.begin_run("r1", COLLECTION)
    for sha in "bde":
        records.keep_tool("r1", COLLECTION, tool(sha=sha * 64), [])
    assert [one.version for one in records.tools()] == [1, 2, 3]
    assert [one.version for one in records.tools(sha256="d" * 64, locality="doncaster")] == [2]
    assert records.tools(period="2025-26-Q2") == []


def test_when_a_metric_was_calculated_is_known_by_its_exact_inputs(records: Records) -> None:
    records.begin_run("r1", COLLECTION)
    before = datetime.now(UTC)
    records.keep_metrics("r1", COLLECTION, [calculated()])
    found = records.calculated_at(COLLECTION, "MI-AC-01", "in-1")
    assert found is not None
    assert before <= found <= datetime.now(UTC)
    assert records.calculated_at(COLLECTION, "MI-AC-01", "in-2") is None


def test_a_version_number_taken_meanwhile_is_not_taken_twice(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    records.begin_run("r1", COLLECTION)
    records.keep_tool("r1", COLLECTION, tool(), [])
    looks = iter([None])  # the first look misses the other run's version, as if it were written just after
    real = records.latest_tool
    monkeypatch.setattr(records, "latest_tool", lambda of, locality: next(looks, real(of, locality)))
    assert records.keep_tool("r1", COLLECTION, tool(sha="e" * 64), []) == 2


def test_files_are_noted_once_for_each_verdict(records: Records) -> None:
    records.keep_files("RXE", [FILE, FILE])
    records.keep_files("RXE", [FILE])
    blocked = replace(FILE, status="blocked", problems=(Problem("leavers.csv", "two files disagree"),))
    records.keep_files("RXE", [blocked])
    seen = records.files()
    assert [(row.status, row.size, row.period_end) for row in seen] == [
        ("admitted", 3_000_000_000, date(2025, 4, 30)),
        ("blocked", 3_000_000_000, date(2025, 4, 30)),
    ]
    assert seen[1].problems == [["leavers.csv", "two files disagree"]]


def test_checks_are_kept_with_their_outcome(records: Records) -> None:
    failed = Checked("esr_leavers", "unique_key", "v1", False, "error", "2 keys occur twice", {"keys": [["a", 2]]})
    records.keep_checks("r1", "RXE", [failed])
    records.keep_checks("r2", "RXE", [failed])
    (row,) = records.checks("esr_leavers", "v1")
    assert (row.passed, row.message, row.observed, row.run_id) == (
        False,
        failed.message,
        {"keys": [["a", 2]]},
        "r1",
    )


@pytest.mark.parametrize("change", ["update run set period = 'x'", "delete from run"])
def test_nothing_recorded_can_be_changed(records: Records, change: str) -> None:
    records.begin_run("r1", COLLECTION)
    with pytest.raises(sa.exc.DatabaseError, match="append-only"), records.engine.begin() as connection:
        connection.execute(sa.text(change))


def test_ten_thousand_rows_are_kept_in_about_a_second(records: Records) -> None:
    records.begin_run("r1", COLLECTION)
    rows = tuple(MetricValue("c", Month(2025, 4), "doncaster", f"m{n}", n / 7, n, 7, n) for n in range(80))
    many = [Calculated(f"M-{n}", "d", "i", rows) for n in range(62)]
    cells = [cell(f"D{n}", State.VALUE, n / 3) for n in range(5_000)]
    start = time.perf_counter()
    records.keep_metrics("r1", COLLECTION, many)
    records.keep_tool("r1", COLLECTION, tool(), cells)
    assert time.perf_counter() - start < 5  # 0.3 s alone on this machine; the bound only catches a row at a time


def test_times_without_a_zone_are_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        models.Moment().process_bind_param(datetime(2025, 4, 1), None)  # type: ignore[arg-type]


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_a_bare_postgresql_url_means_the_installed_driver(scheme: str) -> None:
    assert make_engine(f"{scheme}://u@h/d").url.drivername == "postgresql+psycopg2"


@pytest.mark.parametrize("url", ["not a url", "mysql://u@h/d"])
def test_another_database_is_refused_in_words(url: str) -> None:
    with pytest.raises(NhsbnError, match=r"SQLite|not a database URL"):
        make_engine(url)


def test_records_of_a_later_version_are_refused(tmp_path: Path) -> None:
    Records.in_file(tmp_path / "r.db").close()
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'r.db'}")
    with engine.begin() as connection:
        connection.execute(sa.text("update nhsbn_revision set version_num = '9999'"))
    with pytest.raises(NhsbnError, match="written by a later one"):
        Records.in_file(tmp_path / "r.db")


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(NhsbnError, match=r"records\.db"):
        Records.in_file(tmp_path / "file" / "records.db")
