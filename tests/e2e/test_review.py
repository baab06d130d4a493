"""A return reviewed through the command line: packs, answers that come back, and sign-offs that lapse."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from nhsbn.review.content import figure
from pipelines.cli import main
from resources.home import Home
from resources.records_rows import Collection, MadeTool

PROJECT, PERIOD = "mhlda_indicators", "2025-26-Q1"
OF = Collection("RXE", PROJECT, "2025-26", PERIOD)
ANSWERED = date(2025, 7, 14)

Run = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def packed(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose packs have been made; to be copied, not changed."""
    home = tmp_path_factory.mktemp("packed") / "home"
    shutil.copytree(made, home)
    assert main(["--home", str(home), "review", PROJECT, PERIOD]) == 0
    return home


@pytest.fixture
def home(packed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(packed, tmp_path / "home"))


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str) -> tuple[int, str]:
        code = main(["--home", str(home), "review", *arguments, PROJECT, PERIOD])
        return code, " ".join(capsys.readouterr().out.split())

    return call


def packs(home: Path, place: str = "trust") -> Path:
    return Home.at(home).review(PROJECT, PERIOD, place)


def send_back(home: Path, name: str, change: Callable[[Workbook], None], place: str = "trust") -> Path:
    """Mark up a workbook and put it where it is looked for."""
    folder = home / "inbox" / "reviews"
    folder.mkdir(exist_ok=True)
    book = load_workbook(packs(home, place) / f"{name}.xlsx")
    change(book)
    book.save(folder / f"{place} {name}.xlsx")
    return folder / f"{place} {name}.xlsx"


def answering(by: str, response: str = "confirmed") -> Callable[[Workbook], None]:
    """Answer every row alike."""

    def change(book: Workbook) -> None:
        sheet = book["Review"]
        columns = {cell.value: cell.column for cell in sheet[1]}
        for row in range(2, sheet.max_row + 1):
            sheet.cell(row, columns["Response"], response)
            sheet.cell(row, columns["By"], by)
            sheet.cell(row, columns["Date"], ANSWERED)
            sheet.cell(row, columns["Comment"], "Looked at with the team")

    return change


def stands(home: Path, name: str, place: str = "trust") -> dict[str, str]:
    """Id to where it stands, as the workbook of the present pack says."""
    sheet = load_workbook(packs(home, place) / f"{name}.xlsx")["Review"]
    columns = {cell.value: cell.column for cell in sheet[1]}
    rows = range(2, sheet.max_row + 1)
    return {sheet.cell(row, 1).value: sheet.cell(row, columns["Where it stands"]).value for row in rows}


def change_a_cell(home: Path, item: str) -> str:
    """Another run's tool of the trust, in which one cell has another value; gives what is to be said of it."""
    records = Home.at(home).open_records()
    last = records.latest_tool(OF, "trust")
    cells = records.cells(last.id)
    at = next(number for number, cell in enumerate(cells) if cell.item == item and cell.state == "value")
    was = cells[at]
    cells[at] = replace(was, value=was.value + 1)
    made = MadeTool("trust", last.path, "0" * 64, "other", last.template_sha256, last.binding_version, {})
    records.keep_tool(last.run_id, OF, made, cells)
    records.close()
    month = f"{date.fromisoformat(was.month + '-01'):%B %Y}"
    return f"{item}, {month}, .*: {figure(was.value)} became {figure(was.value + 1)}"


def test_every_lead_and_director_has_a_page_and_a_workbook_for_every_place(packed: Path) -> None:
    names = {path.name for path in packs(packed, "doncaster").iterdir()}
    assert {"workforce.html", "workforce.xlsx", "director_doncaster.html", "director_doncaster.xlsx"} <= names
    assert "director_trust.html" in {path.name for path in packs(packed).iterdir()}
    codes = set(stands(packed, "workforce"))
    assert {code[:8] for code in codes} == {"MI-WF-01", "MI-WF-02", "MI-WF-03", "MI-WF-04", "MI-WF-05"}
    page = (packs(packed) / "workforce.html").read_text(encoding="utf-8")
    assert "MI-WF-01" in page
    assert "MI-AC-01" not in page.replace("MI-AC-01</a>", "")


def test_made_again_the_same_is_left_as_it_lies_and_one_lead_alone_may_be_asked_for(home: Path, run: Run) -> None:
    book = packs(home) / "workforce.xlsx"
    before = book.stat().st_mtime_ns
    others = packs(home) / "finance.xlsx"
    others.unlink()
    code, said = run("--lead", "joanna fielding", "--locality", "trust")
    assert (code, book.stat().st_mtime_ns) == (0, before)
    assert "2 files in" in said
    assert not others.exists()
    assert run("--lead", "Santa Claus")[0] == 2


