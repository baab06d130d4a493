"""Wards day by day: admissions into free beds, transfers, discharges, leave, and beds open and occupied.

Here: spells, ward stays, leave and bed days as they happened. Not here: the Mental Health Act periods of the same
patients (``mha``), and how any of it is printed (``hospital``).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from math import exp

import numpy as np
import numpy.typing as npt

from synth.calendar import Calendar, day_number
from synth.cells import NEVER
from synth.people import People
from synth.shape import LOCALITIES, Shape, Ward

Ints = npt.NDArray[np.int64]
DAY = 1440

_LENGTH = {  # median days and spread (sigma of the logarithm) of a stay in a bed of this type
    "adult_acute": (21.0, 0.85), "older_adult": (48.0, 0.8), "picu": (15.0, 0.8), "rehabilitation": (190.0, 0.7),
    "low_secure": (420.0, 0.6), "learning_disability": (120.0, 0.9), "intermediate_care": (20.0, 0.6),
    "hospice": (9.0, 0.8),
}  # fmt: skip
_FILLED = {
    "adult_acute": (0.93, 1.04), "older_adult": (0.88, 0.99), "picu": (0.82, 1.0), "rehabilitation": (0.9, 1.0),
    "low_secure": (0.92, 1.0), "learning_disability": (0.7, 0.95), "intermediate_care": (0.85, 0.96),
    "hospice": (0.75, 0.9),
}  # fmt: skip
_STATUS = {  # legal status codes on admission and their chances; the rest are informal
    "adult_acute": {"02": 0.30, "03": 0.10, "37": 0.01},
    "picu": {"02": 0.55, "03": 0.40},
    "older_adult": {"02": 0.26, "03": 0.07},
    "rehabilitation": {"03": 0.6, "10": 0.05},
    "low_secure": {"09": 0.5, "10": 0.2, "03": 0.25, "15": 0.05},
    "learning_disability": {"02": 0.2, "03": 0.5},
}
_MOVES = {
    "adult_acute": (("picu", 0.06), ("rehabilitation", 0.03), ("adult_acute", 0.02)),
    "picu": (("adult_acute", 0.6),),
}
_READMITTED = 0.08
_LEAVE_A_DAY = 0.17


@dataclass
class Spell:
    """One hospital provider spell; times are minutes since 1970, ``NEVER`` when it has not ended."""

    number: int
    patient: int
    admitted: int
    status: str
    method: str
    source: str
    out_of_area: bool
    readmission: bool
    discharged: int = NEVER
    discharge_method: str = ""
    destination: str = ""
    ready: int = NEVER
    """Day number on which the patient was clinically ready for discharge, when that was before the discharge."""
    reason: str = ""
    stays: list[Stay] = field(default_factory=list)


@dataclass
class Stay:
    """One ward stay of a spell."""

    number: int
    spell: Spell
    ward: int
    start: int
    end: int = NEVER


@dataclass(frozen=True)
class Leave:
    """Periods of leave, one an element: types are national codes; ``end`` is the end written down."""

    stay: Ints
    patient: Ints
    kind: npt.NDArray[np.str_]
    start: Ints
    end: Ints


@dataclass(frozen=True)
class Hospital:
    """Everything that happened on the wards."""

    wards: tuple[Ward, ...]
    spells: list[Spell]
    stays: list[Stay]
    leave: Leave
    closed: Ints
    """Beds closed, ward by day of the window."""
    occupied: Ints
    """Patients in bed at midnight, ward by day of the window."""
    beds: Ints
    """Beds funded, ward by day of the window."""


class _Wards:
    """The wards while they are simulated."""

    def __init__(self, shape: Shape, calendar: Calendar, people: People, rng: np.random.Generator) -> None:
        self.wards, self.calendar, self.people, self.rng = shape.wards, calendar, people, rng
        self.first = day_number(calendar.first_day)
        self.spells: list[Spell] = []
        self.stays: list[Stay] = []
        self.inside: list[int] = [0] * len(self.wards)
        self.ending: dict[int, list[Stay]] = defaultdict(list)
        self.in_hospital: set[int] = set()
        self.left_today: set[int] = set()
        self.recent: list[tuple[int, int, str]] = []
        self.by_type: dict[str, list[int]] = defaultdict(list)
        for number, ward in enumerate(self.wards):
            self.by_type[ward.bed_type].append(number)

    def run(self) -> None:
        for ward in range(len(self.wards)):
            for _ in range(round(self.beds(ward, self.first) * self._filled(ward))):
                self._already_in(ward)
        for day in range(self.first, self.first + self.calendar.days):
            self.in_hospital -= self.left_today
            self.left_today.clear()
            for stay in self.ending.pop(day, ()):
                self._leave_ward(stay, day)
            for ward in self.rng.permutation(len(self.wards)):
                room = int(self.beds(ward, day) * self._filled(ward)) - self.inside[ward]
                for _ in range(max(room, 0)):
                    if self.rng.random() < 0.75:
                        self._admit(int(ward), day)

    def beds(self, ward: int, day: int) -> int:
        """Funded beds: Rowan ward gave up two in April 2025."""
        changed = self.wards[ward].code == "ROWAN" and day >= day_number(date(2025, 4, 1))
        return self.wards[ward].beds - 2 * changed

    def _filled(self, ward: int) -> float:
        low, high = _FILLED[self.wards[ward].bed_type]
        return float(self.rng.uniform(low, high))

    def _days(self, ward: int) -> int:
        median, sigma = _LENGTH[self.wards[ward].bed_type]
        return int(median * exp(sigma * self.rng.standard_normal()))

    def _already_in(self, ward: int) -> None:
        """A patient found in the ward on the first day: long stays are met more often than short ones."""
        median, sigma = _LENGTH[self.wards[ward].bed_type]
        length = 1 + median * exp(sigma * sigma + sigma * float(self.rng.standard_normal()))
        elapsed = int(self.rng.uniform(0, length))
        self._admit(ward, self.first - 1 - elapsed, int(length))

    def _admit(self, ward: int, day: int, length: int | None = None) -> None:
        bed_type = self.wards[ward].bed_type
        patient, again = self._patient(ward, day)
        chance = float(self.rng.random())
        status = "01"
        for code, share in _STATUS.get(bed_type, {}).items():
            if chance < share:
                status = code
                break
            chance -= share
        spell = Spell(
            number=len(self.spells) + 1,
            patient=patient,
            admitted=day * DAY + int(self.rng.integers(540, 1400)),
            status="01" if status == "37" else status,
            method=str(self.rng.choice(["21", "22", "28", "2A", "11", "81"], p=[0.1, 0.2, 0.35, 0.2, 0.1, 0.05])),
            source=str(
                self.rng.choice(["19", "29", "51", "53", "65", "39"], p=[0.8, 0.04, 0.07, 0.04, 0.03, 0.02])
            ),
            out_of_area=bool(self.rng.random() < 0.03),
            readmission=again,
        )
        if again:
            spell.method = "28"
        self.spells.append(spell)
        self.in_hospital.add(patient)
        self._enter(spell, ward, spell.admitted, self._days(ward) if length is None else length)

    def _patient(self, ward: int, day: int) -> tuple[int, bool]:
        place = LOCALITIES.index(self.wards[ward].locality)
        service = self.wards[ward].service
        if self.rng.random() < _READMITTED:
            for left, patient, bed_type in reversed(self.recent):
                near = 0 < day - left <= 29 and bed_type == self.wards[ward].bed_type
                if near and patient not in self.in_hospital and self.rng.random() < 0.2:
                    return patient, True
        pool = {"community_physical": "physical"}.get(service, service)
        while True:
            patient = int(self.people.draw(self.rng, pool, place, 1)[0])
            if patient not in self.in_hospital:
                return patient, False

    def _enter(self, spell: Spell, ward: int, minute: int, length: int) -> None:
        stay = Stay(len(self.stays) + 1, spell, ward, minute)
        self.stays.append(stay)
        spell.stays.append(stay)
        self.inside[ward] += 1
        self.ending[
            max(minute // DAY + length, self.first if minute // DAY < self.first else minute // DAY + 1)
        ].append(stay)

    def _leave_ward(self, stay: Stay, day: int) -> None:
        minute = max(day * DAY + int(self.rng.integers(600, 1080)), stay.start + 30)
        ward = self.wards[stay.ward]
        stay.end = minute
        self.inside[stay.ward] -= 1
        for bed_type, chance in _MOVES.get(ward.bed_type, ()):
            if self.rng.random() < chance:
                near = sorted(
                    self.by_type[bed_type], key=lambda other: self.wards[other].locality != ward.locality
                )
                for other in near:
                    if other != stay.ward and self.inside[other] < self.beds(other, day):
                        self._enter(stay.spell, other, minute, max(1, self._days(other)))
                        return
        self._discharge(stay.spell, minute, ward)

    def _discharge(self, spell: Spell, minute: int, ward: Ward) -> None:
        rng = self.rng
        spell.discharged = minute
        died = rng.random() < {"hospice": 0.6, "older_adult": 0.03, "intermediate_care": 0.03}.get(
            ward.bed_type, 0.002
        )
        spell.discharge_method = "4" if died else str(rng.choice(["1", "2", "3"], p=[0.9, 0.08, 0.02]))
        spell.destination = (
            "79"
            if died
            else str(
                rng.choice(
                    ["19", "29", "51", "53", "65", "85", "38"], p=[0.78, 0.04, 0.05, 0.04, 0.04, 0.04, 0.01]
                )
            )
        )
        if not died and ward.bed_type != "hospice" and rng.random() < 0.2:
            waited = int(rng.integers(3, 48))
            spell.ready = max(spell.admitted // DAY + 1, minute // DAY - waited)
            spell.reason = f"{rng.integers(1, 38):02d}" if rng.random() < 0.95 else "98"
        self.left_today.add(spell.patient)
        if not died:
            self.recent.append((minute // DAY, spell.patient, ward.bed_type))
            del self.recent[:-150]


def simulate(shape: Shape, calendar: Calendar, people: People, rng: np.random.Generator) -> Hospital:
    """Run the wards through the window."""
    wards = _Wards(shape, calendar, people, rng)
    wards.run()
    leave = _leave(wards, rng)
    closed, occupied, beds = _midnights(wards, leave, rng)
    return Hospital(shape.wards, wards.spells, wards.stays, leave, closed, occupied, beds)


def _leave(wards: _Wards, rng: np.random.Generator) -> Leave:
    """Leave inside stays: section 17 for the detained, home leave for the informal, a few absent without leave."""
    window = (wards.first * DAY, (wards.first + wards.calendar.days) * DAY)
    rows: list[tuple[int, int, str, int, int]] = []
    for stay in wards.stays:
        ward = wards.wards[stay.ward]
        start, end = max(stay.start, window[0]), min(stay.end, window[1])
        if ward.bed_type in ("intermediate_care", "hospice") or end - start < 5 * DAY:
            continue
        usual = "02" if stay.spell.status == "01" else "03"
        for _ in range(rng.poisson((end - start) / DAY * _LEAVE_A_DAY)):
            begin = int(rng.integers(start + DAY, end - DAY))
            begin += int(rng.integers(480, 960)) - begin % DAY
            chance = rng.random()
            kind = "01" if chance < 0.035 else "04" if chance < 0.045 else usual
            nights = int(rng.choice([0, 1, 2, 4, 7], p=[0.62, 0.18, 0.1, 0.07, 0.03]))
            until = (
                begin + nights * DAY + (int(rng.integers(60, 420)) if nights == 0 else int(rng.integers(-60, 240)))
            )
            rows.append((stay.number, stay.spell.patient, kind, begin, min(until, stay.end)))
            if (
                nights and rng.random() < 0.08
            ):  # an extension: the old row's end is left, the new row starts before it
                rows.append((stay.number, stay.spell.patient, kind, begin + DAY, min(until + DAY, stay.end)))
    rows = sorted(row for row in rows if row[3] < row[4])
    numbers = np.array([(row[0], row[1], row[3], row[4]) for row in rows], dtype=np.int64).reshape(-1, 4)
    kinds = np.array([row[2] for row in rows], dtype="<U2")
    return Leave(numbers[:, 0], numbers[:, 1], kinds, numbers[:, 2], numbers[:, 3])


def _midnights(wards: _Wards, leave: Leave, rng: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    shape = (len(wards.wards), wards.calendar.days)
    inside = np.zeros((shape[0], shape[1] + 1), dtype=np.int64)
    away = np.zeros_like(inside)

    def span(grid: Ints, ward: int, start: int, end: int) -> None:
        first = min(max(start // DAY - wards.first, 0), shape[1])
        last = min(max(end // DAY - wards.first, 0), shape[1])
        grid[ward, first] += 1
        grid[ward, last] -= 1

    for stay in wards.stays:
        span(inside, stay.ward, stay.start, stay.end)
    covered: dict[int, int] = {}
    for number, start, end in zip(leave.stay.tolist(), leave.start.tolist(), leave.end.tolist(), strict=True):
        begin = max(start, covered.get(number, 0))
        if end > begin:
            span(away, wards.stays[number - 1].ward, begin, end)
            covered[number] = end
    beds = np.array(
        [[wards.beds(ward, wards.first + day) for day in range(shape[1])] for ward in range(shape[0])],
        dtype=np.int64,
    )
    closed = np.zeros(shape, dtype=np.int64)
    for ward in range(shape[0]):
        for _ in range(rng.poisson(shape[1] / 300)):
            day = int(rng.integers(0, shape[1]))
            closed[ward, day : day + int(rng.integers(5, 25))] = 1
    occupied = (np.cumsum(inside, axis=1) - np.cumsum(away, axis=1))[:, :-1]
    return closed, occupied, beds
