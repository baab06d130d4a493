"""Incidents on wards and in the community, the people in them, and the restrictive interventions they held.

Here: what happened and what was reported. Not here: the incident system's files (``safety``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synth.calendar import Calendar, day_number
from synth.inpatients import Hospital
from synth.people import People
from synth.shape import LOCALITIES, Shape

Ints = npt.NDArray[np.int64]
COMMUNITY_A_MONTH = 550
"""Incidents away from wards at scale 1."""

KINDS: dict[str, tuple[str, str]] = {
    "restraint": ("Restrictive Intervention", "Physical restraint"),
    "violence_to_staff": ("Violence and Aggression", "Physical assault - patient to staff"),
    "violence_to_patient": ("Violence and Aggression", "Physical assault - patient to patient"),
    "verbal": ("Violence and Aggression", "Verbal abuse"),
    "fall": ("Slips, Trips and Falls", "Fall from standing"),
    "medication": ("Medication", "Administration error"),
    "self_harm": ("Self-harm", "Ligature"),
    "absence": ("Absence", "Failed to return from leave"),
    "pressure_ulcer": ("Pressure Ulcer", "Category 2"),
    "death": ("Death", "Unexpected death"),
    "expected_death": ("Death", "Expected death"),
    "information": ("Information Governance", "Misdirected letter"),
    "staffing": ("Staffing", "Below planned numbers"),
}
_PER_10K = {  # incidents for each 10,000 bed days, by bed type
    "restraint": {"adult_acute": 150, "picu": 650, "older_adult": 70, "low_secure": 70, "rehabilitation": 20,
                  "learning_disability": 380},
    "violence_to_staff": {"adult_acute": 110, "picu": 420, "older_adult": 80, "low_secure": 60,
                          "learning_disability": 300},
    "violence_to_patient": {"adult_acute": 45, "picu": 110, "older_adult": 40, "low_secure": 25,
                            "learning_disability": 60},
    "verbal": {"adult_acute": 90, "picu": 150, "older_adult": 15, "low_secure": 60, "rehabilitation": 30},
    "fall": {"adult_acute": 18, "older_adult": 62, "intermediate_care": 70, "hospice": 55, "rehabilitation": 12,
             "learning_disability": 15},
    "medication": {"adult_acute": 40, "picu": 45, "older_adult": 38, "low_secure": 30, "rehabilitation": 40,
                   "intermediate_care": 45, "hospice": 60, "learning_disability": 25},
    "self_harm": {"adult_acute": 160, "picu": 120, "rehabilitation": 40, "low_secure": 30,
                  "learning_disability": 80},
    "absence": {"adult_acute": 35, "rehabilitation": 25, "low_secure": 5},
    "pressure_ulcer": {"older_adult": 12, "intermediate_care": 25, "hospice": 45},
    "death": {"adult_acute": 0.6, "older_adult": 1.0},
    "expected_death": {"hospice": 30, "older_adult": 3},
    "information": dict.fromkeys(("adult_acute", "older_adult", "rehabilitation", "intermediate_care"), 8),
    "staffing": dict.fromkeys(("adult_acute", "picu", "older_adult", "low_secure", "intermediate_care"), 45),
}  # fmt: skip
_COMMUNITY = {
    "pressure_ulcer": 0.32, "medication": 0.16, "information": 0.14, "self_harm": 0.1, "staffing": 0.08,
    "verbal": 0.08, "fall": 0.05, "death": 0.03, "violence_to_staff": 0.03, "expected_death": 0.01,
}  # fmt: skip
_ACTS = ("01", "07", "08", "09", "10", "11", "12", "14", "05", "16", "04")
_ACT_SHARE = (0.07, 0.2, 0.2, 0.16, 0.06, 0.13, 0.03, 0.08, 0.04, 0.02, 0.01)
HARMS = ("none", "low", "moderate", "severe", "death")


@dataclass(frozen=True)
class Incidents:
    """Incidents in order of date; ``ward`` is -1 in the community, ``team`` -1 on a ward."""

    number: Ints
    kind: npt.NDArray[np.str_]
    day: Ints
    minute: Ints
    reported: Ints
    ward: Ints
    team: Ints
    harm: Ints
    status: npt.NDArray[np.str_]
    duplicate_of: Ints
    """Number of the incident that this one reports again; -1 for none."""
    serious: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        """Number of reports."""
        return len(self.number)


@dataclass(frozen=True)
class Persons:
    """A row for each person in an incident (``row`` of Incidents); ``patient`` is -1 for staff and visitors."""

    row: Ints
    sequence: Ints
    kind: npt.NDArray[np.str_]
    patient: Ints


@dataclass(frozen=True)
class Acts:
    """A row for each restrictive act of an incident (``row`` of Incidents)."""

    row: Ints
    sequence: Ints
    code: npt.NDArray[np.str_]
    duration: Ints
    injured: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Safety:
    """Everything the incident system holds."""

    incidents: Incidents
    persons: Persons
    acts: Acts


def simulate(
    shape: Shape, calendar: Calendar, hospital: Hospital, people: People, scale: float, rng: np.random.Generator
) -> Safety:
    """Draw incidents at rates for each bed type, and community incidents at the scale."""
    begin = day_number(calendar.first_day)
    rows: list[tuple[str, int, int, int]] = []
    for ward_number, ward in enumerate(hospital.wards):
        bed_days = int(hospital.occupied[ward_number].sum())
        for kind, rates in _PER_10K.items():
            count = rng.poisson(bed_days * rates.get(ward.bed_type, 0) / 10_000)
            rows += [
                (kind, int(day), ward_number, -1) for day in rng.integers(begin, begin + calendar.days, count)
            ]
    community = rng.poisson(COMMUNITY_A_MONTH * scale * calendar.months)
    kinds = rng.choice(list(_COMMUNITY), community, p=list(_COMMUNITY.values()))
    rows += [
        (str(kind), int(day), -1, int(team))
        for kind, day, team in zip(
            kinds,
            rng.integers(begin, begin + calendar.days, community),
            rng.integers(0, len(shape.teams), community),
            strict=True,
        )
    ]
    rows.sort(key=lambda row: row[1])
    incidents = _reports(rows, rng)
    return Safety(incidents, _persons(shape, hospital, people, incidents, rng), _acts(hospital, incidents, rng))


def _reports(rows: list[tuple[str, int, int, int]], rng: np.random.Generator) -> Incidents:
    again = rng.random(len(rows)) < 0.015
    source = np.concatenate([np.arange(len(rows)), np.flatnonzero(again)])
    count, first = len(source), len(rows)
    kind = np.array([row[0] for row in rows], dtype="<U20")[source]
    table = np.array([row[1:] for row in rows], dtype=np.int64).reshape(-1, 3)[source]
    number = 200_001 + np.arange(count)
    duplicate = np.where(np.arange(count) < first, -1, number[source])
    chance = rng.random(count)
    status = np.where(chance < 0.03, "Rejected", np.where(chance < 0.1, "Being reviewed", "Finally approved"))
    status = np.where((duplicate > 0) & (chance < 0.5), "Rejected", status).astype("<U18")
    harm = np.minimum(rng.choice(4, count, p=[0.66, 0.27, 0.06, 0.01]), 3)
    harm = np.where(np.isin(kind, ("death", "expected_death")), np.where(kind == "death", 4, 0), harm)
    serious = np.where(kind == "death", rng.random(count) < 0.3, (harm == 3) & (rng.random(count) < 0.3))
    late = np.minimum(rng.geometric(0.55, count) - 1, 20) + np.where(rng.random(count) < 0.02, 35, 0)
    return Incidents(
        number, kind, table[:, 0], rng.integers(0, 1440, count), table[:, 0] + late, table[:, 1], table[:, 2],
        harm, status, duplicate, serious.astype(bool),
    )  # fmt: skip


def _persons(
    shape: Shape, hospital: Hospital, people: People, incidents: Incidents, rng: np.random.Generator
) -> Persons:
    count = np.where(
        np.isin(incidents.kind, ("information", "staffing")), 1, 1 + rng.binomial(3, 0.22, len(incidents))
    )
    violent = np.isin(incidents.kind, ("violence_to_staff", "violence_to_patient", "restraint"))
    count = np.where(violent, np.maximum(count, 2), count)
    row = np.repeat(np.arange(len(incidents)), count)
    sequence = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count) + 1
    patient_first = ~np.isin(incidents.kind[row], ("information", "staffing"))
    second = (incidents.kind[row] == "violence_to_patient") & (sequence == 2)
    kind = np.where((sequence == 1) & patient_first | second, "Patient", "Staff").astype("<U8")
    kind = np.where((sequence > 2) & (rng.random(len(row)) < 0.1), "Visitor", kind)
    patient = np.full(len(row), -1)
    service = np.array([ward.service for ward in hospital.wards] + [""])[incidents.ward]
    locality = np.array([ward.locality for ward in hospital.wards] + ["doncaster"])[incidents.ward]
    for pool in ("adult", "older_adult", "lda", "physical"):
        chosen = "community_physical" if pool == "physical" else pool
        for place, name in enumerate(LOCALITIES):
            here = (service == chosen) | ((service == "") & (pool == "physical"))
            rows = np.flatnonzero((here & (locality == name))[row] & (kind == "Patient"))
            patient[rows] = people.draw(rng, pool, place, len(rows))
    return Persons(row, sequence, kind, patient)


def _acts(hospital: Hospital, incidents: Incidents, rng: np.random.Generator) -> Acts:
    """Restraints hold one to four acts; so do a few assaults that were reported as assaults."""
    original = (incidents.duplicate_of < 0) & (incidents.ward >= 0)
    assault = (incidents.kind == "violence_to_staff") & (rng.random(len(incidents)) < 0.08)
    held = np.flatnonzero(original & ((incidents.kind == "restraint") | assault))
    count = rng.choice([1, 2, 3, 4], len(held), p=[0.45, 0.35, 0.15, 0.05])
    row = np.repeat(held, count)
    sequence = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count) + 1
    code = rng.choice(_ACTS, len(row), p=_ACT_SHARE)
    has_room = np.array(
        [ward.bed_type in ("picu", "low_secure", "learning_disability") for ward in hospital.wards]
    )
    secluded = has_room[incidents.ward[row]] & (rng.random(len(row)) < 0.12)
    code = np.where((code == "05") & ~has_room[incidents.ward[row]], "07", np.where(secluded, "05", code))
    duration = np.where(code == "05", rng.integers(60, 900, len(row)), rng.integers(1, 25, len(row)))
    return Acts(row, sequence, code, duration, rng.random(len(row)) < 0.03)
