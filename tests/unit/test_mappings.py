"""Mapping tables are read whole or not at all, and every fault has its file and line."""

from __future__ import annotations

from datetime import date

import pytest

from nhsbn.conformed.mappings import load_mappings
from nhsbn.errors import ProblemsError
from resources.site import Site

DECLARED = """
maps:
  map_cost_centre:
    title: Cost centres
    key: [cost_centre]
    share: split_percent
    columns:
      cost_centre: {}
      service: {vocabulary: services, optional: true}
      locality: {vocabulary: localities}
      split_percent: {type: number}
  map_organisation:
    title: Organisations
    key: [organisation]
    columns:
      organisation: {}
      cost_centre: {refers: map_cost_centre.cost_centre}
      is_ward: {type: flag, optional: true}
"""
WORDS = {"services": ("adult",), "localities": ("doncaster", "rotherham"), "bed_types": (), "staff_groups": ()}
CENTRES = "cost_centre,service,locality,split_percent,valid_from,valid_to,source,approved_by\n"
ORGANISATIONS = "organisation,cost_centre,is_ward,valid_from,valid_to,source,approved_by\n"


def load(centres: str = "", organisations: str = "", **texts: str):
    files = {
        "maps/map_cost_centre.csv": CENTRES + centres,
        "maps/map_organisation.csv": ORGANISATIONS + organisations,
    }
    return load_mappings(DECLARED, "maps.yaml", files | texts, WORDS)


def faults(centres: str = "", organisations: str = "") -> list[str]:
    with pytest.raises(ProblemsError) as raised:
        load(centres, organisations)
    return [str(problem) for problem in raised.value.problems]


def test_rows_are_typed_and_open_validity_made_whole():
    tables = load(
        "C1,adult,doncaster,100,2024-04-01,,ledger,finance\n", "Ward 1,c1,yes,,2025-03-31,esr,workforce\n"
    )
    (centre,) = tables["map_cost_centre"].rows
    assert (centre["split_percent"], centre["valid_from"], centre["valid_to"]) == (
        100.0, date(2024, 4, 1), date(9999, 12, 31),
    )  # fmt: skip
    (organisation,) = tables["map_organisation"].rows
    assert (organisation["is_ward"], organisation["valid_from"]) == (True, date(1, 1, 1))


def test_a_share_must_make_a_hundred_over_the_same_dates():
    assert faults("C1,adult,doncaster,60,,,x,y\nC1,adult,rotherham,30,,,x,y\n") == [
        "maps/map_cost_centre.csv:2: split_percent of 'c1' for these dates makes 90; expected 100"
    ]
    assert load("C1,adult,doncaster,60,,,x,y\nC1,adult,rotherham,40,,,x,y\n")


def test_validity_of_one_key_never_overlaps_whatever_its_case():
    (fault,) = faults(
        "C-1,adult,doncaster,100,2024-04-01,2025-04-01,x,y\nc 1,adult,rotherham,100,2025-04-01,,x,y\n"
    )
    assert fault.startswith(
        "maps/map_cost_centre.csv:3: 'c 1' is valid from 2025-04-01, and at maps/map_cost_centre.csv:2"
    )


def test_a_key_is_mapped_once_for_the_same_dates():
    (fault,) = faults("C1,adult,doncaster,100,,,x,y\n", "Ward,C1,,,,x,y\nWARD,C1,,,,x,y\n")
    assert (
        fault == "maps/map_organisation.csv:3: 'ward' is mapped for the same dates at "
        "maps/map_organisation.csv:2; keep one"
    )


def test_every_fault_of_every_table_is_told_at_once():
    told = faults(
        "C1,adlut,leeds,all,01/04/2024,,x,y\nC2,adult,,100,2025-04-01,2024-04-01,,y\nC3,adult\n",
        "Ward,C9,perhaps,,,x,y\n",
    )
    assert told == [
        "maps/map_cost_centre.csv:2: service is 'adlut'; expected one of adult",
        "maps/map_cost_centre.csv:2: locality is 'leeds'; expected one of doncaster, rotherham",
        "maps/map_cost_centre.csv:2: split_percent is 'all'; expected a number",
        "maps/map_cost_centre.csv:2: '01/04/2024' is not a date; write it as 2025-04-01, or leave it blank for "
        "an open end",
        "maps/map_cost_centre.csv:3: locality is blank, and is required",
        "maps/map_cost_centre.csv:3: source is blank; say where this mapping comes from and who approved it",
        "maps/map_cost_centre.csv:4: has not 8 cells; put a cell that holds a comma between quotes",
        "maps/map_organisation.csv:2: is_ward is 'perhaps'; expected yes or no",
    ]


def test_validity_that_ends_before_it_begins():
    assert "maps/map_cost_centre.csv:2: valid_to is before valid_from" in faults(
        "C1,adult,doncaster,100,2025-04-01,2024-04-01,x,y\n"
    )


def test_a_reference_must_be_there():
    assert faults("C1,adult,doncaster,100,,,x,y\n", "Ward,C9,,,,x,y\n") == [
        "maps/map_organisation.csv:2: cost_centre is 'C9', which map_cost_centre does not hold; add it there"
    ]


def test_columns_and_tables_must_be_those_declared():
    with pytest.raises(ProblemsError) as raised:
        load_mappings(
            DECLARED,
            "maps.yaml",
            {"maps/map_cost_centre.csv": "cost_centre,colour\n", "maps/map_moon.csv": ""},
            WORDS,
        )
    told = [str(problem) for problem in raised.value.problems]
    assert told[0] == "maps/map_moon.csv: is not declared in maps.yaml; declare it or remove it"
    assert told[1] == "maps.yaml: declares map_organisation, and there is no map_organisation.csv; add it"
    assert "lacks approved_by, locality" in told[2]
    assert "has colour, which is not declared" in told[2]


def test_the_version_follows_the_content():
    one, other = (load(f"C1,adult,{place},100,,,x,y\n")["map_cost_centre"] for place in ("doncaster", "rotherham"))
    assert one.version != other.version
    assert one.version == load("C1,adult,doncaster,100,,,x,y\n")["map_cost_centre"].version


def test_the_tables_of_the_trust_in_the_repository_are_sound():
    tables = Site().maps
    assert len(tables) == 18
    assert all(table.rows for table in tables.values())
