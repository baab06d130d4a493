"""Checks over a whole return: judged once, judged again without SQL, holding tools back, accepted, and shown."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import dagster as dg
import pytest
from openpyxl import load_workbook

from assets import checking_stage, measuring_stage
from assets.checked import METRIC_CHECK, TOOL_CHECK
from assets.editions import edition_of
from assets.review_stage import Reviewing
from assets.tool_stage import Form
from assets.workshop import Workshop
from nhsbn.checks.results import Outcome
from nhsbn.checks.standing import Acceptance, Status
from nhsbn.planning import Key, metric_key, tool_key
from nhsbn.tools.cells import State
from pipelines.cli import main
from pipelines.run import Return, ReturnStatus
from resources.home import Home
from resources.lake import Lake
from resources.records_checks import CheckRecords, SubmittedFile
from resources.records_rows import Collection
from resources.site import ROOT, Site

PROJECT, PERIOD = "mhlda_indicators", "2025-26-Q1"
OF = Collection("RXE", PROJECT, "2025-26", PERIOD)
TOMORROW = date.today() + timedelta(days=2)
WRONG_WAY_ROUND = """
  - id: wrong_way_round
    kind: order
    items: [MI-CM-05a, MI-CM-03]
    title: All contacts are among face-to-face contacts, which they are not
    severity: {severity}
    from: made up
    instruction: Turn it round.
