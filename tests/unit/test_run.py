"""A run begins to import what checking needs while it imports Dagster, and only when extracts are to land."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from assets import workshop
from expectations.many_reports import Checkers
from nhsbn.planning import Key, Plan, conformed_key, extract_key
from pipelines.run import Return
from resources.home import Home
from resources.site import Site

LANDS, CONFORMS = extract_key("mha_ctos"), conformed_key("referrals")


@pytest.mark.parametrize(
    ("stale", "has_dagster", "expected"),
    [
        ((LANDS, CONFORMS), False, ["begun", "made", "closed"]),
        ((CONFORMS,), False, ["made", "closed"]),
        ((LANDS, CONFORMS), True, ["made", "closed"]),
    ],
)
def test_checking_is_begun_early_only_where_it_will_be_wanted(
    stale: tuple[Key, ...],
    has_dagster: bool,
    expected: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[str] = []

    class Noted(Checkers):
        def begin(self, count: int = 1) -> None:
            done.append("begun")

        def close(self) -> None:
            done.append("closed")

    monkeypatch.setattr(workshop, "Checkers", Noted)
    monkeypatch.setattr(Return, "_made", lambda *_: done.append("made") or "run")
    monkeypatch.setitem(sys.modules, "dagster", ModuleType("dagster"))
    if not has_dagster:
        monkeypatch.delitem(sys.modules, "dagster")
    asked = Return(Site(), Home(tmp_path), "mhlda_indicators", "2025-26-Q1")
    assert asked.make(Plan((), dict.fromkeys(stale, "changed"))) == "run"
    assert done == expected
