"""Mental Health Act periods and community treatment orders of the patients on the wards.

Here: which sections began, changed and ended, and why. Not here: the ward stays they belong to (``inpatients``),
and the register that the Mental Health Act office keeps of them (``register``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synth.calendar import Calendar, day_number
from synth.cells import NEVER
from synth.inpatients import Hospital, Spell

DAY = 1440
CHANGE, TRANSFER_IN, RENEWAL, REVOKED = "Change in status", "Transfer in", "Renewal", "CTO revoked"


@dataclass
class Section:
    """One period of one legal status; times are minutes since 1970."""

    patient: int
    status: str
    start: int
    expiry: int
    end: int
    start_reason: str
    end_reason: str
    ward: int
    number: int = 0


@dataclass
class Order:
    """One community treatment order; dates are day numbers, ``NEVER`` when it has not come."""

    number: int
    patient: int
    start: int
    expiry: int
    end: int
    end_reason: str
    recalled: int
    ward: int


@dataclass(frozen=True)
class Register:
    """Every section and order that touches the window, in order of start."""

    sections: list[Section]
    orders: list[Order]


class _Office:
    """Draws the sections of one spell after another."""

    def __init__(self, rng: np.random.Generator, horizon: int) -> None:
        self.rng, self.horizon = rng, horizon
        self.sections: list[Section] = []
        self.orders: list[Order] = []
        self.latest: dict[int, Order] = {}

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def add(self, spell: Spell, status: str, start: int, days: float, end: int, reason: str) -> Section:
        """A period ending at ``end`` at the latest; ``days`` to its expiry, 0 when it has none."""
        expiry = start + int(days * DAY) if days else NEVER
        left = end >= spell.discharged
        ended = "" if end >= NEVER else "Transfer out" if left and spell.destination in ("51", "53") else CHANGE
        if left and spell.discharge_method == "4":
            ended = "Death"
        ward = next((stay.ward for stay in spell.stays if stay.end > start), spell.stays[-1].ward)
        section = Section(spell.patient, status, start, expiry, end, reason, ended, ward)
        self.sections.append(section)
        return section

    def spell(self, spell: Spell) -> None:
        order = self.latest.get(spell.patient)
        start, end = spell.admitted, spell.discharged
        if order and order.start * DAY < start < min(order.end, order.expiry) * DAY:
            order.end, order.end_reason, order.recalled = start // DAY, "02", start
            self.treatment(spell, start, REVOKED)
        elif spell.status == "02":
            if self.chance(0.15):
                held = int(self.rng.integers(180, 1400))
                self.add(spell, "20", start - held, 1, start, CHANGE)
            self.assessment(spell, start, TRANSFER_IN if spell.method == "81" else CHANGE)
        elif spell.status == "03":
            self.treatment(spell, start, TRANSFER_IN if spell.method == "81" else CHANGE)
        elif spell.status in ("09", "10", "15"):
            before = int(self.rng.integers(0, 90)) * DAY
            days = 182 if spell.status == "10" else 0
            self.add(spell, spell.status, start - before, days, end, TRANSFER_IN if before else CHANGE)
        elif end - start > 3 * DAY and self.chance(0.08):
            self.holding(spell)

    def holding(self, spell: Spell) -> None:
        """An informal patient held under section 5, and most often detained after it."""
        start = spell.admitted + int(self.rng.integers(600, 2 * DAY))
        if self.chance(0.15):
            nurse = self.add(spell, "06", start, 0.25, start + int(self.rng.integers(30, 330)), CHANGE)
            start = nurse.end
        doctor = self.add(
            spell, "05", start, 3, min(start + int(self.rng.integers(300, 3 * DAY)), spell.discharged), CHANGE
        )
        if doctor.end < spell.discharged and self.chance(0.65):
            self.assessment(spell, doctor.end, CHANGE)

    def assessment(self, spell: Spell, start: int, reason: str) -> None:
        """Section 2, for 28 days at most, and for some section 3 after it."""
        lasts = int(self.rng.integers(10, 28)) * DAY
        if spell.discharged - start > 12 * DAY and self.chance(0.4):
            change = min(start + lasts, spell.discharged - DAY)
            overlap = int(self.rng.integers(60, 300)) if self.chance(0.2) else 0
            self.add(spell, "02", start, 28, change + overlap, reason)
            self.treatment(spell, change, CHANGE)
        else:
            self.add(spell, "02", start, 28, min(start + 28 * DAY, spell.discharged), reason)

    def treatment(self, spell: Spell, start: int, reason: str) -> None:
        """Section 3: six months, renewed for six and then for twelve, until discharge."""
        end = spell.discharged
        if end < NEVER and end - start > 20 * DAY and self.chance(0.2):
            end -= int(self.rng.integers(3, 15)) * DAY
        days = 182
        while start < min(end, self.horizon):
            until = min(start + days * DAY, end)
            self.add(spell, "03", start, days, until, reason)
            start, reason, days = until, RENEWAL, 182 if reason != RENEWAL else 365
        if end == spell.discharged < NEVER and spell.discharge_method != "4" and self.chance(0.28):
            self.treat_at_home(spell)

    def treat_at_home(self, spell: Spell) -> None:
        day = spell.discharged // DAY
        lasts = int(self.rng.integers(60, 700))
        recalled = (day + int(self.rng.integers(20, 55))) * DAY + 840 if self.chance(0.1) else NEVER
        reason = str(self.rng.choice(["01", "03", "05"], p=[0.9, 0.03, 0.07]))
        expiry = day + (182 if lasts <= 182 else 364 if lasts <= 364 else 729)
        number = len(self.orders) + 1
        ward = spell.stays[-1].ward
        order = Order(number, spell.patient, day, expiry, day + lasts, reason, recalled, ward)
        self.orders.append(order)
        self.latest[spell.patient] = order


def simulate(hospital: Hospital, calendar: Calendar, rng: np.random.Generator) -> Register:
    """Draw the sections of every mental health spell, and of people taken to a place of safety and let go."""
    begin = day_number(calendar.first_day)
    end = begin + calendar.days
    office = _Office(rng, end * DAY)
    for spell in sorted(hospital.spells, key=lambda spell: spell.admitted):
        if hospital.wards[spell.stays[0].ward].service != "community_physical":
            office.spell(spell)
    acute = [number for number, ward in enumerate(hospital.wards) if ward.bed_type == "adult_acute"]
    spells = [spell for spell in hospital.spells if spell.stays[0].ward in acute]
    for _ in range(rng.poisson(calendar.days * 0.4)):
        start = int(rng.integers(begin, end)) * DAY + int(rng.integers(0, DAY))
        until = start + int(rng.integers(120, DAY))
        somebody = spells[int(rng.integers(0, len(spells)))]
        office.sections.append(
            Section(somebody.patient, "20", start, start + DAY, until, CHANGE, CHANGE, int(rng.choice(acute)))
        )
    touching = [s for s in office.sections if s.end >= begin * DAY and s.start < end * DAY]
    touching.sort(key=lambda section: (section.start, section.patient, section.status))
    for number, section in enumerate(touching, 70_001):
        section.number = number
    orders = [order for order in office.orders if order.end >= begin and order.start < end]
    return Register(touching, orders)
