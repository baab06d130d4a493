"""The trust's own folder: read, or refused in words."""

from __future__ import annotations

import pytest

from nhsbn.errors import NhsbnError, ProblemsError
from nhsbn.trust import Population, latest, load_populations, load_trust
from resources.site import ROOT

TRUST = load_trust((ROOT / "trust" / "trust.yaml").read_text(encoding="utf-8"), "trust.yaml")
HEAD = "locality,age_group,basis,year,population,source\n"


def test_the_trust_is_the_last_of_its_places() -> None:
    assert list(TRUST.places) == ["doncaster", "rotherham", "north_lincolnshire", "trust"]
    assert TRUST.place("rotherham") == "rotherham"


def test_an_unknown_locality_lists_the_known() -> None:
    with pytest.raises(NhsbnError, match="doncaster, rotherham, north_lincolnshire, trust"):
        TRUST.place("scunthorpe")


def test_the_trusts_own_populations_are_whole() -> None:
    path = ROOT / "trust" / "population.csv"
    found = load_populations(path.read_text(encoding="utf-8"), "population.csv", TRUST)
    assert {one.locality for one in found} == set(TRUST.locality_ids)


@pytest.mark.parametrize(
    ("rows", "line", "message"),
    [
        ("scunthorpe,all,resident,2020,1,x\n", 2, "not a locality"),
        ("doncaster,all,resident,2020,1.5,x\n", 2, "whole numbers"),
        ("doncaster,all,resident,2020,1,x\ndoncaster,all,resident,2020,2,x\n", 3, "given twice"),
    ],
)
def test_a_fault_of_the_populations_names_its_line(rows: str, line: int, message: str) -> None:
    with pytest.raises(ProblemsError) as caught:
        load_populations(HEAD + rows, "population.csv", TRUST)
    (problem,) = caught.value.problems
    assert problem.where == f"population.csv:{line}"
    assert message in problem.message


def test_other_columns_are_refused() -> None:
    with pytest.raises(ProblemsError, match="the columns must be"):
        load_populations("locality,people\ndoncaster,1\n", "population.csv", TRUST)


def test_the_latest_figure_up_to_the_year_counts() -> None:
    known = [Population("doncaster", "all", "resident", year, year * 10, "x") for year in (2024, 2020, 2026)]
    assert [one.year for one in latest(known, 2025)] == [2024]
    assert [one.year for one in latest(known, 2019)] == [2020]
