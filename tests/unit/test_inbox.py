"""The inbox: whose each file is, and the key that its people are hashed under."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from nhsbn.errors import NhsbnError
from resources.inbox import REVIEWS, kind_of, list_inbox, list_reviews, plain_name
from resources.person_key import VARIABLE, person_key
from tests.landing_files import NAME, REGISTER, Desk, text


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_files_are_matched_to_reports_by_name(desk: Desk):
    desk.put("x", "restrictive_interventions_20250401_20250630 (1).CSV")
    desk.put("x", "RDaSH%20ESR_Absence_Detail_20250502_v2.csv", "esr")
    desk.put("x", ".DS_Store", "esr")
    desk.put("x", "Thumbs.db", "esr")
    found = list_inbox(desk.inbox, REGISTER.reports.values())
    assert [(file.source, file.report.report) for file in found] == [
        ("esr", "esr_absence"),
        ("risk", "risk_restrictive_interventions"),
    ]
    assert plain_name("a%20b.csv") == "a b.csv"


@pytest.mark.parametrize(
    ("name", "source", "reason"),
    [
        ("holiday.csv", "risk", "has the name of no risk report"),
        ("~$Incidents_20250401_20250630.xlsx", "risk", "open in Excel"),
        ("old/Incidents_20250401_20250630.xlsx", "risk", "is a folder"),
        ("Incidents_20250401_20250630.xlsx", "", "is a file straight in the inbox"),
        ("Incidents_20250401_20250630.xlsx", "datix", "is a folder straight in the inbox"),
        (NAME, "esr", "has the name of no esr report"),
    ],
)
def test_nothing_is_passed_over_in_silence(desk: Desk, name: str, source: str, reason: str):
    desk.put("x", name, source)
    (found,) = list_inbox(desk.inbox, REGISTER.reports.values())
    assert found.report is None
    assert reason in found.ignored
    (landed,) = desk.land()
    assert landed.status == "refused"
    assert reason in landed.problems[0].message


def test_reviews_that_came_back_are_not_landing_s(desk: Desk):
    desk.put("x", "Workforce marked up.xlsx", REVIEWS)
    desk.put("x", "~$Workforce marked up.xlsx", REVIEWS)
    desk.put("x", "Finance.xlsx", REVIEWS)
    assert list_inbox(desk.inbox, REGISTER.reports.values()) == []
    assert [path.name for path in list_reviews(desk.inbox)] == ["Finance.xlsx", "Workforce marked up.xlsx"]
    desk.put("x", REVIEWS + ".csv", "")
    (stray,) = list_inbox(desk.inbox, REGISTER.reports.values())
    assert "is a file straight in the inbox" in stray.ignored
    assert stray.place == stray.name


def test_an_absent_inbox_is_empty(tmp_path: Path):
    assert list_inbox(tmp_path / "nowhere", REGISTER.reports.values()) == []


def test_a_tab_separated_file_named_xls_is_text(desk: Desk):
    assert kind_of(b"a\tb\r\n") == "text"
    landed = desk.land_one(text().replace(",", "\t"), NAME.replace("csv", "xls"))
    assert (landed.status, landed.sheet) == ("admitted", None)


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    home = tmp_path / "home"
    key = person_key(home)
    assert len(key) == 64
    assert person_key(home) == key
    assert person_key(tmp_path / "other") != key
    if os.name == "posix":
        assert stat.S_IMODE((home / "person.key").stat().st_mode) == 0o600


def test_the_key_of_the_environment_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(VARIABLE, "sixteen characters")
    assert person_key(tmp_path) == b"sixteen characters"
    assert not (tmp_path / "person.key").exists()


@pytest.mark.parametrize("where", ["environment", "file"])
def test_a_short_key_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str):
    monkeypatch.delenv(VARIABLE, raising=False)
    if where == "file":
        (tmp_path / "person.key").write_text("secret\n", encoding="utf-8")
    else:
        monkeypatch.setenv(VARIABLE, "secret")
    with pytest.raises(NhsbnError, match="has 6 characters; give at least 16") as caught:
        person_key(tmp_path)
    assert "secret" not in str(caught.value).replace(str(tmp_path), "")


def test_a_home_that_cannot_be_written_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    home = tmp_path / "home"
    home.write_text("", encoding="utf-8")
    with pytest.raises(NhsbnError, match=r"person\.key.*--home"):
        person_key(home)
