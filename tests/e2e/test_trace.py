"""An answer of a tool traced to the rows that made it, and a row to the answers it is in."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook

from assets.checking_stage import held_back, today
from assets.editions import edition_of
from assets.measuring_stage import calculate, inputs
from assets.tool_stage import Form, fill
from assets.workshop import Workshop
from nhsbn.metrics.term_rules import Parameters
from nhsbn.periods import Period
from nhsbn.tracing.arithmetic import Amount, work_out
from nhsbn.tracing.rows import TermRows
from pipelines import trace_cli
from pipelines.cli import OK, USER_ERROR, main
from resources.home import Home
from resources.records import Records
from resources.site import ROOT, Site
from resources.trace_reader import TraceReader, Wanted, check
from resources.trace_terms import run
from resources.traced_tools import recorded_tool, tool_of_file

PROJECT, PERIOD = "mhlda_indicators", "2025-26-Q1"
ASKED = (PROJECT, PERIOD, "rotherham", "MI-IP-05")
CELL = ("--month", "2025-05", "--bed-type", "adult_acute")
LAST_OF_THE_YEAR = date(2025, 3, 31)

Say = Callable[..., str]


@pytest.fixture
def say(made: Path, capsys: pytest.CaptureFixture[str]) -> Say:
    """What the command says of the home that all tests share, with its lines made one."""

    def said(*arguments: str, ends: int = OK, home: Path = made) -> str:
        assert main(["--home", str(home), *arguments]) == ends
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return " ".join((out if ends == OK else err).split())

    return said


def tool(home: Path, place: str = "rotherham") -> Path:
    return home / "out" / PROJECT / PERIOD / place / f"{PROJECT}.xlsx"


def prove(reader: TraceReader, records: Records, workshop: Workshop, period: Period, project: str) -> int:
    """Hold the rows of every cell of a period to what was recorded of it.

    Returns:
        How many cells there are.
    """
    work = edition_of(workshop.site, project, str(period))
    known = calculate(workshop, "proof", work, work.catalogue.metrics)
    versions, proved = inputs(workshop, work, work.catalogue.metrics), 0
    for metric_id, calculated in known.items():
        recipe = reader.recipes.metric(versions[metric_id], metric_id, "nhsbn run")
        assert recipe.metric_version == calculated.metric_version
        with reader.connected(recipe) as connection:
            for question in recipe.questions:
                values = [value for value in calculated.values if value.code == question.code]
                cells = tuple((value.month, value.locality, value.member) for value in values)
                found = {}
                for name, term in question.terms.items():
                    rows = TermRows(term, recipe.rules(Parameters()), cells)
                    totals = run(connection, rows.totals(f"({rows.counted()})"), rows.rules.parameters).fetchall()
                    found[name] = {
                        cell: (amount, counted) for cell, _, whole, _, counted, _, amount in totals if whole
                    }
                for index, value in enumerate(values):
                    amounts = {
                        name: Amount(term, *found[name].get(index, (None, 0)))
                        for name, term in question.terms.items()
                    }
                    check(value, work_out(amounts, question.multiplier))
                proved += len(values)
    asked = len(work.catalogue.computed)
    places = len(workshop.site.organisation.places)
    assert proved >= asked * len(period.months) * places
    return proved


def test_the_rows_make_every_value_of_every_metric_of_every_edition(home: Path) -> None:
    site = Site()
    workshop = Workshop(site, Home.at(home))
    reader = TraceReader(workshop.home, workshop.records)
    for project in site.programme.running:
        for edition in site.programme.editions(project.project):
            period = next(one for one in edition.periods if one.last_day >= LAST_OF_THE_YEAR)
            assert prove(reader, workshop.records, workshop, period, project.project) > 5_000
    workshop.close()


def test_a_trace_shows_all_that_an_answer_was_made_from(say: Say, made: Path) -> None:
    said = say("trace", *ASKED, *CELL, "--excluded", "--sql")
    for expected in (
        "MI-IP-05 Bed occupancy excluding leave",
        "Rotherham · May 2025 · Adult acute",
        "version 1, made",
        "Inpatient performance lead",
        "days_less_leave of",
        "conformed.ward_stay",
        "map_ward",
        "lake/maps",
        "RePortal_Ward_Beds_",
        "Denominator: sum of beds, over rows of available_bed_day where the measure counts it; month is May 2025",
        "Rows that staging left out, in the files that cover the month",
        "superseded: a later issue has the same key",
        "from measure.occupied_bed_day",
    ):
        assert expected in said
    by_cell = say("trace", str(tool(made)), address(made, "MI-IP-05", "2025-05", "adult_acute"))
    assert "Rotherham · May 2025 · Adult acute" in by_cell


def address(home: Path, item: str, month: str, member: str, place: str = "rotherham") -> str:
    records = Home.at(home).open_records()
    cells = recorded_tool(records, PROJECT, PERIOD, place, None).cells
    records.close()
    return next(
        f"'{cell.sheet}'!{cell.address}"
        for cell in cells
        if (cell.item, cell.month, cell.member) == (item, month, member)
    )


def test_every_kind_of_answer_can_be_traced(say: Say, made: Path) -> None:
    records = Home.at(made).open_records()
    meant = tool_of_file(records, tool(made))
    reader = TraceReader(Home.at(made), records)
    kept = reader.tool_recipe(meant)
    kinds = {
        (cell.state, cell.item.split(".")[0] in kept.codes, cell.item in kept.returned): cell
        for cell in meant.cells
    }
    assert len(kinds) > 5
    for cell in kinds.values():
        trace = reader.trace(meant, cell.item, cell.month, cell.member, Wanted(limit=3, excluded=True))
        assert trace.cell is not None
        assert (trace.cell.state, trace.cell.value, trace.cell.reason) == (cell.state, cell.value, cell.reason)
        assert bool(trace.terms) == (cell.item in kept.codes)
        say("trace", str(tool(made)), f"'{cell.sheet}'!{cell.address}")
    records.close()


def test_the_csv_has_every_row_and_no_patient(say: Say, made: Path, tmp_path: Path) -> None:
    out = tmp_path / "rows.csv"
    said = say(
        "trace", PROJECT, PERIOD, "trust", "MI-IP-04", "--month", "2025-05", "--excluded", "--csv", str(out)
    )
    text = out.read_text(encoding="utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(text)))
    counted = [line for line in lines if line["kind"] == "counted"]
    assert f"{len(counted):,} rows of MI-IP-04" in said
    records = Home.at(made).open_records()
    cell = next(
        value for value in traced(records, made, "trust", "MI-IP-04", "2025-05").terms if value.name == "numerator"
    )
    records.close()
    assert sum(float(line["contribution"]) for line in counted) == cell.amount
    assert {line["kind"] for line in lines} >= {"counted", "left out by staging"}
    patient = re.compile(r"\bP\d{7}\b")
    assert patient.search((made / "inbox/reportal/RePortal_Ward_Stays_20250501_20250531.csv").read_text("utf-8"))
    assert not patient.search(text)


def traced(records: Records, home: Path, place: str, code: str, month: str, version: int | None = None):  # type: ignore[no-untyped-def]
    meant = recorded_tool(records, PROJECT, PERIOD, place, version)
    return TraceReader(Home.at(home), records).trace(meant, code, month, "all", Wanted(limit=1))


def test_the_page_opens_without_a_network(say: Say, tmp_path: Path) -> None:
    page = tmp_path / "trace.html"
    assert f"The page of MI-IP-05 is {page}." in say("trace", *ASKED, *CELL, "--excluded", "--html", str(page))
    text = page.read_text(encoding="utf-8")
    assert "Bed occupancy excluding leave" in text
    assert not re.search(r"(?:src|href)=.https?://", text)


def test_a_page_made_beside_a_csv_holds_no_more_rows_than_one_made_alone(
    say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trace_cli, "ROWS_OF_A_PAGE", 1)
    pages = [tmp_path / "alone.html", tmp_path / "beside.html"]
    asked = ("trace", PROJECT, PERIOD, "trust", "MI-IP-04", "--month", "2025-05", "--limit", "1", "--html")
    say(*asked, str(pages[0]))
    said = say(*asked, str(pages[1]), "--csv", str(tmp_path / "rows.csv"))
    assert not said.startswith("1 rows")
    assert pages[0].read_bytes() == pages[1].read_bytes()


# Wrong input -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((PROJECT, PERIOD, "rotherham"), "3 words say neither a cell nor a metric. Say either TOOL.xlsx"),
        (("absent.xlsx", "Activity!H14"), "There is no file absent.xlsx."),
        (
            ("mhlda", PERIOD, "trust", "MI-IP-05"),
            "There is no project 'mhlda'. The projects are: mhlda_indicators.",
        ),
        ((PROJECT, "Q1", "trust", "MI-IP-05"), "'Q1' is not a period. Write a month as 2025-04"),
        ((PROJECT, "2025-26-Q2", "trust", "MI-IP-05"), "To make it: nhsbn run mhlda_indicators 2025-26-Q2"),
        ((PROJECT, PERIOD, "sheffield", "MI-IP-05"), "There is no locality 'sheffield'. They are: doncaster,"),
        ((*ASKED, "--version", "7"), "has no version 7: it has version 1."),
        (ASKED, "Add --month with one of: 2025-04 ("),
        (
            (*ASKED, "--month", "2025-09"),
            "2025-09 is no month of 2025-26-Q1. They are: 2025-04, 2025-05, 2025-06.",
        ),
        ((*ASKED, *CELL, "--service", "adult"), "--bed-type and --service do not go together."),
        (
            (*ASKED, "--month", "2025-05", "--service", "adult"),
            "is broken down by bed_type: --bed-type; leave --serv",
        ),
        ((*ASKED, "--month", "2025-05", "--member", "icu"), "has no bed_type 'icu'. They are: adult_acute,"),
        ((*ASKED[:3], "MI-CM-05", "--month", "2025-05"), "MI-CM-05 asks 2 questions: MI-CM-05a, MI-CM-05b."),
        ((*ASKED, *CELL, "--csv", "rows.xlsx"), "rows.xlsx would hold CSV; name a file that ends in .csv"),
        ((*ASKED[:3], "MI-ZZ-05"), "has no question 'MI-ZZ-05'. Those most like it:"),
    ],
)
def test_what_cannot_be_traced_says_what_would_work(say: Say, arguments: tuple[str, ...], told: str) -> None:
    assert told in say("trace", *arguments, ends=USER_ERROR)


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("H14", "'H14' names no cell. Write the sheet and the cell as in 'Activity!H14'"),
        ("Answers!H14", "No sheet 'Answers' of this tool holds answers. Those that do are: Access, Activity,"),
        ("Activity!A1", "Activity!A1 holds no answer: a text of the template, a comment, or a total"),
        ("Activity!A1", "The nearest answers are E8 (MI-CM-01, April 2025, adult);"),
    ],
)
def test_a_cell_without_an_answer_names_the_nearest(say: Say, made: Path, cell: str, told: str) -> None:
    assert told in say("trace", str(tool(made)), cell, ends=USER_ERROR)


def test_a_workbook_that_is_no_tool_of_this_home_is_refused(say: Say, made: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.xlsx"
    shutil.copy(ROOT / "projects" / PROJECT / "2025-26" / "template.xlsx", other)
    assert "other.xlsx is no tool that was made here" in say("trace", str(other), "Activity!H14", ends=USER_ERROR)
    (tmp_path / "text.xlsx").write_text("no workbook")
    assert "text.xlsx: " in say("trace", str(tmp_path / "text.xlsx"), "Activity!H14", ends=USER_ERROR)


def test_a_tool_changed_since_says_which_cells_differ(say: Say, made: Path, tmp_path: Path) -> None:
    changed, where = tmp_path / "changed.xlsx", address(made, "MI-IP-05", "2025-05", "adult_acute")
    book = load_workbook(tool(made))
    sheet, cell = where.replace("'", "").split("!")
    book[sheet][cell] = 12.5
    book.save(changed)
    said = say("trace", str(changed), where)
    assert "This workbook was changed since it was made. 1 of its cells does not hold what was recorded" in said
    assert f"{sheet}!{cell} (this cell)" in said
    assert "12.5" in said


def test_what_was_deleted_from_the_lake_is_named_and_made_again(say: Say, home: Path) -> None:
    gone = next((home / "lake" / "measures" / "occupied_bed_day").iterdir())
    gone.unlink()
    told = say("trace", *ASKED, *CELL, ends=USER_ERROR, home=home)
    assert f"{gone} is not there" in told
    assert f"Run nhsbn run {PROJECT} {PERIOD} to make the newest version's again" in told
    workshop = Workshop(Site(), Home.at(home))
    work = edition_of(workshop.site, PROJECT, PERIOD)
    calculate(workshop, "again", work, work.catalogue.metrics)
    workshop.close()
    say("trace", *ASKED, *CELL, home=home)


# Past versions ---------------------------------------------------------------------------------------------------


def test_a_past_version_is_traced_after_mappings_and_definitions_have_moved_on(
    say: Say, home: Path, tmp_path: Path
) -> None:
    for room in ("sources", "sql", "projects", "expectations"):
        shutil.copytree(ROOT / room, tmp_path / "root" / room)
    shutil.copytree(Site().trust, tmp_path / "trust")
    rewrite(tmp_path / "trust/maps/map_ward.csv", "OSPRE,Osprey,Swallownest Court,rotherham,adult,adult_acute",
            "OSPRE,Osprey,Swallownest Court,rotherham,adult,rehabilitation")  # fmt: skip
    edition = tmp_path / "root" / "projects" / PROJECT / "2025-26"
    rewrite(edition / "metrics.yaml", "metric_title: Bed occupancy excluding leave", "metric_title: Beds in use")
    rewrite(tmp_path / "root/sql/measures/occupied_bed_day.sql", "stay.to_day - stay.from_day as days",
            "2 * (stay.to_day - stay.from_day) as days")  # fmt: skip
    workshop = Workshop(Site(tmp_path / "root", tmp_path / "trust"), Home.at(home))
    work = edition_of(workshop.site, PROJECT, PERIOD)
    values = calculate(workshop, "second", work, work.catalogue.metrics)
    back = held_back(workshop, work, today())["rotherham"]
    assert fill(workshop, "second", work, Form(workshop, work), "rotherham", values, back).version.version == 2
    workshop.close()

    first = say("trace", *ASKED, *CELL, "--version", "1", "--sql", home=home)
    second = say("trace", *ASKED, *CELL, "--sql", home=home)
    assert "version 1 of 2, made" in first
    assert "version 2, made" in second
    assert "Metric Bed occupancy excluding leave" in first
    assert "Metric Beds in use" in second
    assert "2 * (stay.to_day" in second
    assert "2 * (stay.to_day" not in first
    texts = [path.read_text(encoding="utf-8") for path in (home / "lake" / "maps" / "map_ward").iterdir()]
    assert sorted("rotherham,adult,rehabilitation,18" in text for text in texts) == [False, True]
    records = Home.at(home).open_records()
    reader = TraceReader(Home.at(home), records)
    used = []
    for version in (1, 2):
        meant = recorded_tool(records, PROJECT, PERIOD, "rotherham", version)
        trace = reader.trace(meant, "MI-IP-05", "2025-05", "adult_acute", Wanted(excluded=True))
        used.append({one.name: one.version for table in trace.tables for one in table.maps})
        assert trace.recorded is not None
        assert trace.cell is not None
        assert trace.recorded.value == trace.cell.value
    records.close()
    assert used[0]["map_ward"] != used[1]["map_ward"]
    # The workbook as it was first sent is still told by its bytes, though another lies where it was written.
    sent = next(iter((home / "out").rglob("rotherham/*.xlsx")))
    assert "version 2" in say("trace", str(sent), address(home, "MI-IP-05", "2025-05", "adult_acute"), home=home)


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


# The other way ---------------------------------------------------------------------------------------------------


def test_a_row_is_followed_to_every_answer_it_is_in(say: Say, made: Path) -> None:
    records = Home.at(made).open_records()
    meant = recorded_tool(records, PROJECT, PERIOD, "rotherham", None)
    trace = TraceReader(Home.at(made), records).trace(meant, "MI-IP-04", "2025-05", "adult_acute", Wanted())
    records.close()
    row = next(row for row in trace.terms[0].rows if row.contribution)
    said = say("where", trace.file_names[row.place.file], str(row.place.row))
    assert "Outcome Current" in said
    assert "ward_stay (1 row)" in said
    assert "MI-IP-04" in said
    assert trace.cell is not None
    assert f"rotherham adult_acute {trace.cell.sheet}!{trace.cell.address}" in said
    assert say("where", row.place.file, str(row.place.row)) == said


def test_what_is_gone_from_the_lake_is_said_of_a_row(say: Say, made: Path, tmp_path: Path) -> None:
    records = Home.at(made).open_records()
    meant = recorded_tool(records, PROJECT, PERIOD, "trust", None)
    trace = TraceReader(Home.at(made), records).trace(meant, "MI-CM-03", "2025-04", "all", Wanted(limit=1))
    records.close()
    place = trace.terms[0].rows[0].place
    home = shutil.copytree(made, tmp_path / "home")
    where = ("where", place.file, str(place.row))
    assert "Conformed tables contact (1 row)" in say(*where, home=home)
    for path in (home / "lake/conformed/contact").glob("[0-9a-f]*.parquet"):
        if "left_out" not in path.name:
            path.unlink()
    for path in (home / "lake/measures/contact").glob("*.parquet"):
        path.unlink()
    said = say(*where, home=home)
    assert "Outcome Current" in said
    assert "Conformed tables none" in said
    assert "files that hold contact (version " in said
    assert "What rests on the measure contact in mhlda_indicators 2025-26-Q1 cannot be traced" in said
    assert "nhsbn run mhlda_indicators 2025-26-Q1" in said
    (home / "lake/recipes" / f"{trace.inputs_version}.json").unlink()
    said = say(*where, home=home)
    assert f"{trace.inputs_version}.json is not there" in said
    assert "Outcome Landed: no period that can still be traced used this file" in said


def test_a_row_that_is_used_nowhere_says_why(say: Say, made: Path) -> None:
    records = Home.at(made).open_records()
    meant = recorded_tool(records, PROJECT, PERIOD, "trust", None)
    reader = TraceReader(Home.at(made), records)
    trace = reader.trace(meant, "MI-CM-03", "2025-04", "all", Wanted(excluded=True, limit=1))
    records.close()
    outcomes = set()
    for one in trace.staged_out:
        place, instead = one.examples[0]
        said = say("where", place.file, str(place.row))
        assert f"Outcome {one.outcome.capitalize()}" in said
        assert "Measures none" in said
        assert instead is None or f"(row {instead.row} stands instead)" in said
        outcomes.add(one.outcome)
    assert "superseded" in outcomes
    left = next(one for one in trace.terms[0].left_out if one.by == "measure")
    said = say("where", left.examples[0].place.file, str(left.examples[0].place.row))
    assert left.reason in said
    assert "Answers whose measure has it, and that do not count it" in said


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("RePortal_Ward_Stay_20250501_20250531.csv", "7"), "Those most like it: RePortal_Ward_Stays_"),
        (("RePortal_Ward_Stays_20250501_20250531.csv", "99999"), "has no row 99999: its rows are numbered from 1"),
        (
            ("RePortal_Ward_Stays_20250501_20250531.csv", "9", "--sheet", "A"),
            "it has no sheets; leave --sheet out",
        ),
        (
            ("ESR_Staff_In_Post_202504.xlsx", "9", "--sheet", "Payroll"),
            "has no sheet 'Payroll' that was landed: it",
        ),
    ],
)
def test_a_row_that_is_not_there_says_what_is(say: Say, arguments: tuple[str, ...], told: str) -> None:
    assert told in say("where", *arguments, ends=USER_ERROR)


def test_a_title_row_was_not_landed(say: Say) -> None:
    assert "Outcome Not landed: a title" in say("where", "RePortal_Ward_Stays_20250501_20250531.csv", "1")
