"""Last year's edition carried to this year's template: every question as the two catalogues say it is."""

from __future__ import annotations

import io
import shutil
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook

from nhsbn.declarations import Document
from nhsbn.rebinding.decisions import Decision, NewEdition, decide, shown
from nhsbn.rebinding.proposal import EditionTool, Proposal, propose
from nhsbn.tools.binding import Binding, load_binding
from nhsbn.tools.template_reading import read_template
from pipelines import tool_inspect_cli
from pipelines.cli import OK, USER_ERROR, main
from resources.site import ROOT, Site

PROJECT = "mhlda_indicators"
EDITIONS = ROOT / "projects" / PROJECT
TEMPLATE = EDITIONS / "2025-26" / "template.xlsx"

MOVED = {
    "MI-CR-01",
    "MI-CR-02",
    "MI-CR-03",
    "MI-CM-09a",
    "MI-CM-09b",
    "MI-WF-06",
    "MI-WF-07",
    "MI-QS-08a",
    "MI-QS-08b",
}
MOVED |= {"MI-QS-10"}
"""Among them MI-QS-10, which had the code MI-QS-12."""

REWORDED = {"MI-AC-01a", "MI-TT-01a", "MI-CM-03", "MI-CM-07a", "MI-IP-16a", "MI-IP-16b", "MI-LD-01a", "MI-WF-02"}
REWORDED |= {"MI-QS-02"}
NEW = {"MI-CR-04", "MI-TT-01c", "MI-CM-10", "MI-LD-01c", "MI-QS-09a", "MI-QS-09b"}
GONE = {"MI-AC-05f", "MI-IP-19"}