def test_what_comes_back_is_taken_once_and_lapses_when_a_cell_changes(home: Path, run: Run) -> None:
    send_back(home, "workforce", answering("Joanna Fielding"))
    assert "Came back and not taken yet: trust workforce.xlsx" in run("status")[1]
    code, said = run("take")
    assert (code, said) == (0, "trust workforce.xlsx: 6 responses taken.")
    assert "nothing in it is new" in run("take")[1]
    code, said = run("status")
    assert code == 3
    assert "Joanna Fielding, Workforce information lead 0 of 6 0 of 6 0 of 6 6 of 6" in said
    run("--locality", "trust")
    before = stands(home, "workforce")
    assert before["MI-WF-01"] == "Confirmed by Joanna Fielding on 14 July 2025\n“Looked at with the team”"

    change = change_a_cell(home, "MI-WF-01")
    _, said = run("status")
    assert "6 of 6" not in said
    assert "5 of 6, 1 lapsed" in said
    run("--locality", "trust")
    after = stands(home, "workforce")
    assert after["MI-WF-01"].startswith("Confirmed by Joanna Fielding on 14 July 2025; lapsed")
    assert re.fullmatch(change, after["MI-WF-01"].split("\n")[-1])
    page = (packs(home) / "workforce.html").read_text(encoding="utf-8")
    assert re.search(change, page), "the page names the cell too"
    assert {code: said for code, said in after.items() if code != "MI-WF-01"} == {
        code: said for code, said in before.items() if code != "MI-WF-01"
    }


def test_what_one_return_took_is_nothing_to_do_for_the_next(
    home: Path, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    send_back(home, "finance", answering("Richard Ellison"))
    assert run("take")[0] == 0
    code = main(["--home", str(home), "review", "take", PROJECT, "2025-26-Q2"])
    said = capsys.readouterr().out
    assert code == 0
    assert "trust finance.xlsx was taken on" in said


def test_a_director_signs_and_what_a_lead_s_cell_changes_lapses_that_too(home: Path, run: Run) -> None:
    send_back(home, "director_trust", answering("Stephen Ogilvie"))
    code, said = run("take")
    assert code == 3
    assert "7 responses taken." in said
    assert "row 8, return: is signed while 104 of its questions are not confirmed by their leads" in said
    change_a_cell(home, "MI-WF-01")
    _, said = run("status")
    assert "Workforce waiting waiting waiting lapsed by Stephen Ogilvie, 14 July" in said
    assert "Finance waiting waiting waiting confirmed by Stephen Ogilvie, 14 July" in said
    assert "The whole return waiting waiting waiting lapsed" in said
    run("--locality", "trust", "--lead", "director_trust")
    assert (
        stands(home, "director_trust")["workforce"]
        .split("\n")[0]
        .endswith("lapsed, as what was signed has changed")
    )
    page = (packs(home) / "director_trust.html").read_text(encoding="utf-8")
    assert page.count("Stephen Ogilvie") > 7, "each section he signed is listed"
    assert "Trust, The whole return: Confirmed by Stephen Ogilvie on 14 July 2025; lapsed" in said


def test_a_bag_of_bad_files_is_told_file_by_file_and_the_sound_rest_is_taken(home: Path, run: Run) -> None:
    good = send_back(home, "finance", answering("Richard Ellison"))
    folder = good.parent
    shutil.copy(good, folder / "z copy.xlsx")
    (folder / "letter.xlsx").write_text("Dear all", encoding="utf-8")
    shutil.copy(Home.at(home).tool(PROJECT, PERIOD, "trust", PROJECT), folder / "tool.xlsx")

    def of_july(book: Workbook) -> None:
        book["Key"]["B3"] = "2025-26-Q2"

    send_back(home, "patient_flow", of_july)
    send_back(home, "crisis_care", answering("Zoe Zebra", "queried"), "rotherham")
    code, said = run("take")
    assert code == 3
    assert "trust finance.xlsx: 6 responses taken." in said
    assert "z copy.xlsx was taken on" in said
    assert "letter.xlsx: the workbook cannot be read as an Excel workbook" in said
    assert "tool.xlsx: has no sheet 'Key', so it is no review workbook" in said
    assert "Take it with: nhsbn review take mhlda_indicators 2025-26-Q2" in said
    assert "rotherham crisis_care.xlsx: 0 responses taken, 4 kept but not taken." in said
    assert "'Zoe Zebra' is not in the data collection plan; Gareth Pickering" in said
    assert sum(path.is_file() for path in folder.iterdir()) == 6, "what came back stays"


def test_reviews_that_came_back_are_no_strays_of_landing(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    send_back(home, "finance", answering("Richard Ellison"))
    main(["--home", str(home), "status", PROJECT, PERIOD])
    said = capsys.readouterr().out
    assert "straight in the inbox" not in said
    assert "To be made" not in said


def test_packs_need_a_tool_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--home", str(tmp_path / "new"), "review", PROJECT, PERIOD]) == 2
    assert f"Run: nhsbn run {PROJECT} {PERIOD}" in capsys.readouterr().err


def test_what_needs_a_look_has_its_trace_beside_the_pack(home: Path, run: Run) -> None:
    code, _ = run("pack", "--traces", "--locality", "trust")
    assert code == 0
    pages = sorted((packs(home) / "traces").glob("*.html"))
    assert pages
    (director,) = packs(home).glob("director*.html")
    links = set(re.findall(r'href="(traces/[^"]+)"', director.read_text(encoding="utf-8")))
    assert links == {f"traces/{page.name}" for page in pages}
    for page in pages:
        assert page.stem in page.read_text(encoding="utf-8")
