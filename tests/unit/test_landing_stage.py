"""The landing stage reads no file again that nobody touched."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import resources.landing
from assets.landing_stage import land
from assets.workshop import Workshop
from nhsbn.extracts.landing import LandedFile
from resources.home import Home
from resources.inbox import InboxFile, hash_file, list_inbox
from resources.site import Site
from tests.landing_files import NAME, ROWS, text

SITE = Site()
REPORT = "risk_restrictive_interventions"
OTHER = NAME.replace(".csv", "_v2.csv")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setattr(
        "expectations.many_reports.check_report", lambda *_: []
    )  # what landing is about comes before
    (tmp_path / "inbox" / "risk").mkdir(parents=True)
    return Home.at(tmp_path).prepare()


def landed(home: Home) -> dict[str, LandedFile]:
    workshop = Workshop(SITE, home)
    try:
        return {file.name: file for file in land(workshop, [REPORT])[REPORT].landed.files}
    finally:
        workshop.close()


def test_a_file_that_goes_while_the_inbox_is_looked_at_stops_nothing(home: Home, monkeypatch: pytest.MonkeyPatch):
    going = home.inbox / "risk" / NAME
    going.write_text(text(), encoding="utf-8")

    def listed(*arguments: object) -> list[InboxFile]:
        found = list_inbox(*arguments)
        going.unlink()
        return found

    monkeypatch.setattr("assets.workshop.list_inbox", listed)
    assert landed(home) == {}


def test_only_a_file_that_somebody_touched_is_hashed_again(home: Home, monkeypatch: pytest.MonkeyPatch):
    folder = home.inbox / "risk"
    (folder / NAME).write_text(text(), encoding="utf-8")
    (folder / OTHER).write_text(text(ROWS[:2]), encoding="utf-8")
    first = landed(home)
    hashed: list[str] = []

    def noted(path: Path, limits: object) -> str:
        hashed.append(path.name)
        return hash_file(path, limits)

    monkeypatch.setattr(resources.landing, "hash_file", noted)
    assert landed(home) == first
    assert hashed == []

    os.utime(folder / NAME, ns=(1, 1))
    assert landed(home) == first
    assert hashed == [NAME]

    (folder / OTHER).write_text(text(ROWS[:1]), encoding="utf-8")
    third = landed(home)
    assert hashed == [NAME, OTHER]
    assert third[NAME] == first[NAME]
    assert third[OTHER].sha256 != first[OTHER].sha256