"""


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """The declarations, to be changed."""
    root = tmp_path / "room"
    for name in ("sources", "sql", "projects", "expectations"):
        shutil.copytree(ROOT / name, root / name)
    return root


@pytest.fixture
def kept(home: Path) -> Iterator[CheckRecords]:
    records = Home(home).open_records()
    yield CheckRecords(records)
    records.close()


def with_check(room: Path, severity: str) -> Site:
    """The declarations with a check that fails, in a folder of their own."""
    path = room / "projects" / PROJECT / "2025-26" / "checks.yaml"
    text = (ROOT / "projects" / PROJECT / "2025-26" / "checks.yaml").read_text(encoding="utf-8")
    path.write_text(text + WRONG_WAY_ROUND.format(severity=severity), encoding="utf-8")
    return Site(root=room)


def made(site: Site, home: Path, place: str | None = None) -> ReturnStatus:
    asked = Return(site, Home(home), PROJECT, PERIOD, place)
    asked.make(asked.plan())
    return asked.status()


def evaluation(home: Path, key: Key, name: str) -> dg.AssetCheckEvaluation:
    with dg.DagsterInstance.from_config(str(home / "dagster")) as instance:
        check = dg.AssetCheckKey(dg.AssetKey(list(key)), name)
        record = instance.event_log_storage.get_latest_asset_check_execution_by_key([check])[check]
    found = record.event.dagster_event.asset_check_evaluation_data
    assert found is not None
    return found


def test_a_run_judges_every_check_once_and_shows_one_on_each_metric_and_tool(
    home: Path, kept: CheckRecords
) -> None:
    (judgement,) = kept.judgements(OF, 5)
    results = kept.results(judgement.id)
    assert len(results) > 2_000
    assert {one.outcome for one in results} == set(Outcome)
    assert {one.check for one in results} == set(Site().checks(PROJECT, "2025-26").by_id)
    for key, name in ((metric_key(PROJECT, "MI-CM-03"), METRIC_CHECK), (tool_key(PROJECT, "trust"), TOOL_CHECK)):
        metadata = evaluation(home, key, name).metadata
        assert "results" in metadata
        assert int(str(metadata["passed"].value)) > 0


def test_another_threshold_judges_kept_figures_again_without_any_sql(
    home: Path, room: Path, kept: CheckRecords, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = room / "projects" / PROJECT / "2025-26" / "metrics.yaml"
    text = path.read_text(encoding="utf-8")
    start = text.index("metric_id: MI-CM-03")
    narrow = text[start:].replace("plausible_range: [0, 120000]", "plausible_range: [0, 1]", 1)
    path.write_text(text[:start] + narrow, encoding="utf-8")

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("SQL ran")

    monkeypatch.setattr(Lake, "connect", refuse)
    monkeypatch.setattr(measuring_stage, "compute", refuse)
    workshop = Workshop(Site(root=room), Home(home))
    work = edition_of(workshop.site, PROJECT, PERIOD)
    assert not checking_stage.is_judged(workshop, work)
    checking_stage.judge_return(workshop, "check", work)
    assert checking_stage.is_judged(workshop, work)
    before, after = (
        {one.key: one for one in kept.results(judgement.id)} for judgement in reversed(kept.judgements(OF))
    )
    workshop.close()
    key = ("plausible_range", "MI-CM-03", "trust")
    assert (before[key].outcome, after[key].outcome) == (Outcome.PASSED, Outcome.FAILED)
    assert {one for one in before if before[one] != after[one]} == {key}


def test_nothing_is_judged_again_while_nothing_has_changed(home: Path, kept: CheckRecords) -> None:
    for _ in range(2):
        assert main(["--home", str(home), "check", PROJECT, PERIOD]) == 0
    assert len(kept.judgements(OF, 5)) == 1


def test_what_withholds_empties_its_metrics_cells_until_it_is_accepted(
    home: Path, room: Path, kept: CheckRecords
) -> None:
    site = with_check(room, "withholds")
    status = made(site, home)
    assert not status.is_whole
    for tool in status.tools:
        withheld = [cell for cell in tool.cells if cell.state is State.WITHHELD]
        assert {cell.item for cell in withheld} == {"MI-CM-03"}
        assert all("check wrong_way_round" in cell.reason for cell in withheld)
        assert all(cell.reason.endswith("Turn it round.") for cell in withheld)
        assert {cell.owner for cell in withheld} == {"Community performance lead"}
    shown = evaluation(home, tool_key(PROJECT, "trust"), TOOL_CHECK)
    assert (shown.passed, shown.severity) == (False, dg.AssetCheckSeverity.ERROR)

    workshop = Workshop(site, Home(home))
    work = edition_of(site, PROJECT, PERIOD)
    (one,) = [
        one
        for one in checking_stage.standings(workshop, work, date.today(), failed_only=True)
        if one.result.key == ("wrong_way_round", "MI-CM-03", "trust")
    ]
    review = Reviewing(workshop, work, date.today()).of("trust")
    (question,) = [question for question in review.questions if question.code == "MI-CM-03"]
    (first, *_) = question.checks
    assert (review.is_judged, first.status.is_open, first.check) == (True, True, "wrong_way_round")
    assert {cell.state for cell in question.cells if cell.state} == {
        State.WITHHELD
    }  # totals that the tool adds up
    workshop.close()
    result = one.result
    kept.keep_acceptance(
        OF, Acceptance(*result.key, result.content, "It is a test", "Tester", TOMORROW, date.today())
    )
    trust = {tool.place: tool for tool in made(site, home).tools}
    assert trust["trust"].count(State.WITHHELD) == 0
    assert trust["doncaster"].count(State.WITHHELD) > 0
    assert evaluation(home, tool_key(PROJECT, "trust"), TOOL_CHECK).metadata["accepted"].value == 1


def test_what_stops_leaves_the_tool_as_it_lay_and_says_why(home: Path, room: Path) -> None:
    site = with_check(room, "stops")
    tool = home / "out" / PROJECT / PERIOD / "trust" / "mhlda_indicators.xlsx"
    before = tool.read_bytes()
    status = made(site, home)
    assert set(status.stopped) == {"doncaster", "rotherham", "north_lincolnshire", "trust"}
    assert "MI-CM-03, check wrong_way_round" in status.stopped["trust"][0]
    assert status.stopped["trust"][0].endswith("Turn it round.")
    assert not status.is_whole
    assert tool.read_bytes() == before
    assert [one.version.version for one in status.tools if one.version] == [1, 1, 1, 1]
    shown = evaluation(home, tool_key(PROJECT, "trust"), TOOL_CHECK)
    assert (shown.passed, shown.description.startswith("Not filled: ")) == (False, True)


def test_what_was_submitted_is_loaded_once_and_a_correction_stands(
    home: Path, kept: CheckRecords, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tool = home / "out" / PROJECT / PERIOD / "rotherham" / "mhlda_indicators.xlsx"
    months = edition_of(Site(), PROJECT, PERIOD).period.months
    load = ["--home", str(home), "history", "load", "--by", "Quality officer"]
    assert main([*load, str(tool)]) == 0
    first = {(one.item, one.member, one.month): one.value for one in kept.submitted("RXE", PROJECT, months)}
    assert main([*load, str(tool)]) == 0
    assert "was loaded before" in capsys.readouterr().out
    assert len(kept.submissions(OF, "rotherham")) == 1
    assert len(first) > 1_000

    book = load_workbook(tool)
    sheet = book["Access"]
    place = next(
        cell for row in sheet.iter_rows() for cell in row if isinstance(cell.value, int | float) and cell.value > 3
    )
    place.value += 1
    book.save(corrected := tmp_path / "corrected.xlsx")
    assert main([*load, str(corrected)]) == 0
    assert "stands in place of an earlier one" in " ".join(capsys.readouterr().out.split())
    second = {(one.item, one.member, one.month): one.value for one in kept.submitted("RXE", PROJECT, months)}
    assert [round(second[key] - first[key]) for key in first if abs(first[key] - second[key]) > 1e-6] == [1]
    assert [row.loaded_by for row in kept.submissions(OF, "rotherham")] == ["Quality officer"] * 2


def last_years_tools(folder: Path, contacts: float, *changed: dict[str, str]) -> list[Path]:
    """Tools of the edition before, of its first quarter, with one question answered and some details changed."""
    workshop = Workshop(Site(), Home(folder))
    form = Form(workshop, edition_of(workshop.site, PROJECT, "2024-25-Q1"))
    book = load_workbook(BytesIO(form.template))
    for answer in form.resolved.answers:
        if answer.item == "MI-CM-03":
            book[answer.target.sheet][answer.target.address] = contacts
    paths = []
    for number, details in enumerate(changed):
        given = {"period": "2024-25-Q1", "locality": "Rotherham", "ods_code": "RXE"} | details
        for detail in form.resolved.details:
            if detail.name in given:
                book[detail.target.sheet][detail.target.address] = given[detail.name]
        paths.append(folder / f"sent_{number}.xlsx")
        book.save(paths[-1])
    return paths


def test_last_years_submission_is_what_this_year_is_held_to(
    home: Path, kept: CheckRecords, tmp_path: Path
) -> None:
    (tool,) = last_years_tools(tmp_path, 90_000, {})
    assert main(["--home", str(home), "history", "load", str(tool)]) == 0
    assert main(["--home", str(home), "check", PROJECT, PERIOD]) == 0
    results = {one.key: one for one in kept.results(kept.judgements(OF)[0].id)}
    found = results["year_on_year", "MI-CM-03", "rotherham"]
    assert found.failed
    assert {one.against for one in found.findings} <= {90_000, 4 * 90_000}  # a member's, or a total added up
    assert "submitted for April 2024" in found.message
    assert results["year_on_year", "MI-CM-03", "doncaster"].outcome is Outcome.NOT_JUDGED
    workshop = Workshop(Site(), Home(home))
    review = Reviewing(workshop, edition_of(workshop.site, PROJECT, PERIOD), date.today()).of("rotherham")
    workshop.close()
    (question,) = [question for question in review.questions if question.code == "MI-CM-03"]
    assert {cell.last_submitted for cell in question.cells} <= {90_000, 4 * 90_000, None}
    assert [(str(point.month), point.kind) for point in question.history][:3] == [
        (month, "submitted") for month in ("2024-04", "2024-05", "2024-06")
    ]


def test_a_review_charts_a_years_history_once_there_is_one(home: Path, kept: CheckRecords) -> None:
    first = edition_of(Site(), PROJECT, PERIOD).period.first_month
    for quarter in range(4):
        months = [first.plus(-12 + 3 * quarter + number) for number in range(3)]
        values = tuple(("MI-CM-03", "all", str(month), 100.0 + 4 * (month.number % 2)) for month in months)
        of = replace(OF, edition="2024-25", period=f"2024-25-Q{quarter + 1}")
        kept.keep_submission(SubmittedFile(of, "rotherham", "sent.xlsx", f"{quarter}" * 64, 0, values), "Tester")
    workshop = Workshop(Site(), Home(home))
    review = Reviewing(workshop, edition_of(workshop.site, PROJECT, PERIOD), date.today()).of("rotherham")
    workshop.close()
    assert not review.is_judged  # there is history now that the checks have not seen
    by_code = {question.code: question for question in review.questions}
    charted, bare = by_code["MI-CM-03"], by_code["MI-CM-05a"]
    assert [point.kind for point in charted.history] == ["submitted"] * 12 + ["computed"] * 3
    assert [point.is_reported for point in charted.history] == [False] * 12 + [True] * 3
    assert charted.limits is not None
    assert charted.limits.lower < charted.limits.mean < charted.limits.upper
    assert (bare.limits, len(bare.history)) == (None, 3)


def test_tools_of_nobody_known_are_told_all_at_once_and_nothing_is_loaded(
    home: Path, kept: CheckRecords, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = ({"period": "2031-32-Q1"}, {"locality": "Leeds"}, {"ods_code": "RXX"})
    tools = last_years_tools(tmp_path, 1, {}, *wrong)
    assert main(["--home", str(home), "history", "load", *map(str, tools)]) == 2
    told = capsys.readouterr().err
    assert told.count("not of a period and place that are known") == 2
    assert "the trust's localities are Doncaster" in told
    assert "it was submitted by RXX, and the records are of RXE" in told
    assert kept.submissions(replace(OF, edition="2024-25", period="2024-25-Q1"), "rotherham") == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["check", PROJECT, "2024-25-Q1"], "Edition 2024-25 of mhlda_indicators declares no checks"),
        (["check", PROJECT, "2025-26-Q2"], "59 of 59 metrics have not been calculated"),
        (["history", "load", "nothing.xlsx"], "nothing.xlsx"),
        (["history", "load", str(ROOT / "README.md")], "README.md"),
        (
            ["history", "load", str(ROOT / f"projects/{PROJECT}/2025-26/template.xlsx")],
            "holds no answer of a tool",
        ),
        (["checks", "load-comparison", str(ROOT / "trust/population.csv")], "the first line must be source,item"),
        (
            ["checks", "accept", PROJECT, PERIOD, "nonsense", "MI-CM-03", "trust", "--reason", "x"],
            "There is no check 'nonsense'",
        ),
        (
            ["checks", "accept", PROJECT, PERIOD, "complete", "tool", "trust", "--reason", "x"],
            "Check complete has not failed for tool in trust. It has failed for: none.",
        ),
        (["checks", "accept", PROJECT, PERIOD, "complete", "tool", "trust", "--reason", " "], "--reason is empty"),
    ],
)
def test_mistakes_are_told_with_what_to_do(
    home: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    given = [*arguments, "--until", str(TOMORROW)] if "accept" in arguments else arguments
    assert main(["--home", str(home), *given]) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert "Traceback" not in captured.err


@pytest.mark.parametrize(("until", "said"), [("soon", "is not a day"), ("2020-01-01", "has passed")])
def test_an_acceptance_holds_until_a_day_to_come(
    home: Path, capsys: pytest.CaptureFixture[str], until: str, said: str
) -> None:
    given = ["checks", "accept", PROJECT, PERIOD, "complete", "tool", "trust", "--reason", "x", "--until", until]
    assert main(["--home", str(home), *given]) == 2
    assert said in capsys.readouterr().err


def test_an_acceptance_on_the_command_line_shows_when_checks_are_shown(
    home: Path, kept: CheckRecords, capsys: pytest.CaptureFixture[str]
) -> None:
    (judgement,) = kept.judgements(OF, 5)
    one = next(one for one in kept.results(judgement.id, failed_only=True))
    words = ["--reason", "A ward was opened", "--by", "J Lead", "--until", str(TOMORROW)]
    assert main(["--home", str(home), "checks", "accept", PROJECT, PERIOD, *one.key, *words]) == 0
    capsys.readouterr()
    assert main(["--home", str(home), "check", PROJECT, PERIOD, "--all"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert f"1 {Status.ACCEPTED.value}" in shown
    assert "accepted by J Lead until" in shown
    assert "A ward was opened" in shown


def test_a_comparison_file_is_loaded_once_and_judged(
    home: Path, kept: CheckRecords, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "published.csv"
    file.write_text(
        "source,item,locality,month,value\nNHS Sickness Absence Rates,MI-WF-04,trust,2025-04,99\n"
        "Model Health System,Beds,trust,2025-04,200\n",
        encoding="utf-8",
    )
    load = ["--home", str(home), "checks", "load-comparison", str(file)]
    assert main(load) == 0
    told = capsys.readouterr().out
    assert "2 figures of Model Health System, NHS Sickness Absence Rates are loaded" in told
    assert "No check holds a figure to Beds of Model Health System yet" in told
    assert main(load) == 0
    assert "was loaded before" in capsys.readouterr().out
    assert main(["--home", str(home), "check", PROJECT, PERIOD]) == 0
    (now, before) = kept.judgements(OF, 5)
    key = ("sickness_against_published", "MI-WF-04", "trust")
    found = {one.key: one for one in kept.results(now.id)}[key]
    assert found.findings[0].against == 99
    assert {one.key for one in kept.results(before.id)} == {one.key for one in kept.results(now.id)}
