"""ESR's files: staff in post, establishment, leavers and absence.

Here: their cells, in the composite forms ESR prints. Not here: the careers and absences themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from nhsbn.periods import Month
from synth.absence import CATEGORIES, REASONS, Absences
from synth.calendar import day_number, run_time
from synth.cells import NEVER, blank_where, days, flags, hidden_after, ids, words
from synth.forms import Extract, Form, as_at, between
from synth.ledger import SUBJECTIVE
from synth.workforce import GRADES, GROUPS, STATUSES, Workforce
from synth.world import Told, World, sheet

Ints = npt.NDArray[np.int64]
OPEN_END = "31/12/4712"
LOST_ORGANISATION = "379 Former Directorate"
"""A leaf of the hierarchy that was renamed, and that no mapping knows."""
ROLES = ("Doctor", "Community Nurse", "Occupational Therapist", "Clinical Psychologist", "Scientist",
         "Healthcare Support Worker", "Administrator", "Housekeeper", "Student")  # fmt: skip
CODES = ("021", "N6H", "S1H", "S0L", "S9U", "H1A", "G2D", "M3B", "P2H")
LEAVING = (
    "Voluntary Resignation - Other/Not Known", "Voluntary Resignation - Work Life Balance", "Retirement - Age",
    "Voluntary Resignation - Promotion", "Voluntary Resignation - Relocation",
    "End of Fixed Term Contract - Other",
    "End of Fixed Term Contract - External Rotation", "Flexi Retirement", "Employee Transfer",
    "Dismissal - Capability",
    "Voluntary Resignation - Pay and Reward Related", "Death in Service",
)  # fmt: skip
_LEAVING_SHARE = (0.22, 0.18, 0.17, 0.12, 0.08, 0.05, 0.04, 0.05, 0.03, 0.03, 0.02, 0.01)
DESTINATIONS = ("NHS Organisation", "No Employment", "Unknown", "Private Health/Social Care", "Education Sector")


class _Office:
    """Prints the four reports of one workforce."""

    def __init__(self, world: World, workforce: Workforce, absences: Absences) -> None:
        self.world, self.absences = world, absences
        self.positions, self.held, self.bank = workforce.positions, workforce.assignments, workforce.bank
        self.centres = workforce.centres
        self.services = [centre.service.replace("_", " ").title() for centre in self.centres]
        rng = world.chance("esr quirks")
        count = len(self.positions.number)
        self.lost = rng.random(count) < 0.002
        self.lost[count // 2] = True
        self.uncosted = rng.random(count) < 0.02
        self.reason = rng.choice(len(LEAVING), len(self.held.employee), p=_LEAVING_SHARE)
        grades = [(code, title) for group in range(len(GROUPS)) for code, title, _, _ in GRADES[group]]
        offsets = np.cumsum([0, *(len(GRADES[group]) for group in range(len(GROUPS) - 1))])
        self.grade = offsets[self.positions.group] + self.positions.grade
        self.subjectives = [
            f"{SUBJECTIVE[group, grade]}0" for group in range(len(GROUPS)) for grade in range(len(GRADES[group]))
        ]
        self.printed_grades = [f"NHS|{code}|{title}" for code, title in grades]

    def organisation(self, position: Ints, padded: bool) -> pa.Array:
        """The leaf organisation of each position; some months ESR prints a leading space."""
        names = [f"{' ' * padded}{centre.organisation}" for centre in self.centres]
        mapped = words(names, self.positions.centre[position])
        return pc.if_else(pa.array(self.lost[position]), pa.scalar(LOST_ORGANISATION), mapped)

    def cost_centre(self, position: Ints, shorn: bool) -> pa.Array:
        """The cost centre of each position, in some months without its leading zero."""
        codes = [centre.code.lstrip("0") if shorn else centre.code for centre in self.centres]
        return blank_where(
            words(codes, self.positions.centre[position]), self.lost[position] | self.uncosted[position]
        )

    def number(self, rows: Ints) -> pa.Array:
        """Assignment numbers: the employee's own, and for a second assignment that with ``-2``."""
        return pc.binary_join_element_wise(
            ids("", self.held.employee[rows], 8), words(("", "-2"), self.held.second[rows].astype(np.int64)), ""
        )

    def category(self, rows: Ints) -> pa.Array:
        """Assignment category."""
        return words(("Permanent", "Fixed Term Temp"), self.held.fixed_term[rows].astype(np.int64))

    def post_cells(self, month: Month, index: int) -> dict[str, pa.Array]:
        """Everybody live on the last day of the month, the bank and a few honorary contracts too."""
        day = day_number(month.last_day)
        rows = np.flatnonzero(self.held.live_on(day))
        position = self.held.position[rows]
        group, bank = self.positions.group[position], np.flatnonzero(self.bank.start <= day)
        composite = index % 2 == 0
        fte = self.held.fte_on(day)[rows]
        title = words([f"|{role}|" for role in ROLES], group)
        number = ids("", self.positions.number[position], 7)
        substantive = {
            "org_l3": words([centre.care_group for centre in self.centres], self.positions.centre[position]),
            "org_l4": words(self.services, self.positions.centre[position]),
            "organisation": self.organisation(position, index % 3 == 2),
            "cost_centre": self.cost_centre(position, index % 4 == 3),
            "employee_number": ids("", self.held.employee[rows], 8),
            "assignment_number": self.number(rows),
            "primary_assignment": flags(~self.held.second[rows], "Yes", "No"),
            "staff_group": words(GROUPS, group),
            "job_role": words(
                [f"{g}|{role}" for g, role in zip(GROUPS, ROLES, strict=True)] if composite else ROLES, group
            ),
            "occupation_code": words([code.lstrip("0") for code in CODES] if index % 4 == 3 else CODES, group),
            "area_of_work": words(("Community Health Services", "Adult Mental Illness"), position % 2),
            "position_number": pc.binary_join_element_wise(number, title, "") if composite else number,
            "pay_grade": words(self.printed_grades, self.grade[position]),
            "assignment_category": self.category(rows),
            "employee_category": words(("Full Time", "Part Time"), (fte < 1).astype(np.int64)),
            "assignment_status": words(STATUSES, self.held.status_on(day)[rows]),
            "contracted_fte": pa.array(fte),
            "contracted_hours": pa.array(np.round(fte * 37.5, 2)),
            "latest_start_date": days(self.held.start[rows]),
        }
        blank = pa.nulls(len(bank), pa.string())
        honorary = bank % 50 == 0
        casual = {
            **dict.fromkeys(
                ("job_role", "area_of_work", "position_number", "employee_category", "cost_centre"), blank
            ),
            "org_l3": words([centre.care_group for centre in self.centres], self.bank.centre[bank]),
            "org_l4": words(self.services, self.bank.centre[bank]),
            "organisation": words([centre.organisation for centre in self.centres], self.bank.centre[bank]),
            "employee_number": ids("", self.bank.employee[bank], 8),
            "assignment_number": pc.binary_join_element_wise(
                ids("", self.bank.employee[bank], 8),
                words(("", "-2"), self.bank.second[bank].astype(np.int64)),
                "",
            ),
            "primary_assignment": flags(~self.bank.second[bank], "Yes", "No"),
            "staff_group": words(GROUPS, self.bank.group[bank]),
            "occupation_code": words(CODES, self.bank.group[bank]),
            "pay_grade": pa.array(["NHS|XX00|Bank"] * len(bank), pa.string()),
            "assignment_category": words(("Bank", "Honorary"), honorary.astype(np.int64)),
            "assignment_status": pa.array(["Active Assignment"] * len(bank), pa.string()),
            "contracted_fte": pa.array(np.zeros(len(bank))),
            "contracted_hours": pa.array(np.zeros(len(bank))),
            "latest_start_date": days(self.bank.start[bank]),
        }
        return {name: pa.concat_arrays([column, casual[name]]) for name, column in substantive.items()}

    def snapshot_files(self) -> Iterator[Extract]:
        """Staff in post and establishment at each month end."""
        for index, month in enumerate(self.world.calendar):
            stamp = f"{month.first_day:%Y%m}"
            yield Extract(
                self.world.report("esr_staff_in_post"), f"ESR_Staff_In_Post_{stamp}", as_at(month.last_day),
                run_time(month.last_day, 4), sheet(self.post_cells(month, index), "Staff in Post "),
                Form("xlsx", headings=int(index % 6 == 4), empty_sheet=index % 5 == 0, blank_rows=1,
                     grand_total=("contracted_fte",), true_dates=index % 2 == 1),
            )  # fmt: skip
            yield Extract(
                self.world.report("esr_establishment"), f"ESR_Establishment_{stamp}", as_at(month.last_day),
                run_time(month.last_day, 4), sheet(self.establishment_cells(month)),
                Form("xlsx", headings=int(index % 6 == 5), first_column=1, open_end="31/12/4712",
                     open_end_columns=("effective_to",), grand_total=("budgeted_fte", "contracted_fte")),
            )  # fmt: skip

    def establishment_cells(self, month: Month) -> dict[str, pa.Array]:
        """Every position, and the FTE that holds it at month end."""
        day = day_number(month.last_day)
        live = self.held.live_on(day)
        every = np.arange(len(self.positions.number))
        contracted = np.bincount(self.held.position[live], self.held.fte_on(day)[live], len(every))
        return {
            "position_number": ids("", self.positions.number, 7),
            "position_title": words(
                [f"{role} - {g}"[:30] for g, role in zip(GROUPS, ROLES, strict=True)], self.positions.group
            ),
            "organisation": self.organisation(every, False),
            "staff_group": words(GROUPS, self.positions.group),
            "job_role": words(ROLES, self.positions.group),
            "pay_grade": words(self.printed_grades, self.grade),
            "cost_centre": self.cost_centre(every, False),
            "subjective": words(self.subjectives, self.grade),
            "budgeted_fte": pa.array(self.positions.budget),
            "contracted_fte": pa.array(np.round(contracted, 5)),
            "position_status": words(("Vacant", "Occupied"), (contracted > 0).astype(np.int64)),
            "effective_to": days(np.full(len(every), NEVER)),
        }

    def leaver_cells(self, first: date, last: date) -> dict[str, pa.Array]:
        """Assignments ended between two dates, and known by the second."""
        low, high = day_number(first), day_number(last)
        rows = np.flatnonzero((self.held.end >= low) & (self.held.end <= high))
        rows = rows[(rows % 60 != 0) | (self.held.end[rows] <= high - 20)]
        rows = rows[self.held.start[rows] <= self.held.end[rows]]
        position = self.held.position[rows]
        return {
            "organisation": self.organisation(position, False),
            "employee_number": ids("", self.held.employee[rows], 8),
            "assignment_number": self.number(rows),
            "staff_group": words(GROUPS, self.positions.group[position]),
            "job_role": words(ROLES, self.positions.group[position]),
            "pay_grade": words(self.printed_grades, self.grade[position]),
            "assignment_category": self.category(rows),
            "contracted_fte": pa.array(
                np.where(
                    self.held.end[rows] >= self.held.changed[rows], self.held.fte_after[rows], self.held.fte[rows]
                )
            ),
            "latest_start_date": days(self.held.start[rows]),
            "termination_date": days(self.held.end[rows]),
            "leaving_reason": words(LEAVING, self.reason[rows]),
            "destination_on_leaving": words(DESTINATIONS, rows % len(DESTINATIONS)),
        }

    def absence_cells(self, first: date, last: date) -> dict[str, pa.Array]:
        """Episodes that touch the dates and were entered by the second."""
        a, low, high = self.absences, day_number(first), day_number(last)
        rows = np.flatnonzero((a.start <= high) & (a.end >= low) & (a.entered <= high))
        held = a.assignment[rows]
        position = self.held.position[held]
        return {
            "absence_id": ids("", a.number[rows], 7),
            "employee_number": ids("", self.held.employee[held], 8),
            "assignment_number": self.number(held),
            "organisation": self.organisation(position, False),
            "staff_group": words(GROUPS, self.positions.group[position]),
            "absence_type": words(("Sickness", "Leave"), (a.category[rows] > 0).astype(np.int64)),
            "absence_category": words(CATEGORIES, a.category[rows]),
            "absence_reason": words(REASONS, a.reason[rows]),
            "start_date": days(a.start[rows]),
            "end_date": days(hidden_after(a.end[rows], high)),
            "entered_date": days(a.entered[rows]),
        }

    def rolling_files(self) -> Iterator[Extract]:
        """Leavers and absence of the twelve months to each month end, or to the day of the extract."""
        for index, month in enumerate(self.world.calendar):
            last = month.last_day
            first = month.plus(-11).first_day
            yield Extract(
                self.world.report("esr_leavers"), f"ESR_Leavers_{month.first_day:%Y%m}", between(first, last),
                run_time(last, 6), sheet(self.leaver_cells(first, last)),
                Form("xlsx", headings=int(index % 4 == 2), grand_total=("contracted_fte",),
                     true_dates=index % 2 == 0),
            )  # fmt: skip
            taken = last + timedelta(days=5)
            first = taken.replace(year=taken.year - 1) + timedelta(days=1)
            yield Extract(
                self.world.report("esr_absence"), f"ESR_Absence_Detail_{taken:%Y%m%d}", between(first, taken),
                run_time(last, 5), sheet(self.absence_cells(first, taken), "Absence"),
                Form("xlsx", headings=int(index % 5 == 3), date_form=("dmy", "dmony")[index % 2],
                     open_end=OPEN_END, open_end_columns=("end_date",), empty_sheet=index % 4 == 0),
            )  # fmt: skip

    def truth(self) -> dict[str, pa.Table]:
        """Assignments and absences as they were, with the cost centre that the files may have lost."""
        every = np.arange(len(self.held.employee))
        centre = self.positions.centre[self.held.position]
        return {
            "assignment": pa.table({
                "assignment_number": self.number(every),
                "employee_number": ids("", self.held.employee, 8),
                "cost_centre": words([one.code for one in self.centres], centre),
                "staff_group": words(GROUPS, self.positions.group[self.held.position]),
                "fte": pa.array(self.held.fte),
                "changed": days(self.held.changed),
                "fte_after": pa.array(self.held.fte_after),
                "start_date": days(self.held.start),
                "end_date": days(self.held.end),
                "quirk": words(("", "unmapped"), self.lost[self.held.position].astype(np.int64)),
            }),
            "absence": pa.table(self.absence_cells(date(1970, 1, 1), date(2200, 1, 1))),
        }  # fmt: skip


def tell(world: World, workforce: Workforce, absences: Absences) -> Told:
    """Every file of the four reports, and the truth of assignments and absences."""
    office = _Office(world, workforce, absences)

    def files() -> Iterator[Extract]:
        yield from office.snapshot_files()
        yield from office.rolling_files()

    return Told(files(), office.truth())
