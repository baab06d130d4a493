from __future__ import annotations

from datetime import date

from nhsbn.periods import Period
from nhsbn.tools.applicability import applicability
from nhsbn.values import ALL

OPEN, FAR = date(1, 1, 1), date(9999, 12, 31)
QUARTER = Period.parse("2025-26-Q1")


def ward(locality: str, bed_type: str, begins: date = OPEN, ends: date = FAR) -> dict[str, object]:
    return {
        "locality": locality,
        "service": "adult",
        "bed_type": bed_type,
        "valid_from": begins,
        "valid_to": ends,
    }


def team(locality: str, service: str) -> dict[str, object]:
    return {"locality": locality, "service": service, "valid_from": OPEN, "valid_to": FAR}


WARDS = [
    ward("doncaster", "adult_acute"),
    ward("doncaster", "learning_disability"),
    ward("rotherham", "picu", ends=date(2025, 3, 31)),
    ward("rotherham", "adult_acute", begins=date(2025, 6, 30)),
]
TEAMS = [team("doncaster", "talking_therapies"), team("rotherham", "cyp")]


def test_a_place_provides_what_its_own_wards_and_teams_are_at_any_time_of_the_period() -> None:
    rotherham = applicability("rotherham", "Rotherham", QUARTER, WARDS, TEAMS)
    assert rotherham.provided == {
        "bed_type": frozenset({"adult_acute"}),
        "service": frozenset({"adult", "cyp"}),
    }


def test_the_trust_provides_what_any_locality_does() -> None:
    trust = applicability("trust", "the trust", QUARTER, WARDS, TEAMS)
    assert trust.provided["bed_type"] == {"adult_acute", "learning_disability"}


def test_a_rule_names_the_place_and_the_total_applies_while_any_member_does() -> None:
    rotherham = applicability("rotherham", "Rotherham", QUARTER, WARDS, TEAMS)
    assert rotherham.reason("bed_type_provided", "picu") == "no beds of this type are provided in Rotherham"
    assert rotherham.reason("bed_type_provided", ALL) == ""
    nowhere = applicability("scunthorpe", "Scunthorpe", QUARTER, WARDS, TEAMS)
    assert nowhere.reason("bed_type_provided", ALL) == "no beds of this type are provided in Scunthorpe"


def test_a_rule_for_one_member_asks_after_it_whatever_the_cell() -> None:
    doncaster = applicability("doncaster", "Doncaster", QUARTER, WARDS, TEAMS)
    rotherham = applicability("rotherham", "Rotherham", QUARTER, WARDS, TEAMS)
    assert doncaster.reason("learning_disability_beds_provided", ALL) == ""
    assert doncaster.reason("talking_therapies_provided", ALL) == ""
    assert rotherham.reason("talking_therapies_provided", ALL) == "talking therapies are not provided in Rotherham"