@pytest.fixture(scope="module")
def proposal() -> Proposal:
    template = (EDITIONS / "2024-25" / "template.xlsx").read_bytes()
    binding = (EDITIONS / "2024-25" / "binding.yaml").read_text(encoding="utf-8")
    against = EditionTool(PROJECT, "2024-25", template, read_template(template), binding, {})
    data = TEMPLATE.read_bytes()
    return propose(against, "template.xlsx", data, read_template(data))


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The installation with last year's edition alone, to which this year's is to be added."""
    for room in ("sources", "sql", "trust"):
        shutil.copytree(ROOT / room, tmp_path / room)
    shutil.copytree(EDITIONS / "2024-25", tmp_path / "projects" / PROJECT / "2024-25")
    monkeypatch.setattr(tool_inspect_cli, "Site", lambda *_: Site(tmp_path, tmp_path / "trust"))
    return tmp_path


def test_every_question_is_what_the_two_editions_say_it_is(proposal: Proposal) -> None:
    found: dict[str, set[str]] = {}
    for match in proposal.matches.values():
        question = match.new or (match.old.asked if match.old else None)
        assert question
        found.setdefault(match.kind, set()).add(question.code)
    same = found.pop("same")
    assert found == {"moved": MOVED, "reworded": REWORDED, "new": NEW, "gone": GONE}
    known = [code for _, code, _ in proposal.against.bound.questions()]
    assert len(same) == len(known) - len(MOVED) - len(REWORDED) - len(GONE)
    assert not proposal.headings


def test_all_accepted_makes_the_binding_that_was_written_for_the_template(proposal: Proposal) -> None:
    rows = [Decision(row, row, *shown(match), "accept") for row, match in proposal.matches.items()]
    made = decide(proposal, rows, NewEdition("2025-26", "the MHLDA Indicators tool of 2025-26", date(2026, 4, 1)))
    assert made.binding == (EDITIONS / "2025-26" / "binding.yaml").read_text(encoding="utf-8")
    assert set(made.new) == NEW
    assert set(made.undecided) >= REWORDED


def test_nothing_of_this_year_is_undecided_and_what_changed_in_kind_is_not_compared() -> None:
    comparability = Site().comparability(PROJECT, "2025-26")
    assert comparability.undecided == ()
    verdicts = {item: comparability.of(item).verdict for item in comparability.own.questions}
    assert {item for item, verdict in verdicts.items() if verdict == "no"} == {*NEW, "MI-CM-07a", "MI-QS-02"}
    assert {item for item, verdict in verdicts.items() if verdict == "with caveat"} == {"MI-IP-16a", "MI-IP-16b"}
    assert comparability.of("MI-QS-10").item == "MI-QS-10"


def test_the_command_proposes_then_makes_the_edition_from_the_excel_filled_in(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bind = ["tool", "bind", PROJECT, "2024-25", str(TEMPLATE)]
    listed, new = copy / "list.xlsx", copy / "projects" / PROJECT / "2025-26"
    assert main([*bind, "--workbook", str(listed)]) == OK
    said = capsys.readouterr().out
    assert "81 same, 10 moved, 9 reworded, 6 new, 2 gone" in said
    assert "[-28-]" in said
    assert "{+30+}" in said
    assert "\x1b" not in said

    assert main([*bind, "--decisions", str(listed), "--as", "2025-26"]) == USER_ERROR
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 108
    assert errors[0] == (
        "list.xlsx, sheet 'Questions', row 2: MI-SM-01 (Service model) / MI-SM-01 (Service model) is undecided; "
        "write one of accept, reject, bind to"
    )
    assert not new.exists()

    listed.write_bytes(accepted(listed.read_bytes()))
    assert main([*bind, "--decisions", str(listed), "--as", "2025-26"]) == OK
    said = capsys.readouterr().out
    assert f"declare in it what is new: {', '.join(sorted(NEW))}.\nThen enter the edition" in said
    assert "Not comparable with 2024-25 until comparability.yaml says so: MI-AC-01a" in said
    assert sorted(path.name for path in new.iterdir()) == ["binding.yaml", "comparability.yaml", "template.xlsx"]
    assert (new / "template.xlsx").read_bytes() == TEMPLATE.read_bytes()
    Document((new / "binding.yaml").read_text(encoding="utf-8"), "binding.yaml").validate(Binding)

    before = {path.name: path.stat().st_mtime_ns for path in new.iterdir()}
    assert main([*bind, "--decisions", str(listed), "--as", "2025-26"]) == USER_ERROR
    assert "add --replace" in capsys.readouterr().err
    assert {path.name: path.stat().st_mtime_ns for path in new.iterdir()} == before
    shutil.copy(EDITIONS / "2025-26" / "metrics.yaml", new)
    assert main([*bind, "--decisions", str(listed), "--as", "2025-26", "--replace"]) == OK
    assert "what is new" not in capsys.readouterr().out
    assert (new / "metrics.yaml").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing", "2024-25", "{template}"], "There is no project 'nothing' with a binding."),
        (["/nothing", "2024-25", "{template}"], "There is no project '/nothing' with a binding."),
        (
            [PROJECT, "2023-24", "{template}"],
            f"{PROJECT} has no edition '2023-24' with a binding. It has: 2024-25.",
        ),
        ([PROJECT, "2024-25", "{copy}/none.xlsx"], "none.xlsx cannot be read"),
        ([PROJECT, "2024-25", "{template}", "--as", "2025-26"], "--decisions and --as go together"),
        ([PROJECT, "2024-25", "{template}", "--decisions", "x", "--as", "../x"], "'../x' is no edition"),
        (
            [PROJECT, "2024-25", "{template}", "--decisions", "x", "--as", "2025-26", "--workbook", "y.xlsx"],
            "--workbook writes the Excel that --decisions reads",
        ),
        (
            [PROJECT, "2024-25", "{template}", "--decisions", "x", "--as", "2024-25"],
            "the edition that is bound from",
        ),
        ([PROJECT, "2024-25", "{copy}/tool.zip"], "tool.zip must end in .xlsx or .xlsm"),
        (
            [PROJECT, "2024-25", "{template}", "--workbook", "{copy}/list.csv"],
            "list.csv must end in .xlsx",
        ),
        (
            [PROJECT, "2024-25", "{template}", "--workbook", "{template}"],
            "template.xlsx is there already, and may hold",
        ),
    ],
)
def test_what_cannot_be_is_told_with_what_to_do(
    copy: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [one.format(template=TEMPLATE, copy=copy) for one in arguments]
    assert main(["tool", "bind", *given]) == USER_ERROR
    assert said in capsys.readouterr().err


def accepted(data: bytes) -> bytes:
    book = load_workbook(io.BytesIO(data), rich_text=True)
    for row in book["Questions"].iter_rows(min_row=2):
        row[8].value = "accept"
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


RENAMED = {
    "Question code": "Ref",
    "Data source": "Source",
    "Comments": "Notes",
    "Month 1": "April",
    "Month 2": "May",
    "Month 3": "June",
    "Older adult": "Older people",
    "Children and young people": "CYP",
    "All services": "Total",
    "Item": "Detail",
    "Organisation": "Name of trust",
}


def test_headings_renamed_all_at_once_are_found_and_lead_to_the_same_cells() -> None:
    data = TEMPLATE.read_bytes()
    binding = (EDITIONS / "2025-26" / "binding.yaml").read_text(encoding="utf-8")
    against = EditionTool(PROJECT, "2025-26", data, read_template(data), binding, {})
    book = load_workbook(io.BytesIO(data))
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if sheet.sheet_state == "visible" and cell.value in RENAMED:
                    cell.value = RENAMED[cell.value]
    book["Submission details"].title = "Submission"
    saved = io.BytesIO()
    book.save(saved)
    proposal = propose(against, "next.xlsx", saved.getvalue(), read_template(saved.getvalue()))
    found = {one.old: one.new for one in proposal.headings.values()}
    assert found == RENAMED | {"Submission details": "Submission"}
    assert proposal.counts == {"same": len(proposal.matches)}

    known = {**proposal.matches, **proposal.headings}
    rows = [Decision(row, row, *shown(match), "accept") for row, match in known.items()]
    made = decide(proposal, rows, NewEdition("2026-27", "the tool of 2026-27", date(2027, 4, 1)))
    before = load_binding(binding, "binding.yaml", against.grid, None)
    after = load_binding(made.binding, "binding.yaml", proposal.grid, None)
    assert after.answers == before.answers
    assert after.notes == before.notes
    assert [one.target.address for one in after.details] == [one.target.address for one in before.details]
