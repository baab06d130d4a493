"""The command line, from extracts to tools, as a person meets it."""

from __future__ import annotations

import shutil
from pathlib import Path

import dagster as dg
import pytest
from openpyxl import load_workbook

from nhsbn.planning import conformed_key, extract_key, metric_key, tool_key
from nhsbn.tools.cells import State
from pipelines.cli import HELD_BACK, OK, USER_ERROR, main
from pipelines.run import Return
from resources.home import Home
from resources.site import Site

PROJECT, PERIOD = "mhlda_indicators", "2025-26-Q1"
SITE = Site()


def run(home: Path, *arguments: str) -> int:
    return main(["--home", str(home), *arguments])


def asked(home: Path, place: str | None = None) -> Return:
    return Return(SITE, Home.at(home), PROJECT, PERIOD, place)


def files_below(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def runs_of(home: Path) -> list[str]:
    with dg.DagsterInstance.from_config(str(home / "dagster")) as instance:
        return [run.run_id for run in instance.get_runs()]


def test_the_first_run_makes_a_tool_for_each_locality_and_the_trust(home: Path) -> None:
    made = sorted(path.relative_to(home / "out").as_posix() for path in (home / "out").rglob("*.xlsx"))
    assert made == [
        f"{PROJECT}/{PERIOD}/{place}/{PROJECT}.xlsx"
        for place in ("doncaster", "north_lincolnshire", "rotherham", "trust")
    ]
    assert not list(home.rglob("*.tmp"))


def test_every_requested_cell_ends_in_one_state_with_what_it_needs(home: Path) -> None:
    status = asked(home).status()
    sizes = {len(tool.cells) for tool in status.tools}
    assert len(sizes) == 1
    assert sizes.pop() > 1_000
    for tool in status.tools:
        assert len({(cell.sheet, cell.address) for cell in tool.cells}) == len(tool.cells)
        assert tool.count(State.VALUE) > 500
        assert tool.count(State.TRUE_ZERO) > 0
        for cell in tool.cells:
            assert (cell.value is not None) == cell.state.is_filled
            assert bool(cell.reason) != cell.state.is_filled


def test_a_second_run_makes_nothing_and_asks_nothing_of_dagster(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, runs = files_below(home / "lake") | files_below(home / "out"), runs_of(home)
    assert asked(home).plan().is_fresh
    assert run(home, "run", PROJECT, PERIOD) == OK
    assert "nothing has changed" in capsys.readouterr().out
    assert files_below(home / "lake") | files_below(home / "out") == before
    assert runs_of(home) == runs


def test_a_reissued_file_touches_what_hangs_on_it_and_nothing_else(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    newest = max((home / "inbox" / "ledger").glob("*"))
    newest.unlink()
    plan = asked(home).plan()
    assert plan.because[extract_key("ledger_budget_statement")] == "1 file gone"
    assert conformed_key("ledger_line") in plan.because
    assert metric_key(PROJECT, "MI-FN-01") in plan.because
    assert conformed_key("contact") not in plan.because
    assert metric_key(PROJECT, "MI-CM-03") not in plan.because
    contact = files_below(home / "lake" / "conformed" / "contact")
    assert run(home, "run", PROJECT, PERIOD) == OK
    assert "1 report" in capsys.readouterr().out
    assert files_below(home / "lake" / "conformed" / "contact") == contact
    assert asked(home).plan().is_fresh


def test_a_removed_tool_alone_is_made_again_to_the_byte(home: Path) -> None:
    tool = home / "out" / PROJECT / PERIOD / "rotherham" / f"{PROJECT}.xlsx"
    data = tool.read_bytes()
    tool.unlink()
    assert asked(home).plan().because == {tool_key(PROJECT, "rotherham"): "the file was changed or removed"}
    assert run(home, "run", PROJECT, PERIOD) == OK
    assert tool.read_bytes() == data
    version = asked(home, "rotherham").status().tools[0].version
    assert version is not None
    assert version.version == 1


def test_one_locality_can_be_asked_for_alone(invented: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(invented / "inbox" / "risk", home / "inbox" / "risk")
    assert run(home, "run", PROJECT, PERIOD, "--locality", "doncaster") == OK
    assert [path.parent.name for path in (home / "out").rglob("*.xlsx")] == ["doncaster"]


def test_a_source_without_any_extract_leaves_its_metrics_not_collected(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(home / "inbox" / "esr")
    assert run(home, "run", PROJECT, PERIOD) == OK
    tool = asked(home, "trust").status().tools[0]
    sick = [cell for cell in tool.cells if cell.item.startswith("MI-WF-04")]
    assert sick
    assert {cell.state for cell in sick} <= {State.NOT_COLLECTED, State.NOT_APPLICABLE}
    missing = [cell for cell in sick if cell.state is State.NOT_COLLECTED]
    assert "extract has been received" in missing[0].reason
    assert missing[0].owner
    assert run(home, "status", PROJECT, PERIOD) == OK
    assert "extract has been received" in capsys.readouterr().out.replace("\n", " ")


def test_a_blocked_file_withholds_what_needs_it_and_the_tool_is_still_made(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One referral stands twice in a month's caseload, once as waiting: nobody can say which is right."""
    path = home / "inbox" / "reportal" / "RePortal_Caseload_20250531.csv"
    data = path.read_bytes()
    row = next(line for line in data.splitlines(keepends=True) if b",N," in line)
    path.write_bytes(data + row.replace(b",N,", b",Y,"))
    assert run(home, "run", PROJECT, PERIOD) == HELD_BACK
    said = " ".join(capsys.readouterr().out.split())
    assert f"{path.name}: 1 key(s)" in said
    assert "held back" in said
    tool = asked(home, "trust").status().tools[0]
    assert tool.version is not None
    assert tool.version.version == 2
    withheld = [cell for cell in tool.cells if cell.state is State.WITHHELD]
    assert {cell.month for cell in withheld if cell.item == "MI-CM-01"} == {"2025-05"}
    assert all(path.name in cell.reason and cell.owner for cell in withheld)
    with dg.DagsterInstance.from_config(str(home / "dagster")) as instance:
        key = dg.AssetKey(list(extract_key("reportal_caseload")))
        states = {check.check_name: (check.passed, check.severity) for check in evaluations(instance, key)}
        assert instance.get_runs(limit=1)[0].is_success
    assert states["unique_key"] == (False, dg.AssetCheckSeverity.ERROR)
    assert states["required_columns"][0]
    assert states["period"][0]


def evaluations(instance: dg.DagsterInstance, key: dg.AssetKey) -> list[dg.AssetCheckEvaluation]:
    run_id = instance.get_runs(limit=1)[0].run_id
    events = instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    found = [record.get_dagster_event().asset_check_evaluation_data for record in events]
    return [check for check in found if check.asset_key == key]


def test_a_web_page_in_place_of_a_workbook_is_refused_by_name(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = max((home / "inbox" / "esr").glob("ESR_Staff_In_Post_202506*"))
    path.write_text("<html><table><tr><td>Sign in</td></tr></table></html>", encoding="utf-8")
    assert run(home, "run", PROJECT, PERIOD) == HELD_BACK
    said = capsys.readouterr().out.replace("\n", " ")
    assert path.name in said
    assert "is a web page" in said


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["run", "mhlda", PERIOD], "The projects are: mhlda_indicators"),
        (["run", PROJECT, "2025-26-Q9"], "is not a period"),
        (["run", PROJECT, "2031-32-Q1"], "is not one of its periods"),
        (["run", PROJECT, PERIOD, "--locality", "leeds"], "doncaster, rotherham, north_lincolnshire, trust"),
        (["status", PROJECT], "Missing argument"),
    ],
)
def test_a_mistake_is_answered_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], expected: str
) -> None:
    assert run(tmp_path, *arguments) == USER_ERROR
    said = capsys.readouterr()
    assert expected in " ".join((said.err + said.out).split())
    assert "Traceback" not in said.err + said.out


def test_a_period_of_last_year_is_filled_into_last_years_tool(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its questions, codes and definitions are its edition's; this year's tools stay as they are."""
    before = files_below(home / "out")
    assert run(home, "run", PROJECT, "2024-25-Q4", "--locality", "trust") == OK
    assert "2024-25-Q4, edition 2024-25" in capsys.readouterr().out
    path = home / "out" / PROJECT / "2024-25-Q4" / "trust" / f"{PROJECT}.xlsx"
    sheet = load_workbook(path)["Quality and safety"]
    asked = {str(row[0].value): str(row[1].value) for row in sheet.iter_rows(max_col=2)}
    assert asked["MI-QS-02"] == "Restraint incidents per 1,000 occupied bed days"
    assert "MI-QS-12" in asked
    assert not {"MI-QS-09a", "MI-QS-10"} & set(asked)
    (tool,) = Return(SITE, Home.at(home), PROJECT, "2024-25-Q4", "trust").status().tools
    march = {cell.question: cell for cell in tool.cells if cell.month == "2025-03" and cell.member == "all"}
    assert march["MI-QS-12"].item == "MI-QS-10"
    assert march["MI-QS-12"].state.is_filled
    # A metric that this year's graph does not show, as only last year's edition asked it.
    assert march["MI-IP-19"].state is State.VALUE
    assert {path: time for path, time in files_below(home / "out").items() if path in before} == before
    assert run(home, "run", PROJECT, "2024-25-Q4", "--locality", "trust") == OK
    assert "nothing has changed" in capsys.readouterr().out


def test_a_home_that_cannot_be_written_is_said_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    assert run(tmp_path / "file" / "home", "run", PROJECT, PERIOD) == USER_ERROR
    assert "--home" in capsys.readouterr().err


def test_projects_and_assure_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, "projects") == OK
    said = capsys.readouterr().out
    assert said.count(PROJECT) == 2
    assert said.index("2025-26-Q1 to") < said.index("2024-25-Q1 to")
    assert run(tmp_path, "assure", PROJECT) == OK
    said = capsys.readouterr().out
    assert all(f"Edition {edition}: " in said for edition in ("2025-26", "2024-25"))
    assert said.count("definition cases hold") == 2


def test_extracts_are_invented_where_a_run_looks_for_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, "synth", str(tmp_path), "--scale", "0.01", "--start", "2025-04", "--months", "1") == OK
    assert str(tmp_path) in "".join(capsys.readouterr().out.split())
    assert {path.name for path in (tmp_path / "inbox").iterdir()} == {
        report.source for report in SITE.register.reports.values()
    }
    assert not asked(tmp_path).plan().is_fresh


@pytest.mark.parametrize(
    ("option", "value"), [("--months", "0"), ("--scale", "-1"), ("--scale", "nan"), ("--start", "soon")]
)
def test_extracts_that_cannot_be_invented_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, value: str
) -> None:
    assert run(tmp_path, "synth", str(tmp_path), option, value) == USER_ERROR
    assert capsys.readouterr().err
    assert not (tmp_path / "inbox").exists()


def test_extracts_are_not_invented_into_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes.txt").write_text("no folder", encoding="utf-8")
    small = ("--scale", "0.01", "--months", "1")
    assert run(tmp_path, "synth", str(tmp_path / "notes.txt"), *small) == USER_ERROR
    assert "cannot be written (Not a directory). Name a folder" in capsys.readouterr().err


def test_a_return_that_was_never_made_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, "status", PROJECT, PERIOD) == OK
    said = capsys.readouterr().out
    assert said.count("not made yet") == 4
    assert f"nhsbn run {PROJECT} {PERIOD}" in said
