"""The whole return, figure by figure, against the pandas answer made from the raw files."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from pipelines.cli import main
from resources.site import Site
from synth import generate
from tests.oracle.run import ROOT, Key, Parts, alike, answer, keyed, quarter

PERIOD = "2025-26-Q1"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home made from a fiftieth of a trust, over the year before the quarter and the month after it."""
    folder = tmp_path_factory.mktemp("oracle")
    generate(folder, seed=20250401, scale=0.02, months=16)
    assert main(["--home", str(folder), "run", "mhlda_indicators", PERIOD]) == 0
    return folder


@pytest.fixture(scope="module")
def recorded(home: Path) -> dict[Key, Parts]:
    """Value, numerator and denominator of every figure in the records that a tool asks for."""
    columns = "code, month, locality, member, value, numerator, denominator"
    with sqlite3.connect(home / "records.db") as records:
        rows = records.execute(f"select {columns} from metric_value").fetchall()
    controls = {question.code for question in Site().checks("mhlda_indicators", "2025-26").controls.questions}
    return {tuple(row[:4]): tuple(row[4:]) for row in rows if row[0] not in controls}


@pytest.fixture(scope="module")
def recomputed(home: Path) -> dict[Key, Parts]:
    """The same figures from the raw files, by pandas."""
    return dict(keyed(answer(home / "inbox", ROOT / "trust", quarter(PERIOD))))


def test_both_answer_the_same_questions(recorded, recomputed):
    assert recorded.keys() == recomputed.keys()
    assert len({code for code, *_ in recorded}) >= 90


def test_every_value_is_the_same(recorded, recomputed):
    apart = {
        key: (parts[0], recomputed[key][0])
        for key, parts in recorded.items()
        if not alike(parts[0], recomputed[key][0])
    }
    assert apart == {}


def test_every_numerator_and_denominator_of_a_ratio_is_the_same(recorded, recomputed):
    apart = {
        key: (parts, recomputed[key])
        for key, parts in recorded.items()
        if parts[1] is not None
        and parts[2] is not None
        and not (alike(parts[1], recomputed[key][1]) and alike(parts[2], recomputed[key][2]))
    }
    assert apart == {}


def test_most_figures_are_not_nought(recorded):
    """An agreement of noughts would show nothing."""
    counted = [
        parts for (_, _, locality, member), parts in recorded.items() if (locality, member) == ("trust", "all")
    ]
    assert sum(bool(parts[0]) for parts in counted) > 0.9 * len(counted)
