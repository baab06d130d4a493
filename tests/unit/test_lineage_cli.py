"""``nhsbn lineage``: what a metric comes from, what a column feeds, what is spare, and how a slip is answered."""

from __future__ import annotations

import pytest

from pipelines.cli import USER_ERROR, main


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    assert main(["lineage", *arguments]) == code
    captured = capsys.readouterr()
    return " ".join((captured.err if code else captured.out).split())


def test_a_metric_is_shown_with_every_column_it_rests_on(capsys: pytest.CaptureFixture[str]) -> None:
    shown = said(capsys, "metric", "mhlda_indicators", "MI-CM-07")
    assert "a. DNA rate: the rows of Appointments where outcome is 3 or 7, divided by" in shown
    assert "reportal_contacts Attendance condition, left out matched contact.outcome" in shown


def test_a_heading_in_brackets_is_shown_as_it_stands(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("pipelines.lineage_cli.heading", lambda *_: "Hours [net]")
    assert "reportal_contacts Hours [net] condition" in said(capsys, "metric", "mhlda_indicators", "MI-CM-07")
    assert "of 11: Hours [net]" in said(capsys, "unused")


def test_a_metric_that_a_lead_returns_says_who(capsys: pytest.CaptureFixture[str]) -> None:
    assert "returned by the Finance business partner" in said(capsys, "metric", "mhlda_indicators", "MI-FN-02")


@pytest.mark.parametrize("name", ["Attendance", "attendance", "  ATTENDANCE "])
def test_a_column_is_found_by_heading_or_id_and_shown_with_its_metrics(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = said(capsys, "column", "reportal_contacts", name)
    assert "rest on Attendance of RePortal Contacts." in shown
    assert "MI-CM-07 DNA rate condition, left out matched contact.outcome" in shown


def test_a_column_that_nothing_uses_says_none(capsys: pytest.CaptureFixture[str]) -> None:
    shown = said(capsys, "column", "esr_staff_in_post", "Occupation Code")
    assert shown == "0 metrics rest on Occupation Code of ESR Staff in Post."


def test_what_is_spare_and_what_is_not_filled_are_listed_and_counted(capsys: pytest.CaptureFixture[str]) -> None:
    shown = said(capsys, "unused")
    assert "esr_absence 5 of 11: Employee Number, Staff Group" in shown
    assert "Position Number (of its key)" in shown
    assert "metric MI-FN-02 what the Finance business partner returns" in shown
    assert "measure population: population ref.population" in shown
    assert "extract columns are used by no metric" in shown


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("metric", "mhlda_indicators", "MI-CM-77"), "mhlda_indicators has no metric MI-CM-77. Is it MI-CM-07"),
        (("metric", "mhlda", "MI-CM-07"), "mhlda"),
        (("column", "reportal_contact", "x"), "There is no report reportal_contact. Is it reportal_contacts"),
        (
            ("column", "reportal_contacts", "Atendance"),
            "has no column Atendance. Is it Attendance",
        ),
    ],
)
def test_a_slip_is_answered_by_what_there_is(
    arguments: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told in said(capsys, *arguments, code=USER_ERROR)
