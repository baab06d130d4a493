"""Positions, and the people who hold them: joiners, leavers, changed hours and leave of long standing.

Here: who is employed when, and at what FTE. Not here: absence (``absence``), money (``ledger``), files
(``staff``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synth.calendar import Calendar, day_number
from synth.cells import NEVER
from synth.shape import CostCentre, Shape

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
HEADS = 3_800
"""People in post at scale 1."""
LEAD_MONTHS = 13
"""Months simulated before the window, so that rolling years are full from the first file."""

GROUPS = (
    "Medical and Dental", "Nursing and Midwifery Registered", "Allied Health Professionals",
    "Add Prof Scientific and Technic", "Healthcare Scientists", "Additional Clinical Services",
    "Administrative and Clerical", "Estates and Ancillary", "Students",
)  # fmt: skip
GRADES: dict[int, tuple[tuple[str, str, float, float], ...]] = {
    # group: (grade code, title, share, yearly cost of one WTE in pounds)
    0: (("YC72", "Consultant", 0.45, 168_000), ("MC46", "Specialty Doctor", 0.25, 98_000),
        ("MN37", "Doctor in Training", 0.3, 71_000)),
    1: (("XR05", "Review Body Band 5", 0.42, 42_500), ("XR06", "Review Body Band 6", 0.4, 52_000),
        ("XR07", "Review Body Band 7", 0.18, 61_500)),
    2: (("XR05", "Review Body Band 5", 0.3, 41_500), ("XR06", "Review Body Band 6", 0.5, 51_000),
        ("XR07", "Review Body Band 7", 0.2, 60_500)),
    3: (("XR06", "Review Body Band 6", 0.35, 50_500), ("XR07", "Review Body Band 7", 0.35, 60_500),
        ("XR08", "Review Body Band 8 - Range A", 0.2, 70_500),
        ("XR09", "Review Body Band 8 - Range B", 0.1, 82_000)),
    4: (("XR06", "Review Body Band 6", 1.0, 50_500),),
    5: (("XR02", "Review Body Band 2", 0.25, 30_000), ("XR03", "Review Body Band 3", 0.5, 32_000),
        ("XR04", "Review Body Band 4", 0.25, 35_500)),
    6: (("XR03", "Review Body Band 3", 0.4, 31_000), ("XR04", "Review Body Band 4", 0.3, 34_500),
        ("XR06", "Review Body Band 6", 0.18, 49_500), ("XR08", "Review Body Band 8 - Range A", 0.12, 69_500)),
    7: (("XR02", "Review Body Band 2", 1.0, 28_500),),
    8: (("XS20", "Student", 1.0, 24_000),),
}  # fmt: skip
_MIX = {  # share of each staff group by kind of cost centre
    "ward": (0.03, 0.38, 0.05, 0.03, 0.0, 0.46, 0.03, 0.02, 0.0),
    "medical": (0.85, 0.0, 0.0, 0.05, 0.0, 0.0, 0.1, 0.0, 0.0),
    "corporate": (0.01, 0.07, 0.0, 0.05, 0.002, 0.0, 0.67, 0.193, 0.005),
    "therapy": (0.01, 0.1, 0.1, 0.55, 0.0, 0.09, 0.15, 0.0, 0.0),
    "physical": (0.01, 0.45, 0.2, 0.01, 0.0, 0.21, 0.12, 0.0, 0.0),
    "community": (0.04, 0.42, 0.1, 0.1, 0.0, 0.2, 0.13, 0.0, 0.01),
}
STATUSES = (
    "Active Assignment", "Maternity & Adoption", "Career Break", "Out on External Secondment - Paid",
    "Suspend With Pay", "Acting Up", "Internal Secondment",
)  # fmt: skip
_SPELLS = ((0.0, 0, 0), (0.045, 200, 330), (0.004, 120, 360), (0.006, 120, 300), (0.002, 20, 90), (0.02, 60, 240),
           (0.02, 120, 400))  # fmt: skip


@dataclass(frozen=True)
class Positions:
    """Established positions; every array has one element a position."""

    number: Ints
    centre: Ints
    group: Ints
    grade: Ints
    budget: Floats


@dataclass(frozen=True)
class Assignments:
    """Substantive assignments in order of start; days are day numbers, ``end`` the last working day."""

    employee: Ints
    second: npt.NDArray[np.bool_]
    position: Ints
    fte: Floats
    changed: Ints
    """Day from which ``fte_after`` holds; ``NEVER`` when the hours never changed."""
    fte_after: Floats
    start: Ints
    end: Ints
    fixed_term: npt.NDArray[np.bool_]
    status: Ints
    status_from: Ints
    status_to: Ints

    def fte_on(self, day: int) -> Floats:
        """Contracted FTE of each assignment on a day, in post or not."""
        return np.where(day >= self.changed, self.fte_after, self.fte)

    def live_on(self, day: int) -> npt.NDArray[np.bool_]:
        """Which assignments are held on a day."""
        return (self.start <= day) & (self.end >= day)

    def status_on(self, day: int) -> Ints:
        """Assignment status on a day, a number into ``STATUSES``."""
        return np.where((self.status_from <= day) & (day < self.status_to), self.status, 0)


@dataclass(frozen=True)
class Bank:
    """Bank assignments: a cost centre and staff group each, no FTE."""

    employee: Ints
    second: npt.NDArray[np.bool_]
    centre: Ints
    group: Ints
    start: Ints


@dataclass(frozen=True)
class Workforce:
    """Everybody."""

    centres: tuple[CostCentre, ...]
    positions: Positions
    assignments: Assignments
    bank: Bank


def kind_of(centre: CostCentre) -> str:
    """Which staff mix a cost centre has."""
    if centre.description.endswith((" Ward", "Hospice")):
        return "ward"
    if "Medical Staff" in centre.description:
        return "medical"
    if centre.service == "corporate":
        return "corporate"
    if centre.service == "talking_therapies" or "Psychological" in centre.description:
        return "therapy"
    return "physical" if centre.service == "community_physical" else "community"


def simulate(shape: Shape, calendar: Calendar, scale: float, rng: np.random.Generator) -> Workforce:
    """Fill positions, and let people come and go month by month."""
    positions = _positions(shape, scale, rng)
    assignments = _careers(positions, calendar, rng)
    bank = _bank(positions, assignments, scale, day_number(calendar.first_day), rng)
    return Workforce(shape.cost_centres, positions, assignments, bank)


def _positions(shape: Shape, scale: float, rng: np.random.Generator) -> Positions:
    kinds = [kind_of(centre) for centre in shape.cost_centres]
    size = np.array([{"ward": 1.0, "corporate": 0.9, "physical": 1.6}.get(kind, 1.0) for kind in kinds])
    count = round(HEADS * scale / 0.93)
    centre = np.sort(rng.choice(len(size), count, p=size / size.sum()))
    mixes = np.array([_MIX[kind] for kind in kinds])
    edges = np.cumsum(mixes / mixes.sum(axis=1, keepdims=True), axis=1)[centre]
    group = np.minimum((rng.random((count, 1)) > edges).sum(axis=1), len(GROUPS) - 1)
    grade = np.zeros(count, np.int64)
    for number, grades in GRADES.items():
        here = group == number
        grade[here] = rng.choice(len(grades), int(here.sum()), p=[share for _, _, share, _ in grades])
    budget = rng.choice([1.0, 0.9, 0.8, 0.6, 0.5, 0.4], count, p=[0.75, 0.05, 0.09, 0.06, 0.03, 0.02])
    return Positions(4_300_001 + np.arange(count), centre, group, grade, budget)


def _careers(positions: Positions, calendar: Calendar, rng: np.random.Generator) -> Assignments:
    first_month = calendar.start.plus(-LEAD_MONTHS)
    begin = day_number(first_month.first_day)
    count = len(positions.number)
    held = rng.random(count) < 0.9
    employee = 20_100_001 + np.arange(count)
    parts: list[tuple[Ints, Ints, Ints]] = [
        (employee[held], np.flatnonzero(held), begin - rng.integers(20, 6_000, int(held.sum())))
    ]
    current = np.where(held, np.cumsum(held) - 1, -1)
    ends: list[Ints] = [np.full(int(held.sum()), NEVER)]
    total, next_employee = int(held.sum()), int(employee[-1]) + 1
    for offset in range(LEAD_MONTHS + calendar.months):
        month = first_month.plus(offset)
        first, days = day_number(month.first_day), (month.last_day - month.first_day).days + 1
        leaving = np.flatnonzero((current >= 0) & (rng.random(count) < 0.0125))
        flat = np.concatenate(ends)
        flat[current[leaving]] = first + rng.integers(0, days, len(leaving))
        ends = [flat]
        current[leaving] = -1
        target = 0.9 + min(offset - LEAD_MONTHS, 12) / 12 * 0.03 if offset > LEAD_MONTHS else 0.9
        vacant = np.setdiff1d(np.flatnonzero(current < 0), leaving)
        joining = rng.permutation(vacant)[: max(0, round(count * target) - int((current >= 0).sum()))]
        parts.append(
            (next_employee + np.arange(len(joining)), joining, first + rng.integers(0, days, len(joining)))
        )
        ends.append(np.full(len(joining), NEVER))
        current[joining] = total + np.arange(len(joining))
        total += len(joining)
        next_employee += len(joining)
    staff, position, start = (np.concatenate([part[index] for part in parts]) for index in range(3))
    return _hours(positions, staff, position, start, np.concatenate(ends), begin, calendar, rng)


def _hours(
    positions: Positions, staff: Ints, position: Ints, start: Ints, end: Ints, begin: int, calendar: Calendar,
    rng: np.random.Generator,
) -> Assignments:  # fmt: skip
    count = len(staff)
    fte = positions.budget[position].copy()
    fewer = rng.random(count) < 0.06
    fte[fewer] = np.maximum(fte[fewer] - 0.2, 0.2)
    second = np.zeros(count, np.bool_)
    pairs = np.flatnonzero(rng.random(count) < 0.008)
    for row in pairs[pairs > 0]:  # the same person holds this and the assignment before it, half and half
        if not second[row - 1]:
            staff[row], second[row] = staff[row - 1], True
            fte[row] = fte[row - 1] = 0.5
    horizon = day_number(calendar.last_day)
    changed = np.where(rng.random(count) < 0.09, rng.integers(begin, horizon, count), NEVER)
    after = np.clip(np.round(fte + rng.choice([-0.2, -0.1, 0.1, 0.2], count), 5), 0.2, 1.0)
    status, status_from, status_to = np.zeros(count, np.int64), np.full(count, NEVER), np.full(count, NEVER)
    chance = rng.random(count)
    years = (horizon - begin) / 365
    edge = 0.0
    for number, (share, shortest, longest) in enumerate(_SPELLS):
        edge += share * years
        here = (chance < edge) & (status == 0) & (number > 0)
        status[here] = number
        status_from[here] = rng.integers(begin - 150, horizon, int(here.sum()))
        status_to[here] = status_from[here] + rng.integers(shortest, longest + 1, int(here.sum()))
    return Assignments(
        staff, second, position, np.round(fte, 5), changed, after, start, end, rng.random(count) < 0.06,
        status, status_from, status_to,
    )  # fmt: skip


def _bank(positions: Positions, held: Assignments, scale: float, begin: int, rng: np.random.Generator) -> Bank:
    heads = round(HEADS * scale)
    also = np.sort(rng.choice(len(held.employee), min(round(heads * 0.15), len(held.employee)), replace=False))
    also = also[~held.second[also]]
    also = also[np.unique(held.employee[also], return_index=True)[1]]
    also = also[~np.isin(held.employee[also], held.employee[held.second])]
    only = round(heads * 0.08)
    fresh = rng.integers(0, len(positions.number), only)
    where = np.concatenate([held.position[also], fresh])
    return Bank(
        np.concatenate([held.employee[also], 28_000_001 + np.arange(only)]),
        np.concatenate([np.ones(len(also), np.bool_), np.zeros(only, np.bool_)]),
        positions.centre[where], positions.group[where],
        np.concatenate([held.start[also], begin - rng.integers(-300, 2_000, only)]),
    )  # fmt: skip
